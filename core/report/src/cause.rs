//! Why a message is refused, in plain words: what the failed checks together make likely.

use lacre_core::{At, Language, Profile, Reason, Report, Target, Trust, Verdict};

/// What most likely happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Proved: without the white space between its elements the message is what was signed.
    PrettyPrinted,
    /// Every digest over the message is wrong.
    Reserialised,
    /// Only the payment or the business data changed.
    ContentChanged,
    /// Only the header changed.
    HeaderChanged,
    /// Only KeyInfo changed.
    KeyInfoChanged,
    /// All digests agree, the signature does not.
    OtherKey,
    /// The mathematics holds, the certificate's validity does not.
    Rotation,
    /// The mathematics cannot be checked: the signer's certificate is not in the trust.
    UnknownSigner,
}

impl Cause {
    /// The likely cause of a refusal that has one beyond its own reason.
    #[must_use]
    pub fn of(xml: &[u8], report: &Report, trust: &Trust, at: At) -> Option<Self> {
        let reason = report.error?.reason();
        match reason {
            Reason::DigestMismatch if without_layout_holds(xml, report.profile, trust, at) => {
                Some(Self::PrettyPrinted)
            }
            Reason::DigestMismatch => of_digests(report),
            Reason::SignatureMismatch | Reason::SignatureLength => Some(Self::OtherKey),
            Reason::CertificateUnknown => Some(Self::UnknownSigner),
            Reason::CertificateExpired | Reason::CertificateNotYetValid => Some(Self::Rotation),
            _ => None,
        }
    }

    /// Its stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::PrettyPrinted => "pretty-printed",
            Self::Reserialised => "reserialised",
            Self::ContentChanged => "content-changed",
            Self::HeaderChanged => "header-changed",
            Self::KeyInfoChanged => "key-info-changed",
            Self::OtherKey => "other-key",
            Self::Rotation => "rotation",
            Self::UnknownSigner => "unknown-signer",
        }
    }

    /// What happened, in plain words.
    #[must_use]
    pub const fn text(self, language: Language) -> &'static str {
        match language {
            Language::PtBr => self.portuguese(),
            _ => self.english(),
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::PrettyPrinted => {
                "the message was indented after signing: without the white space between its elements every digest agrees"
            }
            Self::Reserialised => {
                "every part changed at once: the message was probably written anew by a program (re-serialised or re-encoded) after signing"
            }
            Self::ContentChanged => {
                "the header is intact and the content is not: somebody or something altered the content after signing"
            }
            Self::HeaderChanged => {
                "the content is intact and `AppHdr` is not: a header field was altered, or something was put beside the signature in `Sgntr`"
            }
            Self::KeyInfoChanged => {
                "the message is intact and `KeyInfo` is not: the name, the serial or the white space in it was rewritten after signing"
            }
            Self::OtherKey => {
                "all digests agree, so the content is what `SignedInfo` says: the signature was made with another key, or `SignedInfo` was edited"
            }
            Self::Rotation => {
                "the signature itself holds, only the certificate's validity does not cover the instant: a rotation or the wrong instant, no tampering"
            }
            Self::UnknownSigner => {
                "nothing says that the message was altered: the certificate it names is not among the trusted ones"
            }
        }
    }

    const fn portuguese(self) -> &'static str {
        match self {
            Self::PrettyPrinted => {
                "a mensagem foi indentada depois de assinada: sem o espaço em branco entre os elementos todos os resumos conferem"
            }
            Self::Reserialised => {
                "tudo mudou de uma vez: um programa provavelmente reescreveu a mensagem (nova serialização ou codificação) depois de assinada"
            }
            Self::ContentChanged => {
                "o cabeçalho está intacto e o conteúdo não: alguém ou algo alterou o conteúdo depois de assinado"
            }
            Self::HeaderChanged => {
                "o conteúdo está intacto e `AppHdr` não: um campo do cabeçalho foi alterado, ou algo foi posto junto da assinatura em `Sgntr`"
            }
            Self::KeyInfoChanged => {
                "a mensagem está intacta e `KeyInfo` não: o nome, o número de série ou o espaço em branco nele foi reescrito depois de assinado"
            }
            Self::OtherKey => {
                "todos os resumos conferem, logo o conteúdo é o que `SignedInfo` diz: assinou outra chave, ou `SignedInfo` foi editado"
            }
            Self::Rotation => {
                "a assinatura em si confere, só a validade do certificado não cobre o instante: troca de certificado ou instante errado, não adulteração"
            }
            Self::UnknownSigner => {
                "nada indica que a mensagem foi alterada: o certificado que ela indica não está entre os de confiança"
            }
        }
    }
}

/// What the pattern of right and wrong digests says.
fn of_digests(report: &Report) -> Option<Cause> {
    let differs = |target: Target| {
        let mut of_target = report.references.iter().filter(|reference| reference.target == target);
        of_target.any(|r| r.claimed.is_some() && r.computed.is_some() && r.claimed != r.computed)
    };
    let content = differs(Target::Document) || differs(Target::Root);
    let header = differs(Target::AppHdr);
    let key_info = differs(Target::KeyInfo);
    match (key_info, header, content) {
        (true, _, true) => Some(Cause::Reserialised),
        (true, false, false) => Some(Cause::KeyInfoChanged),
        (_, true, false) => Some(Cause::HeaderChanged),
        (false, true, true) => Some(Cause::Reserialised),
        (false, false, true) => Some(Cause::ContentChanged),
        (false, false, false) => None,
    }
}

/// Whether every digest agrees once the white space between tags is gone: an experiment, never a verdict.
fn without_layout_holds(xml: &[u8], profile: Profile, trust: &Trust, at: At) -> bool {
    let bare = without_layout(xml);
    if bare.len() == xml.len() {
        return false;
    }
    let report = lacre_core::inspect(&bare, profile, trust, at);
    matches!(report.verdict, Verdict::Valid | Verdict::Indeterminate)
}

/// The message without white space that stands alone between two tags.
fn without_layout(xml: &[u8]) -> Vec<u8> {
    let mut bare = Vec::with_capacity(xml.len());
    let mut kept = 0;
    for byte in xml {
        if *byte == b'<' && bare.get(..kept).is_some_and(|text: &[u8]| text.ends_with(b">")) {
            bare.truncate(kept);
        }
        bare.push(*byte);
        if !byte.is_ascii_whitespace() {
            kept = bare.len();
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_tags_goes() {
        assert_eq!(without_layout(b"<a>\n  <b>x y </b>\r\n\t<c/>\n</a>\n"), b"<a><b>x y </b><c/></a>\n");
        assert_eq!(without_layout(b"<a> x <b/> </a>"), b"<a> x <b/></a>");
    }

    #[test]
    fn every_cause_has_its_own_words() {
        let all = [
            Cause::PrettyPrinted,
            Cause::Reserialised,
            Cause::ContentChanged,
            Cause::HeaderChanged,
            Cause::KeyInfoChanged,
            Cause::OtherKey,
            Cause::Rotation,
            Cause::UnknownSigner,
        ];
        for (index, cause) in all.iter().enumerate() {
            for other in all.iter().skip(index + 1) {
                assert_ne!(cause.code(), other.code());
                assert_ne!(cause.text(Language::En), other.text(Language::En));
                assert_ne!(cause.text(Language::PtBr), other.text(Language::PtBr));
            }
            assert_ne!(cause.text(Language::En), cause.text(Language::PtBr));
        }
    }
}
