//! The member's own Mastodon server, for shares by link.

/// The name of a Mastodon server as it goes into addresses: a public host name in ASCII, lower case.
/// A scheme and a closing slash, as people paste them, are taken off; anything more is refused.
pub fn mastodon_server(host: &str) -> Option<String> {
    let host = host.trim();
    let host = host.strip_prefix("https://").unwrap_or(host);
    let host = host.strip_suffix('/').unwrap_or(host);
    let is_plain = host.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-'));
    if !is_plain || host.len() > 253 {
        return None;
    }
    let url::Host::Domain(name) = url::Host::parse(host).ok()? else { return None };
    let is_sound = name.contains('.')
        && name.len() <= 253
        && name.split('.').all(|label| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-'));
    is_sound.then_some(name)
}
