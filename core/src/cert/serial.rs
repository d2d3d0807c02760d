//! A serial number: an integer of at most 20 octets (RFC 5280 §4.1.2.2), not negative. Zero is wrong but stands in roots
//! that many trust.

use alloc::string::{String, ToString as _};
use core::fmt;

use crate::error::{Error, Reason, Result};
use crate::limits::{SERIAL_DIGITS_MAX, SERIAL_OCTETS_MAX};

/// A number of as many digits fits into 128 bits.
const U128_DIGITS: usize = 38;

/// A serial number, big-endian, filled with zeros on the left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Serial([u8; SERIAL_OCTETS_MAX]);

impl Serial {
    /// Reads the content octets of a DER INTEGER. Gives nothing if it is negative or has more than 20 octets.
    pub(crate) fn from_integer(content: &[u8]) -> Option<Self> {
        if content.first().is_none_or(|first| *first >= 0x80) {
            return None;
        }
        let zeros = content.iter().take_while(|octet| **octet == 0).count();
        let magnitude = content.get(zeros..)?;
        let start = SERIAL_OCTETS_MAX.checked_sub(magnitude.len())?;
        let mut octets = [0; SERIAL_OCTETS_MAX];
        octets.get_mut(start..)?.copy_from_slice(magnitude);
        Some(Self(octets))
    }

    /// [`Self::from_decimal`], as the core refuses it.
    ///
    /// # Errors
    /// [`Reason::SerialNumber`].
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::from_decimal(text).ok_or(Error::new(Reason::SerialNumber))
    }

    /// Reads decimal digits with XML white space around them. Gives nothing if there is anything else, or more than 20 octets.
    pub(crate) fn from_decimal(text: &str) -> Option<Self> {
        let digits = text.trim_matches(crate::cert::name::is_xml_space);
        if digits.is_empty() || digits.len() > SERIAL_DIGITS_MAX {
            return None;
        }
        // Most serial numbers are no longer than this, and a processor's own arithmetic is enough for them.
        if digits.len() <= U128_DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return digits.parse::<u128>().ok().map(Self::from_number);
        }
        let mut octets = [0_u8; SERIAL_OCTETS_MAX];
        for digit in digits.bytes() {
            let mut carry = u16::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?);
            for octet in octets.iter_mut().rev() {
                let [high, low] = (u16::from(*octet) * 10 + carry).to_be_bytes();
                *octet = low;
                carry = u16::from(high);
            }
            if carry != 0 {
                return None;
            }
        }
        Some(Self(octets))
    }

    fn from_number(number: u128) -> Self {
        let mut octets = [0; SERIAL_OCTETS_MAX];
        if let Some(last) = octets.last_chunk_mut() {
            *last = number.to_be_bytes();
        }
        Self(octets)
    }

    /// The decimal digits, without leading zeros.
    pub(crate) fn to_decimal(self) -> String {
        if let Some((above, last)) = self.0.split_last_chunk()
            && above.iter().all(|octet| *octet == 0)
        {
            return u128::from_be_bytes(*last).to_string();
        }
        let mut octets = self.0;
        let mut digits = String::new();
        while octets.iter().any(|octet| *octet != 0) {
            let mut rest = 0_u16;
            for octet in &mut octets {
                let value = rest * 256 + u16::from(*octet);
                // A rest is at most 9, so the quotient is at most 255.
                *octet = u8::try_from(value / 10).unwrap_or(u8::MAX);
                rest = value % 10;
            }
            digits.insert(0, char::from(b'0' + u8::try_from(rest).unwrap_or_default()));
        }
        digits
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_decimal())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn reads_and_writes_twenty_octets() {
        let largest = Serial([0xFF; 20]);
        let text = "1461501637330902918203684832716283019655932542975";
        assert_eq!(largest.to_decimal(), text);
        assert_eq!(Serial::from_decimal(text), Some(largest));
        assert_eq!(Serial::from_decimal("1461501637330902918203684832716283019655932542976"), None);
        // Both ways of counting, where one ends and the other begins.
        for text in [
            "0",
            "9",
            "99999999999999999999999999999999999999",
            "100000000000000000000000000000000000000",
            "340282366920938463463374607431768211455",
            "340282366920938463463374607431768211456",
        ] {
            assert_eq!(Serial::from_decimal(text).map(Serial::to_decimal).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_der_integer_may_carry_one_zero_for_its_sign() {
        let mut content = [0xFF; 21];
        content[0] = 0;
        assert_eq!(Serial::from_integer(&content), Some(Serial([0xFF; 20])));
        content[0] = 1;
        assert_eq!(Serial::from_integer(&content), None);
        assert_eq!(Serial::from_integer(&[0x80]), None);
        assert_eq!(Serial::from_integer(&[0]), Serial::from_decimal("0"));
        assert_eq!(Serial::from_integer(&[]), None);
    }

    #[test]
    fn leading_zeros_and_white_space_around_change_nothing() {
        let plain = Serial::from_decimal("1670769912042056149");
        assert!(plain.is_some());
        assert_eq!(Serial::from_decimal("\r\n\t 0001670769912042056149 "), plain);
        assert_eq!(plain.map(Serial::to_decimal).as_deref(), Some("1670769912042056149"));
    }

    #[test]
    fn refuses_what_is_not_ascii_digits() {
        let long = format!("{}1", "0".repeat(SERIAL_DIGITS_MAX));
        for text in
            ["", " ", "+1", "-1", "1 2", "0x1F", "1.0", "1e3", "\u{661}", "\u{ff11}", "1\0", "1\u{a0}", &long]
        {
            assert_eq!(Serial::from_decimal(text), None, "{text:?}");
        }
    }
}
