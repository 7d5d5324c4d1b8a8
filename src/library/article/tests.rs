#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;

fn page(html: &str) -> Article {
    let url = Url::parse("https://www.example.com/news/one?utm_source=x&id=7").unwrap();
    read_article(html.as_bytes(), Some("text/html; charset=utf-8"), &url)
}

fn date(text: &str) -> String {
    parse_date(text).map_or_else(|| "none".into(), |d| d.format("%Y-%m-%dT%H:%M:%S").to_string())
}

#[test]
fn an_empty_page_says_nothing_but_warns() {
    let article = page("");
    assert_eq!(article.title, None);
    assert_eq!(article.language, None);
    assert_eq!(article.kind, "article");
    assert_eq!(article.site.as_deref(), Some("example.com"));
    assert_eq!(article.canonical_link.as_str(), "https://www.example.com/news/one?id=7");
    assert_eq!(article.warnings, [NO_TITLE, NO_SUMMARY, NO_IMAGE]);
}

#[test]
fn first_of_duplicates_wins_and_entities_are_decoded() {
    let article = page(
        r#"<meta name="og:title" content=" "><meta name="og:title" content="Q&amp;amp;A with &quot;Ann&quot;">
        <meta property="og:title" content="Second"><meta property="description og:description"
        content="It&#8217;s&nbsp;here"><title>x</title><svg><title>No</title></svg>"#,
    );
    assert_eq!(article.title.as_deref(), Some("Q&A with \"Ann\""));
    assert_eq!(article.summary.as_deref(), Some("It’s here"));
}

#[test]
fn the_site_leaves_the_title_only_as_a_whole_part() {
    let titled = |title: &str| page(&format!("<title>{title}</title><meta property=og:site_name content='The Daily-News'>")).title.unwrap();
    assert_eq!(titled("Ten ways - a list | The Daily News"), "Ten ways - a list");
    assert_eq!(titled("example.com – Hello"), "Hello");
    assert_eq!(titled("The Daily News"), "The Daily News");
    assert_eq!(titled("Why the daily news matters"), "Why the daily news matters");
    assert_eq!(titled("Rust: Vec&lt;T> | Part 2"), "Rust: Vec<T> | Part 2");
}

#[test]
fn a_canonical_address_must_be_of_the_same_site() {
    let other = page(r#"<link rel=canonical href="https://evil.test/x"><meta property=og:url content="/two?fbclid=1#top">"#);
    assert_eq!(other.canonical_link.as_str(), "https://www.example.com/two");
    assert!(other.warnings.iter().any(|w| w.contains("evil.test")));
    let sub = page(r#"<link rel="nofollow CANONICAL" href="//blog.example.com/two/">"#);
    assert_eq!(sub.canonical_link.as_str(), "https://blog.example.com/two/");
    let front = page(r#"<link rel=canonical href="https://www.example.com/">"#);
    assert_eq!(front.canonical_link.path(), "/news/one");
    let plain = page(r#"<link rel=canonical href="http://www.example.com/one">"#);
    assert_eq!(plain.canonical_link.as_str(), "https://www.example.com/one");
    assert!(!same_site(&Url::parse("https://a.github.io").unwrap(), &Url::parse("https://b.github.io").unwrap()));
    assert!(!same_site(&Url::parse("https://a.co.uk").unwrap(), &Url::parse("https://b.co.uk").unwrap()));
}

#[test]
fn pictures_are_chosen_past_drawings_and_icons() {
    let image = |html: &str| page(html).image_url.map(String::from);
    assert_eq!(
        image("<meta property=og:image content=logo.SVG><meta property=og:image content='../a b.jpg'>").unwrap(),
        "https://www.example.com/a%20b.jpg"
    );
    assert_eq!(
        image("<meta property=og:image content=/i.png><meta property=og:image:width content=64><meta name=twitter:image content=/t.png>")
            .unwrap(),
        "https://www.example.com/t.png"
    );
    assert_eq!(image("<meta property=og:image content=data:image/png;base64,AA==>"), None);
    assert_eq!(
        image("<base href=https://cdn.example.com/x/><meta property=og:image content=y.png>").unwrap(),
        "https://cdn.example.com/x/y.png"
    );
    let graph = r##"<script type="application/ld+json">{"@graph":[{"@type":["WebPage"],"name":"no"},
        {"@type":"https://schema.org/NewsArticle","headline":"Head","author":{"@id":"#a"},"publisher":{"name":"Pub"},
        "image":[{"@id":"#i"}],"datePublished":"2024-05-06T07:08:09+0200","inLanguage":"fr-FR","keywords":["a","b","A"]},
        {"@id":"#a","@type":"Person","name":"Ann Other"},{"@id":"#i","@type":"ImageObject","contentUrl":"/z.jpg"}]}</script>"##;
    let article = page(graph);
    assert_eq!(article.image_url.unwrap().path(), "/z.jpg");
    assert_eq!(article.author.as_deref(), Some("Ann Other"));
    assert_eq!((article.site.as_deref(), article.language.as_deref()), (Some("Pub"), Some("fr")));
    assert_eq!(article.published_at, parse_date("2024-05-06T05:08:09Z"));
    assert_eq!((article.title.as_deref(), article.tags.join(",").as_str()), (Some("Head"), "a,b"));
}

#[test]
fn broken_json_ld_is_skipped_or_mended() {
    let article = page(
        "<script type='application/ld+json'>{broken</script>
        <script type='application/ld+json'>//<![CDATA[\n[{\"@type\":\"JobPosting\",\"name\":\"Rust\nengineer\"}]\n//]]></script>",
    );
    assert_eq!((article.kind, article.title.as_deref()), ("job", Some("Rust engineer")));
    let deep = format!("<script type='application/ld+json'>{}</script>", "[".repeat(100_000));
    assert_eq!(page(&deep).title, None);
}

#[test]
fn guards_and_forwarding_pages_are_told() {
    let guard = page("<title>Just a moment...</title>");
    assert!(guard.title.is_none() && guard.warnings[0].contains("Just a moment"));
    let forward = page(r#"<meta http-equiv="refresh" content="0; url='/real'">"#);
    assert!(forward.warnings.iter().any(|w| w.contains("https://www.example.com/real")));
}

#[test]
fn letters_are_read_by_mark_then_header_then_page_then_guess() {
    let title = |body: &[u8], header: Option<&str>| read_article(body, header, &Url::parse("https://e.test/").unwrap()).title.unwrap();
    assert_eq!(title(b"<title>F\xf6rderung</title>", Some("text/html; charset=\"ISO-8859-1\"")), "Förderung");
    assert_eq!(title(b"<meta charset=windows-1252><title>F\xf6rderung</title>", None), "Förderung");
    assert_eq!(title(b"<title>F\xf6rderung</title>", Some("text/html; charset=utf-8")), "Förderung");
    assert_eq!(title(b"<title>F\xc3\xb6rderung</title>", Some("text/html; charset=iso-8859-1")), "Förderung");
    assert_eq!(title(b"<meta http-equiv=Content-Type content='text/html; charset=Shift_JIS'><title>\x93\xfa\x96{</title>", None), "日本");
    let utf16: Vec<u8> = "\u{feff}<title>Žluťoučký</title>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(title(&utf16, Some("text/html; charset=iso-8859-1")), "Žluťoučký");
    assert_eq!(title(&utf16[2..], None), "Žluťoučký");
    let cut = "<title>Größe</title>".repeat(3) + "ö";
    assert!(title(&cut.as_bytes()[..cut.len() - 1], Some("text/html; charset=utf-8")).contains("Größe"));
}

#[test]
fn dates_are_read_as_people_write_them() {
    for (written, read) in [
        ("2015-04-08T12:46:00", "2015-04-08T12:46:00"),
        ("2020-11-11 12:00:00.000-0600", "2020-11-11T18:00:00"),
        ("2015-07-24T05:36:09+01:00", "2015-07-24T04:36:09"),
        ("2022-12-17", "2022-12-17T00:00:00"),
        ("20221217T101112Z", "2022-12-17T10:11:12"),
        ("2023-06-07T20:54:26,829+01", "2023-06-07T19:54:26"),
        ("2024-02-29T24:00:00Z", "2024-03-01T00:00:00"),
        ("Wed, 03 Feb 2021 12:00:47 GMT", "2021-02-03T12:00:47"),
        ("mer, 16 nov 2022 00:38:15 +0100", "2022-11-15T23:38:15"),
        ("mar. 3 mars 2024 08:00", "2024-03-03T08:00:00"),
        ("Fri, 31 May 2019 12:17:58 -0700", "2019-05-31T19:17:58"),
        ("Thursday, 9 Sept 21 9:05 EST", "2021-09-09T14:05:00"),
        ("March 17, 2015 8:02 PM", "2015-03-17T20:02:00"),
        ("Mar 17, 2015 at 12:02 a.m.", "2015-03-17T00:02:00"),
        ("1. März 2024, 17:30 MEZ", "2024-03-01T16:30:00"),
        ("17:30 CET, 1 de março de 2024", "none"),
        ("1700000000", "2023-11-14T22:13:20"),
        ("comment_date", "none"),
        ("0001-01-01T00:00:00Z", "none"),
        ("1970-01-01", "none"),
        ("2024-13-45", "none"),
        ("32 Jan 2024", "none"),
        ("", "none"),
    ] {
        if written.starts_with("17:30 CET") {
            assert_eq!(date(written), "2024-03-01T17:30:00", "a date after the time has no zone");
        } else {
            assert_eq!(date(written), read, "{written}");
        }
    }
}

#[test]
fn keys_are_the_same_for_the_same_article() {
    let key = |link: &str| same_item_key(&Url::parse(link).unwrap());
    let one = key("https://example.com/A/b?x=1&y=%7E2");
    for same in [
        "http://www.example.com:80/A/b/?y=~2&x=1#part",
        "https://EXAMPLE.com/A/b?utm_source=a&x=1&y=%7e2&fbclid=z",
        "https://example.com./A/%62?y=~2&&x=1&UTM_Medium=b",
    ] {
        assert_eq!(key(same), one, "{same}");
    }
    for other in ["https://example.com/a/b?x=1&y=~2", "https://example.com/A/b?x=1", "https://m.example.com/A/b?x=1&y=~2"] {
        assert_ne!(key(other), one, "{other}");
    }
    assert_ne!(key("https://e.com/#!/a"), key("https://e.com/#!/b"));
    assert_ne!(key("https://e.com:8080/a"), key("https://e.com/a"));
    assert_eq!(key("https://e.com/100%"), key("https://e.com/100%"));
}

#[test]
fn sentences_stay_whole() {
    let text = "First sentence here. Second one is a little longer than the first. Third.";
    assert_eq!(sentences(text, 70), "First sentence here. Second one is a little longer than the first.");
    assert_eq!(sentences(text, 200), text);
    assert_eq!(sentences("Hi. A very long second sentence that does not fit", 30), "Hi. A very long second…");
    assert_eq!(sentences(&"x".repeat(1000), 10).chars().count(), 10);
    assert_eq!(sentences("", 10), "");
}

#[test]
fn labels_and_languages() {
    assert_eq!(label("  Tom &amp;amp; <b>Jerry</b>\u{202e}\n ").as_deref(), Some("Tom & Jerry"));
    assert_eq!(label("<p></p>"), None);
    assert_eq!(label("a < b & c > d").as_deref(), Some("a < b & c > d"));
    assert_eq!(label("👩\u{200d}💻").as_deref(), Some("👩\u{200d}💻"));
    let read: Vec<_> = ["IT-it", "de_DE", "en-US, fr", "iw", "x-default", "english", ""].map(primary_language).into();
    let read: Vec<&str> = read.iter().map(|l| l.as_deref().unwrap_or("-")).collect();
    assert_eq!(read, ["it", "de", "en", "he", "-", "-", "-"]);
}

#[test]
fn oembed_fills_gaps_only() {
    let answer =
        br#"{"title":"From oEmbed","author_name":"Bo","provider_name":"Tube","thumbnail_url":"https://i.test/a.jpg","html":"<script>"}"#;
    let merged = merge(page("<title>Own</title>"), read_oembed(answer));
    assert_eq!((merged.title.as_deref(), merged.author.as_deref()), (Some("Own"), Some("Bo")));
    assert_eq!((merged.site.as_deref(), merged.image_url.unwrap().as_str()), (Some("Tube"), "https://i.test/a.jpg"));
    assert_eq!(merged.warnings, [NO_SUMMARY]);
    assert_eq!(read_oembed(b"<html>"), Oembed::default());
    assert_eq!(read_oembed(br#"{"thumbnail_url":"javascript:x"}"#), Oembed::default());
}

#[test]
fn pages_made_to_keep_a_reader_busy_end_soon() {
    let started = std::time::Instant::now();
    let many = (0..200_000).map(|n| format!("a{n} ")).collect::<String>();
    for hostile in [
        format!("<html {many}><title>after</title>"),
        format!("</p {many}><title>after</title>"),
        format!("{}<title>after</title>", "<b a=1><p>".repeat(100_000)),
        format!("<title>after</title>{}", "<div>".repeat(300_000)),
        format!("<title>after</title>{}", "<!--".repeat(400_000)),
        format!("<title>after</title>{}", "</scr<".repeat(300_000)),
        format!("<script>{}</script><title>after</title>", "i<n ".repeat(300_000)),
        format!("<title>after</title><p a='{}", "<x y=\"".repeat(300_000)),
    ] {
        assert_eq!(page(&hostile).title.as_deref(), Some("after"));
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
