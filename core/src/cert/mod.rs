//! Certificates and trust.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::error::{Error, Reason, Result};
use crate::rsa::{RsaBackend, RsaKey};

/// A certificate (stub).
#[derive(Clone, Debug)]
pub struct Certificate(Arc<Vec<u8>>);

impl Certificate {
    /// Reads.
    pub fn from_der(_der: &[u8]) -> Result<Self> {
        Err(Error::new(Reason::CertificateSyntax))
    }
    /// Reads.
    pub fn from_der_with(_der: &[u8], _backend: &dyn RsaBackend) -> Result<Self> {
        Err(Error::new(Reason::CertificateSyntax))
    }
    /// DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0
    }
    /// key
    #[must_use]
    pub fn rsa_key(&self) -> Option<&Arc<dyn RsaKey>> {
        None
    }
}

/// Stub.
#[derive(Clone, Debug)]
pub struct IssuerSerial;

/// Stub.
#[derive(Clone, Debug, Default)]
pub struct Trust;
