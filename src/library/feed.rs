//! The feed of one member, and what a member may share.
//!
//! Three streams, one after the other: pinned pieces, those of followed topics, the rest; each the
//! newest release first. Topics rank and filter, they never hide: whoever follows nothing has a
//! full feed. Every stream reads an index in order and stops when the page is full.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use chrono::Duration;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::content::is_language;
use super::queries;
use super::search::Question;
use super::sql::Sql;
use super::view::{Caption, TopicRef, caption};
use super::words::{ItemKind, ItemStatus, Standing};
use crate::db::schema::{group_members, groups, shares, topic_follows};
use crate::db::types::UtcTs;
use crate::db::{Backend, Db, GroupId, Id, ItemId, MediaId, MemberId, RevisionId, ShareId, TopicId, Ts};
use crate::error::AppError;
use crate::network::Network;

/// What a member asks of their feed.
#[derive(Debug, Clone, Default)]
pub struct FeedQuery {
    pub q: Option<String>,
    pub topic: Option<TopicId>,
    pub kind: Option<ItemKind>,
    /// Its first part counts: `en` finds `en-GB`.
    pub language: Option<String>,
    /// Only pieces with a ready text for this network or for all.
    pub network: Option<Network>,
    pub cursor: Option<FeedCursor>,
    /// How many, 1 to 100.
    pub limit: i64,
}

/// Where a page of the feed ended: the stream (or the rank), and the last piece of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedCursor {
    stream: i64,
    at: Ts,
    id: ItemId,
}

impl std::fmt::Display for FeedCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.stream, self.at.micros(), self.id)
    }
}
impl FromStr for FeedCursor {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "is not the “next” of an earlier page".to_owned();
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or_else(wrong);
        let stream = part()?.parse().ok().filter(|s| (0..=3).contains(s)).ok_or_else(wrong)?;
        let micros: i64 = part()?.parse().map_err(|_| wrong())?;
        // Within the years that a moment may have (see `Ts`).
        let at = Some(micros).filter(|m| (0..=7_289_654_400_000_000).contains(m)).and_then(Ts::from_micros).ok_or_else(wrong)?;
        Ok(Self { stream, at, id: part()?.parse()? })
    }
}

/// One piece of a member's feed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeedItem {
    pub id: ItemId,
    pub revision_id: RevisionId,
    pub title: String,
    pub summary: String,
    pub link: String,
    pub language: String,
    pub kind: ItemKind,
    pub image: Option<MediaId>,
    pub image_alt: String,
    pub topics: Vec<TopicRef>,
    pub released_at: Ts,
    pub expires_at: Option<Ts>,
    pub pinned: bool,
    /// Released within the last three days.
    pub fresh: bool,
    /// Why it is shown, in words.
    pub why: String,
    /// The member's own shares of it, the newest first.
    pub shared: Vec<OwnShare>,
}

/// A share of the member themselves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwnShare {
    pub id: ShareId,
    pub network: Network,
    pub state: String,
}

/// A page of the feed.
#[derive(Debug, Clone)]
pub struct Feed {
    pub items: Vec<FeedItem>,
    pub next: Option<FeedCursor>,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(Backend))]
struct Hit {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
    #[diesel(sql_type = UtcTs)]
    at: Ts,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    stream: i64,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(Backend))]
struct Counted {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

const PINNED: i64 = 3;
const FOLLOWED: i64 = 2;
const REST: i64 = 1;

/// One page of a member's feed at a moment.
///
/// # Errors
/// Malformed for a language that is none; the database's.
pub fn feed(db: &mut Db, member: MemberId, query: &FeedQuery, now: Ts) -> Result<Feed, AppError> {
    if query.language.as_deref().is_some_and(|l| !is_language(l)) {
        return Err(AppError::Malformed("language is a code such as en or de.".into()));
    }
    let followed: Vec<TopicId> =
        topic_follows::table.filter(topic_follows::member_id.eq(member)).select(topic_follows::topic_id).load(db)?;
    let asked = query.q.as_deref().and_then(Question::parse);
    let wanted = query.limit.clamp(1, 100) + 1;
    let mut hits = match &asked {
        Some(question) if question.is_impossible() => Vec::new(),
        Some(question) => found(db, member, query, question, now, wanted)?,
        None => browsed(db, member, query, &followed, now, wanted)?,
    };
    let limit = usize::try_from(wanted - 1).unwrap_or(20);
    let more = hits.len() > limit;
    hits.truncate(limit);
    let next = hits.last().filter(|_| more).map(|h| FeedCursor { stream: h.stream, at: h.at, id: ItemId::from_i64(h.id) });
    let ids: Vec<ItemId> = hits.iter().map(|h| ItemId::from_i64(h.id)).collect();
    Ok(Feed { items: told(db, member, &ids, &followed, now)?, next })
}

/// Without a question: stream after stream until the page is full.
fn browsed(db: &mut Db, member: MemberId, query: &FeedQuery, followed: &[TopicId], now: Ts, wanted: i64) -> QueryResult<Vec<Hit>> {
    let mut hits: Vec<Hit> = Vec::new();
    for stream in [PINNED, FOLLOWED, REST] {
        let missing = wanted - i64::try_from(hits.len()).unwrap_or(wanted);
        let passed = query.cursor.is_some_and(|c| stream > c.stream);
        if missing <= 0 || passed || (stream == FOLLOWED && followed.is_empty()) {
            continue;
        }
        let mut sql = Sql::default();
        let own = listed(followed);
        let driver = match query.topic {
            Some(topic) => rare(db, &listed(&[topic]))?,
            None if stream == FOLLOWED => rare(db, &own)?,
            None => None,
        };
        sql.push(&format!("SELECT i.id AS id, i.release_at AS at, CAST({stream} AS BIGINT) AS stream FROM "));
        sql.push(&driver.as_ref().map_or_else(|| "items i".into(), |few| format!("{few} few CROSS JOIN items i")));
        conditions(&mut sql, member, query, now);
        if driver.is_some() {
            sql.push(" AND i.id = few.item_id");
        }
        let follows = format!("EXISTS (SELECT 1 FROM item_topics f WHERE f.item_id = i.id AND f.topic_id IN ({own}))");
        match stream {
            PINNED => sql.push(" AND i.pinned"),
            FOLLOWED => sql.push(&format!(" AND NOT i.pinned AND {follows}")),
            _ if followed.is_empty() => sql.push(" AND NOT i.pinned"),
            _ => sql.push(&format!(" AND NOT i.pinned AND NOT {follows}")),
        }
        if let Some(cursor) = query.cursor.filter(|c| c.stream == stream) {
            let (at, id) = (sql.moment(cursor.at), sql.number(cursor.id.i64()));
            sql.push(&format!(" AND (i.release_at, i.id) < ({at}, {id})"));
        }
        let limit = sql.number(missing);
        sql.push(&format!(" ORDER BY i.release_at DESC, i.id DESC LIMIT {limit}"));
        hits.extend(sql.load::<Hit>(db)?);
    }
    Ok(hits)
}

fn listed(topics: &[TopicId]) -> String {
    topics.iter().map(|t| t.i64().to_string()).collect::<Vec<_>>().join(", ")
}

/// Reading in order of release is best when many pieces have these topics. When few have, it would
/// read everything to find them: then the pieces of the topics are the start (CROSS JOIN keeps
/// SQLite to that order).
fn rare(db: &mut Db, topics: &str) -> QueryResult<Option<String>> {
    const FEW: i64 = 1500;
    let query =
        db.raw(&format!("SELECT COUNT(*) AS n FROM (SELECT 1 FROM item_topics WHERE topic_id IN ({topics}) LIMIT {FEW}) AS counted"));
    let found: Vec<Counted> = query.load(db)?;
    let few = found.first().is_some_and(|c| c.n < FEW);
    Ok(few.then(|| format!("(SELECT DISTINCT item_id FROM item_topics WHERE topic_id IN ({topics}))")))
}

/// With a question: the best fitting first, then the newest.
fn found(db: &mut Db, member: MemberId, query: &FeedQuery, question: &Question, now: Ts, wanted: i64) -> QueryResult<Vec<Hit>> {
    let mut sql = Sql::default();
    question.hits(&mut sql, db.is_sqlite());
    sql.push("SELECT i.id AS id, i.release_at AS at, h.rank AS stream FROM hits h JOIN items i ON i.id = h.item_id");
    conditions(&mut sql, member, query, now);
    if let Some(cursor) = query.cursor {
        let (rank, at, id) = (sql.number(cursor.stream), sql.moment(cursor.at), sql.number(cursor.id.i64()));
        sql.push(&format!(" AND (h.rank, i.release_at, i.id) < ({rank}, {at}, {id})"));
    }
    let limit = sql.number(wanted);
    sql.push(&format!(" ORDER BY h.rank DESC, i.release_at DESC, i.id DESC LIMIT {limit}"));
    sql.load(db)
}

/// Live now, for this member, and what else was asked.
fn conditions(sql: &mut Sql, member: MemberId, query: &FeedQuery, now: Ts) {
    if query.language.is_some() {
        sql.push(" JOIN revisions r ON r.id = i.live_revision_id");
    }
    let (now, me) = (sql.moment(now), sql.number(member.i64()));
    sql.push(&format!(
        " WHERE i.status = 'approved' AND i.release_at <= {now} AND (i.expires_at IS NULL OR i.expires_at > {now}) \
         AND (NOT EXISTS (SELECT 1 FROM item_audiences a WHERE a.item_id = i.id) OR EXISTS (SELECT 1 FROM item_audiences a \
         JOIN group_members g ON g.group_id = a.group_id WHERE a.item_id = i.id AND g.member_id = {me}))"
    ));
    if let Some(topic) = query.topic {
        let topic = sql.number(topic.i64());
        sql.push(&format!(" AND EXISTS (SELECT 1 FROM item_topics t WHERE t.item_id = i.id AND t.topic_id = {topic})"));
    }
    if let Some(kind) = query.kind {
        let kind = sql.words(kind.as_str());
        sql.push(&format!(" AND i.kind = {kind}"));
    }
    if let Some(language) = &query.language {
        let primary = language.split('-').next().unwrap_or_default().to_lowercase();
        let (exact, longer) = (sql.words(primary.clone()), sql.words(format!("{primary}-%")));
        sql.push(&format!(" AND (lower(r.language) = {exact} OR lower(r.language) LIKE {longer})"));
    }
    if let Some(network) = query.network {
        let network = sql.words(network.as_str());
        sql.push(&format!(
            " AND EXISTS (SELECT 1 FROM captions c WHERE c.revision_id = i.live_revision_id AND (c.network IS NULL OR c.network = {network}))"
        ));
    }
}

/// The pieces with everything that the page shows, in the given order.
fn told(db: &mut Db, member: MemberId, ids: &[ItemId], followed: &[TopicId], now: Ts) -> Result<Vec<FeedItem>, AppError> {
    let items = queries::items(db, ids)?;
    let live: Vec<RevisionId> = items.values().filter_map(|i| i.live_revision_id).collect();
    let revisions = queries::revisions(db, &live)?;
    let topics = queries::topics_of(db, ids)?;
    let audiences = queries::audiences_of(db, ids)?;
    let groups: HashSet<GroupId> =
        group_members::table.filter(group_members::member_id.eq(member)).select(group_members::group_id).load(db)?.into_iter().collect();
    let mut shared = own_shares(db, member, ids)?;
    let mut told = Vec::new();
    for id in ids {
        let Some(item) = items.get(id) else { continue };
        let Some(revision) = item.live_revision_id.and_then(|r| revisions.get(&r)) else { continue };
        let tags = topics.get(id).map(Vec::as_slice).unwrap_or_default();
        let released_at = item.release_at.unwrap_or(item.created_at);
        let fresh = now.since(released_at) <= Duration::days(3);
        let for_group = audiences.get(id).and_then(|list| list.iter().find(|(group, _)| groups.contains(group)));
        told.push(FeedItem {
            id: *id,
            revision_id: revision.id,
            title: revision.title.clone(),
            summary: revision.summary.clone(),
            link: revision.link.clone(),
            language: revision.language.clone(),
            kind: item.kind,
            image: revision.image_id,
            image_alt: revision.image_alt.clone(),
            topics: tags.iter().cloned().map(TopicRef::from).collect(),
            released_at,
            expires_at: item.expires_at,
            pinned: item.pinned,
            fresh,
            why: match tags.iter().find(|(topic, ..)| followed.contains(topic)) {
                _ if item.pinned => "Pinned".into(),
                Some((_, _, name)) => format!("Because you follow {name}"),
                None => match for_group {
                    Some((_, group)) => format!("For {group}"),
                    None if fresh => "New for everyone".into(),
                    None => "For everyone".into(),
                },
            },
            shared: shared.remove(id).unwrap_or_default(),
        });
    }
    Ok(told)
}

/// A member's own shares of one item, the newest first.
///
/// # Errors
/// The database's.
pub fn shares_by(db: &mut Db, member: MemberId, item: ItemId) -> Result<Vec<OwnShare>, AppError> {
    Ok(own_shares(db, member, &[item])?.remove(&item).unwrap_or_default())
}

fn own_shares(db: &mut Db, member: MemberId, ids: &[ItemId]) -> Result<HashMap<ItemId, Vec<OwnShare>>, AppError> {
    let rows: Vec<(ItemId, ShareId, Network, String)> = shares::table
        .filter(shares::member_id.eq(member))
        .filter(shares::item_id.eq_any(ids))
        .filter(shares::state.ne_all(["cancelled", "recalled", "failed", "draft"]))
        .order(shares::id.desc())
        .select((shares::item_id, shares::id, shares::network, shares::state))
        .load(db)?;
    let mut found: HashMap<ItemId, Vec<OwnShare>> = HashMap::new();
    for (item, id, network, state) in rows {
        found.entry(item).or_default().push(OwnShare { id, network, state });
    }
    Ok(found)
}

/// A piece that a member may share right now, with everything that sharing needs.
#[derive(Debug, Clone)]
pub struct Shareable {
    pub item_id: ItemId,
    pub revision_id: RevisionId,
    pub title: String,
    pub summary: String,
    pub link: String,
    pub language: String,
    pub kind: ItemKind,
    pub image: Option<MediaId>,
    pub image_alt: String,
    pub regulated: bool,
    /// The names of its topics.
    pub topics: Vec<String>,
    pub captions: Vec<Caption>,
    pub expires_at: Option<Ts>,
}

/// The approved revision of an item, if it is live now and the member is in its audience.
///
/// # Errors
/// Not found otherwise.
pub fn shareable(db: &mut Db, member: MemberId, item: ItemId, now: Ts) -> Result<Shareable, AppError> {
    const MISSING: AppError = AppError::NotFound("This piece");
    let row = queries::item(db, item)?.ok_or(MISSING)?;
    if row.status != ItemStatus::Approved || Standing::of(row.status, row.release_at, row.expires_at, now) != Standing::Live {
        return Err(MISSING);
    }
    let audiences: Vec<GroupId> = queries::audiences_of(db, &[item])?.into_values().flatten().map(|(id, _)| id).collect();
    if !audiences.is_empty() && !belongs(db, member, &audiences)? {
        return Err(MISSING);
    }
    let revision = queries::revision(db, row.live_revision_id.ok_or(MISSING)?)?;
    Ok(Shareable {
        item_id: item,
        revision_id: revision.id,
        captions: queries::captions(db, &[revision.id])?.into_iter().map(caption).collect(),
        topics: queries::topics_of(db, &[item])?.into_values().flatten().map(|(_, _, name)| name).collect(),
        title: revision.title,
        summary: revision.summary,
        link: revision.link,
        language: revision.language,
        kind: row.kind,
        image: revision.image_id,
        image_alt: revision.image_alt,
        regulated: revision.regulated,
        expires_at: row.expires_at,
    })
}

fn belongs(db: &mut Db, member: MemberId, to: &[GroupId]) -> QueryResult<bool> {
    let own = group_members::table.inner_join(groups::table).filter(group_members::member_id.eq(member)).filter(groups::id.eq_any(to));
    diesel::select(diesel::dsl::exists(own)).get_result(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_nothing_else_is_taken() {
        let cursor = FeedCursor { stream: 2, at: Ts::from_micros(1_795_262_400_000_000).unwrap(), id: ItemId::from_i64(7) };
        assert_eq!(cursor.to_string().parse::<FeedCursor>(), Ok(cursor));
        for wrong in ["", "2", "9.1.itm_0000000000001", "2.99999999999999999.itm_0000000000001", "2.1.x", "2.-1.itm_0000000000001"] {
            assert!(wrong.parse::<FeedCursor>().is_err(), "{wrong}");
        }
    }
}
