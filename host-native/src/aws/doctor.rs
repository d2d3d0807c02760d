//! What only asking shows: whether the key signs, the stream takes records, and BACEN is reached.

use super::{Clients, Deployment};
use crate::finding::Finding;
use crate::notes::handshake;

impl Deployment {
    /// Tries everything that an exchange does, as far as it leaves no trace, and says what came of each.
    pub async fn examine(&self, _clients: &Clients) -> Vec<Finding> {
        let subject = format!("{}.endpoint {}", self.policy.channel, self.client.endpoint());
        handshake(&self.client, &subject).await
    }
}
