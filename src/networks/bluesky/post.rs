//! A Bluesky post before it is sent: its limits, its text with facets, and its link card.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::facets;
use super::tid::Tid;
use crate::networks::outcome::Outcome;

/// The collection that posts live in.
pub const COLLECTION: &str = "app.bsky.feed.post";
/// Most characters as people count them. [lexicon app.bsky.feed.post]
pub const MAX_GRAPHEMES: usize = 300;
/// Most bytes of UTF-8. [lexicon app.bsky.feed.post]
pub const MAX_BYTES: usize = 3000;
/// Most language tags. [lexicon app.bsky.feed.post]
pub const MAX_LANGS: usize = 3;
/// Most bytes of a card's picture. [lexicon app.bsky.embed.external]
pub const MAX_THUMB_BYTES: usize = 1_000_000;

/// The card under a post. No server fetches the page: what is not said here is not shown.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    /// Headline of the page.
    pub title: &'a str,
    /// One or two sentences; may be empty.
    pub description: &'a str,
    /// The blob exactly as `uploadBlob` answered it.
    pub thumb: Option<&'a Value>,
}

/// Everything a post record is built from.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// The text as the member approved it, disclosure included.
    pub text: &'a str,
    /// The tracked link. It becomes a facet wherever it stands in the text, and the card's address.
    pub link: Option<&'a str>,
    /// The card; shown only together with a link.
    pub card: Option<Card<'a>>,
    /// Language tags (`de`, `pt-BR`); the first three that have the right form are used.
    pub langs: &'a [String],
    /// Handles that resolved, with their DIDs; other handles stay text.
    pub mentioned: &'a [(String, String)],
    /// The time shown on the post. Keep it the same when an attempt is repeated.
    pub created_at: DateTime<Utc>,
}

/// The record of a post, ready for `createRecord`. Pure: the same parts make the same record.
#[must_use]
pub fn build_post(post: &Post<'_>) -> Value {
    let mut record = Map::new();
    record.insert("$type".to_owned(), json!(COLLECTION));
    record.insert("text".to_owned(), json!(post.text));
    record.insert("createdAt".to_owned(), json!(post.created_at.to_rfc3339_opts(SecondsFormat::Millis, true)));
    let langs: Vec<&String> = post.langs.iter().filter(|lang| is_language_tag(lang)).take(MAX_LANGS).collect();
    if !langs.is_empty() {
        record.insert("langs".to_owned(), json!(langs));
    }
    let facets: Vec<Value> = facets::detect(post.text, post.link, post.mentioned).iter().map(facets::Facet::to_json).collect();
    if !facets.is_empty() {
        record.insert("facets".to_owned(), Value::Array(facets));
    }
    if let (Some(link), Some(card)) = (post.link, post.card) {
        record.insert("embed".to_owned(), external(link, &card));
    }
    Value::Object(record)
}

fn external(link: &str, card: &Card<'_>) -> Value {
    let mut external = json!({"uri": link, "title": card.title, "description": card.description});
    if let (Some(thumb), Some(fields)) = (card.thumb, external.as_object_mut()) {
        fields.insert("thumb".to_owned(), thumb.clone());
    }
    json!({"$type": "app.bsky.embed.external", "external": external})
}

/// How long a text is by Bluesky's own count: extended grapheme clusters, links at full length.
#[must_use]
pub fn count(text: &str) -> usize {
    text.graphemes(true).count()
}

fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    primary && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// A picture as bytes, re-encoded by us so that it holds no place or camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/jpeg`, `image/png` or `image/webp`.
    pub mime: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The card of an attempt, its picture not uploaded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardDraft {
    /// Headline of the page.
    pub title: String,
    /// One or two sentences; may be empty.
    pub description: String,
    /// The picture, at most [`MAX_THUMB_BYTES`].
    pub picture: Option<Picture>,
}

/// One attempt to publish, as it stands in the database before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The record key, chosen once for the share and kept through every repeat.
    pub rkey: Tid,
    /// The text, final.
    pub text: String,
    /// The tracked link.
    pub link: Option<String>,
    /// The link card.
    pub card: Option<CardDraft>,
    /// Language tags.
    pub langs: Vec<String>,
    /// The time shown on the post; kept through every repeat.
    pub created_at: DateTime<Utc>,
    /// Whether this key was sent before with an unknown outcome. Then it is looked up first.
    pub sent_before: bool,
}

impl Attempt {
    /// Refuses what the network would refuse, before anything is sent.
    ///
    /// # Errors
    /// An [`Outcome::Permanent`] with a sentence for the member.
    pub fn check(&self) -> Result<(), Outcome> {
        let graphemes = count(&self.text);
        if graphemes > MAX_GRAPHEMES {
            let message = format!("The text has {graphemes} characters. Bluesky takes {MAX_GRAPHEMES}. Shorten it and share again.");
            return Err(Outcome::permanent("text_too_long", message));
        }
        if self.text.len() > MAX_BYTES {
            return Err(Outcome::permanent(
                "text_too_long",
                "The text is too long for Bluesky, mostly because of its emoji. Shorten it and share again.",
            ));
        }
        if self.text.trim().is_empty() && (self.link.is_none() || self.card.is_none()) {
            return Err(Outcome::permanent("text_missing", "The post is empty. Write a sentence and share again."));
        }
        match self.picture() {
            Some(picture) if picture.bytes.len() > MAX_THUMB_BYTES => Err(Outcome::permanent(
                "image_too_large",
                "The preview picture is over 1 MB, which Bluesky does not take. Use a smaller one.",
            )),
            Some(picture) if !picture.mime.starts_with("image/") => {
                Err(Outcome::permanent("image_refused", "The preview picture is not an image that Bluesky takes. Use a JPEG or PNG file."))
            }
            _ => Ok(()),
        }
    }

    /// The picture to upload, if the card has one.
    #[must_use]
    pub fn picture(&self) -> Option<&Picture> {
        self.link.as_ref()?;
        self.card.as_ref()?.picture.as_ref()
    }

    /// The record of this attempt, with the uploaded picture and the resolved handles.
    #[must_use]
    pub fn record(&self, thumb: Option<&Value>, mentioned: &[(String, String)]) -> Value {
        let card = self.card.as_ref().map(|card| Card { title: &card.title, description: &card.description, thumb });
        build_post(&Post { text: &self.text, link: self.link.as_deref(), card, langs: &self.langs, mentioned, created_at: self.created_at })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn attempt(text: &str) -> Attempt {
        Attempt {
            rkey: Tid::new(1, 1),
            text: text.to_owned(),
            link: None,
            card: None,
            langs: vec![],
            created_at: DateTime::UNIX_EPOCH,
            sent_before: false,
        }
    }

    #[test]
    fn the_documented_record() {
        let thumb = json!({"$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "image/jpeg", "size": 81234});
        let created_at = "2026-11-21T10:00:00Z".parse().unwrap();
        let langs = ["en".to_owned()];
        let card = Card { title: "New lab", description: "What changes", thumb: Some(&thumb) };
        let text = "New lab opened go.example.com/x7 #employee";
        let record = build_post(&Post {
            text,
            link: Some("https://go.example.com/x7"),
            card: Some(card),
            langs: &langs,
            mentioned: &[],
            created_at,
        });
        let expected = json!({
            "$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-11-21T10:00:00.000Z", "langs": ["en"],
            "facets": [
                {"index": {"byteStart": 15, "byteEnd": 32}, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://go.example.com/x7"}]},
                {"index": {"byteStart": 33, "byteEnd": 42}, "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "employee"}]}
            ],
            "embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://go.example.com/x7", "title": "New lab", "description": "What changes", "thumb": thumb}}
        });
        assert_eq!(record, expected);
    }

    #[test]
    fn a_bare_text_has_no_empty_lists() {
        let langs = ["de", "x", "en-GB", "", "pt-BR", "fr"].map(str::to_owned);
        let record =
            build_post(&Post { text: "Hallo", link: None, card: None, langs: &langs, mentioned: &[], created_at: DateTime::UNIX_EPOCH });
        assert_eq!(
            record,
            json!({"$type": "app.bsky.feed.post", "text": "Hallo", "createdAt": "1970-01-01T00:00:00.000Z", "langs": ["de", "en-GB", "pt-BR"]})
        );
    }

    #[test]
    fn both_limits_of_the_text_hold() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(count(&family.repeat(120)), 120);
        assert!(attempt(&"ü".repeat(300)).check().is_ok());
        for text in ["ü".repeat(301), family.repeat(121), " ".to_owned()] {
            assert!(matches!(attempt(&text).check(), Err(Outcome::Permanent { .. })), "{}", text.len());
        }
    }

    #[test]
    fn a_picture_too_large_is_refused_before_it_is_sent() {
        let mut with_picture = attempt("Hallo");
        with_picture.link = Some("https://go.example.com/x7".to_owned());
        let picture = Picture { mime: "image/jpeg".to_owned(), bytes: vec![0; MAX_THUMB_BYTES] };
        with_picture.card = Some(CardDraft { title: "T".to_owned(), description: String::new(), picture: Some(picture) });
        assert!(with_picture.check().is_ok());
        if let Some(picture) = with_picture.card.as_mut().and_then(|card| card.picture.as_mut()) {
            picture.bytes.push(0);
        }
        assert!(matches!(with_picture.check(), Err(Outcome::Permanent { code, .. }) if code == "image_too_large"));
    }
}
