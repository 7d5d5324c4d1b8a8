//! What holds for every text.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{Addresses, Limits, addresses, count};
use crate::networks::Network;

/// Texts from the pieces that counters stumble over.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            " ", ".", "-", "_", "/", ":", "@", "#", "(", ")", "?", "a", "b1", "com", "de", "http://",
            "https://", "t.co/", "example.com", "xn--", "\u{E9}", "e\u{301}", "\u{306E}", "\u{6F22}",
            "\u{1F468}", "\u{200D}", "\u{1F469}", "\u{FE0F}", "\u{1F3FD}", "\u{20E3}", "\u{1F1E9}",
            "\u{FEFF}", "\0", "\n", "@a@b.example", "\u{ED55}\u{AD6D}", "\u{202E}", "\u{5D0}",
        ]).prop_map(String::from),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_a_text_is_never_shorter_than_nothing(text in text()) {
        for network in Network::ALL {
            let counted = count(network, &text, &Limits::default());
            prop_assert!(counted.limit > 0);
            prop_assert_eq!(counted.used == 0, text.is_empty(), "{}", network);
        }
    }

    #[test]
    fn x_does_not_care_about_the_normal_form(text in text()) {
        let limits = Limits::default();
        let composed: String = text.nfc().collect();
        let decomposed: String = text.nfd().collect();
        prop_assert_eq!(count(Network::X, &text, &limits), count(Network::X, &composed, &limits));
        prop_assert_eq!(count(Network::X, &text, &limits), count(Network::X, &decomposed, &limits));
    }

    #[test]
    fn where_addresses_count_as_they_are_more_text_is_never_less(text in text(), more in text()) {
        let limits = Limits::default();
        let longer = format!("{text}{more}");
        for network in [
            Network::Linkedin, Network::Facebook, Network::Bluesky, Network::Whatsapp,
            Network::Telegram, Network::Reddit, Network::Xing, Network::Email,
        ] {
            let (before, after) = (count(network, &text, &limits), count(network, &longer, &limits));
            prop_assert!(before.used <= after.used, "{}", network);
            prop_assert!(before.bytes.map(|b| b.used) <= after.bytes.map(|b| b.used));
        }
    }

    #[test]
    fn texts_apart_count_apart_on_x(left in text(), right in text()) {
        let x = |text: &str| count(Network::X, text, &Limits::default()).used;
        // A line break belongs to no address and no emoji; a mark after it would compose with nothing.
        prop_assert_eq!(x(&format!("{left}\n\n{right}")), x(&format!("{left}\n")) + x(&format!("\n{right}")));
    }

    #[test]
    fn addresses_are_ordered_slices_of_the_text(text in text()) {
        let mut end = 0;
        for range in addresses(&text, Addresses::WithOrWithoutScheme) {
            prop_assert!(range.start >= end && range.end > range.start);
            prop_assert!(text.get(range.clone()).is_some_and(|found| found.contains('.')));
            end = range.end;
        }
        let all = addresses(&text, Addresses::WithOrWithoutScheme);
        for range in addresses(&text, Addresses::WithScheme) {
            prop_assert!(all.contains(&range));
        }
    }
}
