//! Powers of a public number modulo a public odd one, by Montgomery's method in limbs of 32 bits: WebAssembly multiplies two of
//! them in one instruction. Nothing in here is secret, so nothing takes care of its own time.

/// The widest modulus: 4,096 bits.
pub(super) const LIMBS_MAX: usize = 128;

/// Little-endian; limbs from the modulus's length on are not looked at.
type Limbs = [u32; LIMBS_MAX];

/// An odd modulus, prepared.
#[derive(Debug)]
pub(super) struct Modulus {
    n: Limbs,
    length: usize,
    /// -1/n modulo 2^32.
    negative_inverse: u32,
    /// R² modulo n, where R is 2^(32 · length).
    r_squared: Limbs,
}

impl Modulus {
    /// Prepares a modulus of big-endian octets without leading zeros. None if it is even, or its length is not in whole limbs or
    /// more than [`LIMBS_MAX`].
    pub(super) fn new(octets: &[u8]) -> Option<Self> {
        let length = octets.len() / 4;
        let n = limbs(octets, length)?;
        let lowest = *n.first()?;
        if lowest % 2 == 0 || octets.first() == Some(&0) {
            return None;
        }
        let mut modulus =
            Self { n, length, negative_inverse: negative_inverse(lowest), r_squared: [0; LIMBS_MAX] };
        modulus.r_squared = modulus.r_squared()?;
        Some(modulus)
    }

    /// `base` to the power of `exponent`, which is odd and more than 1, as big-endian octets of the modulus's length in `out`.
    /// None if `base` is not less than the modulus, or not of its length.
    pub(super) fn power<'a>(&self, base: &[u8], exponent: u64, out: &'a mut [u8]) -> Option<&'a [u8]> {
        let base = limbs(base, self.length).filter(|base| less(base, &self.n, self.length))?;
        let turned = self.product(&base, &self.r_squared)?;
        let mut power = turned;
        let below_the_top = u64::BITS - exponent.leading_zeros() - 1;
        for bit in (1..below_the_top).rev() {
            power = self.square(&power)?;
            if exponent >> bit & 1 == 1 {
                power = self.product(&power, &turned)?;
            }
        }
        // The exponent's last bit is set: multiplied by the base as it came, the power turns back from Montgomery's form.
        power = self.square(&power)?;
        power = self.product(&power, &base)?;
        let out = out.get_mut(..self.length * 4)?;
        for (octets, limb) in out.rchunks_exact_mut(4).zip(&power) {
            octets.copy_from_slice(&limb.to_be_bytes());
        }
        Some(out)
    }

    /// 2^(64 · length), by doubling 1 as often.
    fn r_squared(&self) -> Option<Limbs> {
        let mut value = [0; LIMBS_MAX];
        *value.first_mut()? = 1;
        for _ in 0..64 * self.length {
            let mut carry = 0;
            for limb in value.get_mut(..self.length)? {
                (*limb, carry) = (*limb << 1 | carry, *limb >> 31);
            }
            if carry == 1 || !less(&value, &self.n, self.length) {
                subtract(&mut value, &self.n, self.length);
            }
        }
        Some(value)
    }

    /// a · b / R.
    fn product(&self, a: &Limbs, b: &Limbs) -> Option<Limbs> {
        let mut wide = [0; 2 * LIMBS_MAX];
        let b = b.get(..self.length)?;
        for (place, factor) in a.get(..self.length)?.iter().enumerate() {
            let (row, above) = wide.get_mut(place..)?.split_at_mut_checked(self.length)?;
            *above.first_mut()? = add_row(row, b, *factor);
        }
        self.reduced(&mut wide)
    }

    /// a² / R: what stands beside the diagonal is the same on both sides of it.
    fn square(&self, a: &Limbs) -> Option<Limbs> {
        let mut wide = [0; 2 * LIMBS_MAX];
        let a = a.get(..self.length)?;
        let mut rest = a;
        let mut place = 1;
        while let Some((factor, above)) = rest.split_first() {
            let (row, end) = wide.get_mut(place..)?.split_at_mut_checked(above.len())?;
            *end.first_mut()? = add_row(row, above, *factor);
            (rest, place) = (above, place + 2);
        }
        let (mut doubled, mut carry) = (0, 0);
        for (pair, factor) in wide.chunks_exact_mut(2).zip(a) {
            let [low, high] = pair else { return None };
            let square = u64::from(*factor) * u64::from(*factor);
            let sum = u64::from(*low << 1 | doubled) + u64::from(lower(square)) + carry;
            doubled = *low >> 31;
            *low = lower(sum);
            let sum = u64::from(*high << 1 | doubled) + (square >> 32) + (sum >> 32);
            doubled = *high >> 31;
            *high = lower(sum);
            carry = sum >> 32;
        }
        self.reduced(&mut wide)
    }

    /// What stands in `wide`, divided by R.
    fn reduced(&self, wide: &mut [u32; 2 * LIMBS_MAX]) -> Option<Limbs> {
        let n = self.n.get(..self.length)?;
        let mut carry = 0;
        for place in 0..self.length {
            let (row, above) = wide.get_mut(place..)?.split_at_mut_checked(self.length)?;
            let factor = row.first()?.wrapping_mul(self.negative_inverse);
            let over = add_row(row, n, factor);
            let end = above.first_mut()?;
            let sum = u64::from(*end) + u64::from(over) + carry;
            *end = lower(sum);
            carry = sum >> 32;
        }
        let mut value = [0; LIMBS_MAX];
        value.get_mut(..self.length)?.copy_from_slice(wide.get(self.length..2 * self.length)?);
        if carry == 1 || !less(&value, &self.n, self.length) {
            subtract(&mut value, &self.n, self.length);
        }
        Some(value)
    }
}

/// Adds `values` times `factor` to a row as long, and gives what goes beyond it.
fn add_row(row: &mut [u32], values: &[u32], factor: u32) -> u32 {
    let factor = u64::from(factor);
    let mut carry = 0;
    let mut step = |limb: &mut u32, value: &u32| {
        let sum = u64::from(*limb) + factor * u64::from(*value) + carry;
        *limb = lower(sum);
        carry = sum >> 32;
    };
    let (rows, row_rest) = row.as_chunks_mut::<8>();
    let (blocks, values_rest) = values.as_chunks::<8>();
    for (row, values) in rows.iter_mut().zip(blocks) {
        for (limb, value) in row.iter_mut().zip(values) {
            step(limb, value);
        }
    }
    for (limb, value) in row_rest.iter_mut().zip(values_rest) {
        step(limb, value);
    }
    lower(carry)
}

fn subtract(from: &mut Limbs, what: &Limbs, length: usize) {
    let mut borrow = 0;
    for (limb, less) in from.iter_mut().zip(what).take(length) {
        let difference = u64::from(*limb).wrapping_sub(u64::from(*less)).wrapping_sub(borrow);
        *limb = lower(difference);
        borrow = difference >> 63;
    }
}

fn less(one: &Limbs, other: &Limbs, length: usize) -> bool {
    one.iter().take(length).rev().lt(other.iter().take(length).rev())
}

/// By Newton's method: each round doubles the bits that are right, and 3 are from the start.
fn negative_inverse(odd: u32) -> u32 {
    let mut inverse = odd;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg()
}

/// Big-endian octets as limbs. None if they are not exactly as many.
fn limbs(octets: &[u8], length: usize) -> Option<Limbs> {
    let mut limbs = [0; LIMBS_MAX];
    if octets.len() != length.checked_mul(4)? || length == 0 {
        return None;
    }
    for (limb, octets) in limbs.get_mut(..length)?.iter_mut().zip(octets.rchunks_exact(4)) {
        *limb = u32::from_be_bytes(octets.try_into().ok()?);
    }
    Some(limbs)
}

#[expect(clippy::as_conversions, reason = "the lower half is what is wanted")]
const fn lower(value: u64) -> u32 {
    value as u32
}
