//! Making certificates' parts: names, and requests for keys that never leave their place.

mod name;
mod request;
mod spb;

use core::fmt::{self, Display};

use lacre_core::Language;

use crate::catalogue::catalogue;
use crate::key::KeyError;

pub use name::Subject;
pub use request::certificate_request;
pub use request::{sha256_with_rsa, sign};
pub use spb::SpbName;

/// A name or request that cannot be made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum X509Error {
    /// The subject does not do; the text says which part.
    Subject(SubjectReason, String),
    /// The key refused or failed.
    Key(KeyError),
    /// What was to be made cannot be encoded.
    Encoding(String),
}

impl X509Error {
    /// The whole message in a language, without the help.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        match self {
            Self::Subject(reason, part) => format!("{}: `{part}`", reason.message(language)),
            Self::Key(error) => error.in_language(language),
            Self::Encoding(detail) => detail.clone(),
        }
    }

    /// What to do, in a language.
    #[must_use]
    pub const fn help_in(&self, language: Language) -> Option<&'static str> {
        match self {
            Self::Subject(reason, _) => Some(reason.help(language)),
            Self::Key(error) => Some(error.reason().help(language)),
            Self::Encoding(_) => None,
        }
    }
}

impl Display for X509Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

impl core::error::Error for X509Error {}

impl From<KeyError> for X509Error {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<x509_cert::der::Error> for X509Error {
    fn from(error: x509_cert::der::Error) -> Self {
        Self::Encoding(error.to_string())
    }
}

catalogue! {
    /// What is wrong with a subject.
    SubjectReason;

    /// The text is not a distinguished name.
    Syntax = "subject-syntax"
        en "not a distinguished name as RFC 4514 writes it"
        help "write it with the CN first: `CN=BANCO EXEMPLO SA T001, OU=ISPB-12345678, O=ICP-Brasil, C=BR`; put `\\` before a comma inside a value"
        pt "não é um nome distinto como na RFC 4514"
        help "escreva-o com o CN primeiro: `CN=BANCO EXEMPLO SA T001, OU=ISPB-12345678, O=ICP-Brasil, C=BR`; ponha `\\` antes de vírgula dentro de um valor";
    /// An attribute type without a known name.
    Type = "subject-type"
        en "unknown attribute type"
        help "known are CN, OU, O, L, ST, STREET, C, DC, UID, SERIALNUMBER, EMAILADDRESS, T, SN, GN and dotted object identifiers"
        pt "tipo de atributo desconhecido"
        help "conhecidos são CN, OU, O, L, ST, STREET, C, DC, UID, SERIALNUMBER, EMAILADDRESS, T, SN, GN e identificadores de objeto com pontos";
    /// A value that its attribute type does not allow.
    Value = "subject-value"
        en "a value that this attribute does not allow"
        help "C is two letters; SERIALNUMBER, DC and EMAILADDRESS are plain ASCII; no value is empty"
        pt "valor que este atributo não permite"
        help "C são duas letras; SERIALNUMBER, DC e EMAILADDRESS são ASCII; nenhum valor é vazio";
    /// The subject names another ISPB than the one given.
    Ispb = "subject-ispb"
        en "the subject names another ISPB than the one given"
        help "leave out one of the two, or make them equal"
        pt "o nome traz um ISPB diferente do informado"
        help "retire um dos dois, ou iguale-os";
    /// The subject has no CN.
    CommonName = "subject-cn"
        en "the subject has no CN"
        help "the CN is the institution's name and the code that BACEN gives the certificate (such as T001)"
        pt "o nome não tem CN"
        help "o CN é o nome da instituição e o código que o BACEN dá ao certificado (como T001)";
    /// The subject begins with the country.
    CountryFirst = "subject-country-first"
        en "the subject begins with C and ends with the CN: it is written the other way round, and the request has it upside down"
        help "write the CN first and C last; the request puts C first by itself, as ICP-Brasil lays names out"
        pt "o nome começa por C e termina no CN: está escrito na ordem inversa, e o pedido o traz de cabeça para baixo"
        help "escreva o CN primeiro e C por último; o pedido põe C primeiro por si, como a ICP-Brasil dispõe os nomes";
    /// A value has letters beyond ASCII.
    Accents = "subject-accents"
        en "a value has accents or other letters beyond ASCII"
        help "certification authorities of the SPB issue names without accents (`INSTITUICAO`, `SAO PAULO`): the certificate's name may differ from the request's"
        pt "um valor tem acentos ou outras letras fora do ASCII"
        help "as ACs do SPB emitem nomes sem acentos (`INSTITUICAO`, `SAO PAULO`): o nome do certificado pode diferir do pedido";
    /// The CN is longer than X.520 allows.
    CnLength = "subject-cn-length"
        en "the CN has more than 64 characters"
        help "shorten the institution's name: the CN is that name, a blank and the certificate's code"
        pt "o CN tem mais de 64 caracteres"
        help "abrevie o nome da instituição: o CN é esse nome, um espaço e o código do certificado";
    /// The certificate's code is none.
    Code = "subject-code"
        en "not the code of a certificate"
        help "`T` for homologation or `P` for production, and three digits that count the institution's certificates: `T001`, `P002`"
        pt "não é o código de um certificado"
        help "`T` para homologação ou `P` para produção, e três dígitos que numeram os certificados da instituição: `T001`, `P002`";
    /// The number in SISBACEN is none.
    Sisbacen = "subject-sisbacen"
        en "not the number of an institution in SISBACEN"
        help "give its five digits, without `SISBACEN-`"
        pt "não é o número de uma instituição no SISBACEN"
        help "informe os cinco dígitos, sem `SISBACEN-`";
}
