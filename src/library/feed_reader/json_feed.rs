//! JSON Feed (<https://jsonfeed.org/version/1.1>), read as it is found: ids that are numbers, dates
//! in the wrong form, single authors of version 1.0.

use std::time::Duration;

use serde_json::Value;

use super::{super::article, Feed, FeedError, Parts, entry::Raw};

pub(super) fn read(text: &str) -> Result<Parts, FeedError> {
    let feed: Value = serde_json::from_str(text.trim_start_matches('\u{feff}').trim())
        .map_err(|error| if error.is_eof() { FeedError::BrokenOff } else { FeedError::NotAFeed })?;
    let is_feed = word(&feed, "version").is_some_and(|version| version.contains("jsonfeed.org/version/"));
    let Some(items) = feed.get("items").and_then(Value::as_array).filter(|_| is_feed) else {
        return Err(FeedError::NotAFeed);
    };
    Ok(Parts {
        feed: Feed {
            title: word(&feed, "title").as_deref().and_then(article::label),
            language: word(&feed, "language").as_deref().and_then(article::primary_language),
            ttl: None::<Duration>,
            ..Feed::default()
        },
        link: word(&feed, "home_page_url"),
        entries: items.iter().map(|item| raw(item, &feed)).collect(),
    })
}

fn raw(item: &Value, feed: &Value) -> Raw {
    let date = |key: &str| word(item, key).and_then(|date| article::parse_date(&date));
    let tags = item.get("tags").and_then(Value::as_array);
    let mut images: Vec<String> = ["image", "banner_image"].iter().filter_map(|key| word(item, key)).collect();
    images.extend(attached(item));
    Raw {
        guid: word(item, "id").unwrap_or_default(),
        title: word(item, "title"),
        texts: ["summary", "content_html", "content_text"].iter().filter_map(|key| word(item, key)).collect(),
        links: ["url", "external_url"].iter().filter_map(|key| word(item, key)).collect(),
        images,
        published_at: date("date_published").or_else(|| date("date_modified")),
        author: author(item).or_else(|| author(feed)),
        categories: tags.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        language: word(item, "language").or_else(|| word(feed, "language")),
    }
}

/// A text, or a number as text.
fn word(object: &Value, key: &str) -> Option<String> {
    match object.get(key)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn author(object: &Value) -> Option<String> {
    let several = object.get("authors").and_then(Value::as_array);
    let mut names = several.into_iter().flatten().filter_map(|author| word(author, "name"));
    names.next().or_else(|| word(object.get("author")?, "name"))
}

fn attached(item: &Value) -> Option<String> {
    let attachments = item.get("attachments")?.as_array()?;
    attachments.iter().find_map(|attachment| {
        let kind = word(attachment, "mime_type")?;
        word(attachment, "url").filter(|_| kind.starts_with("image/"))
    })
}
