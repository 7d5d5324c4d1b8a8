//! The social networks that Herald knows, and the few facts that every slice asks about them.
//! Sources of the facts: reference/networks.md, sections 1.1, 1.3, 4.7 and 10.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A place where a member can share a content item.
///
/// The order of the variants is the order in which screens and reports list them.
#[derive(
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[diesel(sql_type = diesel::sql_types::Text)]
pub enum Network {
    /// LinkedIn, a member's own profile.
    Linkedin,
    /// X, formerly Twitter.
    X,
    /// Facebook, a personal profile: by Facebook's own dialog only.
    Facebook,
    /// Threads.
    Threads,
    /// Mastodon, any server.
    Mastodon,
    /// Bluesky.
    Bluesky,
    /// WhatsApp, by its share page.
    Whatsapp,
    /// Telegram, by its share page.
    Telegram,
    /// Reddit, by its submit page.
    Reddit,
    /// XING, by its share page.
    Xing,
    /// An e-mail that the member sends from their own mailbox.
    Email,
}

impl Network {
    /// Every network, in the order of the screens.
    pub const ALL: [Self; 11] = [
        Self::Linkedin,
        Self::X,
        Self::Facebook,
        Self::Threads,
        Self::Mastodon,
        Self::Bluesky,
        Self::Whatsapp,
        Self::Telegram,
        Self::Reddit,
        Self::Xing,
        Self::Email,
    ];

    /// The name in the database, the API and addresses. It never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linkedin => "linkedin",
            Self::X => "x",
            Self::Facebook => "facebook",
            Self::Threads => "threads",
            Self::Mastodon => "mastodon",
            Self::Bluesky => "bluesky",
            Self::Whatsapp => "whatsapp",
            Self::Telegram => "telegram",
            Self::Reddit => "reddit",
            Self::Xing => "xing",
            Self::Email => "email",
        }
    }

    /// The name as people write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Linkedin => "LinkedIn",
            Self::X => "X",
            Self::Facebook => "Facebook",
            Self::Threads => "Threads",
            Self::Mastodon => "Mastodon",
            Self::Bluesky => "Bluesky",
            Self::Whatsapp => "WhatsApp",
            Self::Telegram => "Telegram",
            Self::Reddit => "Reddit",
            Self::Xing => "XING",
            Self::Email => "E-mail",
        }
    }

    /// Whether the network's own share page can be opened with the text filled in.
    /// Where it cannot, the text is copied first (reference/networks.md, section 10).
    pub const fn takes_text_in_intent(self) -> bool {
        !matches!(self, Self::Linkedin | Self::Facebook | Self::Xing)
    }

    /// Whether a share on this network may earn points.
    ///
    /// X forbids rewarding people, in money or anything virtual, for what they post there
    /// (reference/networks.md, sections 1.3 and 4.7).
    pub const fn awards_points(self) -> bool {
        !matches!(self, Self::X)
    }

    /// Why there are no points, where there are none.
    pub const fn points_note(self) -> Option<&'static str> {
        match self {
            Self::X => Some("X forbids rewarding people for posts, so sharing here earns no points. Your clicks are still counted."),
            _ => None,
        }
    }
}

impl fmt::Display for Network {
    /// Writes the stable name, as `as_str` gives it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A name that is no network of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "There is no network called \"{0}\". Use one of: linkedin, x, facebook, threads, mastodon, bluesky, whatsapp, telegram, reddit, xing, email."
)]
pub struct UnknownNetwork(String);

impl FromStr for Network {
    type Err = UnknownNetwork;

    /// Reads the stable name; surrounding space and letter case do not matter.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let name = name.trim();
        Self::ALL
            .into_iter()
            .find(|network| network.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownNetwork(name.chars().take(40).collect()))
    }
}

crate::text_column!(Network);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{FromStr, Network};

    #[test]
    fn every_name_reads_back_and_is_the_name_in_json() {
        for network in Network::ALL {
            assert_eq!(Network::from_str(network.as_str()).unwrap(), network);
            let json = serde_json::to_string(&network).unwrap();
            assert_eq!(json, format!("\"{}\"", network.as_str()));
            assert_eq!(serde_json::from_str::<Network>(&json).unwrap(), network);
            assert!(!network.label().is_empty());
            assert_eq!(network.to_string(), network.as_str());
        }
        assert_eq!(" LinkedIn ".parse::<Network>().unwrap(), Network::Linkedin);
    }

    #[test]
    fn all_lists_each_network_once_in_order() {
        assert!(Network::ALL.is_sorted());
        let mut names: Vec<_> = Network::ALL.iter().map(|n| n.as_str()).collect();
        names.dedup();
        assert_eq!(names.len(), 11);
    }

    #[test]
    fn an_unknown_name_says_what_to_use_and_echoes_little() {
        let problem = "myspace".parse::<Network>().unwrap_err().to_string();
        assert!(problem.starts_with("There is no network called \"myspace\". Use one of:"));
        for network in Network::ALL {
            assert!(problem.contains(network.as_str()));
        }
        let long = "y".repeat(10_000).parse::<Network>().unwrap_err();
        assert!(long.to_string().len() < 220);
    }

    #[test]
    fn only_x_gives_no_points_and_says_why() {
        for network in Network::ALL {
            assert_eq!(network.awards_points(), network.points_note().is_none());
            assert_eq!(network.awards_points(), network != Network::X);
        }
    }

    #[test]
    fn three_share_pages_take_no_text() {
        let silent: Vec<_> = Network::ALL.into_iter().filter(|n| !n.takes_text_in_intent()).collect();
        assert_eq!(silent, [Network::Linkedin, Network::Facebook, Network::Xing]);
    }
}
