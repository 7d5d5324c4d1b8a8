//! How long a text is by each network's own rule, and whether it fits.
//!
//! Sources: reference/networks.md, sections 1.1, 3.4, 4.4, 6.2, 8.2, 9.4 and 10. Where the reference
//! knows no figure, `Limits` says that the limit is our own.

mod addresses;
mod emoji;
mod x;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::networks::Network;

pub use addresses::{Addresses, addresses};

/// The longest text that each network takes, each in the unit that [`count`] uses for it.
///
/// The default is what the networks publish. A Mastodon server names its own limits, and a LinkedIn
/// administrator may want a margin, so every figure can be configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// LinkedIn, Unicode scalar values of the text before escaping.
    pub linkedin: u32,
    /// X, weighted characters.
    pub x: u32,
    /// Facebook, Unicode scalar values.
    pub facebook: u32,
    /// Threads, Unicode scalar values, an emoji as its UTF-8 bytes.
    pub threads: u32,
    /// Mastodon, grapheme clusters: `configuration.statuses.max_characters` of the server.
    pub mastodon: u32,
    /// What one address counts on Mastodon: `characters_reserved_per_url` of the server.
    pub mastodon_address: u32,
    /// Bluesky, grapheme clusters.
    pub bluesky: u32,
    /// Bluesky, UTF-8 bytes; both Bluesky limits hold at once.
    pub bluesky_bytes: u32,
    /// WhatsApp, Unicode scalar values. Our own limit: the text travels in an address.
    pub whatsapp: u32,
    /// Telegram, Unicode scalar values. Our own limit: the text travels in an address.
    pub telegram: u32,
    /// Reddit, Unicode scalar values: the text becomes the title.
    pub reddit: u32,
    /// XING, Unicode scalar values. Our own limit: its share page takes no text.
    pub xing: u32,
    /// E-mail, characters of the text as it is encoded in the `mailto:` address. Our own limit:
    /// mail programs cut addresses near 2000 characters, and subject and link need room.
    pub email: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            linkedin: 3000,
            x: 280,
            facebook: 63_206,
            threads: 500,
            mastodon: 500,
            mastodon_address: 23,
            bluesky: 300,
            bluesky_bytes: 3000,
            whatsapp: 4000,
            telegram: 4000,
            reddit: 300,
            xing: 2000,
            email: 1700,
        }
    }
}

/// A count in UTF-8 bytes, where a network limits those too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ByteCount {
    /// Bytes in the text.
    pub used: u32,
    /// Bytes allowed, inclusive.
    pub limit: u32,
}

/// How much of a network's room a text takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Count {
    /// Units in the text.
    pub used: u32,
    /// Units allowed, inclusive.
    pub limit: u32,
    /// What is counted, for people.
    pub unit: &'static str,
    /// The second limit, in bytes (Bluesky only).
    pub bytes: Option<ByteCount>,
}

impl Count {
    /// Whether the text is within every limit. An empty text fits; it is the policy that refuses it.
    pub fn fits(&self) -> bool {
        self.used <= self.limit && self.bytes.is_none_or(|bytes| bytes.used <= bytes.limit)
    }
}

/// Counts `text` the way `network` does.
pub fn count(network: Network, text: &str, limits: &Limits) -> Count {
    let plain = |used: usize, limit: u32| Count { used: whole(used), limit, unit: "characters", bytes: None };
    match network {
        Network::Linkedin => plain(text.chars().count(), limits.linkedin),
        Network::X => Count { unit: "characters as X weighs them", ..plain(x::weighted_length(text), limits.x) },
        Network::Facebook => plain(text.chars().count(), limits.facebook),
        Network::Threads => Count { unit: "characters, with emoji as bytes", ..plain(threads_length(text), limits.threads) },
        Network::Mastodon => plain(mastodon_length(text, limits.mastodon_address), limits.mastodon),
        Network::Bluesky => Count {
            bytes: Some(ByteCount { used: whole(text.len()), limit: limits.bluesky_bytes }),
            ..plain(text.graphemes(true).count(), limits.bluesky)
        },
        Network::Whatsapp => plain(text.chars().count(), limits.whatsapp),
        Network::Telegram => plain(text.chars().count(), limits.telegram),
        Network::Reddit => plain(text.chars().count(), limits.reddit),
        Network::Xing => plain(text.chars().count(), limits.xing),
        Network::Email => Count { unit: "characters of the mail address line", ..plain(mail_length(text), limits.email) },
    }
}

/// Characters that no network publishes unharmed: controls other than line breaks and tabs, and the
/// three that X refuses (U+FFFE, U+FEFF, U+FFFF; reference/networks.md, section 4.4).
pub fn is_refused_character(letter: char) -> bool {
    match letter {
        '\n' | '\r' | '\t' => false,
        '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}' => true,
        other => other.is_control(),
    }
}

fn whole(units: usize) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// Threads: an emoji counts its UTF-8 bytes, anything else one (reference/networks.md, section 6.2).
fn threads_length(text: &str) -> usize {
    let extra: usize = emoji::sequences(text).map(|e| e.len() - e.as_str().chars().count()).sum();
    text.chars().count() + extra
}

/// Mastodon: grapheme clusters, an address with scheme as `reserved`, and of `@user@domain` only
/// `@user` (reference/networks.md, section 8.2).
fn mastodon_length(text: &str, reserved: u32) -> usize {
    let mut plain = String::with_capacity(text.len());
    let mut from = 0;
    let stand_in = "x".repeat(usize::try_from(reserved).unwrap_or(23).min(1000));
    for address in addresses(text, Addresses::WithScheme) {
        plain.push_str(text.get(from..address.start).unwrap_or_default());
        plain.push_str(&stand_in);
        from = address.end;
    }
    plain.push_str(text.get(from..).unwrap_or_default());
    let short = match MENTION.as_ref() {
        Some(mention) => mention.replace_all(&plain, "$before@$user"),
        None => plain.as_str().into(),
    };
    short.graphemes(true).count()
}

/// A mention of somebody on another server, with the character before it.
static MENTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(?P<before>^|[^=/\w])@(?P<user>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)@\w+(?:[.-]+\w+)*").ok());

/// What the text takes in a `mailto:` address: escapes are three characters, a line break is two escapes.
fn mail_length(text: &str) -> usize {
    let escaped: usize = utf8_percent_encode(text, NON_ALPHANUMERIC).map(str::len).sum();
    let lone_breaks = text.matches('\n').count() - text.matches("\r\n").count();
    escaped + 3 * lone_breaks
}
