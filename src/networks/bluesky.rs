//! The Bluesky connector, with app passwords.
//!
//! A member signs in once with a handle and an app password; after that only the two tokens of the
//! [`Session`] are kept. `createSession` is limited to 300 a day and account, so nobody ever signs in
//! per post. [docs.bsky.app, rate limits]
//!
//! Every address that an account leads to goes through [`Outbound`], which refuses private networks
//! and follows no redirect.

pub mod facets;
pub mod post;
mod publish;
pub mod resolve;
pub mod session;
pub mod tid;
pub mod transport;

use std::time::Duration;

use reqwest::{Method, RequestBuilder, header};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

pub use post::{Attempt, COLLECTION, Card, CardDraft, Picture, Post, build_post};
pub use resolve::{Did, Identifier, Resolved, parse_identifier};
pub use session::{AppPassword, Session};
pub use tid::Tid;
pub use transport::{BlueskyError, Refusal};

use crate::web::outbound::Outbound;
use session::{SessionAnswer, Tokens};
use transport::{Answer, call};

/// How long one call may take, from the first byte sent to the last one read.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// Where Bluesky is. The defaults are the public network; tests point all of it at loopback.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The directory of `did:plc` identifiers.
    pub plc: Url,
    /// The server that resolves handles for everybody.
    pub entryway: Url,
    /// The public view of all posts, which counts likes and replies; it lags behind the servers.
    pub app_view: Url,
    /// When set, `{web_base}/{domain}/.well-known/…` is asked instead of `https://{domain}/…`.
    pub web_base: Option<Url>,
    /// Lets account servers be plain http and on loopback. Give [`Outbound`] the same.
    pub allow_private: bool,
}

impl Settings {
    /// The public Bluesky network.
    ///
    /// # Errors
    /// None in practice; the addresses are constants.
    pub fn public() -> Result<Self, url::ParseError> {
        Ok(Self {
            plc: Url::parse("https://plc.directory/")?,
            entryway: Url::parse("https://bsky.social/")?,
            app_view: Url::parse("https://public.api.bsky.app/")?,
            web_base: None,
            allow_private: false,
        })
    }

    /// One server on loopback that is everything at once, or a server and a directory.
    ///
    /// # Errors
    /// When one of the addresses is not an address.
    pub fn test_server(pds: &str, plc: &str) -> Result<Self, url::ParseError> {
        let pds = Url::parse(pds)?;
        let web_base = Some(pds.join("web")?);
        Ok(Self { plc: Url::parse(plc)?, entryway: pds.clone(), app_view: pds, web_base, allow_private: true })
    }
}

/// The connector. Cheap to clone; holds no account.
#[derive(Debug, Clone)]
pub struct BlueskyClient {
    outbound: Outbound,
    settings: Settings,
}

/// A record that was made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Created {
    /// `at://{did}/app.bsky.feed.post/{rkey}`.
    pub uri: String,
    /// The hash of the record.
    pub cid: String,
}

/// A record that was read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Record {
    /// `at://{did}/app.bsky.feed.post/{rkey}`.
    pub uri: String,
    /// The record as it is stored.
    pub value: Value,
}

/// What Bluesky counted for one post. It has no impressions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Counts {
    /// `at://…`, as the post was published.
    pub uri: String,
    /// Likes.
    #[serde(rename = "likeCount", default)]
    pub likes: i64,
    /// Reposts without a text of their own.
    #[serde(rename = "repostCount", default)]
    pub reposts: i64,
    /// Replies.
    #[serde(rename = "replyCount", default)]
    pub replies: i64,
    /// Reposts with a text of their own.
    #[serde(rename = "quoteCount", default)]
    pub quotes: i64,
    /// Private bookmarks.
    #[serde(rename = "bookmarkCount", default)]
    pub bookmarks: i64,
}

/// Most posts in one call of [`BlueskyClient::counts`]. [lexicon app.bsky.feed.getPosts]
pub const MAX_COUNTED: usize = 25;

#[derive(Deserialize)]
struct PostsAnswer {
    posts: Vec<Counts>,
}

#[derive(Deserialize)]
struct BlobAnswer {
    blob: Value,
}

impl BlueskyClient {
    /// A connector for these addresses, calling through the guarded client.
    #[must_use]
    pub fn new(outbound: Outbound, settings: Settings) -> Self {
        Self { outbound, settings }
    }

    /// Signs in with an app password and keeps nothing of it.
    ///
    /// # Errors
    /// [`BlueskyError::WrongPassword`], [`BlueskyError::AccountPaused`], or the trouble of the call.
    pub async fn create_session(&self, account: &Resolved, password: &AppPassword) -> Result<Session, BlueskyError> {
        let url = self.xrpc(&account.pds, "com.atproto.server.createSession")?;
        let body = json!({"identifier": account.did.as_str(), "password": password.expose()});
        let answer = call(self.request(Method::POST, url)?.json(&body)).await.map_err(|error| match error {
            BlueskyError::Refused(no) if no.is_about_the_account() => BlueskyError::AccountPaused(no.name),
            BlueskyError::Refused(no) if no.status == 401 => BlueskyError::WrongPassword,
            other => other,
        })?;
        let tokens = answer.json::<SessionAnswer>()?.tokens_for(&account.did)?;
        Ok(Session::new(account.did.clone(), account.handle.clone(), account.pds.clone(), tokens))
    }

    /// Swaps the refresh token for a new pair. The old one is used up: store the session right after.
    ///
    /// # Errors
    /// [`BlueskyError::SignInNeeded`] when the session has ended for good,
    /// [`BlueskyError::AccountPaused`], or the trouble of the call, after which it may be repeated.
    pub async fn refresh_session(&self, session: &mut Session) -> Result<(), BlueskyError> {
        let url = self.xrpc(&session.pds, "com.atproto.server.refreshSession")?;
        let request = self.request(Method::POST, url)?.bearer_auth(session.refresh());
        let answer = call(request).await.map_err(|error| match error {
            BlueskyError::Refused(no) if no.is_about_the_account() => BlueskyError::AccountPaused(no.name),
            BlueskyError::Refused(no) if no.is_about_the_token() => BlueskyError::SignInNeeded,
            other => other,
        })?;
        let tokens: Tokens = answer.json::<SessionAnswer>()?.tokens_for(&session.did)?;
        session.renew(tokens);
        Ok(())
    }

    /// Signs out, so that the tokens are worth nothing. A session that has ended already is fine.
    ///
    /// # Errors
    /// The trouble of the call.
    pub async fn delete_session(&self, session: &Session) -> Result<(), BlueskyError> {
        let url = self.xrpc(&session.pds, "com.atproto.server.deleteSession")?;
        match call(self.request(Method::POST, url)?.bearer_auth(session.refresh())).await {
            Ok(_) => Ok(()),
            Err(BlueskyError::Refused(no)) if no.is_about_the_token() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Uploads a picture and gives back its blob, which goes into the record word for word. The server
    /// drops a blob that no record names within minutes.
    ///
    /// # Errors
    /// The trouble of the call; [`BlueskyError::SignInNeeded`] after one refresh.
    pub async fn upload_blob(&self, session: &mut Session, picture: &Picture) -> Result<Value, BlueskyError> {
        let answer = self
            .with_token(session, |client, session| {
                let url = client.xrpc(&session.pds, "com.atproto.repo.uploadBlob")?;
                Ok(client.request(Method::POST, url)?.header(header::CONTENT_TYPE, &picture.mime).body(picture.bytes.clone()))
            })
            .await?;
        answer.json::<BlobAnswer>().map(|answer| answer.blob)
    }

    /// Makes a post under the record key that was chosen for it.
    ///
    /// # Errors
    /// The trouble of the call; [`BlueskyError::SignInNeeded`] after one refresh.
    pub async fn create_record(&self, session: &mut Session, rkey: Tid, record: &Value) -> Result<Created, BlueskyError> {
        let body = json!({"repo": session.did.as_str(), "collection": COLLECTION, "rkey": rkey.to_string(), "record": record});
        let answer = self
            .with_token(session, |client, session| {
                let url = client.xrpc(&session.pds, "com.atproto.repo.createRecord")?;
                Ok(client.request(Method::POST, url)?.json(&body))
            })
            .await?;
        answer.json()
    }

    /// The post under a record key, `None` when there is none. Needs no token.
    ///
    /// # Errors
    /// The trouble of the call: then nothing is known about the post.
    pub async fn get_record(&self, session: &Session, rkey: Tid) -> Result<Option<Record>, BlueskyError> {
        let mut url = self.xrpc(&session.pds, "com.atproto.repo.getRecord")?;
        url.query_pairs_mut()
            .append_pair("repo", session.did.as_str())
            .append_pair("collection", COLLECTION)
            .append_pair("rkey", &rkey.to_string());
        match call(self.request(Method::GET, url)?).await {
            Ok(answer) => answer.json().map(Some),
            Err(BlueskyError::Refused(no)) if no.name == "RecordNotFound" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes a post down. One that is gone already is fine.
    ///
    /// # Errors
    /// The trouble of the call; [`BlueskyError::SignInNeeded`] after one refresh.
    pub async fn delete_record(&self, session: &mut Session, rkey: Tid) -> Result<(), BlueskyError> {
        let body = json!({"repo": session.did.as_str(), "collection": COLLECTION, "rkey": rkey.to_string()});
        self.with_token(session, |client, session| {
            let url = client.xrpc(&session.pds, "com.atproto.repo.deleteRecord")?;
            Ok(client.request(Method::POST, url)?.json(&body))
        })
        .await
        .map(|_| ())
    }

    /// The public counts of posts, at most [`MAX_COUNTED`] at once; more are left out. A post that was
    /// deleted, or that the view has not seen yet, is missing in the answer. Needs no token.
    ///
    /// # Errors
    /// The trouble of the call.
    pub async fn counts(&self, uris: &[String]) -> Result<Vec<Counts>, BlueskyError> {
        let mut url = self.xrpc(&self.settings.app_view, "app.bsky.feed.getPosts")?;
        url.query_pairs_mut().extend_pairs(uris.iter().take(MAX_COUNTED).map(|uri| ("uris", uri)));
        let answer = call(self.request(Method::GET, url)?).await?;
        answer.json::<PostsAnswer>().map(|answer| answer.posts)
    }

    /// A call with the access token. An answer that blames the token leads to one refresh and one
    /// repeat; the refused call did nothing, so the repeat is safe.
    async fn with_token(
        &self,
        session: &mut Session,
        build: impl Fn(&Self, &Session) -> Result<RequestBuilder, BlueskyError>,
    ) -> Result<Answer, BlueskyError> {
        match call(build(self, session)?.bearer_auth(session.access())).await {
            Err(BlueskyError::Refused(no)) if no.is_about_the_account() => return Err(BlueskyError::AccountPaused(no.name)),
            Err(BlueskyError::Refused(no)) if no.is_about_the_token() => {}
            other => return other,
        }
        // Whatever befalls the refresh, the first call was refused: nothing has been sent.
        self.refresh_session(session).await.map_err(|error| match error {
            BlueskyError::NoAnswer(_) => BlueskyError::NotSent,
            BlueskyError::Refused(no) if no.leaves_doubt() => BlueskyError::NotSent,
            other => other,
        })?;
        match call(build(self, session)?.bearer_auth(session.access())).await {
            Err(BlueskyError::Refused(no)) if no.is_about_the_account() => Err(BlueskyError::AccountPaused(no.name)),
            Err(BlueskyError::Refused(no)) if no.is_about_the_token() => Err(BlueskyError::SignInNeeded),
            other => other,
        }
    }

    fn xrpc(&self, server: &Url, method: &str) -> Result<Url, BlueskyError> {
        server.join(&format!("/xrpc/{method}")).map_err(|_| BlueskyError::UnsafeAddress)
    }

    fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, BlueskyError> {
        let client = self.outbound.client_for(&url).map_err(|_| BlueskyError::UnsafeAddress)?;
        Ok(client.request(method, url).timeout(CALL_TIMEOUT))
    }
}
