//! The HTTP client for every address that a person can type: feeds, articles, pictures,
//! Mastodon servers, webhooks.
//!
//! A typed address must not become a way into the network that Herald runs in (server-side
//! request forgery). So each hop, redirects included, is resolved here, every resolved address
//! is checked, and the connection goes to exactly what was checked: there is no second DNS
//! answer that could differ, because the connector asks [`names`] and nobody else. Size, time, redirects, port and media type are limited.

mod address;
mod error;
mod names;
#[cfg(test)]
mod tests;

#[cfg(test)]
use std::net::SocketAddr;
use std::{net::IpAddr, sync::Arc, time::Duration};

use futures_util::StreamExt;
use reqwest::{
    Response, StatusCode,
    header::{self, HeaderMap},
};
use url::{Host, Url};

pub use address::is_public;
pub use error::FetchError;
use error::host_of;
use names::CheckedNames;

/// What a web page is asked for with.
pub const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml";
/// What a feed is asked for with. Feeds are served under any type, so any is taken.
pub const ACCEPT_FEED: &str = "application/rss+xml, application/atom+xml, application/feed+json, \
     application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";
/// What a picture is asked for with.
pub const ACCEPT_PICTURE: &str = "image/jpeg, image/png, image/webp, image/gif";
/// What a JSON document (oEmbed) is asked for with.
pub const ACCEPT_JSON: &str = "application/json, text/json, application/json+oembed";

/// The limits of the client.
#[derive(Debug, Clone)]
pub struct OutboundConfig {
    /// Opens private networks and any port. For tests and the demonstration only.
    pub allow_private: bool,
    /// How Herald names itself, honestly, with an address to ask at.
    pub user_agent: String,
    /// The time for everything: names, all hops and the body.
    pub timeout: Duration,
    /// How many redirects are followed; 5 is usual.
    pub max_redirects: usize,
}

/// One question: what is wanted, how much of it, and what is already known.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The `Accept` header; an answer of another type is refused. See [`ACCEPT_PAGE`] and its like.
    pub accept: &'static str,
    /// The largest body, in bytes after decompression.
    pub max_bytes: usize,
    /// The `ETag` of the last answer, exactly as received.
    pub etag: Option<String>,
    /// The `Last-Modified` of the last answer, exactly as received.
    pub last_modified: Option<String>,
}

impl Ask {
    /// A question without any knowledge of an earlier answer.
    pub fn new(accept: &'static str, max_bytes: usize) -> Self {
        Self { accept, max_bytes, etag: None, last_modified: None }
    }
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where the redirects ended.
    pub final_url: Url,
    pub status: u16,
    pub content_type: Option<String>,
    /// The body, decompressed; empty when `not_modified`.
    pub body: Vec<u8>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// True for 304: what the asker has is still right.
    pub not_modified: bool,
    /// The addresses that redirected, in order; the last of them led to `final_url`.
    pub redirects: Vec<Url>,
    /// Where the address has moved for good: the end of the unbroken run of 301 and 308 at the start.
    pub moved_to: Option<Url>,
    pub retry_after: Option<Duration>,
}

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outbound {
    config: Arc<OutboundConfig>,
    /// None when the machine offers no way to set up TLS.
    client: Option<reqwest::Client>,
    /// A test's own server, reachable although it is on loopback, so that everything else is refused.
    #[cfg(test)]
    test_server: Option<SocketAddr>,
}

impl Outbound {
    /// A client with these limits.
    pub fn new(config: OutboundConfig) -> Self {
        let client = reqwest::Client::builder()
            .user_agent(&config.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // A proxy from the environment would resolve the names, out of our sight.
            .no_proxy()
            .timeout(config.timeout)
            .dns_resolver(Arc::new(CheckedNames { allow_private: config.allow_private }))
            .build()
            .ok();
        Self {
            client,
            config: Arc::new(config),
            #[cfg(test)]
            test_server: None,
        }
    }

    /// Reads what is at the address, following redirects.
    ///
    /// # Errors
    /// [`FetchError`] when the address is refused, does not answer in time, answers with another
    /// status than success or 304, with another type than asked for, or with too much.
    pub async fn get(&self, url: &str, ask: Ask) -> Result<Fetched, FetchError> {
        let start = parse(url)?;
        let host = host_of(&start);
        match tokio::time::timeout(self.config.timeout, self.follow(start, &ask)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(FetchError::TooSlow { host, seconds: self.config.timeout.as_secs() }),
        }
    }

    /// The guarded client, for what is not a plain GET: webhooks, Mastodon servers. It resolves
    /// and checks every name itself and follows no redirects; call this before each request,
    /// because an address given as a number is checked here only.
    ///
    /// # Errors
    /// [`FetchError`] when the address is refused.
    pub fn client_for(&self, url: &Url) -> Result<reqwest::Client, FetchError> {
        self.check(url)?;
        self.client.clone().ok_or(FetchError::NotReady)
    }

    async fn follow(&self, start: Url, ask: &Ask) -> Result<Fetched, FetchError> {
        let mut redirects: Vec<Url> = Vec::new();
        let mut moved_to = None;
        let mut permanent_so_far = true;
        let mut url = start;
        loop {
            let response = self.hop(&url, ask).await?;
            let status = response.status();
            if !is_redirect(status) {
                let body = self.read(response, url, ask).await?;
                return Ok(Fetched { redirects, moved_to, ..body });
            }
            let next = target(&url, response.headers())?;
            permanent_so_far &= matches!(status.as_u16(), 301 | 308);
            if permanent_so_far {
                moved_to = Some(next.clone());
            }
            redirects.push(url);
            if redirects.contains(&next) {
                return Err(FetchError::RedirectCircle);
            }
            if redirects.len() > self.config.max_redirects {
                return Err(FetchError::TooManyRedirects(self.config.max_redirects));
            }
            url = next;
        }
    }

    async fn hop(&self, url: &Url, ask: &Ask) -> Result<Response, FetchError> {
        let client = self.client_for(url)?;
        let mut request = client.get(url.clone()).header(header::ACCEPT, ask.accept);
        if let Some(etag) = ask.etag.as_deref().filter(|value| fits_header(value)) {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(since) = ask.last_modified.as_deref().filter(|v| fits_header(v)) {
            request = request.header(header::IF_MODIFIED_SINCE, since);
        }
        request.send().await.map_err(|error| FetchError::from_reqwest(&error, url, self.config.timeout))
    }

    async fn read(&self, response: Response, url: Url, ask: &Ask) -> Result<Fetched, FetchError> {
        let status = response.status();
        let headers = response.headers();
        let retry_after = seconds_to_wait(headers);
        let not_modified = status == StatusCode::NOT_MODIFIED;
        if !status.is_success() && !not_modified {
            return Err(FetchError::Status { host: host_of(&url), status: status.as_u16(), retry_after });
        }
        let content_type = text(headers, header::CONTENT_TYPE);
        let mut fetched = Fetched {
            status: status.as_u16(),
            etag: text(headers, header::ETAG),
            last_modified: text(headers, header::LAST_MODIFIED),
            body: Vec::new(),
            redirects: Vec::new(),
            moved_to: None,
            content_type,
            not_modified,
            retry_after,
            final_url: url,
        };
        if !not_modified {
            check_type(&fetched, ask.accept)?;
            fetched.body = self.body(response, &fetched.final_url, ask.max_bytes).await?;
        }
        Ok(fetched)
    }

    async fn body(&self, response: Response, url: &Url, max: usize) -> Result<Vec<u8>, FetchError> {
        // Only a hint that spares the download: a site may lie, so what arrives is counted too.
        if response.content_length().is_some_and(|said| said > max as u64) {
            return Err(FetchError::TooLarge(max));
        }
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|e| FetchError::from_reqwest(&e, url, self.config.timeout))?;
            if body.len() + chunk.len() > max {
                return Err(FetchError::TooLarge(max));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// What can be said about an address without asking anyone.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Credentials);
        }
        let port = url.port_or_known_default().unwrap_or(0);
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchError::NotAnAddress),
        };
        if self.config.allow_private || self.is_test_server(ip, port) {
            return Ok(());
        }
        if !matches!(port, 80 | 443 | 8080 | 8443) {
            return Err(FetchError::Port(port));
        }
        match ip {
            Some(ip) if !is_public(ip) => Err(FetchError::PrivateNetwork),
            _ => Ok(()),
        }
    }

    #[cfg(not(test))]
    fn is_test_server(&self, _ip: Option<IpAddr>, _port: u16) -> bool {
        false
    }

    #[cfg(test)]
    fn is_test_server(&self, ip: Option<IpAddr>, port: u16) -> bool {
        let asked = ip.map(|ip| SocketAddr::new(ip, port));
        asked.is_some() && asked == self.test_server
    }
}

/// People leave out the scheme; everything else must be a whole address.
fn parse(typed: &str) -> Result<Url, FetchError> {
    let typed = typed.trim();
    match Url::parse(typed) {
        // `example.org:8080/a` parses as a scheme named `example.org`.
        Ok(url) if url.has_host() => Ok(url),
        Ok(url) if !url.scheme().contains('.') => Err(FetchError::Scheme(url.scheme().to_owned())),
        _ if typed.contains('.') && !typed.contains(char::is_whitespace) => {
            Url::parse(&format!("https://{typed}")).map_err(|_| FetchError::NotAnAddress)
        }
        _ => Err(FetchError::NotAnAddress),
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn target(from: &Url, headers: &HeaderMap) -> Result<Url, FetchError> {
    let location = text(headers, header::LOCATION);
    location.and_then(|place| from.join(&place).ok()).ok_or_else(|| FetchError::BadRedirect(host_of(from)))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

fn fits_header(value: &str) -> bool {
    header::HeaderValue::from_str(value).is_ok()
}

/// `Retry-After` in seconds; the form with a date is rare and means nothing without a clock.
fn seconds_to_wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = text(headers, header::RETRY_AFTER)?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Refuses an answer of a type that was not asked for. No type at all is let through.
fn check_type(fetched: &Fetched, accept: &'static str) -> Result<(), FetchError> {
    let Some(full) = fetched.content_type.as_deref() else {
        return Ok(());
    };
    let got = full.split(';').next().unwrap_or_default().trim();
    let got = got.to_ascii_lowercase();
    let fits = accept.split(',').any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim();
        match range.strip_suffix('*') {
            Some("*/") => true,
            Some(kind) => got.starts_with(kind),
            None => got == range,
        }
    });
    if fits || got.is_empty() {
        return Ok(());
    }
    Err(FetchError::WrongType { host: host_of(&fetched.final_url), got: got.chars().take(60).collect(), wanted: name_of(accept) })
}

fn name_of(accept: &str) -> &'static str {
    if accept.contains("text/html") {
        "a web page"
    } else if accept.contains("image/") {
        "a picture"
    } else if accept.contains("xml") {
        "a feed"
    } else {
        "a JSON document"
    }
}
