//! Items and revisions as the API answers them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::queries::{self, CaptionRow, ItemRow, RevisionRow};
use super::words::{CaptionKind, ItemKind, RevisionState, Standing};
use crate::db::{CaptionId, Db, GroupId, ItemId, MediaId, MemberId, RevisionId, SourceId, TopicId, Ts};
use crate::error::AppError;
use crate::network::Network;

/// A topic of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopicRef {
    pub id: TopicId,
    pub slug: String,
    pub name: String,
}
impl From<(TopicId, String, String)> for TopicRef {
    fn from((id, slug, name): (TopicId, String, String)) -> Self {
        Self { id, slug, name }
    }
}

/// A group that sees an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GroupRef {
    pub id: GroupId,
    pub name: String,
}

/// A ready share text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Caption {
    pub id: CaptionId,
    /// None for all networks.
    pub network: Option<Network>,
    pub language: String,
    pub kind: CaptionKind,
    pub text: String,
}

pub(super) fn caption(row: CaptionRow) -> Caption {
    Caption { id: row.id, network: row.network, language: row.language, kind: row.kind, text: row.text }
}

/// A revision: what it says, who wrote it and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Revision {
    pub id: RevisionId,
    pub item_id: ItemId,
    /// 1 for the first of an item.
    pub number: i32,
    pub state: RevisionState,
    pub title: String,
    pub summary: String,
    pub link: String,
    pub language: String,
    pub image_id: Option<MediaId>,
    pub image_alt: String,
    pub regulated: bool,
    pub captions: Vec<Caption>,
    /// SHA-256 in hex over the exact text, as it stands in the audit log.
    pub text_hash: String,
    pub author_id: Option<MemberId>,
    pub author: Option<String>,
    pub created_at: Ts,
    pub submitted_at: Option<Ts>,
    pub decided_by: Option<MemberId>,
    pub decider: Option<String>,
    pub decided_at: Option<Ts>,
    /// What the approver wrote when sending it back.
    pub note: Option<String>,
}

/// An item with its approved and its newer revision.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Item {
    pub id: ItemId,
    pub kind: ItemKind,
    pub status: Standing,
    pub pinned: bool,
    /// When it appears, or appeared, in the feed; null until approval means at once.
    pub release_at: Option<Ts>,
    pub expires_at: Option<Ts>,
    pub topics: Vec<TopicRef>,
    /// The groups that see it; none means everyone.
    pub audiences: Vec<GroupRef>,
    /// The approved revision: the one that is shared.
    pub live: Option<Revision>,
    /// A newer one: a draft, in review, or sent back.
    pub working: Option<Revision>,
    pub source_id: Option<SourceId>,
    /// When it was published where it comes from.
    pub published_at: Option<Ts>,
    pub created_by: Option<MemberId>,
    pub created_at: Ts,
    pub updated_at: Ts,
    /// Rises with every change; send it as If-Match when you change the item.
    pub version: i64,
}

impl Item {
    /// The newer revision, else the approved one.
    pub fn top(&self) -> Option<&Revision> {
        self.working.as_ref().or(self.live.as_ref())
    }
}

/// An item in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemLine {
    pub id: ItemId,
    pub kind: ItemKind,
    pub status: Standing,
    /// The state of the newer revision, if there is one.
    pub working: Option<RevisionState>,
    pub title: String,
    pub summary: String,
    pub link: String,
    pub language: String,
    pub image_id: Option<MediaId>,
    pub topics: Vec<TopicRef>,
    pub audiences: Vec<GroupRef>,
    pub pinned: bool,
    pub release_at: Option<Ts>,
    pub expires_at: Option<Ts>,
    pub created_at: Ts,
    pub updated_at: Ts,
    pub version: i64,
}

/// Revisions with captions and names, in the given order.
pub(super) fn revisions(db: &mut Db, rows: Vec<RevisionRow>) -> Result<Vec<Revision>, AppError> {
    let ids: Vec<RevisionId> = rows.iter().map(|r| r.id).collect();
    let people: Vec<MemberId> = rows.iter().flat_map(|r| [r.author_id, r.decided_by]).flatten().collect();
    let names = queries::names(db, &people)?;
    let mut captions: HashMap<RevisionId, Vec<Caption>> = HashMap::new();
    for row in queries::captions(db, &ids)? {
        captions.entry(row.revision_id).or_default().push(caption(row));
    }
    let name = |id: Option<MemberId>| id.and_then(|id| names.get(&id).cloned());
    Ok(rows
        .into_iter()
        .map(|r| Revision {
            captions: captions.remove(&r.id).unwrap_or_default(),
            author: name(r.author_id),
            decider: name(r.decided_by),
            id: r.id,
            item_id: r.item_id,
            number: r.number,
            state: r.state,
            title: r.title,
            summary: r.summary,
            link: r.link,
            language: r.language,
            image_id: r.image_id,
            image_alt: r.image_alt,
            regulated: r.regulated,
            text_hash: r.text_hash,
            author_id: r.author_id,
            created_at: r.created_at,
            submitted_at: r.submitted_at,
            decided_by: r.decided_by,
            decided_at: r.decided_at,
            note: r.note,
        })
        .collect())
}

/// One item, whole.
///
/// # Errors
/// Not found.
pub fn item(db: &mut Db, id: ItemId, now: Ts) -> Result<Item, AppError> {
    let row = queries::item(db, id)?.ok_or(AppError::NotFound("This piece"))?;
    let both: Vec<RevisionId> = [row.live_revision_id, row.working_revision_id].into_iter().flatten().collect();
    let rows = queries::revisions(db, &both)?.into_values().collect();
    let mut told: HashMap<RevisionId, Revision> = revisions(db, rows)?.into_iter().map(|r| (r.id, r)).collect();
    Ok(Item {
        id,
        kind: row.kind,
        status: Standing::of(row.status, row.release_at, row.expires_at, now),
        pinned: row.pinned,
        release_at: row.release_at,
        expires_at: row.expires_at,
        topics: queries::topics_of(db, &[id])?.into_values().flatten().map(TopicRef::from).collect(),
        audiences: queries::audiences_of(db, &[id])?.into_values().flatten().map(|(id, name)| GroupRef { id, name }).collect(),
        live: row.live_revision_id.and_then(|r| told.remove(&r)),
        working: row.working_revision_id.and_then(|r| told.remove(&r)),
        source_id: row.source_id,
        published_at: row.published_at,
        created_by: row.created_by,
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: row.version,
    })
}

/// One revision, whole.
///
/// # Errors
/// Not found.
pub fn revision(db: &mut Db, id: RevisionId) -> Result<Revision, AppError> {
    let row = queries::revision(db, id).map_err(|_| AppError::NotFound("This revision"))?;
    revisions(db, vec![row])?.pop().ok_or(AppError::NotFound("This revision"))
}

/// The revisions of an item, the newest first.
///
/// # Errors
/// Not found for an unknown item.
pub fn history(db: &mut Db, id: ItemId) -> Result<Vec<Revision>, AppError> {
    queries::item(db, id)?.ok_or(AppError::NotFound("This piece"))?;
    let rows = queries::history(db, id)?;
    revisions(db, rows)
}

/// Items as lines of a list, in the given order.
pub(super) fn lines(db: &mut Db, ids: &[ItemId], now: Ts) -> Result<Vec<ItemLine>, AppError> {
    let rows = queries::items(db, ids)?;
    let tops: Vec<RevisionId> = rows.values().filter_map(ItemRow::top).collect();
    let revisions = queries::revisions(db, &tops)?;
    let mut topics = queries::topics_of(db, ids)?;
    let mut audiences = queries::audiences_of(db, ids)?;
    let line = |id: &ItemId| {
        let row = rows.get(id)?;
        let top = revisions.get(&row.top()?)?;
        Some(ItemLine {
            id: *id,
            kind: row.kind,
            status: Standing::of(row.status, row.release_at, row.expires_at, now),
            working: row.working_revision_id.map(|_| top.state),
            title: top.title.clone(),
            summary: top.summary.clone(),
            link: top.link.clone(),
            language: top.language.clone(),
            image_id: top.image_id,
            topics: topics.remove(id).unwrap_or_default().into_iter().map(TopicRef::from).collect(),
            audiences: audiences.remove(id).unwrap_or_default().into_iter().map(|(id, name)| GroupRef { id, name }).collect(),
            pinned: row.pinned,
            release_at: row.release_at,
            expires_at: row.expires_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    };
    Ok(ids.iter().filter_map(line).collect())
}
