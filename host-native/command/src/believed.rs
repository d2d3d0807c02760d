//! Whom the verbs that judge messages believe: certificates, each for one side or for both, and what was revoked.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use lacre_core::{Certificate, Revocation, Trust};
use lacre_native::clock;
use lacre_native::key::Passphrase;
use lacre_native::trust::{self, Given, Loaded};
use lacre_report::trust::is_checked;
use lacre_report::{Speaker, instant_text, speaker};

use crate::context::Context;
use crate::failure::Failure;

/// A path, and whose messages its certificates may have signed.
#[derive(Clone, Debug)]
pub(crate) struct TrustPath {
    side: Option<Speaker>,
    path: PathBuf,
}

/// `PATH`, `bacen=PATH` or `own=PATH`.
pub(crate) fn trust_path() -> impl TypedValueParser<Value = TrustPath> {
    OsStringValueParser::new().map(|text: OsString| {
        let of = |prefix: &str, side: Speaker| {
            let path = text.to_str()?.strip_prefix(prefix)?;
            Some(TrustPath { side: Some(side), path: path.into() })
        };
        of("bacen=", Speaker::Bacen)
            .or_else(|| of("own=", Speaker::Institution))
            .unwrap_or_else(|| TrustPath { side: None, path: text.into() })
    })
}

#[derive(Debug, clap::Args)]
pub(crate) struct Revoking {
    /// Certificate revocation lists: files (DER or PEM, with the certificate of their issuer if it is not trusted) or folders of them.
    /// May be given many times.
    #[arg(long = "crl", value_name = "PATH")]
    pub(crate) lists: Vec<PathBuf>,
}

/// Who is believed about what.
pub(crate) struct Believed {
    bacen: Trust,
    /// Where it differs.
    institution: Option<Trust>,
    /// Whether a current list says that no trusted certificate was revoked; nothing if none is trusted.
    checked: Option<bool>,
}

impl Believed {
    /// Reads what is trusted, saying what could not be used.
    pub(crate) fn load(given: &[TrustPath], revoking: &Revoking, context: &Context) -> Result<Self, Failure> {
        let loaded = load(paths(given), revoking, context)?;
        let of = |wanted: Speaker| loaded.about(|side| side.is_none_or(|side| side == wanted));
        let by_side = given.iter().any(|one| one.side.is_some());
        Ok(Self::new(of(Speaker::Bacen), by_side.then(|| of(Speaker::Institution))))
    }

    /// The same for archives, whose records know their side: what is for no side is for BACEN's.
    pub(crate) fn of_archive(
        given: &[TrustPath],
        own: &[PathBuf],
        revoking: &Revoking,
        context: &Context,
    ) -> Result<Self, Failure> {
        let own = own.iter().map(|path| (Some(Speaker::Institution), path.clone()));
        let loaded = load(paths(given).into_iter().chain(own).collect(), revoking, context)?;
        let is_own = |side: Option<Speaker>| side == Some(Speaker::Institution);
        Ok(Self::new(loaded.about(|side| !is_own(side)), Some(loaded.about(is_own))))
    }

    fn new(bacen: Trust, institution: Option<Trust>) -> Self {
        let trusts = [Some(&bacen), institution.as_ref()].into_iter().flatten();
        let checked = is_checked(trusts, now_unix_s());
        Self { bacen, institution, checked }
    }

    /// Nobody is believed.
    pub(crate) fn nobody() -> Self {
        Self { bacen: Trust::new(), institution: None, checked: None }
    }

    /// Who may have signed this message.
    pub(crate) fn about(&self, message: &[u8]) -> &Trust {
        match &self.institution {
            Some(institution) if speaker(message) == Speaker::Institution => institution,
            _ => &self.bacen,
        }
    }

    /// Who may have signed what BACEN answered, and what the institution sent.
    pub(crate) fn sides(&self) -> (&Trust, &Trust) {
        (&self.bacen, self.institution.as_ref().unwrap_or(&self.bacen))
    }

    /// What is known now of a certificate's revocation.
    pub(crate) fn revocation(&self, certificate: &Certificate, context: &Context) -> String {
        let now = now_unix_s();
        let known = [Some(&self.bacen), self.institution.as_ref()];
        let known = known.into_iter().flatten().map(|trust| trust.revocation(certificate, now));
        match known.min_by_key(|known| *known != Revocation::Checked) {
            Some(Revocation::Checked) => {
                context.say("checked against the list of its issuer", "verificada na lista do emissor").into()
            }
            Some(Revocation::Stale(due)) => {
                let words = context.say(
                    "not checked: the list of its issuer should have been followed by another at",
                    "não verificada: a lista do emissor deveria ter sido substituída em",
                );
                format!("{words} {}", instant_text(due))
            }
            _ => context
                .say("not checked: no list of its issuer", "não verificada: não há lista do emissor")
                .into(),
        }
    }

    /// Whether the trusted certificates were held against current lists, for a JSON report; nothing if none is trusted.
    pub(crate) fn revocation_code(&self) -> Option<&'static str> {
        self.checked.map(|checked| if checked { "checked" } else { "not-checked" })
    }

    /// What a summary ends with: that nobody knows whether the certificates were revoked.
    pub(crate) fn reservation(&self, context: &Context) -> &'static str {
        if self.checked == Some(false) {
            context.say("; revocation not checked", "; revogação não verificada")
        } else {
            ""
        }
    }
}

fn paths(given: &[TrustPath]) -> Vec<Given> {
    given.iter().map(|one| (one.side, one.path.clone())).collect()
}

fn now_unix_s() -> i64 {
    clock::unix_ms().div_euclid(1000)
}

fn load(given: Vec<Given>, revoking: &Revoking, context: &Context) -> Result<Loaded, Failure> {
    let language = context.language;
    let refused =
        |error: &trust::TrustError| Failure::new(error.message(language)).help(error.help(language));
    // It opens PKCS#12 and nothing else, and no file of it was named: what cannot be read of it is no fault here.
    let passphrase = Passphrase::find(None).unwrap_or_default();
    let loaded =
        trust::load(&given, &revoking.lists, passphrase.as_ref()).map_err(|error| refused(&error))?;
    if let Some(error) = loaded.refused_lists.first() {
        return Err(refused(error));
    }
    // One file may be given for each side.
    let mut told = Vec::new();
    for error in &loaded.passed_over {
        let words = format!("{}: {}", context.say("passed over", "ignorado"), error.message(language));
        if !told.contains(&words) {
            context.note(&words);
            told.push(words);
        }
    }
    let now = now_unix_s();
    for (place, list) in loaded.lists() {
        let due = list.next_update_unix_s().unwrap_or(list.this_update_unix_s());
        if now > due {
            let words = context.say(
                "the revocation list should have been followed by another at",
                "a lista de certificados revogados deveria ter sido substituída em",
            );
            context.note(format!("`{place}`: {words} {}", instant_text(due)));
        }
    }
    Ok(loaded)
}
