//! Mutual TLS, both sides: who we are, whom we trust, and how to say what went wrong.

mod error;
mod summary;
mod trust;

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use lacre_core::{Bundle, Reason};
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ServerConfig, SignatureScheme, SupportedProtocolVersion};

use crate::key::armour::{self, Fault, Kind};
use crate::key::pkcs12;

pub(crate) use error::of as error_in;
pub use error::{TlsError, TlsReason};
pub use summary::{PeerCertificate, PeerSummary};
pub use trust::PeerTrust;

use crate::certificates::{leaf_first, line};

/// Both versions that BACEN's manual allows.
pub static TLS_12_AND_13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

/// A certificate chain and its private key: what this side shows to the other.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// Reads a PEM chain, end entity first, and its private key (PEM or DER of PKCS#8, PKCS#1 or SEC 1).
    ///
    /// # Errors
    /// When either cannot be read, or the key is not that of the first certificate.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = certificates(chain)?;
        let certified =
            CertifiedKey::from_der(chain, private_key(key)?, &provider()).map_err(|e| match e {
                rustls::Error::InconsistentKeys(_) => TlsError::new(TlsReason::KeyMismatch),
                rustls::Error::InvalidCertificate(_) => match TlsError::from_rustls(&e) {
                    told if told.reason().is_of_form() => told,
                    _ => TlsError::new(TlsReason::Certificate),
                },
                _ => TlsError::new(TlsReason::Key),
            })?;
        Ok(Self(Arc::new(certified)))
    }

    /// The chain, end entity first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.cert
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificates", &self.0.cert.len()).finish_non_exhaustive()
    }
}

/// A client's configuration: mutual TLS 1.2 and 1.3 towards a server that `trust` covers.
///
/// # Errors
/// When the library refuses the configuration.
pub fn client_config(identity: Option<&Identity>, trust: &PeerTrust) -> Result<Arc<ClientConfig>, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(TLS_12_AND_13)
        .map_err(|e| TlsError::new(TlsReason::Setup).because(e))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust.server_verifier(provider())));
    Ok(Arc::new(match identity {
        Some(identity) => builder.with_client_cert_resolver(identity.resolver()),
        None => builder.with_no_client_auth(),
    }))
}

/// The same configuration, and a sign that is set when a server asks for our certificate.
pub(crate) fn watched_client_config(
    identity: &Identity,
    trust: &PeerTrust,
) -> Result<(Arc<ClientConfig>, Arc<AtomicBool>), TlsError> {
    let asked = Arc::<AtomicBool>::default();
    let mut config = ClientConfig::clone(&*client_config(None, trust)?);
    let resolver = Watched { identity: identity.resolver(), asked: Arc::clone(&asked) };
    config.client_auth_cert_resolver = Arc::new(resolver);
    Ok((Arc::new(config), asked))
}

/// Shows a certificate and remembers that it was asked for.
#[derive(Debug)]
struct Watched {
    identity: Arc<SingleCertAndKey>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Watched {
    fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::SeqCst);
        ResolvesClientCert::resolve(&*self.identity, issuers, schemes)
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A server's configuration: every client must show a certificate that `clients` covers.
///
/// # Errors
/// When the library refuses the configuration.
pub fn server_config(
    identity: &Identity,
    clients: &PeerTrust,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<Arc<ServerConfig>, TlsError> {
    let config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .map_err(|e| TlsError::new(TlsReason::Setup).because(e))?
        .with_client_cert_verifier(clients.client_verifier(provider())?)
        .with_cert_resolver(identity.resolver());
    Ok(Arc::new(config))
}

/// The certificates of a file (PEM, DER, PKCS#7), in its order; at least one. Where there is no order, that of a chain. What else stands
/// in the file is passed over.
///
/// # Errors
/// When there is none, or the file is damaged.
pub fn certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bundle = Bundle::read(file).map_err(|error| unreadable(file, error))?;
    let ders: Vec<_> = bundle.certificates.into_iter().map(|found| found.der).collect();
    if ders.is_empty() {
        return Err(TlsError::new(TlsReason::NoCertificate));
    }
    let ders = if bundle.has_order { ders } else { leaf_first(ders) };
    Ok(ders.into_iter().map(CertificateDer::from).collect())
}

/// Why a file of certificates is refused.
fn unreadable(file: &[u8], error: lacre_core::Error) -> TlsError {
    let line = error.place().offset.and_then(|offset| line(file, offset));
    match (error.reason(), line) {
        (Reason::Pkcs12, _) => TlsError::new(TlsReason::Pkcs12),
        (Reason::CertificateSyntax, None) => TlsError::new(TlsReason::NoCertificate),
        (_, None) => TlsError::new(TlsReason::Certificate),
        (_, Some(line)) => TlsError::new(TlsReason::Certificate).because(format_args!("line {line}")),
    }
}

impl Identity {
    fn resolver(&self) -> Arc<SingleCertAndKey> {
        Arc::new(SingleCertAndKey::from(Arc::clone(&self.0)))
    }
}

/// A name as certificates carry it: of a host, or an IP address.
pub(crate) fn server_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(name.to_owned()).map_err(|_| TlsError::new(TlsReason::Name))
}

fn private_key(bytes: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    if !armour::is_pem(bytes) {
        let unwrapped = armour::unwrapped(bytes);
        let der = unwrapped.as_ref().map_or(bytes, |der| der.as_slice());
        let key = PrivateKeyDer::try_from(der.to_vec());
        return key.map_err(|_| match pkcs12::is_pkcs12(der) {
            true => TlsError::new(TlsReason::NoKey)
                .ours("it is a PKCS#12 file".to_owned(), "é um arquivo PKCS#12".to_owned()),
            false => TlsError::new(TlsReason::NoKey),
        });
    }
    let (kind, mut der) = armour::read(bytes).map_err(explain)?;
    let der = core::mem::take(&mut *der);
    Ok(match kind {
        Kind::Pkcs8 => PrivateKeyDer::Pkcs8(der.into()),
        Kind::Pkcs1 => PrivateKeyDer::Pkcs1(der.into()),
        Kind::Sec1 => PrivateKeyDer::Sec1(der.into()),
        Kind::Encrypted => return Err(TlsError::new(TlsReason::KeyEncrypted)),
        Kind::Foreign => return Err(TlsError::new(TlsReason::Key)),
    })
}

fn explain(fault: Fault) -> TlsError {
    let error = TlsError::new(match fault {
        Fault::NoKey => TlsReason::NoKey,
        Fault::Traditional | Fault::Damaged(Kind::Encrypted, _) => TlsReason::KeyEncrypted,
        Fault::SeveralKeys | Fault::Damaged(..) => TlsReason::Key,
    });
    match fault.words() {
        Some((en, pt)) => error.ours(en, pt),
        None => error,
    }
}

/// aws-lc, handed on explicitly: nothing here depends on which provider a process installed first.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider())))
}
