//! The rows of the slice and the plain diesel around them.

use std::collections::HashMap;

use diesel::prelude::*;

use super::content::{CaptionInput, ItemInput};
use super::words::{CaptionKind, ItemKind, ItemStatus, RevisionState};
use crate::db::schema::{captions, groups, item_audiences, item_topics, items, members, revisions, topics};
use crate::db::{Backend, CaptionId, Cols, Db, Exec, GroupId, ItemId, MediaId, MemberId, RevisionId, SourceId, TopicId, Ts, Tx};
use crate::network::Network;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = items, check_for_backend(Backend))]
pub struct ItemRow {
    pub id: ItemId,
    pub kind: ItemKind,
    pub status: ItemStatus,
    pub live_revision_id: Option<RevisionId>,
    pub working_revision_id: Option<RevisionId>,
    pub link_key: Option<String>,
    pub pinned: bool,
    pub release_at: Option<Ts>,
    pub expires_at: Option<Ts>,
    pub source_id: Option<SourceId>,
    pub source_guid: Option<String>,
    pub published_at: Option<Ts>,
    pub created_by: Option<MemberId>,
    pub created_at: Ts,
    pub updated_at: Ts,
    pub version: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = revisions, check_for_backend(Backend))]
pub struct RevisionRow {
    pub id: RevisionId,
    pub item_id: ItemId,
    pub number: i32,
    pub state: RevisionState,
    pub title: String,
    pub summary: String,
    pub link: String,
    pub language: String,
    pub image_id: Option<MediaId>,
    pub image_alt: String,
    pub regulated: bool,
    pub text_hash: String,
    pub author_id: Option<MemberId>,
    pub created_at: Ts,
    pub submitted_at: Option<Ts>,
    pub decided_by: Option<MemberId>,
    pub decided_at: Option<Ts>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = captions, check_for_backend(Backend))]
pub struct CaptionRow {
    pub id: CaptionId,
    pub revision_id: RevisionId,
    pub position: i32,
    pub network: Option<Network>,
    pub language: String,
    pub kind: CaptionKind,
    pub text: String,
}

impl ItemRow {
    /// The revision that curators work with: the newer one, else the approved one.
    pub fn top(&self) -> Option<RevisionId> {
        self.working_revision_id.or(self.live_revision_id)
    }
}

pub fn item(db: &mut Db, id: ItemId) -> QueryResult<Option<ItemRow>> {
    items::table.find(id).select(ItemRow::as_select()).first(db).optional()
}

pub fn items(db: &mut Db, ids: &[ItemId]) -> QueryResult<HashMap<ItemId, ItemRow>> {
    let rows = items::table.filter(items::id.eq_any(ids)).select(ItemRow::as_select()).load(db)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Raises the version and holds the row until the transaction ends, so that changes queue up.
pub fn lock(tx: &mut Tx<'_>, id: ItemId) -> QueryResult<Option<ItemRow>> {
    diesel::update(items::table.find(id))
        .set((items::version.eq(items::version + 1), items::updated_at.eq(tx.now)))
        .returning(ItemRow::cols())
        .get_result(tx.db)
        .optional()
}

pub fn put_item(db: &mut Db, row: &ItemRow) -> QueryResult<usize> {
    use items as i;
    diesel::update(i::table.find(row.id))
        .set((
            i::kind.eq(row.kind),
            i::status.eq(row.status),
            i::live_revision_id.eq(row.live_revision_id),
            i::working_revision_id.eq(row.working_revision_id),
            i::link_key.eq(&row.link_key),
            i::pinned.eq(row.pinned),
            i::release_at.eq(row.release_at),
            i::expires_at.eq(row.expires_at),
        ))
        .execute(db)
}

/// The item under a link key, other than `but`.
pub fn by_link_key(db: &mut Db, key: &str, but: Option<ItemId>) -> QueryResult<Option<ItemRow>> {
    let mut query = items::table.filter(items::link_key.eq(key.to_owned())).select(ItemRow::as_select()).into_boxed::<Backend>();
    if let Some(but) = but {
        query = query.filter(items::id.ne(but));
    }
    query.first(db).optional()
}

pub fn revision(db: &mut Db, id: RevisionId) -> QueryResult<RevisionRow> {
    revisions::table.find(id).select(RevisionRow::as_select()).first(db)
}

pub fn revisions(db: &mut Db, ids: &[RevisionId]) -> QueryResult<HashMap<RevisionId, RevisionRow>> {
    let rows = revisions::table.filter(revisions::id.eq_any(ids)).select(RevisionRow::as_select()).load(db)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// All revisions of an item, the newest first.
pub fn history(db: &mut Db, item: ItemId) -> QueryResult<Vec<RevisionRow>> {
    revisions::table.filter(revisions::item_id.eq(item)).order(revisions::number.desc()).select(RevisionRow::as_select()).load(db)
}

pub fn last_number(db: &mut Db, item: ItemId) -> QueryResult<i32> {
    let last: Option<i32> = revisions::table.filter(revisions::item_id.eq(item)).select(diesel::dsl::max(revisions::number)).first(db)?;
    Ok(last.unwrap_or(0))
}

pub fn captions(db: &mut Db, of: &[RevisionId]) -> QueryResult<Vec<CaptionRow>> {
    captions::table
        .filter(captions::revision_id.eq_any(of))
        .order((captions::revision_id.asc(), captions::position.asc()))
        .select(CaptionRow::as_select())
        .load(db)
}

/// Adds a revision with its captions.
pub fn insert_revision(tx: &mut Tx<'_>, item: ItemId, input: &ItemInput) -> QueryResult<RevisionId> {
    let row = RevisionRow {
        id: tx.id(),
        item_id: item,
        number: last_number(tx.db, item)? + 1,
        state: RevisionState::Draft,
        title: input.title.clone(),
        summary: input.summary.clone(),
        link: input.link.clone(),
        language: input.language.clone(),
        image_id: input.image_id,
        image_alt: input.image_alt.clone(),
        regulated: input.regulated,
        text_hash: input.text_hash(),
        author_id: tx.actor.id,
        created_at: tx.now,
        submitted_at: None,
        decided_by: None,
        decided_at: None,
        note: None,
    };
    diesel::insert_into(revisions::table).values(&row).execute(tx.db)?;
    for (position, caption) in (0..).zip(&input.captions) {
        let CaptionInput { network, language, kind, text } = caption.clone();
        let row = CaptionRow { id: tx.id(), revision_id: row.id, position, network, language, kind, text };
        diesel::insert_into(captions::table).values(&row).execute(tx.db)?;
    }
    Ok(row.id)
}

pub fn set_state(db: &mut Db, id: RevisionId, state: RevisionState) -> QueryResult<usize> {
    diesel::update(revisions::table.find(id)).set(revisions::state.eq(state)).execute(db)
}

/// Everything of an item as it was typed, from its top revision.
pub fn input(db: &mut Db, item: &ItemRow) -> QueryResult<ItemInput> {
    let top = item.top().ok_or(diesel::result::Error::NotFound)?;
    let revision = revision(db, top)?;
    let captions = captions(db, &[top])?;
    Ok(ItemInput {
        captions: captions
            .into_iter()
            .map(|c| CaptionInput { network: c.network, language: c.language, kind: c.kind, text: c.text })
            .collect(),
        title: revision.title,
        summary: revision.summary,
        link: revision.link,
        kind: item.kind,
        language: revision.language,
        image_id: revision.image_id,
        image_alt: revision.image_alt,
        regulated: revision.regulated,
        topics: item_topics::table
            .filter(item_topics::item_id.eq(item.id))
            .order(item_topics::topic_id)
            .select(item_topics::topic_id)
            .load(db)?,
        audiences: item_audiences::table
            .filter(item_audiences::item_id.eq(item.id))
            .order(item_audiences::group_id)
            .select(item_audiences::group_id)
            .load(db)?,
        release_at: item.release_at,
        expires_at: item.expires_at,
    })
}

pub fn put_topics(db: &mut Db, item: ItemId, topics: &[TopicId]) -> QueryResult<()> {
    diesel::delete(item_topics::table.filter(item_topics::item_id.eq(item))).execute(db)?;
    for topic in topics {
        diesel::insert_into(item_topics::table).values((item_topics::item_id.eq(item), item_topics::topic_id.eq(topic))).exec(db)?;
    }
    Ok(())
}

pub fn put_audiences(db: &mut Db, item: ItemId, groups: &[GroupId]) -> QueryResult<()> {
    diesel::delete(item_audiences::table.filter(item_audiences::item_id.eq(item))).execute(db)?;
    for group in groups {
        diesel::insert_into(item_audiences::table)
            .values((item_audiences::item_id.eq(item), item_audiences::group_id.eq(group)))
            .exec(db)?;
    }
    Ok(())
}

/// A topic: its id, slug and name.
pub type TopicRow = (TopicId, String, String);

/// The topics of items.
pub fn topics_of(db: &mut Db, ids: &[ItemId]) -> QueryResult<HashMap<ItemId, Vec<TopicRow>>> {
    let rows: Vec<(ItemId, TopicId, String, String)> = item_topics::table
        .inner_join(topics::table)
        .filter(item_topics::item_id.eq_any(ids))
        .order(topics::name)
        .select((item_topics::item_id, topics::id, topics::slug, topics::name))
        .load(db)?;
    let mut found: HashMap<ItemId, Vec<_>> = HashMap::new();
    for (item, id, slug, name) in rows {
        found.entry(item).or_default().push((id, slug, name));
    }
    Ok(found)
}

/// id and name of the groups that see items.
pub fn audiences_of(db: &mut Db, ids: &[ItemId]) -> QueryResult<HashMap<ItemId, Vec<(GroupId, String)>>> {
    let rows: Vec<(ItemId, GroupId, String)> = item_audiences::table
        .inner_join(groups::table)
        .filter(item_audiences::item_id.eq_any(ids))
        .order(groups::name)
        .select((item_audiences::item_id, groups::id, groups::name))
        .load(db)?;
    let mut found: HashMap<ItemId, Vec<_>> = HashMap::new();
    for (item, id, name) in rows {
        found.entry(item).or_default().push((id, name));
    }
    Ok(found)
}

/// All topics.
pub fn all_topics(db: &mut Db) -> QueryResult<Vec<TopicRow>> {
    topics::table.order(topics::name).select((topics::id, topics::slug, topics::name)).load(db)
}

/// All groups: id, name.
pub fn all_groups(db: &mut Db) -> QueryResult<Vec<(GroupId, String)>> {
    groups::table.order(groups::name).select((groups::id, groups::name)).load(db)
}

pub fn count_topics(db: &mut Db, ids: &[TopicId]) -> QueryResult<i64> {
    topics::table.filter(topics::id.eq_any(ids)).count().get_result(db)
}

pub fn count_groups(db: &mut Db, ids: &[GroupId]) -> QueryResult<i64> {
    groups::table.filter(groups::id.eq_any(ids)).count().get_result(db)
}

/// The names of members.
pub fn names(db: &mut Db, ids: &[MemberId]) -> QueryResult<HashMap<MemberId, String>> {
    let rows: Vec<(MemberId, String)> = members::table.filter(members::id.eq_any(ids)).select((members::id, members::name)).load(db)?;
    Ok(rows.into_iter().collect())
}

/// Revisions that wait for a decision after this one, the longest-waiting first.
pub fn waiting(db: &mut Db, after: Option<RevisionId>, limit: i64) -> QueryResult<Vec<RevisionRow>> {
    let mut query = revisions::table
        .inner_join(items::table)
        .filter(revisions::state.eq(RevisionState::InReview))
        .filter(items::status.ne_all([ItemStatus::Archived, ItemStatus::Recalled]))
        .order((revisions::submitted_at.asc(), revisions::id.asc()))
        .limit(limit)
        .select(RevisionRow::as_select())
        .into_boxed::<Backend>();
    if let Some(after) = after {
        let at: Option<Option<Ts>> = revisions::table.find(after).select(revisions::submitted_at).first(db).optional()?;
        if let Some(Some(at)) = at {
            query = query.filter(revisions::submitted_at.gt(at).or(revisions::submitted_at.eq(at).and(revisions::id.gt(after))));
        }
    }
    query.load(db)
}
