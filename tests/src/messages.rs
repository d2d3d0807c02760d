//! Messages of many shapes: whatever XML and the profiles leave to the writer is written in several ways.

use lacre_core::{Ispb, Profile};
use lacre_simulator::samples;

use crate::generator;
use crate::random::Random;

/// An unsigned message.
#[derive(Clone, Debug)]
pub struct Message {
    /// What is special about it.
    pub name: String,
    /// The rules it is signed by.
    pub profile: Profile,
    /// The message.
    pub xml: String,
    /// A word that stands in what the signature covers, and nowhere else.
    pub word: &'static str,
}

impl Message {
    fn new(name: &str, profile: Profile, xml: String, word: &'static str) -> Self {
        Self { name: format!("{} {name}", profile.as_str()), profile, xml, word }
    }

    /// The same message after somebody changed the word in it.
    ///
    /// # Panics
    /// If the word is not in it.
    #[must_use]
    pub fn tampered(&self, signed: &[u8]) -> Vec<u8> {
        let signed = core::str::from_utf8(signed).unwrap();
        assert!(signed.contains(self.word), "{}: `{}` is not in it", self.name, self.word);
        signed.replace(self.word, "changed").into_bytes()
    }
}

/// Messages of both profiles.
#[must_use]
pub fn all() -> Vec<Message> {
    let mut messages = Vec::new();
    for (name, content) in CONTENTS {
        messages.push(Message::new(name, Profile::Dict, dict(content), WORD));
        messages.push(Message::new(name, Profile::Spi, spi(content, "<Sgntr/>"), WORD));
    }
    for (name, place) in SGNTRS {
        messages.push(Message::new(name, Profile::Spi, spi(PLAIN, place), WORD));
    }
    for (name, xml) in DICTS {
        messages.push(Message::new(name, Profile::Dict, (*xml).to_owned(), WORD));
    }
    for (name, xml) in SPIS {
        messages.push(Message::new(name, Profile::Spi, (*xml).to_owned(), WORD));
    }
    let ispb = Ispb::new("12345678").unwrap();
    let instant = 1_780_272_000_000;
    messages.extend([
        Message::new("pacs.008", Profile::Spi, samples::pacs_008(&ispb, instant).xml, "37.90"),
        Message::new("create entry", Profile::Dict, samples::create_entry(&ispb), samples::KEY),
    ]);
    messages
}

/// Messages with random content, as many as asked for of each profile.
pub fn random(random: &mut Random, count: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    for number in 0..count {
        let name = format!("random {number}");
        let content = format!("<W>{WORD}</W>{}", generator::content(random, SPI_NAMESPACE));
        messages.push(Message::new(&name, Profile::Spi, spi(&content, "<Sgntr/>"), WORD));
        let content = format!("<W>{WORD}</W>{}", generator::content(random, ""));
        messages.push(Message::new(&name, Profile::Dict, dict(&content), WORD));
    }
    messages
}

/// An unsigned message of at least so many bytes: a real payment's transaction, or a directory's entry, again and again.
#[must_use]
pub fn sized(profile: Profile, bytes: usize) -> Vec<u8> {
    let ispb = Ispb::new("12345678").unwrap();
    let (message, (opens, closes)) = match profile {
        Profile::Spi => {
            (samples::pacs_008(&ispb, 1_780_272_000_000).xml, ("<CdtTrfTxInf>", "</CdtTrfTxInf>"))
        }
        Profile::Dict => (samples::create_entry(&ispb), ("<Entry>", "</Entry>")),
    };
    let start = message.find(opens).unwrap();
    let end = message.find(closes).unwrap() + closes.len();
    let block = &message[start..end];
    let times = bytes.saturating_sub(message.len()).div_ceil(block.len());
    format!("{}{}{}", &message[..end], block.repeat(times), &message[end..]).into_bytes()
}

const WORD: &str = "quarenta-e-dois";
const SPI_NAMESPACE: &str = "https://www.bcb.gov.br/pi/pibr.001/1.3";
const PLAIN: &str = "<Txt>quarenta-e-dois</Txt>";

const CONTENTS: &[(&str, &str)] = &[
    ("plain", PLAIN),
    ("pretty printed", "\n  <A>\n    <B>quarenta-e-dois</B>\n  </A>\n"),
    ("with CRLF", "\r\n<A>\r\n  quarenta-e-dois\r\n\rx</A>\r\n"),
    ("with carriage returns as references", "<A b='&#13;&#10;&#9;'>&#13;quarenta-e-dois&#xD;\n</A>"),
    ("with comments", "<A>quarenta-<!-- one -->e-dois<!--two--></A><B>quarenta-e-dois</B><!---->"),
    ("with instructions", "<?a b?><A>quarenta-e-dois<?c?></A><?d   e ?>"),
    ("with CDATA", "<A>quarenta-e-dois<![CDATA[<&>]]]]><![CDATA[>]]></A>"),
    ("with accents", "<Nm>João Conceição Ütz quarenta-e-dois</Nm>"),
    ("with astral text", "<Nm a='\u{10FFFF}'>quarenta-e-dois 😀 &#x1F600;</Nm>"),
    ("with attributes", "<A z='1' a=\"2\" Ccy='BRL' b=' x\ty\n&quot;&lt;'>quarenta-e-dois</A>"),
    (
        "with namespaces",
        "<p:A xmlns:p='urn:p' p:b='1' xmlns:q='urn:q'><p:B xmlns=''><C/>quarenta-e-dois</p:B></p:A>",
    ),
    ("with escaped namespaces", "<A xmlns='http://example.org/?a=1&amp;b=2'>quarenta-e-dois</A>"),
    (
        "with rebound prefixes",
        "<p:A xmlns:p='urn:p'>quarenta-e-dois<p:B xmlns:p='urn:q'><p:C xmlns:p='urn:p'/></p:B></p:A>",
    ),
    ("with our own prefix bound otherwise", "<ds:A xmlns:ds='urn:not-dsig' ds:b='1'>quarenta-e-dois</ds:A>"),
    ("with xml attributes", "<A xml:lang='pt-BR' xml:space='preserve'> quarenta-e-dois </A>"),
    ("with white space in tags", "<A\n  b = 'c'\r\n\t>quarenta-e-dois</A\n>"),
];

const SGNTRS: &[(&str, &str)] = &[
    ("with an empty Sgntr", "<Sgntr></Sgntr>"),
    ("with a blank in its Sgntr tag", "<Sgntr />"),
    ("with white space in Sgntr", "<Sgntr>\n    </Sgntr>"),
    ("without Sgntr", ""),
];

const DICTS: &[(&str, &str)] = &[
    ("with a placeholder", "<R><Signature></Signature><A>quarenta-e-dois</A></R>"),
    ("with a short placeholder", "<R>\n  <Signature/>\n  <A>quarenta-e-dois</A>\n</R>"),
    ("with a declaration", "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<R><A>quarenta-e-dois</A></R>\n"),
    ("with a byte order mark", "\u{FEFF}<?xml version='1.0'?><R><A>quarenta-e-dois</A></R>"),
    ("in a namespace", "<R xmlns='urn:dict'><A>quarenta-e-dois</A></R>"),
    ("with a prefixed root", "<d:R xmlns:d='urn:dict'><d:A>quarenta-e-dois</d:A></d:R>"),
    ("with attributes on its root", "<R z='1' a='2' xmlns:p='urn:p' p:c='&#13;'><A>quarenta-e-dois</A></R>"),
    ("with text first", "<R> quarenta-e-dois <A/></R>"),
    ("whose root binds our prefix", "<ds:R xmlns:ds='urn:ds'><ds:A>quarenta-e-dois</ds:A></ds:R>"),
];

const SPIS: &[(&str, &str)] = &[
    (
        "with a prefix throughout",
        "<e:Envelope xmlns:e='urn:e'><e:AppHdr><e:Fr>12345678</e:Fr><e:Sgntr/></e:AppHdr>\
         <e:Document>quarenta-e-dois</e:Document></e:Envelope>",
    ),
    (
        "with a prefix and without Sgntr",
        "<e:Envelope xmlns:e='urn:e'><e:AppHdr><e:Fr>12345678</e:Fr></e:AppHdr>\
         <e:Document>quarenta-e-dois</e:Document></e:Envelope>",
    ),
    (
        "with its namespace declared again",
        "<Envelope xmlns='urn:e'><AppHdr xmlns='urn:e'><Fr>12345678</Fr><Sgntr/></AppHdr>\n\
         <Document xmlns='urn:e' xmlns:u='urn:unused'>quarenta-e-dois</Document></Envelope>",
    ),
    (
        "with a declaration and CRLF",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\r\n<Envelope xmlns='urn:e'>\r\n<AppHdr>\r\n<Fr>12345678</Fr>\r\n\
         <Sgntr/>\r\n</AppHdr>\r\n<Document>quarenta-e-dois</Document>\r\n</Envelope>\r\n",
    ),
];

fn dict(content: &str) -> String {
    format!("<CreateThingRequest>{content}<RequestId>1</RequestId></CreateThingRequest>")
}

fn spi(content: &str, sgntr: &str) -> String {
    format!(
        "<Envelope xmlns=\"{SPI_NAMESPACE}\"><AppHdr><Fr>12345678</Fr><To>00038166</To><BizMsgIdr>M1</BizMsgIdr>\
         <MsgDefIdr>pibr.001.spi.1.3</MsgDefIdr><CreDt>2026-06-01T00:00:00.000Z</CreDt>{sgntr}</AppHdr>\
         <Document>{content}</Document></Envelope>"
    )
}
