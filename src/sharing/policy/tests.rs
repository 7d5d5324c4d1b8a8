//! One test per rule, with the Unicode that people hide things in.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use super::{
    BannedTerm, CaptionKind, CaptionRule, CheckInput, Checked, Disclosure, Finding, Policy, Position, Severity, Span, check, codes,
};
use crate::networks::Network;
use crate::sharing::counting::Limits;

const LINK: &str = "https://go.example.com/x7";

fn bare_policy() -> Policy {
    let disclosure = Disclosure { required: false, ..Disclosure::default() };
    Policy { disclosure, ..Policy::default() }
}

fn banning(terms: &[&str]) -> Policy {
    let banned = terms.iter().map(|term| BannedTerm { term: (*term).to_owned(), severity: Severity::Block, advice: None });
    Policy { banned: banned.collect(), ..bare_policy() }
}

fn saying(text: &str) -> Policy {
    let disclosure = Disclosure { text: text.to_owned(), ..Disclosure::default() };
    Policy { disclosure, ..Policy::default() }
}

fn run(policy: &Policy, network: Network, text: &str) -> Checked {
    with_caption(policy, network, text, None)
}

fn with_caption(policy: &Policy, network: Network, text: &str, caption: Option<CaptionRule<'_>>) -> Checked {
    let limits = Limits::default();
    let language = Some("en");
    check(policy, &CheckInput { network, text, caption, link: LINK, language, limits: &limits })
}

fn on_linkedin(policy: &Policy, text: &str) -> Checked {
    run(policy, Network::Linkedin, text)
}

fn found<'a>(checked: &'a Checked, code: &str) -> Option<&'a Finding> {
    checked.findings.iter().find(|finding| finding.code == code)
}

fn marked(text: &str, finding: &Finding) -> String {
    let span = finding.span.unwrap();
    text.chars().skip(span.start).take(span.end - span.start).collect()
}

#[test]
fn a_missing_disclosure_is_added_and_counted() {
    let checked = on_linkedin(&Policy::default(), "  New lab. ");
    assert_eq!(checked.final_text, "#employee New lab.");
    assert_eq!(checked.count.used, 18);
    let finding = found(&checked, codes::DISCLOSURE_ADDED).unwrap();
    assert_eq!(finding.severity, Severity::Warn);
    assert!(checked.can_share);
    let fixed = on_linkedin(&Policy::default(), &finding.fix.as_ref().unwrap().text);
    assert!(fixed.findings.is_empty());
    assert_eq!(fixed.final_text, checked.final_text);
}

#[test]
fn a_disclosure_goes_where_the_policy_says() {
    let mut policy = saying("I work at Acme.");
    assert_eq!(on_linkedin(&policy, "New lab.").final_text, "I work at Acme.\nNew lab.");
    policy.disclosure.position = Position::Suffix;
    assert_eq!(on_linkedin(&policy, "New lab.").final_text, "New lab.\nI work at Acme.");
    let mastodon = run(&policy, Network::Mastodon, "New lab.");
    assert_eq!(mastodon.final_text, format!("New lab.\nI work at Acme.\n{LINK}"));
    policy.disclosure.required = false;
    assert_eq!(on_linkedin(&policy, "New lab.").final_text, "New lab.");
}

#[test]
fn x_asks_for_the_disclosure_instead_of_adding_it() {
    let text = format!("New lab {LINK}");
    let checked = run(&Policy::default(), Network::X, &text);
    assert_eq!(checked.final_text, text);
    let finding = found(&checked, codes::DISCLOSURE_MISSING).unwrap();
    assert_eq!(finding.severity, Severity::Block);
    assert!(!checked.can_share);
    let fixed = run(&Policy::default(), Network::X, &finding.fix.as_ref().unwrap().text);
    assert!(fixed.can_share && fixed.findings.is_empty());
}

#[test]
fn a_disclosure_is_recognised_in_its_disguises() {
    for text in [
        "#employee New lab",
        "New lab #EMPLOYEE",
        "New lab, (#employee)!",
        "New lab \\#employee",
        "\u{FF03}\u{FF45}\u{FF4D}\u{FF50}\u{FF4C}\u{FF4F}\u{FF59}\u{FF45}\u{FF45} New lab",
        "New lab\u{A0}#employee\u{2029}more",
        "\u{5D0}\u{5D1} #employee \u{5D2}",
    ] {
        let checked = on_linkedin(&Policy::default(), text);
        assert!(checked.findings.is_empty(), "{text}");
        assert_eq!(checked.final_text, text);
    }
    for text in [
        "employee",
        "#employees",
        "#employee_owned",
        "x#employee",
        "##employee",
        "https://a.example/page#employee",
        "https://a.example/#employee",
        "a.example/#employee",
        "#emp\u{200B}loyee",
        "#emp\u{AD}loyee",
        "#employee\u{301}",
    ] {
        let checked = on_linkedin(&Policy::default(), text);
        assert!(found(&checked, codes::DISCLOSURE_ADDED).is_some(), "{text}");
    }
}

#[test]
fn a_sentence_discloses_across_white_space_and_in_other_words() {
    let mut policy = saying("I work at Caf\u{E9} (Ltd).");
    policy.disclosure.aliases = vec!["my company".to_owned(), "#CafeEmployee".to_owned()];
    for text in [
        "Look: i work\u{A0}at\n caf\u{E9} (ltd), and like it",
        "New: I work at Cafe\u{301} \\(Ltd\\)",
        "New at My Company!",
        "new #cafeemployee",
    ] {
        assert!(on_linkedin(&policy, text).findings.is_empty(), "{text}");
    }
    for text in ["I work at Cafe (Ltd)", "my companys", "Hi work at Caf\u{E9} (Ltd)"] {
        assert!(!on_linkedin(&policy, text).findings.is_empty(), "{text}");
    }
}

#[test]
fn an_empty_disclosure_is_none() {
    for text in ["", "  ", ".", "\n!"] {
        assert!(on_linkedin(&saying(text), "New lab").findings.is_empty());
    }
}

#[test]
fn banned_words_are_found_in_their_disguises() {
    let policy = banning(&["guaranteed", "risk free", "stra\u{DF}e", "C++", "100%"]);
    for (text, part) in [
        ("it is Guaranteed!", "Guaranteed"),
        ("GUARANTEED", "GUARANTEED"),
        ("guaran\u{200B}teed x", "guaran\u{200B}teed"),
        ("guaran\u{AD}teed", "guaran\u{AD}teed"),
        ("g\0uaranteed", "g\0uaranteed"),
        ("\u{202E}guaranteed\u{202C}", "guaranteed"),
        (
            "\u{FF47}\u{FF55}\u{FF41}\u{FF52}\u{FF41}\u{FF4E}\u{FF54}\u{FF45}\u{FF45}\u{FF44}",
            "\u{FF47}\u{FF55}\u{FF41}\u{FF52}\u{FF41}\u{FF4E}\u{FF54}\u{FF45}\u{FF45}\u{FF44}",
        ),
        ("pre-guaranteed", "guaranteed"),
        ("guaranteed's", "guaranteed"),
        ("_guaranteed_", "guaranteed"),
        ("guaran\\_teed, guaranteed", "guaranteed"),
        ("so risk\n\u{A0}free", "risk\n\u{A0}free"),
        ("#RiskFree", "#RiskFree"),
        ("the STRASSE", "STRASSE"),
        ("c++.", "c++"),
        ("is 100% sure", "100%"),
        ("\u{1F468}\u{200D}\u{1F469}guaranteed\u{1F47E}", "guaranteed"),
        ("\u{5D0} guaranteed \u{5D1}", "guaranteed"),
    ] {
        let checked = on_linkedin(&policy, text);
        let finding = found(&checked, codes::BANNED_TERM).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(marked(text, finding), part, "{text}");
        assert!(!checked.can_share);
    }
}

#[test]
fn other_words_are_left_alone() {
    let policy = banning(&["cure", "risk free", "resume", "\u{E9}t\u{E9}"]);
    for text in [
        "secure",
        "cured",
        "cure5",
        "curel\u{301}",
        "risk-free",
        "risky free",
        "risk freedom",
        "r\u{E9}sum\u{E9}",
        "re\u{301}sume\u{301}",
        "ete",
        "#riskfreedom",
        "c\u{301}ure",
    ] {
        assert!(on_linkedin(&policy, text).findings.is_empty(), "{text}");
    }
    let checked = on_linkedin(&policy, "e\u{301}te\u{301}");
    assert_eq!(checked.findings.first().unwrap().span, Some(Span { start: 0, end: 5 }));
}

#[test]
fn scripts_without_spaces_have_words_too() {
    let policy = banning(&["\u{4FDD}\u{8BC1}", "\u{ACE0}"]);
    let text = "\u{6211}\u{4EEC}\u{4FDD}\u{8BC1}\u{6536}\u{76CA}";
    let checked = on_linkedin(&policy, text);
    assert_eq!(checked.findings.first().unwrap().span, Some(Span { start: 2, end: 4 }));
    assert!(on_linkedin(&policy, "\u{AC00}\u{ACE0}").findings.is_empty(), "Hangul words join");
}

#[test]
fn a_longer_term_swallows_a_shorter_one_unless_it_is_milder() {
    let mut policy = banning(&["risk", "risk free"]);
    let codes_of = |policy: &Policy| on_linkedin(policy, "a risk free plan").findings.len();
    assert_eq!(codes_of(&policy), 1);
    policy.banned.last_mut().unwrap().severity = Severity::Warn;
    assert_eq!(codes_of(&policy), 2);
    assert!(!on_linkedin(&policy, "a risk free plan").can_share);
}

#[test]
fn a_banned_term_can_be_taken_out_with_advice() {
    let mut policy = banning(&["very best"]);
    policy.banned.first_mut().unwrap().advice = Some("Say what is good about it.".to_owned());
    let checked = on_linkedin(&policy, "The very best lab, the very very best best.");
    let finding = checked.findings.first().unwrap();
    assert!(finding.message.ends_with("may not be used. Say what is good about it."));
    assert_eq!(finding.fix.as_ref().unwrap().text, "The lab, the.");
    assert_eq!(checked.findings.len(), 2);
}

#[test]
fn disclosure_and_link_are_never_banned() {
    let policy = Policy { disclosure: Disclosure::default(), ..banning(&["employee", "go"]) };
    let checked = on_linkedin(&policy, &format!("#employee we {LINK}"));
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    let checked = on_linkedin(&policy, &format!("#employee go {LINK}"));
    let fix = checked.findings.first().unwrap().fix.clone().unwrap();
    assert_eq!(fix.text, format!("#employee {LINK}"));
}

#[test]
fn blocks_are_listed_even_behind_a_crowd_of_warnings() {
    let mut policy = banning(&["nice", "bad"]);
    policy.banned.first_mut().unwrap().severity = Severity::Warn;
    let checked = on_linkedin(&policy, &format!("{}bad", "nice ".repeat(500)));
    assert_eq!(checked.findings.len(), 50);
    assert_eq!(checked.findings.first().unwrap().severity, Severity::Block);
}

#[test]
fn look_alikes_are_warned_of_and_units_are_not() {
    let policy = banning(&["scam"]);
    let text = "no s\u{441}am here";
    let checked = on_linkedin(&policy, text);
    let finding = checked.findings.first().unwrap();
    assert_eq!((finding.code, finding.severity), (codes::MIXED_SCRIPTS, Severity::Warn));
    assert_eq!(marked(text, finding), "s\u{441}am");
    for text in ["10 k\u{2126}, 5 \u{3BC}m", "\u{441}\u{43A}\u{430}\u{43C} scamp", "caf\u{E9}"] {
        assert!(on_linkedin(&policy, text).findings.is_empty(), "{text}");
    }
}

#[test]
fn required_hashtags_are_whole_tags() {
    let required_hashtags = vec!["AcmeJobs".to_owned(), "#Caf\u{E9}".to_owned(), "# ".to_owned()];
    let policy = Policy { required_hashtags, ..bare_policy() };
    assert!(on_linkedin(&policy, "#acmejobs in our #CAFE\u{301}").findings.is_empty());
    let checked = on_linkedin(&policy, "#AcmeJobs2 #Cafe");
    let messages: Vec<_> = checked.findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(messages, ["Add the hashtag #AcmeJobs.", "Add the hashtag #Caf\u{E9}."]);
    let fix = checked.findings.first().unwrap().fix.clone().unwrap();
    assert_eq!(fix.text, "#AcmeJobs2 #Cafe #AcmeJobs");
    assert!(!checked.can_share);
}

#[test]
fn a_locked_caption_is_kept_word_for_word() {
    let caption = Some(CaptionRule { kind: CaptionKind::Locked, text: "Our fund returned 3 % in 2025.\nPast results are no promise." });
    let policy = Policy { required_hashtags: vec!["Acme".to_owned()], ..saying("I work at Acme.") };
    for text in [
        "Our fund returned 3 % in 2025.\nPast results are no promise. #acme",
        "I work at Acme! Our fund returned 3\u{A0}% in 2025. Past  results are no promise. #Acme https://go.example.com/x7",
    ] {
        let checked = with_caption(&policy, Network::Linkedin, text, caption);
        assert!(found(&checked, codes::CAPTION_LOCKED).is_none(), "{text}");
        let again = with_caption(&policy, Network::Linkedin, &checked.final_text, caption);
        assert!(again.findings.is_empty(), "{:?}", again.findings);
    }
    for text in [
        "Our fund returned 8 % in 2025. Past results are no promise. #Acme",
        "Our fund returned 3 % in 2025. #Acme",
        "our fund returned 3 % in 2025. Past results are no promise. #Acme",
    ] {
        let checked = with_caption(&policy, Network::Linkedin, text, caption);
        let finding = found(&checked, codes::CAPTION_LOCKED).unwrap();
        assert_eq!(finding.severity, Severity::Block);
        let fix = finding.fix.as_ref().unwrap();
        let fixed = with_caption(&policy, Network::Linkedin, &fix.text, caption);
        assert!(found(&fixed, codes::CAPTION_LOCKED).is_none());
    }
}

#[test]
fn a_caption_to_edit_must_be_edited() {
    let text = "We opened a lab. Come and see!";
    let caption = Some(CaptionRule { kind: CaptionKind::MustEdit, text });
    let policy = Policy::default();
    for same in [
        text,
        "we opened a lab \u{2013} COME and see \u{1F47E}",
        "We opened a lab.  Come and\u{200B} see! #employee https://go.example.com/x7",
    ] {
        let checked = with_caption(&policy, Network::Linkedin, same, caption);
        assert!(found(&checked, codes::CAPTION_UNCHANGED).is_some(), "{same}");
        assert!(!checked.can_share);
    }
    let own = "Proud: we opened a lab. Come and see!";
    let checked = with_caption(&policy, Network::Linkedin, own, caption);
    assert!(found(&checked, codes::CAPTION_UNCHANGED).is_none());
    let free = Some(CaptionRule { kind: CaptionKind::Free, text });
    assert!(with_caption(&policy, Network::Linkedin, text, free).can_share);
}

#[test]
fn the_link_is_placed_where_it_belongs_and_only_once() {
    let policy = bare_policy();
    for network in Network::ALL {
        let in_text = matches!(network, Network::X | Network::Mastodon | Network::Bluesky | Network::Whatsapp | Network::Email);
        let checked = run(&policy, network, "New lab");
        assert_eq!(found(&checked, codes::LINK_ADDED).is_some(), in_text, "{network}");
        assert_eq!(checked.final_text.contains(LINK), in_text, "{network}");
        let with_it = run(&policy, network, "New go.example.com/x7 lab");
        assert_eq!(with_it.final_text, "New go.example.com/x7 lab");
        assert!(with_it.findings.is_empty(), "{network}");
    }
    assert_eq!(run(&policy, Network::X, "New lab").count.used, 31);
}

#[test]
fn a_share_without_link_is_refused_where_one_is_required() {
    let limits = Limits::default();
    let input = CheckInput { network: Network::Linkedin, text: "New lab", caption: None, link: " ", language: None, limits: &limits };
    let required = Policy { link_required: true, ..bare_policy() };
    assert!(found(&check(&required, &input), codes::LINK_MISSING).is_some());
    assert!(check(&bare_policy(), &input).findings.is_empty());
}

#[test]
fn too_long_marks_what_has_to_go() {
    let policy = Policy::default();
    let text = format!("  {} ", "\u{E9}".repeat(300));
    let checked = run(&policy, Network::Bluesky, &text);
    let finding = found(&checked, codes::TOO_LONG).unwrap();
    // "#employee " and a line break with the link leave 264 of 300.
    assert_eq!(checked.count.used, 336);
    assert_eq!(finding.span, Some(Span { start: 266, end: 302 }));
    assert!(finding.message.starts_with("This is 36 too long for Bluesky (336 of 300"));
    let short: String = text.chars().take(266).collect();
    assert!(run(&policy, Network::Bluesky, &short).can_share);

    let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}".repeat(121);
    let checked = run(&bare_policy(), Network::Bluesky, &family);
    let finding = found(&checked, codes::TOO_LONG).unwrap();
    assert!(finding.message.contains("51 bytes"), "{}", finding.message);
    assert_eq!(finding.span.unwrap().end, 121 * 7);
}

#[test]
fn nothing_of_ones_own_is_empty() {
    for text in ["", " \n", "\u{200B}\u{FEFF}", "#employee", "#employee https://go.example.com/x7"] {
        let checked = on_linkedin(&Policy::default(), text);
        assert_eq!(found(&checked, codes::EMPTY_TEXT).unwrap().severity, Severity::Block, "{text}");
        let facebook = run(&Policy::default(), Network::Facebook, text);
        assert_eq!(found(&facebook, codes::EMPTY_TEXT).unwrap().severity, Severity::Warn);
    }
    assert!(on_linkedin(&Policy::default(), "#employee \u{1F47E}").findings.is_empty());
}

#[test]
fn control_characters_are_refused_and_removed() {
    let checked = on_linkedin(&bare_policy(), "a\tb\n\0c\u{FEFF}");
    let finding = checked.findings.first().unwrap();
    assert_eq!(finding.code, codes::INVALID_CHARACTERS);
    assert_eq!(finding.span, Some(Span { start: 4, end: 5 }));
    assert_eq!(finding.fix.as_ref().unwrap().text, "a\tb\nc");
}

#[test]
fn threads_takes_five_links() {
    let four = "https://a.de https://b.de https://c.de https://d.de https://a.de";
    assert!(run(&bare_policy(), Network::Threads, four).findings.is_empty());
    let five = format!("{four} https://e.de");
    let checked = run(&bare_policy(), Network::Threads, &five);
    let finding = found(&checked, codes::TOO_MANY_LINKS).unwrap();
    assert_eq!(marked(&five, finding), "https://e.de");
}

#[test]
fn findings_come_in_one_order() {
    let policy = Policy {
        disclosure: Disclosure::default(),
        required_hashtags: vec!["Acme".to_owned()],
        link_required: true,
        ..banning(&["zebra", "apple"])
    };
    let text = format!("zebra apple\0 {}", "x".repeat(300));
    let checked = run(&policy, Network::Mastodon, &format!("{text}{text}"));
    let order: Vec<_> = checked.findings.iter().map(|f| f.code).collect();
    assert_eq!(
        order,
        [
            codes::INVALID_CHARACTERS,
            codes::HASHTAG_MISSING,
            codes::BANNED_TERM,
            codes::BANNED_TERM,
            codes::BANNED_TERM,
            codes::TOO_LONG,
            codes::DISCLOSURE_ADDED,
            codes::LINK_ADDED,
        ]
    );
    assert!(checked.findings.is_sorted_by_key(|f| f.severity));
}

#[test]
fn a_policy_reads_from_json_and_refuses_what_it_does_not_know() {
    let policy: Policy = serde_json::from_str(
        r##"{"disclosure":{"text":"#AcmeEmployee","position":"suffix"},
             "banned":[{"term":"risk free","severity":"warn"}]}"##,
    )
    .unwrap();
    assert!(policy.disclosure.required);
    assert_eq!(policy.disclosure.position, Position::Suffix);
    assert_eq!(policy.banned.first().unwrap().severity, Severity::Warn);
    assert!(serde_json::from_str::<Policy>(r#"{"bannd":[]}"#).is_err());
    let json = serde_json::to_value(on_linkedin(&policy, "a risk free plan")).unwrap();
    assert_eq!(json.pointer("/findings/1/code").unwrap(), "banned_term");
    assert_eq!(json.pointer("/findings/1/severity").unwrap(), "warn");
    assert_eq!(json.pointer("/findings/1/span/start").unwrap(), 2);
}
