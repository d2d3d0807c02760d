//! Documents made to cost much an octet: what is quadratic anywhere in the reader or in C14N shows here first.

/// Makes one.
type Document = fn() -> String;

/// Their names, and how each is made.
pub(crate) const DOCUMENTS: [(&str, Document); 7] = [
    ("attributes", attributes),
    ("declarations", declarations),
    ("prefixes-in-scope", prefixes_in_scope),
    ("long-name", long_name),
    ("long-names-sorted", long_names_sorted),
    ("depth", depth),
    ("empty-elements", empty_elements),
];

/// The longest name among them.
const LONG: usize = 200_000;

fn attributes() -> String {
    let attributes = many(60, |number| format!(" {}=\"\"", short(number)));
    format!("<a>{}</a>", format!("<b{attributes}/>").repeat(300))
}

fn declarations() -> String {
    let declarations = many(60, |number| format!(" xmlns:{}=\"u:{number}\"", short(number)));
    format!("<a>{}</a>", format!("<b{declarations}/>").repeat(120))
}

fn prefixes_in_scope() -> String {
    let declarations = many(200, |number| format!(" xmlns:{}=\"u:{number}\"", short(number)));
    format!("<a{declarations}>{}</a>", "<b xmlns:z=\"u:z\"/>".repeat(5_000))
}

/// One name, declared twice, that thousands of elements use.
fn long_name() -> String {
    let name = format!("u:{}", "A".repeat(LONG));
    let used = "<p:b c=\"\"/>".repeat(20_000);
    format!("<p:r xmlns:p=\"{name}\"><p:c xmlns:p=\"{name}\">{used}</p:c></p:r>")
}

/// Two names that differ at their ends, whose attributes are to be sorted on every element.
fn long_names_sorted() -> String {
    let name = format!("u:{}", "A".repeat(LONG));
    let used = many(200, |number| format!(" {}:a{number}=\"\"", if number % 2 == 0 { 'p' } else { 'q' }));
    let used = format!("<p:b{used}/>").repeat(300);
    format!("<p:r xmlns:p=\"{name}\" xmlns:q=\"{name}B\"><q:c>{used}</q:c></p:r>")
}

fn depth() -> String {
    let deep = ["<abcdefgh>".repeat(100), "</abcdefgh>".repeat(100)].concat();
    format!("<a>{}</a>", deep.repeat(50))
}

fn empty_elements() -> String {
    format!("<a>{}</a>", "<b/>".repeat(25_000))
}

fn many(count: u8, make: impl Fn(u8) -> String) -> String {
    (0..count).map(make).collect()
}

/// A short name, out of order.
fn short(number: u8) -> String {
    format!("{}{}", char::from(b'a' + number % 26), number / 26)
}
