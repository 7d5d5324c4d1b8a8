//! A text on its way to a network: the piece it belongs to, the rules that hold for it, and what the
//! check says. The same function serves the composer, the API, the share itself and the moment of
//! sending.

use serde::Serialize;
use utoipa::ToSchema;

use super::counting::{Count, Limits};
use super::policy::{self, CaptionRule, CheckInput, Checked, Finding};
use super::settings;
use crate::config::Config;
use crate::db::{CaptionId, Db, ItemId, MemberId, Ts};
use crate::error::AppError;
use crate::identity;
use crate::library::{self, Caption, Shareable};
use crate::networks::Network;
use crate::tracking;

/// Longer texts are no posts; the longest limit of a network is 63,206.
pub const LONGEST_TEXT: usize = 70_000;

/// Stands for the name of a short link that is not made yet. It is as long as a real one and holds
/// a character that real ones never have.
const PLACEHOLDER: &str = "0000000";

/// What a member is about to share.
#[derive(Debug, Clone)]
pub struct Draft {
    pub item: ItemId,
    pub network: Network,
    pub caption: Option<CaptionId>,
    pub text: String,
}

/// A draft with everything that is known about it.
#[derive(Debug)]
pub struct Composed {
    pub piece: Shareable,
    pub checked: Checked,
    /// The language of the caption, or of the piece.
    pub language: String,
}

/// The short link as it stands in a text before there is one.
pub fn placeholder_link(config: &Config) -> String {
    tracking::short_address(config, PLACEHOLDER)
}

/// Checks a draft with the short link that stands, or will stand, in it.
///
/// # Errors
/// Not found for a piece that is not live or not for this member; invalid for a caption of another
/// piece or a text beyond every measure.
pub fn compose(db: &mut Db, member: MemberId, draft: &Draft, link: &str, now: Ts) -> Result<Composed, AppError> {
    if draft.text.chars().count() > LONGEST_TEXT {
        return Err(AppError::field("text", format!("A text has at most {LONGEST_TEXT} characters.")));
    }
    let piece = library::shareable(db, member, draft.item, now)?;
    let caption = draft.caption.map(|id| caption_of(&piece, id, draft.network)).transpose()?;
    let language = caption.map_or_else(|| piece.language.clone(), |c| c.language.clone());
    let country = identity::find(db, member)?.country;
    let policy = settings::get(db)?.policy_for(country.as_deref(), &language);
    let input = CheckInput {
        network: draft.network,
        text: &draft.text,
        caption: caption.map(|c| CaptionRule { kind: c.kind, text: &c.text }),
        link,
        language: Some(&language),
        limits: &Limits::default(),
    };
    let checked = policy::check(&policy, &input);
    Ok(Composed { piece, checked, language })
}

fn caption_of(piece: &Shareable, id: CaptionId, network: Network) -> Result<&Caption, AppError> {
    let wrong = || AppError::field("caption_id", "That text does not belong to this piece and network. Load the page again.");
    piece.captions.iter().find(|c| c.id == id && c.network.is_none_or(|n| n == network)).ok_or_else(wrong)
}

/// What the check says about a text, as the composer and the API show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckAnswer {
    pub counts: Count,
    pub findings: Vec<Finding>,
    /// Whether nothing blocks.
    pub can_share: bool,
    /// What will be published. `0000000` stands where the name of the short link will be.
    pub final_text: String,
    pub preview: Preview,
}

/// How the post will look.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Preview {
    pub text: String,
    pub link: String,
    pub card: Option<Card>,
}

/// The link card under a post.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Card {
    pub title: String,
    pub description: String,
    pub image_url: Option<String>,
    /// The host of the page behind the link.
    pub site: String,
}

/// Checks a draft before its short link exists.
///
/// # Errors
/// As [`compose`].
pub fn check(db: &mut Db, config: &Config, member: MemberId, draft: &Draft, now: Ts) -> Result<CheckAnswer, AppError> {
    let link = placeholder_link(config);
    let composed = compose(db, member, draft, &link, now)?;
    Ok(answer(config, composed))
}

/// The answer for a draft that was composed with the placeholder.
pub fn answer(config: &Config, composed: Composed) -> CheckAnswer {
    let shown = tracking::short_address(config, "…");
    let Composed { piece, checked, .. } = composed;
    let preview = Preview {
        text: checked.final_text.replace(&placeholder_link(config), &shown),
        link: shown,
        card: Some(Card {
            site: url::Url::parse(&piece.link).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default(),
            image_url: piece.image.map(|id| format!("/media/{id}")),
            title: piece.title,
            description: piece.summary,
        }),
    };
    CheckAnswer { counts: checked.count, findings: checked.findings, can_share: checked.can_share, final_text: checked.final_text, preview }
}
