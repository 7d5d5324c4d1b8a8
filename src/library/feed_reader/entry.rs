//! One entry of a feed, from whatever its format gave.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use regex::Regex;
use sha2::{Digest, Sha256};
use url::Url;

use super::super::article;

/// About how long a summary is, in characters.
const SUMMARY: usize = 300;
/// Longer identities are kept as their hash.
const LONGEST_GUID: usize = 400;

/// What blog software puts after a text, not part of it.
static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\s*(?: The\ post\ .{1,300}\ (?:appeared\ first|first\ appeared)\ on\ .{1,200}
          | (?:continue\ reading|read\ more|weiterlesen|lire\ la\ suite|leggi\ tutto)\b.{0,120}
          | submitted\ by\s+/?u/\S+.{0,60}
          | \[(?:…|\.\.\.)\] )\s*$",
    )
    .ok()
});

/// One entry of a feed, as a draft for the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Identity within its feed: the feed's own, else the link's key, else title and date.
    pub guid: String,
    pub title: Option<String>,
    /// Plain text: whole sentences, about 300 characters at most.
    pub summary: Option<String>,
    /// Absolute, without tracking parameters.
    pub link: Option<Url>,
    pub image_url: Option<Url>,
    /// Never in the future. None when the feed gives no date: use the time of first sight.
    pub published_at: Option<DateTime<Utc>>,
    pub author: Option<String>,
    pub categories: Vec<String>,
    pub language: Option<String>,
}

/// What a format knows of an entry, as written.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) guid: String,
    pub(super) title: Option<String>,
    /// Texts that may serve as a summary, the best first.
    pub(super) texts: Vec<String>,
    /// Addresses of the entry, the best first.
    pub(super) links: Vec<String>,
    /// Addresses of pictures, the best first.
    pub(super) images: Vec<String>,
    pub(super) published_at: Option<DateTime<Utc>>,
    pub(super) author: Option<String>,
    pub(super) categories: Vec<String>,
    pub(super) language: Option<String>,
}

impl Raw {
    /// The entry; None when it has neither a title nor a link, so that nothing could be shown.
    pub(super) fn finish(self, base: &Url, now: DateTime<Utc>) -> Option<FeedEntry> {
        let link = self.link(base);
        let title = self.title.as_deref().and_then(article::label);
        if title.is_none() && link.is_none() {
            return None;
        }
        let published_at = self.published_at.map(|date| date.min(now));
        let key = || link.as_ref().map(article::same_item_key);
        let by_title = || format!("{} {published_at:?}", title.as_deref().unwrap_or_default());
        let own = Some(self.guid.trim().to_owned()).filter(|guid| !guid.is_empty());
        let guid = shortened(own.or_else(key).unwrap_or_else(by_title));
        let image_url = self.image(link.as_ref().unwrap_or(base));
        let summary = self.texts.iter().filter_map(|text| summary(text));
        Some(FeedEntry {
            guid,
            summary: summary.into_iter().find(|text| Some(text) != title.as_ref()),
            image_url,
            published_at,
            author: self.author.as_deref().and_then(article::label).map(|name| article::sentences(&name, 120)),
            categories: article::unique(self.categories.iter().filter_map(|name| article::label(name))),
            language: self.language.as_deref().and_then(article::primary_language),
            title: title.map(|title| article::sentences(&title, 300)),
            link,
        })
    }

    /// The first link that can be opened; one that only redirects through FeedBurner is the last choice.
    fn link(&self, base: &Url) -> Option<Url> {
        let usable = self.links.iter().filter_map(|href| article::resolve(base, href));
        let mut usable: Vec<Url> = usable.map(article::without_tracking).collect();
        usable.sort_by_key(|url| matches!(url.host_str(), Some("feeds.feedburner.com" | "feedproxy.google.com")));
        usable.into_iter().next()
    }

    fn image(&self, base: &Url) -> Option<Url> {
        let inside = self.texts.iter().filter_map(|text| article::to_text(text).first_image);
        let mut candidates = self.images.iter().cloned().chain(inside);
        candidates.find_map(|href| article::resolve(base, &href).filter(|url| !article::is_drawing(url)))
    }
}

/// Plain text of markup that may be escaped twice: one line, whole sentences.
fn summary(html: &str) -> Option<String> {
    let text = article::label(html)?;
    let text = TAIL.as_ref().map_or_else(|| text.clone(), |tail| tail.replace(&text, "").into_owned());
    Some(article::sentences(&text, SUMMARY)).filter(|text| !text.is_empty())
}

fn shortened(guid: String) -> String {
    if guid.len() <= LONGEST_GUID {
        return guid;
    }
    Sha256::digest(guid.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
