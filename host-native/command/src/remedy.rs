//! What to do, for who uses the command: the catalogue's remedy, which knows no host, and the options and verbs that help here.

use lacre_core::{Error, Language, Reason};
use lacre_report::Outcome;

/// The remedy for a reason, with the command's own ways.
pub(crate) fn remedy(reason: Reason, language: Language) -> String {
    with_ways(reason.help(language), reason, language)
}

/// The remedy for a message that was refused, with the command's own ways.
pub(crate) fn remedy_for(outcome: &Outcome, error: Error, language: Language) -> String {
    with_ways(outcome.help(language).unwrap_or_default(), error.reason(), language)
}

/// A remedy, followed by the command's own ways for this reason.
fn with_ways(help: &str, reason: Reason, language: Language) -> String {
    match (ways(reason), language) {
        (Some((_, portuguese)), Language::PtBr) => format!("{help}; {portuguese}"),
        (Some((english, _)), _) => format!("{help}; {english}"),
        (None, _) => help.to_owned(),
    }
}

/// What the command line has for a reason, in English and in Portuguese.
const fn ways(reason: Reason) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        Reason::CertificateUnknown => (
            "`--trust PATH` takes it, and `lacre inspect` shows which one the message names",
            "`--trust CAMINHO` o recebe, e `lacre inspect` mostra qual a mensagem indica",
        ),
        Reason::CertificateExpired => {
            ("`--at message` judges at its own time", "`--at message` julga na data da própria mensagem")
        }
        Reason::CertificateNotYetValid => ("`--at` sets the instant", "`--at` define o instante"),
        Reason::MessageTime => (
            "`--at now` or an instant such as `--at 2026-01-31T12:00:00Z`",
            "`--at now` ou um instante como `--at 2026-01-31T12:00:00Z`",
        ),
        Reason::Unsigned | Reason::NotEnvelope | Reason::EnvelopeInDict => {
            ("`--profile` chooses the profile", "`--profile` escolhe o perfil")
        }
        Reason::DigestMismatch => (
            "`lacre inspect` tells the likely cause, and its `--canonical N` writes the bytes that are hashed",
            "`lacre inspect` diz a causa provável, e o seu `--canonical N` grava os bytes de que se calcula o hash",
        ),
        Reason::AlreadySigned => ("`--resign` replaces it", "`--resign` a substitui"),
        Reason::WrongKey => ("`lacre doctor` compares the two", "`lacre doctor` compara os dois"),
        Reason::Unreachable | Reason::SigningFailed | Reason::NotConfigured => {
            ("`lacre doctor` finds the fault", "`lacre doctor` encontra a falha")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_itself_knows_no_host() {
        for reason in Reason::ALL {
            for language in [Language::En, Language::PtBr] {
                let help = reason.help(language);
                for word in ["`lacre ", "BcbSignature"] {
                    assert!(!help.contains(word), "{reason:?}: {help}");
                }
                let mut options = help.split("--").skip(1);
                let is_option = |rest: &str| rest.starts_with(|first: char| first.is_ascii_lowercase());
                assert!(!options.any(is_option), "{reason:?}: {help}");
            }
        }
    }

    #[test]
    fn every_way_is_an_option_or_a_verb_that_there_is() {
        let definition = crate::cli::definition();
        let known = |word: &str| {
            definition.get_subcommands().any(|verb| {
                verb.get_name() == word
                    || verb.get_arguments().any(|argument| argument.get_long() == Some(word))
            })
        };
        for reason in Reason::ALL {
            let Some((english, portuguese)) = ways(*reason) else { continue };
            for words in [english, portuguese] {
                for quoted in words.split('`').skip(1).step_by(2) {
                    let word = quoted.trim_start_matches("lacre ").trim_start_matches("--");
                    let word = word.split(' ').next().unwrap_or_default();
                    assert!(known(word), "{reason:?}: {quoted}");
                }
            }
        }
    }
}
