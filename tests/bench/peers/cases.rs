//! The messages that everybody verifies, as files too.

use std::path::Path;

use lacre_core::Profile;
use lacre_simulator::samples;
use lacre_tests::messages;
use lacre_tests::signer::TestSigner;

/// One message.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its file, without the extension: `dict-2k`.
    pub(crate) name: &'static str,
    pub(crate) profile: Profile,
    pub(crate) unsigned: Vec<u8>,
    pub(crate) signed: Vec<u8>,
}

/// The smallest are what is sent all day. The large ones are of DICT, which every peer can be asked to verify.
const SIZES: [(&str, Profile, usize); 5] = [
    ("dict-2k", Profile::Dict, 0),
    ("spi-4k", Profile::Spi, 0),
    ("dict-100k", Profile::Dict, 100 << 10),
    ("dict-1m", Profile::Dict, 1 << 20),
    ("dict-10m", Profile::Dict, 10 << 20),
];

/// Every case, from small to large, signed.
pub(crate) fn all(signer: &TestSigner) -> Vec<Case> {
    let case = |(name, profile, bytes)| {
        let unsigned = messages::sized(profile, bytes);
        Case { name, profile, signed: signer.sign(&unsigned, profile).unwrap(), unsigned }
    };
    SIZES.into_iter().map(case).collect()
}

impl Case {
    /// Its profile and the size of the signed message, for people.
    pub(crate) fn title(&self) -> String {
        let (profile, bytes) = (self.profile.as_str().to_uppercase(), self.signed.len());
        match bytes {
            0..10_000 => format!("{profile} {}.{} KB", bytes / 1000, bytes % 1000 / 100),
            10_000..1_000_000 => format!("{profile} {} KB", bytes / 1000),
            _ => format!("{profile} {}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        }
    }
}

/// Writes every case, the certificate, and `changed.xml`, which nobody may accept.
pub(crate) fn write(cases: &[Case], signer: &TestSigner, folder: &Path) {
    for case in cases {
        std::fs::write(folder.join(case.name).with_extension("xml"), &case.signed).unwrap();
    }
    let small = str::from_utf8(&cases[0].signed).unwrap();
    let changed = small.replace(samples::KEY, "somebody.else@pix.example");
    assert_ne!(small, changed);
    std::fs::write(folder.join("changed.xml"), changed).unwrap();
    signer.write_to(folder);
}
