//! Which picture stands for a page.

use url::Url;

use super::{json_ld::JsonLd, links, markup::Page, text};

/// Cards of the networks need at least this many pixels on each side.
const SMALLEST_SIDE: u32 = 200;

/// The picture of a page and what it shows, in the order of the networks' own readers.
pub(super) fn choose(page: &Page, json: &JsonLd, base: &Url) -> (Option<Url>, Option<String>) {
    if !declared_too_small(page) {
        for key in ["og:image:secure_url", "og:image", "og:image:url"] {
            if let Some(url) = usable(page.metas(key), base) {
                return (Some(url), alt(page, "og:image:alt"));
            }
        }
    }
    for key in ["twitter:image", "twitter:image:src"] {
        if let Some(url) = usable(page.metas(key), base) {
            return (Some(url), alt(page, "twitter:image:alt"));
        }
    }
    let described = json.subject().and_then(|(node, _)| {
        ["image", "thumbnailUrl"].into_iter().find_map(|key| {
            let pictures = json.pictures(node.get(key)?);
            usable(pictures.iter().map(String::as_str), base)
        })
    });
    let linked = || usable(page.related("image_src").map(|link| link.href.as_str()), base);
    (described.or_else(linked), None)
}

fn usable<'a>(mut candidates: impl Iterator<Item = &'a str>, base: &Url) -> Option<Url> {
    candidates.find_map(|href| links::resolve(base, href).filter(|url| !is_drawing(url)))
}

/// SVG is refused by every network, and can carry scripts.
pub fn is_drawing(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    path.ends_with(".svg") || path.ends_with(".svgz")
}

fn declared_too_small(page: &Page) -> bool {
    let is_drawing = page.meta("og:image:type").is_some_and(|kind| kind.contains("svg"));
    is_drawing
        || ["og:image:width", "og:image:height"].into_iter().any(|key| {
            let size = page.meta(key).and_then(|size| size.trim_end_matches("px").parse::<u32>().ok());
            size.is_some_and(|pixels| pixels > 0 && pixels < SMALLEST_SIDE)
        })
}

fn alt(page: &Page, key: &str) -> Option<String> {
    page.meta(key).and_then(text::label)
}
