//! What is left in memory of a secret that was let go: nothing. The process looks through all of its own.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::io::{BufRead as _, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use lacre_native::key::{self, Passphrase};
use lacre_tests::random::Random;

/// One test at a time: what one holds is not what another finds.
static MEMORY: Mutex<()> = Mutex::new(());

/// Octets that never stand as they are where the search could find them.
struct Masked(Vec<u8>);

const MASK: u8 = 0xA5;

/// So many octets in a row are no chance, and what an allocator writes over the ends of what it got back leaves so many.
const LENGTH: usize = 24;

impl Masked {
    /// Letters that nobody guesses.
    fn passphrase(seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self((0..400).map(|_| u8::try_from(random.below(26)).unwrap().wrapping_add(b'a') ^ MASK).collect())
    }

    #[expect(clippy::unbuffered_bytes, reason = "a buffer would hold the secret")]
    fn of_file(path: &Path) -> Self {
        Self(File::open(path).unwrap().bytes().map(|byte| byte.unwrap() ^ MASK).collect())
    }

    fn write(&self, path: &Path) {
        let mut file = File::create(path).unwrap();
        self.0.iter().for_each(|byte| file.write_all(&[byte ^ MASK]).unwrap());
    }

    /// In how many places this process has a piece of these octets from the middle.
    fn found(&self) -> usize {
        let middle = self.0.len() / 2;
        let piece = self.0.get(middle..middle + LENGTH).unwrap();
        let first = piece.first().unwrap() ^ MASK;
        let is_here = |at: &[u8]| at.iter().zip(piece).all(|(byte, masked)| byte ^ MASK == *masked);
        let mut found = 0;
        memory(|stretch| {
            let mut rest = stretch;
            while rest.skip_until(first).unwrap() > 0 {
                let at = stretch.len() - rest.len() - 1;
                found += usize::from(stretch.get(at..at + LENGTH).is_some_and(is_here));
            }
        });
        found
    }
}

/// Hands on everything that can be written in this process, in stretches that overlap by one octet less than is searched for.
fn memory(mut look: impl FnMut(&[u8])) {
    const STRETCH: usize = 1 << 20;
    let mem = File::open("/proc/self/mem").unwrap();
    let mut stretch = vec![0; STRETCH];
    // What lies in there is a copy of what was looked through before.
    let own = stretch.as_ptr().addr()..stretch.as_ptr().addr() + STRETCH;
    let mut look_through = |from: usize, to: usize| {
        let mut at = from;
        while at + LENGTH <= to {
            let part = stretch.get_mut(..(to - at).min(STRETCH)).unwrap();
            if mem.read_exact_at(part, u64::try_from(at).unwrap()).is_ok() {
                look(part);
            }
            at += STRETCH - (LENGTH - 1);
        }
    };
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|address| usize::from_str_radix(address, 16).unwrap());
        if rest.starts_with("rw") {
            look_through(from, to.min(own.start.max(from)));
            look_through(from.max(own.end.min(to)), to);
        }
    }
}

#[test]
fn a_passphrase_is_wiped() {
    let _alone = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let secret = Masked::passphrase(1);
    let file = folder.path().join("passphrase");
    secret.write(&file);
    assert_eq!(secret.found(), 0, "the test itself holds it");
    let passphrase = Passphrase::from_file(&file).unwrap();
    let another = passphrase.clone();
    assert_eq!(secret.found(), 2, "what is held can be found");
    drop((passphrase, another));
    assert_eq!(secret.found(), 0);
}

#[test]
fn a_key_file_and_its_passphrase_are_wiped() {
    if !lacre_tests::require("openssl") {
        return;
    }
    let _alone = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let passphrase = Masked::passphrase(2);
    passphrase.write(&folder.path().join("passphrase"));
    for line in [
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER -out key.der",
        "pkcs8 -topk8 -inform DER -in key.der -v2 aes-256-cbc -passout file:passphrase -out locked.pem",
        "pkcs8 -topk8 -inform DER -in key.der -nocrypt -outform DER -out open.der",
        "pkcs8 -topk8 -inform DER -in key.der -nocrypt -out open.pem",
    ] {
        let run = Command::new("openssl").args(line.split(' ')).current_dir(folder.path()).output().unwrap();
        assert!(run.status.success(), "{line}: {}", String::from_utf8_lossy(&run.stderr));
    }
    let key = Masked::of_file(&folder.path().join("open.der"));
    assert_eq!((key.found(), passphrase.found()), (0, 0), "the test itself holds them");
    let mut copy = fs::read(folder.path().join("open.der")).unwrap();
    assert_eq!(key.found(), 1, "what is held can be found");
    copy.fill(0);
    for name in ["locked.pem", "open.der", "open.pem"] {
        let signer = {
            let passphrase = Passphrase::from_file(&folder.path().join("passphrase")).unwrap();
            key::open(folder.path().join(name).to_str().unwrap(), Some(&passphrase)).unwrap()
        };
        assert!(signer.sign_blocking(&[7; 32]).is_ok());
        assert_eq!(
            (key.found(), passphrase.found()),
            (0, 0),
            "{name}: copies of the file are left while the key is open"
        );
        drop(signer);
        assert_eq!((key.found(), passphrase.found()), (0, 0), "{name}");
    }
}
