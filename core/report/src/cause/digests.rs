//! What the pattern of right and wrong digests says, once experiments have explained what they can.

use lacre_core::{At, Profile, ReferenceReport, Report, Target, Trust};

use super::hypothesis::{self, without_layout};
use super::words::Cause;
use super::{Certainty, Likely, certainty};

/// Why digests differ.
pub(super) fn of(xml: &[u8], report: &Report, trust: &Trust, at: At) -> Option<Likely> {
    if certainty(report, Certainty::Likely) != Certainty::SignatureFails {
        return of_parts(xml, report);
    }
    // Who indents a message indents SignedInfo as well.
    match indented(xml, report.profile, trust, at) {
        Some((_, bare)) if of_pattern(&differing(&bare), bare.profile).is_none() => {
            Some(Likely { cause: Cause::PrettyPrinted, certainty: Certainty::Proved })
        }
        Some((text, bare)) => of_parts(text.as_bytes(), &bare),
        None => of_parts(xml, report),
    }
}

/// The message without the white space between its elements, if that makes its signature hold.
fn indented(xml: &[u8], profile: Profile, trust: &Trust, at: At) -> Option<(String, Report)> {
    let text = core::str::from_utf8(xml).ok().filter(|text| text.len() <= hypothesis::BYTES_MAX)?;
    let bare = without_layout(text);
    if bare.len() == text.len() {
        return None;
    }
    let report = lacre_core::inspect(bare.as_bytes(), profile, trust, at);
    (certainty(&report, Certainty::Likely) == Certainty::Likely).then_some((bare, report))
}

/// Why parts differ: by experiment where one restores each of them, otherwise by which they are.
fn of_parts(xml: &[u8], report: &Report) -> Option<Likely> {
    let differ = differing(report);
    let (mut explained, mut open) = (None, Vec::new());
    let mut lost = false;
    for reference in &differ {
        let canonical =
            lacre_core::canonical_octets(xml, report.profile, reference.target).unwrap_or_default();
        match reference.claimed.and_then(|claimed| hypothesis::restores(&canonical, &claimed)) {
            Some(cause) => explained = explained.max(Some(cause)),
            None => {
                lost |= canonical.windows(3).any(|three| three == "\u{fffd}".as_bytes());
                open.push(*reference);
            }
        }
    }
    if open.is_empty() {
        return explained.map(|cause| Likely { cause, certainty: certainty(report, Certainty::Proved) });
    }
    let cause = if lost { Some(Cause::CharactersLost) } else { of_pattern(&open, report.profile) };
    cause.map(|cause| Likely { cause, certainty: certainty(report, Certainty::Likely) })
}

fn differing(report: &Report) -> Vec<&ReferenceReport> {
    let differs =
        |r: &&ReferenceReport| r.claimed.is_some() && r.computed.is_some() && r.claimed != r.computed;
    report.references.iter().filter(differs).collect()
}

/// What it says that just these parts differ.
fn of_pattern(differ: &[&ReferenceReport], profile: Profile) -> Option<Cause> {
    let has = |target| differ.iter().any(|reference| reference.target == target);
    let content = has(Target::Document) || has(Target::Root);
    match (has(Target::KeyInfo), has(Target::AppHdr), content) {
        (true, _, true) => Some(Cause::Reserialised),
        (true, false, false) => Some(Cause::KeyInfoChanged),
        (_, true, false) => Some(Cause::HeaderChanged),
        (false, true, true) if profile == Profile::Spi => Some(Cause::Transplanted),
        (false, _, true) => Some(Cause::ContentChanged),
        (false, false, false) => None,
    }
}
