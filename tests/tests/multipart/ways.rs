//! What MIME lets a writer do, and what readers make of what it does not: each way on its own may hide a message from one reader and
//! show it to another.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lacre_tests::random::Random;

use crate::bodies::{Draft, Part};

/// A boundary that only some readers see.
const OTHER: &str = "x";

/// Content-Types in which `{b}` is the boundary that lacre is meant to see, and some reader sees the other, or none.
const CONTENT_TYPES: [&str; 34] = [
    "multipart/mixed; boundary*=us-ascii''x; boundary={b}",
    "multipart/mixed; boundary={b}; boundary*=us-ascii''x",
    "multipart/mixed; boundary*=utf-8''%78; boundary={b}",
    "multipart/mixed; boundary*0=x; boundary={b}",
    "multipart/mixed; boundary*0*=us-ascii''x; boundary={b}",
    "multipart/mixed; boundary={b}; boundary*0=x",
    "multipart/mixed; boundary=\"{b}\"; BOUNDARY*=''x",
    "multipart/mixed; boundary={b}; boundary=x",
    "multipart/mixed; boundary=x; boundary={b}",
    "multipart/mixed; boundary=\"\\{b}\"",
    "multipart/mixed; boundary=\"{b}\\\"",
    "multipart/mixed; boundary=\"{b}\\ \"",
    "multipart/mixed; boundary=\"{b} \"",
    "multipart/mixed; boundary= {b}",
    "multipart/mixed; boundary ={b}",
    "multipart/mixed; boundary={b} (x)",
    "multipart/mixed; (boundary=x;) boundary={b}",
    "multipart/mixed; boundary=<{b}>",
    "multipart/mixed; boundary='{b}'",
    "multipart/mixed; x=\"; boundary=x\"; boundary={b}",
    "multipart/mixed; x=\"\\\"; boundary=x; y=\\\"\"; boundary={b}",
    "multipart/mixed; boundary={b}; x=\"boundary=x\"",
    "multipart/mixed; boundary={b};; boundary=x",
    "multipart/mixed; boundary={b}, multipart/mixed; boundary=x",
    "multipart/mixed; boundary=\"=?us-ascii?q?{b}?=\"",
    "multipart/mixed; boundary=\"{b}\"x",
    "multipart/mixed; charset=utf-16; boundary={b}",
    "multipart/mixed; charset*=utf-7''; boundary={b}",
    "multipart/digest; boundary={b}",
    "multipart/alternative; boundary={b}",
    "multipart/related; boundary={b}; start=\"<a>\"",
    "multipart/signed; boundary={b}; protocol=x",
    "multipart/x-mixed-replace; boundary={b}",
    "(multipart/related) multipart/mixed; boundary={b}",
];

/// Lines among a part's header fields, `~` a CR and `|` a line feed.
const FIELDS: [&str; 36] = [
    "X-A: a~| z~|",
    "X-A: a~|\tz~|",
    "X-A: a~| z~~",
    "X-A: a~~",
    "X-A: a~|~",
    "X-A: a||",
    "X-A: a~X-B: b~|",
    "X-A: a~Content-Transfer-Encoding: quoted-printable~|",
    "X-A: a|Content-Transfer-Encoding: quoted-printable|",
    "X-A~|",
    " X-A: a~|",
    "X-A : a~|",
    ": a~|",
    "From a~|",
    "Content-Transfer-Encoding: quoted-printable~|",
    "Content-Transfer-Encoding: QUOTED-Printable~|",
    "Content-Transfer-Encoding: base64~|",
    "Content-Transfer-Encoding: x-uuencode~|",
    "Content-Transfer-Encoding:~| quoted-printable~|",
    "Content-Transfer-Encoding : quoted-printable~|",
    "Content-Transfer-Encoding: 8bit~|Content-Transfer-Encoding: quoted-printable~|",
    "Content-Transfer-Encoding: (8bit) quoted-printable~|",
    "Content-Transfer-Encoding: \"quoted-printable\"~|",
    "Content-Encoding: gzip~|",
    "Content-Length: 7~|",
    "Content-Length: 99999~|",
    "Content-Type: text/html~|",
    "Content-Type: text/plain; charset=utf-16~|",
    "Content-Type: text/plain; format=flowed; delsp=yes~|",
    "Content-Type: application/xml; charset=iso-8859-1~|",
    "Content-Type: multipart/mixed; boundary=x~|",
    "Content-Type: multipart/mixed; boundary*=us-ascii''x~|",
    "Content-Type: message/rfc822~|",
    "Content-Type: message/partial~|",
    "Content-Type: message/external-body; access-type=x~|",
    "Content-Disposition: form-data; name=\"a\"; filename*=x~|",
];

/// How something that looks like a delimiter is set off from what stands before it.
const BREAKS: [&str; 9] = ["\r\n", "\n", "\r", "\r\n\r\n", "\r\n ", "\r\n\t", "\u{b}", "\u{c}", "\r\n\u{85}"];

/// What follows a boundary, to end its line or not to.
const PADDINGS: [&str; 9] = [" ", "\t", "  \t ", "\u{b}", "-", ";", " x", "--", "\0"];

/// Fields of the answer itself.
const OTHERS: [(&str, &str); 6] = [
    ("Content-Transfer-Encoding", "base64"),
    ("Content-Transfer-Encoding", "quoted-printable"),
    ("Content-Transfer-Encoding", "8bit"),
    ("Content-Type", "multipart/mixed; boundary=x"),
    ("MIME-Version", "1.0"),
    ("Content-Disposition", "attachment; filename=\"a.html\""),
];

/// Bends a body in one way. Gives which.
pub(crate) fn bend(random: &mut Random, draft: &mut Draft, forged: &[u8]) -> &'static str {
    match random.below(11) {
        0..=2 => content_type(random, draft, forged),
        3 | 4 => around(random, draft, forged),
        5 | 6 => fields(random, draft, forged),
        7 => {
            draft.padding = random.word(&PADDINGS);
            "padding"
        }
        8 => {
            draft.others.push(*random.pick(&OTHERS));
            "another field"
        }
        9 => within(random, draft, forged),
        _ => {
            let line_break = random.word(&BREAKS);
            let other = hidden(random, &draft.boundary, forged, line_break, false);
            draft.after.extend(other);
            "behind the end"
        }
    }
}

/// The label says two things, and around the parts stand others for who reads the other.
fn content_type(random: &mut Random, draft: &mut Draft, forged: &[u8]) -> &'static str {
    let template = random.word(&CONTENT_TYPES);
    draft.content_type = template.replace("{b}", &draft.boundary);
    let other = match template {
        // Readers that do not take the escape off.
        t if t.contains("\"\\{b}") => format!("\\{}", draft.boundary),
        t if t.contains("\\ \"") => format!("{}\\ ", draft.boundary),
        t if t.contains("'{b}'") => format!("'{}'", draft.boundary),
        t if t.contains("<{b}>") => format!("<{}>", draft.boundary),
        t if t.contains("(x)") => format!("{} (x)", draft.boundary),
        _ => OTHER.to_owned(),
    };
    let hidden = hidden(random, &other, forged, "\r\n", true);
    if random.once_in(3) {
        draft.after.extend(hidden)
    } else {
        draft.before.extend(hidden)
    }
    "a second boundary"
}

/// A part that only some readers take for one, before the first or behind the last.
fn around(random: &mut Random, draft: &mut Draft, forged: &[u8]) -> &'static str {
    let line_break = random.word(&BREAKS);
    let near = match random.below(6) {
        0 => format!(" {}", draft.boundary),
        1 => format!("{} ", draft.boundary),
        2 => format!("{}x", draft.boundary),
        3 => draft.boundary.to_uppercase(),
        _ => draft.boundary.clone(),
    };
    let closes = random.once_in(2);
    let hidden = hidden(random, &near, forged, line_break, closes);
    if random.once_in(2) {
        draft.before.extend(hidden)
    } else {
        draft.after.extend(hidden)
    }
    "around the parts"
}

/// Header fields that one reader folds, ends, doubles or decodes and another does not.
fn fields(random: &mut Random, draft: &mut Draft, forged: &[u8]) -> &'static str {
    let field = plain(random.word(&FIELDS));
    let encoded = encoded(random, forged);
    let part = draft.parts.first_mut();
    let Some(Part { head, body }) = part else { return "nothing" };
    // Where fields end too early, what follows is a body.
    if field.ends_with("\r\r") || field.ends_with("\n\n") || field.ends_with("\n\r") {
        head.push_str(&field);
        head.push_str(&encoded);
        head.push_str("\r\n");
        return "a head that ends twice";
    }
    if random.once_in(2) {
        head.insert_str(0, &field)
    } else {
        head.push_str(&field)
    }
    if field.contains("base64") && random.once_in(2) {
        *body = BASE64_STANDARD.encode(&body).into_bytes();
    }
    "header fields"
}

/// Delimiters within a message: BACEN signs no such thing, a caller may want it signed.
fn within(random: &mut Random, draft: &mut Draft, forged: &[u8]) -> &'static str {
    let (boundary, line_break) = match random.below(4) {
        0 => (OTHER.to_owned(), "\r\n"),
        1 => (format!("{}x", draft.boundary), "\r\n"),
        _ => (draft.boundary.clone(), random.word(&BREAKS)),
    };
    let hidden = hidden(random, &boundary, forged, line_break, true);
    let number = random.below(draft.parts.len());
    let Some(part) = draft.parts.get_mut(number) else { return "nothing" };
    let start = part.body.windows(10).position(|piece| piece == b"<Document>").map_or(0, |at| at + 10);
    let instruction = [b"<?a ", hidden.as_slice(), b"?>"].concat();
    part.body.splice(start..start, instruction);
    "within a message"
}

/// A whole multipart body, or one that stays open, around a message that nobody signed.
fn hidden(random: &mut Random, boundary: &str, forged: &[u8], line_break: &str, closes: bool) -> Vec<u8> {
    let (encoding, text) = match random.below(3) {
        0 => ("base64", wrapped(forged)),
        1 => ("quoted-printable", quoted(forged)),
        _ => ("8bit", String::from_utf8_lossy(forged).into_owned()),
    };
    let mut lines = vec![
        format!("--{boundary}"),
        "Content-Type: application/xml".to_owned(),
        format!("Content-Transfer-Encoding: {encoding}"),
        String::new(),
        text,
    ];
    if closes {
        lines.push(format!("--{boundary}--"));
    }
    let mut octets = line_break.as_bytes().to_vec();
    // A break that is none to most is for the delimiter alone.
    let inner = if line_break.trim_matches(['\r', '\n']).is_empty() { line_break } else { "\r\n" };
    octets.extend(lines.join(inner).bytes());
    octets.extend(if random.once_in(2) { inner.bytes() } else { "\r\n".bytes() });
    octets
}

fn encoded(random: &mut Random, forged: &[u8]) -> String {
    match random.below(3) {
        0 => wrapped(forged),
        1 => quoted(forged),
        _ => String::from_utf8_lossy(forged).replace('\n', "\r"),
    }
}

fn wrapped(octets: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(octets);
    let lines: Vec<_> = text.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
    lines.join("\r\n")
}

/// Quoted-printable without any `<`.
fn quoted(octets: &[u8]) -> String {
    let quote = |&octet: &u8| match octet {
        b'<' | b'=' | 0x80.. => format!("={octet:02X}"),
        b'\n' => "\r\n".to_owned(),
        other => char::from(other).to_string(),
    };
    octets.iter().map(quote).collect()
}

fn plain(pattern: &str) -> String {
    pattern.replace('~', "\r").replace('|', "\n")
}

/// What is put in, taken out or doubled at random, mostly where lines end.
pub(crate) fn damage(random: &mut Random, octets: &mut Vec<u8>, draft: &Draft) {
    let delimiter = format!("--{}", draft.boundary);
    let pieces = [
        "\r",
        "\n",
        "\r\n",
        "\r\n\r\n",
        " ",
        "\t",
        "\0",
        "\u{b}",
        "\u{c}",
        "--",
        ":",
        ";",
        "=",
        "=3D",
        "X: y",
        "\u{feff}",
        &delimiter,
        "\r\n--x\r\n",
        "\u{85}",
        "\u{2028}",
    ];
    for _ in 0..=random.below(2) {
        let ends: Vec<usize> =
            (0..octets.len()).filter(|&at| octets[at] == b'\r' || octets[at] == b'\n').collect();
        let at = if ends.is_empty() || random.once_in(5) {
            random.below(octets.len().max(1))
        } else {
            *random.pick(&ends)
        };
        let end = (at + 1 + random.below(3)).min(octets.len());
        match random.below(4) {
            0 => drop(octets.drain(at.min(end)..end)),
            1 => drop(octets.splice(at..end.max(at), random.word(&pieces).bytes())),
            _ => drop(octets.splice(at..at, random.word(&pieces).bytes())),
        }
    }
}
