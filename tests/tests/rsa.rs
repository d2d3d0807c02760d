//! The two libraries that check RSA signatures, on good ones and on forgeries of every published kind: they must agree,
//! and accept nothing but RSASSA-PKCS1-v1_5 with SHA-256 of the very digest.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use lacre_core::Certificate;
use lacre_native::rsa::AwsLc;
use tempfile::TempDir;

/// DER of a DigestInfo for SHA-256, up to the digest.
const SHA256: [u8; 19] = *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
const DIGEST: [u8; 32] = [0x5a; 32];

fn openssl(folder: &Path, line: &str) {
    let output = Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The private key's raw operation on a whole block, as an attacker with a lax verifier would like it checked.
fn raw(folder: &Path, block: &[u8]) -> Vec<u8> {
    fs::write(folder.join("block"), block).unwrap();
    openssl(folder, "pkeyutl -decrypt -inkey key.pem -pkeyopt rsa_padding_mode:none -in block -out raw");
    fs::read(folder.join("raw")).unwrap()
}

/// `00 01 <padding> 00 <info>`, filled to the modulus's length by `fill` at the end.
fn block(length: usize, padding: usize, info: &[u8], fill: u8) -> Vec<u8> {
    let mut block = [&[0, 1][..], &vec![0xff; padding], &[0], info].concat();
    block.resize(length, fill);
    block
}

fn forgeries(length: usize) -> Vec<(&'static str, Vec<u8>)> {
    let info = [&SHA256[..], &DIGEST].concat();
    let full = length - 3 - info.len();
    let good = block(length, full, &info, 0);
    let changed = |at: usize, to: u8| {
        let mut block = good.clone();
        block[at] = to;
        block
    };
    let of = |info: &[u8]| block(length, length - 3 - info.len(), info, 0);
    // The parameters left out, as one RFC once allowed, and SHA-1's and SHA-384's prefixes.
    let no_null =
        [b"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20", &DIGEST[..]].concat();
    let sha1 = [b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14", &DIGEST[..20]].concat();
    let mut sha384 = info.clone();
    sha384[14] = 2;
    // Long-form lengths: BER, not DER.
    let ber =
        [b"\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20", &DIGEST[..]]
            .concat();
    vec![
        ("short padding, rubbish behind (Bleichenbacher 2006)", block(length, 8, &info, 0x37)),
        ("short padding, zeros behind", block(length, 8, &info, 0)),
        ("padding one short, a zero behind", block(length, full - 1, &info, 0)),
        ("no padding", block(length, 0, &info, 0)),
        ("block type 2", changed(1, 2)),
        ("block type 0", changed(1, 0)),
        ("a hole in the padding", changed(40, 0xfe)),
        ("a zero in the padding", changed(40, 0)),
        ("separator", changed(2 + full, 1)),
        ("no parameters", of(&no_null)),
        ("BER length", of(&ber)),
        ("SHA-1", of(&sha1)),
        ("SHA-384's name", of(&sha384)),
        ("the bare digest", of(&DIGEST)),
        ("another digest", changed(length - 1, 0x5b)),
        ("rubbish in the parameters", changed(length - 32 - 4, 0x04)),
    ]
}

#[test]
fn both_libraries_accept_and_refuse_the_same() {
    if !lacre_tests::require("openssl") {
        return;
    }
    for (bits, exponent) in [(2048, 65537), (2048, 3), (2048, 65541), (3072, 65537), (4096, 65537)] {
        let folder = TempDir::new().unwrap();
        let folder = folder.path();
        openssl(
            folder,
            &format!(
                "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -pkeyopt rsa_keygen_pubexp:{exponent} -out key.pem"
            ),
        );
        openssl(folder, "req -x509 -key key.pem -subj /CN=test -outform DER -out cert.der");
        let der = fs::read(folder.join("cert.der")).unwrap();
        let rust = Certificate::from_der(&der).unwrap();
        let aws_lc = Certificate::from_der_with(&der, &AwsLc).unwrap();
        let check = |name: &str, signature: &[u8], expected: bool| {
            let verdicts = [&rust, &aws_lc].map(|certificate| {
                let raw = certificate.rsa_key().unwrap().verifies(&DIGEST, signature);
                let whole = certificate.verifies(&DIGEST, signature).is_ok();
                (raw && whole, raw || whole)
            });
            assert_eq!(verdicts, [(expected, expected); 2], "{name}, {bits} bits, exponent {exponent}");
        };

        let length = bits / 8;
        let info = [&SHA256[..], &DIGEST].concat();
        let good = raw(folder, &block(length, length - 3 - info.len(), &info, 0));
        check("good", &good, true);
        for (name, block) in forgeries(length) {
            check(name, &raw(folder, &block), false);
        }
        for at in (0..length).step_by(19) {
            let mut flipped = good.clone();
            flipped[at] ^= 1 << (at % 8);
            check("flipped", &flipped, false);
        }
        fs::write(folder.join("digest"), DIGEST).unwrap();
        for options in ["rsa_padding_mode:pss -pkeyopt digest:sha256", "digest:sha3-256"] {
            openssl(
                folder,
                &format!("pkeyutl -sign -inkey key.pem -pkeyopt {options} -in digest -out other"),
            );
            check(options, &fs::read(folder.join("other")).unwrap(), false);
        }
        check("empty", &[], false);
        check("zero", &vec![0; length], false);
        check("all ones", &vec![0xff; length], false);
        check("cut", &good[..length - 1], false);
        check("cut in front", &good[1..], false);
        check("a zero in front", &[&[0], &good[..]].concat(), false);
        check("a zero behind", &[&good[..], &[0]].concat(), false);
        check("twice", &[&good[..], &good].concat(), false);
        // A value of s + n has the same remainder; only for keys with room above does it fit in as many octets.
        check("plus the modulus", &plus(&good, &modulus(folder)), false);
    }
}

fn modulus(folder: &Path) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(["rsa", "-in", "key.pem", "-modulus", "-noout"])
        .current_dir(folder)
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    let hex = text.trim().strip_prefix("Modulus=").unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The sum of two big-endian numbers of the same length, with its carry in front if there is one.
fn plus(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut carry = 0_u16;
    let mut sum: Vec<u8> = one
        .iter()
        .zip(other)
        .rev()
        .map(|(one, other)| {
            carry = u16::from(*one) + u16::from(*other) + (carry >> 8);
            carry.to_be_bytes()[1]
        })
        .collect();
    if carry >> 8 > 0 {
        sum.push(1);
    }
    sum.reverse();
    sum
}
