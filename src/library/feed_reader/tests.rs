#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn read(body: &[u8]) -> Result<Feed, FeedError> {
    read_feed(body, None, &Url::parse("https://blog.example.com/feed/").unwrap(), now())
}

fn rss(items: &str) -> Feed {
    read(format!("<rss version='2.0'><channel><title>T</title>{items}</channel></rss>").as_bytes()).unwrap()
}

fn first(items: &str) -> FeedEntry {
    rss(items).entries.remove(0)
}

#[test]
fn titles_are_decoded_however_often_they_were_escaped() {
    for (written, title) in [
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("<![CDATA[Tom &amp; <b>Jerry</b>]]>", "Tom & Jerry"),
        ("&lt;b&gt;Tom&lt;/b&gt; &amp;#8211; Jerry", "Tom – Jerry"),
        ("R&D at AT&T; 1 < 2 &eacute; &unknown;", "R&D at AT&T; 1 < 2 é &unknown;"),
        ("Bell&#7; &#x1F600; &#xFFFF;\u{8}end", "Bell 😀 end"),
        ("Vec&lt;T&gt; explained", "Vec<T> explained"),
    ] {
        let entry = first(&format!("<item><title>{written}</title></item>"));
        assert_eq!(entry.title.as_deref(), Some(title), "{written}");
    }
}

#[test]
fn dates_in_the_future_become_now_and_missing_ones_stay_missing() {
    let dated = |date: &str| first(&format!("<item><title>x</title>{date}</item>")).published_at;
    assert_eq!(dated("<pubDate>Sat, 01 Jan 2050 00:00:00 GMT</pubDate>"), Some(now()));
    assert_eq!(dated(""), None);
    assert_eq!(dated("<pubDate>soon</pubDate>"), None);
    assert!(dated("<pubDate>mar, 15 mar 2022 10:00:00 +0100</pubDate>").is_some());
}

#[test]
fn links_lose_tracking_and_guids_that_are_links_serve_as_such() {
    let entry = first("<item><link>\n /a b?utm_source=rss&amp;id=3&amp;fbclid=1#:~:text=x </link><guid>g</guid></item>");
    assert_eq!(entry.link.unwrap().as_str(), "https://blog.example.com/a%20b?id=3");
    let guid = first("<item><title>x</title><guid>https://e.test/1</guid></item>");
    assert_eq!(guid.link.unwrap().as_str(), "https://e.test/1");
    let no_link = first("<item><title>x</title><guid isPermaLink='false'><![CDATA[https://e.test/1]]></guid></item>");
    assert_eq!((no_link.link, no_link.guid.as_str()), (None, "https://e.test/1"));
    let none = first("<item><title>x</title><link>javascript:alert(1)</link></item>");
    assert_eq!(none.link, None);
    let burned =
        first("<item><link>http://feeds.feedburner.com/~r/a</link><feedburner:origLink>https://e.test/o</feedburner:origLink></item>");
    assert_eq!(burned.link.unwrap().as_str(), "https://e.test/o");
}

#[test]
fn declarations_that_lie_or_miss_do_not_matter() {
    let body = |xml: &str| read(xml.as_bytes()).unwrap();
    let item = "<item><title>Grüße</title><dc:creator>Ann</dc:creator><media:content url='https://e.test/p.jpg' type='image/jpeg'/></item>";
    for xml in [
        format!("\n\u{1}  <?xml version='1.0' encoding='ISO-8859-1'?><rss version='2.0'><channel>{item}</channel></rss>"),
        format!("\u{feff}<?xml version='1.0'?><!-- x --><rss><channel>{item}</channel></rss>trailing <rubbish"),
        format!("<rss version='2.00' xmlns='http://backend.userland.com/rss2'><channel>{item}</channel></rss>"),
    ] {
        let feed = body(&xml);
        let entry = &feed.entries[0];
        assert_eq!(entry.title.as_deref(), Some("Grüße"), "{xml}");
        assert_eq!(entry.author.as_deref(), Some("Ann"));
        assert_eq!(entry.image_url.as_ref().unwrap().path(), "/p.jpg");
    }
    let latin =
        b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><item><title>Gr\xfc\xdfe</title></item></channel></rss>";
    assert_eq!(read(latin).unwrap().entries[0].title.as_deref(), Some("Grüße"));
    let utf16: Vec<u8> = format!("\u{feff}<?xml version='1.0' encoding='utf-16'?><rss version='2.0'><channel>{item}</channel></rss>")
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(read(&utf16).unwrap().entries[0].title.as_deref(), Some("Grüße"));
}

#[test]
fn web_pages_are_told_from_feeds_and_their_feeds_are_found() {
    let page = b"<!-- x -->\n<!DOCTYPE html><html><head><link rel=alternate type='application/rss+xml' title='Comments' href='/comments/feed'>
        <link rel='alternate home' type='application/atom+xml' href='atom.xml'><link rel=alternate type='application/json' href='/wp-json/1'>
        <link rel=alternate hreflang=de href='/de'></head></html>";
    let error = read(page).unwrap_err();
    assert_eq!(
        error.to_string(),
        "That address is a web page, not a feed. The page offers a feed at https://blog.example.com/feed/atom.xml"
    );
    let FeedError::WebPage { feeds } = error else { panic!("{error}") };
    assert_eq!(feeds.len(), 2);
    assert_eq!(read(b"<html><title>x</title></html>").unwrap_err().code(), "feed_is_a_web_page");
    for (body, code) in [
        (&b""[..], "feed_empty"),
        (b" \n", "feed_empty"),
        (b"just words", "not_a_feed"),
        (b"{\"a\":1}", "not_a_feed"),
        (b"[]", "not_a_feed"),
        (b"<sitemap><loc>x</loc></sitemap>", "not_a_feed"),
        (b"<rss version='2.0'><channel><item><title>x", "feed_broken_off"),
        (b"{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[", "feed_broken_off"),
    ] {
        assert_eq!(read(body).unwrap_err().code(), code, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn what_is_whole_before_a_fault_is_kept() {
    let whole = "<rss version='2.0'><channel><title>T</title><item><title>One</title></item><item><title>Two</title></item>";
    for fault in ["<item><title>Thr", "<item></title></item></channel></rss>", "<item <title>", "<![CDATA[", ""] {
        let feed = read(format!("{whole}{fault}").as_bytes()).unwrap();
        let titles: Vec<&str> = feed.entries.iter().filter_map(|e| e.title.as_deref()).collect();
        assert_eq!(titles, ["One", "Two"], "{fault}");
        assert_eq!(feed.warnings.len(), 1);
    }
}

#[test]
fn entities_never_expand_and_nothing_external_is_read() {
    let laughs = (1..20).map(|n| format!("<!ENTITY l{n} '&l{};&l{};&l{};'>", n - 1, n - 1, n - 1)).collect::<String>();
    let xml = format!(
        "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY l0 'ha'>{laughs}<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\
        <rss version='2.0'><channel><item><title>&l19;&x;end</title></item></channel></rss>"
    );
    assert_eq!(read(xml.as_bytes()).unwrap().entries[0].title.as_deref(), Some("&l19;&x;end"));
}

#[test]
fn feeds_made_to_keep_a_reader_busy_end_soon() {
    let started = std::time::Instant::now();
    let attributes = (0..300_000).map(|n| format!(" a{n}=''")).collect::<String>();
    let spaces = (0..400).map(|n| format!(" xmlns:a{n}='{n}'")).collect::<String>();
    for (hostile, code) in [
        (format!("<rss version='2.0'{attributes}><channel>"), "feed_malformed"),
        (format!("<rss version='2.0'{spaces}>{}", "<b:c/>".repeat(500_000)), "feed_malformed"),
        (format!("<rss version='2.0'><channel>{}", "<a>".repeat(1_000_000)), "feed_malformed"),
        (format!("<rss version='2.0'><channel>{}", "<![CDATA[".repeat(300_000)), "feed_broken_off"),
        (format!("<rss version='2.0'><channel>{}", "<item a='".repeat(300_000)), "feed_broken_off"),
        (format!("{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":{}", "[".repeat(1_000_000)), "not_a_feed"),
    ] {
        assert_eq!(read(hostile.as_bytes()).unwrap_err().code(), code);
    }
    let amps = first(&format!("<item><title>{}</title></item>", "&".repeat(1_000_000)));
    assert_eq!(amps.title.unwrap().chars().count(), 300);
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn at_most_five_hundred_entries_are_read_the_newest() {
    let items: String = (0..700).map(|n| format!("<item><title>{n}</title><pubDate>{}</pubDate></item>", 1_600_000_000 + n * 60)).collect();
    let feed = rss(&items);
    assert_eq!((feed.entries.len(), feed.entries[0].title.as_deref()), (500, Some("699")));
    assert_eq!(feed.warnings, ["The feed holds 700 entries; the newest 500 were read."]);
    let twice = rss("<item><title>a</title><guid>1</guid></item><item><title>b</title><guid>1</guid></item><item/>");
    assert_eq!((twice.entries.len(), twice.warnings.len()), (1, 1));
}

#[test]
fn summaries_are_text_without_the_software_s_own_words() {
    let summary = |text: &str| first(&format!("<item><title>T</title><description><![CDATA[{text}]]></description></item>")).summary;
    assert_eq!(
        summary("<p>Hello <b>you</b>.</p><script>x()</script><p>The post <a href=x>T</a> appeared first on <a>Blog</a>.</p>").as_deref(),
        Some("Hello you.")
    );
    assert_eq!(summary("Short text [&hellip;]").as_deref(), Some("Short text"));
    assert_eq!(summary("<p></p>"), None);
    assert_eq!(summary("T"), None, "the title again is no summary");
    let long = summary(&"One sentence of some length stands here. ".repeat(20)).unwrap();
    assert!(long.ends_with("here.") && (250..=300).contains(&long.chars().count()));
}

#[test]
fn json_feeds_are_read_as_found() {
    let json = br#"{"version":"https://jsonfeed.org/version/1","title":"J","items":[
        {"id":7,"url":"/a?utm_source=x","title":null,"content_html":"<p>Hi</p><img src='/i.png'>","date_published":"2024-01-02T03:04:05Z",
         "author":{"name":"Ann"},"tags":["a","A",3],"language":"de-AT"},
        {"id":"x","external_url":"https://e.test/","title":"Ext","image":"https://e.test/b.png"}, 5]}"#;
    let feed = read(json).unwrap();
    let entry = &feed.entries[0];
    assert_eq!((entry.guid.as_str(), entry.link.as_ref().unwrap().as_str()), ("7", "https://blog.example.com/a"));
    assert_eq!(entry.image_url.as_ref().unwrap().as_str(), "https://blog.example.com/i.png");
    assert_eq!((entry.author.as_deref(), entry.language.as_deref()), (Some("Ann"), Some("de")));
    assert_eq!(entry.categories, ["a"]);
    assert_eq!(feed.entries[1].image_url.as_ref().unwrap().path(), "/b.png");
    assert_eq!(feed.entries.len(), 2);
}
