//! Signing and verifying through the crate's face, with the test authority's certificates and no `std` feature needed.
#![cfg(feature = "rust-crypto")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use lacre_core::{
    At, Certificate, DictPosition, Error, Profile, Reason, SignOptions, Target, Trust, Verdict,
    canonical_octets, inspect, prepare, prepare_with, sign_with, verify,
};

use common::{certificate, der, signature};

/// 2026-11-23T10:00:00Z.
const NOW: i64 = 1_795_428_000;

const SPI: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="no"?>"#,
    r#"<Envelope xmlns="https://www.bcb.gov.br/pi/pibr.001/1.3"><AppHdr><Fr><FIId><FinInstnId><Othr><Id>12345678</Id>"#,
    r#"</Othr></FinInstnId></FIId></Fr><CreDt>2026-11-23T10:00:00.000Z</CreDt><Sgntr/></AppHdr>"#,
    r#"<Document><EchoReq><EchoTxInf><Data>olá &amp; até</Data></EchoTxInf></EchoReq></Document></Envelope>"#
);

const DICT: &str = "<CreateEntryRequest>\n  <Signature></Signature>\n  <Entry><Key>+5561988887777</Key></Entry>\n</CreateEntryRequest>\n";

fn psp() -> Certificate {
    certificate(include_str!("../../tests/keys/psp.pem"))
}

fn key(pem: &'static str) -> impl Fn(&[u8; 32]) -> Option<Vec<u8>> {
    move |digest| Some(signature(pem, digest))
}

fn psp_key() -> impl Fn(&[u8; 32]) -> Option<Vec<u8>> {
    key(include_str!("../../tests/keys/psp.key"))
}

fn trust() -> Trust {
    let mut trust = Trust::new();
    trust.add(psp());
    trust
}

fn sign(xml: &str, profile: Profile) -> Result<String, Error> {
    sign_with(xml.as_bytes(), profile, &psp(), psp_key()).map(|signed| String::from_utf8(signed).unwrap())
}

fn reason(xml: &str, profile: Profile) -> Reason {
    let by_verify = verify(xml.as_bytes(), profile, &trust(), NOW).unwrap_err();
    let report = inspect(xml.as_bytes(), profile, &trust(), NOW);
    assert_eq!(report.error, Some(by_verify), "verify and inspect agree");
    assert_eq!(report.verdict, by_verify.verdict());
    by_verify.reason()
}

#[test]
fn what_is_signed_is_valid() {
    for (xml, profile) in [(SPI, Profile::Spi), (DICT, Profile::Dict)] {
        let signed = sign(xml, profile).unwrap();
        let verified = verify(signed.as_bytes(), profile, &trust(), NOW).unwrap();
        assert_eq!(verified.signer().serial(), psp().serial());
        assert_eq!(inspect(signed.as_bytes(), profile, &trust(), NOW).verdict, Verdict::Valid);
    }
}

#[test]
fn names_the_issuer_and_never_the_subject() {
    let signed = sign(SPI, Profile::Spi).unwrap();
    assert!(signed.contains("<ds:X509IssuerName>CN=Autoridade Certificadora de Teste Final SSL, OU="));
    assert!(!signed.contains("Instituicao de Pagamento Inventada"));
}

#[test]
fn leaves_every_other_byte_as_it_came() {
    let signed = sign(SPI, Profile::Spi).unwrap();
    let (head, tail) = (signed.find("<ds:Signature").unwrap(), signed.find("</ds:Signature>").unwrap());
    let around = [&signed[..head], &signed[tail + "</ds:Signature>".len()..]].concat();
    assert_eq!(around, SPI.replace("<Sgntr/>", "<Sgntr></Sgntr>"));
    let signed = sign(DICT, Profile::Dict).unwrap();
    assert!(signed.starts_with("<CreateEntryRequest>\n  <ds:Signature "));
    assert!(
        signed.ends_with(
            "</ds:Signature>\n  <Entry><Key>+5561988887777</Key></Entry>\n</CreateEntryRequest>\n"
        )
    );
}

#[test]
fn fills_sgntr_in_every_spelling() {
    let spellings = [
        "",
        "<Sgntr/>",
        "<Sgntr />",
        "<Sgntr></Sgntr>",
        "<Sgntr>\r\n  </Sgntr>",
        "<Sgntr><!-- aqui --></Sgntr >",
    ];
    for spelling in spellings {
        let signed = sign(&SPI.replace("<Sgntr/>", spelling), Profile::Spi).unwrap();
        assert!(verify(signed.as_bytes(), Profile::Spi, &trust(), NOW).is_ok(), "{spelling}");
    }
    let prefixed = r#"<p:Envelope xmlns:p="urn:p"><p:AppHdr><p:A/></p:AppHdr><p:Document/></p:Envelope>"#;
    let signed = sign(prefixed, Profile::Spi).unwrap();
    assert!(signed.contains("<p:A/><p:Sgntr><ds:Signature"));
    assert!(verify(signed.as_bytes(), Profile::Spi, &trust(), NOW).is_ok());
    let bare = r#"<Envelope xmlns="urn:p"><AppHdr/><Document/></Envelope>"#;
    let signed = sign(bare, Profile::Spi).unwrap();
    assert!(verify(signed.as_bytes(), Profile::Spi, &trust(), NOW).is_ok());
}

#[test]
fn puts_a_dict_signature_first_or_last() {
    for (position, start) in
        [(DictPosition::First, "<R><ds:Signature"), (DictPosition::Last, "<R><a/><ds:Signature")]
    {
        for xml in ["<R><a/></R>", "<R><a/></R >"] {
            let options = SignOptions { dict_position: position, resign: false };
            let prepared = prepare_with(xml.as_bytes(), Profile::Dict, &psp(), options).unwrap();
            let signature = psp_key()(prepared.digest()).unwrap();
            let signed = prepared.finish(&signature).unwrap();
            assert!(signed.starts_with(start.as_bytes()));
            assert!(verify(&signed, Profile::Dict, &trust(), NOW).is_ok());
        }
    }
    let empty = sign("<?p i?><R a='1' />", Profile::Dict).unwrap();
    assert!(empty.starts_with("<?p i?><R a='1' ><ds:Signature") && empty.ends_with("</ds:Signature></R>"));
    assert!(verify(empty.as_bytes(), Profile::Dict, &trust(), NOW).is_ok());
}

#[test]
fn a_changed_byte_is_a_digest_mismatch_with_its_reference() {
    let signed = sign(SPI, Profile::Spi).unwrap();
    let changed = signed.replace("olá", "Olá");
    let error = verify(changed.as_bytes(), Profile::Spi, &trust(), NOW).unwrap_err();
    assert_eq!(error.reason(), Reason::DigestMismatch);
    assert_eq!((error.place().reference, error.place().target), (Some(3), Some(Target::Document)));
    assert_eq!(reason(&signed.replace("<Id>12345678", "<Id>12345679"), Profile::Spi), Reason::DigestMismatch);
}

#[test]
fn a_signature_by_another_key_never_leaves_the_house() {
    let prepared = prepare(SPI.as_bytes(), Profile::Spi, &psp()).unwrap();
    let other = key(include_str!("../../tests/keys/bacen.key"));
    let signature = other(prepared.digest()).unwrap();
    assert_eq!(prepared.finish(&signature).unwrap_err().reason(), Reason::WrongKey);
    let none = sign_with(SPI.as_bytes(), Profile::Spi, &psp(), |_| None);
    assert_eq!(none.unwrap_err().reason(), Reason::SigningFailed);
}

#[test]
fn what_is_signed_is_not_signed_again_unless_told_to() {
    for (xml, profile) in [(SPI, Profile::Spi), (DICT, Profile::Dict)] {
        let signed = sign(xml, profile).unwrap();
        assert_eq!(sign(&signed, profile).unwrap_err().reason(), Reason::AlreadySigned);
        let options = SignOptions { resign: true, ..SignOptions::default() };
        let prepared = prepare_with(signed.as_bytes(), profile, &psp(), options).unwrap();
        let signature = psp_key()(prepared.digest()).unwrap();
        assert_eq!(
            prepared.finish(&signature).unwrap(),
            signed.as_bytes(),
            "the same key makes the same signature"
        );
    }
}

#[test]
fn what_cannot_be_signed_safely_is_refused_with_its_reason() {
    let spi: &[(&str, &str, Reason)] = &[
        ("<Sgntr/>", "<Sgntr/><Sgntr/>", Reason::Sgntr),
        ("<Sgntr/>", "<Sgntr>x</Sgntr>", Reason::SgntrContent),
        ("<Sgntr/>", "<Sgntr><x/></Sgntr>", Reason::SgntrContent),
        ("<Envelope ", "<Envelope a='1' ", Reason::EnvelopeAttribute),
        ("</AppHdr>", "</AppHdr>x", Reason::EnvelopeContent),
        ("</Document>", "</Document><Extra/>", Reason::EnvelopeChildren),
        ("encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"", Reason::Encoding),
        ("<Envelope", "<!DOCTYPE Envelope><Envelope", Reason::Doctype),
        ("<Data>", "<Data Id='key-info-id'>", Reason::DuplicateId),
    ];
    for (from, to, expected) in spi {
        assert_eq!(sign(&SPI.replacen(from, to, 1), Profile::Spi).unwrap_err().reason(), *expected, "{to}");
    }
    let dict: &[(&str, Reason)] = &[
        ("<CheckKeysRequest><Keys/></CheckKeysRequest>", Reason::NeverSigned),
        ("<R><Signature/><Signature/></R>", Reason::SignaturePlace),
        ("<R><Signature>x</Signature></R>", Reason::SignaturePlace),
        (
            "<R><a><s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'/></a></R>",
            Reason::SignatureMisplaced,
        ),
        ("", Reason::NoRoot),
    ];
    for (xml, expected) in dict {
        assert_eq!(sign(xml, Profile::Dict).unwrap_err().reason(), *expected, "{xml}");
    }
}

#[test]
fn says_whether_it_is_unsigned_or_unknown_or_outside_its_time() {
    assert_eq!(reason(SPI, Profile::Spi), Reason::Unsigned);
    assert_eq!(reason(DICT, Profile::Dict), Reason::Unsigned);
    let signed = sign(SPI, Profile::Spi).unwrap();
    let nobody = verify(signed.as_bytes(), Profile::Spi, &Trust::new(), NOW).unwrap_err();
    assert_eq!((nobody.reason(), nobody.verdict()), (Reason::CertificateUnknown, Verdict::Indeterminate));
    let (first, last) = (psp().not_before_unix_s(), psp().not_after_unix_s());
    let at = |instant: i64| {
        verify(signed.as_bytes(), Profile::Spi, &trust(), instant).map(|_| ()).map_err(|e| e.reason())
    };
    assert_eq!(at(first - 1), Err(Reason::CertificateNotYetValid));
    assert_eq!((at(first), at(last)), (Ok(()), Ok(())), "both ends belong to the validity");
    assert_eq!(at(last + 1), Err(Reason::CertificateExpired));
    assert!(verify(signed.as_bytes(), Profile::Spi, &trust(), At::Message).is_ok());
    let timeless = sign(DICT, Profile::Dict).unwrap();
    let error = verify(timeless.as_bytes(), Profile::Dict, &trust(), At::Message).unwrap_err();
    assert_eq!(error.reason(), Reason::MessageTime);
}

#[test]
fn malformed_anywhere_is_malformed_whatever_else_is_wrong() {
    let signed = sign(SPI, Profile::Spi).unwrap().replace("<Envelope ", "<Envelope a='1' ");
    assert_eq!(reason(&signed, Profile::Spi), Reason::EnvelopeAttribute);
    assert_eq!(
        reason(&signed.replace("</Document>", "&nbsp;</Document>"), Profile::Spi),
        Reason::IllegalReference
    );
}

#[test]
fn canonical_octets_hash_to_what_the_report_says() {
    let signed = sign(SPI, Profile::Spi).unwrap();
    let report = inspect(signed.as_bytes(), Profile::Spi, &trust(), NOW);
    for reference in &report.references {
        let octets = canonical_octets(signed.as_bytes(), Profile::Spi, reference.target).unwrap();
        assert_eq!(Some(lacre_core::sha256(&octets)), reference.computed);
        assert_eq!(u64::try_from(octets.len()).unwrap(), reference.canonical_bytes);
    }
    assert_eq!(report.references.len(), 4);
}

#[test]
fn an_id_like_key_infos_is_found_behind_the_signature_that_is_replaced_too() {
    let signed = sign(DICT, Profile::Dict).unwrap();
    let options = SignOptions { resign: true, ..SignOptions::default() };
    for id in ["Id", "id", "xml:id"] {
        let shadowed = signed.replace("<Entry>", &format!("<Entry {id}=\"key-info-id\">"));
        let refused = prepare_with(shadowed.as_bytes(), Profile::Dict, &psp(), options).unwrap_err();
        assert_eq!(refused.reason(), Reason::DuplicateId, "{id}");
    }
}

#[test]
fn what_leaves_no_room_for_the_signature_is_not_signed() {
    let declared: String = (0..256).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    let full = format!("<R{declared}><a/></R>");
    assert_eq!(sign(&full, Profile::Dict).unwrap_err().reason(), Reason::TooManyNamespaces);
    let almost = full.replacen(" xmlns:n0='urn:0'", "", 1);
    let signed = sign(&almost, Profile::Dict).unwrap();
    assert!(verify(signed.as_bytes(), Profile::Dict, &trust(), NOW).is_ok());
    let envelope = SPI.replacen("<Sgntr/>", &format!("<Sgntr{declared}/>"), 1);
    assert_eq!(sign(&envelope, Profile::Spi).unwrap_err().reason(), Reason::TooManyNamespaces);
    let ids: String = (0..65_536).map(|n| format!("<a Id='i{n}'/>")).collect();
    assert_eq!(sign(&format!("<R>{ids}</R>"), Profile::Dict).unwrap_err().reason(), Reason::TooManyIds);
}

#[test]
fn a_certificate_whose_issuer_nobody_could_read_back_signs_nothing() {
    let mut der = der(include_str!("../../tests/keys/psp.pem"));
    // The issuer is the SEQUENCE of 170 octets at 36; the lengths of what is around it stand at 2 and 6.
    assert_eq!(der.get(36..39).unwrap(), [0x30, 0x81, 167]);
    drop(der.splice(36..206, [0x30, 0]));
    for at in [2, 6] {
        let length = u16::from_be_bytes([*der.get(at).unwrap(), *der.get(at + 1).unwrap()]) - 168;
        drop(der.splice(at..at + 2, length.to_be_bytes()));
    }
    let nameless = Certificate::from_der(&der).unwrap();
    assert_eq!(nameless.issuer(), "");
    let refused = prepare(DICT.as_bytes(), Profile::Dict, &nameless).unwrap_err();
    assert_eq!(refused.reason(), Reason::IssuerName);
}

#[test]
fn what_only_a_longer_signature_left_room_for_is_not_signed_again() {
    // A long namespace name on each of many elements: a canonical form of a hundred times the message's size.
    let name = format!("urn:{}", "n".repeat(1000));
    let elements = |count: usize| "<p:a/>".repeat(count);
    let message = |count: usize, padding: usize| {
        let space = " ".repeat(padding);
        let signature =
            format!("<s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'>{space}x</s:Signature>");
        format!("<R xmlns:p='{name}'>{signature}{}</R>", elements(count))
    };
    let options = SignOptions { resign: true, ..SignOptions::default() };
    let resign = |xml: &str| {
        let prepared = prepare_with(xml.as_bytes(), Profile::Dict, &psp(), options)?;
        let signature = psp_key()(prepared.digest()).unwrap();
        prepared.finish(&signature)
    };
    let (few, many) = (message(900, 200_000), message(1400, 200_000));
    let signed = resign(&few).unwrap();
    assert!(verify(&signed, Profile::Dict, &trust(), NOW).is_ok());
    assert_eq!(resign(&many).unwrap_err().reason(), Reason::CanonicalTooLarge);
}

#[test]
fn a_value_met_again_is_no_further_id() {
    let ids: String = (0..65_535).map(|n| format!("<a Id='i{n}'/>")).collect();
    let signed = sign(&format!("<R>{ids}<b id='i0'/></R>"), Profile::Dict).unwrap();
    assert!(verify(signed.as_bytes(), Profile::Dict, &trust(), NOW).is_ok());
}

#[test]
fn of_two_certificates_with_one_serial_number_the_one_that_holds_counts() {
    let signed = sign(DICT, Profile::Dict).unwrap();
    let other = certificate(include_str!("../../tests/keys/bacen.pem"));
    let twin = with_key_of(&psp(), &other);
    for order in [[psp(), twin.clone()], [twin.clone(), psp()]] {
        let trust: Trust = order.into_iter().collect();
        assert_eq!(trust.len(), 2);
        assert_eq!(verify(signed.as_bytes(), Profile::Dict, &trust, NOW).unwrap().signer(), &psp());
        let changed = signed.replace("<Entry>", "<Entry> ");
        let reason = verify(changed.as_bytes(), Profile::Dict, &trust, NOW).unwrap_err().reason();
        assert_eq!(reason, Reason::DigestMismatch);
    }
    let only_the_twin: Trust = [twin].into_iter().collect();
    let refused = verify(signed.as_bytes(), Profile::Dict, &only_the_twin, NOW).unwrap_err();
    assert_eq!(refused.reason(), Reason::SignatureMismatch);
}

/// A certificate that differs from another in its key alone.
fn with_key_of(certificate: &Certificate, other: &Certificate) -> Certificate {
    let (own, der) = (certificate.spki_der(), certificate.der());
    assert_eq!(own.len(), other.spki_der().len());
    let at = der.windows(own.len()).position(|window| window == own).unwrap();
    let mut der = der.to_vec();
    drop(der.splice(at..at + own.len(), other.spki_der().iter().copied()));
    Certificate::from_der(&der).unwrap()
}

#[test]
fn an_element_of_others_called_signature_is_no_placeholder() {
    let xml = "<R><x:Signature xmlns:x='urn:x'/><x:Signature xmlns:x='urn:x'>a</x:Signature><Signature/></R>";
    let signed = sign(xml, Profile::Dict).unwrap();
    let (before, behind) = xml.split_once("<Signature/>").unwrap();
    assert!(signed.starts_with(before) && signed.ends_with(behind));
    assert!(verify(signed.as_bytes(), Profile::Dict, &trust(), NOW).is_ok());
    let namespaced = "<R xmlns='urn:r'><Signature/></R>";
    let signed = sign(namespaced, Profile::Dict).unwrap();
    assert!(!signed.contains("<Signature/>"));
    assert!(verify(signed.as_bytes(), Profile::Dict, &trust(), NOW).is_ok());
}
