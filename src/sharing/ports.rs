//! What sharing asks of the library.

use diesel::prelude::*;

use crate::db::schema::{captions, group_members, item_audiences, item_topics, items, media, revisions, topics};
use crate::db::{CaptionId, Db, ItemId, MediaId, MemberId, RevisionId, Ts};
use crate::error::AppError;
use crate::networks::Network;

crate::text_enum! {
    CaptionKind { Free = "free", MustEdit = "must_edit", Locked = "locked" }
}

#[derive(Debug, Clone)]
pub struct Shareable {
    pub item_id: ItemId,
    pub revision_id: RevisionId,
    pub title: String,
    pub summary: String,
    pub link: String,
    pub language: String,
    pub image: Option<MediaId>,
    pub topics: Vec<String>,
    pub captions: Vec<Caption>,
    pub expires_at: Option<Ts>,
}

#[derive(Debug, Clone, Queryable)]
pub struct Caption {
    pub id: CaptionId,
    pub network: Option<Network>,
    pub language: String,
    pub kind: CaptionKind,
    pub text: String,
}

type Live = (RevisionId, String, String, String, String, Option<MediaId>);

pub fn shareable(db: &mut Db, member: MemberId, item: ItemId, now: Ts) -> Result<Shareable, AppError> {
    let gone = || AppError::NotFound("That piece");
    let found: Option<(Option<RevisionId>, Option<Ts>)> = items::table
        .find(item)
        .filter(items::status.eq("approved"))
        .filter(items::release_at.is_null().or(items::release_at.le(now)))
        .filter(items::expires_at.is_null().or(items::expires_at.gt(now)))
        .select((items::live_revision_id, items::expires_at))
        .first(db)
        .optional()?;
    let (Some(revision), expires_at) = found.ok_or_else(gone)? else { return Err(gone()) };
    let audience: Vec<crate::db::GroupId> =
        item_audiences::table.filter(item_audiences::item_id.eq(item)).select(item_audiences::group_id).load(db)?;
    if !audience.is_empty() {
        let inside: i64 = group_members::table
            .filter(group_members::member_id.eq(member))
            .filter(group_members::group_id.eq_any(audience))
            .count()
            .get_result(db)?;
        if inside == 0 {
            return Err(gone());
        }
    }
    let (revision_id, title, summary, link, language, image): Live = revisions::table
        .find(revision)
        .select((revisions::id, revisions::title, revisions::summary, revisions::link, revisions::language, revisions::image_id))
        .first(db)?;
    let captions = captions::table
        .filter(captions::revision_id.eq(revision))
        .order(captions::position.asc())
        .select((captions::id, captions::network, captions::language, captions::kind, captions::text))
        .load(db)?;
    let topics = item_topics::table
        .inner_join(topics::table)
        .filter(item_topics::item_id.eq(item))
        .order(topics::name.asc())
        .select(topics::slug)
        .load(db)?;
    Ok(Shareable { item_id: item, revision_id, title, summary, link, language, image, topics, captions, expires_at })
}

pub fn media(db: &mut Db, id: MediaId) -> Result<(String, Vec<u8>), AppError> {
    Ok(media::table.find(id).select((media::content_type, media::bytes)).first(db)?)
}
