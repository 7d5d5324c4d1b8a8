//! The library as curators look through it.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::content::is_language;
use super::search::Question;
use super::sql::Sql;
use super::view::{ItemLine, lines};
use super::words::{ItemKind, Standing};
use crate::db::{Backend, Db, GroupId, Id, ItemId, SourceId, TopicId, Ts};
use crate::error::AppError;

/// What a curator asks of the library.
#[derive(Debug, Clone, Default)]
pub struct LibraryQuery {
    pub q: Option<String>,
    pub topic: Option<TopicId>,
    pub kind: Option<ItemKind>,
    pub language: Option<String>,
    pub status: Option<Standing>,
    pub audience: Option<GroupId>,
    pub source: Option<SourceId>,
    pub sort: Sort,
    /// The last of the page before (newest first only).
    pub after: Option<(i64, ItemId)>,
    pub offset: i64,
    pub limit: i64,
}

/// The order of a list; a question puts the best fitting first, whatever the order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Newest,
    Changed,
    Title,
    Released,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(Backend))]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    rank: i64,
}

#[derive(QueryableByName)]
#[diesel(check_for_backend(Backend))]
struct Counted {
    #[diesel(sql_type = Text)]
    standing: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

const STANDING: &str = "CASE WHEN i.status <> 'approved' THEN i.status WHEN i.expires_at <= {now} THEN 'expired' \
    WHEN i.release_at > {now} THEN 'scheduled' ELSE 'live' END";

/// Up to `limit` lines, each with its rank for the question (0 without one).
///
/// # Errors
/// Malformed for a language that is none.
pub fn list(db: &mut Db, query: &LibraryQuery, now: Ts) -> Result<Vec<(i64, ItemLine)>, AppError> {
    let Some(mut sql) = start(db, query, "SELECT i.id AS id, {rank} AS rank")? else { return Ok(Vec::new()) };
    conditions(&mut sql, query);
    let asked = query.q.as_deref().and_then(Question::parse).is_some();
    if let Some(status) = query.status {
        let (now, wanted) = (sql.moment(now), sql.words(status.as_str()));
        sql.push(&format!(" AND {} = {wanted}", STANDING.replace("{now}", &now)));
    }
    if let Some((rank, id)) = query.after {
        let id = sql.number(id.i64());
        if asked {
            let rank = sql.number(rank);
            sql.push(&format!(" AND (h.rank, i.id) < ({rank}, {id})"));
        } else {
            sql.push(&format!(" AND i.id < {id}"));
        }
    }
    sql.push(" ORDER BY ");
    if asked {
        sql.push("h.rank DESC, ");
    }
    sql.push(match query.sort {
        Sort::Newest => "i.id DESC",
        Sort::Changed => "i.updated_at DESC, i.id DESC",
        Sort::Title => "lower(r.title), i.id",
        Sort::Released => "CASE WHEN i.release_at IS NULL THEN 1 ELSE 0 END, i.release_at DESC, i.id DESC",
    });
    let (limit, offset) = (sql.number(query.limit), sql.number(query.offset));
    sql.push(&format!(" LIMIT {limit} OFFSET {offset}"));
    let rows: Vec<Row> = sql.load(db)?;
    let ids: Vec<ItemId> = rows.iter().map(|r| ItemId::from_i64(r.id)).collect();
    Ok(rows.iter().map(|r| r.rank).zip(lines(db, &ids, now)?).collect())
}

/// How many items of a question stand where, whatever status it asks for.
///
/// # Errors
/// Malformed for a language that is none.
pub fn counts(db: &mut Db, query: &LibraryQuery, now: Ts) -> Result<Vec<(Standing, i64)>, AppError> {
    let Some(mut sql) = start(db, query, "")? else { return Ok(Vec::new()) };
    let at = sql.moment(now);
    let standing = STANDING.replace("{now}", &at);
    sql.text = sql.text.replacen("{counted}", &format!("SELECT {standing} AS standing, COUNT(*) AS n"), 1);
    conditions(&mut sql, query);
    // By position: on PostgreSQL two bound values make two different expressions.
    sql.push(" GROUP BY 1");
    let rows: Vec<Counted> = sql.load(db)?;
    Ok(rows.into_iter().filter_map(|r| Some((r.standing.parse().ok()?, r.n))).collect())
}

/// Everything up to the conditions; None when the question can match nothing.
fn start(db: &Db, query: &LibraryQuery, select: &str) -> Result<Option<Sql>, AppError> {
    if query.language.as_deref().is_some_and(|l| !is_language(l)) {
        return Err(AppError::Malformed("language is a code such as en or de.".into()));
    }
    let question = query.q.as_deref().and_then(Question::parse);
    if question.as_ref().is_some_and(Question::is_impossible) {
        return Ok(None);
    }
    let mut sql = Sql::default();
    let select = if select.is_empty() { "{counted}" } else { select };
    match question {
        Some(question) => {
            question.hits(&mut sql, db.is_sqlite());
            sql.push(&select.replace("{rank}", "h.rank"));
            sql.push(" FROM hits h JOIN items i ON i.id = h.item_id");
        }
        None => {
            sql.push(&select.replace("{rank}", "CAST(0 AS BIGINT)"));
            sql.push(" FROM items i");
        }
    }
    sql.push(" JOIN revisions r ON r.id = COALESCE(i.working_revision_id, i.live_revision_id) WHERE 1 = 1");
    Ok(Some(sql))
}

fn conditions(sql: &mut Sql, query: &LibraryQuery) {
    if let Some(topic) = query.topic {
        let topic = sql.number(topic.i64());
        sql.push(&format!(" AND EXISTS (SELECT 1 FROM item_topics t WHERE t.item_id = i.id AND t.topic_id = {topic})"));
    }
    if let Some(group) = query.audience {
        let group = sql.number(group.i64());
        sql.push(&format!(" AND EXISTS (SELECT 1 FROM item_audiences a WHERE a.item_id = i.id AND a.group_id = {group})"));
    }
    if let Some(source) = query.source {
        let source = sql.number(source.i64());
        sql.push(&format!(" AND i.source_id = {source}"));
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
}
