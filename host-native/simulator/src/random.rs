//! Random-looking bytes drawn from a seed, so that a run can be replayed. Not for secrets: TLS and keys have their own.

use lacre_core::sha256;

const ALPHANUMERIC: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// SHA-256 of seed and counter, block after block.
pub(crate) struct Random {
    seed: u64,
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, counter: 0, block: [0; 32], used: 32 }
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.byte())
    }

    /// Digits and letters, as BACEN's identifiers have them.
    pub(crate) fn alphanumeric(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(self.choose(ALPHANUMERIC))).collect()
    }

    /// Upper-case hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(self.choose(b"0123456789ABCDEF"))).collect()
    }

    pub(crate) fn uuid(&mut self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    fn choose(&mut self, from: &[u8]) -> u8 {
        let index = usize::from(self.byte()).checked_rem(from.len()).unwrap_or(0);
        from.get(index).copied().unwrap_or(b'0')
    }

    fn byte(&mut self) -> u8 {
        if self.used >= self.block.len() {
            let [s, c] = [self.seed.to_be_bytes(), self.counter.to_be_bytes()];
            self.block = sha256(&[s, c].concat());
            self.counter = self.counter.wrapping_add(1);
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or(0);
        self.used = self.used.saturating_add(1);
        byte
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (random.bytes::<40>(), random.alphanumeric(23), random.uuid())
        };
        assert!(draw(7) == draw(7));
        assert!(draw(7) != draw(8));
    }
}
