//! The share pages of the networks, opened with as much filled in as each allows.
//!
//! A share page gives no answer: opening one is not publishing. Addresses and parameters:
//! reference/networks.md, section 10.

#[cfg(test)]
mod tests;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::placing::{has_link, with_link, without_link};
use crate::networks::Network;
pub use crate::networks::mastodon_server as mastodon_host;

/// Everything but the characters that RFC 3986 calls unreserved. A space becomes `%20`, never `+`.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What goes into a share page.
#[derive(Debug, Clone, Copy)]
pub struct IntentInput<'a> {
    /// The text to publish, as the policy check gave it.
    pub text: &'a str,
    /// The short link of the share; empty for none.
    pub link: &'a str,
    /// The title of the content item: the subject of a mail, the title on Reddit if there is no text.
    pub title: &'a str,
    /// The member's Mastodon server, for Mastodon.
    pub mastodon_host: Option<&'a str>,
}

/// A share page to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Intent {
    /// The address to open, in a window of its own: some share pages refuse to be framed.
    pub url: String,
    /// Whether the page takes no text, so that it has to be copied before the page is opened.
    pub copy_first: bool,
    /// What the member does on that page.
    pub mode_note: &'static str,
}

/// Why there is no share page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntentError {
    /// Mastodon has no one address: the member's server has to be known.
    #[error("Tell Herald your Mastodon server first, such as mastodon.social.")]
    MastodonHostMissing,
    /// The server given is no host name.
    #[error("That is no Mastodon server. Enter its name alone, such as mastodon.social.")]
    MastodonHostInvalid,
    /// The share page is nothing without a link.
    #[error("{0} shares links only, and this share has none. Choose another network.")]
    LinkMissing(&'static str),
}

/// The share page of `network` for one share.
///
/// A link that stands in the text already is not given a second time.
///
/// # Errors
/// For Mastodon without a proper server, and for networks that share nothing but links without one.
pub fn intent(network: Network, input: &IntentInput<'_>) -> Result<Intent, IntentError> {
    let text = input.text.trim();
    let link = input.link.trim();
    let needed_link = || {
        if link.is_empty() { Err(IntentError::LinkMissing(network.label())) } else { Ok(link) }
    };
    let in_text = with_link(text, link, "\n");
    let url = match network {
        Network::Linkedin => address("https://www.linkedin.com/sharing/share-offsite/", &[("url", needed_link()?)]),
        Network::Facebook => address("https://www.facebook.com/sharer/sharer.php", &[("u", needed_link()?)]),
        Network::Xing => address("https://www.xing.com/spi/shares/new", &[("url", needed_link()?)]),
        Network::X => address("https://x.com/intent/tweet", &[("text", text), ("url", apart(text, link))]),
        Network::Threads => address("https://www.threads.com/intent/post", &[("text", text), ("url", apart(text, link))]),
        Network::Mastodon => {
            let host = input.mastodon_host.ok_or(IntentError::MastodonHostMissing)?;
            let host = mastodon_host(host).ok_or(IntentError::MastodonHostInvalid)?;
            address(&format!("https://{host}/share"), &[("text", &in_text)])
        }
        Network::Bluesky => address("https://bsky.app/intent/compose", &[("text", &in_text)]),
        Network::Whatsapp => address("https://wa.me/", &[("text", &in_text)]),
        // The link is what Telegram shares, so the text goes without it.
        Network::Telegram => address("https://t.me/share/url", &[("url", needed_link()?), ("text", &without_link(text, link))]),
        Network::Reddit => {
            let own = one_line(&without_link(text, link));
            let title = if own.is_empty() { one_line(input.title) } else { own };
            address("https://www.reddit.com/submit", &[("url", link), ("title", &title)])
        }
        Network::Email => mail(input.title, &with_link(text, link, "\n\n")),
    };
    Ok(Intent { url, copy_first: !network.takes_text_in_intent() && !text.is_empty(), mode_note: mode_note(network) })
}

/// The link for a parameter of its own, unless the text carries it.
fn apart<'a>(text: &str, link: &'a str) -> &'a str {
    if has_link(text, link) { "" } else { link }
}

/// An address with its parameters encoded; empty ones are left out.
fn address(base: &str, parameters: &[(&str, &str)]) -> String {
    let mut url = base.to_owned();
    let mut separator = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        url.push(separator);
        url.push_str(name);
        url.push('=');
        url.extend(utf8_percent_encode(value, VALUE));
        separator = '&';
    }
    url
}

/// A mail to nobody yet (RFC 6068): line breaks are CR LF, the subject is one line.
fn mail(subject: &str, body: &str) -> String {
    let body = body.replace("\r\n", "\n").replace(['\n', '\r'], "\r\n");
    address("mailto:", &[("subject", &one_line(subject)), ("body", &body)])
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the member does on the share page of a network.
pub const fn mode_note(network: Network) -> &'static str {
    match network {
        Network::Linkedin => "LinkedIn takes only the link. Your text is copied: paste it into the post.",
        Network::Facebook => "Facebook takes only the link. Your text is copied: paste it into the post.",
        Network::Xing => "XING takes only the link. Your text is copied: paste it into the post.",
        Network::X => "X opens with your text. Read it once more, then post it.",
        Network::Threads => "Threads opens with your text. Read it once more, then post it.",
        Network::Mastodon => "Your Mastodon server opens with your text. Sign in if it asks, then publish it.",
        Network::Bluesky => "Bluesky opens with your text. Read it once more, then post it.",
        Network::Whatsapp => "WhatsApp opens with your text. Choose who gets it, then send it.",
        Network::Telegram => "Telegram opens with your text. Choose who gets it, then send it.",
        Network::Reddit => "Reddit opens with your text as the title. Choose a community that allows it, then post it.",
        Network::Email => "Your mail program opens with your text. Add who gets it, then send it.",
    }
}
