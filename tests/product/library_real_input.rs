//! Feeds and article pages as real sites produced them, with what Herald must make of each, checked
//! by eye. They lie beside the project, in `../shared/data/real`, because their texts belong to
//! their publishers. Without the folder these tests say so; with `HERALD_TEST_REQUIRE_ALL=1` they fail.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
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

/// What is expected of the first entry of a feed; an empty text stands for None.
struct ExpectedEntry {
    file: &'static str,
    feed_title: &'static str,
    feed_link: &'static str,
    count: usize,
    title: &'static str,
    link: &'static str,
    image: &'static str,
    date: &'static str,
    language: &'static str,
    author: &'static str,
    summary_starts: &'static str,
}

const FEEDS: &[ExpectedEntry] = &[
    ExpectedEntry {
        file: "atom_example_reddit.xml",
        feed_title: "The Rust Programming Language",
        feed_link: "https://www.reddit.com/r/rust/",
        count: 1,
        title: "Hey Rustaceans! Got an easy question? Ask here (21/2020)!",
        link: "https://www.reddit.com/r/rust/comments/glvkc5/hey_rustaceans_got_an_easy_question_ask_here/",
        image: "",
        date: "2020-05-18T05:44:47Z",
        language: "",
        author: "/u/llogiq",
        summary_starts: "Mystified about strings? Borrow checker have you in a headlock? Seek help here! There are no stupid questions, only docs that haven't been written yet.",
    },
    ExpectedEntry {
        file: "atom_mediarss_youtube_1.xml",
        feed_title: "PBS Space Time",
        feed_link: "",
        count: 1,
        title: "Navigating with Quantum Entanglement",
        link: "https://www.youtube.com/watch?v=0A1ouV7iD8o",
        image: "https://i1.ytimg.com/vi/0A1ouV7iD8o/hqdefault.jpg",
        date: "2020-12-22T19:15:01Z",
        language: "",
        author: "PBS Space Time",
        summary_starts: "Check Out Weathered on PBS Terra https://www.youtube.com/watch?v=znSN7ZFIaOg&ab_channel=PBSTerra",
    },
    ExpectedEntry {
        file: "jsonfeed_elastic_1.1.json",
        feed_title: "Blog – InfluxData",
        feed_link: "https://www.influxdata.com/blog/",
        count: 3,
        title: "InfluxDB vs. Graphite for Time Series Data & Metrics Benchmark",
        link: "https://www.influxdata.com/blog/influxdb-outperforms-graphite-in-time-series-data-metrics-benchmark",
        image: "",
        date: "2019-05-31T19:17:58Z",
        language: "en",
        author: "Chris Churilo",
        summary_starts: "This blog post has been updated on September 10, 2020 with the latest benchmark results",
    },
    ExpectedEntry {
        file: "rss_1.0_debian.xml",
        feed_title: "Debian News",
        feed_link: "https://www.debian.org/News/",
        count: 1,
        title: "Updated Debian 11: 11.6 released",
        link: "https://www.debian.org/News/2022/20221217",
        image: "",
        date: "2022-12-17T00:00:00Z",
        language: "en",
        author: "",
        summary_starts: "The Debian project is pleased to announce the sixth update of its stable distribution Debian 11 (codename bullseye).",
    },
    ExpectedEntry {
        file: "rss_1.0_iso8859.xml",
        feed_title: "Golem.de",
        feed_link: "https://www.golem.de/",
        count: 1,
        title: "Digitalministerium: Neue Glasfaserförderung mit Schnellkasse",
        link: "https://www.golem.de/news/digitalministerium-neue-glasfaserfoerderung-mit-schnellkasse-2301-171451.html",
        image: "https://www.golem.de/2301/171451-364223-364219_rc.jpg",
        date: "2023-01-25T18:03:02Z",
        language: "",
        author: "Achim Sawall",
        summary_starts: "Ab April soll es wieder Förderung für den Ausbau von Glasfaser geben.",
    },
    ExpectedEntry {
        file: "rss_2.0_bbc.xml",
        feed_title: "In Our Time",
        feed_link: "http://www.bbc.co.uk/programmes/b006qykl",
        count: 1,
        title: "Marcus Aurelius",
        link: "http://www.bbc.co.uk/programmes/m000sjxt",
        image: "",
        date: "2021-02-25T10:15:00Z",
        language: "en",
        author: "",
        summary_starts: "Melvyn Bragg and guests discuss...",
    },
    ExpectedEntry {
        file: "rss_2.0_cloudflare.xml",
        feed_title: "The Cloudflare Blog",
        feed_link: "https://blog.cloudflare.com/",
        count: 1,
        title: "Privacy-Preserving Compromised Credential Checking",
        link: "https://blog.cloudflare.com/privacy-preserving-compromised-credential-checking/",
        image: "https://blog.cloudflare.com/content/images/2021/10/image6-15.png",
        date: "2021-10-14T12:59:53Z",
        language: "",
        author: "Luke Valenta",
        summary_starts: "Announcing a public demo and open-sourced implementation of a privacy-preserving compromised credential checking service",
    },
    ExpectedEntry {
        file: "rss_2.0_element_io.xml",
        feed_title: "Element Blog",
        feed_link: "https://element.io/blog/",
        count: 1,
        title: "Simpler plans for Element, on-premise and cloud!",
        link: "https://element.io/blog/simpler-plans-for-element-on-premise-and-cloud/",
        image: "https://element.io/blog/content/images/2021/10/Element.io-Redesign-v1.2.png",
        date: "2021-10-11T16:02:29Z",
        language: "",
        author: "Steve Loynes",
        summary_starts: "There’s now just two plans. The prices are the same whether Element is deployed as a hosted service or on-premise.",
    },
    ExpectedEntry {
        file: "rss_2.0_ghost_2.xml",
        feed_title: "Changelog",
        feed_link: "https://ghost.org/changelog/",
        count: 1,
        title: "Send emails without publishing",
        link: "https://ghost.org/changelog/email-without-publishing/",
        image: "https://ghost.org/changelog/content/images/2021/10/email-without-publishing.png",
        date: "2021-10-11T18:11:15Z",
        language: "",
        author: "Team Ghost",
        summary_starts: "You can now choose whether or not to publish a post on your website, when sending an email newsletter to members. Now you can send emails to your audience with private content that won't appear anywhere else",
    },
    ExpectedEntry {
        file: "rss_2.0_heated.xml",
        feed_title: "HEATED",
        feed_link: "https://heated.world/",
        count: 1,
        title: "A conversation about Keystone XL",
        link: "https://heated.world/p/a-conversation-about-keystone-xl",
        image: "https://cdn.substack.com/image/fetch/h_600,c_limit,f_auto,q_auto:good,fl_progressive:steep/https%3A%2F%2Fbucketeer-e05bbc84-baa3-437e-9518-adb32be77984.s3.amazonaws.com%2Fpublic%2Fimages%2Fc3a98cc3-73ff-48f8-a8bb-7b71d3211fb6_3024x4032.jpeg",
        date: "2021-02-03T12:00:47Z",
        language: "en",
        author: "Emily Atkin",
        summary_starts: "This past weekend, I was interviewed by Walt Hickey, the author and creator of Numlock News.",
    },
    ExpectedEntry {
        file: "rss_2.0_ilmessaggero.xml",
        feed_title: "ilmessaggero.it - mondo",
        feed_link: "https://www.ilmessaggero.it/",
        count: 1,
        title: "Missili Polonia, cosa è successo? Tensione Nato-Russia, Mosca: non siamo stati noi",
        link: "https://www.ilmessaggero.it/mondo/missili_polonia_cosa_e_successo_davvero-7054869.html",
        image: "https://www.ilmessaggero.it/photos/MED/48/69/7054869_16003922_missili_polonia_1_.jpg",
        // The weekday and month are in Italian, which the date must survive.
        date: "2022-11-15T23:38:15Z",
        language: "it",
        author: "",
        summary_starts: "Non sono ancora le 16 di ieri pomeriggio quando un?esplosione in un impianto",
    },
];

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

/// What is expected of a page; an empty text stands for None.
struct ExpectedPage {
    file: &'static str,
    /// Where it was fetched from.
    from: &'static str,
    title: &'static str,
    canonical: &'static str,
    image: &'static str,
    date: &'static str,
    language: &'static str,
    site: &'static str,
    author: &'static str,
    summary_starts: &'static str,
    feeds: usize,
}

const PAGES: &[ExpectedPage] = &[
    ExpectedPage {
        file: "bbc-1.html",
        from: "http://www.bbc.com/news/world-us-canada-33646704?ns_mchannel=social",
        title: "Obama admits US gun laws are his 'biggest frustration'",
        canonical: "http://www.bbc.com/news/world-us-canada-33646704",
        image: "http://ichef.bbci.co.uk/news/1024/cpsprodpb/3D8B/production/_84455751_84455749.jpg",
        date: "2015-07-24T04:36:09Z",
        language: "en",
        site: "BBC News",
        author: "",
        summary_starts: "President Barack Obama tells the BBC his failure to pass \"common sense gun safety laws\" is the greatest frustration",
        feeds: 0,
    },
    ExpectedPage {
        file: "dropbox-blog.html",
        from: "https://dropbox.tech/infrastructure/asynchronous-task-scheduling-at-dropbox?utm_source=x",
        title: "How we designed Dropbox’s ATF - an async task framework",
        canonical: "https://dropbox.tech/infrastructure/asynchronous-task-scheduling-at-dropbox",
        image: "https://aem.dropbox.com/cms/content/dam/dropbox/tech-blog/en-us/2020/11/atf/diagrams/Techblog-ATF-Social.png",
        date: "2020-11-11T18:00:00Z",
        language: "en",
        site: "dropbox.tech",
        author: "Arun Sai Krishnan",
        summary_starts: "",
        feeds: 0,
    },
    ExpectedPage {
        file: "firefox-nightly-blog.html",
        from: "https://blog.nightly.mozilla.org/?p=997",
        title: "These Weeks in Firefox: Issue 85",
        canonical: "https://blog.nightly.mozilla.org/2020/12/18/these-weeks-in-firefox-issue-85/",
        image: "https://blog.nightly.mozilla.org/files/2019/07/nightly-blog-header.jpg",
        date: "2020-12-18T16:09:48Z",
        language: "en",
        site: "Firefox Nightly News",
        author: "",
        summary_starts: "Highlights Here's our Firefox Year in Review!",
        feeds: 3,
    },
    ExpectedPage {
        file: "gitlab-blog.html",
        from: "https://about.gitlab.com/blog/2024/06/25/3-surprising-findings-from-our-2024-global-devsecops-survey/",
        title: "3 surprising findings from our 2024 Global DevSecOps Survey",
        canonical: "https://about.gitlab.com/blog/2024/06/25/3-surprising-findings-from-our-2024-global-devsecops-survey/",
        image: "https://images.ctfassets.net/r9o86ar0p03f/Wz5s9ag9lbHesTOe6DEpF/64e9498cf34ee867e5fa5f6876733782/fy25-global-devsecops-report-blog-image.png?fm=webp&w=820&h=500",
        date: "2024-06-25T00:00:00Z",
        language: "en",
        site: "GitLab",
        author: "Dave Steer",
        summary_starts: "This year, our survey revealed changes in organizations' investment priorities in the wake of AI — and how",
        feeds: 4,
    },
    ExpectedPage {
        file: "heise.html",
        from: "http://www.heise.de/mac-and-i/meldung/1Password-fuer-Mac-generiert-Einmal-Passwoerter-2596987.html?wt_mc=rss",
        title: "1Password für Mac generiert Einmal-Passwörter",
        canonical: "http://www.heise.de/mac-and-i/meldung/1Password-fuer-Mac-generiert-Einmal-Passwoerter-2596987.html",
        image: "http://www.heise.de/imgs/18/1/4/6/2/3/5/1/Barcode-Scanner-With-Border-f0c62350bd8d9d96.jpeg",
        // Written without a zone, which is read as UTC.
        date: "2015-04-08T12:46:00Z",
        language: "de",
        site: "Mac & i",
        author: "",
        summary_starts: "Das in der iOS-Version bereits enthaltene TOTP-Feature ist nun auch für OS X 10.10 verfügbar.",
        feeds: 2,
    },
    ExpectedPage {
        file: "medium-1.html",
        from: "https://medium.com/@pippinlee/the-open-journalism-project-better-student-journalism-fb39f4f701bb?source=rss----1",
        title: "The Open Journalism Project: Better Student Journalism",
        canonical: "https://medium.com/@pippinlee/the-open-journalism-project-better-student-journalism-fb39f4f701bb",
        image: "https://d262ilb51hltx0.cloudfront.net/max/800/1*oBWUXtszDsiv_-Qq2bFLTQ.png",
        date: "2015-03-17T16:27:40Z",
        // Nothing on the page says so, and Herald does not guess.
        language: "",
        site: "Medium",
        author: "Pippin Lee",
        summary_starts: "We pushed out the first version of the Open Journalism site in January. Here’s what we’ve learned",
        feeds: 0,
    },
    ExpectedPage {
        file: "mozilla-1.html",
        from: "https://www.mozilla.org/en-US/firefox/desktop/customize/",
        title: "Firefox — Customize and make it your own — The most flexible browser on the Web",
        canonical: "https://www.mozilla.org/en-US/firefox/desktop/customize/",
        image: "https://mozorg.cdn.mozilla.net/media/img/firefox/template/page-image.af8027a425de.png",
        date: "",
        language: "en",
        site: "Mozilla",
        author: "",
        summary_starts: "",
        feeds: 0,
    },
    ExpectedPage {
        file: "theverge.html",
        from: "https://www.theverge.com/23752959/apple-vision-pro-headset-hands-on-demo-impressions",
        title: "Apple’s Vision Pro is the Retina display moment for headsets",
        canonical: "https://www.theverge.com/23752959/apple-vision-pro-headset-hands-on-demo-impressions",
        image: "https://cdn.vox-cdn.com/thumbor/5UHVh564x9p5TRFclZJ-bcWqfzo=/0x0:2040x1360/1200x628/filters:focal(1046x614:1047x615)/cdn.vox-cdn.com/uploads/chorus_asset/file/24709755/DSC00889.jpg",
        date: "2023-06-07T20:54:26Z",
        language: "en",
        site: "The Verge",
        author: "Alex Heath",
        summary_starts: "There’s no going back from here.",
        feeds: 1,
    },
    ExpectedPage {
        file: "v8-blog.html",
        from: "https://v8.dev/blog/emscripten-standalone-wasm",
        title: "Outside the web: standalone WebAssembly binaries using Emscripten",
        canonical: "https://v8.dev/blog/emscripten-standalone-wasm",
        image: "",
        date: "2019-11-21T00:00:00Z",
        language: "en",
        site: "v8.dev",
        author: "",
        summary_starts: "Emscripten now supports standalone Wasm files, which do not need JavaScript.",
        feeds: 2,
    },
    ExpectedPage {
        file: "wordpress.html",
        from: "https://wptavern.com/stack-overflow-jobs-data-shows-reactjs-skills-in-high-demand-wordpress-market-oversaturated-with-developers#comments",
        title: "Stack Overflow Jobs Data Shows ReactJS Skills in High Demand, WordPress Market Oversaturated with Developers",
        canonical: "https://wptavern.com/stack-overflow-jobs-data-shows-reactjs-skills-in-high-demand-wordpress-market-oversaturated-with-developers",
        image: "https://i0.wp.com/wptavern.com/wp-content/uploads/2016/07/stack-overflow.png?fit=1200%2C470&ssl=1",
        date: "2017-03-09T23:16:02Z",
        language: "en",
        site: "WordPress Tavern",
        author: "",
        summary_starts: "Stack Overflow published its analysis of 2017 hiring trends",
        feeds: 4,
    },
];

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
