//! A signed-in Bluesky account: the app password that opens it and the two tokens that keep it open.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::resolve::Did;
use super::transport::BlueskyError;

/// An app password, `xxxx-xxxx-xxxx-xxxx`. The member's main password never has this form, and nothing
/// else is accepted, so that nobody hands it over by mistake.
#[derive(Clone)]
pub struct AppPassword(SecretString);

impl AppPassword {
    /// Reads an app password as a person pastes it: spaces around it and capitals do not matter.
    ///
    /// # Errors
    /// A sentence that says where app passwords are made. What was typed is not in it.
    pub fn parse(text: &str) -> Result<Self, BlueskyError> {
        let text = text.trim().to_ascii_lowercase();
        let groups: Vec<&str> = text.split('-').collect();
        let shaped = groups.len() == 4 && groups.iter().all(|group| group.len() == 4 && group.bytes().all(|b| b.is_ascii_alphanumeric()));
        if shaped { Ok(Self(SecretString::from(text))) } else { Err(BlueskyError::NotAnAppPassword) }
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for AppPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppPassword(…)")
    }
}

/// The tokens of a connected account. The reference server gives the access token two hours and the
/// refresh token ninety days; both are opaque, and only an answer says that one has ended.
///
/// The refresh token serves once. One worker at a time may use a session, and a session that
/// [`Session::take_changed`] reports must be stored before the account's next use.
#[derive(Clone)]
pub struct Session {
    /// The account; stays when the handle changes.
    pub did: Did,
    /// The handle at sign-in, for showing.
    pub handle: String,
    /// The server that holds the account.
    pub pds: Url,
    access: SecretString,
    refresh: SecretString,
    changed: bool,
}

/// The form that is sealed at rest.
#[derive(Serialize, Deserialize)]
struct Stored {
    v: u8,
    did: Did,
    handle: String,
    pds: String,
    access: String,
    refresh: String,
}

impl Session {
    pub(super) fn new(did: Did, handle: String, pds: Url, tokens: Tokens) -> Self {
        Self { did, handle, pds, access: tokens.access, refresh: tokens.refresh, changed: true }
    }

    /// The session as JSON, to be sealed. The text holds the tokens and never reaches a log.
    ///
    /// # Errors
    /// None in practice; the serialiser's signature asks for it.
    pub fn to_json(&self) -> serde_json::Result<SecretString> {
        let stored = Stored {
            v: 1,
            did: self.did.clone(),
            handle: self.handle.clone(),
            pds: self.pds.to_string(),
            access: self.access.expose_secret().to_owned(),
            refresh: self.refresh.expose_secret().to_owned(),
        };
        serde_json::to_string(&stored).map(SecretString::from)
    }

    /// Reads a session back from its unsealed JSON.
    ///
    /// # Errors
    /// [`BlueskyError::Session`] when the text is not a session; it does not repeat the text.
    pub fn from_json(json: &str) -> Result<Self, BlueskyError> {
        let stored: Stored = serde_json::from_str(json).map_err(|_| BlueskyError::Session)?;
        if stored.v != 1 {
            return Err(BlueskyError::Session);
        }
        let Stored { did, handle, pds, access, refresh, .. } = stored;
        let pds = Url::parse(&pds).map_err(|_| BlueskyError::Session)?;
        Ok(Self { did, handle, pds, access: access.into(), refresh: refresh.into(), changed: false })
    }

    /// Whether the tokens changed since this was last asked. If so, seal and store the session, also
    /// when the call that changed it failed.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    pub(super) fn renew(&mut self, tokens: Tokens) {
        self.access = tokens.access;
        self.refresh = tokens.refresh;
        self.changed = true;
    }

    pub(super) fn access(&self) -> &str {
        self.access.expose_secret()
    }

    pub(super) fn refresh(&self) -> &str {
        self.refresh.expose_secret()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("did", &self.did).field("pds", &self.pds.as_str()).finish_non_exhaustive()
    }
}

/// A fresh pair of tokens.
pub(super) struct Tokens {
    pub access: SecretString,
    pub refresh: SecretString,
}

/// The answer to `createSession` and `refreshSession`.
#[derive(Deserialize)]
pub(super) struct SessionAnswer {
    #[serde(rename = "accessJwt")]
    access: String,
    #[serde(rename = "refreshJwt")]
    refresh: String,
    pub did: String,
    pub active: Option<bool>,
    pub status: Option<String>,
}

impl SessionAnswer {
    /// The tokens, unless the answer is for another account or for one that is switched off.
    pub fn tokens_for(self, did: &Did) -> Result<Tokens, BlueskyError> {
        if self.did != did.as_str() {
            return Err(BlueskyError::OtherAccount);
        }
        if self.active == Some(false) {
            return Err(BlueskyError::AccountPaused(self.status.unwrap_or_default()));
        }
        Ok(Tokens { access: self.access.into(), refresh: self.refresh.into() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn only_an_app_password_is_taken() {
        assert_eq!(AppPassword::parse(" ABCD-efgh-2345-ijkl\n").unwrap().expose(), "abcd-efgh-2345-ijkl");
        for bad in [
            "",
            "correct horse battery",
            "abcd-efgh-2345",
            "abcd-efgh-2345-ijkl-mnop",
            "abcdefgh2345ijkl",
            "abcd-efgh-2345-ijk!",
            "äbcd-efgh-2345-ijkl",
        ] {
            let error = AppPassword::parse(bad).unwrap_err().to_string();
            assert!(error.contains("app password") && (bad.is_empty() || !error.contains(bad)), "{error}");
        }
    }

    #[test]
    fn a_session_comes_back_from_rest_and_never_shows_its_tokens() {
        let tokens = Tokens { access: "topsecretaccess".into(), refresh: "topsecretrefresh".into() };
        let did = Did::parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz").unwrap();
        let mut session = Session::new(did, "alice.test".to_owned(), Url::parse("https://pds.example.com").unwrap(), tokens);
        assert!(session.take_changed() && !session.take_changed());
        let mut back = Session::from_json(session.to_json().unwrap().expose_secret()).unwrap();
        assert_eq!((back.access(), back.refresh()), ("topsecretaccess", "topsecretrefresh"));
        assert!(!back.take_changed());
        assert!(!format!("{back:?} {:?}", session.to_json()).contains("topsecret"));
        assert!(matches!(Session::from_json("{\"access\":\"topsecret\"}"), Err(error) if !error.to_string().contains("topsecret")));
    }
}
