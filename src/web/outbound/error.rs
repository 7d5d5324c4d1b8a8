//! Why an address could not be read, in words for the person who typed it.

use std::time::Duration;

use thiserror::Error;
use url::Url;

/// Why an address could not be read. `Display` is a sentence for a curator; [`FetchError::code`]
/// is stable and meant for the API and for tests.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// The text is no web address.
    #[error("That is not a web address. Type it in full, beginning with https://.")]
    NotAnAddress,
    /// Another scheme than http or https.
    #[error("Herald opens web addresses only, beginning with https:// or http://, not {0}:.")]
    Scheme(String),
    /// The address carries a user name or a password.
    #[error("The address carries a user name or password. Remove it and try again.")]
    Credentials,
    /// A port that no public web site uses.
    #[error("Herald does not open port {0}. Use an address without a port number.")]
    Port(u16),
    /// The name, or the address behind it, is in a private or reserved network.
    #[error("The address leads to a private network, which Herald does not open.")]
    PrivateNetwork,
    /// The name does not resolve.
    #[error("There is no site named {0}. Check the spelling of the address.")]
    NoSuchHost(String),
    /// No connection could be made.
    #[error("{0} does not accept connections. Try again later.")]
    Unreachable(String),
    /// The site's certificate was refused, or no secure connection came about.
    #[error("No secure connection to {0} came about; its certificate may be wrong. Tell the site's owner.")]
    Certificate(String),
    /// The total time limit ran out, in seconds.
    #[error("{host} did not answer within {seconds} seconds. Try again later.")]
    TooSlow { host: String, seconds: u64 },
    /// The body is larger than the limit, in bytes, after decompression.
    #[error("The page is larger than {}, which is more than Herald reads.", size(*.0))]
    TooLarge(usize),
    /// More redirects than allowed.
    #[error("The address redirects more than {0} times. Use the address it ends at.")]
    TooManyRedirects(usize),
    /// A redirect leads to an address already visited.
    #[error("The address redirects in a circle. Open it in a browser and copy the address it ends at.")]
    RedirectCircle,
    /// A redirect without a target that can be read.
    #[error("{0} redirects to something that is not an address.")]
    BadRedirect(String),
    /// An answer with another status than success.
    #[error("{host} answered {status}. {}", advice(*.status))]
    Status {
        host: String,
        status: u16,
        /// What the site asked us to wait, when it did.
        retry_after: Option<Duration>,
    },
    /// The answer has another media type than was asked for.
    #[error("{host} answered with {got} where {wanted} was expected.")]
    WrongType { host: String, got: String, wanted: &'static str },
    /// The answer broke off, or is no HTTP.
    #[error("The answer of {0} broke off or could not be read. Try again later.")]
    Broken(String),
    /// The client could not be set up at start.
    #[error("Herald cannot open secure connections on this machine. Ask your administrator.")]
    NotReady,
}

impl FetchError {
    /// A stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnAddress => "not_an_address",
            Self::Scheme(_) => "scheme_not_allowed",
            Self::Credentials => "credentials_in_address",
            Self::Port(_) => "port_not_allowed",
            Self::PrivateNetwork => "private_network",
            Self::NoSuchHost(_) => "no_such_host",
            Self::Unreachable(_) => "unreachable",
            Self::Certificate(_) => "certificate",
            Self::TooSlow { .. } => "too_slow",
            Self::TooLarge(_) => "too_large",
            Self::TooManyRedirects(_) => "too_many_redirects",
            Self::RedirectCircle => "redirect_circle",
            Self::BadRedirect(_) => "bad_redirect",
            Self::Status { .. } => "status",
            Self::WrongType { .. } => "wrong_type",
            Self::Broken(_) => "broken_answer",
            Self::NotReady => "not_ready",
        }
    }

    /// True when the same request may well succeed later: the site was slow, busy or away.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TooSlow { .. } | Self::Broken(_) | Self::NoSuchHost(_) => true,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }

    /// How long the site asked us to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The HTTP status, when the site answered with another one than success.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Sorts what reqwest reports about one hop.
    pub(super) fn from_reqwest(error: &reqwest::Error, url: &Url, limit: Duration) -> Self {
        if let Some(refused) = refusal_in(error) {
            return refused;
        }
        let host = host_of(url);
        if error.is_timeout() {
            return Self::TooSlow { host, seconds: limit.as_secs() };
        }
        if error.is_connect() {
            return if url.scheme() == "https" && failed_as_secure(error) { Self::Certificate(host) } else { Self::Unreachable(host) };
        }
        Self::Broken(host)
    }
}

/// The host of an address as people read it.
pub(super) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or("The site").to_owned()
}

/// What lies beneath an error of reqwest, outermost first.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |inner| inner.source())
}

/// The refusal of our own resolver, which reqwest wraps.
fn refusal_in(error: &reqwest::Error) -> Option<FetchError> {
    causes(error).find_map(|cause| cause.downcast_ref::<FetchError>().cloned())
}

/// A connection that the system refused carries the system's error number; when the connection
/// stands and still fails, it failed to become a secure one.
fn failed_as_secure(error: &reqwest::Error) -> bool {
    !causes(error).any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.raw_os_error().is_some()))
}

fn size(bytes: usize) -> String {
    const MEGABYTE: usize = 1_000_000;
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..MEGABYTE => format!("{} KB", bytes / 1_000),
        // Limits are often given as 2 * 1024 * 1024; people read that as 2 MB.
        _ => format!("{} MB", bytes / MEGABYTE),
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        401 | 403 => "The site does not let Herald read this page; type the title and summary yourself.",
        404 => "There is no page at this address; check it in a browser.",
        410 => "The page was removed for good.",
        429 => "The site asks for fewer requests; try again later.",
        500..=599 => "The site has a fault of its own; try again later.",
        _ => "Open the address in a browser and check it.",
    }
}
