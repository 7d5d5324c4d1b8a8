//! Posting a share with the member's connected account.
//!
//! The attempt, with the record key under which the post will stand, is committed before anything
//! is sent, and nothing is held open in the database while Herald talks to the network. So whatever
//! dies at whatever moment, the next run knows that something may have been sent, looks under that
//! key first, and never makes a second post.

use std::sync::Arc;

use chrono::Duration;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::acts::confirmed;
use super::drafting::{self, Draft};
use super::queries::{self, Attempt, Confirmation};
use super::share::{ConfirmedBy, Share, ShareNeedsHelp, ShareState};
use crate::app::{App, blocking};
use crate::audit;
use crate::config::Config;
use crate::db::{AccountId, Actor, MediaId, ShareId, Ts, Tx};
use crate::error::AppError;
use crate::jobs::{self, Failed, Job};
use crate::library::{self, picture};
use crate::networks::bluesky::{self, CardDraft, Tid};
use crate::networks::outcome::Outcome;
use crate::networks::{self, Lease};
use crate::tracking;

/// Tries before the member is asked to help.
const MOST_TRIES: usize = 8;
/// Bluesky's limit for the picture of a card.
const PICTURE_BYTES: usize = bluesky::post::MAX_THUMB_BYTES;

/// Posts one share.
#[derive(Debug, Serialize, Deserialize)]
pub struct PublishShare {
    pub share: ShareId,
}

impl Job for PublishShare {
    const NAME: &'static str = "sharing.publish";
    /// Tries are counted by attempts; this only ends a job that never gets as far as one.
    const MAX_ATTEMPTS: i32 = 500;
    fn unique_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.share))
    }
}

/// What a run has to do.
enum Plan {
    Nothing,
    Wait(Ts),
    Send(Box<Sending>),
}

/// An attempt that is on disk and may be sent.
struct Sending {
    share: Share,
    account: AccountId,
    lease: Lease,
    sealed: String,
    number: i32,
    /// Whether an earlier attempt may have made the post.
    in_doubt: bool,
    tries: usize,
    post: bluesky::Attempt,
    image: Option<MediaId>,
}

/// The handler of [`PublishShare`].
pub async fn run(app: Arc<App>, job: PublishShare) -> Result<(), Failed> {
    let config = app.config.clone();
    let planned = app.write(actor(), move |tx| plan(tx, &config, job.share)).await?;
    let mut sending = match planned {
        Plan::Nothing => return Ok(()),
        Plan::Wait(until) => return Err(Failed::RetryAt(until, "another post of this account is on its way".into())),
        Plan::Send(sending) => *sending,
    };
    if let (Some(image), Some(card)) = (sending.image, sending.post.card.as_mut()) {
        card.picture = thumb(&app, image).await;
    }
    let outcome = send(&app, &sending).await?;
    let again = app.write(actor(), move |tx| conclude(tx, &sending, outcome)).await?;
    again.map_or(Ok(()), |at| Err(Failed::RetryAt(at, "the network did not take it yet".into())))
}

fn actor() -> Actor {
    Actor::system("publishing")
}

fn plan(tx: &mut Tx<'_>, config: &Config, id: ShareId) -> Result<Plan, AppError> {
    let Some(share) = queries::find(tx.db, id)? else { return Ok(Plan::Nothing) };
    let member = share.member_id;
    let Some(share) = queries::own_for_update(tx.db, member, id)?.filter(|s| s.state == ShareState::Publishing) else {
        return Ok(Plan::Nothing);
    };
    let link = tracking::short_address(config, &queries::slug(tx.db, share.link_id)?);
    let draft = Draft { item: share.item_id, network: share.network, caption: share.caption_id, text: share.text.clone() };
    let composed = match drafting::compose(tx.db, share.member_id, &draft, &link, tx.now) {
        Ok(composed) => composed,
        Err(AppError::NotFound(_) | AppError::Invalid(_)) => {
            fail(tx, &share, "This piece may no longer be shared, so Herald did not post it.")?;
            return Ok(Plan::Nothing);
        }
        Err(other) => return Err(other),
    };
    if !composed.checked.can_share || composed.checked.final_text != share.text {
        let blocking = composed.checked.findings.first().map_or("", |f| f.message.as_str());
        fail(
            tx,
            &share,
            &format!("The rules have changed since you wrote this, so Herald did not post it. {blocking} Share the piece again."),
        )?;
        return Ok(Plan::Nothing);
    }
    let sealed = match share.account_id {
        Some(account) => networks::sealed_session(tx.db, account, share.member_id)?.map(|sealed| (account, sealed)),
        None => None,
    };
    let Some((account, sealed)) = sealed else {
        wait_for_account(
            tx,
            &share,
            "The account is not connected any more. Connect it again and Herald posts this, or share it by link.",
        )?;
        return Ok(Plan::Nothing);
    };
    let Some(lease) = networks::acquire_lease(tx, account)? else { return Ok(Plan::Wait(tx.now.plus(Duration::seconds(5)))) };
    let card = CardDraft { title: composed.piece.title.clone(), description: composed.piece.summary.clone(), picture: None };
    let attempt = next_attempt(tx, share.id)?;
    let post = bluesky::Attempt {
        rkey: attempt.key,
        text: share.text.clone(),
        link: Some(link),
        card: Some(card),
        langs: vec![composed.language.clone()],
        created_at: attempt.first_started.utc(),
        sent_before: attempt.in_doubt,
    };
    let (number, in_doubt, tries) = (attempt.number, attempt.in_doubt, attempt.tries);
    Ok(Plan::Send(Box::new(Sending { share, account, lease, sealed, number, in_doubt, tries, post, image: composed.piece.image })))
}

struct Next {
    number: i32,
    key: Tid,
    first_started: Ts,
    in_doubt: bool,
    tries: usize,
}

/// Writes the row of a further attempt. The key of the first is kept through all of them.
fn next_attempt(tx: &mut Tx<'_>, share: ShareId) -> Result<Next, AppError> {
    let before = queries::attempts(tx.db, share)?;
    let kept = before.first().and_then(|a| Some((Tid::parse(&a.record_key).ok()?, a.started_at)));
    let micros = u64::try_from(tx.now.micros()).unwrap_or_default();
    let (key, first_started) = kept.unwrap_or_else(|| (Tid::new(micros, rand::random::<u16>()), tx.now));
    let number = before.last().map_or(1, |a| a.number + 1);
    let row = Attempt { number, record_key: key.to_string(), started_at: tx.now, outcome: None };
    queries::insert_attempt(tx.db, tx.id(), share, &row)?;
    let in_doubt = before.iter().any(|a| a.outcome.as_deref().is_none_or(|o| o == "unknown"));
    let counted = before.iter().filter(|a| a.outcome.as_deref() != Some("needs_reauth")).count();
    Ok(Next { number, key, first_started, in_doubt, tries: counted + 1 })
}

/// The picture of the card, small enough; a post goes out without one rather than not at all.
async fn thumb(app: &App, id: MediaId) -> Option<bluesky::Picture> {
    let (mime, bytes) = app.read(move |db| library::media(db, id)).await.ok()?;
    if bytes.len() <= PICTURE_BYTES {
        return Some(bluesky::Picture { mime, bytes });
    }
    let smaller = blocking(move || {
        let fitted = picture::re_encode(&bytes, picture::Limits::CARD).and_then(|p| p.fit_under(PICTURE_BYTES));
        fitted.map_err(AppError::internal)
    })
    .await
    .ok()?;
    Some(bluesky::Picture { mime: smaller.content_type.to_owned(), bytes: smaller.bytes })
}

/// Talks to the network; renewed tokens are stored before anything else happens.
async fn send(app: &App, sending: &Sending) -> Result<Outcome, AppError> {
    let mut session = match networks::open_session(app, &sending.sealed) {
        Ok(session) => session,
        Err(error) => return Ok(Outcome::NeedsReauth { reason: error.to_string() }),
    };
    let outcome = networks::bluesky_client(app)?.publish(&mut session, &sending.post, app.now().utc()).await;
    if session.take_changed() {
        networks::store_session(app, sending.account, sending.sealed.clone(), &session).await?;
    }
    Ok(outcome)
}

/// Writes down what became of an attempt; returns when to try again.
fn conclude(tx: &mut Tx<'_>, sending: &Sending, outcome: Outcome) -> Result<Option<Ts>, AppError> {
    networks::release_lease(tx, &sending.lease)?;
    let detail = detail(&outcome);
    queries::finish_attempt(tx.db, sending.share.id, sending.number, outcome.name(), detail.as_deref(), tx.now)?;
    let Some(share) = queries::own_for_update(tx.db, sending.share.member_id, sending.share.id)? else { return Ok(None) };
    if share.state != ShareState::Publishing {
        note_what_came_late(tx, &share, &outcome)?;
        return Ok(None);
    }
    match outcome {
        Outcome::Published { remote_id, url } => {
            networks::mark_ok(tx, sending.account)?;
            let given = Confirmation { by: ConfirmedBy::Network, remote_id: Some(&remote_id), url: Some(&url) };
            confirmed(tx, &share, &given)?;
        }
        Outcome::Duplicate { remote_id } if sending.in_doubt => {
            confirmed(tx, &share, &Confirmation { by: ConfirmedBy::Network, remote_id: remote_id.as_deref(), url: None })?;
        }
        Outcome::Duplicate { .. } => fail(tx, &share, "The network says that this very post exists already. Look at your profile.")?,
        Outcome::Permanent { message, .. } => fail(tx, &share, &message)?,
        Outcome::AppBlocked { .. } => {
            fail(tx, &share, "The network does not let Herald post just now. Share it by link; your administrator can see why.")?;
        }
        Outcome::NeedsReauth { reason } => {
            networks::mark_needs_reconnect(tx, sending.account, &reason)?;
            wait_for_account(tx, &share, &reason)?;
        }
        Outcome::RetryAt(at) if sending.tries < MOST_TRIES => return Ok(Some(at.into())),
        Outcome::Unknown { .. } if sending.tries < MOST_TRIES => return Ok(Some(tx.now.plus(pause(sending.tries)))),
        Outcome::RetryAt(_) => fail(tx, &share, "The network did not take this post in several tries. Share it by link.")?,
        Outcome::Unknown { .. } => fail(
            tx,
            &share,
            "Nobody knows whether this post is out: the network did not answer. Look at your profile, then confirm it here or share it by link.",
        )?,
    }
    Ok(None)
}

/// 30 seconds, doubling.
fn pause(tries: usize) -> Duration {
    Duration::seconds(30 << tries.min(8))
}

fn detail(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Published { remote_id, .. } => Some(remote_id.clone()),
        Outcome::Duplicate { remote_id } => remote_id.clone(),
        Outcome::RetryAt(at) => Some(Ts::from(*at).iso()),
        Outcome::NeedsReauth { reason } | Outcome::Unknown { reason } | Outcome::AppBlocked { reason } => Some(reason.clone()),
        Outcome::Permanent { code, message } => Some(format!("{code}: {message}")),
    }
}

/// A share that was recalled while it was being sent: where its post stands is kept, so that its
/// member can take it down.
fn note_what_came_late(tx: &mut Tx<'_>, share: &Share, outcome: &Outcome) -> Result<(), AppError> {
    let Outcome::Published { remote_id, url } = outcome else { return Ok(()) };
    queries::set_remote(tx.db, share.id, remote_id, url, tx.now)?;
    audit::record(tx, "share.posted_late", &share.id.to_string(), &json!({"state": share.state, "remote_id": remote_id, "url": url}))
}

fn fail(tx: &mut Tx<'_>, share: &Share, why: &str) -> Result<(), AppError> {
    leave_to_member(tx, share, ShareState::Failed, why, "share.failed")
}

fn wait_for_account(tx: &mut Tx<'_>, share: &Share, why: &str) -> Result<(), AppError> {
    leave_to_member(tx, share, ShareState::NeedsReconnect, why, "share.needs_reconnect")
}

fn leave_to_member(tx: &mut Tx<'_>, share: &Share, to: ShareState, why: &str, action: &str) -> Result<(), AppError> {
    queries::set_state(tx.db, share.id, ShareState::Publishing, to, Some(why), tx.now)?;
    let told = ShareNeedsHelp { share: share.id, member: share.member_id, network: share.network, reason: why.to_owned() };
    jobs::enqueue(tx, &told)?;
    audit::record(tx, action, &share.id.to_string(), &json!({"why": why}))
}
