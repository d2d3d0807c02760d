//! Multipart bodies from a seed: as BACEN and the usual libraries write them, and with oddities.

use lacre_core::exchange::Headers;
use lacre_tests::random::Random;

use crate::ways;

/// A body, and how it came to be what it is.
pub(crate) struct Made {
    pub(crate) content_type: String,
    others: Vec<(&'static str, &'static str)>,
    pub(crate) octets: Vec<u8>,
    /// Whether BACEN or a usual library could have written it.
    pub(crate) genuine: bool,
    /// What was done to it.
    pub(crate) ways: Vec<&'static str>,
}

impl Made {
    pub(crate) fn headers(&self) -> Headers {
        let mut headers = Headers::new();
        headers.push("content-type", self.content_type.as_bytes());
        for (name, value) in &self.others {
            headers.push(name, value.as_bytes());
        }
        headers
    }
}

/// Makes bodies of these messages.
pub(crate) struct Maker {
    messages: Vec<Vec<u8>>,
    forged: Vec<u8>,
}

/// A body while it is made.
pub(crate) struct Draft {
    /// The boundary that lacre sees.
    pub(crate) boundary: String,
    pub(crate) content_type: String,
    pub(crate) others: Vec<(&'static str, &'static str)>,
    pub(crate) before: Vec<u8>,
    pub(crate) parts: Vec<Part>,
    /// What stands between a boundary and the end of its line.
    pub(crate) padding: &'static str,
    pub(crate) after: Vec<u8>,
    pub(crate) line_end: &'static str,
}

/// One part while it is made.
pub(crate) struct Part {
    /// Its header fields, each with the end of its line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

const HEADS: [&str; 6] = [
    "PI-ResourceId: UEkBbXk=\nContent-Type: application/xml;charset=utf-8\n",
    "Content-Type: application/xml; charset=utf-8\nPI-ResourceId: UEkBbXk=\n",
    "Content-Type: application/xml\n",
    "content-type: text/xml; charset=\"UTF-8\"\nContent-Transfer-Encoding: 8bit\n",
    "Content-Type: application/xml; charset=UTF-8\nContent-Disposition: attachment; filename=\"a.xml\"\n",
    "",
];

impl Maker {
    pub(crate) const fn new(messages: Vec<Vec<u8>>, forged: Vec<u8>) -> Self {
        Self { messages, forged }
    }

    /// A body as BACEN writes it, or a library that its caller uses.
    pub(crate) fn genuine(&self, random: &mut Random) -> Made {
        let draft = self.draft(random);
        let (content_type, octets) = (draft.content_type.clone(), draft.written());
        Made { content_type, others: Vec::new(), octets, genuine: true, ways: Vec::new() }
    }

    /// A body with one to three oddities.
    pub(crate) fn odd(&self, random: &mut Random) -> Made {
        let mut draft = self.draft(random);
        let mut done: Vec<&str> =
            (0..=random.below(3)).map(|_| ways::bend(random, &mut draft, &self.forged)).collect();
        let mut octets = draft.written();
        if random.once_in(4) {
            done.push("damage");
            ways::damage(random, &mut octets, &draft);
        }
        Made { content_type: draft.content_type, others: draft.others, octets, genuine: false, ways: done }
    }

    fn draft(&self, random: &mut Random) -> Draft {
        let boundary = boundary(random);
        // Line feeds alone are for messages that have nothing else.
        let line_end = if random.once_in(10) { "\n" } else { "\r\n" };
        let parts = (0..=random.below(4)).map(|_| self.part(random, line_end)).collect();
        Draft {
            content_type: content_type(random, &boundary),
            boundary,
            others: Vec::new(),
            before: Vec::new(),
            parts,
            padding: "",
            after: if random.once_in(5) { Vec::new() } else { line_end.as_bytes().to_vec() },
            line_end,
        }
    }

    fn part(&self, random: &mut Random, line_end: &str) -> Part {
        let fits = |message: &&Vec<u8>| line_end == "\r\n" || !message.contains(&b'\r');
        let messages: Vec<&Vec<u8>> = self.messages.iter().filter(fits).collect();
        let body = (*random.pick(&messages)).clone();
        Part { head: random.word(&HEADS).replace('\n', line_end), body }
    }
}

fn boundary(random: &mut Random) -> String {
    let number = random.bits();
    match random.below(6) {
        0 => format!("----=_Part_{}_{}.1", number % 100, number % 100_000),
        1 => format!("==============={number}=="),
        2 => format!("------------------------{number:016x}"),
        3 => "b".to_owned(),
        _ => format!("{:08x}-3d7e-4b8a-9f10-{:012x}", number >> 32, number & 0xffff_ffff_ffff),
    }
}

fn content_type(random: &mut Random, boundary: &str) -> String {
    match random.below(4) {
        0 => format!("multipart/mixed;boundary=\"{boundary}\""),
        _ if boundary.contains('=') => format!("multipart/mixed; boundary=\"{boundary}\""),
        1 => format!("Multipart/Mixed; charset=UTF-8; boundary={boundary}"),
        _ => format!("multipart/mixed; boundary={boundary}"),
    }
}

impl Draft {
    /// The octets.
    pub(crate) fn written(&self) -> Vec<u8> {
        let Self { boundary, line_end, padding, .. } = self;
        let mut octets = self.before.clone();
        for Part { head, body } in &self.parts {
            octets.extend(format!("--{boundary}{padding}{line_end}{head}{line_end}").bytes());
            octets.extend(body);
            octets.extend(line_end.bytes());
        }
        octets.extend(format!("--{boundary}--").bytes());
        octets.extend(&self.after);
        octets
    }
}
