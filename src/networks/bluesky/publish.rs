//! Publishing one attempt, and what its end means.
//!
//! The record key is chosen before anything is sent. So a doubtful end is settled by reading under that
//! key, and a repeat under it can never make a second post.

use chrono::{DateTime, Duration, Utc};

use super::transport::{BlueskyError, Refusal};
use super::{Attempt, BlueskyClient, COLLECTION, Session};
use crate::networks::outcome::Outcome;

/// Pause after a failure that passes by itself.
const SHORT_PAUSE: Duration = Duration::minutes(1);
/// Pause after an answer that is no Bluesky answer: a proxy's page, a redirect.
const LONG_PAUSE: Duration = Duration::minutes(15);

/// What reading under the record key told.
enum Found {
    Ours(Outcome),
    Other,
    Nothing,
    NoAnswer,
}

impl BlueskyClient {
    /// Publishes an attempt. An attempt that was sent before is looked up first. Afterwards ask
    /// [`Session::take_changed`], whatever the outcome, and store the session if it says so.
    pub async fn publish(&self, session: &mut Session, attempt: &Attempt, now: DateTime<Utc>) -> Outcome {
        if let Err(refused) = attempt.check() {
            return refused;
        }
        if attempt.sent_before {
            match self.look_up(session, attempt).await {
                Found::Ours(published) => return published,
                Found::Other => return key_taken(),
                Found::NoAnswer => return unknown("sent before, and the look-up gave no answer"),
                Found::Nothing => {}
            }
        }
        let thumb = match attempt.picture() {
            Some(picture) => match self.upload_blob(session, picture).await {
                Ok(blob) => Some(blob),
                Err(error) => return nothing_sent(error, now),
            },
            None => None,
        };
        let mentioned = self.resolve_mentions(&attempt.text).await;
        let record = attempt.record(thumb.as_ref(), &mentioned);
        match self.create_record(session, attempt.rkey, &record).await {
            Ok(_) => published(session, attempt),
            Err(error) => self.settle(session, attempt, error, now).await,
        }
    }

    /// What a failed create means. Doubt is settled by one look-up at once; when the post is not there,
    /// the request may still be under way, so the job comes back later.
    async fn settle(&self, session: &Session, attempt: &Attempt, error: BlueskyError, now: DateTime<Utc>) -> Outcome {
        let reason = match &error {
            BlueskyError::NoAnswer(what) => (*what).to_owned(),
            BlueskyError::Refused(no) if no.leaves_doubt() => format!("status {}", no.status),
            // A key that is taken is refused as a bad request on some servers.
            BlueskyError::Refused(no) if no.status == 409 || no.message.contains("already exists") => "the key exists".to_owned(),
            _ => return nothing_sent(error, now),
        };
        match self.look_up(session, attempt).await {
            Found::Ours(published) => published,
            Found::Other => key_taken(),
            Found::Nothing => unknown(&format!("{reason}; not found under its key yet")),
            Found::NoAnswer => unknown(&format!("{reason}; and the look-up gave no answer")),
        }
    }

    async fn look_up(&self, session: &Session, attempt: &Attempt) -> Found {
        match self.get_record(session, attempt.rkey).await {
            Ok(Some(record)) if record.value.get("text").and_then(|text| text.as_str()) == Some(&attempt.text) => {
                Found::Ours(published(session, attempt))
            }
            Ok(Some(_)) => Found::Other,
            Ok(None) => Found::Nothing,
            Err(_) => Found::NoAnswer,
        }
    }
}

/// The outcome of a call that certainly made no post.
fn nothing_sent(error: BlueskyError, now: DateTime<Utc>) -> Outcome {
    match error {
        BlueskyError::SignInNeeded
        | BlueskyError::AccountPaused(_)
        | BlueskyError::OtherAccount
        | BlueskyError::Session
        | BlueskyError::WrongPassword => Outcome::NeedsReauth { reason: error.to_string() },
        BlueskyError::Refused(no) => refused(&no, now),
        BlueskyError::UnsafeAddress | BlueskyError::NoServer => Outcome::NeedsReauth { reason: error.to_string() },
        _ => Outcome::RetryAt(now + SHORT_PAUSE),
    }
}

/// The table of section 9.5 of the reference, less what was dealt with before.
fn refused(no: &Refusal, now: DateTime<Utc>) -> Outcome {
    match (no.status, no.name.as_str()) {
        (429, _) => Outcome::RetryAt(no.retry_at(now)),
        (413, _) => Outcome::permanent("too_large", "The post or its picture is too large for Bluesky. Use a smaller picture."),
        (_, "InvalidSwap") => Outcome::RetryAt(now + SHORT_PAUSE),
        (500.. | 408, _) => Outcome::RetryAt(now + SHORT_PAUSE),
        // A page of some proxy, a redirect, a server that is not there: not Bluesky's own word.
        (_, "") => Outcome::RetryAt(now + LONG_PAUSE),
        (403, _) => Outcome::NeedsReauth {
            reason: "Bluesky no longer lets Herald post for this account. Connect it again with a new app password.".to_owned(),
        },
        (400..=499, name) => Outcome::permanent(snake_case(name), format!("Bluesky refused the post: {no}. Change it and share again.")),
        _ => Outcome::RetryAt(now + LONG_PAUSE),
    }
}

fn published(session: &Session, attempt: &Attempt) -> Outcome {
    Outcome::Published {
        remote_id: format!("at://{}/{COLLECTION}/{}", session.did, attempt.rkey),
        url: format!("https://bsky.app/profile/{}/post/{}", session.did, attempt.rkey),
    }
}

fn unknown(reason: &str) -> Outcome {
    Outcome::Unknown { reason: reason.to_owned() }
}

fn key_taken() -> Outcome {
    Outcome::permanent("record_key_taken", "Another post of yours stands where this one should. Share again.")
}

/// `InvalidRequest` as `invalid_request`.
fn snake_case(name: &str) -> String {
    name.char_indices().fold(String::new(), |mut code, (at, c)| {
        if c.is_ascii_uppercase() && at > 0 {
            code.push('_');
        }
        code.push(c.to_ascii_lowercase());
        code
    })
}
