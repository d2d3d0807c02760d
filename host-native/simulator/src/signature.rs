//! BACEN's signature on what leaves, the participants' signatures on what arrives.

use core::fmt;
use std::sync::Arc;

use lacre_core::{At, Certificate, Error, Ispb, Profile, Reason, Trust};

use crate::problem::{Problem, Violation};
use crate::spi::messages::Refusal;
use lacre_native::key::{KeyError, Signer};

/// BACEN's key and certificate, and whose signatures count.
pub(crate) struct Seal {
    signer: Arc<dyn Signer>,
    certificate: Certificate,
    trust: Trust,
}

/// Why a message could not be signed.
pub(crate) enum SealError {
    Key(KeyError),
    Message(Error),
}

/// Why a signature does not count.
pub(crate) enum Unsealed {
    /// It is missing, or does not hold.
    Broken(Error),
    /// It holds, but another participant made it.
    Foreign,
}

impl Seal {
    pub(crate) fn new(signer: Arc<dyn Signer>, certificate: Certificate) -> Self {
        Self { signer, certificate, trust: Trust::new() }
    }

    /// From now on, this certificate's signatures are that participant's.
    pub(crate) fn trust(&mut self, owner: Ispb, certificate: Certificate) {
        self.trust.add_for(certificate, owner);
    }

    pub(crate) async fn sign(&self, xml: &[u8], profile: Profile) -> Result<Vec<u8>, SealError> {
        let prepared = lacre_core::prepare(xml, profile, &self.certificate).map_err(SealError::Message)?;
        let signature = self.signer.sign(*prepared.digest()).await.map_err(SealError::Key)?;
        prepared.finish(&signature).map_err(SealError::Message)
    }

    /// Whether the message is what this participant signed.
    pub(crate) fn check(&self, xml: &[u8], profile: Profile, by: Ispb, now_ms: i64) -> Result<(), Unsealed> {
        let now_s = now_ms.checked_div(1000).unwrap_or(0);
        let verified =
            lacre_core::verify(xml, profile, &self.trust, At::UnixS(now_s)).map_err(Unsealed::Broken)?;
        let own = self.trust.ispb_of(verified.signer()) == Some(by);
        if own { Ok(()) } else { Err(Unsealed::Foreign) }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::Message(error) => error.fmt(f),
        }
    }
}

impl From<Unsealed> for Problem {
    fn from(unsealed: Unsealed) -> Self {
        let violation = match unsealed {
            Unsealed::Broken(error) => {
                Violation::of("signature", format!("{}: {error}: {}", error.code(), error.help()))
            }
            Unsealed::Foreign => {
                Violation::of("signature", "signer: the certificate is another participant's")
            }
        };
        Self::dict("RequestSignatureInvalid", "The request's signature is missing or does not hold")
            .with_violations(vec![violation])
    }
}

impl From<Unsealed> for Refusal {
    fn from(unsealed: Unsealed) -> Self {
        match unsealed {
            Unsealed::Broken(error) if error.reason() == Reason::SenderMismatch => {
                Self::of("sender", "AppHdr/Fr is not the participant that sent and signed the message")
            }
            Unsealed::Broken(error) => error.into(),
            Unsealed::Foreign => {
                Self::of("signer", "The certificate is not one of the participant that sends")
            }
        }
    }
}
