//! Items: making them, changing them, and everything that is decided about the item as a whole.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::content::{ItemInput, ItemPatch};
use super::queries::{self, ItemRow};
use super::search;
use super::words::{ItemStatus, RevisionState};
use crate::audit;
use crate::db::schema::items;
use crate::db::{Db, ItemId, SourceId, Ts, Tx};
use crate::error::AppError;
use crate::jobs;
use diesel::prelude::*;

/// Where an item came from, when it was brought in.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The feed, and the entry's identity in it.
    pub source: Option<(SourceId, String)>,
    /// When the piece was published where it comes from.
    pub published_at: Option<Ts>,
}

/// An item was recalled: its shares are cancelled and its links lead to a notice.
#[derive(Debug, Serialize, Deserialize)]
pub struct ItemRecalled {
    pub item: ItemId,
}

impl jobs::Job for ItemRecalled {
    const NAME: &'static str = "library.item_recalled";
}

/// Makes an item with its first revision, as a draft.
///
/// # Errors
/// Invalid fields; `already_in_library` when its link is that of another item.
pub fn create(tx: &mut Tx<'_>, input: ItemInput, origin: &Origin) -> Result<ItemId, AppError> {
    let input = input.checked()?;
    check_targets(tx.db, &input)?;
    let link_key = free_key(tx.db, &input, None)?;
    let row = ItemRow {
        id: tx.id(),
        kind: input.kind,
        status: ItemStatus::Draft,
        live_revision_id: None,
        working_revision_id: None,
        link_key,
        pinned: false,
        release_at: input.release_at,
        expires_at: input.expires_at,
        source_id: origin.source.as_ref().map(|(id, _)| *id),
        source_guid: origin.source.as_ref().map(|(_, guid)| guid.clone()),
        published_at: origin.published_at,
        created_by: tx.actor.id,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    diesel::insert_into(items::table).values(&row).execute(tx.db)?;
    let revision = queries::insert_revision(tx, row.id, &input)?;
    diesel::update(items::table.find(row.id)).set(items::working_revision_id.eq(revision)).execute(tx.db)?;
    queries::put_topics(tx.db, row.id, &input.topics)?;
    queries::put_audiences(tx.db, row.id, &input.audiences)?;
    search::index(tx.db, row.id)?;
    let detail = json!({"revision": revision, "text_hash": input.text_hash(), "title": input.title, "link": input.link,
        "audiences": input.audiences, "source": row.source_id});
    audit::record(tx, "item.created", &row.id.to_string(), &detail)?;
    Ok(row.id)
}

/// Changes an item. Another text makes a new revision; an approved one stays live until the new
/// one is approved. Returns the item's new version.
///
/// # Errors
/// `stale` when somebody else saved after `expected`; `not_editable` for an archived or recalled
/// item; invalid fields; `already_in_library`.
pub fn revise(tx: &mut Tx<'_>, id: ItemId, expected: Option<i64>, patch: ItemPatch) -> Result<i64, AppError> {
    let mut row = locked(tx, id, expected)?;
    if matches!(row.status, ItemStatus::Archived | ItemStatus::Recalled) {
        return Err(AppError::conflict("not_editable", "An archived or recalled piece is not changed. Bring it back first."));
    }
    let before = queries::input(tx.db, &row)?;
    let after = patch.onto(before.clone()).checked()?;
    if after.topics != before.topics || after.audiences != before.audiences || after.image_id != before.image_id {
        check_targets(tx.db, &after)?;
    }
    row.link_key = free_key(tx.db, &after, Some(id))?;
    (row.kind, row.release_at, row.expires_at) = (after.kind, after.release_at, after.expires_at);
    if row.status == ItemStatus::Approved && row.release_at.is_none() {
        row.release_at = before.release_at.filter(|at| *at <= tx.now).or(Some(tx.now));
    }
    let revision = new_revision(tx, &mut row, &before, &after)?;
    queries::put_item(tx.db, &row)?;
    queries::put_topics(tx.db, id, &after.topics)?;
    queries::put_audiences(tx.db, id, &after.audiences)?;
    search::index(tx.db, id)?;
    let detail = json!({"version": row.version, "revision": revision, "text_hash": after.text_hash(),
        "topics": [before.topics, after.topics], "audiences": [before.audiences, after.audiences],
        "release_at": [before.release_at, row.release_at], "expires_at": [before.expires_at, row.expires_at]});
    audit::record(tx, "item.changed", &id.to_string(), &detail)?;
    Ok(row.version)
}

/// A further revision when the text is another one, or when the last one was sent back.
fn new_revision(
    tx: &mut Tx<'_>,
    row: &mut ItemRow,
    before: &ItemInput,
    after: &ItemInput,
) -> Result<Option<crate::db::RevisionId>, AppError> {
    let working = row.working_revision_id.map(|id| queries::revision(tx.db, id)).transpose()?;
    let sent_back = working.as_ref().is_some_and(|w| w.state == RevisionState::Rejected);
    if before.text_hash() == after.text_hash() && !sent_back {
        return Ok(None);
    }
    if let Some(older) = working.filter(|w| w.state != RevisionState::Rejected) {
        queries::set_state(tx.db, older.id, RevisionState::Superseded)?;
    }
    let id = queries::insert_revision(tx, row.id, after)?;
    row.working_revision_id = Some(id);
    if row.live_revision_id.is_none() {
        row.status = ItemStatus::Draft;
    }
    Ok(Some(id))
}

/// The item, held until the transaction ends.
pub(super) fn locked(tx: &mut Tx<'_>, id: ItemId, expected: Option<i64>) -> Result<ItemRow, AppError> {
    let row = queries::lock(tx, id)?.ok_or(AppError::NotFound("This piece"))?;
    if expected.is_some_and(|version| version != row.version - 1) {
        let sentence = "Somebody else saved this piece after you opened it. Open it again and repeat your change.";
        return Err(AppError::conflict("stale", sentence));
    }
    Ok(row)
}

fn check_targets(db: &mut Db, input: &ItemInput) -> Result<(), AppError> {
    let whole = |found: i64, asked: usize| usize::try_from(found).is_ok_and(|n| n == asked);
    if !whole(queries::count_topics(db, &input.topics)?, input.topics.len()) {
        return Err(AppError::field("topics", "One of the topics does not exist any more. Choose again."));
    }
    if !whole(queries::count_groups(db, &input.audiences)?, input.audiences.len()) {
        return Err(AppError::field("audiences", "One of the groups does not exist any more. Choose again."));
    }
    match input.image_id {
        Some(id) if !super::media::exists(db, id)? => Err(AppError::field("image_id", "This picture does not exist. Upload it again.")),
        _ => Ok(()),
    }
}

/// The key of the link, unless it is that of another item.
fn free_key(db: &mut Db, input: &ItemInput, but: Option<ItemId>) -> Result<Option<String>, AppError> {
    let Some(key) = input.link_key() else { return Ok(None) };
    match queries::by_link_key(db, &key, but)? {
        None => Ok(Some(key)),
        Some(other) => Err(already(other.id)),
    }
}

pub(super) fn already(other: ItemId) -> AppError {
    AppError::conflict("already_in_library", format!("This address is already in the library, as {other}."))
}

/// Takes items out of the feed without forgetting them. Those already archived are left as they are.
///
/// # Errors
/// Not found; `recalled` for a recalled one.
pub fn archive(tx: &mut Tx<'_>, ids: &[ItemId]) -> Result<(), AppError> {
    for id in ids {
        let mut row = locked(tx, *id, None)?;
        match row.status {
            ItemStatus::Archived => continue,
            ItemStatus::Recalled => return Err(AppError::conflict("recalled", "This piece was recalled; it stays as it is.")),
            _ => row.status = ItemStatus::Archived,
        }
        queries::put_item(tx.db, &row)?;
        audit::record(tx, "item.archived", &id.to_string(), &json!({}))?;
    }
    Ok(())
}

/// Brings archived items back to where they were.
///
/// # Errors
/// Not found; `not_archived`.
pub fn unarchive(tx: &mut Tx<'_>, ids: &[ItemId]) -> Result<(), AppError> {
    for id in ids {
        let mut row = locked(tx, *id, None)?;
        if row.status != ItemStatus::Archived {
            return Err(AppError::conflict("not_archived", "This piece is not archived."));
        }
        row.status = status_of(tx.db, &row)?;
        queries::put_item(tx.db, &row)?;
        audit::record(tx, "item.unarchived", &id.to_string(), &json!({"status": row.status}))?;
    }
    Ok(())
}

fn status_of(db: &mut Db, row: &ItemRow) -> Result<ItemStatus, AppError> {
    if row.live_revision_id.is_some() {
        return Ok(ItemStatus::Approved);
    }
    let working = row.working_revision_id.map(|id| queries::revision(db, id)).transpose()?;
    let waits = working.is_some_and(|w| w.state == RevisionState::InReview);
    Ok(if waits { ItemStatus::InReview } else { ItemStatus::Draft })
}

/// Takes a piece back for good: out of the feed, scheduled shares cancelled, links lead to a notice.
///
/// # Errors
/// Not found; `never_approved`; `recalled` when it was already.
pub fn recall(tx: &mut Tx<'_>, id: ItemId, reason: &str) -> Result<(), AppError> {
    let mut row = locked(tx, id, None)?;
    if row.status == ItemStatus::Recalled {
        return Err(AppError::conflict("recalled", "This piece was already recalled."));
    }
    if row.live_revision_id.is_none() {
        return Err(AppError::conflict("never_approved", "Nobody could share this piece yet. Archive it instead."));
    }
    row.status = ItemStatus::Recalled;
    queries::put_item(tx.db, &row)?;
    jobs::enqueue(tx, &ItemRecalled { item: id })?;
    let reason: String = super::content::tidy(reason).chars().take(1000).collect();
    audit::record(tx, "item.recalled", &id.to_string(), &json!({"reason": reason}))
}

/// Puts a piece on top of everybody's feed, or takes it down again.
///
/// # Errors
/// Not found.
pub fn pin(tx: &mut Tx<'_>, id: ItemId, pinned: bool) -> Result<(), AppError> {
    let mut row = locked(tx, id, None)?;
    if row.pinned == pinned {
        return Ok(());
    }
    row.pinned = pinned;
    queries::put_item(tx.db, &row)?;
    audit::record(tx, if pinned { "item.pinned" } else { "item.unpinned" }, &id.to_string(), &json!({}))
}
