//! The vectors by the JDK's XMLDSig: what is accepted here holds there, and broken mathematics holds nowhere.

use lacre_core::rsa::RustCrypto;
use lacre_core::{Profile, Reason, Verdict};
use lacre_tests::require;
use lacre_tests::vector::Vector;
use lacre_tests::worker::Worker;

/// Vectors that are valid and that the JDK does not take, each with its limit.
const JDK_REFUSES: [(&str, &str); 19] = [
    ("bacen/dict-issuer-country-first", "reads names in one direction only"),
    ("bacen/spi-issuer-country-first", "reads names in one direction only"),
    ("issuer/country-first-lower-case", "reads names in one direction only"),
    ("issuer/multi-values-reversed-and-turned", "reads names in one direction only"),
    ("issuer/long-keywords", "knows fewer keywords"),
    ("issuer/multi-other-order", "knows fewer keywords"),
    ("issuer/odd-octets", "knows fewer keywords"),
    ("issuer/multi-java", "compares values of types that it does not know by their DER, not as text"),
    ("issuer/bmp-string", "compares BMPString by its DER"),
    ("issuer/bmp-string-der", "compares BMPString by its DER"),
    ("issuer/teletex-string", "compares TeletexString by its DER"),
    ("issuer/ia5-string", "compares a value given as DER with its type"),
    ("issuer/serial-white-space-around", "takes no white space around a number"),
    ("layout/dict-values-in-space", "takes no white space around a number"),
    ("layout/spi-values-in-space", "takes no white space around a number"),
    ("signature/dict-digest-in-cdata", "reads no CDATA section unless the reader joins it to the text"),
    ("signature/spi-digest-in-cdata", "reads no CDATA section unless the reader joins it to the text"),
    ("signature/dict-values-in-cdata", "reads no CDATA section unless the reader joins it to the text"),
    ("signature/spi-values-in-cdata", "reads no CDATA section unless the reader joins it to the text"),
];

/// Broken mathematics that the JDK accepts: a DigestInfo without NULL parameters, which RFC 8017 lets a verifier take and
/// which no signer writes. We rebuild the block and compare all of it.
const JDK_ACCEPTS: [&str; 2] =
    ["mathematics/dict-value-padding-no-null-parameters", "padding/dict-parameters-missing"];

/// What the JDK says of a vector, with the first certificate that verifies it here or else the first trusted.
fn jdk(worker: &mut Worker, vector: &Vector) -> String {
    let verb = if vector.profile == Some(Profile::Spi) { "verify-spi" } else { "verify-dict" };
    let trust = vector.trusted(&RustCrypto);
    let said = trust.iter().map(|certificate| {
        let reply = worker.ask(&[verb.as_bytes(), &vector.document, certificate.der()]);
        reply.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect::<Vec<_>>().join(": ")
    });
    let said: Vec<String> = said.collect();
    said.iter().find(|said| said.starts_with("valid")).or(said.first()).cloned().unwrap_or_default()
}

#[test]
fn what_is_valid_here_is_valid_to_the_jdk() {
    if !require("java") {
        return;
    }
    let mut worker = Worker::java("PixXmlDsig.java");
    let mut wrong = Vec::new();
    for vector in Vector::all().iter().filter(|vector| vector.expect.verdict == Verdict::Valid) {
        let said = jdk(&mut worker, vector);
        // A limit that is gone should leave the list.
        let excused = JDK_REFUSES.iter().any(|(name, _)| *name == vector.name);
        if said.starts_with("valid") == excused {
            wrong.push(format!("  {}: {said}", vector.name));
        }
    }
    assert!(wrong.is_empty(), "{} vectors:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn broken_mathematics_holds_nowhere() {
    if !require("java") {
        return;
    }
    const MATHEMATICS: [Reason; 3] =
        [Reason::DigestMismatch, Reason::SignatureMismatch, Reason::SignatureLength];
    let mut worker = Worker::java("PixXmlDsig.java");
    let vectors = Vector::all();
    let broken = vectors
        .iter()
        .filter(|vector| vector.expect.reason.is_some_and(|reason| MATHEMATICS.contains(&reason)));
    let accepted: Vec<&str> = broken
        .filter(|vector| jdk(&mut worker, vector).starts_with("valid"))
        .map(|vector| vector.name.as_str())
        .collect();
    assert_eq!(accepted, JDK_ACCEPTS);
}
