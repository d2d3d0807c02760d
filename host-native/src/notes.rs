//! What is found while a configuration is read, wherever its certificates and keys come from.

use core::fmt::Display;

use lacre_core::{Certificate, Error, Reason, Trust};

use crate::bacen::BacenClient;
use crate::clock;
use crate::expiry::Expiry;
use crate::finding::{ConfigReason, Finding, Level};
use crate::key::{self, Signer};
use crate::rsa::AwsLc;
use crate::shown;
use crate::tls::{self, Identity, PeerCertificate, PeerTrust};

/// The findings so far, and the certificates' ends.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) findings: Vec<Finding>,
    pub(crate) expiries: Vec<Expiry>,
}

/// Where a value stands in the configuration, and its octets.
pub(crate) type Named<'a> = (String, &'a [u8]);

impl Notes {
    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub(crate) fn fatal(&mut self, reason: ConfigReason, subject: impl Into<String>, detail: impl Display) {
        self.push(Finding::new(Level::Fatal, reason, subject).because(detail));
    }

    #[cfg(feature = "command")]
    pub(crate) fn present<T>(&mut self, subject: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.push(Finding::new(Level::Fatal, ConfigReason::Missing, subject));
        }
        value
    }

    /// The value of the word that was chosen, or the default; `reason` says how a word that is none can be put right.
    pub(crate) fn choice<T: Copy + Default>(
        &mut self,
        reason: ConfigReason,
        subject: &str,
        chosen: Option<&str>,
        words: &[(&str, T)],
    ) -> T {
        let Some(chosen) = chosen else { return T::default() };
        match words.iter().find(|(word, _)| *word == chosen) {
            Some((_, value)) => *value,
            None => {
                let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                self.fatal(
                    reason,
                    subject,
                    format_args!("`{}` is none of {}", shown::short(chosen), known.join(", ")),
                );
                T::default()
            }
        }
    }

    /// Notes how long a certificate is good for; `ended` is how bad it is if it is not.
    pub(crate) fn validity(
        &mut self,
        subject: &str,
        not_before_unix_s: i64,
        not_after_unix_s: i64,
        ended: Level,
    ) {
        let subject = subject.to_owned();
        let expiry = Expiry { subject, not_before_unix_s, not_after_unix_s, ended };
        self.push(expiry.finding());
        self.expiries.push(expiry);
    }

    pub(crate) fn certificates(&mut self, subject: &str, bytes: &[u8]) -> Option<Vec<Certificate>> {
        match Certificate::from_pem_or_der(bytes, &AwsLc) {
            Ok(certificates) => Some(certificates),
            Err(error) => {
                self.push(Finding::core(error, subject));
                None
            }
        }
    }

    /// The certificate whose key signs.
    pub(crate) fn signing_certificate(&mut self, subject: &str, bytes: &[u8]) -> Option<Certificate> {
        let certificate = self.certificates(subject, bytes)?.into_iter().next()?;
        self.validity(subject, certificate.not_before_unix_s(), certificate.not_after_unix_s(), Level::Fault);
        if !certificate.signs_messages() {
            self.push(Finding::core(Error::new(Reason::CertificateUsage), subject));
        }
        if certificate.ispb().is_none() {
            self.push(Finding::new(Level::Warning, ConfigReason::NoIspb, subject));
        }
        Some(certificate)
    }

    /// Whether the signing key is that of the certificate.
    pub(crate) fn key_fits(&mut self, subject: &str, signer: &dyn Signer, certificate: &Certificate) {
        let (level, reason) = if key::same_public_key(signer.public_key(), certificate.spki_der()) {
            (Level::Holds, ConfigReason::KeyFits)
        } else {
            (Level::Fatal, ConfigReason::KeyMismatch)
        };
        self.push(Finding::new(level, reason, subject));
    }

    /// BACEN's signing certificates.
    pub(crate) fn trust(&mut self, subject: &str, given: &[Named<'_>]) -> Trust {
        let mut trust = Trust::new();
        for (place, bytes) in given {
            for certificate in self.certificates(place, bytes).unwrap_or_default() {
                let about = format!("{place} ({})", certificate.serial());
                let (from, to) = (certificate.not_before_unix_s(), certificate.not_after_unix_s());
                // One that ended is kept: it still tells an expired signature from an unknown one.
                self.validity(&about, from, to, Level::Warning);
                trust.add(certificate);
            }
        }
        let now = clock::unix_ms().div_euclid(1000);
        let valid_now = |one: &Certificate| (one.not_before_unix_s()..=one.not_after_unix_s()).contains(&now);
        if !trust.is_empty() && !trust.iter().any(valid_now) {
            self.push(Finding::new(Level::Fault, ConfigReason::NoneValid, subject));
        }
        trust
    }

    /// The certificates that this side shows in mutual TLS, from its own to the last CA that it sends along, apart from the key.
    /// Whether they can be read.
    pub(crate) fn chain(&mut self, subject: &str, pem: &[u8]) -> bool {
        let chain = match tls::certificates(pem) {
            Ok(chain) => chain,
            Err(error) => {
                self.push(Finding::tls(error, subject));
                return false;
            }
        };
        let chain: Vec<_> = chain.iter().filter_map(|der| PeerCertificate::read(der)).collect();
        for (number, one) in chain.iter().enumerate() {
            let about = if number == 0 { subject.to_owned() } else { format!("{subject} ({})", one.subject) };
            self.validity(&about, one.not_before_unix_s, one.not_after_unix_s, Level::Fault);
        }
        let followers = chain.iter().zip(chain.iter().skip(1));
        for (one, next) in followers.filter(|(one, next)| one.issuer != next.subject) {
            let about = format_args!("`{}` did not issue `{}`", next.subject, one.subject);
            self.push(Finding::new(Level::Fault, ConfigReason::ChainBroken, subject).because(about));
        }
        true
    }

    /// What this side shows in mutual TLS: a chain that can be read, and its key.
    pub(crate) fn identity(&mut self, subject: &str, chain: &[u8], key: &[u8]) -> Option<Identity> {
        match Identity::from_pem(chain, key) {
            Ok(identity) => {
                self.push(Finding::new(Level::Holds, ConfigReason::KeyFits, subject));
                Some(identity)
            }
            Err(error) => {
                self.push(Finding::tls(error, subject));
                None
            }
        }
    }

    /// Whom this side trusts in mutual TLS.
    pub(crate) fn peers(&mut self, given: &[Named<'_>], pinned_by_any_name: bool) -> Option<PeerTrust> {
        let mut all = Vec::new();
        for (place, pem) in given {
            if let Err(error) = PeerTrust::from_pem(pem) {
                self.push(Finding::tls(error, place.as_str()));
                continue;
            }
            for der in tls::certificates(pem).unwrap_or_default() {
                if let Some(one) = PeerCertificate::read(&der) {
                    self.validity(place, one.not_before_unix_s, one.not_after_unix_s, Level::Warning);
                }
            }
            all.extend_from_slice(pem);
            all.push(b'\n');
        }
        let peers = PeerTrust::from_pem(&all).ok()?;
        Some(if pinned_by_any_name { peers.pinned_by_any_name() } else { peers })
    }

    /// Whether something was found that keeps the proxy from starting.
    pub(crate) fn is_fatal(&self) -> bool {
        self.findings.iter().any(|finding| finding.level() == Level::Fatal)
    }
}

/// Connects to BACEN and hangs up: what is found there.
pub(crate) async fn handshake(client: &BacenClient, subject: &str) -> Vec<Finding> {
    let peer = match client.handshake().await {
        Ok(peer) => peer,
        Err(error) => return vec![Finding::transport(error, subject)],
    };
    let mut notes = Notes::default();
    let about = format!("{}, {}", peer.version, peer.cipher);
    notes.push(Finding::new(Level::Holds, ConfigReason::Reached, subject).because(about));
    if let Some(server) = peer.certificate {
        let about = format!("{subject} certificate");
        notes.validity(&about, server.not_before_unix_s, server.not_after_unix_s, Level::Fault);
    }
    notes.findings
}
