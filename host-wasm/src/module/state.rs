//! What an instance holds between calls: buffers by address, trust and certificates by handle, the last result. A host names
//! them by numbers, and each number is looked up: none of them is ever taken for a pointer.
#![expect(clippy::std_instead_of_alloc, reason = "the target has std; the lint keeps core portable")]

use core::cell::RefCell;
use std::collections::BTreeMap;

use lacre_core::{Certificate, Trust};

use crate::face::{self, Refusal};

/// Why a call gives nothing.
pub(super) enum Fault {
    /// The core refused the input.
    Refused(Refusal),
    /// The call itself cannot be.
    Call(Status, Refusal),
}

/// What a call's status says, beside 0 and 1.
#[derive(Clone, Copy)]
pub(super) enum Status {
    Handle,
    Buffer,
    Length,
    Argument,
    Memory,
}

impl Status {
    const fn number(self) -> u32 {
        match self {
            Self::Handle => 2,
            Self::Buffer => 3,
            Self::Length => 4,
            Self::Argument => 5,
            Self::Memory => 6,
        }
    }
}

impl Fault {
    /// A number or a text that is none of those it can be.
    pub(super) fn argument(what: &str, number: i64) -> Self {
        Self::call(Status::Argument, format!("{number} is no {what}"), "the contract lists what it can be")
    }

    fn call(status: Status, message: String, help: &'static str) -> Self {
        Self::Call(status, Refusal::usage(message, help))
    }

    fn told(&self) -> (u32, &Refusal) {
        match self {
            Self::Refused(refusal) => (1, refusal),
            Self::Call(status, refusal) => (status.number(), refusal),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What an instance holds.
#[derive(Default)]
pub(super) struct State {
    buffers: BTreeMap<u32, Vec<u8>>,
    trusts: BTreeMap<u32, Trust>,
    certificates: BTreeMap<u32, Certificate>,
    last_handle: u32,
    status: u32,
    result: Vec<u8>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Performs a call that gives its status.
pub(super) fn call(act: impl FnOnce(&mut State) -> Result<Vec<u8>, Fault>) -> u32 {
    STATE.with_borrow_mut(|state| {
        let given = act(state).map(|result| (0, result));
        state.close(given);
        state.status
    })
}

/// Performs a call that gives an address or a handle, or 0.
pub(super) fn number(act: impl FnOnce(&mut State) -> Result<(u32, Vec<u8>), Fault>) -> u32 {
    STATE.with_borrow_mut(|state| {
        let given = act(state);
        state.close(given)
    })
}

/// The status of the last call.
pub(super) fn status() -> u32 {
    STATE.with_borrow(|state| state.status)
}

/// Where the result stands, and how long it is.
pub(super) fn result() -> (u32, u32) {
    STATE.with_borrow(|state| (address(&state.result), u32::try_from(state.result.len()).unwrap_or(0)))
}

impl State {
    fn close(&mut self, given: Result<(u32, Vec<u8>), Fault>) -> u32 {
        let number;
        (number, self.status, self.result) = match given {
            Ok((number, result)) => (number, 0, result),
            Err(fault) => {
                let (status, refusal) = fault.told();
                (0, status, face::refusal(refusal).into())
            }
        };
        number
    }

    /// A new buffer of zeros, by its address.
    pub(super) fn alloc(&mut self, len: u32) -> Result<u32, Fault> {
        let full = || {
            Fault::call(Status::Memory, format!("there is no room for {len} octets"), "free buffers first")
        };
        let len_or_one = usize::try_from(len).map_err(|_| full())?.max(1);
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(len_or_one).map_err(|_| full())?;
        buffer.resize(len_or_one, 0);
        let address = address(&buffer);
        if address == 0 {
            return Err(full());
        }
        self.buffers.insert(address, buffer);
        Ok(address)
    }

    /// Lets a buffer go.
    pub(super) fn free(&mut self, address: u32) -> Result<(), Fault> {
        self.buffers.remove(&address).map(drop).ok_or_else(|| no_buffer(address))
    }

    /// The first octets of a buffer.
    pub(super) fn input(&self, address: u32, len: u32) -> Result<&[u8], Fault> {
        input(&self.buffers, address, len)
    }

    /// The same as text.
    pub(super) fn text(&self, address: u32, len: u32) -> Result<&str, Fault> {
        let octets = self.input(address, len)?;
        core::str::from_utf8(octets).map_err(|error| {
            let message = format!("no UTF-8 from octet {} on", error.valid_up_to());
            Fault::call(Status::Argument, message, "give names and records as UTF-8")
        })
    }

    /// A trust to add to, and the octets to add.
    pub(super) fn trust_and(
        &mut self,
        (trust, address, len): (u32, u32, u32),
    ) -> Result<(&mut Trust, &[u8]), Fault> {
        let octets = input(&self.buffers, address, len)?;
        let trust = self.trusts.get_mut(&trust).ok_or_else(|| no_handle(trust, "trust"))?;
        Ok((trust, octets))
    }

    /// A trust.
    pub(super) fn trust(&self, handle: u32) -> Result<&Trust, Fault> {
        self.trusts.get(&handle).ok_or_else(|| no_handle(handle, "trust"))
    }

    /// A certificate.
    pub(super) fn certificate(&self, handle: u32) -> Result<&Certificate, Fault> {
        self.certificates.get(&handle).ok_or_else(|| no_handle(handle, "certificate"))
    }

    /// Keeps a trust under a new handle.
    pub(super) fn keep_trust(&mut self, trust: Trust) -> Result<u32, Fault> {
        let handle = self.next_handle()?;
        self.trusts.insert(handle, trust);
        Ok(handle)
    }

    /// Keeps a certificate under a new handle.
    pub(super) fn keep_certificate(&mut self, certificate: Certificate) -> Result<u32, Fault> {
        let handle = self.next_handle()?;
        self.certificates.insert(handle, certificate);
        Ok(handle)
    }

    /// Lets go of what a handle stands for.
    pub(super) fn drop_handle(&mut self, handle: u32) -> Result<(), Fault> {
        let known = self.trusts.remove(&handle).is_some() || self.certificates.remove(&handle).is_some();
        if known { Ok(()) } else { Err(no_handle(handle, "handle")) }
    }

    fn next_handle(&mut self) -> Result<u32, Fault> {
        let next = self.last_handle.checked_add(1).ok_or_else(|| {
            Fault::call(Status::Memory, "every handle has been given".to_owned(), "make another instance")
        })?;
        self.last_handle = next;
        Ok(next)
    }
}

fn input(buffers: &BTreeMap<u32, Vec<u8>>, address: u32, len: u32) -> Result<&[u8], Fault> {
    if len == 0 {
        return Ok(&[]);
    }
    let buffer = buffers.get(&address).ok_or_else(|| no_buffer(address))?;
    usize::try_from(len).ok().and_then(|len| buffer.get(..len)).ok_or_else(|| {
        let message = format!("{len} octets of a buffer of {}", buffer.len());
        Fault::call(Status::Length, message, "give at most the length that was allocated")
    })
}

fn no_buffer(address: u32) -> Fault {
    let message = format!("there is no buffer at {address}");
    Fault::call(Status::Buffer, message, "give an address from `lacre_alloc` that was not freed")
}

fn no_handle(handle: u32, what: &str) -> Fault {
    let message = format!("{handle} is no {what}");
    Fault::call(Status::Handle, message, "give a handle that was made by this instance and not freed")
}

/// Where some octets stand: 32 bits on the one target that this face is for.
fn address(octets: &[u8]) -> u32 {
    u32::try_from(octets.as_ptr().addr()).unwrap_or(0)
}
