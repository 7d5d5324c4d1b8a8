//! Feeds that the library follows: adding, pausing and removing them, and how they do.

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use utoipa::ToSchema;

use super::feed_reader::{Feed, FeedError, read_feed};
use super::import::refused;
use super::queries;
use super::view::TopicRef;
use crate::app::{App, blocking};
use crate::audit;
use crate::db::schema::{items, source_topics, sources, topics};
use crate::db::{Actor, Backend, Cols, Db, Exec, MemberId, SourceId, TopicId, Ts, Tx};
use crate::error::AppError;
use crate::jobs;
use crate::web::outbound::{ACCEPT_FEED, Ask, FetchError, Fetched};

/// The largest feed that is read, in bytes.
const FEED: usize = 10_000_000;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sources, check_for_backend(Backend))]
pub(super) struct SourceRow {
    pub id: SourceId,
    pub url: String,
    pub title: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub next_poll_at: Ts,
    pub last_poll_at: Option<Ts>,
    pub last_ok_at: Option<Ts>,
    pub failures: i32,
    pub last_error: Option<String>,
    pub active: bool,
    pub created_by: Option<MemberId>,
    pub created_at: Ts,
}

/// A feed that the library follows, and how it does.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Source {
    pub id: SourceId,
    pub url: String,
    pub title: String,
    /// False when paused, or when the site has removed the feed.
    pub active: bool,
    /// What its pieces are tagged with.
    pub topics: Vec<TopicRef>,
    /// How many items came from it.
    pub items: i64,
    pub last_poll_at: Option<Ts>,
    pub last_ok_at: Option<Ts>,
    pub next_poll_at: Ts,
    /// How often in a row it could not be read.
    pub failures: i32,
    /// Why it could not be read the last time, in words.
    pub last_error: Option<String>,
    pub created_at: Ts,
}

/// A feed to follow.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// A feed, or a page that names one.
    #[schema(min_length = 1, max_length = 2000)]
    pub address: String,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub topics: Vec<TopicId>,
}

/// Changes to a source: what is left out stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePatch {
    #[serde(default)]
    pub active: Option<bool>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub topics: Option<Vec<TopicId>>,
}

/// Reads one source now.
#[derive(Debug, Serialize, Deserialize)]
pub struct PollSource {
    pub source: SourceId,
}
impl jobs::Job for PollSource {
    const NAME: &'static str = "library.poll_source";
    fn unique_key(&self) -> Option<String> {
        Some(format!("poll {}", self.source))
    }
}

/// Fetches and reads a feed, off the async threads.
pub(super) async fn fetch(app: &App, ask_url: &str, etag: Option<String>, last_modified: Option<String>) -> Result<Fetched, FetchError> {
    app.outbound.get(ask_url, Ask { accept: ACCEPT_FEED, max_bytes: FEED, etag, last_modified }).await
}

pub(super) async fn read(fetched: Fetched, now: Ts) -> Result<Result<Feed, FeedError>, AppError> {
    blocking(move || Ok(read_feed(&fetched.body, fetched.content_type.as_deref(), &fetched.final_url, now.utc()))).await
}

/// Follows a feed from now on; its newest pieces come in as drafts by job. A page that names a
/// feed will do as address.
///
/// # Errors
/// Invalid for `address` with the sentence that says why; `source_exists`.
pub async fn add(app: &App, actor: Actor, new: NewSource) -> Result<SourceId, AppError> {
    let (url, feed) = found_feed(app, &new.address).await?;
    let title = feed.title.unwrap_or_else(|| url.host_str().unwrap_or("Feed").to_owned());
    app.write(actor, move |tx| insert(tx, url.as_str(), &title, new.topics)).await
}

async fn found_feed(app: &App, address: &str) -> Result<(Url, Feed), AppError> {
    let first = fetch(app, address, None, None).await.map_err(|e| refused(&e))?;
    let url = lasting(&first, address);
    let offered = match read(first, app.now()).await? {
        Ok(feed) => return Ok((url, feed)),
        Err(FeedError::WebPage { feeds }) if !feeds.is_empty() => feeds.into_iter().next(),
        Err(other) => return Err(AppError::field("address", other.to_string())),
    };
    let offered = offered.ok_or(AppError::NotFound("A feed"))?;
    let second = fetch(app, offered.as_str(), None, None).await.map_err(|e| refused(&e))?;
    let url = lasting(&second, offered.as_str());
    let feed = read(second, app.now()).await?.map_err(|e| AppError::field("address", e.to_string()))?;
    Ok((url, feed))
}

/// Where to ask from now on: the place it moved to for good, else where it was asked.
fn lasting(fetched: &Fetched, asked: &str) -> Url {
    let start = fetched.redirects.first().cloned().or_else(|| Url::parse(asked).ok());
    fetched.moved_to.clone().or(start).unwrap_or_else(|| fetched.final_url.clone())
}

fn insert(tx: &mut Tx<'_>, url: &str, title: &str, topics: Vec<TopicId>) -> Result<SourceId, AppError> {
    let there: Option<SourceId> = sources::table.filter(sources::url.eq(url)).select(sources::id).first(tx.db).optional()?;
    if let Some(id) = there {
        return Err(AppError::conflict("source_exists", format!("Herald follows this feed already, as {id}.")));
    }
    let id: SourceId = tx.id();
    let row = SourceRow {
        id,
        url: url.to_owned(),
        title: super::content::tidy(title).chars().take(200).collect(),
        etag: None,
        last_modified: None,
        next_poll_at: tx.now,
        last_poll_at: None,
        last_ok_at: None,
        failures: 0,
        last_error: None,
        active: true,
        created_by: tx.actor.id,
        created_at: tx.now,
    };
    diesel::insert_into(sources::table).values(&row).execute(tx.db)?;
    put_topics(tx, id, topics)?;
    jobs::enqueue(tx, &PollSource { source: id })?;
    audit::record(tx, "source.added", &id.to_string(), &json!({"url": url}))?;
    Ok(id)
}

fn put_topics(tx: &mut Tx<'_>, id: SourceId, mut chosen: Vec<TopicId>) -> Result<(), AppError> {
    chosen.sort_unstable();
    chosen.dedup();
    if usize::try_from(queries::count_topics(tx.db, &chosen)?).ok() != Some(chosen.len()) {
        return Err(AppError::field("topics", "One of the topics does not exist any more. Choose again."));
    }
    diesel::delete(source_topics::table.filter(source_topics::source_id.eq(id))).execute(tx.db)?;
    for topic in chosen {
        diesel::insert_into(source_topics::table)
            .values((source_topics::source_id.eq(id), source_topics::topic_id.eq(topic)))
            .exec(tx.db)?;
    }
    Ok(())
}

/// Pauses or resumes a source, or tags its future pieces otherwise.
///
/// # Errors
/// Not found; invalid topics.
pub fn change(tx: &mut Tx<'_>, id: SourceId, patch: SourcePatch) -> Result<(), AppError> {
    let row = locked(tx, id)?;
    if let Some(active) = patch.active.filter(|a| *a != row.active) {
        diesel::update(sources::table.find(id)).set((sources::active.eq(active), sources::failures.eq(0))).execute(tx.db)?;
        if active {
            jobs::enqueue(tx, &PollSource { source: id })?;
        }
    }
    let topics = patch.topics.clone();
    if let Some(topics) = topics {
        put_topics(tx, id, topics)?;
    }
    audit::record(tx, "source.changed", &id.to_string(), &json!({"active": patch.active, "topics": patch.topics}))
}

fn locked(tx: &mut Tx<'_>, id: SourceId) -> Result<SourceRow, AppError> {
    let row = diesel::update(sources::table.find(id)).set(sources::id.eq(id)).returning(SourceRow::cols()).get_result(tx.db).optional()?;
    row.ok_or(AppError::NotFound("This source"))
}

/// Has a source read as soon as a worker is free, paused or not.
///
/// # Errors
/// Not found.
pub fn poll_now(tx: &mut Tx<'_>, id: SourceId) -> Result<(), AppError> {
    locked(tx, id)?;
    jobs::enqueue(tx, &PollSource { source: id })?;
    audit::record(tx, "source.polled", &id.to_string(), &json!({}))
}

/// Stops following a feed. What came from it stays in the library.
///
/// # Errors
/// Not found.
pub fn remove(tx: &mut Tx<'_>, id: SourceId) -> Result<(), AppError> {
    let row = locked(tx, id)?;
    diesel::delete(sources::table.find(id)).execute(tx.db)?;
    audit::record(tx, "source.removed", &id.to_string(), &json!({"url": row.url, "title": row.title}))
}

pub(super) fn row(db: &mut Db, id: SourceId) -> QueryResult<Option<SourceRow>> {
    sources::table.find(id).select(SourceRow::as_select()).first(db).optional()
}

/// Sources after `after` by id, the oldest first.
///
/// # Errors
/// The database's.
pub fn list(db: &mut Db, after: Option<SourceId>, limit: i64) -> Result<Vec<Source>, AppError> {
    let mut query = sources::table.order(sources::id.asc()).limit(limit).select(SourceRow::as_select()).into_boxed::<Backend>();
    if let Some(after) = after {
        query = query.filter(sources::id.gt(after));
    }
    query.load(db)?.into_iter().map(|row| told(db, row)).collect()
}

/// # Errors
/// Not found.
pub fn source(db: &mut Db, id: SourceId) -> Result<Source, AppError> {
    let found = row(db, id)?.ok_or(AppError::NotFound("This source"))?;
    told(db, found)
}

fn told(db: &mut Db, row: SourceRow) -> Result<Source, AppError> {
    let tags: Vec<(TopicId, String, String)> = source_topics::table
        .inner_join(topics::table)
        .filter(source_topics::source_id.eq(row.id))
        .order(topics::name)
        .select((topics::id, topics::slug, topics::name))
        .load(db)?;
    Ok(Source {
        topics: tags.into_iter().map(TopicRef::from).collect(),
        items: items::table.filter(items::source_id.eq(row.id)).count().get_result(db)?,
        id: row.id,
        url: row.url,
        title: row.title,
        active: row.active,
        last_poll_at: row.last_poll_at,
        last_ok_at: row.last_ok_at,
        next_poll_at: row.next_poll_at,
        failures: row.failures,
        last_error: row.last_error,
        created_at: row.created_at,
    })
}

/// The wait after a failed poll: a quarter of an hour, doubling to a day (rule of our own).
pub(super) fn back_off(failures: i32) -> Duration {
    let doubled = 15_i64.saturating_mul(1 << failures.clamp(0, 10));
    Duration::minutes(doubled.min(24 * 60))
}
