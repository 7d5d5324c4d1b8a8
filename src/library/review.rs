//! Review: a revision is sent, and approved or sent back by somebody else than its author.

use diesel::prelude::*;
use serde_json::json;

use super::queries::{self, ItemRow, RevisionRow};
use super::words::{ItemStatus, RevisionState};
use super::{item, search};
use crate::audit;
use crate::db::schema::revisions;
use crate::db::{ItemId, RevisionId, Tx};
use crate::error::AppError;

/// The longest note, in characters.
const NOTE: usize = 2000;

/// Sends the working revision of an item to review.
///
/// # Errors
/// Invalid with what is missing; `nothing_to_review` when there is no draft.
pub fn submit(tx: &mut Tx<'_>, id: ItemId, expected: Option<i64>) -> Result<RevisionId, AppError> {
    let mut row = item::locked(tx, id, expected)?;
    if matches!(row.status, ItemStatus::Archived | ItemStatus::Recalled) {
        return Err(AppError::conflict("not_editable", "An archived or recalled piece is not sent to review. Bring it back first."));
    }
    let working = row.working_revision_id.map(|r| queries::revision(tx.db, r)).transpose()?;
    let revision = match working {
        Some(r) if r.state == RevisionState::Draft => r,
        Some(r) if r.state == RevisionState::InReview => {
            return Err(AppError::conflict("nothing_to_review", "This piece waits for review already."));
        }
        Some(_) => return Err(AppError::conflict("sent_back", "Change what the note asks for, save, then send it to review again.")),
        None => return Err(AppError::conflict("nothing_to_review", "Nothing has changed since the last approval.")),
    };
    let missing = queries::input(tx.db, &row)?.missing();
    if !missing.is_empty() {
        return Err(AppError::Invalid(missing));
    }
    // What a feed brought has no author: whoever sends it to review answers for it.
    let author = revision.author_id.or(tx.actor.id);
    diesel::update(revisions::table.find(revision.id))
        .set((revisions::state.eq(RevisionState::InReview), revisions::submitted_at.eq(tx.now), revisions::author_id.eq(author)))
        .execute(tx.db)?;
    if row.live_revision_id.is_none() {
        row.status = ItemStatus::InReview;
        queries::put_item(tx.db, &row)?;
    }
    let detail = json!({"item": id, "number": revision.number, "text_hash": revision.text_hash});
    audit::record(tx, "revision.submitted", &revision.id.to_string(), &detail)?;
    Ok(revision.id)
}

/// Approves a revision: from now on it is the one that is shared, from its release on.
///
/// # Errors
/// Not found; `own_revision` for its author; `not_in_review`.
pub fn approve(tx: &mut Tx<'_>, id: RevisionId) -> Result<ItemId, AppError> {
    let (mut row, revision) = waiting(tx, id)?;
    decide(tx, id, RevisionState::Approved, None)?;
    if let Some(older) = row.live_revision_id {
        queries::set_state(tx.db, older, RevisionState::Superseded)?;
    }
    row.live_revision_id = Some(id);
    row.working_revision_id = None;
    row.status = ItemStatus::Approved;
    row.release_at = row.release_at.or(Some(tx.now));
    queries::put_item(tx.db, &row)?;
    search::index(tx.db, row.id)?;
    let detail = json!({"item": row.id, "number": revision.number, "text_hash": revision.text_hash});
    audit::record(tx, "revision.approved", &id.to_string(), &detail)?;
    Ok(row.id)
}

/// Sends a revision back with a note; the item is a draft again, or keeps its approved revision.
///
/// # Errors
/// Invalid without a note; not found; `own_revision`; `not_in_review`.
pub fn reject(tx: &mut Tx<'_>, id: RevisionId, note: &str) -> Result<ItemId, AppError> {
    let note = super::content::tidy(note);
    if note.is_empty() {
        return Err(AppError::field("note", "Write what has to change; the author reads it."));
    }
    if note.chars().count() > NOTE {
        return Err(AppError::field("note", format!("A note has at most {NOTE} characters.")));
    }
    let (mut row, revision) = waiting(tx, id)?;
    decide(tx, id, RevisionState::Rejected, Some(&note))?;
    if row.live_revision_id.is_none() {
        row.status = ItemStatus::Draft;
        queries::put_item(tx.db, &row)?;
    }
    let detail = json!({"item": row.id, "number": revision.number, "text_hash": revision.text_hash, "note": note});
    audit::record(tx, "revision.rejected", &id.to_string(), &detail)?;
    Ok(row.id)
}

/// The revision and its item, held, if it waits and the actor is not its author.
fn waiting(tx: &mut Tx<'_>, id: RevisionId) -> Result<(ItemRow, RevisionRow), AppError> {
    let found: Option<ItemId> = revisions::table.find(id).select(revisions::item_id).first(tx.db).optional()?;
    let row = item::locked(tx, found.ok_or(AppError::NotFound("This revision"))?, None)?;
    let revision = queries::revision(tx.db, id)?;
    if revision.state != RevisionState::InReview || matches!(row.status, ItemStatus::Archived | ItemStatus::Recalled) {
        return Err(AppError::conflict("not_in_review", "This revision does not wait for a decision any more."));
    }
    if tx.actor.id.is_some() && revision.author_id == tx.actor.id {
        return Err(AppError::conflict("own_revision", "You wrote this revision, so somebody else has to decide on it."));
    }
    Ok((row, revision))
}

fn decide(tx: &mut Tx<'_>, id: RevisionId, state: RevisionState, note: Option<&str>) -> Result<(), AppError> {
    diesel::update(revisions::table.find(id))
        .set((
            revisions::state.eq(state),
            revisions::decided_by.eq(tx.actor.id),
            revisions::decided_at.eq(tx.now),
            revisions::note.eq(note),
        ))
        .execute(tx.db)?;
    Ok(())
}
