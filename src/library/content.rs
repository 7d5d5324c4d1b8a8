//! What a revision says: parsed once, at the edge, and never changed afterwards.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use url::Url;
use utoipa::ToSchema;

use super::article::same_item_key;
use super::words::{CaptionKind, ItemKind};
use crate::app::hex;
use crate::db::{GroupId, MediaId, TopicId, Ts};
use crate::error::{AppError, FieldError};
use crate::network::Network;
use crate::web::FormErrors;

const TITLE: usize = 300;
const SUMMARY: usize = 2000;
const LINK: usize = 2000;
const ALT: usize = 1000;
const CAPTION: usize = 5000;
const CAPTIONS: usize = 15;
const TARGETS: usize = 50;

/// A ready share text, as it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptionInput {
    /// For one network; for all when left out.
    #[serde(default)]
    pub network: Option<Network>,
    /// BCP 47; the language of the item when left out or empty.
    #[serde(default)]
    #[schema(max_length = 35)]
    pub language: String,
    #[serde(default = "free")]
    pub kind: CaptionKind,
    #[schema(min_length = 1, max_length = 5000)]
    pub text: String,
}

/// Everything about an item that a curator types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemInput {
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub summary: String,
    /// Where people land: an http or https address. Needed before review.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub link: String,
    #[serde(default = "article")]
    pub kind: ItemKind,
    /// BCP 47, such as `en` or `de-CH`.
    #[serde(default = "english")]
    #[schema(min_length = 2, max_length = 35)]
    pub language: String,
    /// From `POST /media`.
    #[serde(default)]
    pub image_id: Option<MediaId>,
    /// What the picture shows, for people who do not see it. Needed before review when there is a picture.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub image_alt: String,
    /// Whether rules of the trade apply to what is said.
    #[serde(default)]
    pub regulated: bool,
    #[serde(default)]
    #[schema(max_items = 15)]
    pub captions: Vec<CaptionInput>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub topics: Vec<TopicId>,
    /// The groups that see it; none means everyone.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub audiences: Vec<GroupId>,
    /// When it appears in the feed; as soon as it is approved when left out.
    #[serde(default)]
    pub release_at: Option<Ts>,
    #[serde(default)]
    pub expires_at: Option<Ts>,
}

fn free() -> CaptionKind {
    CaptionKind::Free
}
fn article() -> ItemKind {
    ItemKind::Article
}
fn english() -> String {
    "en".into()
}

impl Default for ItemInput {
    fn default() -> Self {
        Self {
            title: String::new(),
            summary: String::new(),
            link: String::new(),
            kind: article(),
            language: english(),
            image_id: None,
            image_alt: String::new(),
            regulated: false,
            captions: Vec::new(),
            topics: Vec::new(),
            audiences: Vec::new(),
            release_at: None,
            expires_at: None,
        }
    }
}

/// Changes to an item: what is left out stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemPatch {
    #[serde(default)]
    #[schema(min_length = 1, max_length = 300)]
    pub title: Option<String>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub summary: Option<String>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub link: Option<String>,
    #[serde(default)]
    pub kind: Option<ItemKind>,
    #[serde(default)]
    #[schema(min_length = 2, max_length = 35)]
    pub language: Option<String>,
    /// null takes the picture away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<MediaId>)]
    pub image_id: Option<Option<MediaId>>,
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub image_alt: Option<String>,
    #[serde(default)]
    pub regulated: Option<bool>,
    #[serde(default)]
    #[schema(max_items = 15)]
    pub captions: Option<Vec<CaptionInput>>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub topics: Option<Vec<TopicId>>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub audiences: Option<Vec<GroupId>>,
    /// null means as soon as it is approved.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Ts>)]
    pub release_at: Option<Option<Ts>>,
    /// null means never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Ts>)]
    pub expires_at: Option<Option<Ts>>,
}

/// Tells null, which takes a value away, from a field left out.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(d).map(Some)
}

impl ItemPatch {
    /// A patch that sets everything.
    pub fn whole(input: ItemInput) -> Self {
        Self {
            title: Some(input.title),
            summary: Some(input.summary),
            link: Some(input.link),
            kind: Some(input.kind),
            language: Some(input.language),
            image_id: Some(input.image_id),
            image_alt: Some(input.image_alt),
            regulated: Some(input.regulated),
            captions: Some(input.captions),
            topics: Some(input.topics),
            audiences: Some(input.audiences),
            release_at: Some(input.release_at),
            expires_at: Some(input.expires_at),
        }
    }

    pub(super) fn onto(self, now: ItemInput) -> ItemInput {
        ItemInput {
            title: self.title.unwrap_or(now.title),
            summary: self.summary.unwrap_or(now.summary),
            link: self.link.unwrap_or(now.link),
            kind: self.kind.unwrap_or(now.kind),
            language: self.language.unwrap_or(now.language),
            image_id: self.image_id.unwrap_or(now.image_id),
            image_alt: self.image_alt.unwrap_or(now.image_alt),
            regulated: self.regulated.unwrap_or(now.regulated),
            captions: self.captions.unwrap_or(now.captions),
            topics: self.topics.unwrap_or(now.topics),
            audiences: self.audiences.unwrap_or(now.audiences),
            release_at: self.release_at.unwrap_or(now.release_at),
            expires_at: self.expires_at.unwrap_or(now.expires_at),
        }
    }
}

/// Text in NFC, without control characters but line breaks and tabs, and trimmed.
pub(super) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let kept: String = text.nfc().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim().to_owned()
}

fn one_line(text: &str) -> String {
    tidy(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True for a language tag in the form of BCP 47 (RFC 5646, section 2.1), loosely.
pub(super) fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    (2..=8).contains(&primary.len())
        && tag.len() <= 35
        && primary.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

impl ItemInput {
    /// The same, tidied, or every field that is refused.
    ///
    /// # Errors
    /// Invalid, with the names of the JSON fields.
    pub(super) fn checked(mut self) -> Result<Self, AppError> {
        let mut errors = FormErrors::default();
        self.title = one_line(&self.title);
        self.summary = tidy(&self.summary);
        self.image_alt = one_line(&self.image_alt);
        self.language = self.language.trim().to_owned();
        self.link = link(&self.link).unwrap_or_else(|sentence| {
            errors.add("link", sentence);
            String::new()
        });
        if self.title.is_empty() {
            errors.add("title", "Give the piece a title.");
        }
        for (field, text, most) in [("title", &self.title, TITLE), ("summary", &self.summary, SUMMARY), ("image_alt", &self.image_alt, ALT)]
        {
            if text.chars().count() > most {
                errors.add(field, format!("That is longer than {most} characters. Shorten it."));
            }
        }
        if !is_language(&self.language) {
            errors.add("language", "Name the language by its code, such as en, de or fr-CH.");
        }
        self.check_captions(&mut errors);
        for list in [&mut self.topics as &mut dyn Targets, &mut self.audiences] {
            if let Err((field, sentence)) = list.check() {
                errors.add(field, sentence);
            }
        }
        if let (Some(release), Some(expiry)) = (self.release_at, self.expires_at)
            && expiry <= release
        {
            errors.add("expires_at", "The expiry comes after the release. Choose a later day.");
        }
        errors.into_result()?;
        Ok(self)
    }

    fn check_captions(&mut self, errors: &mut FormErrors) {
        if self.captions.len() > CAPTIONS {
            errors.add("captions", format!("A piece has at most {CAPTIONS} ready texts."));
        }
        for (i, caption) in self.captions.iter_mut().enumerate() {
            caption.text = tidy(&caption.text);
            caption.language = caption.language.trim().to_owned();
            if caption.language.is_empty() {
                caption.language.clone_from(&self.language);
            } else if !is_language(&caption.language) {
                errors.add(&format!("captions[{i}].language"), "Name the language by its code, such as en, de or fr-CH.");
            }
            if caption.text.is_empty() {
                errors.add(&format!("captions[{i}].text"), "Write the text, or take this one away.");
            } else if caption.text.chars().count() > CAPTION {
                errors.add(&format!("captions[{i}].text"), format!("A ready text has at most {CAPTION} characters."));
            }
        }
    }

    /// What must be there before anybody is asked to review it.
    pub(super) fn missing(&self) -> Vec<FieldError> {
        let mut missing = Vec::new();
        let mut ask = |field: &str, message: &str| missing.push(FieldError { field: field.into(), message: message.into() });
        if self.link.is_empty() {
            ask("link", "Add the address that people land on. Then send it to review.");
        }
        if self.image_id.is_some() && self.image_alt.is_empty() {
            ask("image_alt", "Say in a few words what the picture shows. Then send it to review.");
        }
        missing
    }

    /// By what the same article is recognised; None without a link.
    pub(super) fn link_key(&self) -> Option<String> {
        Url::parse(&self.link).ok().map(|url| same_item_key(&url))
    }

    /// SHA-256 in hex over everything that readers see, each field with its length before it, so
    /// that no two different texts give the same bytes. It stands in the audit log.
    pub(super) fn text_hash(&self) -> String {
        let mut hasher = Sha256::new();
        let mut part = |text: &str| {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text.as_bytes());
        };
        for text in [&self.title, &self.summary, &self.link, &self.language] {
            part(text);
        }
        part(&self.image_id.map(|id| id.to_string()).unwrap_or_default());
        part(&self.image_alt);
        part(if self.regulated { "regulated" } else { "" });
        for caption in &self.captions {
            part(caption.network.map(Network::as_str).unwrap_or_default());
            part(&caption.language);
            part(caption.kind.as_str());
            part(&caption.text);
        }
        hex(&hasher.finalize())
    }
}

fn link(typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(String::new());
    }
    let parsed = Url::parse(typed).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = parsed.filter(|url| url.as_str().len() <= LINK) else {
        return Err("Give a whole web address, beginning with https://.");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("The address carries a user name or password. Remove it.");
    }
    Ok(url.into())
}

/// A list of ids: each once, and not too many.
trait Targets {
    fn check(&mut self) -> Result<(), (&'static str, String)>;
}
impl Targets for Vec<TopicId> {
    fn check(&mut self) -> Result<(), (&'static str, String)> {
        self.sort_unstable();
        self.dedup();
        if self.len() > TARGETS { Err(("topics", format!("Choose at most {TARGETS} topics."))) } else { Ok(()) }
    }
}
impl Targets for Vec<GroupId> {
    fn check(&mut self) -> Result<(), (&'static str, String)> {
        self.sort_unstable();
        self.dedup();
        if self.len() > TARGETS { Err(("audiences", format!("Choose at most {TARGETS} groups."))) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece() -> ItemInput {
        ItemInput { title: "A title".into(), link: "https://example.org/a".into(), ..ItemInput::default() }
    }

    #[test]
    fn what_is_typed_is_tidied() {
        let typed = ItemInput { title: "  Two\u{0}\n words ".into(), summary: "a\r\nb\u{7}".into(), ..piece() };
        let kept = typed.checked().unwrap();
        assert_eq!((kept.title.as_str(), kept.summary.as_str()), ("Two words", "a\nb"));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let caption = |text: &str| CaptionInput { network: None, language: String::new(), kind: CaptionKind::Free, text: text.into() };
        let typed = ItemInput {
            title: " ".into(),
            link: "javascript:alert(1)".into(),
            language: "english, please".into(),
            captions: vec![caption("fine"), caption(" ")],
            ..piece()
        };
        let Err(AppError::Invalid(fields)) = typed.checked() else { panic!() };
        let names: Vec<_> = fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["link", "title", "language", "captions[1].text"]);
    }

    #[test]
    fn the_hash_covers_every_field_and_where_it_ends() {
        let base = piece().text_hash();
        let others = [
            ItemInput { title: "A title!".into(), ..piece() },
            ItemInput { title: "A titl".into(), summary: "e".into(), ..piece() },
            ItemInput { regulated: true, ..piece() },
            ItemInput { image_alt: "x".into(), ..piece() },
        ];
        assert!(others.iter().all(|other| other.text_hash() != base));
        assert_eq!(ItemInput { topics: vec![], kind: ItemKind::Video, ..piece() }.text_hash(), base, "only what readers see");
    }
}
