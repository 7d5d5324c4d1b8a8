//! All diesel of the slice.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate};
use diesel::prelude::*;

use super::share::{ConfirmedBy, Share, ShareMode, ShareState};
use crate::db::schema::{links, publish_attempts as a, revisions, share_weeks as w, shares as s};
use crate::db::{AccountId, CaptionId, Db, Exec, ItemId, LinkId, MemberId, ShareId, Ts};
use crate::networks::Network;

pub fn insert(db: &mut Db, share: &Share) -> QueryResult<usize> {
    diesel::insert_into(s::table)
        .values((
            (s::id.eq(share.id), s::member_id.eq(share.member_id), s::item_id.eq(share.item_id), s::revision_id.eq(share.revision_id)),
            (s::caption_id.eq(share.caption_id), s::network.eq(share.network), s::mode.eq(share.mode), s::state.eq(share.state)),
            (s::text.eq(&share.text), s::link_id.eq(share.link_id), s::account_id.eq(share.account_id)),
            (s::created_at.eq(share.created_at), s::opened_at.eq(share.opened_at), s::updated_at.eq(share.updated_at)),
        ))
        .execute(db)
}

pub fn find(db: &mut Db, id: ShareId) -> QueryResult<Option<Share>> {
    s::table.find(id).select(Share::as_select()).first(db).optional()
}

/// A share of this member; on PostgreSQL its row is locked for the rest of the transaction.
pub fn own_for_update(db: &mut Db, member: MemberId, id: ShareId) -> QueryResult<Option<Share>> {
    crate::by_db!(db;
        pg(p) => s::table.find(id).filter(s::member_id.eq(member)).for_update().select(s::id).first::<ShareId>(p).optional()?;
        sqlite(_c) => None
    );
    own(db, member, id)
}

pub fn own(db: &mut Db, member: MemberId, id: ShareId) -> QueryResult<Option<Share>> {
    s::table.find(id).filter(s::member_id.eq(member)).select(Share::as_select()).first(db).optional()
}

/// A share with what a list shows of it.
pub struct Listed {
    pub share: Share,
    pub title: String,
    pub slug: String,
}

/// A member's shares, newest first; `states` empty means all.
pub fn list(db: &mut Db, member: MemberId, states: &[ShareState], after: Option<ShareId>, limit: i64) -> QueryResult<Vec<Listed>> {
    let mut query = s::table
        .inner_join(revisions::table)
        .inner_join(links::table)
        .filter(s::member_id.eq(member))
        .order(s::id.desc())
        .limit(limit)
        .select((Share::as_select(), revisions::title, links::slug))
        .into_boxed::<crate::db::Backend>();
    if !states.is_empty() {
        query = query.filter(s::state.eq_any(states.to_vec()));
    }
    if let Some(after) = after {
        query = query.filter(s::id.lt(after));
    }
    let rows: Vec<(Share, String, String)> = query.load(db)?;
    Ok(rows.into_iter().map(|(share, title, slug)| Listed { share, title, slug }).collect())
}

pub fn listed(db: &mut Db, member: MemberId, id: ShareId) -> QueryResult<Option<Listed>> {
    let row: Option<(Share, String, String)> = s::table
        .inner_join(revisions::table)
        .inner_join(links::table)
        .filter(s::member_id.eq(member))
        .filter(s::id.eq(id))
        .select((Share::as_select(), revisions::title, links::slug))
        .first(db)
        .optional()?;
    Ok(row.map(|(share, title, slug)| Listed { share, title, slug }))
}

/// How many shares of a member stand in each state.
pub fn states(db: &mut Db, member: MemberId) -> QueryResult<HashMap<ShareState, i64>> {
    let rows: Vec<(ShareState, i64)> =
        s::table.filter(s::member_id.eq(member)).group_by(s::state).select((s::state, diesel::dsl::count_star())).load(db)?;
    Ok(rows.into_iter().collect())
}

pub fn slug(db: &mut Db, link: LinkId) -> QueryResult<String> {
    links::table.find(link).select(links::slug).first(db)
}

/// The networks to which a member has brought an item, or is about to.
pub fn networks_done(db: &mut Db, member: MemberId, item: ItemId) -> QueryResult<Vec<Network>> {
    s::table
        .filter(s::member_id.eq(member))
        .filter(s::item_id.eq(item))
        .filter(s::state.eq_any([ShareState::Confirmed, ShareState::Publishing, ShareState::Opened]))
        .select(s::network)
        .distinct()
        .load(db)
}

/// The network of a member's newest share.
pub fn last_network(db: &mut Db, member: MemberId) -> QueryResult<Option<Network>> {
    s::table.filter(s::member_id.eq(member)).order(s::id.desc()).select(s::network).first(db).optional()
}

/// How often colleagues started from each caption since a moment.
pub fn caption_uses(db: &mut Db, item: ItemId, not: MemberId, network: Network, since: Ts) -> QueryResult<HashMap<CaptionId, i64>> {
    let rows: Vec<(Option<CaptionId>, i64)> = s::table
        .filter(s::item_id.eq(item))
        .filter(s::network.eq(network))
        .filter(s::member_id.ne(not))
        .filter(s::created_at.ge(since))
        .filter(s::state.ne(ShareState::Cancelled))
        .group_by(s::caption_id)
        .select((s::caption_id, diesel::dsl::count_star()))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(caption, n)| Some((caption?, n))).collect())
}

/// Moves a share on from the state that was read; 0 when another was quicker.
pub fn set_state(db: &mut Db, id: ShareId, from: ShareState, to: ShareState, failure: Option<&str>, now: Ts) -> QueryResult<usize> {
    diesel::update(s::table.find(id).filter(s::state.eq(from)))
        .set((s::state.eq(to), s::failure.eq(failure), s::updated_at.eq(now)))
        .execute(db)
}

pub struct Confirmation<'a> {
    pub by: ConfirmedBy,
    pub remote_id: Option<&'a str>,
    pub url: Option<&'a str>,
}

pub fn confirm(db: &mut Db, id: ShareId, from: ShareState, given: &Confirmation<'_>, now: Ts) -> QueryResult<usize> {
    diesel::update(s::table.find(id).filter(s::state.eq(from)))
        .set((
            s::state.eq(ShareState::Confirmed),
            s::confirmed_by.eq(given.by),
            s::confirmed_at.eq(now),
            s::remote_id.eq(given.remote_id),
            s::remote_url.eq(given.url),
            s::failure.eq(None::<String>),
            s::updated_at.eq(now),
        ))
        .execute(db)
}

/// A share that the member now brings out by hand.
pub fn open_by_hand(db: &mut Db, id: ShareId, from: ShareState, now: Ts) -> QueryResult<usize> {
    diesel::update(s::table.find(id).filter(s::state.eq(from)))
        .set((
            s::state.eq(ShareState::Opened),
            s::mode.eq(ShareMode::Intent),
            s::opened_at.eq(now),
            s::failure.eq(None::<String>),
            s::updated_at.eq(now),
        ))
        .execute(db)
}

/// The Monday of a day's week.
pub fn week_of(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))).unwrap_or(day)
}

pub fn count_week(db: &mut Db, member: MemberId, day: NaiveDate) -> QueryResult<usize> {
    diesel::insert_into(w::table)
        .values((w::week.eq(week_of(day)), w::member_id.eq(member), w::shares.eq(1)))
        .on_conflict((w::week, w::member_id))
        .do_update()
        .set(w::shares.eq(w::shares + 1))
        .exec(db)
}

/// Confirmed shares of a member by day since a moment, with their networks.
pub fn confirmed_since(db: &mut Db, member: MemberId, since: Ts) -> QueryResult<Vec<(Ts, Network)>> {
    s::table
        .filter(s::member_id.eq(member))
        .filter(s::confirmed_at.ge(since))
        .select((s::confirmed_at.assume_not_null(), s::network))
        .load(db)
}

/// Confirmed shares of items.
pub fn of_items(db: &mut Db, items: &[ItemId]) -> QueryResult<HashMap<ItemId, i64>> {
    let rows: Vec<(ItemId, i64)> = s::table
        .filter(s::item_id.eq_any(items.to_vec()))
        .filter(s::confirmed_at.is_not_null())
        .group_by(s::item_id)
        .select((s::item_id, diesel::dsl::count_star()))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// Every share of an item that a recall touches, with its state.
pub fn alive_of_item(db: &mut Db, item: ItemId) -> QueryResult<Vec<(ShareId, ShareState)>> {
    use ShareState as S;
    s::table
        .filter(s::item_id.eq(item))
        .filter(s::state.eq_any([
            S::Draft,
            S::AwaitingApproval,
            S::Scheduled,
            S::Publishing,
            S::NeedsReconnect,
            S::Failed,
            S::Opened,
            S::Confirmed,
        ]))
        .select((s::id, s::state))
        .load(db)
}

/// Shares that wait for an account of this member.
pub fn waiting_for_account(db: &mut Db, member: MemberId, network: Network) -> QueryResult<Vec<ShareId>> {
    s::table
        .filter(s::member_id.eq(member))
        .filter(s::network.eq(network))
        .filter(s::state.eq(ShareState::NeedsReconnect))
        .order(s::id.asc())
        .select(s::id)
        .load(db)
}

pub fn set_account(db: &mut Db, id: ShareId, account: AccountId) -> QueryResult<usize> {
    diesel::update(s::table.find(id)).set(s::account_id.eq(account)).execute(db)
}

/// One try to publish, as it stands in the database.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub number: i32,
    pub record_key: String,
    pub started_at: Ts,
    pub outcome: Option<String>,
}

pub fn attempts(db: &mut Db, share: ShareId) -> QueryResult<Vec<Attempt>> {
    let rows: Vec<(i32, String, Ts, Option<String>)> = a::table
        .filter(a::share_id.eq(share))
        .order(a::number.asc())
        .select((a::number, a::record_key, a::started_at, a::outcome))
        .load(db)?;
    Ok(rows.into_iter().map(|(number, record_key, started_at, outcome)| Attempt { number, record_key, started_at, outcome }).collect())
}

pub fn insert_attempt(db: &mut Db, id: crate::db::AttemptId, share: ShareId, new: &Attempt) -> QueryResult<usize> {
    diesel::insert_into(a::table)
        .values((
            a::id.eq(id),
            a::share_id.eq(share),
            a::number.eq(new.number),
            a::record_key.eq(&new.record_key),
            a::started_at.eq(new.started_at),
        ))
        .execute(db)
}

pub fn finish_attempt(db: &mut Db, share: ShareId, number: i32, outcome: &str, detail: Option<&str>, now: Ts) -> QueryResult<usize> {
    diesel::update(a::table.filter(a::share_id.eq(share)).filter(a::number.eq(number)))
        .set((a::finished_at.eq(now), a::outcome.eq(outcome), a::detail.eq(detail)))
        .execute(db)
}

pub fn set_remote(db: &mut Db, id: ShareId, remote_id: &str, url: &str, now: Ts) -> QueryResult<usize> {
    diesel::update(s::table.find(id)).set((s::remote_id.eq(remote_id), s::remote_url.eq(url), s::updated_at.eq(now))).execute(db)
}
