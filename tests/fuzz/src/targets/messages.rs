//! Messages verified, inspected and signed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_core::xml::{Event, Quick, Scanner, Source as _, Span};
use lacre_core::{
    At, DictPosition, Language, Profile, Reason, Report, SignOptions, Target, Trust, Verdict,
    canonical_octets, inspect_as, prepare_as, prepare_with, sha256, verify_as,
};
use lacre_report::{InspectRow, VerifyRow, uncovered};

use super::{same, shown};
use crate::keys::{AT, institution, toy_signature, toy_trust};
use crate::slow::{self, Parts};

const PROFILES: [Profile; 2] = [Profile::Spi, Profile::Dict];
const TARGETS: [Target; 5] =
    [Target::KeyInfo, Target::AppHdr, Target::Document, Target::Root, Target::SignedInfo];

/// Both readers come to one verdict. Whatever has a canonical form has the one that the slow implementation makes, and a
/// message whose digests and signature are put right by the slow implementation is refused for its shape or not at all.
pub(crate) fn verify(input: &[u8]) {
    for profile in PROFILES {
        decided(input, profile, toy_trust());
        let Some(sealed) = resealed(input, profile) else {
            octets(input, profile);
            continue;
        };
        octets(&sealed, profile);
        if let Some(reason) = decided(&sealed, profile, toy_trust()) {
            let mathematics = [Reason::DigestMismatch, Reason::SignatureMismatch];
            assert!(!mathematics.contains(&reason), "{profile:?} {reason:?}: {}", shown(&sealed));
        }
    }
}

/// What verifying comes to, through either reader.
fn decided(message: &[u8], profile: Profile, trust: &Trust) -> Option<Reason> {
    let at = At::UnixS(AT);
    let ours = verify_as::<Scanner<'_>>(message, profile, trust, at).err();
    let theirs = verify_as::<Quick<'_>>(message, profile, trust, at).err();
    let verdict = |error: Option<lacre_core::Error>| error.map_or(Verdict::Valid, |error| error.verdict());
    same(&verdict(ours), &verdict(theirs), "the verdict through either reader");
    // What is malformed may be so in several ways, and either reader may see another first.
    if verdict(ours) != Verdict::Malformed {
        same(&ours, &theirs, "the error through either reader");
    }
    ours.map(|error| error.reason())
}

/// The octets that digests are made of, ours and the slow ones.
fn octets(message: &[u8], profile: Profile) {
    for target in TARGETS {
        let Ok(ours) = canonical_octets(message, profile, target) else { continue };
        let theirs = core::str::from_utf8(message).ok().and_then(|text| slow::covered(text, profile, target));
        let Some(theirs) = theirs else { panic!("{target} is nowhere: {}", shown(message)) };
        same(&shown(&ours), &shown(&theirs), "covered octets, ours and the slow ones");
    }
}

/// The message with every digest and the signature as they should be, by the slow implementation and toy RSA. Nothing if it has no
/// Signature where it should.
#[must_use]
pub fn resealed(message: &[u8], profile: Profile) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(message).ok()?;
    // Whatever is no XML at all need not come further, nor what is only long.
    lacre_core::canonicalize(message, false).ok().filter(|canonical| canonical.len() < 1 << 20)?;
    let tree = slow::parse(text)?;
    let parts = Parts::find(&tree, profile)?;
    let [values, signatures] = contents(text, ["DigestValue", "SignatureValue"]);
    let (&[signature], targets) = (signatures.as_slice(), profile.targets()) else { return None };
    if values.len() != targets.len() || parts.references().len() != targets.len() {
        return None;
    }
    let mut sealed = String::new();
    let mut from = 0;
    for (value, target) in values.into_iter().zip(targets) {
        sealed.push_str(text.get(from..value.start)?);
        sealed.push_str(&BASE64_STANDARD.encode(sha256(&parts.octets(*target)?)));
        from = value.end;
    }
    sealed.push_str(text.get(from..)?);
    let grown = sealed.len().checked_sub(text.len()).map_or_else(
        || signature.start.checked_sub(text.len().saturating_sub(sealed.len())),
        |grown| Some(signature.start.saturating_add(grown)),
    )?;
    // SignatureValue stands behind the digests, or this is no Signature that anybody takes.
    (from <= signature.start).then_some(())?;
    let digest = sha256(&slow::covered(&sealed, profile, Target::SignedInfo)?);
    let value = BASE64_STANDARD.encode(toy_signature(institution(), &digest));
    let end = grown.saturating_add(signature.end.saturating_sub(signature.start));
    Some([sealed.get(..grown)?, &value, sealed.get(end..)?].concat().into_bytes())
}

/// Where the contents of the elements with these local names stand.
fn contents<const N: usize>(text: &str, names: [&str; N]) -> [Vec<Span>; N] {
    let mut found = [const { Vec::new() }; N];
    let mut open = Vec::new();
    let mut source = Scanner::open(text);
    while let Ok(event) = source.next() {
        match event {
            Event::Start { span, empty: false, .. } => open.push(span.end),
            Event::End { name, span } => {
                let start = open.pop().unwrap_or_default();
                let number = names.iter().position(|known| *known == name.local());
                if let Some(found) = number.and_then(|number| found.get_mut(number)) {
                    found.push(Span { start, end: span.start });
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    found
}

/// Inspecting comes to what verifying comes to; whatever is told can be told in both languages; what is said to be uncovered
/// are pieces of the message in their order.
pub(crate) fn inspect(input: &[u8]) {
    told(input);
    for profile in PROFILES {
        inspected(input, profile, toy_trust());
        if let Some(sealed) = resealed(input, profile) {
            inspected(&sealed, profile, toy_trust());
        }
        let mut end = 0;
        for span in uncovered(input, profile) {
            assert!(span.start < span.end && span.end <= input.len(), "{span:?} of {}", input.len());
            assert!(span.start >= end, "{span:?} begins before {end}: {}", shown(input));
            end = span.end;
        }
    }
}

fn inspected(message: &[u8], profile: Profile, trust: &Trust) {
    for at in [At::UnixS(AT), At::Message] {
        let decided = verify_as::<Scanner<'_>>(message, profile, trust, at).err();
        let report: Report = inspect_as::<Scanner<'_>>(message, profile, trust, at);
        same(&report.error, &decided, "inspected and verified");
        same(&report.verdict, &decided.map_or(Verdict::Valid, |error| error.verdict()), "the verdict");
        let other = inspect_as::<Quick<'_>>(message, profile, trust, at);
        same(&report.verdict, &other.verdict, "inspected through either reader");
    }
}

fn told(message: &[u8]) {
    let at = At::UnixS(AT);
    let verified = lacre_report::verify(message, None, toy_trust(), at);
    let inspected = lacre_report::inspect(message, None, toy_trust(), at);
    same(&verified.verdict(), &inspected.outcome.verdict(), "told after verifying and inspecting");
    same(&verified.position, &inspected.outcome.position, "the place told");
    for language in [Language::PtBr, Language::En] {
        let rows = [
            serde_json::to_string(&VerifyRow::new("f", &verified, language)),
            serde_json::to_string(&InspectRow::new("f", &inspected, language)),
        ];
        assert!(rows.iter().all(Result::is_ok), "{rows:?}");
    }
    let outline = serde_json::to_string(&lacre_report::outline(message));
    assert!(outline.is_ok(), "{outline:?}");
}

/// Whatever is signed is valid, its octets are the slow ones, no byte of the message is lost, and signing again gives the same.
pub(crate) fn sign(input: &[u8]) {
    for profile in PROFILES {
        for dict_position in [DictPosition::First, DictPosition::Last] {
            if profile == Profile::Spi && dict_position == DictPosition::Last {
                continue;
            }
            let options = SignOptions { dict_position, resign: true };
            if let Some(signed) = signed(input, profile, options) {
                octets(&signed, profile);
                same(&decided(&signed, profile, toy_trust()), &None, &shown(&signed));
                same(&self::signed(&signed, profile, options).as_ref(), &Some(&signed), "signed once more");
                kept(input, &signed);
            }
        }
    }
}

fn signed(message: &[u8], profile: Profile, options: SignOptions) -> Option<Vec<u8>> {
    let ours = prepare_with(message, profile, institution(), options);
    let theirs = prepare_as::<Quick<'_>>(message, profile, institution(), options);
    let digest = |prepared: &Result<lacre_core::Prepared<'_>, _>| prepared.as_ref().ok().map(|p| *p.digest());
    same(&digest(&ours), &digest(&theirs), "prepared through either reader");
    let prepared = ours.ok()?;
    let signature = toy_signature(institution(), prepared.digest());
    match prepared.finish(&signature) {
        Ok(signed) => Some(signed),
        Err(error) => panic!("prepared, and then {error}: {}", shown(message)),
    }
}

/// What stands before and behind the inserted Signature is the message's own; nothing is lost but what closes an empty element.
/// Where a Signature or its placeholder is replaced, that is lost too.
fn kept(message: &[u8], signed: &[u8]) {
    if shown(message).contains("ignature") {
        return;
    }
    let before = message.iter().zip(signed).take_while(|(a, b)| a == b).count();
    let rest = &message[before..];
    let behind = rest.iter().rev().zip(signed.iter().rev()).take_while(|(a, b)| a == b).count();
    let lost = &rest[..rest.len().saturating_sub(behind)];
    assert!(lost.iter().all(|octet| b" \t\r\n/<>".contains(octet)), "lost {:?}", shown(lost));
}
