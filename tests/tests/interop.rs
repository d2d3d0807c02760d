//! XMLDSig both ways with the JDK (both profiles) and with xmlsec1 (DICT): what is signed here holds there, what is
//! signed there holds here, and what was changed holds nowhere.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;

use lacre_core::xml::Quick;
use lacre_core::{At, Profile, Reason, Verdict, inspect, verify, verify_as};
use lacre_tests::messages::{self, Message};
use lacre_tests::random::Random;
use lacre_tests::signer::{AT, TestSigner};
use lacre_tests::vector::Expectation;
use lacre_tests::worker::{Worker, xmlsec1};
use lacre_tests::{require, seed};

#[test]
fn the_jdk_verifies_what_is_signed_here() {
    if !require("java") {
        return;
    }
    let (signer, mut jdk) = (TestSigner::new(), Jdk::new());
    for message in messages::all().iter().chain(&messages::random(&mut Random::new(seed()), 60)) {
        let signed = sign(&signer, message);
        assert_valid(&signer, message, &signed);
        assert_eq!(
            jdk.verify(&signer, message.profile, &signed),
            "valid: null",
            "{}",
            show(message, &signed)
        );

        let tampered = message.tampered(&signed);
        assert_digest_mismatch(&signer, message, &tampered);
        let verdict = jdk.verify(&signer, message.profile, &tampered);
        assert!(verdict.starts_with("invalid: digest of"), "{verdict}: {}", show(message, &tampered));
    }
}

#[test]
fn what_the_jdk_signs_is_verified_here() {
    if !require("java") {
        return;
    }
    let (signer, mut jdk) = (TestSigner::new(), Jdk::new());
    let manners = [
        "",
        "prefix=",
        "prefix=dsig\nposition=last",
        "key-info-id=3f0c9d1e-5b1a-4e6b-8b58-0a0d5f5c2f11",
        "prefixes=ds",
        "prefixes=#default p q xml",
        "prefix=p\nprefixes=p\nkey-info-id=_1",
    ];
    for message in messages::all().iter().filter(|message| has_a_place(message)) {
        for manner in manners {
            let signed = jdk.sign(&signer, message, manner);
            assert_valid(&signer, message, &signed);
            assert_digest_mismatch(&signer, message, &message.tampered(&signed));
        }
    }
}

#[test]
fn the_jdk_finds_the_issuer_in_key_info_and_never_the_subject() {
    if !require("java") {
        return;
    }
    let (signer, mut jdk) = (TestSigner::new(), Jdk::new());
    let (issuer, subject) = (signer.certificate.issuer(), signer.certificate.subject());
    assert_eq!(issuer, "CN=Autoridade Certificadora de Ensaio, OU=CSPB-1, O=ICP-Brasil, C=BR");
    for message in messages::all() {
        let signed = String::from_utf8(sign(&signer, &message)).unwrap();
        let name = format!("<ds:X509IssuerName>{issuer}</ds:X509IssuerName>");
        let serial = "<ds:X509SerialNumber>1670769912042056149</ds:X509SerialNumber>";
        assert!(signed.contains(&format!("{name}{serial}")), "{signed}");
        assert!(!signed.contains(&subject), "{signed}");
    }
    let message = &messages::all()[0];
    let named_by_subject = jdk.sign(&signer, message, &format!("issuer={subject}"));
    let verdict = jdk.verify(&signer, message.profile, &named_by_subject);
    assert!(verdict.contains("does not name the certificate"), "{verdict}");
    let refused = verify(&named_by_subject, message.profile, &signer.trust(), AT).unwrap_err();
    assert_eq!((refused.verdict(), refused.reason()), (Verdict::Indeterminate, Reason::CertificateUnknown));
}

#[test]
fn every_usual_spelling_of_the_issuer_is_the_same_issuer_here_and_in_the_jdk() {
    if !require("java") {
        return;
    }
    let (signer, mut jdk) = (TestSigner::new(), Jdk::new());
    let message = &messages::all()[0];
    for spelling in [
        "CN=Autoridade Certificadora de Ensaio,OU=CSPB-1,O=ICP-Brasil,C=BR",
        "CN=\"Autoridade Certificadora de Ensaio\", OU=CSPB-1, O=ICP-Brasil, C=BR",
        "cn=autoridade certificadora de ensaio,ou=cspb-1,o=icp-brasil,c=br",
        "CN=Autoridade  Certificadora de Ensaio , OU=CSPB-1, O=ICP-Brasil, C=BR",
        "2.5.4.3=Autoridade Certificadora de Ensaio,2.5.4.11=CSPB-1,2.5.4.10=ICP-Brasil,2.5.4.6=BR",
        // A backslash is doubled: these are lines of a properties file.
        "CN=Autoridade\\\\ Certificadora de Ensai\\\\6F,OU=CSPB\\\\2D1,O=ICP-Brasil,C=BR",
    ] {
        let signed = jdk.sign(&signer, message, &format!("issuer={spelling}"));
        assert_eq!(jdk.verify(&signer, message.profile, &signed), "valid: null", "{spelling}");
        assert_valid(&signer, message, &signed);
    }
}

#[test]
fn xmlsec1_verifies_what_is_signed_here() {
    if !require("xmlsec1") {
        return;
    }
    let (signer, folder) = (TestSigner::new(), tempfile::tempdir().unwrap());
    signer.write_to(folder.path());
    let random = messages::random(&mut Random::new(seed() ^ 2), 60);
    for message in messages::all().iter().chain(&random).filter(|message| comparable(message)) {
        let signed = sign(&signer, message);
        assert!(xmlsec1_verifies(folder.path(), &signed), "{}", show(message, &signed));
        let tampered = message.tampered(&signed);
        assert!(!xmlsec1_verifies(folder.path(), &tampered), "{}", show(message, &tampered));
    }
}

#[test]
fn what_xmlsec1_signs_is_verified_here() {
    if !require("xmlsec1") {
        return;
    }
    let (signer, folder) = (TestSigner::new(), tempfile::tempdir().unwrap());
    signer.write_to(folder.path());
    for message in messages::all().iter().filter(|message| comparable(message)) {
        let signed = xmlsec1_signs(folder.path(), &template(&signer, message));
        assert_valid(&signer, message, &signed);
        assert_digest_mismatch(&signer, message, &message.tampered(&signed));
    }
}

/// The JDK's XMLDSig.
struct Jdk(Worker);

impl Jdk {
    fn new() -> Self {
        Self(Worker::java("PixXmlDsig.java"))
    }

    fn sign(&mut self, signer: &TestSigner, message: &Message, options: &str) -> Vec<u8> {
        let verb = format!("sign-{}", message.profile.as_str());
        let fields = [
            verb.as_bytes(),
            message.xml.as_bytes(),
            signer.certificate.der(),
            &signer.pkcs8,
            options.as_bytes(),
        ];
        let mut reply = self.0.ask(&fields);
        assert_eq!(reply[0], b"ok", "{}: {}", message.name, String::from_utf8_lossy(&reply[1]));
        reply.remove(1)
    }

    fn verify(&mut self, signer: &TestSigner, profile: Profile, signed: &[u8]) -> String {
        let verb = format!("verify-{}", profile.as_str());
        let reply = self.0.ask(&[verb.as_bytes(), signed, signer.certificate.der()]);
        format!("{}: {}", String::from_utf8_lossy(&reply[0]), String::from_utf8_lossy(&reply[1]))
    }
}

fn sign(signer: &TestSigner, message: &Message) -> Vec<u8> {
    signer
        .sign(message.xml.as_bytes(), message.profile)
        .unwrap_or_else(|error| panic!("{error}: {}", show(message, message.xml.as_bytes())))
}

/// Both readers and the report say valid, and name the signer.
fn assert_valid(signer: &TestSigner, message: &Message, signed: &[u8]) {
    let trust = signer.trust();
    let verified = verify(signed, message.profile, &trust, AT)
        .unwrap_or_else(|error| panic!("{error}: {}", show(message, signed)));
    assert_eq!(verified.signer().der(), signer.certificate.der());
    assert!(verify_as::<Quick<'_>>(signed, message.profile, &trust, At::UnixS(AT)).is_ok());
    assert_eq!(inspect(signed, message.profile, &trust, AT).verdict, Verdict::Valid);
}

fn assert_digest_mismatch(signer: &TestSigner, message: &Message, tampered: &[u8]) {
    let trust = signer.trust();
    let expected = Expectation { verdict: Verdict::Invalid, reason: Some(Reason::DigestMismatch) };
    let verified = verify(tampered, message.profile, &trust, AT);
    assert_eq!(Expectation::of(&verified), expected, "{}", show(message, tampered));
    let other = verify_as::<Quick<'_>>(tampered, message.profile, &trust, At::UnixS(AT));
    assert_eq!(Expectation::of(&other), expected);
    assert_eq!(inspect(tampered, message.profile, &trust, AT).verdict, Verdict::Invalid);
}

/// Whether the JDK's program finds where to sign without writing anything else.
fn has_a_place(message: &Message) -> bool {
    match message.profile {
        Profile::Spi => message.xml.contains("Sgntr"),
        Profile::Dict => !message.xml.contains("<Signature"),
    }
}

/// xmlsec1 knows no SPI, and libxml2 does not escape namespace names in canonical form.
fn comparable(message: &Message) -> bool {
    message.profile == Profile::Dict && !message.name.contains("escaped namespaces")
}

const KEY_INFO_ID: &str = "http://www.w3.org/2000/09/xmldsig#:KeyInfo";

fn xmlsec1_verifies(folder: &Path, signed: &[u8]) -> bool {
    std::fs::write(folder.join("signed.xml"), signed).unwrap();
    let key = ["--pubkey-cert-pem", "certificate.pem", "--trusted-pem", "authority.pem"];
    xmlsec1(folder, &[&["--verify"], &key[..], &["--id-attr:Id", KEY_INFO_ID, "signed.xml"]].concat())
}

fn xmlsec1_signs(folder: &Path, template: &str) -> Vec<u8> {
    std::fs::write(folder.join("template.xml"), template).unwrap();
    let out = ["--output", "signed.xml", "template.xml"];
    let key = ["--privkey-pem", "key.pem", "--id-attr:Id", KEY_INFO_ID];
    assert!(xmlsec1(folder, &[&["--sign"], &key[..], &out[..]].concat()), "{template}");
    std::fs::read(folder.join("signed.xml")).unwrap()
}

/// The message with a Signature in BACEN's shape whose digests and value are yet to be filled in.
fn template(signer: &TestSigner, message: &Message) -> String {
    let unsigned = message.xml.replace("<Signature></Signature>", "").replace("<Signature/>", "");
    let is_start = |at: &usize| unsigned[at + 1..].starts_with(char::is_alphabetic);
    let root = unsigned.match_indices('<').map(|(at, _)| at).find(is_start).unwrap();
    let inside = unsigned[root..].find('>').unwrap() + root + 1;
    let (before, after) = unsigned.split_at(inside);
    let signature = SIGNATURE
        .replace("ISSUER", &signer.certificate.issuer())
        .replace("SERIAL", &signer.certificate.serial());
    format!("{before}{signature}{after}")
}

const SIGNATURE: &str = "\
    <ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
    <ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
    <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
    <ds:Reference URI=\"#key-info-id\"><ds:Transforms>\
    <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
    <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference>\
    <ds:Reference URI=\"\"><ds:Transforms>\
    <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
    <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
    <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/></ds:Reference>\
    </ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo Id=\"key-info-id\"><ds:X509Data><ds:X509IssuerSerial>\
    <ds:X509IssuerName>ISSUER</ds:X509IssuerName><ds:X509SerialNumber>SERIAL</ds:X509SerialNumber>\
    </ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>";

fn show(message: &Message, xml: &[u8]) -> String {
    format!("{} (LACRE_SEED={}):\n{}", message.name, seed(), String::from_utf8_lossy(xml))
}
