#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;

/// `kind:value@text` of every facet.
fn marked(text: &str, tracked: Option<&str>, mentioned: &[(&str, &str)]) -> Vec<String> {
    let mentioned: Vec<_> = mentioned.iter().map(|(handle, did)| ((*handle).to_owned(), (*did).to_owned())).collect();
    let facets = detect(text, tracked, &mentioned);
    for pair in facets.windows(2) {
        assert!(pair.first().unwrap().end <= pair.last().unwrap().start, "overlap in {text}");
    }
    facets
        .iter()
        .map(|facet| {
            let place = format!("{}..{} {}", facet.start, facet.end, text.get(facet.start..facet.end).unwrap());
            match &facet.feature {
                Feature::Link(uri) => format!("link {place} {uri}"),
                Feature::Tag(tag) => format!("tag {place} {tag}"),
                Feature::Mention(did) => format!("mention {place} {did}"),
            }
        })
        .collect()
}

fn tags_of(text: &str) -> Vec<String> {
    detect(text, None, &[]).into_iter().filter_map(|facet| if let Feature::Tag(tag) = facet.feature { Some(tag) } else { None }).collect()
}

fn links_of(text: &str) -> Vec<String> {
    detect(text, None, &[]).into_iter().filter_map(|facet| if let Feature::Link(uri) = facet.feature { Some(uri) } else { None }).collect()
}

#[test]
fn the_documented_text_with_a_wide_emoji() {
    let text = "✨ example mentioning @atproto.com to share the URL 👨‍❤️‍👨 https://en.wikipedia.org/wiki/CBOR.";
    assert_eq!(text.len(), 109);
    assert_eq!(
        marked(text, None, &[("atproto.com", "did:plc:ewvi7nxzyoun6zhxrhs64oiz")]),
        [
            "mention 23..35 @atproto.com did:plc:ewvi7nxzyoun6zhxrhs64oiz",
            "link 74..108 https://en.wikipedia.org/wiki/CBOR https://en.wikipedia.org/wiki/CBOR"
        ]
    );
    assert_eq!(marked(text, None, &[]).len(), 1, "a handle that did not resolve stays text");
}

#[test]
fn the_documented_record() {
    assert_eq!(
        marked("New lab opened go.example.com/x7 #employee", Some("https://go.example.com/x7"), &[]),
        ["link 15..32 go.example.com/x7 https://go.example.com/x7", "tag 33..42 #employee employee"]
    );
}

#[test]
fn the_tracked_link_is_found_everywhere_but_never_inside_another() {
    let link = "https://go.example.com/x7";
    for (text, count) in [
        ("→https://go.example.com/x7", 1),
        ("読んで：https://go.example.com/x7。次", 1),
        ("<https://go.example.com/x7>", 1),
        ("“https://go.example.com/x7”", 1),
        ("go.example.com/x7, and again https://go.example.com/x7!", 2),
        ("https://go.example.com/x7?", 1),
    ] {
        let facets = marked(text, Some(link), &[]);
        assert_eq!(facets.len(), count, "{text}: {facets:?}");
        assert!(facets.iter().all(|facet| facet.ends_with(" https://go.example.com/x7")), "{text}: {facets:?}");
    }
    for text in ["https://go.example.com/x7abc", "https://go.example.com/x7/more", "https://go.example.com/x7?utm=1"] {
        let facets = marked(text, Some(link), &[]);
        assert_eq!(facets, [format!("link 0..{} {text} {text}", text.len())], "the longer address wins");
    }
    assert!(marked("mygo.example.co/x7", Some("https://go.example.co/x7"), &[]).iter().all(|facet| facet.contains("mygo")));
    assert_eq!(marked("https://links.my-firm.example/ab", Some("https://links.my-firm.example/ab"), &[]).len(), 1);
}

#[test]
fn addresses_lose_closing_punctuation_and_lonely_brackets() {
    for (text, links) in [
        (
            "punctuation https://foo.com, https://bar.com/whatever; https://baz.com.",
            vec!["https://foo.com", "https://bar.com/whatever", "https://baz.com"],
        ),
        ("in brackets (https://foo.com)", vec!["https://foo.com"]),
        ("except for https://foo.com/thing_(cool)", vec!["https://foo.com/thing_(cool)"]),
        ("both (https://foo.com/thing_(cool)).", vec!["https://foo.com/thing_(cool)"]),
        ("really https://foo.com/a?b=c?!...", vec!["https://foo.com/a?b=c"]),
        ("quoted https://foo.com/a'\"", vec!["https://foo.com/a"]),
        ("start middle.com/foo/bar?baz=bux#hash end", vec!["https://middle.com/foo/bar?baz=bux#hash"]),
        ("one.com\ntwo.com", vec!["https://one.com", "https://two.com"]),
        ("https://", vec![]),
        ("http://.", vec![]),
    ] {
        assert_eq!(links_of(text), links, "{text}");
    }
}

#[test]
fn what_only_looks_like_an_address_stays_text() {
    for text in [
        "not.. a..url ..here",
        "e.g.",
        "e.g./foo",
        "something-cool.jpg",
        "website.com.jpg",
        "website.com.jpg/foo",
        "me@example.com",
        "3.14",
        "v1.2",
    ] {
        assert!(links_of(text).is_empty(), "{text}: {:?}", links_of(text));
    }
}

#[test]
fn hashtags_by_the_rule_of_the_network() {
    for (text, tags) in [
        ("#a #b", vec!["a", "b"]),
        ("#1 #1a #2026", vec!["1a"]),
        ("body #a_b #b_ #_b", vec!["a_b", "b", "_b"]),
        ("strips #punctuation, #like. #this!", vec!["punctuation", "like", "this"]),
        ("# text #", vec![]),
        ("works with #🦋 emoji, and #butter🦋fly", vec!["🦋", "butter🦋fly"]),
        ("press #️⃣ now", vec![]),
        ("Grüße aus #Köln und #東京 und ＃全角", vec!["Köln", "東京", "全角"]),
        ("no#tag and example.com/#part", vec![]),
        ("(#bracket", vec![]),
        ("up $aapl and ($GOOG) not $5 $TOOLONG", vec!["$AAPL", "$GOOG"]),
    ] {
        assert_eq!(tags_of(text), tags, "{text}");
    }
    let long = "a".repeat(64);
    assert_eq!(tags_of(&format!("#{long}")), std::slice::from_ref(&long));
    assert!(tags_of(&format!("#{long}a")).is_empty());
}

#[test]
fn handles_are_found_with_their_place() {
    let found = |text: &str| mentions(text).into_iter().map(|mention| (mention.start, mention.handle)).collect::<Vec<_>>();
    assert_eq!(found("start @Handle.com, end"), [(6, "handle.com".to_owned())]);
    assert_eq!(found("(@full123-chars.test)"), [(1, "full123-chars.test".to_owned())]);
    assert_eq!(found("👋 @handle.com!@#$"), [(5, "handle.com".to_owned())]);
    for text in ["not@right.com", "@nodots", "@what.notatld", "@handle.com_x", "@..", "@"] {
        assert!(found(text).is_empty(), "{text}");
    }
}
