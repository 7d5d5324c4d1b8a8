//! The name of a short link.

use std::fmt;
use std::str::FromStr;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// Letters and digits that nobody confuses when reading them off a poster: without 0, O, o, 1, I and l.
const ALPHABET: &[u8; 56] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz";

/// How many characters a slug has.
pub const SLUG_LENGTH: usize = 7;

/// The name of a short link: seven characters of an alphabet of 56, so 1.7 million million names.
/// They come from chance, and the database refuses the rare double.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug([u8; SLUG_LENGTH]);

/// The text is not the name of a short link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This is not the name of a short link. Check the address for a missing character.")]
pub struct NotASlug;

impl Slug {
    /// A new slug from a source of chance. For real links use one that cannot be guessed.
    #[must_use]
    pub fn random(chance: &mut (impl Rng + ?Sized)) -> Self {
        Self(std::array::from_fn(|_| ALPHABET.get(chance.random_range(0..ALPHABET.len())).copied().unwrap_or(b'2')))
    }

    /// Reads a slug. Case matters.
    ///
    /// # Errors
    /// [`NotASlug`] for another length and for every character outside the alphabet.
    pub fn parse(text: &str) -> Result<Self, NotASlug> {
        let bytes: [u8; SLUG_LENGTH] = text.as_bytes().try_into().map_err(|_| NotASlug)?;
        if bytes.iter().all(|byte| ALPHABET.contains(byte)) { Ok(Self(bytes)) } else { Err(NotASlug) }
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slug({self})")
    }
}

impl FromStr for Slug {
    type Err = NotASlug;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Slug {
    type Error = NotASlug;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::{BTreeMap, BTreeSet};

    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn the_alphabet_is_unambiguous() {
        let letters: BTreeSet<u8> = ALPHABET.iter().copied().collect();
        assert_eq!(letters.len(), 56);
        assert!(letters.iter().all(u8::is_ascii_alphanumeric));
        assert!(b"0Oo1Il".iter().all(|confusing| !letters.contains(confusing)));
    }

    #[test]
    fn slugs_come_from_chance_and_read_back() {
        let mut chance = StdRng::seed_from_u64(7);
        let slugs: Vec<Slug> = (0..20_000).map(|_| Slug::random(&mut chance)).collect();
        assert_eq!(slugs.iter().collect::<BTreeSet<_>>().len(), slugs.len());
        assert!(slugs.iter().all(|slug| Slug::parse(slug.as_str()) == Ok(*slug)));
        let mut seen: BTreeMap<u8, u32> = BTreeMap::new();
        slugs.iter().flat_map(|slug| slug.0).for_each(|byte| *seen.entry(byte).or_default() += 1);
        // 140,000 characters over 56: 2,500 each; five standard deviations are 250.
        assert!(seen.len() == 56 && seen.values().all(|count| (2250..=2750).contains(count)), "{seen:?}");
        assert_eq!(Slug::random(&mut StdRng::seed_from_u64(7)), *slugs.first().unwrap());
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in [
            "",
            "abcdef",
            "abcdefgh",
            "abcdef0",
            "abcdefO",
            "abcdef1",
            "abcdefl",
            "abc-def",
            "abc def",
            "abcde\u{fc}",
            "ab/../c",
            "%61bcdef",
            "\u{ff41}bcde",
        ] {
            assert_eq!(Slug::parse(bad), Err(NotASlug), "{bad}");
        }
        assert_eq!(serde_json::to_string(&Slug::parse("aB2xYz9").unwrap()).unwrap(), "\"aB2xYz9\"");
        assert!(serde_json::from_str::<Slug>("\"aB2xYz0\"").is_err());
    }
}
