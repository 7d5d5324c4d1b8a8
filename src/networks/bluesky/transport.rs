//! One call to a Bluesky server and what can come of it.
//!
//! Answers are read up to one megabyte, redirects are refused, and an error body may be JSON, HTML of
//! some proxy, or nothing at all. Tokens and texts never enter an error.

use chrono::{DateTime, Duration, TimeZone, Utc};
use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};
use serde::{Deserialize, de::DeserializeOwned};

/// Most bytes of an answer that are read.
pub const MAX_ANSWER: usize = 1_000_000;
/// How long to wait when a server throttles without saying for how long.
const UNSAID_PAUSE: Duration = Duration::minutes(5);
/// The longest pause that a server can ask for; its daily window.
const LONGEST_PAUSE: Duration = Duration::hours(24);

/// Why a call to Bluesky gave no result. The text of each is a sentence for the member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlueskyError {
    /// The name is neither a handle nor a DID.
    #[error("Write your Bluesky handle, such as name.bsky.social. An e-mail address does not work here.")]
    NotAHandle,
    /// The password is not an app password.
    #[error(
        "Use an app password, such as abcd-efgh-ijkl-mnop, and never your own password. Bluesky makes one under Settings, Privacy and security, App passwords."
    )]
    NotAnAppPassword,
    /// Nobody has this handle.
    #[error("Bluesky knows no account with this handle. Check the spelling.")]
    NoSuchHandle,
    /// The handle points at an account that does not claim it.
    #[error("This handle and the account behind it do not agree. Check the handle in your Bluesky settings.")]
    HandleDisagrees,
    /// The account's document names no usable server.
    #[error("The server of this account could not be found. Try again later.")]
    NoServer,
    /// The address is private, not https, or otherwise not to be called.
    #[error("The server of this account has an address that Herald does not call.")]
    UnsafeAddress,
    /// Handle and app password do not belong together.
    #[error("Bluesky refused the handle and app password. Make a new app password and try again.")]
    WrongPassword,
    /// The session has ended for good.
    #[error("The connection to Bluesky has ended. Connect the account again with a new app password.")]
    SignInNeeded,
    /// The account is suspended, taken down or switched off; holds the server's word for it.
    #[error("Bluesky says that this account is switched off or suspended.")]
    AccountPaused(String),
    /// The tokens belong to somebody else.
    #[error("Bluesky answered for another account. Connect the account again.")]
    OtherAccount,
    /// The stored session cannot be read.
    #[error("The stored connection to Bluesky cannot be read. Connect the account again.")]
    Session,
    /// The server said no.
    #[error("Bluesky refused: {0}")]
    Refused(Refusal),
    /// No connection came about, so nothing was sent.
    #[error("Bluesky cannot be reached at the moment. Try again later.")]
    NotSent,
    /// Sent, but the answer was cut off, late, too large or not readable; holds what happened.
    #[error("Bluesky did not answer properly. Try again later.")]
    NoAnswer(&'static str),
}

/// An answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error's name (`ExpiredToken`), empty when the body was not the protocol's JSON.
    pub name: String,
    /// The server's words, shortened; empty likewise.
    pub message: String,
    /// `RateLimit-Reset`, Unix seconds.
    reset: Option<i64>,
    /// `Retry-After` in seconds.
    retry_after: Option<i64>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.message.is_empty() { write!(f, "status {}", self.status) } else { f.write_str(&self.message) }
    }
}

impl Refusal {
    /// When to try again: `RateLimit-Reset`, else `Retry-After`, else in five minutes; never in the
    /// past and at most a day ahead.
    #[must_use]
    pub fn retry_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let reset = self.reset.and_then(|at| Utc.timestamp_opt(at, 0).single()).filter(|at| *at > now);
        let after = || self.retry_after.and_then(Duration::try_seconds).map(|wait| now + wait.clamp(Duration::zero(), LONGEST_PAUSE));
        let at = reset.or_else(after).unwrap_or(now + UNSAID_PAUSE);
        at.clamp(now + Duration::seconds(1), now + LONGEST_PAUSE)
    }

    /// Whether the access token is the reason. Bluesky answers an expired one with 400, not 401.
    #[must_use]
    pub fn is_about_the_token(&self) -> bool {
        let named = matches!(self.name.as_str(), "ExpiredToken" | "InvalidToken" | "AuthMissing" | "AuthenticationRequired");
        (self.status == 401 || (self.status == 400 && named)) && !self.is_about_the_account()
    }

    /// Whether the account itself is switched off.
    #[must_use]
    pub fn is_about_the_account(&self) -> bool {
        matches!(
            self.name.as_str(),
            "AccountTakedown"
                | "AccountDeactivated"
                | "AccountSuspended"
                | "AccountNotFound"
                | "RepoTakendown"
                | "RepoDeactivated"
                | "RepoSuspended"
        )
    }

    /// Whether the request may have been carried out all the same.
    #[must_use]
    pub fn leaves_doubt(&self) -> bool {
        self.status >= 500 || self.status == 408
    }
}

/// A successful answer.
pub(super) struct Answer {
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON. A success with another body (a proxy's page) is no answer.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, BlueskyError> {
        serde_json::from_slice(&self.body).map_err(|_| BlueskyError::NoAnswer("a success without the expected JSON"))
    }
}

/// Sends one request and reads its answer.
pub(super) async fn call(request: RequestBuilder) -> Result<Answer, BlueskyError> {
    let mut response = request.send().await.map_err(|error| trouble(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER => return Err(broken(status, &headers, "an answer over 1 MB")),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(_) => return Err(broken(status, &headers, "an answer that was cut off")),
        }
    }
    if status.is_success() { Ok(Answer { body }) } else { Err(BlueskyError::Refused(refusal(status, &headers, &body))) }
}

/// A body that cannot be read: after a success all is open, but a refusal is known by its status.
fn broken(status: StatusCode, headers: &HeaderMap, what: &'static str) -> BlueskyError {
    if status.is_success() { BlueskyError::NoAnswer(what) } else { BlueskyError::Refused(refusal(status, headers, &[])) }
}

fn trouble(error: &reqwest::Error) -> BlueskyError {
    if error.is_connect() || error.is_builder() {
        BlueskyError::NotSent
    } else if error.is_timeout() {
        BlueskyError::NoAnswer("no answer in time")
    } else {
        BlueskyError::NoAnswer("the connection was cut")
    }
}

#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(default)]
    error: String,
    #[serde(default)]
    message: String,
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let said: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    let named = !said.error.is_empty() && said.error.len() <= 64 && said.error.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    Refusal {
        status: status.as_u16(),
        name: if named { said.error } else { String::new() },
        message: said.message.chars().filter(|c| !c.is_control()).take(200).collect(),
        reset: number("ratelimit-reset"),
        retry_after: number("retry-after"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn throttled(reset: Option<i64>, retry_after: Option<i64>) -> Refusal {
        Refusal { status: 429, name: "RateLimitExceeded".to_owned(), message: String::new(), reset, retry_after }
    }

    #[test]
    fn the_pause_is_what_the_server_asked_for_within_reason() {
        let now: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
        for (reset, after, wait) in [
            (Some(now.timestamp() + 90), Some(5), 90),
            (None, Some(7), 7),
            (Some(now.timestamp() - 90), Some(7), 7),
            (None, None, 300),
            (None, Some(-4), 1),
            (Some(i64::MAX), None, 300),
            (Some(now.timestamp() + 999_999_999), None, 86_400),
            (None, Some(i64::MAX), 300),
        ] {
            let at = throttled(reset, after).retry_at(now);
            assert_eq!((at - now).num_seconds(), wait, "{reset:?} {after:?}");
        }
    }

    #[test]
    fn error_bodies_of_any_kind_are_read() {
        let read = |body: &[u8]| refusal(StatusCode::BAD_REQUEST, &HeaderMap::new(), body);
        assert!(read(br#"{"error":"ExpiredToken","message":"Token has expired"}"#).is_about_the_token());
        for body in [&b""[..], b"<html>502</html>", b"null", b"[1]", br#"{"error":{"code":1}}"#, b"\xff\xfe", br#"{"error":"<script>"}"#] {
            assert_eq!(read(body).name, "");
            assert!(!read(body).is_about_the_token());
        }
        assert_eq!(read(format!("{{\"error\":\"X\",\"message\":\"a\\nb{}\"}}", "c".repeat(900)).as_bytes()).message.len(), 200);
    }
}
