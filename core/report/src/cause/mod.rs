//! Why a message is refused, in plain words: what its bytes are, what the failed checks together make likely, and what an
//! experiment proves. Nothing here decides, and nothing here soothes: what is not proved is said to be open.

mod accents;
mod digests;
mod hypothesis;
mod input;
mod letters;
mod words;

use lacre_core::{At, Error, Language, Reason, Report, Trust, Verdict};

pub use self::input::of as of_input;
pub use self::words::Cause;

/// What most likely happened to a message, and how far that can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Likely {
    /// What happened.
    pub cause: Cause,
    /// How far that can be relied on.
    pub certainty: Certainty,
}

/// How far a cause can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certainty {
    /// The signature holds, and with the change undone every digest does.
    Proved,
    /// It fits what is found.
    Likely,
    /// It fits what is found, but whose signature this is cannot be told: its certificate is not trusted.
    SignerUnknown,
    /// It fits what is found, but the signature itself does not hold.
    SignatureFails,
}

impl Likely {
    /// The likely cause of a refusal that has one beyond its own reason.
    pub(crate) fn of(
        xml: &[u8],
        report: Option<&Report>,
        error: Error,
        trust: &Trust,
        at: At,
    ) -> Option<Self> {
        if let Some(cause) = of_input(xml, error) {
            return Some(Self::fitting(cause));
        }
        let report = report?;
        match error.reason() {
            Reason::DigestMismatch => digests::of(xml, report, trust, at),
            Reason::SignatureMismatch | Reason::SignatureLength => Some(Self::fitting(Cause::OtherKey)),
            Reason::CertificateUnknown => Some(Self::fitting(Cause::UnknownSigner)),
            Reason::CertificateExpired | Reason::CertificateNotYetValid => {
                Some(Self::fitting(of_validity(report)))
            }
            Reason::CertificateRevoked => Some(Self::fitting(Cause::Revoked)),
            _ => None,
        }
    }

    const fn fitting(cause: Cause) -> Self {
        Self { cause, certainty: Certainty::Likely }
    }

    /// Whether it is more than likely.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.certainty == Certainty::Proved
    }

    /// What happened, in plain words.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let text = self.cause.text(language);
        let reserve = match (self.certainty, language) {
            (Certainty::Proved | Certainty::Likely, _) => return text.to_owned(),
            (Certainty::SignerUnknown, Language::PtBr) => {
                "mas nada se pode concluir: o certificado que a mensagem indica não está entre os de confiança, e qualquer um pode calcular hashes"
            }
            (Certainty::SignerUnknown, _) => {
                "but nothing can be concluded: the certificate that the message names is not among the trusted ones, and anybody can compute digests"
            }
            (Certainty::SignatureFails, Language::PtBr) => {
                "mas nada se pode concluir: a assinatura também não confere, e qualquer um pode calcular hashes"
            }
            (Certainty::SignatureFails, _) => {
                "but nothing can be concluded: the signature does not hold either, and anybody can compute digests"
            }
        };
        format!("{text}; {reserve}")
    }
}

/// Whether the certificate was valid at least at the time that the message itself claims.
fn of_validity(report: &Report) -> Cause {
    let certificate = report.signer.as_ref().and_then(|signer| signer.certificate.as_ref());
    let fits = certificate.zip(report.message_unix_s).is_some_and(|(certificate, unix_s)| {
        (certificate.not_before_unix_s()..=certificate.not_after_unix_s()).contains(&unix_s)
    });
    if fits { Cause::Rotation } else { Cause::NeverValid }
}

/// The certainty of what is said about parts, by what came of the signature over SignedInfo.
fn certainty(report: &Report, holds: Certainty) -> Certainty {
    match report.checks.iter().find(|check| check.name == "signature").and_then(|check| check.outcome) {
        Some(Ok(())) => holds,
        Some(Err(_)) => Certainty::SignatureFails,
        None => Certainty::SignerUnknown,
    }
}

/// Whether an error speaks of bytes that may not be a message at all.
fn speaks_of_input(error: Error) -> bool {
    error.verdict() == Verdict::Malformed || matches!(error.reason(), Reason::Unsigned | Reason::NotEnvelope)
}
