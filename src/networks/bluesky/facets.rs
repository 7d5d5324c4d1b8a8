//! Which parts of a post's text are links, hashtags and mentions.
//!
//! On Bluesky a link in the text is plain letters until a *facet* names its place, and the place is
//! counted in bytes of UTF-8, start inclusive, end exclusive. A facet that cuts a character in two, or
//! one that overlaps another, spoils the post, so all offsets here come from character boundaries and
//! overlaps are dropped. What counts as a tag or a bare address follows Bluesky's own composer, so that
//! a shared post looks like one written there; only a tracked link is found in more places than there.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};
use url::Url;

/// Most UTF-16 units in a hashtag, as Bluesky's composer counts; the record format allows 64 graphemes.
const TAG_UNITS: usize = 64;
/// Most bytes in a hashtag. [app.bsky.richtext.facet#tag]
const TAG_BYTES: usize = 640;

/// What one stretch of the text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feature {
    /// A link with its full address.
    Link(String),
    /// A hashtag without its `#`; a cashtag with its `$`.
    Tag(String),
    /// A mention, with the DID of the account.
    Mention(String),
}

/// One marked stretch of the text, in bytes of UTF-8, start inclusive and end exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What it is.
    pub feature: Feature,
}

/// A handle written as `@name.example`, not resolved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// First byte, that of the `@`.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The handle in lower case, without the `@`.
    pub handle: String,
}

impl Facet {
    /// The facet as it stands in a record.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let feature = match &self.feature {
            Feature::Link(uri) => json!({"$type": "app.bsky.richtext.facet#link", "uri": uri}),
            Feature::Tag(tag) => json!({"$type": "app.bsky.richtext.facet#tag", "tag": tag}),
            Feature::Mention(did) => json!({"$type": "app.bsky.richtext.facet#mention", "did": did}),
        };
        json!({"index": {"byteStart": self.start, "byteEnd": self.end}, "features": [feature]})
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// All facets of a text in order. `tracked` is the short link of the share: it becomes a link wherever
/// it stands, with or without its scheme. `mentioned` maps handles to the DIDs they resolved to; a
/// handle that is missing there stays text.
#[must_use]
pub fn detect(text: &str, tracked: Option<&str>, mentioned: &[(String, String)]) -> Vec<Facet> {
    let mut found: Vec<Facet> = Vec::new();
    let mentions = mentions(text).into_iter().filter_map(|mention| {
        let did = mentioned.iter().find(|(handle, _)| *handle == mention.handle).map(|(_, did)| did.clone())?;
        Some(Facet { start: mention.start, end: mention.end, feature: Feature::Mention(did) })
    });
    let all = tracked
        .into_iter()
        .flat_map(|link| tracked_links(text, link))
        .chain(mentions)
        .chain(links(text))
        .chain(tags(text))
        .chain(cashtags(text));
    for facet in all {
        if !found.iter().any(|other| other.overlaps(&facet)) {
            found.push(facet);
        }
    }
    found.sort_by_key(|facet| facet.start);
    found
}

/// The handles mentioned in a text, to be resolved before the post is built.
#[must_use]
pub fn mentions(text: &str) -> Vec<Mention> {
    starts(text, |before| before == '(' || is_space(before))
        .filter_map(|start| {
            let run = text.get(start..)?.strip_prefix('@')?;
            let run = prefix(run, |c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
            let handle = run.trim_end_matches(['.', '-']);
            let end = start + 1 + handle.len();
            let cut_in_a_word = text.get(end..)?.starts_with('_');
            let known = ends_in_public_suffix(handle) || handle.ends_with(".test");
            (known && !cut_in_a_word).then(|| Mention { start, end, handle: handle.to_ascii_lowercase() })
        })
        .collect()
}

/// Takes closing punctuation off an address: full stops and the like, and closing brackets that have no
/// partner in the address.
#[must_use]
pub fn strip_trailing(address: &str) -> &str {
    let mut rest = address;
    while let Some(last) = rest.chars().next_back() {
        let opening = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '"' | '…' | '’' | '”' | '»' | '。' | '、' | '！' | '？' | '」' => None,
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            '>' => Some('<'),
            _ => break,
        };
        if let Some(opening) = opening {
            let closed = rest.matches(last).count();
            if rest.matches(opening).count() >= closed {
                break;
            }
        }
        rest = rest.strip_suffix(last).unwrap_or("");
    }
    rest
}

fn tracked_links(text: &str, link: &str) -> Vec<Facet> {
    let bare = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link);
    if bare.is_empty() {
        return Vec::new();
    }
    text.match_indices(bare).filter_map(|(at, _)| tracked_link(text, link, bare, at)).collect()
}

/// The tracked link at this place, unless it is only a part of a longer address.
fn tracked_link(text: &str, link: &str, bare: &str, at: usize) -> Option<Facet> {
    let before = text.get(..at)?;
    let scheme = ["https://", "http://"].into_iter().find(|scheme| before.ends_with(scheme)).unwrap_or("");
    let start = at - scheme.len();
    let end = at + bare.len();
    let preceding = text.get(..start)?.chars().next_back();
    if preceding.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '/' | '@' | '-' | '_')) {
        return None;
    }
    let run = prefix(text.get(at..)?, |c| !is_space(c));
    let tail = prefix(run.get(bare.len()..)?, |c| c.is_ascii());
    let whole = run.get(..bare.len() + tail.len())?;
    let alone = tail.is_empty() || strip_trailing(whole) == bare;
    alone.then(|| Facet { start, end, feature: Feature::Link(link.to_owned()) })
}

fn links(text: &str) -> Vec<Facet> {
    starts(text, |before| before == '(' || is_space(before)).filter_map(|start| link_at(text, start)).collect()
}

fn link_at(text: &str, start: usize) -> Option<Facet> {
    let run = prefix(text.get(start..)?, |c| !is_space(c));
    let written = strip_trailing(run);
    let schemed =
        ["https://", "http://"].iter().any(|scheme| written.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    let uri = if schemed { written.to_owned() } else { format!("https://{}", bare_address(written)?) };
    let parsed = Url::parse(&uri).ok()?;
    parsed.host_str().filter(|host| !host.is_empty())?;
    Some(Facet { start, end: start + written.len(), feature: Feature::Link(uri) })
}

/// An address without its scheme, when its beginning is a domain with a real public suffix.
fn bare_address(written: &str) -> Option<&str> {
    let run = prefix(written, |c| c.is_alphanumeric() || c == '.');
    let host = run.trim_end_matches('.');
    let labels_filled = host.split('.').all(|label| !label.is_empty());
    let begins_with_letter = host.starts_with(|c: char| c.is_ascii_alphabetic());
    (host.is_ascii() && labels_filled && begins_with_letter && ends_in_public_suffix(host)).then_some(written)
}

fn tags(text: &str) -> Vec<Facet> {
    starts(text, is_space).filter_map(|start| tag_at(text, start)).collect()
}

fn tag_at(text: &str, start: usize) -> Option<Facet> {
    static LETTERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[^0-9\p{P}]").ok());
    static CLOSING: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\p{P}+$").ok());
    let rest = text.get(start..)?;
    let body = rest.strip_prefix(['#', '＃'])?;
    // `#` with the emoji sign behind it is the key-cap emoji.
    if body.starts_with('\u{fe0f}') {
        return None;
    }
    let mark = rest.len() - body.len();
    let run = prefix(body, |c| !is_space(c) && !is_invisible(c));
    if !LETTERS.as_ref()?.is_match(run) {
        return None;
    }
    let tag = CLOSING.as_ref()?.find(run).map_or(run, |closing| run.get(..closing.start()).unwrap_or(run));
    let fits = !tag.is_empty() && tag.encode_utf16().count() <= TAG_UNITS && tag.len() <= TAG_BYTES;
    fits.then(|| Facet { start, end: start + mark + tag.len(), feature: Feature::Tag(tag.to_owned()) })
}

fn cashtags(text: &str) -> Vec<Facet> {
    starts(text, |before| before == '(' || is_space(before))
        .filter_map(|start| {
            let body = text.get(start..)?.strip_prefix('$')?;
            let ticker = prefix(body, |c| c.is_ascii_alphanumeric());
            let next = body.get(ticker.len()..)?.chars().next();
            let shaped = ticker.len() <= 5 && ticker.starts_with(|c: char| c.is_ascii_alphabetic());
            let ends = next.is_none_or(|c| is_space(c) || ".,;:!?)\"'\u{2019}".contains(c));
            let tag = format!("${}", ticker.to_ascii_uppercase());
            (shaped && ends).then(|| Facet { start, end: start + 1 + ticker.len(), feature: Feature::Tag(tag) })
        })
        .collect()
}

/// The places where a word can begin: the start of the text, and behind a character that separates.
fn starts(text: &str, separates: impl Fn(char) -> bool) -> impl Iterator<Item = usize> {
    let mut before = None;
    text.char_indices().filter_map(move |(at, c)| {
        let begins = before.is_none_or(&separates);
        before = Some(c);
        begins.then_some(at)
    })
}

fn prefix(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    text.find(|c| !belongs(c)).and_then(|end| text.get(..end)).unwrap_or(text)
}

/// White space as Bluesky's composer sees it: with the byte order mark, without the old next-line sign.
fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// Signs without a width that end a tag.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{2060}' | '\u{200a}'..='\u{200d}' | '\u{20e2}')
}

fn ends_in_public_suffix(domain: &str) -> bool {
    let lower = domain.to_ascii_lowercase();
    lower.contains('.') && psl::suffix(lower.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

#[cfg(test)]
mod tests;
