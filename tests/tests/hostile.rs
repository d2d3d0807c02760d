//! Input made to hurt: always a verdict with a reason, the same through both readers, in bounded memory, in linear time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::process::Command;

use lacre_core::Profile;
use lacre_core::limits::canonical_bytes_max;
use lacre_tests::signer::TestSigner;

const MILLION: usize = 1_000_000;

#[test]
fn what_is_too_large_for_a_limit_is_refused() {
    let trial = Trial::new();
    trial.dict("nested a million deep", "<a>".repeat(MILLION) + &"</a>".repeat(MILLION), "too-deep");
    trial.dict("a million attributes", with_attributes(MILLION, "a"), "too-many-attributes");
    trial.dict(
        "100,000 namespaces on one element",
        with_attributes(100_000, "xmlns:a"),
        "too-many-attributes",
    );
    let nested: String = (0..200).map(|i| format!("<a xmlns:n{i}='urn:{i}' xmlns:m{i}='urn:{i}'>")).collect();
    trial.dict("many namespaces on the way down", nested, "too-many-namespaces");
    let ids: String = (0..100_000).map(|i| format!("<a Id='i{i}'/>")).collect();
    trial.dict("100,000 ids", format!("<R>{ids}</R>"), "too-many-ids");
    trial.raw("129 MiB", Profile::Dict, vec![b'x'; 129 << 20], "too-large");
}

#[test]
fn what_is_merely_large_is_judged() {
    let trial = Trial::new();
    trial.covered("100 MB of text", "x".repeat(100 * MILLION), "digest-mismatch");
    trial.covered("a comment of 20 MB", format!("<!--{}-->", "x- ".repeat(7 * MILLION)), "valid");
    trial.covered(
        "an instruction of 20 MB",
        format!("<?pi {}?>", "x? ".repeat(7 * MILLION)),
        "digest-mismatch",
    );
    trial.covered(
        "a CDATA section of 5 MB",
        format!("<![CDATA[{}]]>", "]] ".repeat(2 * MILLION)),
        "digest-mismatch",
    );
    trial.covered(
        "an attribute of 5 MB",
        format!("<a b='{}'/>", "\t&lt;".repeat(MILLION)),
        "digest-mismatch",
    );
    trial.covered("a name of 2 MB", format!("<{}/>", "a".repeat(2 * MILLION)), "digest-mismatch");
    trial.covered("a prefix of 2 MB", long_prefix(), "digest-mismatch");
    trial.covered("a million comments", "<!---->".repeat(MILLION), "valid");
    trial.covered("a million instructions", "<?a?>".repeat(MILLION), "digest-mismatch");
    trial.covered("a million CDATA sections", "<![CDATA[]]>".repeat(MILLION), "valid");
    trial.covered("a million references", "&#13;".repeat(MILLION), "digest-mismatch");
    trial.covered(
        "a reference of a million digits",
        format!("&#{}65;", "0".repeat(MILLION)),
        "digest-mismatch",
    );
    trial.covered("a million carriage returns", "\r".repeat(MILLION), "digest-mismatch");
    trial.covered("ten million brackets", "] ]]".repeat(2 * MILLION), "digest-mismatch");
    trial.covered("half a million elements", "<a/>".repeat(MILLION / 2), "digest-mismatch");
    trial.covered("white space in a tag", format!("<a{}/>", " \n".repeat(MILLION)), "digest-mismatch");
}

#[test]
fn what_invites_quadratic_work_is_judged() {
    let trial = Trial::new();
    let declaring: String = (0..100_000).map(|i| format!("<p:a xmlns:p='urn:{i}' p:b=''/>")).collect();
    trial.covered("siblings that each bind a prefix", declaring, "digest-mismatch");
    trial.covered("siblings that each undeclare", "<a xmlns=''/>".repeat(100_000), "digest-mismatch");
    trial.covered(
        "many elements with many attributes",
        with_attributes(200, "a").repeat(500),
        "digest-mismatch",
    );
    let bound: String = (0..250).map(|i| format!(" xmlns:n{i}='urn:{i}'")).collect();
    let users = "<n0:a n1:b='' n249:c=''/>".repeat(50_000);
    trial.covered("many users of many namespaces", format!("<a{bound}>{users}</a>"), "digest-mismatch");
    let ladder = "<a xmlns:p='urn:p'>".repeat(200) + &"<p:a/>".repeat(50_000) + &"</a>".repeat(200);
    trial.covered("many users at the end of a ladder", ladder, "digest-mismatch");
    let name = "urn:".to_owned() + &"x".repeat(MILLION);
    let users = "<p:a b=''/>".repeat(50_000);
    let twice = format!("<p:r xmlns:p='{name}'><p:c xmlns:p='{name}'>{users}</p:c></p:r>");
    trial.covered("many users of a name of 1 MB that is declared twice", twice, "digest-mismatch");
    let many: String = (0..200).map(|i| format!(" {}:a{i}=''", if i % 2 == 0 { 'p' } else { 'q' })).collect();
    let users = format!("<p:b{many}/>").repeat(500);
    let sorted = format!("<p:r xmlns:p='{name}' xmlns:q='{name}y'><q:c>{users}</q:c></p:r>");
    trial.covered("attributes sorted by two names of 1 MB", sorted, "digest-mismatch");
    let same: String = "<a Id='x'/>".repeat(50_000);
    trial.covered("many equal ids", same, "duplicate-id");
    trial.covered(
        "many Signatures",
        "<ds:Signature xmlns:ds='http://www.w3.org/2000/09/xmldsig#'/>".repeat(50_000),
        "signature-misplaced",
    );
    for opening in ["<!--", "<![CDATA[", "<?a ", "<a b='", "<a ", "<", "&", "&#", "&amp", "]]>", "</", "<!"] {
        trial.malformed(opening, opening.repeat(MILLION));
    }
}

#[test]
fn a_canonical_form_that_explodes_is_refused() {
    let trial = Trial::new();
    let name = "urn:".to_owned() + &"x".repeat(MILLION);
    let users = "<p:a/>".repeat(10_000);
    trial.covered("a namespace repeated", format!("<a xmlns:p='{name}'>{users}</a>"), "canonical-too-large");
    let bound: String = (0..60).map(|i| format!(" xmlns:n{i}='urn:{}'", "x".repeat(20_000))).collect();
    let users: String = (0..60).map(|i| format!("<n{i}:a/>")).collect();
    trial.covered(
        "many namespaces repeated",
        format!("<a{bound}>{}</a>", users.repeat(200)),
        "canonical-too-large",
    );
    trial.covered("text that escapes", "\r\n&#13;".repeat(MILLION / 4), "digest-mismatch");
}

#[test]
fn a_signature_made_to_hurt_is_judged() {
    let trial = Trial::new();
    let base64 = "AAAA\n".repeat(2 * MILLION);
    trial.signature("a SignatureValue of 10 MB", "<ds:SignatureValue>", &base64, "signature-value");
    trial.signature("a DigestValue of 10 MB", "<ds:DigestValue>", &base64, "digest-value");
    trial.signature(
        "a DigestValue padded with white space",
        "<ds:DigestValue>",
        &" \n".repeat(5 * MILLION),
        "signature-mismatch",
    );
    trial.signature("an issuer of 10 MB", "<ds:X509IssuerName>", &"CN=a,".repeat(2 * MILLION), "issuer-name");
    trial.signature("a serial of 10 MB", "<ds:X509SerialNumber>", &"1".repeat(10 * MILLION), "serial-number");
    trial.signature("a serial of zeros", "<ds:X509SerialNumber>", &"0".repeat(10 * MILLION), "serial-number");
    trial.signature(
        "100,000 References",
        "<ds:SignedInfo>",
        &"<ds:Reference/>".repeat(100_000),
        "canonicalization-method",
    );
    trial.signature(
        "100,000 Transforms",
        "<ds:Transforms>",
        &"<ds:Transform/>".repeat(100_000),
        "transforms",
    );
    trial.signature(
        "100,000 X509Data",
        "<ds:KeyInfo Id=\"key-info-id\">",
        &"<ds:X509Data/>".repeat(100_000),
        "key-info-content",
    );
    let prefixes: String = (0..MILLION).map(|i| format!("n{i} ")).collect();
    trial.transform("a PrefixList of a million", &prefixes, "prefix-list");
    trial.transform("a PrefixList that repeats itself", &"a ".repeat(MILLION), "prefix-list");
    let prefixes: String = (0..64).map(|i| format!("n{i} ")).collect();
    trial.transform("a PrefixList at its limit", &prefixes, "signature-mismatch");
    let message = |declared: &str| format!("<R{declared}><A>{}</A></R>", "<a/>".repeat(2 * MILLION));
    let declared: String = (0..250).map(|i| format!(" xmlns:p{i}='urn:{i}'")).collect();
    trial.transform_of(
        "a PrefixList at its limit over namespaces at theirs",
        &message(&declared),
        &prefixes,
        "signature-mismatch",
    );
}

#[test]
fn bytes_that_are_no_xml_are_refused() {
    let trial = Trial::new();
    let mut late = b"<R>".to_vec();
    late.extend(vec![b'x'; 20 * MILLION]);
    late.extend(b"\xFF</R>");
    trial.raw("an octet that is no UTF-8, late", Profile::Dict, late, "not-utf8");
    let utf_16: Vec<u8> = "\u{FEFF}<R/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    trial.raw("UTF-16", Profile::Dict, utf_16, "not-utf8");
    trial.raw("nothing", Profile::Dict, Vec::new(), "no-root");
    trial.raw("only white space", Profile::Dict, b" \n".repeat(MILLION), "no-root");
    trial.raw("a million NUL", Profile::Dict, [&b"<R>"[..], &[0; MILLION]].concat(), "illegal-character");
    trial.raw("two byte order marks", Profile::Dict, "\u{FEFF}\u{FEFF}<R/>".into(), "outside-root");
    let laughs = "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><a>&b;</a>";
    trial.raw("laughs", Profile::Dict, laughs.into(), "doctype");
    trial.raw("laughs in SPI", Profile::Spi, laughs.into(), "doctype");
    trial.raw(
        "another encoding",
        Profile::Dict,
        b"<?xml version='1.0' encoding='UTF-7'?><R/>".to_vec(),
        "encoding",
    );
}

#[test]
fn gzip_bombs_are_refused() {
    let trial = Trial::new();
    let bomb = lacre_core::exchange::gzip_packed(&vec![b' '; 70 << 20]);
    let lines = trial.judge(&["gzip"], &bomb, &[]);
    assert_eq!((lines[0][1].as_str(), lines[0][2].as_str()), ("invalid", "gzip-too-large"));
    let grown: usize = lines[1][2].parse().unwrap();
    assert!(grown < 160 << 20, "grew by {grown} bytes");
}

/// A place where messages are judged by another process.
struct Trial {
    folder: tempfile::TempDir,
    signer: TestSigner,
}

impl Trial {
    fn new() -> Self {
        let trial = Self { folder: tempfile::tempdir().unwrap(), signer: TestSigner::new() };
        std::fs::write(trial.folder.path().join("certificate.der"), trial.signer.certificate.der()).unwrap();
        trial
    }

    /// A DICT message that is nothing but hostile.
    fn dict(&self, name: &str, xml: String, code: &str) {
        self.raw(name, Profile::Dict, xml.into_bytes(), code);
    }

    /// A signed message of each profile with something hostile put where the signature covers it.
    fn covered(&self, name: &str, hostile: String, code: &str) {
        let spi = "<Envelope xmlns='urn:e'><AppHdr><Fr>12345678</Fr><Sgntr/></AppHdr><Document>!!</Document></Envelope>";
        self.raw(name, Profile::Dict, self.signed("<R><A>!!</A></R>", Profile::Dict, &hostile), code);
        self.raw(name, Profile::Spi, self.signed(spi, Profile::Spi, &hostile), code);
    }

    fn signed(&self, message: &str, profile: Profile, hostile: &str) -> Vec<u8> {
        let signed = self.signer.sign(message.replace("!!", "here").as_bytes(), profile).unwrap();
        String::from_utf8(signed).unwrap().replacen("here", &format!("here{hostile}"), 1).into_bytes()
    }

    /// Text that is not well-formed, whatever may be wrong with it first.
    fn malformed(&self, name: &str, hostile: String) {
        let message = self.signed("<R><A>!!</A></R>", Profile::Dict, &hostile);
        for line in self.look(name, Profile::Dict, &message) {
            assert_eq!(line[1], "malformed", "{name}: {line:?}");
        }
    }

    /// A signed message with something hostile put into its Signature, right after a tag.
    fn signature(&self, name: &str, tag: &str, hostile: &str, code: &str) {
        let signed = String::from_utf8(self.signed("<R><A>!!</A></R>", Profile::Dict, "")).unwrap();
        assert!(signed.contains(tag), "{signed}");
        self.raw(name, Profile::Dict, signed.replacen(tag, &format!("{tag}{hostile}"), 1).into_bytes(), code);
    }

    /// A signed message whose Transforms all have a PrefixList.
    fn transform(&self, name: &str, prefixes: &str, code: &str) {
        self.transform_of(name, "<R><A/></R>", prefixes, code);
    }

    fn transform_of(&self, name: &str, message: &str, prefixes: &str, code: &str) {
        let signed = String::from_utf8(self.signed(message, Profile::Dict, "")).unwrap();
        let c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let transform = format!("<ds:Transform Algorithm=\"{c14n}\"/>");
        assert!(signed.contains(&transform), "{signed}");
        let list = format!(
            "<ds:Transform Algorithm=\"{c14n}\"><e:InclusiveNamespaces xmlns:e=\"{c14n}\" PrefixList=\"{}\"/></ds:Transform>",
            prefixes.trim()
        );
        self.raw(name, Profile::Dict, signed.replace(&transform, &list).into_bytes(), code);
    }

    /// Every way to look at the message that decides says `code`.
    fn raw(&self, name: &str, profile: Profile, message: Vec<u8>, code: &str) {
        for line in self.look(name, profile, &message) {
            let said = if line[1] == "valid" { "valid" } else { &line[2] };
            assert_eq!(said, code, "{name} ({}): {line:?}", profile.as_str());
        }
    }

    /// What deciding comes to, each way. Bounds what it costs, and what canonicalising costs.
    fn look(&self, name: &str, profile: Profile, message: &[u8]) -> Vec<Vec<String>> {
        let mut lines = self.judge(&[profile.as_str()], message, &["certificate.der"]);
        let canonical = lines.split_off(5);
        let decided = lines.pop().unwrap();
        assert_eq!(canonical[0][1], canonical[1][1], "{name}: the readers disagree");
        // Deciding hashes as it reads; canonical octets are handed out whole, in a buffer that grows.
        let grown = |line: &[String]| line[2].parse::<usize>().unwrap();
        let slack = 16 << 20;
        assert!(grown(&decided) < 2 * message.len() + slack, "{name}: {decided:?}");
        assert!(
            grown(&canonical[2]) < 2 * canonical_bytes_max(message.len()) + slack,
            "{name}: {canonical:?}"
        );
        lines
    }

    fn judge(&self, verb: &[&str], input: &[u8], rest: &[&str]) -> Vec<Vec<String>> {
        std::fs::write(self.folder.path().join("input"), input).unwrap();
        // No measure of speed: what takes minutes of processor time here would never end in earnest.
        let limited = ["-c", "ulimit -t 300; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_judge")];
        let ran = Command::new("sh")
            .args(limited)
            .args(verb)
            .arg("input")
            .args(rest)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{}: {out}{err}", ran.status);
        out.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    }
}

fn with_attributes(count: usize, name: &str) -> String {
    let attributes: String = (0..count).map(|i| format!(" {name}{i}='u:{i}'")).collect();
    format!("<a{attributes}/>")
}

fn long_prefix() -> String {
    let prefix = "p".repeat(2 * MILLION);
    format!("<{prefix}:a xmlns:{prefix}='urn:p'/>")
}
