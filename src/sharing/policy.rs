//! The policy check: what must be in a text before it may be shared, what must not, and what will
//! really be published. Run at edit and again at send; it is pure, so both give the same answer.
//!
//! How texts are compared:
//! - Letter case does not matter (full folding, so `STRASSE` is `straße`), nor do the Unicode forms
//!   that NFKC joins: full-width, mathematical and circled letters, ligatures, decomposed accents.
//!   Diacritics do matter: `resume` is not `résumé`. List both to forbid both.
//! - Any run of white space, including line breaks and no-break spaces, is one space. Dashes and
//!   apostrophes of all kinds are one dash and one apostrophe.
//! - For forbidden terms, characters that nobody sees are taken out first (zero-width and soft
//!   hyphens, direction marks, variation selectors, controls), so they cannot hide a word. For the
//!   disclosure and required hashtags they stay, because a network ends a hashtag at them.
//! - Letters of other scripts that merely look alike (Cyrillic `а` for Latin `a`) are *not* taken
//!   for one another, as that would forbid honest words; a word that mixes the scripts is warned of.
//! - Letters spelled apart (`f r e e`) or replaced by digits are left to the approver's eye.

mod check;
mod findings;
mod folded;
mod needle;
mod terms;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::counting::{Count, Limits};
pub use crate::library::CaptionKind;
use crate::networks::Network;

pub use check::{CompiledPolicy, PolicyTooLarge, check};

/// Where a missing disclosure is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Before the text, where nobody has to open "see more" to read it.
    Prefix,
    /// After the text, before the link.
    Suffix,
}

/// The words by which a member says that they work for the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Disclosure {
    /// A hashtag such as `#AcmeEmployee`, or a sentence such as `I work at Acme.`
    pub text: String,
    /// Other wordings that are accepted just as well.
    pub aliases: Vec<String>,
    /// Whether a text without any of them gets `text` added.
    pub required: bool,
    /// Where it is added.
    pub position: Position,
}

impl Default for Disclosure {
    /// A plain hashtag in front (reference/networks.md, section 11). Naming the company in it is better.
    fn default() -> Self {
        Self { text: "#employee".to_owned(), aliases: Vec::new(), required: true, position: Position::Prefix }
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The text cannot be shared as it is.
    Block,
    /// The member is told and may go on.
    Warn,
}

/// A word or phrase that must not, or should not, be in a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BannedTerm {
    /// The word or phrase. A phrase is also found as one hashtag: `risk free` as `#RiskFree`.
    pub term: String,
    /// Whether it blocks or warns.
    pub severity: Severity,
    /// What to write instead, for the member to read.
    #[serde(default)]
    pub advice: Option<String>,
}

/// What the organisation asks of every text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// How the tie to the employer is said.
    pub disclosure: Disclosure,
    /// Hashtags that must be there, with or without `#`.
    pub required_hashtags: Vec<String>,
    /// Words and phrases that must not be there.
    pub banned: Vec<BannedTerm>,
    /// Whether a share without a link is refused.
    pub link_required: bool,
}

/// The caption from which the member started.
#[derive(Debug, Clone, Copy)]
pub struct CaptionRule<'a> {
    /// How far it may be changed.
    pub kind: CaptionKind,
    /// Its text in the library.
    pub text: &'a str,
}

/// One text to check.
#[derive(Debug, Clone, Copy)]
pub struct CheckInput<'a> {
    /// Where it is going.
    pub network: Network,
    /// What the member wrote.
    pub text: &'a str,
    /// The caption they started from, if any.
    pub caption: Option<CaptionRule<'a>>,
    /// The short link of the share: in the text already, or to be placed. Empty for none.
    pub link: &'a str,
    /// The language of the text (BCP 47). The comparison is the same for all languages; the caller
    /// uses it to choose the policy, whose disclosure is worded for one language.
    pub language: Option<&'a str>,
    /// The limits of the network, or of the member's own server.
    pub limits: &'a Limits,
}

/// A part of the text that was checked, in Unicode scalar values, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Span {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A change that makes a finding go away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fix {
    /// What the button says.
    pub label: String,
    /// The whole new text.
    pub text: String,
}

/// One thing that is wrong, or worth knowing, about a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// The rule, stable for programs: one of the constants in [`codes`].
    pub code: &'static str,
    /// Whether it stops the share.
    pub severity: Severity,
    /// What to do, in a sentence.
    pub message: String,
    /// Where in the text, if it is at a place.
    pub span: Option<Span>,
    /// A change that settles it, if Herald knows one.
    pub fix: Option<Fix>,
}

/// The codes of findings, in the order in which findings of one severity are listed.
pub mod codes {
    /// There is nothing to publish but disclosure and link.
    pub const EMPTY_TEXT: &str = "empty_text";
    /// There are characters that networks refuse.
    pub const INVALID_CHARACTERS: &str = "invalid_characters";
    /// A locked caption was changed.
    pub const CAPTION_LOCKED: &str = "caption_locked";
    /// A caption that must be edited was not.
    pub const CAPTION_UNCHANGED: &str = "caption_unchanged";
    /// The disclosure is missing and may not be added without the member's consent.
    pub const DISCLOSURE_MISSING: &str = "disclosure_missing";
    /// The disclosure was missing and will be added.
    pub const DISCLOSURE_ADDED: &str = "disclosure_added";
    /// A required hashtag is missing.
    pub const HASHTAG_MISSING: &str = "hashtag_missing";
    /// A forbidden word or phrase was used.
    pub const BANNED_TERM: &str = "banned_term";
    /// A word mixes scripts whose letters look alike.
    pub const MIXED_SCRIPTS: &str = "mixed_scripts";
    /// A link is required and the share has none.
    pub const LINK_MISSING: &str = "link_missing";
    /// The link was not in the text and will be added.
    pub const LINK_ADDED: &str = "link_added";
    /// There are more links than the network takes.
    pub const TOO_MANY_LINKS: &str = "too_many_links";
    /// The text is too long.
    pub const TOO_LONG: &str = "too_long";
    /// The policy itself cannot be used.
    pub const POLICY_UNUSABLE: &str = "policy_unusable";

    /// All of them, in order.
    pub const ALL: [&str; 14] = [
        POLICY_UNUSABLE,
        EMPTY_TEXT,
        INVALID_CHARACTERS,
        CAPTION_LOCKED,
        CAPTION_UNCHANGED,
        DISCLOSURE_MISSING,
        DISCLOSURE_ADDED,
        HASHTAG_MISSING,
        BANNED_TERM,
        MIXED_SCRIPTS,
        LINK_MISSING,
        LINK_ADDED,
        TOO_MANY_LINKS,
        TOO_LONG,
    ];
}

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// What was found: blocks first, then by rule, then by place.
    pub findings: Vec<Finding>,
    /// The length of `final_text` by the network's own rule.
    pub count: Count,
    /// Exactly what will be published, with disclosure and link in their places.
    pub final_text: String,
    /// Whether nothing blocks.
    pub can_share: bool,
}
