//! The subject of a certificate of the SPB, as the CAs of ICP-Brasil lay it out.

use lacre_core::Ispb;

use super::{Subject, SubjectReason, X509Error};

/// Longest CN, in characters (RFC 5280 appendix A, ub-common-name).
const CN_CHARS_MAX: usize = 64;

/// What the subject of an SPB certificate is made of; the rest is the same for everybody.
#[derive(Clone, Debug)]
pub struct SpbName<'a> {
    /// The institution's name.
    pub institution: &'a str,
    /// The certificate's code: `T` (homologation) or `P` (production) and three digits, such as `P001`.
    pub code: &'a str,
    /// The institution's ISPB.
    pub ispb: Ispb,
    /// The institution's number in SISBACEN: five digits.
    pub sisbacen: &'a str,
    /// Its city.
    pub locality: Option<&'a str>,
    /// Its state.
    pub state: Option<&'a str>,
}

impl Subject {
    /// The subject `CN=institution code, OU=ISPB-…, OU=SISBACEN-…, O=ICP-Brasil, L=…, ST=…, C=BR`.
    ///
    /// # Errors
    /// When a part cannot be what it is said to be.
    pub fn spb(name: &SpbName<'_>) -> Result<Self, X509Error> {
        let &SpbName { institution, code, ispb, sisbacen, locality, state } = name;
        let refused = |reason: SubjectReason, part: &str| Err(X509Error::Subject(reason, part.to_owned()));
        if !code.strip_prefix(['T', 'P']).is_some_and(|digits| is_digits(digits, 3)) {
            return refused(SubjectReason::Code, code);
        }
        if !is_digits(sisbacen, 5) {
            return refused(SubjectReason::Sisbacen, sisbacen);
        }
        let institution = institution.trim();
        if institution.is_empty() {
            return refused(SubjectReason::CommonName, institution);
        }
        let cn = format!("{institution} {code}");
        if cn.chars().count() > CN_CHARS_MAX {
            return refused(SubjectReason::CnLength, &cn);
        }
        let (ispb, sisbacen) = (format!("ISPB-{ispb}"), format!("SISBACEN-{sisbacen}"));
        let always = [("CN", cn.as_str()), ("OU", &ispb), ("OU", &sisbacen), ("O", "ICP-Brasil")];
        let place =
            [("L", locality), ("ST", state)].into_iter().filter_map(|(name, value)| Some((name, value?)));
        Self::of(always.into_iter().chain(place).chain([("C", "BR")]))
    }
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> SpbName<'static> {
        SpbName {
            institution: "BANCO EXEMPLO, SA",
            code: "T001",
            ispb: Ispb::new("12345678").unwrap(),
            sisbacen: "54321",
            locality: Some("BRASILIA"),
            state: Some("DF"),
        }
    }

    fn shown(name: &SpbName<'_>) -> String {
        Subject::spb(name).unwrap().to_name().unwrap().to_string()
    }

    fn refused(name: &SpbName<'_>) -> SubjectReason {
        match Subject::spb(name) {
            Err(X509Error::Subject(reason, _)) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lays_out_the_subject_that_the_cas_take() {
        let whole = r"CN=BANCO EXEMPLO\, SA T001,OU=ISPB-12345678,OU=SISBACEN-54321,O=ICP-Brasil,L=BRASILIA,ST=DF,C=BR";
        assert_eq!(shown(&name()), whole);
        let short = "CN=A P123,OU=ISPB-12345678,OU=SISBACEN-54321,O=ICP-Brasil,C=BR";
        let given = SpbName { institution: " A ", code: "P123", locality: None, state: None, ..name() };
        assert_eq!(shown(&given), short);
        let ispb = Ispb::new("12345678").unwrap();
        assert_eq!(Subject::parse(whole, Some(&ispb)).unwrap(), Subject::spb(&name()).unwrap());
    }

    #[test]
    fn refuses_parts_that_a_ca_would_send_back() {
        for code in ["", "T1", "T0001", "X001", "t001", "001", "T01a"] {
            assert_eq!(refused(&SpbName { code, ..name() }), SubjectReason::Code, "{code}");
        }
        for sisbacen in ["", "1234", "123456", "1234x", "SISBACEN-12345"] {
            assert_eq!(refused(&SpbName { sisbacen, ..name() }), SubjectReason::Sisbacen, "{sisbacen}");
        }
        assert_eq!(refused(&SpbName { institution: " ", ..name() }), SubjectReason::CommonName);
        let long = "Á".repeat(60);
        assert_eq!(refused(&SpbName { institution: &long, ..name() }), SubjectReason::CnLength);
        assert!(Subject::spb(&SpbName { institution: &"Á".repeat(59), ..name() }).is_ok());
        assert_eq!(refused(&SpbName { locality: Some(""), ..name() }), SubjectReason::Value);
        assert_eq!(refused(&SpbName { institution: "A\nB", ..name() }), SubjectReason::Value);
    }
}
