use diesel::prelude::*;
use serde::Serialize;

use super::slug::Slug;
use crate::config::Config;
use crate::db::schema::{items, links, settings, shares};
use crate::db::{Db, Exec, ItemId, LinkId, MemberId, ShareId, Ts, Tx};
use crate::error::AppError;

crate::text_enum! {
    /// Whether a short link still leads on.
    LinkState { Active = "active", Recalled = "recalled" }
}

/// A link to be made for a share. The target is fixed here: nothing of it ever comes from a request.
pub struct NewLink {
    pub share_id: ShareId,
    pub item_id: ItemId,
    pub member_id: MemberId,
    /// Where people are led: the item's link with its UTM parameters.
    pub target: String,
}

/// The tracked address of one share.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    pub id: LinkId,
    pub slug: String,
}

/// Makes a link with a fresh slug; a taken one is tried again with another.
///
/// # Errors
/// The database's.
pub fn create_link(tx: &mut Tx<'_>, new: &NewLink) -> Result<Link, AppError> {
    let id: LinkId = tx.id();
    for _ in 0..8 {
        let slug = Slug::random(&mut rand::rng()).to_string();
        let made = diesel::insert_into(links::table)
            .values((
                links::id.eq(id),
                links::slug.eq(&slug),
                links::share_id.eq(new.share_id),
                links::item_id.eq(new.item_id),
                links::member_id.eq(new.member_id),
                links::target.eq(&new.target),
                links::state.eq(LinkState::Active),
                links::created_at.eq(tx.now),
            ))
            .on_conflict_do_nothing()
            .exec(tx.db)?;
        if made == 1 {
            return Ok(Link { id, slug });
        }
    }
    Err(AppError::Internal(anyhow::anyhow!("no free slug in eight tries")))
}

/// The address that people see: `https://herald.example.com/r/Ab3dE5g`.
pub fn short_address(config: &Config, slug: &str) -> String {
    config.address(&format!("/r/{slug}"))
}

/// Every machine reads this counter twice a second and forgets its cached links when it has moved.
const EPOCH: &str = "tracking.links_epoch";

/// Turns every link of an item into a notice; all machines see it within a second.
///
/// # Errors
/// The database's.
pub fn recall_links(tx: &mut Tx<'_>, item: ItemId) -> Result<usize, AppError> {
    let recalled = diesel::update(links::table.filter(links::item_id.eq(item))).set(links::state.eq(LinkState::Recalled)).execute(tx.db)?;
    let moved = tx.now.micros().to_string();
    diesel::insert_into(settings::table)
        .values((settings::key.eq(EPOCH), settings::value.eq(&moved), settings::updated_at.eq(tx.now)))
        .on_conflict(settings::key)
        .do_update()
        .set((settings::value.eq(&moved), settings::updated_at.eq(tx.now)))
        .exec(tx.db)?;
    Ok(recalled)
}

pub(super) fn epoch(db: &mut Db) -> Result<Option<String>, AppError> {
    Ok(settings::table.find(EPOCH).select(settings::value).first(db).optional()?)
}

/// What the redirect needs to know of a link.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub id: LinkId,
    pub member: MemberId,
    pub address: String,
    pub recalled: bool,
    /// When the network confirmed the post, if it did.
    pub posted_at: Option<Ts>,
}

pub(super) fn target(db: &mut Db, slug: Slug) -> Result<Option<Target>, AppError> {
    type Row = (LinkId, MemberId, String, LinkState, String, Option<Ts>, Option<String>);
    let row: Option<Row> = links::table
        .inner_join(items::table)
        .left_join(shares::table.on(shares::id.eq(links::share_id)))
        .filter(links::slug.eq(slug.as_str()))
        .select((
            links::id,
            links::member_id,
            links::target,
            links::state,
            items::status,
            shares::confirmed_at.nullable(),
            shares::confirmed_by.nullable(),
        ))
        .first(db)
        .optional()?;
    Ok(row.map(|(id, member, address, state, status, confirmed_at, confirmed_by)| Target {
        id,
        member,
        address,
        recalled: state == LinkState::Recalled || status == "recalled",
        posted_at: confirmed_at.filter(|_| confirmed_by.as_deref() == Some("network")),
    }))
}
