//! What a member does with a share: start it, say that it is out, call it off, bring it out by hand.

use serde_json::json;

use super::drafting::{self, Draft};
use super::intents::{Intent, IntentInput, intent};
use super::offers::{self, Offer};
use super::placing::{LinkPlace, link_place, with_link};
use super::policy::{Finding, Severity};
use super::publishing::PublishShare;
use super::queries::{self, Confirmation};
use super::settings;
use super::share::{ConfirmedBy, Share, ShareConfirmed, ShareMode, ShareState};
use super::utm::UtmValues;
use crate::audit;
use crate::config::Config;
use crate::db::{AccountId, Db, ItemId, MemberId, ShareId, Tx};
use crate::error::{AppError, FieldError};
use crate::jobs;
use crate::library::{self, Shareable};
use crate::networks::{self, Network};
use crate::tracking::{self, NewLink};

/// A share to be started.
#[derive(Debug, Clone)]
pub struct NewShare {
    pub member: MemberId,
    pub mode: ShareMode,
    pub draft: Draft,
}

/// A share that was started, and what the member's browser does next.
#[derive(Debug)]
pub struct Started {
    pub share: Share,
    pub title: String,
    /// The short link, in full.
    pub link: String,
    /// The share page to open, for mode `intent`.
    pub intent: Option<Intent>,
    /// What goes to the clipboard, if anything.
    pub copy_text: Option<String>,
}

/// Starts a share: checks the text once more, makes its short link, keeps the exact text, and posts
/// it by a job (`api`) or leaves the posting to the member (`intent`, `copy`).
///
/// # Errors
/// Not found for a piece that is not live or not for this member; invalid with every blocking
/// finding at `text`, or for a `mode` that is not offered.
pub fn start(tx: &mut Tx<'_>, config: &Config, new: &NewShare) -> Result<Started, AppError> {
    let NewShare { member, mode, draft } = new;
    let piece = library::shareable(tx.db, *member, draft.item, tx.now)?;
    let offer = offers::offer_for(tx.db, *member, draft.network)?;
    must_be_offered(&offer, *mode)?;
    let id: ShareId = tx.id();
    let target = target(tx, &piece, draft.network)?;
    let link = tracking::create_link(tx, &NewLink { share_id: id, item_id: draft.item, member_id: *member, target })?;
    let address = tracking::short_address(config, &link.slug);
    let text = draft.text.replace(&drafting::placeholder_link(config), &address);
    let composed = drafting::compose(tx.db, *member, &Draft { text, ..draft.clone() }, &address, tx.now)?;
    if !composed.checked.can_share {
        return Err(refusal(&composed.checked.findings));
    }
    let by_hand = *mode != ShareMode::Api;
    let account = if by_hand { None } else { networks::active_account(tx.db, *member, draft.network)?.map(|a| a.id) };
    let share = Share {
        id,
        member_id: *member,
        item_id: draft.item,
        revision_id: piece.revision_id,
        caption_id: draft.caption,
        network: draft.network,
        mode: *mode,
        state: if by_hand { ShareState::Opened } else { ShareState::Publishing },
        text: composed.checked.final_text,
        link_id: link.id,
        account_id: account,
        remote_id: None,
        remote_url: None,
        failure: None,
        confirmed_by: None,
        scheduled_at: None,
        created_at: tx.now,
        opened_at: by_hand.then_some(tx.now),
        confirmed_at: None,
        updated_at: tx.now,
    };
    queries::insert(tx.db, &share)?;
    if !by_hand {
        jobs::enqueue(tx, &PublishShare { share: id })?;
    }
    let started = hand_over(tx.db, share, &piece.title, address)?;
    record_start(tx, &started.share, &started.link)?;
    Ok(started)
}

fn must_be_offered(offer: &Offer, mode: ShareMode) -> Result<(), AppError> {
    if offer.modes.contains(&mode) {
        return Ok(());
    }
    let sentence = match mode {
        ShareMode::Api if offer.network == Network::Bluesky => "Connect your Bluesky account first, or share by link.".to_owned(),
        ShareMode::Api => format!("Herald does not post to {} itself. Share by link.", offer.label),
        _ => offer.why.clone(),
    };
    Err(AppError::field("mode", sentence))
}

fn target(tx: &mut Tx<'_>, piece: &Shareable, network: Network) -> Result<String, AppError> {
    let item = piece.item_id.to_string();
    let values = UtmValues {
        network,
        item: &item,
        campaign: None,
        group: None,
        topic: piece.topics.first().map(String::as_str),
        language: Some(&piece.language),
    };
    settings::get(tx.db)?.utm.apply(&piece.link, &values).map_err(AppError::internal)
}

/// The blocking findings as refused fields.
fn refusal(findings: &[Finding]) -> AppError {
    let blocks = findings.iter().filter(|f| f.severity == Severity::Block);
    AppError::Invalid(blocks.map(|f| FieldError { field: "text".into(), message: f.message.clone() }).collect())
}

fn record_start(tx: &mut Tx<'_>, share: &Share, link: &str) -> Result<(), AppError> {
    let detail = json!({
        "item": share.item_id, "revision": share.revision_id, "caption": share.caption_id, "network": share.network,
        "mode": share.mode, "text": share.text, "link": link, "account": share.account_id,
    });
    audit::record(tx, "share.started", &share.id.to_string(), &detail)
}

/// What the browser needs to bring a share out by hand.
pub(super) fn hand_over(db: &mut Db, share: Share, title: &str, link: String) -> Result<Started, AppError> {
    let mut started = Started { title: title.to_owned(), intent: None, copy_text: None, link, share };
    match started.share.mode {
        ShareMode::Api => {}
        ShareMode::Copy => started.copy_text = Some(clipboard(&started.share, &started.link)),
        ShareMode::Intent => {
            let host = networks::mastodon_host(db, started.share.member_id)?;
            let input = IntentInput { text: &started.share.text, link: &started.link, title, mastodon_host: host.as_deref() };
            let page = intent(started.share.network, &input).map_err(|e| AppError::field("mode", e.to_string()))?;
            started.copy_text = page.copy_first.then(|| started.share.text.clone());
            started.intent = Some(page);
        }
    }
    Ok(started)
}

/// The whole post for the clipboard: where the network carries the link apart, it stands below.
pub fn clipboard(share: &Share, link: &str) -> String {
    match link_place(share.network) {
        LinkPlace::InText => share.text.clone(),
        LinkPlace::Apart => with_link(&share.text, link, "\n"),
    }
}

fn own(tx: &mut Tx<'_>, member: MemberId, id: ShareId) -> Result<Share, AppError> {
    queries::own_for_update(tx.db, member, id)?.ok_or(AppError::NotFound("That share"))
}

fn address(tx: &mut Tx<'_>, config: &Config, share: &Share) -> Result<String, AppError> {
    Ok(tracking::short_address(config, &queries::slug(tx.db, share.link_id)?))
}

/// The member says that the post is out, with its address if they have it. Saying it twice is fine.
///
/// # Errors
/// Not found; invalid for an address that is none; `not_confirmable` when there was nothing to post.
pub fn confirm(tx: &mut Tx<'_>, member: MemberId, id: ShareId, url: Option<&str>) -> Result<(), AppError> {
    let url = url.map(str::trim).filter(|u| !u.is_empty()).map(post_address).transpose()?;
    let share = own(tx, member, id)?;
    if share.state == ShareState::Confirmed {
        return Ok(());
    }
    if !share.may_be_confirmed() {
        let why = match share.state {
            ShareState::Publishing => "Herald is posting this just now and will tell you.",
            ShareState::Recalled => "This piece was recalled. Take the post down if it is out.",
            _ => "This share was called off. Share the piece again.",
        };
        return Err(AppError::conflict("not_confirmable", why));
    }
    confirmed(tx, &share, &Confirmation { by: ConfirmedBy::Member, remote_id: None, url: url.as_deref() })
}

fn post_address(text: &str) -> Result<String, AppError> {
    let wrong = || AppError::field("url", "Paste the address of your post, beginning with https://, or leave it out.");
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !url.username().is_empty() || text.len() > 1000 {
        return Err(wrong());
    }
    Ok(url.to_string())
}

/// A share is out, by its network's id or the member's word. It counts in the week of this moment,
/// once: a confirmed share never becomes unconfirmed. Shares that were only opened count nowhere,
/// because nobody knows that they were posted.
pub(super) fn confirmed(tx: &mut Tx<'_>, share: &Share, given: &Confirmation<'_>) -> Result<(), AppError> {
    if queries::confirm(tx.db, share.id, share.state, given, tx.now)? == 0 {
        return Err(AppError::conflict("changed_meanwhile", "This share has just changed. Look at it again."));
    }
    queries::count_week(tx.db, share.member_id, tx.now.day())?;
    let told = ShareConfirmed { share: share.id, member: share.member_id, network: share.network, at: tx.now };
    jobs::enqueue(tx, &told)?;
    let detail = json!({"by": given.by, "remote_id": given.remote_id, "url": given.url, "text": share.text, "network": share.network});
    audit::record(tx, "share.confirmed", &share.id.to_string(), &detail)
}

/// The member calls a share off, or says that they did not post it.
///
/// # Errors
/// Not found; `not_cancellable` when it is out, or being sent at this moment.
pub fn cancel(tx: &mut Tx<'_>, member: MemberId, id: ShareId) -> Result<(), AppError> {
    let share = own(tx, member, id)?;
    if share.state == ShareState::Cancelled {
        return Ok(());
    }
    let no = |why: &str| Err(AppError::conflict("not_cancellable", why));
    if !share.may_be_cancelled() {
        return no("This share is out. Delete the post on the network, if it shall go.");
    }
    if share.state == ShareState::Publishing && is_under_way(tx, share.id)? {
        return no("Herald is sending this just now. Look again in a minute.");
    }
    if queries::set_state(tx.db, share.id, share.state, ShareState::Cancelled, None, tx.now)? == 0 {
        return no("This share has just changed. Look at it again.");
    }
    audit::record(tx, "share.cancelled", &id.to_string(), &json!({"from": share.state}))
}

/// Whether an attempt was sent of which nobody knows what became.
fn is_under_way(tx: &mut Tx<'_>, share: ShareId) -> Result<bool, AppError> {
    let attempts = queries::attempts(tx.db, share)?;
    Ok(attempts.iter().any(|a| a.outcome.as_deref().is_none_or(|o| o == "unknown")))
}

/// Brings a share that Herald could not post out by hand: the same text and link, in the network's
/// own share page. For an opened share it gives the page again.
///
/// # Errors
/// Not found for a share, or a piece that is no longer live; `not_openable`.
pub fn open(tx: &mut Tx<'_>, config: &Config, member: MemberId, id: ShareId) -> Result<Started, AppError> {
    let share = own(tx, member, id)?;
    if !share.may_be_opened() {
        return Err(AppError::conflict("not_openable", "This share needs no help. Look at its state."));
    }
    let piece = library::shareable(tx.db, member, share.item_id, tx.now)?;
    let from = share.state;
    if queries::open_by_hand(tx.db, id, from, tx.now)? == 0 {
        return Err(AppError::conflict("changed_meanwhile", "This share has just changed. Look at it again."));
    }
    let link = address(tx, config, &share)?;
    let share = Share { state: ShareState::Opened, mode: ShareMode::Intent, opened_at: Some(tx.now), failure: None, ..share };
    let started = hand_over(tx.db, share, &piece.title, link)?;
    audit::record(tx, "share.opened_by_hand", &id.to_string(), &json!({"from": from, "text": started.share.text}))?;
    Ok(started)
}

/// A piece was recalled: what is not out is called off, and what is, or may be, is listed for its
/// member to take down. Its short links become a notice.
///
/// # Errors
/// The database's.
pub fn recall(tx: &mut Tx<'_>, item: ItemId) -> Result<(), AppError> {
    use ShareState as S;
    tracking::recall_links(tx, item)?;
    let (mut cancelled, mut recalled) = (Vec::new(), Vec::new());
    for (id, state) in queries::alive_of_item(tx.db, item)? {
        let may_be_out = matches!(state, S::Confirmed | S::Opened) || is_under_way(tx, id)?;
        let (to, why) = if may_be_out {
            (S::Recalled, "This piece was recalled. If your post is out, take it down, please.")
        } else {
            (S::Cancelled, "This piece was recalled before your post went out.")
        };
        if queries::set_state(tx.db, id, state, to, Some(why), tx.now)? == 1 {
            if may_be_out { recalled.push(id) } else { cancelled.push(id) }
        }
    }
    audit::record(tx, "shares.recalled", &item.to_string(), &json!({"cancelled": cancelled, "to_take_down": recalled}))
}

/// An account can post again: what waited for it goes out, in the words that its member agreed to.
///
/// # Errors
/// The database's.
pub fn resume(tx: &mut Tx<'_>, member: MemberId, network: Network, account: AccountId) -> Result<(), AppError> {
    let waiting = queries::waiting_for_account(tx.db, member, network)?;
    if waiting.is_empty() {
        return Ok(());
    }
    for id in &waiting {
        queries::set_account(tx.db, *id, account)?;
        queries::set_state(tx.db, *id, ShareState::NeedsReconnect, ShareState::Publishing, None, tx.now)?;
        jobs::enqueue(tx, &PublishShare { share: *id })?;
    }
    audit::record(tx, "shares.resumed", &member.to_string(), &json!({"network": network, "shares": waiting}))
}
