//! All diesel of the slice: reading only.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::sum;
use diesel::prelude::*;

use crate::db::schema::{
    connected_accounts as accounts, item_topics, items, link_counts, links, members, revisions, shares, sources, topics,
};
use crate::db::{Backend, Db, ItemId, LinkId, MemberId, RevisionId, ShareId, TopicId, Ts};
use crate::identity::MemberStatus;
use crate::network::Network;

/// The topics of items: id and name.
pub fn topics_of(db: &mut Db, of: &[ItemId]) -> QueryResult<BTreeMap<ItemId, Vec<(TopicId, String)>>> {
    let rows: Vec<(ItemId, TopicId, String)> = item_topics::table
        .inner_join(topics::table)
        .filter(item_topics::item_id.eq_any(of.to_vec()))
        .order(topics::name.asc())
        .select((item_topics::item_id, topics::id, topics::name))
        .load(db)?;
    let mut found: BTreeMap<ItemId, Vec<(TopicId, String)>> = BTreeMap::new();
    for (item, topic, name) in rows {
        found.entry(item).or_default().push((topic, name));
    }
    Ok(found)
}

/// A posted share with its link.
#[derive(Debug, Queryable)]
pub struct Posted {
    pub id: ShareId,
    pub link: LinkId,
    pub network: Network,
    pub confirmed_at: Option<Ts>,
    pub title: String,
}

/// A member's newest posted shares.
pub fn posted(db: &mut Db, member: MemberId, limit: i64) -> QueryResult<Vec<Posted>> {
    shares::table
        .inner_join(revisions::table)
        .filter(shares::member_id.eq(member))
        .filter(shares::confirmed_at.is_not_null())
        .order((shares::confirmed_at.desc(), shares::id.desc()))
        .limit(limit)
        .select((shares::id, shares::link_id, shares::network, shares::confirmed_at, revisions::title))
        .load(db)
}

/// Human clicks on a link by day.
pub fn clicks_by_day(db: &mut Db, link: LinkId, from: NaiveDate) -> QueryResult<Vec<(NaiveDate, i64)>> {
    let rows: Vec<(NaiveDate, Option<i64>)> = link_counts::table
        .filter(link_counts::link_id.eq(link))
        .filter(link_counts::verdict.eq("human"))
        .filter(link_counts::day.ge(from))
        .group_by(link_counts::day)
        .select((link_counts::day, sum(link_counts::hits)))
        .load(db)?;
    Ok(rows.into_iter().map(|(day, n)| (day, n.unwrap_or(0))).collect())
}

pub fn opened(db: &mut Db, member: MemberId) -> QueryResult<i64> {
    shares::table.filter(shares::member_id.eq(member)).filter(shares::state.eq("opened")).count().get_result(db)
}

/// Confirmed shares since a moment, of one member or of all.
pub fn posted_since(db: &mut Db, member: Option<MemberId>, from: Ts, before: Ts) -> QueryResult<i64> {
    let mut query = shares::table
        .filter(shares::confirmed_at.is_not_null())
        .filter(shares::confirmed_at.ge(from))
        .filter(shares::confirmed_at.lt(before))
        .into_boxed::<Backend>();
    if let Some(member) = member {
        query = query.filter(shares::member_id.eq(member));
    }
    query.count().get_result(db)
}

/// Networks whose connection a member must renew.
pub fn lost_connections(db: &mut Db, member: MemberId) -> QueryResult<Vec<Network>> {
    accounts::table.filter(accounts::member_id.eq(member)).filter(accounts::state.eq("needs_reconnect")).select(accounts::network).load(db)
}

pub fn live_items(db: &mut Db, now: Ts) -> QueryResult<i64> {
    items::table
        .filter(items::status.eq("approved"))
        .filter(items::live_revision_id.is_not_null())
        .filter(items::release_at.is_null().or(items::release_at.le(now)))
        .filter(items::expires_at.is_null().or(items::expires_at.gt(now)))
        .count()
        .get_result(db)
}

pub fn in_review(db: &mut Db) -> QueryResult<i64> {
    revisions::table.filter(revisions::state.eq("in_review")).count().get_result(db)
}

/// An item that waits for its curator: sent back, or a draft.
#[derive(Debug, Queryable)]
pub struct Waiting {
    pub id: ItemId,
    pub title: String,
    pub state: String,
    pub note: Option<String>,
    pub from_source: Option<crate::db::SourceId>,
    pub updated_at: Ts,
}

pub fn waiting(db: &mut Db, state: &str, limit: i64) -> QueryResult<Vec<Waiting>> {
    items::table
        .inner_join(revisions::table.on(revisions::id.nullable().eq(items::working_revision_id)))
        .filter(items::status.eq_any(["draft", "in_review", "approved"]))
        .filter(revisions::state.eq(state))
        .order((items::updated_at.desc(), items::id.desc()))
        .limit(limit)
        .select((items::id, revisions::title, revisions::state, revisions::note, items::source_id, items::updated_at))
        .load(db)
}

pub fn drafts(db: &mut Db) -> QueryResult<i64> {
    items::table
        .inner_join(revisions::table.on(revisions::id.nullable().eq(items::working_revision_id)))
        .filter(items::status.eq_any(["draft", "in_review", "approved"]))
        .filter(revisions::state.eq_any(["draft", "rejected"]))
        .count()
        .get_result(db)
}

/// Live items that end between two moments, soonest first.
pub fn ending(db: &mut Db, now: Ts, until: Ts) -> QueryResult<Vec<(ItemId, String, Ts)>> {
    let rows: Vec<(ItemId, String, Option<Ts>)> = items::table
        .inner_join(revisions::table.on(revisions::id.nullable().eq(items::live_revision_id)))
        .filter(items::status.eq("approved"))
        .filter(items::expires_at.gt(now))
        .filter(items::expires_at.le(until))
        .order(items::expires_at.asc())
        .limit(6)
        .select((items::id, revisions::title, items::expires_at))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, title, ends)| Some((id, title, ends?))).collect())
}

pub fn shares_of_item(db: &mut Db, item: ItemId) -> QueryResult<i64> {
    shares::table.filter(shares::item_id.eq(item)).filter(shares::confirmed_at.is_not_null()).count().get_result(db)
}

/// A revision in an approver's queue, or one decided.
#[derive(Debug, Queryable)]
pub struct Queued {
    pub id: RevisionId,
    pub item: ItemId,
    pub number: i32,
    pub title: String,
    pub summary: String,
    pub state: String,
    pub submitted_at: Option<Ts>,
    pub decided_at: Option<Ts>,
    pub person: Option<String>,
    pub kind: String,
}

/// Revisions that this member may decide on, oldest first.
pub fn queue(db: &mut Db, member: MemberId, limit: i64) -> QueryResult<Vec<Queued>> {
    revisions::table
        .inner_join(items::table)
        .left_join(members::table.on(members::id.nullable().eq(revisions::author_id)))
        .filter(revisions::state.eq("in_review"))
        .filter(revisions::author_id.is_null().or(revisions::author_id.ne(member)))
        .order((revisions::submitted_at.asc(), revisions::id.asc()))
        .limit(limit)
        .select((
            (revisions::id, revisions::item_id, revisions::number, revisions::title, revisions::summary),
            (revisions::state, revisions::submitted_at, revisions::decided_at, members::name.nullable(), items::kind),
        ))
        .load::<QueuedRow>(db)
        .map(|rows| rows.into_iter().map(Queued::from).collect())
}

type QueuedRow = ((RevisionId, ItemId, i32, String, String), (String, Option<Ts>, Option<Ts>, Option<String>, String));

impl From<QueuedRow> for Queued {
    fn from(((id, item, number, title, summary), (state, submitted_at, decided_at, person, kind)): QueuedRow) -> Self {
        Self { id, item, number, title, summary, state, submitted_at, decided_at, person, kind }
    }
}

/// The newest decisions, with the name of who decided.
pub fn decided(db: &mut Db, limit: i64) -> QueryResult<Vec<Queued>> {
    revisions::table
        .inner_join(items::table)
        .left_join(members::table.on(members::id.nullable().eq(revisions::decided_by)))
        .filter(revisions::decided_at.is_not_null())
        .filter(revisions::state.eq_any(["approved", "rejected", "superseded"]))
        .order((revisions::decided_at.desc(), revisions::id.desc()))
        .limit(limit)
        .select((
            (revisions::id, revisions::item_id, revisions::number, revisions::title, revisions::summary),
            (revisions::state, revisions::submitted_at, revisions::decided_at, members::name.nullable(), items::kind),
        ))
        .load::<QueuedRow>(db)
        .map(|rows| rows.into_iter().map(Queued::from).collect())
}

/// Somebody to thank: name, e-mail, department, and how many shares in the time.
#[derive(Debug, Queryable)]
pub struct Person {
    pub id: MemberId,
    pub name: String,
    pub email: String,
    pub department: Option<String>,
}

/// Active members by id.
pub fn people(db: &mut Db, of: &[MemberId]) -> QueryResult<Vec<Person>> {
    members::table
        .filter(members::id.eq_any(of.to_vec()))
        .filter(members::status.eq(MemberStatus::Active))
        .select((members::id, members::name, members::email, members::department))
        .load(db)
}

/// Members whose first posted share lies between two moments, newest first.
pub fn first_sharers(db: &mut Db, from: Ts, before: Ts, limit: i64) -> QueryResult<Vec<MemberId>> {
    let rows: Vec<(MemberId, Option<Ts>)> = shares::table
        .filter(shares::confirmed_at.is_not_null())
        .group_by(shares::member_id)
        .having(diesel::dsl::min(shares::confirmed_at).ge(from).and(diesel::dsl::min(shares::confirmed_at).lt(before)))
        .order(diesel::dsl::min(shares::confirmed_at).desc())
        .limit(limit)
        .select((shares::member_id, diesel::dsl::min(shares::confirmed_at)))
        .load(db)?;
    Ok(rows.into_iter().map(|(member, _)| member).collect())
}

/// Members whose links were clicked most since a day.
pub fn most_clicked(db: &mut Db, from: NaiveDate, limit: i64) -> QueryResult<Vec<(MemberId, i64)>> {
    let rows: Vec<(MemberId, Option<i64>)> = link_counts::table
        .inner_join(links::table.on(links::id.eq(link_counts::link_id)))
        .filter(link_counts::verdict.eq("human"))
        .filter(link_counts::day.ge(from))
        .group_by(links::member_id)
        .order(sum(link_counts::hits).desc())
        .limit(limit)
        .select((links::member_id, sum(link_counts::hits)))
        .load(db)?;
    Ok(rows.into_iter().map(|(member, n)| (member, n.unwrap_or(0))).collect())
}

/// Members by status: active, invited; and active ones enrolled since a moment.
pub fn member_counts(db: &mut Db, since: Ts) -> QueryResult<(i64, i64, i64)> {
    let of = |status| members::table.filter(members::status.eq(status));
    let active = of(MemberStatus::Active).count().get_result(db)?;
    let invited = of(MemberStatus::Invited).count().get_result(db)?;
    let fresh = of(MemberStatus::Active).filter(members::enrolled_at.ge(since)).count().get_result(db)?;
    Ok((active, invited, fresh))
}

/// Invited members who have not come since a moment.
pub fn forgotten_invitations(db: &mut Db, before: Ts) -> QueryResult<i64> {
    members::table.filter(members::status.eq(MemberStatus::Invited)).filter(members::created_at.lt(before)).count().get_result(db)
}

/// Active sources that failed several times in a row: title, failures, error.
pub fn failing_sources(db: &mut Db) -> QueryResult<Vec<(String, i32, Option<String>)>> {
    sources::table
        .filter(sources::active.eq(true))
        .filter(sources::failures.ge(3))
        .order(sources::failures.desc())
        .limit(5)
        .select((sources::title, sources::failures, sources::last_error))
        .load(db)
}
