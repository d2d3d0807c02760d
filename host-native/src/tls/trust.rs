//! Whom we trust at the other end of a connection: given certificates themselves, and given CAs.
//!
//! One PEM parameter holds both, as the seed's deployments have it. A certificate without the CA flag vouches for
//! itself only, compared byte by byte: as a trust anchor of webpki it could issue others. One with the CA flag vouches
//! for itself and for what it issued.

use core::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
};
use x509_cert::ext::pkix::BasicConstraints;

use super::summary::{PeerCertificate, parsed, unix_s};
use super::{TlsError, TlsReason, certificates};

/// The certificates that the other end of a connection may show.
#[derive(Clone, Debug)]
pub struct PeerTrust {
    pinned: Arc<[Pinned]>,
    anchors: Arc<RootCertStore>,
    pinned_by_any_name: bool,
}

impl PeerTrust {
    /// Reads a file of one or more certificates: each is pinned itself, and those with the CA flag are anchors too.
    ///
    /// # Errors
    /// When there is no certificate, or one cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        Self::of(certificates(pem)?)
    }

    /// The same of certificates that were read already.
    pub(crate) fn of(ders: Vec<CertificateDer<'static>>) -> Result<Self, TlsError> {
        if ders.is_empty() {
            return Err(TlsError::new(TlsReason::NoCertificate));
        }
        let mut pinned = Vec::new();
        let mut anchors = RootCertStore::empty();
        for der in ders {
            let (certificate, is_ca) = Pinned::read(&der)?;
            if is_ca {
                anchors.add(der).map_err(|_| TlsError::new(TlsReason::Certificate))?;
            }
            pinned.push(certificate);
        }
        Ok(Self { pinned: pinned.into(), anchors: Arc::new(anchors), pinned_by_any_name: false })
    }

    /// Accepts a pinned server certificate under any name, as the seed's test certificates without subject alternative
    /// name need it. What a CA issued must carry the name in any case: a CA has other customers.
    #[must_use]
    pub fn pinned_by_any_name(mut self) -> Self {
        self.pinned_by_any_name = true;
        self
    }

    /// How many of the certificates are CAs, and how many are not.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.anchors.len(), self.pinned.len().saturating_sub(self.anchors.len()))
    }

    pub(super) fn server_verifier(&self, provider: Arc<CryptoProvider>) -> ServerVerifier {
        ServerVerifier { trust: self.clone(), algorithms: provider.signature_verification_algorithms }
    }

    pub(super) fn client_verifier(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let algorithms = provider.signature_verification_algorithms;
        let issued = if self.anchors.is_empty() {
            None
        } else {
            let builder = WebPkiClientVerifier::builder_with_provider(Arc::clone(&self.anchors), provider);
            Some(builder.build().map_err(|e| TlsError::new(TlsReason::Setup).because(e))?)
        };
        Ok(Arc::new(ClientVerifier { trust: self.clone(), issued, algorithms }))
    }

    /// The pinned certificate that this one is, if its validity covers the instant.
    fn find_pinned(&self, shown: &CertificateDer<'_>, now: UnixTime) -> Result<Option<&Pinned>, Error> {
        let Some(pinned) = self.pinned.iter().find(|pinned| pinned.der == *shown) else { return Ok(None) };
        let at = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let instant = |unix_s: i64| {
            UnixTime::since_unix_epoch(core::time::Duration::from_secs(u64::try_from(unix_s).unwrap_or(0)))
        };
        if at < pinned.not_before_unix_s {
            let not_before = instant(pinned.not_before_unix_s);
            return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
        }
        if at > pinned.not_after_unix_s {
            let not_after = instant(pinned.not_after_unix_s);
            return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
        }
        Ok(Some(pinned))
    }
}

struct Pinned {
    der: CertificateDer<'static>,
    not_before_unix_s: i64,
    not_after_unix_s: i64,
}

impl Pinned {
    fn read(der: &CertificateDer<'static>) -> Result<(Self, bool), TlsError> {
        let unreadable = || TlsError::new(TlsReason::Certificate);
        let parsed = parsed(der).ok_or_else(unreadable)?;
        let tbs = parsed.tbs_certificate();
        let constraints = tbs.get_extension::<BasicConstraints>().map_err(|_| unreadable())?;
        let pinned = Self {
            der: der.clone(),
            not_before_unix_s: unix_s(tbs.validity().not_before),
            not_after_unix_s: unix_s(tbs.validity().not_after),
        };
        Ok((pinned, constraints.is_some_and(|(_, constraints)| constraints.ca)))
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PeerCertificate::read(&self.der) {
            Some(certificate) => f.write_str(&certificate.subject),
            None => f.write_str("Pinned(..)"),
        }
    }
}

/// A certificate that nothing given vouches for, named so that it can be compared and added.
#[derive(Debug)]
pub(super) struct Stranger(PeerCertificate);

impl Stranger {
    fn error(shown: &CertificateDer<'_>) -> Error {
        match PeerCertificate::read(shown) {
            Some(certificate) => CertificateError::Other(OtherError(Arc::new(Self(certificate)))).into(),
            None => CertificateError::UnknownIssuer.into(),
        }
    }
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PeerCertificate { subject, issuer, sha256, .. } = &self.0;
        write!(f, "subject `{subject}`, issuer `{issuer}`, SHA-256 {sha256}")
    }
}

impl core::error::Error for Stranger {}

/// Decides about a server's certificate.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    trust: PeerTrust,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let pinned = self.trust.find_pinned(end_entity, now)?;
        if pinned.is_some() && self.trust.pinned_by_any_name {
            return Ok(ServerCertVerified::assertion());
        }
        let parsed = ParsedCertificate::try_from(end_entity)?;
        if pinned.is_none() {
            let anchors = &self.trust.anchors;
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, anchors, intermediates, now, algorithms)
                .map_err(|error| match error {
                    // A CA of the same name with another key shows as a bad signature.
                    Error::InvalidCertificate(
                        CertificateError::UnknownIssuer | CertificateError::BadSignature,
                    ) => Stranger::error(end_entity),
                    error => error,
                })?;
        }
        verify_server_name(&parsed, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Decides about a client's certificate.
#[derive(Debug)]
struct ClientVerifier {
    trust: PeerTrust,
    issued: Option<Arc<dyn ClientCertVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for ClientVerifier {
    /// None: a hint would keep clients from showing a pinned certificate of another issuer.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.trust.find_pinned(end_entity, now)?.is_some() {
            return Ok(ClientCertVerified::assertion());
        }
        match &self.issued {
            Some(issued) => issued.verify_client_cert(end_entity, intermediates, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
