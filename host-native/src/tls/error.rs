//! What can be wrong with TLS before and during a handshake.

use core::fmt::{self, Display};

use lacre_core::Language;

use super::trust::Stranger;
use crate::catalogue::catalogue;

/// A certificate, key or handshake that does not do, and what the library said.
#[derive(Clone, Debug)]
pub struct TlsError {
    reason: TlsReason,
    detail: Option<String>,
    /// The same in Portuguese, where the words are ours.
    detail_pt: Option<String>,
}

impl TlsError {
    pub(crate) fn new(reason: TlsReason) -> Self {
        Self { reason, detail: None, detail_pt: None }
    }

    /// What a library said about a handshake or a configuration; never about what it read of a key or a certificate of ours.
    pub(crate) fn because(mut self, detail: impl Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// What is behind it in words of our own, in English and in Portuguese.
    pub(crate) fn ours(mut self, en: String, pt: String) -> Self {
        (self.detail, self.detail_pt) = (Some(en), Some(pt));
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn reason(&self) -> TlsReason {
        self.reason
    }

    /// What a library or the other side said about it.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// What to do, in English.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        self.reason.help(Language::En)
    }

    /// The whole message in a language, without the help.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let message = self.reason.message(language);
        let portuguese = self.detail_pt.as_ref().filter(|_| language == Language::PtBr);
        match portuguese.or(self.detail.as_ref()) {
            Some(detail) => format!("{message}: {detail}"),
            None => message.to_owned(),
        }
    }

    /// What a failed handshake means.
    pub(crate) fn from_rustls(error: &rustls::Error) -> Self {
        use rustls::{AlertDescription as Alert, CertificateError as Bad, Error};
        let reason = match error {
            Error::InvalidCertificate(bad) => match bad {
                Bad::Other(cause) if !cause.0.is::<Stranger>() => unsupported(cause),
                Bad::UnknownIssuer | Bad::Other(_) => TlsReason::UnknownIssuer,
                Bad::UnhandledCriticalExtension => TlsReason::CriticalExtension,
                Bad::NotValidForName | Bad::NotValidForNameContext { .. } => TlsReason::NameMismatch,
                Bad::Expired | Bad::ExpiredContext { .. } => TlsReason::Expired,
                Bad::NotValidYet | Bad::NotValidYetContext { .. } => TlsReason::NotYetValid,
                _ => TlsReason::PeerCertificate,
            },
            Error::AlertReceived(alert) => match alert {
                Alert::NoCertificate
                | Alert::DecryptError
                | Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::AccessDenied
                | Alert::CertificateRequired => TlsReason::RefusedByPeer,
                Alert::ProtocolVersion
                | Alert::HandshakeFailure
                | Alert::InsufficientSecurity
                | Alert::UnrecognisedName => TlsReason::NoAgreement,
                _ => TlsReason::Handshake,
            },
            Error::PeerIncompatible(_) => TlsReason::NoAgreement,
            Error::InvalidMessage(_) => TlsReason::NotTls,
            Error::NoCertificatesPresented => TlsReason::RefusedByPeer,
            _ => TlsReason::Handshake,
        };
        match error {
            Error::InvalidCertificate(_) if reason.is_of_form() => Self::new(reason),
            Error::InvalidCertificate(Bad::Other(cause)) => Self::new(reason).because(&cause.0),
            // The library tells instants in seconds.
            Error::InvalidCertificate(
                Bad::ExpiredContext { not_after: end, .. } | Bad::NotValidYetContext { not_before: end, .. },
            ) => Self::new(reason)
                .because(lacre_report::instant_text(i64::try_from(end.as_secs()).unwrap_or(i64::MAX))),
            _ => Self::new(reason).because(error),
        }
    }
}

impl Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

impl core::error::Error for TlsError {}

impl TlsReason {
    /// Whether the certificate is of a form that TLS does not take here, whoever gave it.
    pub(super) const fn is_of_form(self) -> bool {
        matches!(self, Self::Version | Self::CriticalExtension)
    }
}

/// What the library has no word of its own for.
fn unsupported(cause: &rustls::OtherError) -> TlsReason {
    // Its own errors for these are no part of what it hands out: only their names are.
    match format!("{:?}", cause.0).as_str() {
        "UnsupportedCertVersion" => TlsReason::Version,
        "UnsupportedCriticalExtension" => TlsReason::CriticalExtension,
        _ => TlsReason::UnknownIssuer,
    }
}

/// What a failed TLS operation means, if TLS is why it failed.
pub(crate) fn of(error: &(dyn core::error::Error + 'static)) -> Option<TlsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(TlsError::from_rustls(tls));
        }
        // An io::Error keeps its cause where `source` does not lead.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Some(TlsError::from_rustls(tls));
        }
        next = error.source();
    }
    None
}

catalogue! {
    /// What is wrong with a TLS configuration or handshake.
    TlsReason;

    /// There is no certificate in the PEM.
    NoCertificate = "tls-no-certificate"
        en "holds no certificate in PEM"
        help "it must contain `-----BEGIN CERTIFICATE-----`; convert DER with `openssl x509 -inform DER -in FILE`"
        pt "não contém certificado em PEM"
        help "deve conter `-----BEGIN CERTIFICATE-----`; converta DER com `openssl x509 -inform DER -in ARQUIVO`";
    /// A certificate cannot be read.
    Certificate = "tls-certificate"
        en "holds a certificate that cannot be read"
        help "`openssl x509 -in FILE -noout -text` shows what is wrong"
        pt "contém um certificado ilegível"
        help "`openssl x509 -in ARQUIVO -noout -text` mostra o que há de errado";
    /// The file is PKCS#12.
    Pkcs12 = "tls-pkcs12"
        en "is a PKCS#12 file (.pfx, .p12), which needs a passphrase"
        help "take the certificates out of it: `openssl pkcs12 -in FILE -nokeys -out CERTIFICATES.pem`, with `-legacy` if it is an old one"
        pt "é um arquivo PKCS#12 (.pfx, .p12), que exige senha"
        help "extraia os certificados: `openssl pkcs12 -in ARQUIVO -nokeys -out CERTIFICADOS.pem`, com `-legacy` se for antigo";
    /// The certificate is not of version 3.
    Version = "tls-certificate-version"
        en "the certificate is X.509 of version 1 or 2, which TLS does not take here"
        help "have one of version 3 issued (`openssl x509 -req -extfile ..`): adding this one to the given certificates does not help"
        pt "o certificado é X.509 de versão 1 ou 2, que o TLS não aceita aqui"
        help "emita um de versão 3 (`openssl x509 -req -extfile ..`): acrescentar este aos certificados informados não adianta";
    /// A certificate demands what is not known here.
    CriticalExtension = "tls-critical-extension"
        en "the certificate has a critical extension that is not known here"
        help "have it issued with that extension (such as certificate policies) not critical; ICP-Brasil's are not"
        pt "o certificado tem uma extensão crítica que não é conhecida aqui"
        help "emita-o com essa extensão (por exemplo, políticas de certificado) não crítica; as da ICP-Brasil não são";
    /// There is no private key in the PEM.
    NoKey = "tls-no-key"
        en "holds no private key in PEM"
        help "the channel's key is PEM of PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`), or DER of either; out of a .pfx: `openssl pkcs12 -in FILE -nocerts -nodes -out KEY`"
        pt "não contém chave privada em PEM"
        help "a chave do canal é PEM de PKCS#8 (`BEGIN PRIVATE KEY`) ou PKCS#1 (`BEGIN RSA PRIVATE KEY`), ou DER de uma delas; a partir de um .pfx: `openssl pkcs12 -in ARQUIVO -nocerts -nodes -out CHAVE`";
    /// The channel's key is encrypted.
    KeyEncrypted = "tls-key-encrypted"
        en "the channel's private key is encrypted"
        help "the process must start unattended: store the key decrypted where only it can read (`openssl pkey -in OLD -out NEW`)"
        pt "a chave privada do canal está cifrada"
        help "o processo deve iniciar sozinho: guarde a chave decifrada onde só ele possa ler (`openssl pkey -in ANTIGA -out NOVA`)";
    /// The private key cannot be used.
    Key = "tls-key"
        en "the channel's private key cannot be used"
        help "`openssl pkey -in FILE -check -noout` shows what is wrong"
        pt "a chave privada do canal não pode ser usada"
        help "`openssl pkey -in ARQUIVO -check -noout` mostra o que há de errado";
    /// The key is not that of the certificate.
    KeyMismatch = "tls-key-mismatch"
        en "the channel's private key is not that of the first certificate in its chain"
        help "put the channel certificate first, then its issuers, and give the key that it was requested with"
        pt "a chave privada do canal não é a do primeiro certificado da cadeia"
        help "ponha o certificado do canal primeiro, depois os emissores, e forneça a chave com que ele foi pedido";
    /// The server name is neither a host name nor an address.
    Name = "tls-name"
        en "the server name is neither a host name nor an IP address"
        help "give it as the server's certificate carries it, without scheme and port"
        pt "o nome do servidor não é nome de host nem endereço IP"
        help "informe-o como está no certificado do servidor, sem esquema e sem porta";
    /// The library refuses the configuration.
    Setup = "tls-setup"
        en "the TLS configuration is refused"
        help "this is a fault in lacre: please report it with this line"
        pt "a configuração TLS foi recusada"
        help "isto é um defeito do lacre: relate-o com esta linha";
    /// The other side's certificate is neither pinned nor issued by a given CA.
    UnknownIssuer = "tls-unknown-issuer"
        en "the other side's certificate is neither a given one nor issued by a given CA"
        help "compare its fingerprint with the one BACEN published; then add the certificate itself, or its CA, to the trusted ones"
        pt "o certificado do outro lado não é um dos informados nem emitido por uma AC informada"
        help "compare a impressão digital com a publicada pelo BACEN; então acrescente o próprio certificado, ou a AC dele, aos confiáveis";
    /// The certificate does not carry the name that was asked for.
    NameMismatch = "tls-name-mismatch"
        en "the other side's certificate does not carry the name that was asked for"
        help "check the endpoint's host name; where it is reached by another name, set the server name that the certificate carries"
        pt "o certificado do outro lado não traz o nome pedido"
        help "confira o nome do host no endpoint; se ele é alcançado por outro nome, configure o nome que está no certificado";
    /// The certificate is past its validity.
    Expired = "tls-expired"
        en "the other side's certificate is expired"
        help "check this machine's clock; otherwise the other side must renew"
        pt "o certificado do outro lado está vencido"
        help "confira o relógio desta máquina; se estiver certo, o outro lado precisa renovar";
    /// The certificate is before its validity.
    NotYetValid = "tls-not-yet-valid"
        en "the other side's certificate is not valid yet"
        help "check this machine's clock"
        pt "o certificado do outro lado ainda não é válido"
        help "confira o relógio desta máquina";
    /// The certificate is unfit for another reason.
    PeerCertificate = "tls-peer-certificate"
        en "the other side's certificate is not fit for this"
        help "a CA certificate can be pinned as it is; otherwise the certificate must be made for this use"
        pt "o certificado do outro lado não serve para isto"
        help "um certificado de AC pode ser fixado como está; caso contrário, o certificado precisa ser feito para este uso";
    /// The other side refuses our certificate, or misses one.
    RefusedByPeer = "tls-refused-by-peer"
        en "the other side refuses our channel certificate"
        help "is it the channel certificate (CERTPIC) activated at BACEN for this environment, unexpired, with its issuers in the chain?"
        pt "o outro lado recusa o nosso certificado de canal"
        help "é o certificado de canal (CERTPIC) ativado no BACEN para este ambiente, no prazo, com os emissores na cadeia?";
    /// No common version or cipher.
    NoAgreement = "tls-no-agreement"
        en "the two sides have no TLS version or cipher in common, or the name is unknown there"
        help "lacre speaks TLS 1.2 and 1.3 with ECDHE; check what stands between (proxies that open TLS do not work)"
        pt "os dois lados não têm versão TLS ou cifra em comum, ou o nome é desconhecido lá"
        help "o lacre fala TLS 1.2 e 1.3 com ECDHE; confira o que está no meio (proxies que abrem TLS não funcionam)";
    /// What came back is not TLS.
    NotTls = "tls-not-tls"
        en "what answers there does not speak TLS"
        help "check the port"
        pt "o que responde ali não fala TLS"
        help "confira a porta";
    /// The handshake failed for another reason.
    Handshake = "tls-handshake"
        en "the TLS handshake failed"
        help "`openssl s_client -connect HOST:PORT -cert CHAIN -key KEY` shows the other side's view"
        pt "o handshake TLS falhou"
        help "`openssl s_client -connect HOST:PORTA -cert CADEIA -key CHAVE` mostra a visão do outro lado";
}
