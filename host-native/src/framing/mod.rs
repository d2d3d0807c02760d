//! Where one message of HTTP/1.1 ends and the next begins, read strictly (RFC 9112 §2.2, §6 and §7.1). Programs before the proxy and
//! behind it may read the same bytes otherwise, and what they took for a body would then be a message here: smuggling. So whatever
//! leaves room for two readings is found before the HTTP reader has it whole.

mod follow;
mod head;

pub(crate) use follow::{Followed, Framing};
