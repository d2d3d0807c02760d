//! Somebody between BACEN and the bank who changes one digit of one answer.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;

use lacre_core::exchange::{Outbound, Response};
use lacre_native::exchange::{Sent, Transport};

/// A way to BACEN on which the next answer can be changed.
#[derive(Debug)]
pub(super) struct Tampering {
    inner: Arc<dyn Transport>,
    armed: AtomicBool,
}

impl Tampering {
    pub(super) fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, armed: AtomicBool::new(false) }
    }

    /// Changes the next answer that holds an account number.
    pub(super) fn arm(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }
}

impl Transport for Tampering {
    fn send<'a>(&'a self, request: &'a Outbound, limit: Duration) -> Sent<'a> {
        Box::pin(async move {
            let mut answer = self.inner.send(request, limit).await?;
            if self.armed.load(Ordering::SeqCst) && change_account(&mut answer).is_some() {
                self.armed.store(false, Ordering::SeqCst);
            }
            Ok(answer)
        })
    }

    fn distrust(&self) {
        self.inner.distrust();
    }
}

/// Adds one to the last digit of the account number.
fn change_account(answer: &mut Response) -> Option<()> {
    let text = core::str::from_utf8(&answer.body).ok()?;
    let end = text.find("</AccountNumber>")?;
    let digit = answer.body.get_mut(end.checked_sub(1)?)?;
    *digit = if *digit == b'9' { b'0' } else { digit.checked_add(1)? };
    Some(())
}
