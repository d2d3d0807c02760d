//! Files of certificates and revocation lists, read by the rules of the command: whom to believe about what.

use lacre_core::{Certificate, Language, Trust};
use lacre_report::trust::{ListRow, TrustFault, TrustFaultRow, TrustFiles, Trusted, is_checked};
use lacre_report::{CertificateRow, Speaker};
use serde::Serialize;

use crate::face::{Refusal, json, unknown};
use crate::rsa::Limbs;

/// What a file of certificates is called, and how it came.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "each face fills all of it from its own words")]
pub struct TrustFile<'a> {
    /// What notes call it.
    pub name: &'a str,
    /// Whose messages its certificates may have signed; none is both sides'.
    pub side: Option<Speaker>,
    /// Found in a folder, not named by a person: what is refused there is passed over.
    pub is_found: bool,
}

/// The side of this name; `both` is none.
///
/// # Errors
/// If there is no such side.
pub fn side(word: &str) -> Result<Option<Speaker>, Refusal> {
    match word {
        "both" => Ok(None),
        "bacen" => Ok(Some(Speaker::Bacen)),
        "own" => Ok(Some(Speaker::Institution)),
        _ => Err(unknown("side", word, "give `bacen`, `own` or `both`")),
    }
}

/// Whose message this claims to be, as [`side`] names it.
#[must_use]
pub fn speaker(message: &[u8]) -> &'static str {
    match lacre_report::speaker(message) {
        Speaker::Institution => "own",
        _ => "bacen",
    }
}

/// Takes in a file of certificates by the rules of the command's `--trust`, and gives a JSON list of the certificates in it.
///
/// # Errors
/// If the command would refuse it. Nothing of it is taken in then.
pub fn add_trust_file(
    files: &mut TrustFiles,
    bytes: &[u8],
    file: TrustFile<'_>,
    language: Language,
) -> Result<String, Refusal> {
    let before = files.certificates().len();
    let TrustFile { name, side, is_found } = file;
    if is_found {
        files.add_found((name, bytes), side, &Limbs);
    } else {
        files.add((name, bytes), side, &Limbs).map_err(|fault| Refusal::of_trust(&fault, language))?;
    }
    let added = files.certificates().skip(before).map(|(_, one)| CertificateRow::new(one));
    Ok(json(&added.collect::<Vec<_>>()))
}

/// Takes in a file of revocation lists by the rules of the command's `--crl`.
///
/// # Errors
/// If the command would refuse it. Nothing of it is taken in then.
pub fn add_list_file(
    files: &mut TrustFiles,
    bytes: &[u8],
    name: &str,
    language: Language,
) -> Result<(), Refusal> {
    files.add_lists((name, bytes), &Limbs).map_err(|fault| Refusal::of_trust(&fault, language))
}

/// Whom to believe about what, of the files that were given.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum About {
    /// Messages that BACEN says it signed.
    Bacen,
    /// Messages that the institution says it signed.
    Own,
    /// What an archive has as BACEN's answers: of certificates for both sides, those that name no other institution.
    Answers,
    /// What an archive has as the institution's requests: of certificates for both sides, those that name an institution.
    Requests,
}

/// The messages of this name.
///
/// # Errors
/// If there are no such messages.
pub fn about(word: &str) -> Result<About, Refusal> {
    match word {
        "bacen" => Ok(About::Bacen),
        "own" => Ok(About::Own),
        "answers" => Ok(About::Answers),
        "requests" => Ok(About::Requests),
        _ => Err(unknown("kind of message", word, "give `bacen`, `own`, `answers` or `requests`")),
    }
}

/// The certificates that may have signed such messages, with what the lists revoke.
#[must_use]
pub fn trust_about(trusted: &Trusted, about: About) -> Trust {
    let names_institution =
        |one: &Certificate| one.ispb().is_some_and(|ispb| ispb.as_str() != lacre_report::BACEN_ISPB);
    trusted.trust(|side, certificate| match (side, about) {
        (None, About::Answers) => !names_institution(certificate),
        (None, About::Requests) => names_institution(certificate),
        (None, _) => true,
        (Some(Speaker::Institution), _) => matches!(about, About::Own | About::Requests),
        (Some(_), _) => matches!(about, About::Bacen | About::Answers),
    })
}

/// What came of the files as JSON: what was passed over, the lists that were taken in, and those that cannot be relied on. What is stale
/// is so at the instant, in seconds since 1970 UTC.
#[must_use]
pub fn trusted(trusted: &Trusted, at_unix_s: i64, language: Language) -> String {
    let rows = |faults: &[TrustFault]| faults.iter().map(|one| TrustFaultRow::new(one, language)).collect();
    let lists = trusted.lists.iter().map(|(file, list)| ListRow::new(file, list, at_unix_s));
    json(&TrustedRow {
        has_sides: trusted.has_sides(),
        passed_over: rows(&trusted.passed_over),
        lists: lists.collect(),
        refused_lists: rows(&trusted.refused_lists),
    })
}

#[derive(Serialize)]
struct TrustedRow {
    has_sides: bool,
    passed_over: Vec<TrustFaultRow>,
    lists: Vec<ListRow>,
    refused_lists: Vec<TrustFaultRow>,
}

/// Whether current lists say of every trusted signer whether it was revoked, at an instant in seconds since 1970 UTC, as JSON reports
/// write it; nothing if nobody is trusted.
#[must_use]
pub fn revocation<'a>(trusts: impl IntoIterator<Item = &'a Trust>, at_unix_s: i64) -> Option<&'static str> {
    is_checked(trusts, at_unix_s).map(|checked| if checked { "checked" } else { "not-checked" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACEN: &[u8] = include_bytes!("../../tests/keys/bacen.pem");
    const PSP: &[u8] = include_bytes!("../../tests/keys/psp.pem");
    const CA: &[u8] = include_bytes!("../../tests/keys/ca.pem");
    const LIST: &[u8] = include_bytes!("../../tests/keys/sha256.crl");

    fn given(files: &[(&[u8], &str)]) -> Trusted {
        let mut gathered = TrustFiles::new();
        for (bytes, word) in files {
            let file = TrustFile { name: "a.pem", side: side(word).unwrap(), is_found: false };
            add_trust_file(&mut gathered, bytes, file, Language::En).unwrap();
        }
        gathered.finish()
    }

    fn lengths(trusted: &Trusted) -> [usize; 4] {
        ["bacen", "own", "answers", "requests"].map(|word| trust_about(trusted, about(word).unwrap()).len())
    }

    #[test]
    fn a_file_for_both_sides_is_parted_for_archives_by_whom_its_certificates_name() {
        assert_eq!(lengths(&given(&[(BACEN, "both"), (PSP, "both"), (CA, "both")])), [3, 3, 2, 1]);
        assert_eq!(lengths(&given(&[(BACEN, "bacen"), (PSP, "own")])), [1, 1, 1, 1]);
        assert_eq!(lengths(&given(&[(PSP, "bacen")])), [1, 0, 1, 0]);
        assert_eq!(side("all").unwrap_err().code, "usage");
        assert_eq!(about("all").unwrap_err().code, "usage");
    }

    #[test]
    fn a_list_counts_for_both_sides_whichever_knows_its_authority() {
        let mut files = TrustFiles::new();
        for (bytes, side) in
            [(BACEN, Some(Speaker::Bacen)), (CA, Some(Speaker::Bacen)), (PSP, Some(Speaker::Institution))]
        {
            let file = TrustFile { name: "a.pem", side, is_found: false };
            add_trust_file(&mut files, bytes, file, Language::En).unwrap();
        }
        add_list_file(&mut files, LIST, "a.crl", Language::En).unwrap();
        let trusted = files.finish();
        assert!(trusted.refused_lists.is_empty());
        let own = trust_about(&trusted, About::Requests);
        assert_eq!(revocation([&own], 1_767_268_800), Some("checked"));
        assert_eq!(revocation([&own], i64::MAX), Some("not-checked"));
        assert_eq!(revocation([&Trust::new()], 0), None);
        assert!(super::trusted(&trusted, i64::MAX, Language::En).contains(r#""stale":true"#));
    }

    #[test]
    fn a_list_that_cannot_be_relied_on_is_refused_and_one_that_was_found_is_passed_over() {
        let mut files = TrustFiles::new();
        add_list_file(&mut files, LIST, "a.crl", Language::En).unwrap();
        let found = TrustFile { name: "b.crl", side: None, is_found: true };
        assert_eq!(add_trust_file(&mut files, LIST, found, Language::En).as_deref(), Ok("[]"));
        let trusted = files.finish();
        assert_eq!(trusted.refused_lists.iter().map(TrustFault::code).collect::<Vec<_>>(), ["crl-issuer"]);
        assert_eq!(trusted.passed_over.iter().map(TrustFault::place).collect::<Vec<_>>(), ["b.crl"]);
    }
}
