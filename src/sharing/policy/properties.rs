//! What holds for every text and every policy.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{BannedTerm, CaptionKind, CaptionRule, CheckInput, Checked, Disclosure, Policy, Position, Severity, check, codes};
use crate::networks::Network;
use crate::sharing::counting::Limits;

const LINK: &str = "https://go.example.com/x7";

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            " ", " ", "\n", "\u{A0}", "#", "#employee", "I work at Acme.", "risk", "free", "risk free",
            "bad", "Bad", "b", "ad", "\u{200B}", "\u{AD}", "\u{200D}", "\0", "\u{301}", "e\u{301}",
            "\u{E9}", ".", "\\", "_", "-", "'", "\u{DF}", "\u{130}", "i", LINK, "go.example.com/x7",
            "https://a.example/", "\u{202E}", "\u{5D0}", "\u{1F468}\u{200D}\u{1F469}", "\u{FF42}",
            "\u{4FDD}", "\u{1100}\u{1161}", "\u{600}", "\u{FB01}", "#Acme", "acme",
        ]).prop_map(String::from),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn policy() -> impl Strategy<Value = Policy> {
    let said = prop_oneof![
        prop::sample::select(vec!["#employee", "I work at Acme.", "\\#Acme", "e\u{301}", "\u{AF}", ""]).prop_map(String::from),
        text(),
    ];
    let disclosure =
        (said, prop::collection::vec(text(), 0..2), any::<bool>(), any::<bool>()).prop_map(|(text, aliases, required, first)| Disclosure {
            text,
            aliases,
            required,
            position: if first { Position::Prefix } else { Position::Suffix },
        });
    let term = (prop_oneof![Just("bad".to_owned()), Just("risk free".to_owned()), text()], any::<bool>());
    let banned = prop::collection::vec(term, 0..4).prop_map(|terms| {
        terms
            .into_iter()
            .map(|(term, blocks)| BannedTerm { term, severity: if blocks { Severity::Block } else { Severity::Warn }, advice: None })
            .collect()
    });
    let tags = prop::collection::vec(prop::sample::select(vec!["Acme", "#risk", "\u{4FDD}", "e\u{301}"]).prop_map(String::from), 0..3);
    (disclosure, banned, tags, any::<bool>()).prop_map(|(disclosure, banned, required_hashtags, link_required)| Policy {
        disclosure,
        required_hashtags,
        banned,
        link_required,
    })
}

fn caption() -> impl Strategy<Value = Option<(CaptionKind, String)>> {
    let kind = prop::sample::select(vec![CaptionKind::Free, CaptionKind::MustEdit, CaptionKind::Locked]);
    prop::option::of((kind, text()))
}

fn run(policy: &Policy, network: Network, text: &str, caption: Option<&(CaptionKind, String)>) -> Checked {
    let limits = Limits { x: 60, mastodon: 60, bluesky: 50, linkedin: 40, ..Limits::default() };
    let caption = caption.map(|(kind, text)| CaptionRule { kind: *kind, text });
    check(policy, &CheckInput { network, text, caption, link: LINK, language: None, limits: &limits })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn every_span_is_a_part_of_the_text(
        policy in policy(), text in text(), caption in caption(),
        network in prop::sample::select(Network::ALL.to_vec()),
    ) {
        let checked = run(&policy, network, &text, caption.as_ref());
        let length = text.chars().count();
        for finding in &checked.findings {
            if let Some(span) = finding.span {
                prop_assert!(span.start < span.end && span.end <= length, "{:?}", finding);
            }
            prop_assert!(codes::ALL.contains(&finding.code));
        }
        let blocks = checked.findings.iter().any(|f| f.severity == Severity::Block);
        prop_assert_eq!(checked.can_share, !blocks);
    }

    #[test]
    fn a_fix_settles_its_finding(
        policy in policy(), text in text(), caption in caption(),
        network in prop::sample::select(Network::ALL.to_vec()),
    ) {
        let checked = run(&policy, network, &text, caption.as_ref());
        for finding in &checked.findings {
            let Some(fix) = &finding.fix else { continue };
            let after = run(&policy, network, &fix.text, caption.as_ref());
            let still = after
                .findings
                .iter()
                .any(|f| f.code == finding.code && f.message == finding.message);
            prop_assert!(!still, "{:?} -> {:?}", finding, after.findings);
        }
    }

    #[test]
    fn what_will_be_published_is_complete(
        policy in policy(), text in text(),
        network in prop::sample::select(Network::ALL.to_vec()),
    ) {
        let first = run(&policy, network, &text, None);
        let second = run(&policy, network, &first.final_text, None);
        prop_assert_eq!(&second.final_text, &first.final_text);
        prop_assert_eq!(second.count, first.count);
        let adds = [codes::DISCLOSURE_ADDED, codes::LINK_ADDED];
        prop_assert!(!second.findings.iter().any(|f| adds.contains(&f.code)), "{:?}", second);
    }

    #[test]
    fn the_normal_form_does_not_matter(policy in policy(), text in text()) {
        let codes = |text: &str| -> Vec<&'static str> {
            let checked = run(&policy, Network::Mastodon, text, None);
            checked
                .findings
                .iter()
                .map(|f| f.code)
                .filter(|code| [codes::BANNED_TERM, codes::HASHTAG_MISSING, codes::DISCLOSURE_ADDED].contains(code))
                .collect()
        };
        let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
        prop_assert_eq!(codes(&composed), codes(&decomposed));
    }
}
