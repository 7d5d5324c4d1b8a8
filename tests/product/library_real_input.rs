//! Feeds and article pages as real sites produced them, with what Herald must make of each, checked
//! by eye. They lie beside the project, in `../shared/data/real`, because their texts belong to
//! their publishers. Without the folder these tests say so; with `HERALD_TEST_REQUIRE_ALL=1` they fail.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]

pub mod expected;

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use expected::{FEEDS, PAGES};
use herald::library::{
    article::{Article, read_article, read_oembed},
    feed_reader::{Feed, FeedEntry, FeedError, discover_feeds, read_feed},
    picture::{self, Limits},
};
use proptest::prelude::*;
use url::Url;

/// The folder, or None after saying aloud that it is absent.
fn real(kind: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/real").join(kind);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var("HERALD_TEST_REQUIRE_ALL").as_deref() != Ok("1"),
        "{} is absent and HERALD_TEST_REQUIRE_ALL is set",
        folder.display()
    );
    eprintln!("SKIPPED: the real {kind} in {} are absent", folder.display());
    None
}

fn all_of(kind: &str) -> Vec<Vec<u8>> {
    let Some(folder) = real(kind) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn when(date: &str) -> Option<DateTime<Utc>> {
    (!date.is_empty()).then(|| date.parse().unwrap())
}

fn text(value: Option<&Url>) -> &str {
    value.map_or("", Url::as_str)
}

fn read(body: &[u8]) -> Result<Feed, FeedError> {
    let url = Url::parse("https://feeds.example.org/any/feed.xml").unwrap();
    read_feed(body, None, &url, now())
}

#[test]
fn every_real_feed_gives_the_drafts_that_a_person_would_write() {
    let Some(folder) = real("feeds") else { return };
    for expected in FEEDS {
        let file = expected.file;
        let feed = read(&fs::read(folder.join(file)).unwrap()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(feed.title.as_deref(), Some(expected.feed_title), "{file}");
        assert_eq!(text(feed.link.as_ref()), expected.feed_link, "{file}");
        assert_eq!(feed.entries.len(), expected.count, "{file}");
        assert_eq!(feed.warnings, Vec::<String>::new(), "{file}");
        let entry = &feed.entries[0];
        assert_eq!(entry.title.as_deref(), Some(expected.title), "{file}");
        assert_eq!(text(entry.link.as_ref()), expected.link, "{file}");
        assert_eq!(text(entry.image_url.as_ref()), expected.image, "{file}");
        assert_eq!(entry.published_at, when(expected.date), "{file}");
        assert_eq!(entry.language.as_deref().unwrap_or_default(), expected.language, "{file}");
        assert_eq!(entry.author.as_deref().unwrap_or_default(), expected.author, "{file}");
        let summary = entry.summary.as_deref().unwrap_or_default();
        assert!(summary.starts_with(expected.summary_starts), "{file}: {summary}");
        assert!(summary.chars().count() <= 300, "{file}: {summary}");
    }
}

#[test]
fn the_feed_that_breaks_off_gives_a_clear_message() {
    let Some(folder) = real("feeds") else { return };
    let error = read(&fs::read(folder.join("rss_2.0_invalid_1.xml")).unwrap()).unwrap_err();
    assert_eq!(error.code(), "feed_broken_off");
    assert_eq!(error.to_string(), "The feed breaks off before its first entry is complete. Try again later, or tell the site's owner.");
}

#[test]
fn no_real_feed_is_left_out_of_these_tests() {
    let Some(folder) = real("feeds") else { return };
    assert_eq!(fs::read_dir(folder).unwrap().count(), FEEDS.len() + 1);
    let Some(folder) = real("pages") else { return };
    assert_eq!(fs::read_dir(folder).unwrap().count(), PAGES.len());
}

#[test]
fn every_real_page_gives_the_draft_that_a_person_would_write() {
    let Some(folder) = real("pages") else { return };
    for expected in PAGES {
        let file = expected.file;
        let body = fs::read(folder.join(file)).unwrap();
        let from = Url::parse(expected.from).unwrap();
        let article: Article = read_article(&body, Some("text/html"), &from);
        assert_eq!(article.title.as_deref(), Some(expected.title), "{file}");
        assert_eq!(article.canonical_link.as_str(), expected.canonical, "{file}");
        assert_eq!(text(article.image_url.as_ref()), expected.image, "{file}");
        let to_the_second = article.published_at.map(|date| date.timestamp());
        assert_eq!(to_the_second, when(expected.date).map(|date| date.timestamp()), "{file}");
        assert_eq!(article.language.as_deref().unwrap_or_default(), expected.language, "{file}");
        assert_eq!(article.site.as_deref(), Some(expected.site), "{file}");
        assert_eq!(article.author.as_deref().unwrap_or_default(), expected.author, "{file}");
        let summary = article.summary.as_deref().unwrap_or_default();
        assert!(summary.starts_with(expected.summary_starts), "{file}: {summary}");
        assert_eq!(summary.is_empty(), expected.summary_starts.is_empty(), "{file}: {summary}");
        assert_eq!(article.kind, "article", "{file}");
        let missing = usize::from(expected.summary_starts.is_empty()) + usize::from(expected.image.is_empty());
        assert_eq!(article.warnings.len(), missing, "{file}: {:?}", article.warnings);
        assert_eq!(discover_feeds(&body, &from).len(), expected.feeds, "{file}");
        assert_eq!(read_feed(&body, Some("text/html"), &from, now()).unwrap_err().code(), "feed_is_a_web_page", "{file}");
    }
}

/// No input may keep a reader busy for longer, even unoptimised on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Reads the bytes as everything that Herald reads; only a panic or too long a time is wrong.
fn read_as_everything(body: &[u8]) {
    let started = Instant::now();
    let url = Url::parse("https://example.org/a/b?c=d").unwrap();
    let article = read_article(body, None, &url);
    assert!(article.title.is_none_or(|title| title.chars().count() <= 300));
    if let Ok(feed) = read_feed(body, Some("text/xml; charset=iso-8859-1"), &url, now()) {
        assert!(feed.entries.iter().all(|entry: &FeedEntry| entry.published_at.is_none_or(|date| date <= now())));
    }
    let _feeds = discover_feeds(body, &url);
    let _oembed = read_oembed(body);
    let _picture = picture::re_encode(body, Limits::CARD);
    assert!(started.elapsed() < LONGEST, "{:?} for {} bytes", started.elapsed(), body.len());
}

#[test]
fn real_files_cut_anywhere_are_read_as_far_as_they_go() {
    for body in all_of("feeds").iter().chain(&all_of("pages")) {
        for part in [1, 3, 10, 100, 500, 900, 990, 999] {
            let cut = &body[..body.len() * part / 1000];
            read_as_everything(cut);
            read_as_everything(&body[cut.len()..]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..2000)) {
        read_as_everything(&body);
    }

    #[test]
    fn any_pieces_of_markup_are_read_without_a_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        read_as_everything(pieces.concat().as_bytes());
        read_as_everything(format!("<rss version='2.0'><channel>{}", pieces.concat()).as_bytes());
        read_as_everything(format!("<feed xmlns='http://www.w3.org/2005/Atom'>{}", pieces.concat()).as_bytes());
    }

    #[test]
    fn real_feeds_with_some_bytes_changed_are_read_without_a_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let feeds = all_of("feeds");
        if !feeds.is_empty() {
            let mut body = which.get(&feeds).clone();
            for (place, byte) in changes {
                let at = place.index(body.len());
                body[at] = byte;
            }
            read_as_everything(&body);
        }
    }
}

/// What feeds and pages are made of, whole and broken, with letters of several bytes.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "<item>",
        "</item>",
        "<entry>",
        "</entry>",
        "<title>",
        "</title>",
        "<title type='xhtml'>",
        "<link href='",
        "<link>",
        "</link>",
        "<guid isPermaLink='false'>",
        "</guid>",
        "<description>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?xml",
        "?>",
        "<!DOCTYPE",
        "[",
        "]",
        ">",
        "<",
        "&",
        "&#",
        "&amp;",
        "&#x0;",
        ";",
        "'",
        "\"",
        "=",
        "<pubDate>",
        "mar, 3 mars 2024 25:61",
        "2024-02-30T99:99:99+99:99",
        "<meta property='og:title' content='",
        "<script type='application/ld+json'>",
        "{\"@graph\":[{\"@type\":\"Article\",\"author\":{\"@id\":1}}]}",
        "</script>",
        "<svg>",
        "<time datetime='",
        "http://[::1",
        "%",
        "%zz",
        "//",
        "https://ex\u{e4}mple.org/?a=%f",
        "\u{0}",
        "\u{feff}",
        "日本語",
        "👩\u{200d}💻",
        "xml:base='::'",
        "</channel></rss>",
        " ",
    ];
    prop_oneof![
        4 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}
