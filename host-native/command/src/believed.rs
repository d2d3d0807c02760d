//! Whom the verbs that judge messages believe: certificates, each for one side or for both, and what was revoked.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use lacre_core::{Certificate, Revocation, Trust};
use lacre_native::key::Passphrase;
use lacre_native::trust::{self, Loaded};
use lacre_native::{certificates, clock};
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
        let of = |side: Speaker| paths(given, |given| given.is_none_or(|given| given == side));
        let by_side = given.iter().any(|one| one.side.is_some());
        let institution = by_side.then(|| of(Speaker::Institution));
        Self::of_paths(&of(Speaker::Bacen), institution.as_deref(), revoking, context)
    }

    /// The same for archives, whose records know their side: what is for no side is for BACEN's.
    pub(crate) fn of_archive(
        given: &[TrustPath],
        own: &[PathBuf],
        revoking: &Revoking,
        context: &Context,
    ) -> Result<Self, Failure> {
        let is_own = |given: Option<Speaker>| given == Some(Speaker::Institution);
        let own: Vec<_> = own.iter().cloned().chain(paths(given, is_own)).collect();
        Self::of_paths(&paths(given, |given| !is_own(given)), Some(&own), revoking, context)
    }

    fn of_paths(
        bacen: &[PathBuf],
        institution: Option<&[PathBuf]>,
        revoking: &Revoking,
        context: &Context,
    ) -> Result<Self, Failure> {
        let mut told = Vec::new();
        let mut load = |paths: &[PathBuf]| load(paths, &revoking.lists, &mut told, context);
        let (bacen, checked) = load(bacen)?;
        let Some(institution) = institution else {
            return Ok(Self { bacen, institution: None, checked });
        };
        let (institution, other_checked) = load(institution)?;
        let checked = [checked, other_checked].into_iter().flatten().reduce(|one, other| one && other);
        Ok(Self { bacen, institution: Some(institution), checked })
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
        let now = clock::unix_ms().div_euclid(1000);
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

fn paths(given: &[TrustPath], is_meant: impl Fn(Option<Speaker>) -> bool) -> Vec<PathBuf> {
    given.iter().filter(|one| is_meant(one.side)).map(|one| one.path.clone()).collect()
}

fn load(
    paths: &[PathBuf],
    lists: &[PathBuf],
    told: &mut Vec<String>,
    context: &Context,
) -> Result<(Trust, Option<bool>), Failure> {
    let language = context.language;
    let refused =
        |error: &trust::TrustError| Failure::new(error.message(language)).help(error.help(language));
    // It opens PKCS#12 and nothing else, and no file of it was named: what cannot be read of it is no fault here.
    let passphrase = Passphrase::find(None).unwrap_or_default();
    let loaded = trust::load(paths, lists, passphrase.as_ref()).map_err(|error| refused(&error))?;
    let Loaded { trust, passed_over, lists, refused_lists, .. } = loaded;
    if let Some(error) = refused_lists.first() {
        return Err(refused(error));
    }
    let mut tell = |words: String| {
        if !told.contains(&words) {
            context.note(&words);
            told.push(words);
        }
    };
    for error in &passed_over {
        tell(format!("{}: {}", context.say("passed over", "ignorado"), error.message(language)));
    }
    let now = clock::unix_ms().div_euclid(1000);
    for (place, list) in &lists {
        let due = list.next_update_unix_s().unwrap_or(list.this_update_unix_s());
        if now > due {
            let words = context.say(
                "the revocation list should have been followed by another at",
                "a lista de certificados revogados deveria ter sido substituída em",
            );
            tell(format!("`{place}`: {words} {}", instant_text(due)));
        }
    }
    let is_checked = |one: &Certificate| trust.revocation(one, now) == Revocation::Checked;
    let checked = certificates::signers(&trust).map(is_checked).reduce(|one, other| one && other);
    Ok((trust, checked))
}
