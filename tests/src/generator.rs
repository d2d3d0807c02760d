//! Random documents that stress canonicalisation: whatever XML allows to be written in several ways is.

use core::fmt::Write;

use crate::random::Random;

/// A document, and what is known of how other implementations treat it.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The document, well-formed in UTF-8.
    pub bytes: Vec<u8>,
    /// A namespace name holds a character that canonical XML escapes. libxml2 writes it bare.
    pub escaped_namespace: bool,
    /// A name holds a character that XML 1.0 allows since its fifth edition only. The JDK's parser follows the fourth.
    pub fifth_edition_name: bool,
    /// The root element is empty. The JDK then loses what stands after it.
    pub empty_root: bool,
}

/// A whole document: perhaps a declaration, comments and instructions around the root.
#[must_use]
pub fn document(random: &mut Random) -> Document {
    let mut writer = Writer::new(random);
    writer.prolog();
    let root = writer.out.len();
    writer.element(0);
    let root = &writer.out[root..];
    writer.document.empty_root = match root.matches('<').count() {
        1 => true,
        2 => root.contains("></"),
        _ => false,
    };
    writer.outside();
    writer.done()
}

/// Elements and text to stand inside a message's element, where nothing is bound but `default` without a prefix.
#[must_use]
pub fn content(random: &mut Random, default: &str) -> String {
    let mut writer = Writer::new(random);
    writer.odd = false;
    writer.scope.push((String::new(), default.to_owned()));
    for _ in 0..writer.random.below(4) + 1 {
        writer.text();
        writer.element(1);
    }
    String::from_utf8(writer.done().bytes).unwrap()
}

/// Every level may bind, and the core takes so many namespaces in scope and no more.
const DEPTH_MAX: usize = 100;
const PREFIXES: &[&str] = &["a", "b", "c", "ds", "n1", "é", "_", "xm", "B"];
const LOCAL_NAMES: &[&str] = &["a", "A", "b", "item", "Id-of", "_x", "a.b-c", "é", "名", "xmlish", "z9"];
const ATTRIBUTE_NAMES: &[&str] = &["a", "b", "B", "c", "é", "type", "a-b", "a.b", "_", "name", "z"];
const FIFTH_EDITION_NAMES: &[&str] = &["𐐀", "a𐐷", "\u{FDF0}x", "\u{FFFD}y", "\u{F900}"];
const NAMESPACES: &[&str] = &[
    "urn:x:1",
    "urn:x:2",
    "urn:x:10",
    "http://www.w3.org/2000/09/xmldsig#",
    "https://www.bcb.gov.br/pi/pacs.008/1.16",
    "http://example.org/?a=b",
    "URN:X:1",
];
/// As written, each an absolute name with something to escape.
const ESCAPED_NAMESPACES: &[&str] =
    &["http://example.org/?a=b&amp;c=d", "urn:x:&lt;&#62;", "urn:x:&#34;q&#34;"];
const TEXTS: &[&str] = &[
    "x",
    " ",
    "text",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "é",
    "ação",
    "€",
    "😀",
    "\u{10FFFF}",
    "\u{85}",
    "\u{2028}",
    "\u{7F}",
    "\u{D7FF}",
    "\u{E000}",
    "\u{FFFD}",
    "]",
    "]]",
    ">",
    "'",
    "\"",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&#13;",
    "&#xD;",
    "&#10;",
    "&#9;",
    "&#x9;",
    "&#32;",
    "&#x1F600;",
    "&#128512;",
    "&#38;",
    "&#60;",
    "&#0000065;",
    "&#xe9;",
];
const RAW_TEXTS: &[&str] = &[
    "x", " ", "]]", "]", "<", "&", ">", "<a>", "&amp;", "&#13;", "\r\n", "\r", "\n", "\t", "é", "😀", "--",
    "'", "\"", "?",
];

struct Writer<'r> {
    random: &'r mut Random,
    out: String,
    /// Prefix and namespace name, the innermost last. An empty name undeclares.
    scope: Vec<(String, String)>,
    elements_left: usize,
    /// Goes deep rather than wide.
    deep: bool,
    /// May use what some other implementation is known to treat otherwise.
    odd: bool,
    document: Document,
}

impl<'r> Writer<'r> {
    fn new(random: &'r mut Random) -> Self {
        let shape = random.below(40);
        let elements_left = match shape {
            0 => 400,
            1 => DEPTH_MAX,
            _ => 2 + random.below(30),
        };
        let odd = random.once_in(10);
        let (out, scope, document) = (String::new(), Vec::new(), Document::default());
        Self { random, out, scope, elements_left, deep: shape == 1, odd, document }
    }

    fn done(mut self) -> Document {
        self.document.bytes = self.out.into_bytes();
        self.document
    }

    fn prolog(&mut self) {
        let declarations = [
            "",
            "",
            "<?xml version=\"1.0\"?>",
            "<?xml version='1.0' encoding='utf-8' ?>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\r\n",
            "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
            "\u{FEFF}",
        ];
        self.out.push_str(self.random.word(&declarations));
        self.outside();
    }

    fn outside(&mut self) {
        for _ in 0..self.random.below(4) {
            match self.random.below(4) {
                0 => self.comment(),
                1 => self.instruction(),
                _ => self.out.push_str(self.random.word(&["\n", "\r\n", " \t", "\r"])),
            }
        }
    }

    fn element(&mut self, depth: usize) {
        self.elements_left = self.elements_left.saturating_sub(1);
        let outer = self.scope.len();
        let mut written = self.declarations();
        let name = self.name(LOCAL_NAMES, false);
        self.attributes(&mut written);
        write!(self.out, "<{name}").unwrap();
        self.shuffle(&mut written);
        for attribute in &written {
            let space = self.random.word(&[" ", " ", "\n", "\t ", "\r\n"]);
            self.out.push_str(space);
            self.out.push_str(attribute);
        }
        self.out.push_str(self.random.word(&["", "", " ", "\n"]));
        let empty = if depth == 0 { 30 } else { 5 };
        if self.random.once_in(empty) && !self.deep {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            self.children(depth);
            write!(self.out, "</{name}{}>", self.random.word(&["", "", " ", "\n"])).unwrap();
        }
        self.scope.truncate(outer);
    }

    fn children(&mut self, depth: usize) {
        let least = if depth == 0 { 2 } else { 0 };
        let pieces = if self.deep { 2 } else { least + self.random.below(8) };
        for piece in 0..pieces {
            match self.random.below(8) {
                _ if self.deep && piece == 0 => self.child(depth),
                0 | 1 => self.text(),
                2 => self.cdata(),
                3 => self.comment(),
                4 => self.instruction(),
                _ => self.child(depth),
            }
        }
    }

    fn child(&mut self, depth: usize) {
        if self.elements_left > 0 && depth < DEPTH_MAX {
            self.element(depth + 1);
        }
    }

    /// Binds, rebinds and undeclares, and gives what is to be written.
    fn declarations(&mut self) -> Vec<String> {
        let mut written = Vec::new();
        let mut prefixes = Vec::new();
        for _ in 0..[0, 0, 1, 2, 4][self.random.below(5)] {
            let prefix = if self.random.once_in(3) { "" } else { self.random.word(PREFIXES) };
            if prefixes.contains(&prefix) {
                continue;
            }
            prefixes.push(prefix);
            let name = if prefix.is_empty() && self.random.once_in(3) {
                ""
            } else if self.odd && self.random.once_in(4) {
                self.document.escaped_namespace = true;
                self.random.word(ESCAPED_NAMESPACES)
            } else {
                self.random.word(NAMESPACES)
            };
            let colon = if prefix.is_empty() { "" } else { ":" };
            let quote = self.random.word(&["\"", "'"]);
            written.push(format!("xmlns{colon}{prefix}={quote}{name}{quote}"));
            self.scope.push((prefix.to_owned(), name.to_owned()));
        }
        if self.random.once_in(40) {
            written.push("xmlns:xml='http://www.w3.org/XML/1998/namespace'".to_owned());
        }
        written
    }

    /// A name whose prefix is bound here. An attribute without a prefix is in no namespace, so it needs none.
    fn name(&mut self, locals: &[&str], attribute: bool) -> String {
        let local = if self.odd && self.random.once_in(6) {
            self.document.fifth_edition_name = true;
            self.random.word(FIFTH_EDITION_NAMES)
        } else {
            self.random.word(locals)
        };
        if attribute && self.random.once_in(2) || self.scope.is_empty() {
            return local.to_owned();
        }
        let (prefix, _) = self.random.pick(&self.scope);
        if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
    }

    fn attributes(&mut self, written: &mut Vec<String>) {
        let mut taken: Vec<(String, String)> = Vec::new();
        let count = if self.random.once_in(50) { 40 } else { self.random.below(5) };
        for _ in 0..count {
            let name = self.name(ATTRIBUTE_NAMES, true);
            let (prefix, local) = name.split_once(':').unwrap_or(("", &name));
            let namespace = if prefix.is_empty() { String::new() } else { self.bound(prefix) };
            let expanded = (namespace, local.to_owned());
            if !taken.contains(&expanded) {
                taken.push(expanded);
                let value = self.attribute_value();
                written.push(format!("{name}{}{value}", self.random.word(&["=", "=", " = ", "\n="])));
            }
        }
        if self.random.once_in(8) {
            written.push("xml:lang='pt-BR'".to_owned());
        }
        if self.random.once_in(8) {
            written.push("xml:space=\"preserve\"".to_owned());
        }
    }

    fn bound(&self, prefix: &str) -> String {
        self.scope.iter().rev().find(|(bound, _)| bound == prefix).unwrap().1.clone()
    }

    fn attribute_value(&mut self) -> String {
        let (quote, other) = if self.random.once_in(2) { ("\"", "'") } else { ("'", "\"") };
        let mut value = String::from(quote);
        for _ in 0..self.random.below(5) {
            let text = self.random.word(TEXTS);
            value.push_str(if text == quote { other } else { text });
        }
        value + quote
    }

    fn text(&mut self) {
        let mut text = String::new();
        for _ in 0..self.random.below(6) {
            text.push_str(self.random.word(TEXTS));
        }
        // `]]>` may not stand in text, not even when two runs meet.
        if self.out.ends_with(']') {
            self.out.push('x');
        }
        self.out.push_str(&text.replace("]]>", "]] >"));
    }

    fn cdata(&mut self) {
        let inside = self.raw(&["]]>"]);
        write!(self.out, "<![CDATA[{inside}]]>").unwrap();
    }

    fn comment(&mut self) {
        let inside = self.raw(&["--"]);
        write!(self.out, "<!--{}-->", inside.trim_end_matches('-')).unwrap();
    }

    fn instruction(&mut self) {
        let target = self.random.word(&["pi", "xml-stylesheet", "é", "p.i", "xmlx"]);
        let inside = self.raw(&["?>"]);
        let space = self.random.word(&[" ", "  ", "\n", "\r\n\t"]);
        let inside = if inside.is_empty() { inside } else { format!("{space}{inside}") };
        write!(self.out, "<?{target}{}?>", inside.trim_end_matches('?')).unwrap();
    }

    /// What may stand in a comment, an instruction or a CDATA section, free of what would end it.
    fn raw(&mut self, forbidden: &[&str]) -> String {
        let mut raw = String::new();
        for _ in 0..self.random.below(5) {
            raw.push_str(self.random.word(RAW_TEXTS));
        }
        for forbidden in forbidden {
            while raw.contains(forbidden) {
                raw = raw.replace(forbidden, "!");
            }
        }
        raw
    }

    fn shuffle(&mut self, items: &mut [String]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.random.below(i + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_documents() {
        let (mut one, mut other) = (Random::new(5), Random::new(5));
        for _ in 0..20 {
            assert_eq!(document(&mut one).bytes, document(&mut other).bytes);
        }
    }
}
