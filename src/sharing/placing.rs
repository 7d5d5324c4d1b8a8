//! Where a share's short link goes: into the text, or beside it in a field of its own.

use std::ops::Range;

use serde::Serialize;

use crate::networks::Network;

/// How a network carries the link of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkPlace {
    /// The link is part of the text and counts in its length.
    InText,
    /// The link travels in a field of its own: a link card, or the address of the share page.
    Apart,
}

/// Where the link belongs on `network` (reference/networks.md, sections 3 to 10).
pub const fn link_place(network: Network) -> LinkPlace {
    match network {
        Network::X | Network::Mastodon | Network::Bluesky | Network::Whatsapp | Network::Email => LinkPlace::InText,
        Network::Linkedin | Network::Facebook | Network::Threads | Network::Telegram | Network::Reddit | Network::Xing => LinkPlace::Apart,
    }
}

/// Whether `link` already stands in `text`, with or without its scheme.
pub fn has_link(text: &str, link: &str) -> bool {
    !link_ranges(text, link).is_empty()
}

/// The byte ranges at which `link` stands in `text`, in order. A longer address that only starts
/// like the link is another address.
pub fn link_ranges(text: &str, link: &str) -> Vec<Range<usize>> {
    let link = link.trim();
    let bare = without_scheme(link);
    if bare.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, _) in text.match_indices(bare) {
        let end = at + bare.len();
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        if !ends_here(after) {
            continue;
        }
        if let Some(start) = scheme_start(before) {
            found.push(start..end);
        } else if starts_here(before) {
            found.push(at..end);
        }
    }
    found
}

/// The text with the link at its end, unless it is in there already.
pub fn with_link(text: &str, link: &str, separator: &str) -> String {
    let (text, link) = (text.trim_end(), link.trim());
    if link.is_empty() || has_link(text, link) {
        text.to_owned()
    } else if text.is_empty() {
        link.to_owned()
    } else {
        format!("{text}{separator}{link}")
    }
}

/// The text without the link, for networks that show it beside the text.
pub fn without_link(text: &str, link: &str) -> String {
    let ranges = link_ranges(text, link);
    if ranges.is_empty() {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        plain.push_str(text.get(from..range.start).unwrap_or_default().trim_end_matches(' '));
        from = range.end;
    }
    plain.push_str(text.get(from..).unwrap_or_default());
    plain.trim().to_owned()
}

fn without_scheme(link: &str) -> &str {
    link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link)
}

fn scheme_start(before: &str) -> Option<usize> {
    let rest = before.strip_suffix("https://").or_else(|| before.strip_suffix("http://"))?;
    Some(rest.len())
}

fn starts_here(before: &str) -> bool {
    before.chars().next_back().is_none_or(|letter| !letter.is_alphanumeric() && !matches!(letter, '-' | '_' | '.' | '/' | '@' | '=' | '%'))
}

fn ends_here(after: &str) -> bool {
    let mut letters = after.chars();
    match letters.next() {
        None => true,
        // A full stop or comma ends a sentence, unless the address goes on behind it.
        Some('.' | ',' | ':' | ';' | '!' | '\'' | '?') => letters.next().is_none_or(|next| !next.is_alphanumeric()),
        Some(letter) => {
            !letter.is_alphanumeric() && !matches!(letter, '/' | '-' | '_' | '=' | '&' | '#' | '%' | '+' | '~' | '@' | '*' | '$')
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::{has_link, link_ranges, with_link, without_link};

    const LINK: &str = "https://go.example.com/x7";

    #[test]
    fn the_link_is_found_with_and_without_scheme() {
        assert!(has_link("see https://go.example.com/x7.", LINK));
        assert!(has_link("see go.example.com/x7", LINK));
        assert!(has_link("(https://go.example.com/x7)", LINK));
        assert_eq!(link_ranges("a http://go.example.com/x7 b", LINK), [Range { start: 2, end: 26 }]);
    }

    #[test]
    fn another_address_is_not_the_link() {
        for text in [
            "https://go.example.com/x75",
            "https://go.example.com/x7/more",
            "https://go.example.com/x7.html",
            "https://go.example.com/x7?a=1",
            "https://evil.example/go.example.com/x7",
            "https://ergo.example.com/x7",
            "https://not-go.example.com/x7",
            "https://evil.example/?u=go.example.com/x7",
            "me@go.example.com/x7",
            "",
        ] {
            assert!(!has_link(text, LINK), "{text}");
        }
        assert!(!has_link("anything", "  "));
    }

    #[test]
    fn placing_is_done_once_and_undone() {
        let once = with_link("New lab ", LINK, " ");
        assert_eq!(once, "New lab https://go.example.com/x7");
        assert_eq!(with_link(&once, LINK, " "), once);
        assert_eq!(with_link("", LINK, " "), LINK);
        assert_eq!(with_link("a", "", " "), "a");
        assert_eq!(without_link(&once, LINK), "New lab");
        assert_eq!(without_link("a go.example.com/x7 b", LINK), "a b");
        assert_eq!(without_link(" as it is ", LINK), " as it is ");
    }
}
