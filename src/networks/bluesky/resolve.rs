//! From what a member types to the account and its server.
//!
//! handle → DID → document → server, and back again: the document must claim the handle, or anybody
//! could point a domain of theirs at somebody else's account. The DID is the key of the account, since
//! handles change. [atproto.com/specs/handle, /specs/did]

use std::fmt;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use tokio::time::{Duration, Instant, timeout_at};
use url::{Host, Url};

use super::BlueskyClient;
use super::transport::{BlueskyError, call};

/// How many mentions of a text are resolved, and for how long. A post does not wait for them longer.
const MENTIONS_ASKED: usize = 5;
const MENTIONS_TIME: Duration = Duration::from_secs(10);

/// A permanent account identifier, `did:plc:…` or `did:web:…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Did(String);

impl Did {
    /// Reads a DID of the two methods that Bluesky uses.
    ///
    /// # Errors
    /// [`BlueskyError::NotAHandle`] for every other text.
    pub fn parse(text: &str) -> Result<Self, BlueskyError> {
        let plc =
            text.strip_prefix("did:plc:").is_some_and(|id| id.len() == 24 && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')));
        let web = text.strip_prefix("did:web:").is_some_and(is_domain);
        if plc || web { Ok(Self(text.to_owned())) } else { Err(BlueskyError::NotAHandle) }
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Did {
    type Error = BlueskyError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Did> for String {
    fn from(did: Did) -> Self {
        did.0
    }
}

/// What a member typed to name the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    /// A domain name, in lower case.
    Handle(String),
    /// A DID.
    Did(Did),
}

/// An account that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The account.
    pub did: Did,
    /// Its handle, confirmed from both sides; `handle.invalid` when it has none that is.
    pub handle: String,
    /// The server that holds it.
    pub pds: Url,
}

/// Reads the name of an account: a handle with or without `@`, the address of a profile page, or a DID.
///
/// # Errors
/// [`BlueskyError::NotAHandle`], a sentence for the member; an e-mail address is refused too.
pub fn parse_identifier(text: &str) -> Result<Identifier, BlueskyError> {
    // Pasted handles often carry invisible direction marks.
    let clean: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
        .collect();
    let name = clean.trim();
    let name = name.strip_prefix("https://bsky.app/profile/").unwrap_or(name).trim_end_matches('/');
    if name.starts_with("did:") {
        return Did::parse(name).map(Identifier::Did);
    }
    let handle = name.strip_prefix('@').unwrap_or(name).to_ascii_lowercase();
    if is_domain(&handle) && !has_reserved_ending(&handle) { Ok(Identifier::Handle(handle)) } else { Err(BlueskyError::NotAHandle) }
}

/// A domain name of two labels or more, as handles are written. [atproto.com/specs/handle]
fn is_domain(text: &str) -> bool {
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_begins_with_letter = text.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()));
    text.len() <= 253 && text.contains('.') && text.split('.').all(label_ok) && last_begins_with_letter
}

fn has_reserved_ending(handle: &str) -> bool {
    ["alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion"]
        .iter()
        .any(|ending| handle.rsplit('.').next() == Some(ending))
}

/// The address of a server, cleaned to its origin.
///
/// # Errors
/// [`BlueskyError::UnsafeAddress`] for another scheme than https, for credentials or a path in the
/// address, and for hosts that are numbers or local names. With `allow_private` (tests) http and
/// loopback pass. Names that resolve to private addresses are the HTTP client's to refuse.
pub fn server_address(text: &str, allow_private: bool) -> Result<Url, BlueskyError> {
    let url = Url::parse(text).map_err(|_| BlueskyError::UnsafeAddress)?;
    let scheme_ok = url.scheme() == "https" || (allow_private && url.scheme() == "http");
    let plain =
        url.username().is_empty() && url.password().is_none() && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let host_ok = match url.host() {
        Some(Host::Domain(name)) => allow_private || (is_domain(name) && !has_reserved_ending(name) && !name.ends_with(".test")),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => allow_private,
        None => false,
    };
    if scheme_ok && plain && host_ok { Ok(url) } else { Err(BlueskyError::UnsafeAddress) }
}

#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(rename = "alsoKnownAs", default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    service: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    #[serde(default)]
    id: String,
    #[serde(rename = "serviceEndpoint", default)]
    endpoint: serde_json::Value,
}

impl Document {
    fn handle(&self) -> Option<String> {
        self.also_known_as.iter().find_map(|name| name.strip_prefix("at://")).map(str::to_ascii_lowercase)
    }

    fn claims(&self, handle: &str) -> bool {
        self.also_known_as.iter().any(|name| name.strip_prefix("at://").is_some_and(|claimed| claimed.eq_ignore_ascii_case(handle)))
    }

    fn pds(&self) -> Option<&str> {
        let own = format!("{}#atproto_pds", self.id);
        self.service.iter().find(|service| service.id == "#atproto_pds" || service.id == own)?.endpoint.as_str()
    }
}

#[derive(Deserialize)]
struct HandleAnswer {
    did: String,
}

impl BlueskyClient {
    /// Finds the account and its server. The entryway is asked first, since it also reads the DNS
    /// record of a handle; then the handle's own web server.
    ///
    /// # Errors
    /// [`BlueskyError::NoSuchHandle`], [`BlueskyError::HandleDisagrees`], [`BlueskyError::NoServer`],
    /// [`BlueskyError::UnsafeAddress`], or the trouble of a call.
    pub async fn resolve(&self, who: &Identifier) -> Result<Resolved, BlueskyError> {
        let (did, handle) = match who {
            Identifier::Handle(handle) => (self.resolve_handle(handle).await?, Some(handle.clone())),
            Identifier::Did(did) => (did.clone(), None),
        };
        let document = self.document(&did).await?;
        let handle = match handle {
            Some(handle) if document.claims(&handle) => handle,
            Some(_) => return Err(BlueskyError::HandleDisagrees),
            None => self.confirmed_handle(&did, &document).await,
        };
        let endpoint = document.pds().ok_or(BlueskyError::NoServer)?;
        let pds = server_address(endpoint, self.settings.allow_private)?;
        Ok(Resolved { did, handle, pds })
    }

    /// The DID behind a handle, not yet confirmed by its document.
    ///
    /// # Errors
    /// [`BlueskyError::NoSuchHandle`] when neither way knows it, else the trouble of the call.
    pub async fn resolve_handle(&self, handle: &str) -> Result<Did, BlueskyError> {
        let mut url = self.xrpc(&self.settings.entryway, "com.atproto.identity.resolveHandle")?;
        url.query_pairs_mut().append_pair("handle", handle);
        let asked = call(self.request(Method::GET, url)?).await;
        if let Ok(found) = asked.as_ref().map_err(Clone::clone).and_then(|answer| answer.json::<HandleAnswer>()) {
            return Did::parse(&found.did).map_err(|_| BlueskyError::NoSuchHandle);
        }
        let well_known = call(self.request(Method::GET, self.web_address(handle, "atproto-did")?)?).await;
        let own = well_known.ok().and_then(|answer| Did::parse(String::from_utf8_lossy(&answer.body).trim()).ok());
        match (own, asked) {
            (Some(did), _) => Ok(did),
            (None, Err(BlueskyError::Refused(refusal))) if !refusal.leaves_doubt() && refusal.status != 429 => {
                Err(BlueskyError::NoSuchHandle)
            }
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(BlueskyError::NoSuchHandle),
        }
    }

    /// The handles of a text that resolve, with their DIDs; at most five are asked about, and for ten
    /// seconds in all. What does not resolve is left out and stays text.
    pub async fn resolve_mentions(&self, text: &str) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        let end = Instant::now() + MENTIONS_TIME;
        for mention in super::facets::mentions(text).into_iter().take(MENTIONS_ASKED) {
            if found.iter().all(|(handle, _)| *handle != mention.handle)
                && let Ok(Ok(did)) = timeout_at(end, self.resolve_handle(&mention.handle)).await
            {
                found.push((mention.handle, did.as_str().to_owned()));
            }
        }
        found
    }

    async fn confirmed_handle(&self, did: &Did, document: &Document) -> String {
        let claimed = document.handle().filter(|handle| is_domain(handle));
        let confirmed = match claimed {
            Some(handle) => self.resolve_handle(&handle).await.ok().filter(|found| found == did).map(|_| handle),
            None => None,
        };
        confirmed.unwrap_or_else(|| "handle.invalid".to_owned())
    }

    async fn document(&self, did: &Did) -> Result<Document, BlueskyError> {
        let url = match did.as_str().strip_prefix("did:web:") {
            Some(domain) => self.web_address(domain, "did.json")?,
            // Without the dot, `did:` would be read as the scheme of another address.
            None => self.settings.plc.join(&format!("./{did}")).map_err(|_| BlueskyError::NoServer)?,
        };
        let document: Document = call(self.request(Method::GET, url)?).await?.json().map_err(|_| BlueskyError::NoServer)?;
        if document.id == did.as_str() { Ok(document) } else { Err(BlueskyError::NoServer) }
    }

    /// `https://{domain}/.well-known/{file}`, or the same below the test server.
    fn web_address(&self, domain: &str, file: &str) -> Result<Url, BlueskyError> {
        let text = match &self.settings.web_base {
            Some(base) => format!("{}/{domain}/.well-known/{file}", base.as_str().trim_end_matches('/')),
            None => format!("https://{domain}/.well-known/{file}"),
        };
        Url::parse(&text).map_err(|_| BlueskyError::UnsafeAddress)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_name_is_a_handle_or_a_did() {
        for (text, handle) in [
            (" @Alice.Example.com ", "alice.example.com"),
            ("alice.bsky.social", "alice.bsky.social"),
            ("https://bsky.app/profile/alice.test/", "alice.test"),
            ("\u{202a}alice.test\u{202c}", "alice.test"),
            ("xn--bcher-kva.tld", "xn--bcher-kva.tld"),
        ] {
            assert_eq!(parse_identifier(text), Ok(Identifier::Handle(handle.to_owned())), "{text}");
        }
        let did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
        assert_eq!(parse_identifier(did), Ok(Identifier::Did(Did(did.to_owned()))));
        assert_eq!(parse_identifier(&format!("https://bsky.app/profile/{did}")), Ok(Identifier::Did(Did(did.to_owned()))));
        assert!(parse_identifier("did:web:blog.example.com").is_ok());
        for bad in [
            "",
            "alice",
            "alice@example.com",
            "alice.",
            ".com",
            "a..b",
            "-a.com",
            "a-.com",
            "1.2.3.4",
            "alice.local",
            "localhost",
            "alice.test/path",
            "did:plc:short",
            "did:key:zQ3",
            "did:web:localhost%3A80",
            "did:web:a.com:path",
            "https://evil.example.com/",
            "a b.com",
            "bücher.de",
        ] {
            assert_eq!(parse_identifier(bad), Err(BlueskyError::NotAHandle), "{bad}");
        }
    }

    #[test]
    fn only_public_https_servers_are_called() {
        assert_eq!(server_address("https://pds.firm.com", false).unwrap().as_str(), "https://pds.firm.com/");
        assert!(server_address("http://localhost:2583", true).is_ok());
        for bad in [
            "http://pds.firm.com",
            "https://localhost",
            "https://127.0.0.1",
            "https://[::1]",
            "https://169.254.169.254",
            "https://0x7f.1",
            "https://2130706433",
            "https://pds",
            "https://pds.internal",
            "https://user:pw@pds.firm.com",
            "https://pds.firm.com/path",
            "https://pds.firm.com/?q=1",
            "ftp://pds.firm.com",
            "file:///etc/passwd",
            "pds.firm.com",
            "",
        ] {
            assert_eq!(server_address(bad, false), Err(BlueskyError::UnsafeAddress), "{bad}");
        }
    }
}
