//! Atom and RSS, parsed by feed-rs after tidying.

use std::time::Duration;

use feed_rs::{
    model::{Entry, FeedType, Link, MediaContent, Person},
    parser::{Builder, ParseFeedError},
};
use url::Url;

use super::{super::article, Feed, FeedError, Parts, entry::Raw, tidy::Tidied};

/// A feed that wants to be left alone longer is asked again after this time all the same.
const LONGEST_TTL: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) fn read(tidied: &Tidied, url: &Url) -> Result<Parts, FeedError> {
    let parser = Builder::new()
        .base_uri(Some(url.as_str()))
        .sanitize_content(false)
        .timestamp_parser(article::parse_date)
        // An identity that the feed does not give is made from the normalised link later.
        .id_generator(|_, _, _| String::new())
        .build();
    let parsed = parser.parse(tidied.xml.as_bytes()).map_err(|error| match error {
        ParseFeedError::ParseError(feed_rs::parser::ParseErrorKind::NoFeedRoot) => FeedError::NotAFeed,
        ParseFeedError::XmlReader(_) => FeedError::Malformed("it is not well-formed XML"),
        _ => FeedError::Malformed("something it must have is missing or wrong"),
    })?;
    let language = parsed.language.or_else(|| tidied.language.clone());
    let inherited = parsed.authors.first().filter(|_| parsed.feed_type == FeedType::Atom);
    let entries = parsed.entries.into_iter().map(|entry| raw(entry, inherited, language.as_deref(), tidied));
    Ok(Parts {
        entries: entries.collect(),
        link: best_links(&parsed.links).into_iter().next(),
        feed: Feed {
            title: parsed.title.as_ref().and_then(|title| article::label(&title.content)),
            ttl: parsed.ttl.map(|minutes| Duration::from_secs(u64::from(minutes) * 60).min(LONGEST_TTL)),
            language: language.as_deref().and_then(article::primary_language),
            ..Feed::default()
        },
    })
}

fn raw(entry: Entry, inherited: Option<&Person>, language: Option<&str>, tidied: &Tidied) -> Raw {
    let mut links = best_links(&entry.links);
    // An RSS guid is the link, unless it says that it is none.
    if links.is_empty() && !tidied.not_links.contains(&entry.id) && entry.id.starts_with("http") {
        links.push(entry.id.clone());
    }
    let described = entry.media.iter().filter_map(|media| media.description.as_ref());
    let mut texts: Vec<String> = entry.summary.iter().map(|text| text.content.clone()).collect();
    texts.extend(entry.content.and_then(|content| content.body));
    texts.extend(described.map(|text| text.content.clone()));
    let labels = entry.categories.into_iter().map(|category| category.label.unwrap_or(category.term));
    let author = entry.authors.iter().chain(inherited).find_map(|person| person.name.clone());
    Raw {
        title: entry.title.map(|title| title.content),
        texts,
        links,
        images: pictures(&entry.media),
        published_at: entry.published.or(entry.updated),
        author,
        categories: labels.collect(),
        language: entry.language.or_else(|| language.map(str::to_owned)),
        guid: entry.id,
    }
}

/// The links to the thing itself, web pages first.
fn best_links(links: &[Link]) -> Vec<String> {
    let is_own = |link: &&Link| link.target.is_none() && link.rel.as_deref().is_none_or(|rel| rel.is_empty() || rel == "alternate");
    let mut own: Vec<&Link> = links.iter().filter(is_own).collect();
    own.sort_by_key(|link| link.media_type.as_deref().is_some_and(|kind| !kind.contains("html")));
    own.into_iter().map(|link| link.href.trim().to_owned()).collect()
}

/// The pictures of an entry: the largest first, thumbnails after them.
fn pictures(media: &[feed_rs::model::MediaObject]) -> Vec<String> {
    let mut contents: Vec<&MediaContent> = media.iter().flat_map(|one| &one.content).filter(|c| is_picture(c)).collect();
    contents.sort_by_key(|content| std::cmp::Reverse(content.width.unwrap_or(0)));
    let contents = contents.into_iter().filter_map(|content| content.url.as_ref().map(Url::to_string));
    let thumbnails = media.iter().flat_map(|one| &one.thumbnails).map(|thumbnail| thumbnail.image.uri.clone());
    contents.chain(thumbnails).collect()
}

/// Without a type, everything counts as a picture whose name is not that of a sound or a film.
fn is_picture(content: &MediaContent) -> bool {
    if let Some(kind) = &content.content_type {
        return kind.ty().as_str().eq_ignore_ascii_case("image");
    }
    let path = content.url.as_ref().map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
    let others = ["mp3", "mp4", "m4a", "m4v", "mov", "webm", "swf", "pdf", "ogg", "wav", "avi", "m3u8"];
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    content.duration.is_none() && !others.contains(&ending)
}
