//! What is found while a configuration is read, wherever its certificates and keys come from.

use core::fmt::Display;

use lacre_core::{Certificate, Error, Reason, Revocation, Trust};

use crate::bacen::BacenClient;
use crate::expiry::Ending;
use crate::expiry::Expiry;
use crate::finding::{ConfigReason, Finding, Level};
use crate::key::{self, Signer};
use crate::tls::{self, Identity, PeerCertificate, PeerTrust, TlsError};
use crate::trust::{Collector, TrustError};
use crate::{certificates, clock, shown};

/// The findings so far, and the certificates' ends.
#[derive(Debug, Default)]
pub struct Notes {
    /// What was found, in order.
    pub findings: Vec<Finding>,
    /// What ends, and when.
    pub expiries: Vec<Expiry>,
    /// The last seconds before a certificate becomes valid or stops being so.
    pub turns: Vec<i64>,
}

/// Where a value stands in the configuration, and its octets.
pub type Named<'a> = (String, &'a [u8]);

impl Notes {
    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Adds a fatal finding.
    pub fn fatal(&mut self, reason: ConfigReason, subject: impl Into<String>, detail: impl Display) {
        self.push(Finding::new(Level::Fatal, reason, subject).because(detail));
    }

    /// The value, or a fatal finding that it is missing.
    pub fn present<T>(&mut self, subject: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.push(Finding::new(Level::Fatal, ConfigReason::Missing, subject));
        }
        value
    }

    /// The value of the word that was chosen, or the default; `reason` says how a word that is none can be put right.
    pub fn choice<T: Copy + Default>(
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
    pub fn validity(&mut self, subject: &str, not_before_unix_s: i64, not_after_unix_s: i64, ended: Level) {
        let subject = subject.to_owned();
        let of = Ending::Certificate;
        self.turns_with(not_before_unix_s, not_after_unix_s);
        self.expires(Expiry { subject, not_before_unix_s, not_after_unix_s, ended, of });
    }

    fn turns_with(&mut self, not_before_unix_s: i64, not_after_unix_s: i64) {
        self.turns.extend([not_before_unix_s.saturating_sub(1), not_after_unix_s]);
    }

    fn expires(&mut self, expiry: Expiry) {
        self.push(expiry.finding());
        self.expiries.push(expiry);
    }

    /// The certificate whose key signs: of several, that of the key which is valid now.
    pub fn signing_certificate(
        &mut self,
        subject: &str,
        bytes: &[u8],
        signer: Option<&dyn Signer>,
    ) -> Option<Certificate> {
        let mut collector = Collector::default();
        if let Err(error) = collector.add(subject, bytes) {
            self.push(Finding::trust(error, Level::Fatal));
            return None;
        }
        let given: Vec<_> = collector.certificates().map(|(_, one)| one.clone()).collect();
        self.passed_over(collector.finish().passed_over);
        let now = now_unix_s();
        for one in &given {
            self.turns_with(one.not_before_unix_s(), one.not_after_unix_s());
        }
        let of_key = signer.and_then(|signer| certificates::of_key(&given, signer.public_key(), now));
        let valid_now = || given.iter().find(|one| certificates::is_valid(one, now));
        let certificate = of_key.or_else(valid_now).or(given.first())?.clone();
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
    pub fn key_fits(&mut self, subject: &str, signer: &dyn Signer, certificate: &Certificate) {
        let (level, reason) = if key::same_public_key(signer.public_key(), certificate.spki_der()) {
            (Level::Holds, ConfigReason::KeyFits)
        } else {
            (Level::Fatal, ConfigReason::KeyMismatch)
        };
        self.push(Finding::new(level, reason, subject));
    }

    /// What stands beside certificates and was passed over.
    fn passed_over(&mut self, errors: Vec<TrustError>) {
        errors.into_iter().for_each(|error| self.push(Finding::trust(error, Level::Warning)));
    }

    /// BACEN's signing certificates, and what the revocation lists in the same files and in `lists` revoke.
    pub fn trust(&mut self, subject: &str, given: &[Named<'_>], lists: &[Named<'_>]) -> Trust {
        let mut collector = Collector::default();
        for (place, bytes) in given {
            if let Err(error) = collector.add(place, bytes) {
                self.push(Finding::trust(error, Level::Fatal));
            }
        }
        for (place, bytes) in lists {
            if let Err(error) = collector.add_lists(place, bytes) {
                collector.refuse(error);
            }
        }
        for (place, certificate) in collector.certificates() {
            let about = format!("{place} ({})", certificate.serial());
            let (from, to) = (certificate.not_before_unix_s(), certificate.not_after_unix_s());
            // One that ended is kept: it still tells an expired signature from an unknown one.
            self.validity(&about, from, to, Level::Warning);
            if certificate.rsa_key().is_none() {
                let bits = format_args!("{} bits", certificate.rsa_bits());
                self.push(Finding::new(Level::Warning, ConfigReason::KeyTooSmall, about).because(bits));
            }
        }
        let mut loaded = collector.finish();
        self.passed_over(core::mem::take(&mut loaded.passed_over));
        // What is not revoked for want of a list is no reason to stop payments; that it is not known is said loudly.
        for error in core::mem::take(&mut loaded.refused_lists) {
            self.push(Finding::trust(error, Level::Fault));
        }
        for (place, list) in loaded.lists() {
            self.expires(Expiry {
                subject: format!("{place} ({})", list.issuer()),
                not_before_unix_s: list.this_update_unix_s(),
                not_after_unix_s: list.next_update_unix_s().unwrap_or(list.this_update_unix_s()),
                ended: Level::Warning,
                of: Ending::List,
            });
        }
        self.signers(subject, &loaded.trust);
        loaded.trust
    }

    /// Whether any answer could be valid under this trust, and what is known of revocation.
    fn signers(&mut self, subject: &str, trust: &Trust) {
        if trust.is_empty() {
            return;
        }
        let now = now_unix_s();
        let mut usable = certificates::signers(trust).filter(|one| one.rsa_key().is_some()).peekable();
        if usable.peek().is_none() {
            self.push(Finding::new(Level::Fault, ConfigReason::NoneUsable, subject));
        } else if !usable.any(|one| trust.status(one, now).is_ok()) {
            self.push(Finding::new(Level::Fault, ConfigReason::NoneValid, subject));
        } else if !trust.iter().any(|one| one.ispb().is_some()) {
            self.push(Finding::new(Level::Fault, ConfigReason::NoInstitution, subject));
        }
        let is_unchecked = |one: &&Certificate| trust.revocation(one, now) == Revocation::NotChecked;
        let mut unchecked: Vec<_> =
            certificates::signers(trust).filter(is_unchecked).map(Certificate::issuer).collect();
        unchecked.sort();
        unchecked.dedup();
        for issuer in unchecked {
            let about = format_args!("`{issuer}`");
            self.push(Finding::new(Level::Warning, ConfigReason::NotRevocable, subject).because(about));
        }
    }

    /// The certificates that this side shows in mutual TLS, from its own to the last CA that it sends along, apart from the key.
    /// Whether they can be read.
    pub fn chain(&mut self, subject: &str, pem: &[u8]) -> bool {
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
    pub fn identity(&mut self, subject: &str, chain: &[u8], key: &[u8]) -> Option<Identity> {
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
    pub fn peers(&mut self, given: &[Named<'_>], pinned_by_any_name: bool) -> Option<PeerTrust> {
        let mut all = Vec::new();
        for (place, pem) in given {
            if let Err(error) = PeerTrust::from_pem(pem) {
                self.push(Finding::tls(error, place.as_str()));
                continue;
            }
            for der in tls::certificates(pem).unwrap_or_default() {
                if let Some(one) = PeerCertificate::read(&der) {
                    self.validity(place, one.not_before_unix_s, one.not_after_unix_s, Level::Warning);
                    self.peer(place, &one, pinned_by_any_name);
                }
                all.push(der);
            }
        }
        let peers = PeerTrust::of(all).ok()?;
        Some(if pinned_by_any_name { peers.pinned_by_any_name() } else { peers })
    }

    /// Whether a server could show this certificate: an authority shows others.
    fn peer(&mut self, place: &str, one: &PeerCertificate, pinned_by_any_name: bool) {
        if one.is_authority {
            return;
        }
        if let Some(reason) = one.unsupported {
            let about = format_args!("`{}`", one.subject);
            self.push(Finding::tls(TlsError::new(reason), place).at(Level::Fault).because(about));
        } else if !one.names_hosts && !pinned_by_any_name {
            let about = format_args!("`{}`", one.subject);
            self.push(Finding::new(Level::Warning, ConfigReason::NoHostName, place).because(about));
        }
    }

    /// Whether something was found that keeps the proxy from starting.
    pub fn is_fatal(&self) -> bool {
        self.findings.iter().any(|finding| finding.level() == Level::Fatal)
    }
}

fn now_unix_s() -> i64 {
    clock::unix_ms().div_euclid(1000)
}

/// Connects to BACEN and hangs up: what is found there.
pub async fn handshake(client: &BacenClient, subject: &str) -> Vec<Finding> {
    let (peer, asked_for_ours) = match client.watched_handshake().await {
        Ok(peer) => peer,
        Err(error) => return vec![Finding::transport(error, subject)],
    };
    let mut notes = Notes::default();
    let about = format!("{}, {}", peer.version, peer.cipher);
    let (level, reason) = match asked_for_ours {
        Some(false) => (Level::Warning, ConfigReason::NeverAsked),
        _ => (Level::Holds, ConfigReason::Reached),
    };
    notes.push(Finding::new(level, reason, subject).because(about));
    if let Some(server) = peer.certificate {
        let about = format!("{subject} certificate");
        notes.validity(&about, server.not_before_unix_s, server.not_after_unix_s, Level::Fault);
    }
    notes.findings
}
