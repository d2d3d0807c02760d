//! The two readers against each other, and canonical form against the slow one.

use lacre_core::xml::{Attribute, Event, Quick, Scanner, Source};
use lacre_core::{Reason, canonicalize, canonicalize_as};

use super::{same, shown};
use crate::slow::{self, NodeSet};

/// Either reader gives the same events, or the document is refused through both.
pub(crate) fn readers(input: &[u8]) {
    let Ok(text) = core::str::from_utf8(input) else { return };
    let (ours, ours_whole) = events::<Scanner<'_>>(text);
    let (theirs, theirs_whole) = events::<Quick<'_>>(text);
    // Text is cut where its reader likes: a piece that was cut off by a refusal may lack its end.
    let common = if ours_whole && theirs_whole {
        ours.len().max(theirs.len())
    } else {
        ours.len().min(theirs.len()).saturating_sub(1)
    };
    let cut = |events: &[Seen]| events.iter().take(common).cloned().collect::<Vec<_>>();
    same(&cut(&ours), &cut(&theirs), "the events of our reader and of quick-xml");
    for comments in [false, true] {
        let ours = canonicalize_as::<Scanner<'_>>(input, comments);
        let theirs = canonicalize_as::<Quick<'_>>(input, comments);
        same(&ours.as_ref().ok(), &theirs.as_ref().ok(), "what is canonical through either reader");
        if ours.is_ok() {
            assert!(ours_whole && theirs_whole, "canonicalized, but not read to the end");
        }
    }
}

/// An event with what it refers to; text next to text is one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Start(String, (usize, usize), bool, Vec<(String, String, usize, bool)>),
    End(String, (usize, usize)),
    Text(String, usize),
    Other(&'static str, String, usize),
}

/// The events up to the end or to a refusal, and whether it was the end.
fn events<'a, S: Source<'a>>(text: &'a str) -> (Vec<Seen>, bool) {
    let mut source = S::open(text);
    let mut seen = Vec::new();
    loop {
        let event = match source.next() {
            Ok(Event::Eof) => return (seen, true),
            Ok(event) => event,
            Err(_) => return (seen, false),
        };
        let one = match event {
            Event::Start { name, span, empty } => {
                let attribute =
                    |a: &Attribute<'_>| (a.name.whole().to_owned(), a.raw.to_owned(), a.offset, a.verbatim);
                let attributes = source.attributes().iter().map(attribute).collect();
                Seen::Start(name.whole().to_owned(), (span.start, span.end), empty, attributes)
            }
            Event::End { name, span } => Seen::End(name.whole().to_owned(), (span.start, span.end)),
            Event::Text { raw, offset, verbatim } => {
                assert!(!verbatim || !raw.contains(['&', '>', '\r']), "{raw:?} is not verbatim");
                if let Some(Seen::Text(before, _)) = seen.last_mut() {
                    before.push_str(raw);
                    continue;
                }
                Seen::Text(raw.to_owned(), offset)
            }
            Event::Cdata { raw, offset } => Seen::Other("cdata", raw.to_owned(), offset),
            Event::Comment { raw, offset } => Seen::Other("comment", raw.to_owned(), offset),
            Event::Pi { target, data, offset } => Seen::Other("pi", format!("{target} {data}"), offset),
            Event::Eof => return (seen, true),
        };
        seen.push(one);
    }
}

/// Canonical form is what the slow implementation makes of the document, and its own canonical form.
pub(crate) fn c14n(input: &[u8]) {
    for comments in [false, true] {
        let Ok(ours) = canonicalize(input, comments) else { return };
        let tree = core::str::from_utf8(input).ok().and_then(slow::parse);
        let Some(tree) = tree else { panic!("canonicalized, and no document: {}", shown(input)) };
        let theirs = slow::canonicalize(&tree, NodeSet { comments, ..NodeSet::default() });
        same(&shown(&ours), &shown(&theirs), "canonical form, ours and the slow one");
        match canonicalize(&ours, comments) {
            Ok(again) => same(&shown(&again), &shown(&ours), "canonical form of the canonical form"),
            // What an element uses is written on it: it may have more attributes than it had.
            Err(error) => same(&error.reason(), &Reason::TooManyAttributes, "refused in canonical form"),
        }
    }
}
