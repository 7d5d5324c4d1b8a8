//! oEmbed answers (<https://oembed.com>), of which only the facts are taken, never the `html`.

use serde_json::Value;
use url::Url;

use super::{Article, links, text};

/// What an oEmbed answer adds to an article.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Oembed {
    pub title: Option<String>,
    pub author: Option<String>,
    pub provider: Option<String>,
    pub thumbnail_url: Option<Url>,
}

/// Reads an oEmbed answer in JSON. What is no such answer adds nothing.
pub fn read_oembed(json: &[u8]) -> Oembed {
    let answer: Value = serde_json::from_slice(json).unwrap_or_default();
    let field = |name: &str| answer.get(name).and_then(Value::as_str);
    Oembed {
        title: field("title").and_then(text::label),
        author: field("author_name").and_then(text::label),
        provider: field("provider_name").and_then(text::label),
        thumbnail_url: field("thumbnail_url")
            .and_then(|address| Url::parse(address.trim()).ok())
            .and_then(|url| links::resolve(&url, url.as_str()))
            .filter(|url| !super::is_drawing(url)),
    }
}

/// Fills what the page itself left open. What the page says wins.
pub fn merge(mut article: Article, oembed: Oembed) -> Article {
    if article.title.is_none() {
        article.title = oembed.title;
        article.warnings.retain(|warning| warning != super::NO_TITLE);
        if article.title.is_none() {
            article.warnings.push(super::NO_TITLE.to_owned());
        }
    }
    if article.author.is_none() {
        article.author = oembed.author;
    }
    // A site known only by its host name has not said what it is called.
    if let Some(provider) = oembed.provider
        && article.site.as_ref().is_none_or(|site| Some(site.as_str()) == super::host(&article.canonical_link).as_deref())
    {
        article.site = Some(provider);
    }
    if article.image_url.is_none() && oembed.thumbnail_url.is_some() {
        article.image_url = oembed.thumbnail_url;
        article.warnings.retain(|warning| warning != super::NO_IMAGE);
    }
    article
}
