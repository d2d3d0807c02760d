//! What a message costs in memory, counted, so that nothing creeps in unseen: allocations, their octets, and the most that is
//! held at one time. RSA is left out; it is the host's.
//!
//! The bounds are what is taken today and a little more. A change that takes less lowers them.
#![expect(clippy::unwrap_used, reason = "a test ends when its message cannot be made")]

use allocation_counter::{AllocationInfo, measure};
use lacre_core::{Certificate, Profile, Trust, prepare, sign_with, verify};
use lacre_tests::messages;
use lacre_tests::signer::{AT, FreeRsa, TestSigner};

struct Costs {
    certificate: Certificate,
    trust: Trust,
}

impl Costs {
    fn new() -> Self {
        let certificate = Certificate::from_der_with(TestSigner::new().certificate.der(), &FreeRsa).unwrap();
        let mut trust = Trust::new();
        trust.add(certificate.clone());
        Self { certificate, trust }
    }

    /// What verifying a signed message of at least so many octets takes.
    fn verifying(&self, profile: Profile, bytes: usize) -> AllocationInfo {
        let message = messages::sized(profile, bytes);
        let signed = sign_with(&message, profile, &self.certificate, |_| Some(vec![1; 256])).unwrap();
        measure(|| drop(verify(&signed, profile, &self.trust, AT).unwrap()))
    }

    /// What preparing an unsigned message of at least so many octets takes.
    fn preparing(&self, profile: Profile, bytes: usize) -> AllocationInfo {
        let message = messages::sized(profile, bytes);
        measure(|| drop(prepare(&message, profile, &self.certificate).unwrap()))
    }
}

#[track_caller]
fn at_most(cost: AllocationInfo, count: u64, bytes: u64) {
    assert!(
        cost.count_total <= count && cost.bytes_total <= bytes,
        "{cost:?}: the bounds are {count} allocations of {bytes} octets together"
    );
}

#[test]
fn a_payment_is_verified_and_prepared_in_few_allocations() {
    let costs = Costs::new();
    at_most(costs.verifying(Profile::Spi, 0), 88, 14_000);
    at_most(costs.preparing(Profile::Spi, 0), 77, 16_000);
}

#[test]
fn a_directory_request_is_verified_and_prepared_in_few_allocations() {
    let costs = Costs::new();
    at_most(costs.verifying(Profile::Dict, 0), 66, 12_000);
    at_most(costs.preparing(Profile::Dict, 0), 46, 10_500);
}

#[test]
fn a_message_a_thousand_times_as_large_takes_no_more_memory() {
    let costs = Costs::new();
    for profile in [Profile::Spi, Profile::Dict] {
        for cost in [Costs::verifying, Costs::preparing] {
            let (small, large) = (cost(&costs, profile, 4 << 10), cost(&costs, profile, 4 << 20));
            assert!(large.count_total <= small.count_total, "{profile:?}: {large:?} after {small:?}");
            assert!(large.bytes_max <= small.bytes_max, "{profile:?}: {large:?} after {small:?}");
        }
    }
}
