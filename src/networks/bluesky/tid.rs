//! The record key of a Bluesky post, chosen before it is sent.
//!
//! A second create under the same key cannot make a second post, and `getRecord` under the key tells
//! whether the first one arrived. [atproto.com/specs/tid]

use std::fmt;

/// Digits of the sortable base 32 that record keys are written in; they sort like their values.
const DIGITS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 13;
const CLOCK_BITS: u32 = 10;
/// 53 bits of microseconds: enough until the year 2255.
const MICROS_MASK: u64 = (1 << 53) - 1;

/// A time-sorted record key: a zero bit, 53 bits of microseconds since 1970, 10 bits that tell
/// writers apart, as 13 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid(u64);

/// The text is not a record key of this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record key has 13 characters of 2-7 and a-z and begins with 2-7 or a-j")]
pub struct NotATid;

impl Tid {
    /// The key for a moment in microseconds since 1970 and a number that tells writers apart; only
    /// the low ten bits of `clock_id` count. Take it from chance.
    #[must_use]
    pub fn new(micros: u64, clock_id: u16) -> Self {
        let clock = u64::from(clock_id) & ((1 << CLOCK_BITS) - 1);
        Self(((micros & MICROS_MASK) << CLOCK_BITS) | clock)
    }

    /// Reads the 13 characters back.
    ///
    /// # Errors
    /// Any other length, a character outside the alphabet, or a first character above `j`.
    pub fn parse(text: &str) -> Result<Self, NotATid> {
        if text.len() != LENGTH {
            return Err(NotATid);
        }
        let mut value: u64 = 0;
        for (place, byte) in text.bytes().enumerate() {
            let digit = DIGITS.iter().position(|known| *known == byte).ok_or(NotATid)?;
            // The first digit carries four bits only, and the first of those is zero.
            if place == 0 && digit >= 16 {
                return Err(NotATid);
            }
            value = (value << 5) | digit as u64;
        }
        if value >> 63 == 1 { Err(NotATid) } else { Ok(Self(value)) }
    }

    /// Microseconds since 1970 that the key was made from.
    #[must_use]
    pub fn micros(self) -> u64 {
        self.0 >> CLOCK_BITS
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..LENGTH).rev().try_for_each(|place| {
            let digit = (self.0 >> (place * 5)) & 31;
            let byte = DIGITS.get(digit as usize).copied().unwrap_or(b'2');
            write!(f, "{}", char::from(byte))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn reads_back_what_it_wrote_and_sorts_by_time() {
        let mut last = String::new();
        for (micros, clock) in [(0, 0), (1, 1023), (1_795_255_200_000_000, 7), (MICROS_MASK, 1023)] {
            let tid = Tid::new(micros, clock);
            let text = tid.to_string();
            assert_eq!(text.len(), 13);
            assert_eq!(Tid::parse(&text), Ok(tid));
            assert_eq!(tid.micros(), micros);
            assert!(text > last, "{text} sorts after {last}");
            last = text;
        }
        assert_eq!(Tid::new(0, 0).to_string(), "2222222222222");
        assert_eq!(Tid::parse("3lxyz2345abcd").unwrap().to_string(), "3lxyz2345abcd");
    }

    #[test]
    fn refuses_what_is_not_a_key() {
        for bad in
            ["", "3lxyz2345abc", "3lxyz2345abcde", "3lxyz2345abc1", "3LXYZ2345abcd", "klxyz2345abcd", "zzzzzzzzzzzzz", "3lxyz2345ab-d"]
        {
            assert_eq!(Tid::parse(bad), Err(NotATid), "{bad}");
        }
    }
}
