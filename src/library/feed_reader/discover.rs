//! The feeds that a web page offers.

use url::Url;

use super::super::article;

/// The addresses of the feeds that a page names in its head, the likeliest first: feeds of comments
/// come last. At most 20.
pub fn discover_feeds(html: &[u8], base: &Url) -> Vec<Url> {
    let page = article::read_page(&article::decode(html, None));
    let base = page.base.as_deref().and_then(|href| article::resolve(base, href)).unwrap_or_else(|| base.clone());
    let mut found: Vec<(bool, Url)> = Vec::new();
    for link in page.related("alternate").chain(page.related("feed")) {
        let kind = link.media_type.split(';').next().unwrap_or_default().trim();
        let is_feed = matches!(kind, "application/rss+xml" | "application/atom+xml" | "application/feed+json" | "application/rdf+xml")
            || link.rel.iter().any(|rel| rel == "feed");
        let Some(url) = article::resolve(&base, &link.href).filter(|_| is_feed) else {
            continue;
        };
        let of_comments = link.title.to_lowercase().contains("comment") || url.path().contains("/comments/");
        if !found.iter().any(|(_, known)| *known == url) {
            found.push((of_comments, url));
        }
    }
    found.sort_by_key(|&(of_comments, _)| of_comments);
    found.into_iter().map(|(_, url)| url).take(20).collect()
}
