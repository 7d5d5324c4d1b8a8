//! Reading the followed feeds: conditionally, politely, and each piece once.

use std::collections::HashMap;

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use url::Url;

use super::content::{ItemInput, is_language};
use super::feed_reader::{Feed, FeedEntry, same_item_key};
use super::import::{fetch_picture, fitting};
use super::item::{self, Origin};
use super::picture::Picture;
use super::sources::{self, PollSource, SourceRow, back_off};
use super::{media, queries};
use crate::app::App;
use crate::db::schema::{items, source_topics, sources as s};
use crate::db::{Actor, Db, SourceId, TopicId, Ts, Tx};
use crate::error::AppError;
use crate::jobs::{self, Failed, Registry};
use crate::web::outbound::{FetchError, Fetched};

/// How often a healthy source is read.
const EVERY: Duration = Duration::minutes(15);
/// How many pieces the first reading of a feed brings in, the newest.
const FIRST: usize = 10;
/// How many pieces one later reading brings in at most.
const AT_ONCE: usize = 50;

/// Has every source read that is due.
#[derive(Debug, Serialize, Deserialize)]
struct PollDue {}
impl jobs::Job for PollDue {
    const NAME: &'static str = "library.poll_due";
    fn unique_key(&self) -> Option<String> {
        Some("poll due".into())
    }
}

pub fn jobs(registry: &mut Registry) {
    registry.every::<PollDue>(EVERY, || PollDue {});
    registry.on::<PollDue, _, _>(|app, _job| async move {
        app.write(Actor::system("sources"), |tx| {
            let due: Vec<SourceId> = s::table.filter(s::active).filter(s::next_poll_at.le(tx.now)).select(s::id).load(tx.db)?;
            due.into_iter().try_for_each(|source| jobs::enqueue(tx, &PollSource { source }))
        })
        .await
        .map_err(Failed::from)
    });
    registry.on::<PollSource, _, _>(|app, job| async move { poll(&app, job.source).await.map_err(Failed::from) });
}

/// Reads one source and takes in what is new. That a feed cannot be read is a fact about the
/// source, kept with it, not a failed job.
async fn poll(app: &App, id: SourceId) -> Result<(), AppError> {
    let Some(row) = app.read(move |db| Ok(sources::row(db, id)?)).await? else { return Ok(()) };
    let fetched = match sources::fetch(app, &row.url, row.etag.clone(), row.last_modified.clone()).await {
        Ok(fetched) => fetched,
        Err(error) => return failed(app, row, &error).await,
    };
    let kept = Answer::of(&fetched);
    if fetched.not_modified {
        return app.write(actor(), move |tx| Ok(succeeded(tx, &row, &kept, EVERY)?)).await;
    }
    match sources::read(fetched, app.now()).await? {
        Err(error) => not_read(app, row, error.to_string(), None).await,
        Ok(feed) => take_in(app, row, feed, kept).await,
    }
}

fn actor() -> Actor {
    Actor::system("sources")
}

/// What of an answer is kept for the next question.
struct Answer {
    etag: Option<String>,
    last_modified: Option<String>,
    moved_to: Option<String>,
}
impl Answer {
    fn of(fetched: &Fetched) -> Self {
        Self {
            etag: fetched.etag.clone(),
            last_modified: fetched.last_modified.clone(),
            moved_to: fetched.moved_to.as_ref().map(Url::to_string),
        }
    }
}

async fn failed(app: &App, row: SourceRow, error: &FetchError) -> Result<(), AppError> {
    if error.status() == Some(410) {
        let sentence = "The site has removed this feed for good, so Herald stopped reading it.";
        return app
            .write(actor(), move |tx| {
                diesel::update(s::table.find(row.id))
                    .set((s::active.eq(false), s::last_error.eq(sentence), s::last_poll_at.eq(tx.now), s::failures.eq(row.failures + 1)))
                    .execute(tx.db)?;
                Ok(())
            })
            .await;
    }
    not_read(app, row, error.to_string(), error.retry_after()).await
}

async fn not_read(app: &App, row: SourceRow, sentence: String, asked: Option<std::time::Duration>) -> Result<(), AppError> {
    let asked = asked.and_then(|wait| Duration::from_std(wait).ok()).unwrap_or_default().min(Duration::days(7));
    app.write(actor(), move |tx| {
        let wait = back_off(row.failures).max(asked);
        diesel::update(s::table.find(row.id))
            .set((
                s::last_error.eq(sentence),
                s::last_poll_at.eq(tx.now),
                s::failures.eq(row.failures.saturating_add(1)),
                s::next_poll_at.eq(tx.now.plus(wait)),
            ))
            .execute(tx.db)?;
        Ok(())
    })
    .await
}

fn succeeded(tx: &mut Tx<'_>, row: &SourceRow, answer: &Answer, wait: Duration) -> QueryResult<()> {
    let moved = match &answer.moved_to {
        Some(url) if *url != row.url => {
            let taken = diesel::select(diesel::dsl::exists(s::table.filter(s::url.eq(url)))).get_result(tx.db)?;
            if taken { None } else { Some(url.clone()) }
        }
        _ => None,
    };
    diesel::update(s::table.find(row.id))
        .set((
            s::url.eq(moved.unwrap_or_else(|| row.url.clone())),
            s::etag.eq(answer.etag.clone().or_else(|| row.etag.clone())),
            s::last_modified.eq(answer.last_modified.clone().or_else(|| row.last_modified.clone())),
            s::last_poll_at.eq(tx.now),
            s::last_ok_at.eq(tx.now),
            s::last_error.eq(None::<String>),
            s::failures.eq(0),
            s::next_poll_at.eq(tx.now.plus(wait)),
        ))
        .execute(tx.db)?;
    Ok(())
}

async fn take_in(app: &App, row: SourceRow, feed: Feed, answer: Answer) -> Result<(), AppError> {
    let wait = feed.ttl.and_then(|ttl| Duration::from_std(ttl).ok()).unwrap_or(EVERY).clamp(EVERY, Duration::days(1));
    let language = feed.language.filter(|l| is_language(l));
    let (entries, source) = (feed.entries, row.clone());
    let fresh = app.read(move |db| Ok(new_entries(db, &source, entries)?)).await?;
    let mut pictures: HashMap<String, Picture> = HashMap::new();
    for entry in &fresh {
        if let Some(url) = &entry.image_url
            && let Ok(picture) = fetch_picture(app, url).await
        {
            pictures.insert(entry.guid.clone(), picture);
        }
    }
    app.write(actor(), move |tx| {
        if sources::row(tx.db, row.id)?.is_none() {
            return Ok(());
        }
        let topics: Vec<TopicId> =
            source_topics::table.filter(source_topics::source_id.eq(row.id)).select(source_topics::topic_id).load(tx.db)?;
        // Looked at again: another worker may have been faster.
        for entry in new_entries(tx.db, &row, fresh)?.into_iter().rev() {
            let picture = pictures.get(&entry.guid);
            bring_in(tx, row.id, entry, picture, language.as_deref(), &topics)?;
        }
        Ok(succeeded(tx, &row, &answer, wait)?)
    })
    .await
}

fn bring_in(
    tx: &mut Tx<'_>,
    source: SourceId,
    entry: FeedEntry,
    picture: Option<&Picture>,
    language: Option<&str>,
    topics: &[TopicId],
) -> Result<(), AppError> {
    let image_id = picture.map(|p| media::store(tx, p)).transpose()?;
    let own = entry.language.filter(|l| is_language(l));
    let title = match &entry.link {
        Some(link) => fitting(entry.title, link),
        None => entry.title.map_or_else(|| "Untitled".into(), |t| t.chars().take(300).collect()),
    };
    let input = ItemInput {
        title,
        summary: entry.summary.unwrap_or_default(),
        link: entry.link.map(String::from).filter(|l| l.len() <= 2000).unwrap_or_default(),
        language: own.or_else(|| language.map(str::to_owned)).unwrap_or_else(|| "en".into()),
        image_id,
        topics: topics.to_vec(),
        ..ItemInput::default()
    };
    let origin = Origin { source: Some((source, entry.guid)), published_at: entry.published_at.map(Ts::from) };
    match item::create(tx, input, &origin) {
        Ok(_) => Ok(()),
        // One odd entry does not keep the others out.
        Err(AppError::Conflict { .. } | AppError::Invalid(_)) => Ok(()),
        Err(other) => Err(other),
    }
}

/// The entries that the library has not seen, the newest first. On the first reading the newest
/// ten; later, what is not older than anything already taken in, so that an old feed does not
/// arrive bit by bit.
fn new_entries(db: &mut Db, source: &SourceRow, mut entries: Vec<FeedEntry>) -> QueryResult<Vec<FeedEntry>> {
    if entries.iter().all(|e| e.published_at.is_some()) {
        entries.sort_by_key(|e| std::cmp::Reverse(e.published_at));
    }
    let mut known = Vec::with_capacity(entries.len());
    for entry in &entries {
        known.push(is_known(db, source.id, entry)?);
    }
    let first = source.last_ok_at.is_none();
    let last_known = known.iter().rposition(|k| *k);
    let floor = entries.iter().zip(&known).filter(|(_, known)| **known).filter_map(|(e, _)| e.published_at).min();
    let fits = |place: usize, entry: &FeedEntry| {
        first
            || match (entry.published_at, floor) {
                (Some(at), Some(floor)) => at >= floor,
                _ => last_known.is_none_or(|last| place < last),
            }
    };
    let fresh = entries.into_iter().zip(known).enumerate();
    let fresh = fresh.take_while(|(place, _)| !first || *place < FIRST);
    Ok(fresh.filter(|(place, (entry, known))| !known && fits(*place, entry)).map(|(_, (entry, _))| entry).take(AT_ONCE).collect())
}

fn is_known(db: &mut Db, source: SourceId, entry: &FeedEntry) -> QueryResult<bool> {
    let by_guid = items::table.filter(items::source_id.eq(source)).filter(items::source_guid.eq(&entry.guid));
    if diesel::select(diesel::dsl::exists(by_guid)).get_result(db)? {
        return Ok(true);
    }
    match &entry.link {
        Some(link) => Ok(queries::by_link_key(db, &same_item_key(link), None)?.is_some()),
        None => Ok(false),
    }
}
