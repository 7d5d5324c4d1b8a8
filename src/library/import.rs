//! Bringing in by address: the page is fetched by the guarded client, read, and becomes a draft
//! with its picture.

use serde::Serialize;
use url::Url;
use utoipa::ToSchema;

use super::article::{self, Article, merge, read_article, read_oembed, same_item_key};
use super::content::ItemInput;
use super::item::{self, Origin};
use super::picture::{Limits, Picture, re_encode};
use super::words::ItemKind;
use super::{media, queries};
use crate::app::{App, blocking};
use crate::db::{Actor, ItemId, TopicId};
use crate::error::AppError;
use crate::web::outbound::{ACCEPT_JSON, ACCEPT_PAGE, ACCEPT_PICTURE, Ask, FetchError};

/// The largest page and the largest oEmbed answer that are read, in bytes.
const PAGE: usize = 5_000_000;
const OEMBED: usize = 200_000;

/// What came of bringing in an address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Imported {
    /// The draft.
    pub id: ItemId,
    /// What is missing or odd, in sentences for the curator.
    pub warnings: Vec<String>,
}

/// Makes a draft of the page at an address. Nothing is written unless all of it is.
///
/// # Errors
/// Invalid for `address` with a sentence that says why it cannot be read; `already_in_library`
/// with the id of the item that is there.
pub async fn import(app: &App, actor: Actor, address: &str, topics: Vec<TopicId>) -> Result<Imported, AppError> {
    let fetched = app.outbound.get(address, Ask::new(ACCEPT_PAGE, PAGE)).await.map_err(|e| refused(&e))?;
    let redirects = fetched.redirects.len();
    let article = blocking(move || Ok(read_article(&fetched.body, fetched.content_type.as_deref(), &fetched.final_url))).await?;
    let mut article = with_oembed(app, article).await;
    let key = same_item_key(&article.canonical_link);
    if let Some(there) = app.read(move |db| Ok(queries::by_link_key(db, &key, None)?)).await? {
        return Err(item::already(there.id));
    }
    if redirects > 2 {
        article.warnings.push(format!("The address redirects {redirects} times. Networks may show no card; use the address it ends at."));
    }
    let picture = match article.image_url.clone() {
        Some(url) => fetch_picture(app, &url).await.map_err(|why| article.warnings.push(format!("The picture was left out. {why}"))).ok(),
        None => None,
    };
    let mut warnings = std::mem::take(&mut article.warnings);
    let alt = article.image_alt.clone().unwrap_or_default();
    if picture.is_some() && alt.trim().is_empty() {
        warnings.push("Say in a few words what the picture shows, for people who do not see it.".into());
    }
    let origin = Origin { source: None, published_at: article.published_at.map(Into::into) };
    let input = draft_of(article, topics);
    let id = app
        .write(actor, move |tx| {
            let image_id = picture.as_ref().map(|p| media::store(tx, p)).transpose()?;
            let image_alt = if image_id.is_some() { input.image_alt.clone() } else { String::new() };
            item::create(tx, ItemInput { image_id, image_alt, ..input }, &origin)
        })
        .await?;
    Ok(Imported { id, warnings })
}

/// A refused address as a refused field: it is for the person who typed it to mend.
pub(super) fn refused(error: &FetchError) -> AppError {
    let feed = matches!(error, FetchError::WrongType { got, .. } if got.contains("xml") || got.contains("json"));
    if feed {
        return AppError::field("address", "That address is a feed or a data file, not a page. Add a feed under Sources.");
    }
    AppError::field("address", error.to_string())
}

async fn with_oembed(app: &App, article: Article) -> Article {
    let complete = article.title.is_some() && article.image_url.is_some() && article.author.is_some();
    let Some(address) = article.oembed_url.clone().filter(|_| !complete) else { return article };
    match app.outbound.get(&address, Ask::new(ACCEPT_JSON, OEMBED)).await {
        Ok(answer) => merge(article, read_oembed(&answer.body)),
        Err(_) => article,
    }
}

/// Fetches a picture and writes it anew; else the sentence that says why not.
pub(super) async fn fetch_picture(app: &App, url: &Url) -> Result<Picture, String> {
    let limit = Limits::CARD;
    let fetched = app.outbound.get(url.as_str(), Ask::new(ACCEPT_PICTURE, limit.max_bytes)).await.map_err(|e| e.to_string())?;
    let made = blocking(move || Ok(re_encode(&fetched.body, limit))).await.map_err(|e| e.to_string())?;
    made.map_err(|e| e.to_string())
}

fn draft_of(article: Article, topics: Vec<TopicId>) -> ItemInput {
    ItemInput {
        title: fitting(article.title, &article.canonical_link),
        summary: article.summary.unwrap_or_default(),
        link: article.canonical_link.into(),
        kind: article.kind.parse().unwrap_or(ItemKind::Article),
        language: article.language.filter(|l| super::content::is_language(l)).unwrap_or_else(|| "en".into()),
        image_alt: article::sentences(&article.image_alt.unwrap_or_default(), 500),
        topics,
        ..ItemInput::default()
    }
}

/// A title that a draft can stand under until somebody types a better one.
pub(super) fn fitting(title: Option<String>, link: &Url) -> String {
    let title = title.map(|t| t.chars().take(300).collect::<String>()).filter(|t| !t.trim().is_empty());
    title.unwrap_or_else(|| format!("A page on {}", link.host_str().unwrap_or("the web")))
}
