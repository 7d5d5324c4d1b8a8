//! The vectors of reference/networks.md and the traps around them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{Addresses, Count, Limits, addresses, count, emoji, is_refused_character};
use crate::networks::Network;

fn used(network: Network, text: &str) -> u32 {
    count(network, text, &Limits::default()).used
}

fn x(text: &str) -> u32 {
    used(Network::X, text)
}

fn found(text: &str, which: Addresses) -> Vec<&str> {
    addresses(text, which).into_iter().map(|range| text.get(range).unwrap()).collect()
}

#[test]
fn x_vectors_of_the_reference() {
    let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}";
    assert_eq!(x("Hi http://test.co"), 26);
    assert_eq!(x("http://test.co"), 23);
    assert_eq!(x(&"https://www.twitter.com/aloha ".repeat(10)), 240);
    assert_eq!(x(&format!("H\u{1F431}\u{263A}{family}")), 7);
    assert_eq!(x("\u{1F47E}\u{1F64B}\u{1F525}\u{1F4A9}\u{1F4AF}"), 10);
    assert_eq!(x("\u{1F64B}\u{1F3FD}\u{1F468}\u{200D}\u{1F3A4}"), 4);
    assert_eq!(x("1\u{20E3}"), 2);
    assert_eq!(x(&format!("{}.com", "a".repeat(64))), 68);
    assert_eq!(x("A\u{301}B"), 2);

    let full = count(Network::X, &family.repeat(140), &Limits::default());
    assert_eq!((full.used, full.fits()), (280, true));
    let cjk = count(Network::X, &"\u{6F22}".repeat(160), &Limits::default());
    assert_eq!((cjk.used, cjk.fits()), (320, false));
    assert!(count(Network::X, &"\u{6F22}".repeat(140), &Limits::default()).fits());
}

#[test]
fn x_counts_hosts_without_scheme_as_addresses() {
    assert_eq!(x("twitter.com"), 23);
    assert_eq!(x("example.com/a"), 23);
    assert_eq!(x("go.example.com/x7 hello"), 29);
    assert_eq!(x("a@example.com"), 13);
    assert_eq!(x("EXAMPLE.COM"), 23);
    assert_eq!(x("test.com, readme.md and main.rs"), 23 + 2 + 23 + 5 + 23);
    assert_eq!(x("node.js, e.g. foo.i.e"), 21, "no such top-level domains");
    assert_eq!(x("x.local"), 7);
    assert_eq!(x("x.bd x.ck"), 47, "registries that list only names below theirs");
}

#[test]
fn x_minds_what_stands_before_and_after() {
    for (text, weight) in [
        ("$test.com", 9),
        ("#test.com", 9),
        ("\u{FF03}test.com", 25),
        ("-test.com", 9),
        ("_test.com", 9),
        ("/test.com", 9),
        ("(test.com)", 25),
        ("\"test.com", 24),
        ("a.com,b.com", 47),
        ("-http://test.com", 24),
        ("example.com.foo", 23),
        ("a_b.com", 7),
        ("a_b.c.com", 25),
        ("http://-a.com", 13),
    ] {
        assert_eq!(x(text), weight, "{text}");
    }
}

#[test]
fn x_finds_latin_hosts_in_other_scripts() {
    assert_eq!(x("\u{306E}example.com"), 25);
    assert_eq!(x("example.com\u{306E}"), 25);
    assert_eq!(x("example.com\u{306E}example.com"), 48);
    assert_eq!(x("\u{43F}\u{440}\u{438}\u{43C}\u{435}\u{440}.\u{440}\u{444}"), 9);
    assert_eq!(x("http://\u{43F}\u{440}\u{438}\u{43C}\u{435}\u{440}.\u{440}\u{444}"), 23);
}

#[test]
fn x_ends_paths_and_queries_where_people_do() {
    assert_eq!(x("http://example.com/a(b)c)."), 25);
    assert_eq!(x("see http://example.com/a."), 28);
    assert_eq!(x("http://example.com?x=1 "), 24);
    assert_eq!(x("example.com?x=1"), 27, "X drops a query without path when there is no scheme");
    assert_eq!(x("example.com:8080"), 28);
    assert_eq!(x("http://t.co/abc)def"), 27);
    assert_eq!(x(&format!("http://t.co/{}", "a".repeat(41))), 53);
    let long = format!("https://example.com/{}", "a".repeat(4096));
    assert!(x(&long) > 4000, "too long to be an address");
}

#[test]
fn x_weighs_signs_and_ranges() {
    assert_eq!(x("\u{A9}"), 1);
    assert_eq!(x("\u{A9}\u{FE0F}"), 2);
    assert_eq!(x("\u{A9}\u{FE0E}"), 3);
    assert_eq!(x("\u{1F47E}\u{FE0E}"), 4);
    assert_eq!(x("\u{1F1E9}\u{1F1EA}\u{1F1EB}\u{1F1F7}\u{1F1E9}"), 6);
    assert_eq!(x("\u{10FF}\u{1100}"), 3);
    assert_eq!(x("\u{2000}\u{200D}\u{200E}\u{2010}\u{201F}\u{2020}\u{2032}\u{2037}\u{2038}"), 12);
    assert_eq!(x("1#*"), 3);
    assert_eq!(x(""), 0);
    assert!(['\u{FEFF}', '\u{FFFE}', '\u{FFFF}', '\0'].into_iter().all(is_refused_character));
    assert!(!['\n', '\t', 'a', '\u{200D}'].into_iter().any(is_refused_character));
}

#[test]
fn bluesky_holds_two_limits() {
    let text = "\u{2728} example mentioning @atproto.com to share the URL \u{1F468}\u{200D}\u{2764}\u{FE0F}\u{200D}\u{1F468} https://en.wikipedia.org/wiki/CBOR.";
    let counted = count(Network::Bluesky, text, &Limits::default());
    assert_eq!((counted.used, counted.bytes.unwrap().used), (88, 109));
    let families = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}".repeat(121);
    let counted = count(Network::Bluesky, &families, &Limits::default());
    assert_eq!((counted.used, counted.bytes.unwrap().used), (121, 3025));
    assert!(!counted.fits());
    assert!(count(Network::Bluesky, &"a".repeat(300), &Limits::default()).fits());
    assert!(!count(Network::Bluesky, &"a".repeat(301), &Limits::default()).fits());
}

#[test]
fn mastodon_counts_addresses_and_mentions_short() {
    let m = |text: &str| used(Network::Mastodon, text);
    assert_eq!(m("https://example.com/a/very/long/path/that/goes/on"), 23);
    assert_eq!(m("example.com/a"), 13, "no scheme, plain text");
    assert_eq!(m("http://a.de"), 23, "a short one counts 23 too");
    assert_eq!(m("hi @me@mastodon.example!"), 7);
    assert_eq!(m("@a@b.example @c@d.example"), 5);
    assert_eq!(m("me@mail.example"), 15);
    assert_eq!(m("https://mastodon.social/@me@other.example x"), 25);
    assert_eq!(m("e\u{301}\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}"), 2);
    let limits = Limits { mastodon: 5000, mastodon_address: 30, ..Limits::default() };
    let counted = count(Network::Mastodon, "https://example.com", &limits);
    assert_eq!((counted.used, counted.limit), (30, 5000));
}

#[test]
fn threads_counts_emoji_as_bytes() {
    let t = |text: &str| used(Network::Threads, text);
    assert_eq!(t("caf\u{E9}"), 4);
    assert_eq!(t("\u{1F47E}"), 4);
    assert_eq!(t("a\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}"), 19);
    assert!(!count(Network::Threads, &"\u{1F47E}".repeat(126), &Limits::default()).fits());
    assert!(count(Network::Threads, &"\u{1F47E}".repeat(125), &Limits::default()).fits());
}

#[test]
fn the_others_count_scalar_values_or_the_mail_line() {
    assert_eq!(used(Network::Linkedin, "a (b) #c \u{1F47E}"), 10, "escapes do not count");
    assert!(count(Network::Linkedin, &"\u{E9}".repeat(3000), &Limits::default()).fits());
    assert!(!count(Network::Linkedin, &"a".repeat(3001), &Limits::default()).fits());
    assert_eq!(count(Network::Facebook, "", &Limits::default()).limit, 63_206);
    assert_eq!(count(Network::Reddit, "", &Limits::default()).limit, 300);
    assert_eq!(used(Network::Email, "a b"), 5);
    assert_eq!(used(Network::Email, "\u{E4}\n\r\n"), 18);
}

#[test]
fn a_limit_is_inclusive() {
    let at = |used| Count { used, limit: 5, unit: "characters", bytes: None };
    assert!(at(5).fits());
    assert!(!at(6).fits());
}

#[test]
fn limits_read_partly_from_configuration() {
    let limits: Limits = serde_json::from_str(r#"{"linkedin": 2950}"#).unwrap();
    assert_eq!(limits, Limits { linkedin: 2950, ..Limits::default() });
    assert!(serde_json::from_str::<Limits>(r#"{"linked_in": 1}"#).is_err());
}

#[test]
fn addresses_give_byte_ranges() {
    let text = "\u{E4} https://go.example.com/x7, b.com/y?z=1. (see c.org)";
    assert_eq!(found(text, Addresses::WithOrWithoutScheme), ["https://go.example.com/x7", "b.com/y?z=1", "c.org"]);
    assert_eq!(found(text, Addresses::WithScheme), ["https://go.example.com/x7"]);
    assert!(found("no dot here", Addresses::WithOrWithoutScheme).is_empty());
}

#[test]
fn emoji_patterns_compile_and_find_whole_sequences() {
    let text = "a\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}1b\u{1F3C3}\u{1F3FB}\u{200D}\u{2640}\u{FE0F}\u{200D}\u{27A1}\u{FE0F}2\u{FE0F}\u{20E3}";
    assert_eq!(emoji::sequences(text).count(), 3);
    assert!(super::MENTION.is_some());
}
