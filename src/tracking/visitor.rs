//! "Same visitor today": a number that answers this and nothing else.
//!
//! The number is an HMAC over the link and the visitor's network and user agent under a key that is made for one day
//! and thrown away. The address is never stored, is cut to its network before it is hashed, and cannot be
//! found again by trying all addresses once the day's key is gone. The same visitor has another number
//! tomorrow, and another one on every other link: what somebody reads is not put together.

use std::fmt;
use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use rand::CryptoRng;
use sha2::Sha256;

use crate::db::{Id, LinkId};

/// Bytes of a user agent that count.
const AGENT_BYTES: usize = 512;

/// The key of one day (UTC). All machines of a deployment share it; delete it when the last hit of the
/// day has been judged.
#[derive(Clone, PartialEq, Eq)]
pub struct DaySalt([u8; 32]);

impl DaySalt {
    /// A new key from a source that cannot be guessed.
    #[must_use]
    pub fn random(chance: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut bytes = [0; 32];
        chance.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The key as it was stored for the day.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key, to be stored for the day.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DaySalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DaySalt(…)")
    }
}

/// The visitor's number of the day on one link: the first 64 bits of HMAC-SHA256 over the link and the network of the address
/// (IPv4 to 24 bits, IPv6 to 48) and the user agent.
#[must_use]
pub fn visitor_hash(salt: &DaySalt, link: LinkId, address: IpAddr, user_agent: &str) -> i64 {
    // Keys shorter than the block of 64 bytes are filled with zeros by HMAC itself. [RFC 2104]
    let mut block = [0_u8; 64];
    block.iter_mut().zip(salt.0).for_each(|(place, byte)| *place = byte);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(&link.i64().to_be_bytes());
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            mac.update(&[4, a, b, c]);
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            mac.update(&[6]);
            [a, b, c].iter().for_each(|segment| mac.update(&segment.to_be_bytes()));
        }
    }
    let end = user_agent.floor_char_boundary(AGENT_BYTES);
    mac.update(user_agent.get(..end).unwrap_or_default().as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().take(8).fold(0_i64, |number, byte| (number << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn hash(salt: u8, address: &str, agent: &str) -> i64 {
        visitor_hash(&DaySalt::from_bytes([salt; 32]), LinkId::from_i64(7), address.parse().unwrap(), agent)
    }

    #[test]
    fn same_network_and_agent_on_the_same_day_only() {
        let here = hash(1, "203.0.113.7", "Firefox");
        assert_eq!(here, hash(1, "203.0.113.99", "Firefox"));
        assert_eq!(here, hash(1, "::ffff:203.0.113.7", "Firefox"), "the same address through a dual-stack socket");
        for other in [hash(1, "203.0.114.7", "Firefox"), hash(1, "203.0.113.7", "Safari"), hash(2, "203.0.113.7", "Firefox")] {
            assert_ne!(here, other);
        }
        assert_eq!(hash(1, "2001:db8:7::1", "x"), hash(1, "2001:db8:7:ffff::9", "x"));
        assert_ne!(hash(1, "2001:db8:7::1", "x"), hash(1, "2001:db8:8::1", "x"));
    }

    #[test]
    fn the_number_is_the_hmac_that_other_programs_compute() {
        // python3: hmac.new(bytes([1]*32), (7).to_bytes(8) + bytes([4,203,0,113])+b"Firefox", "sha256").digest()[:8]
        assert_eq!(hash(1, "203.0.113.7", "Firefox"), 5_956_704_737_197_298_555);
    }

    #[test]
    fn keys_differ_and_never_show() {
        let mut chance = StdRng::seed_from_u64(1);
        let (one, two) = (DaySalt::random(&mut chance), DaySalt::random(&mut chance));
        assert!(one != two && DaySalt::from_bytes(*one.as_bytes()) == one);
        assert_eq!(format!("{one:?}"), "DaySalt(…)");
    }
}
