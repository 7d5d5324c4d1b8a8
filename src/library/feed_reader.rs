//! Reads RSS, Atom and JSON Feed as real sites write them, into drafts for the library.
//!
//! A pure function of what was fetched: no network, no clock of its own. The guarded client
//! (`web::outbound`) fetches; who imports decides what is new, by `guid` within the feed and by
//! [`same_item_key`] across feeds.

mod discover;
mod entry;
mod json_feed;
mod tags;
#[cfg(test)]
mod tests;
mod tidy;
mod xml_feed;

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, Utc};
use thiserror::Error;
use url::Url;

use super::article;

pub use super::article::same_item_key;
pub use discover::discover_feeds;
pub use entry::FeedEntry;

/// How many entries of a feed are read, the newest.
const MOST_ENTRIES: usize = 500;

/// A feed, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    pub title: Option<String>,
    /// The primary subtag of BCP 47.
    pub language: Option<String>,
    /// The page that the feed belongs to.
    pub link: Option<Url>,
    /// How long the feed asks to be left alone.
    pub ttl: Option<Duration>,
    /// In the order of the feed; at most 500, the newest.
    pub entries: Vec<FeedEntry>,
    /// Sentences for the curator about what could not be read.
    pub warnings: Vec<String>,
}

/// Why something is not read as a feed. `Display` is a sentence for a curator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FeedError {
    /// A web page; the feeds that it offers.
    #[error("That address is a web page, not a feed.{}", offer(.feeds))]
    WebPage { feeds: Vec<Url> },
    /// Neither RSS, Atom nor JSON Feed.
    #[error("There is no feed at that address. Herald reads RSS, Atom and JSON Feed.")]
    NotAFeed,
    /// Nothing at all.
    #[error("The site sent an empty answer instead of a feed. Try again later.")]
    Empty,
    /// The feed ends before any entry is whole.
    #[error("The feed breaks off before its first entry is complete. Try again later, or tell the site's owner.")]
    BrokenOff,
    /// The feed cannot be read; why.
    #[error("The feed cannot be read: {0}. Tell the site's owner.")]
    Malformed(&'static str),
}

impl FeedError {
    /// A stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WebPage { .. } => "feed_is_a_web_page",
            Self::NotAFeed => "not_a_feed",
            Self::Empty => "feed_empty",
            Self::BrokenOff => "feed_broken_off",
            Self::Malformed(_) => "feed_malformed",
        }
    }
}

fn offer(feeds: &[Url]) -> String {
    match feeds.first() {
        Some(feed) => format!(" The page offers a feed at {feed}"),
        None => " Look on the site for a link named RSS, Atom or feed.".to_owned(),
    }
}

/// What the reader of a format hands over.
struct Parts {
    feed: Feed,
    link: Option<String>,
    entries: Vec<entry::Raw>,
}

/// Reads a feed that was fetched from `url`. Dates after `now` become `now`.
///
/// # Errors
/// [`FeedError`] when there is no feed, or none that can be read. A feed that is broken after
/// some entries gives these, with a warning.
pub fn read_feed(body: &[u8], content_type: Option<&str>, url: &Url, now: DateTime<Utc>) -> Result<Feed, FeedError> {
    let text = article::decode(body, content_type);
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    if start.is_empty() {
        return Err(FeedError::Empty);
    }
    let mut broken_off = false;
    let parts = if start.starts_with(['{', '[']) {
        json_feed::read(start)?
    } else if is_web_page(start) {
        return Err(FeedError::WebPage { feeds: discover_feeds(body, url) });
    } else if !start.contains('<') {
        return Err(FeedError::NotAFeed);
    } else {
        let tidied = tidy::tidy(start)?;
        broken_off = tidied.broken_off;
        xml_feed::read(&tidied, url)?
    };
    Ok(assemble(parts, broken_off, url, now))
}

fn assemble(parts: Parts, broken_off: bool, url: &Url, now: DateTime<Utc>) -> Feed {
    let Parts { mut feed, link, entries: raw } = parts;
    feed.link = link.and_then(|href| article::resolve(url, &href)).map(article::without_tracking);
    let given = raw.len();
    let mut seen = HashSet::new();
    let entries = raw.into_iter().filter_map(|raw| raw.finish(url, now));
    let mut entries: Vec<FeedEntry> = entries.filter(|entry| seen.insert(entry.guid.clone())).collect();
    let unusable = given - entries.len();
    if broken_off {
        feed.warnings.push("The feed breaks off or is malformed; the entries before that were read.".into());
    }
    if unusable > 0 {
        feed.warnings
            .push(format!("{unusable} of {given} entries have neither a title nor a link, or stand in the feed twice, and were left out."));
    }
    if given == 0 {
        feed.warnings.push("The feed has no entries yet.".into());
    }
    if entries.len() > MOST_ENTRIES {
        feed.warnings.push(format!("The feed holds {} entries; the newest {MOST_ENTRIES} were read.", entries.len()));
        keep_newest(&mut entries);
    }
    feed.entries = entries;
    feed
}

/// Keeps the newest; without dates on all of them, the first, as feeds are written newest first.
fn keep_newest(entries: &mut Vec<FeedEntry>) {
    if entries.iter().all(|entry| entry.published_at.is_some()) {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.published_at));
    }
    entries.truncate(MOST_ENTRIES);
}

/// True when the first element, past declarations and comments, is that of a web page.
fn is_web_page(text: &str) -> bool {
    let mut rest = text;
    // More declarations and comments than this stand before no document.
    for _ in 0..50 {
        rest = rest.trim_start();
        let lower: String = rest.chars().take(20).flat_map(char::to_lowercase).collect();
        if lower.starts_with("<!doctype html") {
            return true;
        }
        let end = if lower.starts_with("<!--") {
            "-->"
        } else if lower.starts_with("<?") {
            "?>"
        } else {
            let element = lower.trim_start_matches('<');
            return ["html", "head", "body", "div"]
                .iter()
                .any(|name| element.strip_prefix(name).is_some_and(|after| after.starts_with(['>', ' ', '\n', '\t', '/'])));
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    false
}
