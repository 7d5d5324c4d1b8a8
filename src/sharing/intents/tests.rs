//! The exact addresses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{Intent, IntentError, IntentInput, intent, mastodon_host};
use crate::networks::Network;

const LINK: &str = "https://go.example.com/x7";
const LINK_VALUE: &str = "https%3A%2F%2Fgo.example.com%2Fx7";

fn open(network: Network, text: &str, link: &str) -> Intent {
    let input = IntentInput { text, link, title: "New lab & more", mastodon_host: Some("mastodon.social") };
    intent(network, &input).unwrap()
}

#[test]
fn every_network_gets_its_address() {
    let text = "Neu: \u{1F52C} 100% & #acme";
    let value = "Neu%3A%20%F0%9F%94%AC%20100%25%20%26%20%23acme";
    for (network, url) in [
        (Network::Linkedin, format!("https://www.linkedin.com/sharing/share-offsite/?url={LINK_VALUE}")),
        (Network::X, format!("https://x.com/intent/tweet?text={value}&url={LINK_VALUE}")),
        (Network::Facebook, format!("https://www.facebook.com/sharer/sharer.php?u={LINK_VALUE}")),
        (Network::Threads, format!("https://www.threads.com/intent/post?text={value}&url={LINK_VALUE}")),
        (Network::Mastodon, format!("https://mastodon.social/share?text={value}%0A{LINK_VALUE}")),
        (Network::Bluesky, format!("https://bsky.app/intent/compose?text={value}%0A{LINK_VALUE}")),
        (Network::Whatsapp, format!("https://wa.me/?text={value}%0A{LINK_VALUE}")),
        (Network::Telegram, format!("https://t.me/share/url?url={LINK_VALUE}&text={value}")),
        (Network::Reddit, format!("https://www.reddit.com/submit?url={LINK_VALUE}&title={value}")),
        (Network::Xing, format!("https://www.xing.com/spi/shares/new?url={LINK_VALUE}")),
        (Network::Email, format!("mailto:?subject=New%20lab%20%26%20more&body={value}%0D%0A%0D%0A{LINK_VALUE}")),
    ] {
        let opened = open(network, text, LINK);
        assert_eq!(opened.url, url, "{network}");
        assert_eq!(opened.copy_first, !network.takes_text_in_intent(), "{network}");
        assert!(opened.mode_note.ends_with('.'));
        url::Url::parse(&opened.url).unwrap();
    }
}

#[test]
fn a_link_in_the_text_is_not_given_twice() {
    let text = "See https://go.example.com/x7 now";
    let value = format!("See%20{LINK_VALUE}%20now");
    for (network, url) in [
        (Network::X, format!("https://x.com/intent/tweet?text={value}")),
        (Network::Threads, format!("https://www.threads.com/intent/post?text={value}")),
        (Network::Mastodon, format!("https://mastodon.social/share?text={value}")),
        (Network::Bluesky, format!("https://bsky.app/intent/compose?text={value}")),
        (Network::Whatsapp, format!("https://wa.me/?text={value}")),
        (Network::Telegram, format!("https://t.me/share/url?url={LINK_VALUE}&text=See%20now")),
        (Network::Reddit, format!("https://www.reddit.com/submit?url={LINK_VALUE}&title=See%20now")),
        (Network::Email, format!("mailto:?subject=New%20lab%20%26%20more&body={value}")),
    ] {
        assert_eq!(open(network, text, LINK).url, url, "{network}");
    }
    for network in Network::ALL {
        let url = open(network, "See go.example.com/x7", LINK).url;
        assert_eq!(url.matches("go.example.com").count(), 1, "{network}");
    }
}

#[test]
fn mail_has_mail_line_breaks_and_a_subject_of_one_line() {
    let input = IntentInput { text: "a\nb\r\nc\rd + e", link: "", title: "One\r\nBcc: x@example.com", mastodon_host: None };
    assert_eq!(
        intent(Network::Email, &input).unwrap().url,
        "mailto:?subject=One%20Bcc%3A%20x%40example.com&body=a%0D%0Ab%0D%0Ac%0D%0Ad%20%2B%20e"
    );
}

#[test]
fn little_gives_short_addresses() {
    assert_eq!(open(Network::X, "", LINK).url, format!("https://x.com/intent/tweet?url={LINK_VALUE}"));
    assert_eq!(open(Network::X, "Hi", "").url, "https://x.com/intent/tweet?text=Hi");
    assert_eq!(open(Network::Reddit, "", LINK).url, format!("https://www.reddit.com/submit?url={LINK_VALUE}&title=New%20lab%20%26%20more"));
    assert!(!open(Network::Linkedin, " ", LINK).copy_first, "nothing to copy");
}

#[test]
fn networks_of_links_need_one() {
    let input = IntentInput { text: "Hi", link: " ", title: "", mastodon_host: None };
    for network in [Network::Linkedin, Network::Facebook, Network::Xing, Network::Telegram] {
        assert_eq!(intent(network, &input), Err(IntentError::LinkMissing(network.label())));
    }
    assert_eq!(intent(Network::Mastodon, &input), Err(IntentError::MastodonHostMissing));
}

#[test]
fn a_mastodon_server_is_a_plain_public_host_name() {
    for (given, host) in [
        ("mastodon.social", "mastodon.social"),
        (" https://Mastodon.Social/ ", "mastodon.social"),
        ("m\u{FC}nchen.social", "xn--mnchen-3ya.social"),
    ] {
        assert_eq!(mastodon_host(given).unwrap(), host);
    }
    for given in [
        "",
        "localhost",
        "mastodon.social/@me",
        "mastodon.social:8443",
        "me@mastodon.social",
        "127.0.0.1",
        "[::1]",
        "0x7f.1",
        "http://mastodon.social",
        "a b.social",
        "mastodon..social",
        "-a.social",
        "mastodon.social?x",
        "evil.example#mastodon.social",
        "mastodon.social\\x",
        "javascript:alert(1)",
        "mastodon.social.",
    ] {
        assert_eq!(mastodon_host(given), None, "{given}");
    }
    assert_eq!(mastodon_host(&format!("{}.social", "a".repeat(64))), None);
}
