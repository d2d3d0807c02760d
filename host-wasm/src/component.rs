//! The WIT face (`wit/lacre.wit`): prepare, finish, verify and inspect for any host of components. Feature `component` makes the
//! world `lacre`, which imports nothing; feature `signer` makes `signer`, whose host brings the key.

use core::cell::RefCell;

use lacre_core::{At, Certificate, DictPosition, Error, Language, Profile, SignOptions, Trust, Verdict};
use lacre_report::{Outcome, Position};

use crate::face;
use crate::rsa::Limbs;
use crate::signing::{self, Sealing};

/// Written by wit-bindgen from the WIT.
mod bindings {
    #[cfg(not(feature = "signer"))]
    wit_bindgen::generate!({ path: "wit", world: "lacre" });
    #[cfg(feature = "signer")]
    wit_bindgen::generate!({ path: "wit", world: "signer" });
}

use bindings::exports::lacre::pix::messages as wit;

struct Component;

#[expect(
    unsafe_code,
    reason = "wit-bindgen writes the functions that a host calls; nothing written by hand is unsafe"
)]
mod exported {
    use super::{Component, bindings};
    bindings::export!(Component with_types_in bindings);
}

/// A trust, which grows behind the shared reference that a call comes with. No call into it can happen inside of another.
struct SharedTrust(RefCell<Trust>);

/// A message that waits for its signature.
struct Waiting {
    message: Vec<u8>,
    certificate: Certificate,
    how: wit::Sealing,
    digest: [u8; 32],
}

impl wit::Guest for Component {
    type Trust = SharedTrust;
    type Certificate = Certificate;
    type Prepared = Waiting;

    fn verify(
        message: Vec<u8>,
        trust: wit::TrustBorrow<'_>,
        how: wit::Judging,
    ) -> Result<wit::Proof, wit::Refusal> {
        let trust = trust.get::<SharedTrust>().0.borrow();
        let profile = profile(how.profile).map_or_else(|| Profile::detect(&message), Ok);
        profile
            .and_then(|profile| {
                let verified = lacre_core::verify(&message, profile, &trust, at(how.at))?;
                Ok(wit::Proof {
                    profile: if profile == Profile::Spi { wit::Profile::Spi } else { wit::Profile::Dict },
                    signer: identity(verified.signer()),
                    signed_at: verified.message_unix_s(),
                })
            })
            .map_err(|error| {
                let told = Outcome::of_refusal(&message, profile.ok(), error, &trust, at(how.at));
                as_told(refusal(error, &message, how.language), &told, language(how.language))
            })
    }

    fn verify_json(file: String, message: Vec<u8>, trust: wit::TrustBorrow<'_>, how: wit::Judging) -> String {
        face::verify(&message, &trust.get::<SharedTrust>().0.borrow(), &file, options(how))
    }

    fn inspect_json(
        file: String,
        message: Vec<u8>,
        trust: wit::TrustBorrow<'_>,
        how: wit::Judging,
    ) -> String {
        face::inspect(&message, &trust.get::<SharedTrust>().0.borrow(), &file, options(how))
    }

    fn verify_record(
        file: String,
        row: u64,
        columns: String,
        bacen: wit::TrustBorrow<'_>,
        own: wit::TrustBorrow<'_>,
        how: wit::Judging,
    ) -> Result<String, wit::Refusal> {
        let (bacen, own) = (&bacen.get::<SharedTrust>().0.borrow(), &own.get::<SharedTrust>().0.borrow());
        face::verify_record(&columns, (bacen, own), (&file, row), options(how))
            .map_err(|_| refusal(Error::new(lacre_core::Reason::RecordColumns), &[], how.language))
    }

    fn prepare(
        message: Vec<u8>,
        certificate: wit::CertificateBorrow<'_>,
        how: wit::Sealing,
    ) -> Result<wit::Prepared, wit::Refusal> {
        let certificate = certificate.get::<Certificate>().clone();
        let prepared = signing::prepare(&message, &certificate, sealing(how));
        match prepared.map(|prepared| *prepared.digest()) {
            Ok(digest) => Ok(wit::Prepared::new(Waiting { message, certificate, how, digest })),
            Err(error) => Err(refusal(error, &message, how.language)),
        }
    }
}

impl wit::GuestTrust for SharedTrust {
    fn new() -> Self {
        Self(RefCell::new(Trust::new()))
    }

    fn add(
        &self,
        certificates: Vec<u8>,
        language: wit::Language,
    ) -> Result<Vec<wit::Identity>, wit::Refusal> {
        let added = self.0.borrow_mut().add_bundle(&certificates, &Limbs);
        let found = added.map_err(|error| refusal(error, &certificates, language))?;
        Ok(found.iter().map(identity).collect())
    }

    fn add_crl(&self, crl: Vec<u8>, issuer: Vec<u8>, language: wit::Language) -> Result<u32, wit::Refusal> {
        signing::certificate(&issuer)
            .and_then(|issuer| self.0.borrow_mut().add_crl(&crl, &issuer))
            .map(count)
            .map_err(|error| refusal(error, &crl, language))
    }

    fn size(&self) -> u32 {
        count(self.0.borrow().len())
    }
}

impl wit::GuestCertificate for Certificate {
    fn read(certificate: Vec<u8>, language: wit::Language) -> Result<wit::Certificate, wit::Refusal> {
        signing::certificate(&certificate)
            .map(wit::Certificate::new)
            .map_err(|error| refusal(error, &certificate, language))
    }

    fn identity(&self) -> wit::Identity {
        identity(self)
    }
}

impl wit::GuestPrepared for Waiting {
    fn digest(&self) -> Vec<u8> {
        self.digest.to_vec()
    }

    fn finish(prepared: wit::Prepared, signature: Vec<u8>) -> Result<Vec<u8>, wit::Refusal> {
        let Self { message, certificate, how, .. } = prepared.into_inner();
        signing::prepare(&message, &certificate, sealing(how))
            .and_then(|prepared| prepared.finish(&signature))
            .map_err(|error| refusal(error, &message, how.language))
    }
}

#[cfg(feature = "signer")]
impl bindings::exports::lacre::pix::signing::Guest for Component {
    fn sign_message(
        message: Vec<u8>,
        certificate: wit::CertificateBorrow<'_>,
        how: wit::Sealing,
    ) -> Result<Vec<u8>, bindings::exports::lacre::pix::signing::Failure> {
        use bindings::exports::lacre::pix::signing::Failure;

        let certificate = certificate.get::<Certificate>();
        let refused = |error| Failure::Refused(refusal(error, &message, how.language));
        let prepared = signing::prepare(&message, certificate, sealing(how)).map_err(refused)?;
        let signature = bindings::lacre::pix::key::sign(prepared.digest()).map_err(Failure::Key)?;
        prepared.finish(&signature).map_err(refused)
    }
}

fn options(how: wit::Judging) -> face::Options {
    face::Options { profile: profile(how.profile), at: at(how.at), language: language(how.language) }
}

fn sealing(how: wit::Sealing) -> Sealing {
    let dict_position = if how.dict_last { DictPosition::Last } else { DictPosition::First };
    Sealing { profile: profile(how.profile), options: SignOptions { dict_position, resign: how.resign } }
}

fn profile(profile: Option<wit::Profile>) -> Option<Profile> {
    profile.map(|profile| match profile {
        wit::Profile::Spi => Profile::Spi,
        wit::Profile::Dict => Profile::Dict,
    })
}

fn at(instant: wit::Instant) -> At {
    match instant {
        wit::Instant::UnixS(unix_s) => At::UnixS(unix_s),
        wit::Instant::Message => At::Message,
    }
}

fn language(language: wit::Language) -> Language {
    match language {
        wit::Language::En => Language::En,
        wit::Language::PtBr => Language::PtBr,
    }
}

fn refusal(error: Error, input: &[u8], words: wit::Language) -> wit::Refusal {
    let (place, position) = (error.place(), Position::of(input, error));
    wit::Refusal {
        verdict: match error.verdict() {
            Verdict::Indeterminate => wit::Verdict::Indeterminate,
            Verdict::Unsigned => wit::Verdict::Unsigned,
            Verdict::Malformed => wit::Verdict::Malformed,
            _ => wit::Verdict::Invalid,
        },
        code: error.code().to_owned(),
        message: error.in_language(language(words)).to_string(),
        help: error.reason().help(language(words)).to_owned(),
        place: wit::Place {
            offset: place.offset.map(wide),
            line: position.map(|position| wide(position.line)),
            column: position.map(|position| wide(position.column)),
            reference: place.reference,
            target: place.target.map(|target| target.as_str().to_owned()),
        },
    }
}

/// A refusal with the place and the remedy of the row: a part's own lines, where its digest differs or its signature does not fit, and
/// what to do about bytes that are no message.
fn as_told(mut refusal: wit::Refusal, told: &Outcome, words: Language) -> wit::Refusal {
    if let Some(help) = told.help(words) {
        help.clone_into(&mut refusal.help);
    }
    refusal.place.offset = told.error.and_then(|error| error.place().offset).map(wide);
    refusal.place.line = told.position.map(|position| wide(position.line));
    refusal.place.column = told.position.map(|position| wide(position.column));
    refusal
}

fn identity(certificate: &Certificate) -> wit::Identity {
    wit::Identity {
        subject: certificate.subject(),
        issuer: certificate.issuer(),
        serial: certificate.serial(),
        ispb: certificate.ispb().map(|ispb| ispb.to_string()),
        not_before: certificate.not_before_unix_s(),
        not_after: certificate.not_after_unix_s(),
    }
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
