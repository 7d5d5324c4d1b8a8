//! All diesel of the slice.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::{count, count_star, sum};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use crate::db::schema::{group_members, groups, head_counts as heads_table, item_topics, items, members, revisions, share_weeks, topics};
use crate::db::types::UtcTs;
use crate::db::{Db, Exec, GroupId, ItemId, RevisionId, TopicId, Ts};
use crate::identity::MemberStatus;

/// How many members there are, and how many of them are enrolled.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Heads {
    pub members: i64,
    pub enrolled: i64,
}

const COUNTED: [MemberStatus; 2] = [MemberStatus::Active, MemberStatus::Invited];

pub fn heads(db: &mut Db, now: Ts) -> QueryResult<Heads> {
    let all = members::table.filter(members::status.eq_any(COUNTED)).filter(members::created_at.le(now)).count().get_result(db)?;
    let enrolled =
        members::table.filter(members::status.eq(MemberStatus::Active)).filter(members::enrolled_at.le(now)).count().get_result(db)?;
    Ok(Heads { members: all, enrolled })
}

/// By group id; groups without members have zeros.
pub fn heads_by_group(db: &mut Db, now: Ts) -> QueryResult<Vec<(i64, Heads)>> {
    let ids: Vec<i64> = groups::table.select(groups::id).load(db)?;
    let mut found: BTreeMap<i64, Heads> = ids.into_iter().map(|id| (id, Heads::default())).collect();
    let joined = || group_members::table.inner_join(members::table).group_by(group_members::group_id);
    let all: Vec<(i64, i64)> = joined()
        .filter(members::status.eq_any(COUNTED))
        .filter(members::created_at.le(now))
        .select((group_members::group_id, count_star()))
        .load(db)?;
    let enrolled: Vec<(i64, i64)> = joined()
        .filter(members::status.eq(MemberStatus::Active))
        .filter(members::enrolled_at.le(now))
        .select((group_members::group_id, count_star()))
        .load(db)?;
    for (group, n) in all {
        found.entry(group).or_default().members = n;
    }
    for (group, n) in enrolled {
        found.entry(group).or_default().enrolled = n;
    }
    Ok(found.into_iter().collect())
}

fn narrow(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

pub fn put_head_count(db: &mut Db, day: NaiveDate, group: i64, heads: Heads) -> QueryResult<usize> {
    use heads_table as h;
    let (all, enrolled) = (narrow(heads.members), narrow(heads.enrolled));
    diesel::insert_into(h::table)
        .values((h::day.eq(day), h::group_id.eq(group), h::members.eq(all), h::enrolled.eq(enrolled)))
        .on_conflict((h::day, h::group_id))
        .do_update()
        .set((h::members.eq(all), h::enrolled.eq(enrolled)))
        .exec(db)
}

/// The days between two with a head count of the company, in order.
pub fn counted_days(db: &mut Db, from: NaiveDate, to: NaiveDate) -> QueryResult<Vec<NaiveDate>> {
    heads_table::table
        .filter(heads_table::group_id.eq(0))
        .filter(heads_table::day.between(from, to))
        .order(heads_table::day.asc())
        .select(heads_table::day)
        .load(db)
}

/// The head counts of some days: day, group, heads.
pub fn head_counts(db: &mut Db, days: &[NaiveDate]) -> QueryResult<Vec<(NaiveDate, i64, Heads)>> {
    let rows: Vec<(NaiveDate, i64, i32, i32)> = heads_table::table
        .filter(heads_table::day.eq_any(days.to_vec()))
        .select((heads_table::day, heads_table::group_id, heads_table::members, heads_table::enrolled))
        .load(db)?;
    Ok(rows.into_iter().map(|(day, group, all, enrolled)| (day, group, Heads { members: all.into(), enrolled: enrolled.into() })).collect())
}

/// One group as reports name it.
#[derive(Debug, Clone, Queryable)]
pub struct GroupName {
    pub id: GroupId,
    pub name: String,
    pub kind: String,
}

pub fn group_names(db: &mut Db) -> QueryResult<Vec<GroupName>> {
    groups::table.order((groups::name.asc(), groups::id.asc())).select((groups::id, groups::name, groups::kind)).load(db)
}

/// Active members and shares by week, of the company (group 0) and of each group.
pub fn active_weeks(db: &mut Db, from: NaiveDate) -> QueryResult<Vec<(i64, NaiveDate, i64, i64)>> {
    let company: Vec<(NaiveDate, i64, Option<i64>)> = share_weeks::table
        .filter(share_weeks::week.ge(from))
        .group_by(share_weeks::week)
        .select((share_weeks::week, count(share_weeks::member_id), sum(share_weeks::shares)))
        .load(db)?;
    let query = db
        .raw(
            "SELECT g.group_id AS group_id, w.week AS week, COUNT(*) AS active, CAST(SUM(w.shares) AS BIGINT) AS shares \
             FROM share_weeks w JOIN group_members g ON g.member_id = w.member_id WHERE w.week >= $1 GROUP BY g.group_id, w.week",
        )
        .bind::<Date, _>(from);
    let groups: Vec<ActiveWeek> = query.load(db)?;
    let mut found: Vec<_> = company.into_iter().map(|(week, active, shares)| (0, week, active, shares.unwrap_or(0))).collect();
    found.extend(groups.into_iter().map(|row| (row.group_id, row.week, row.active, row.shares)));
    Ok(found)
}

#[derive(QueryableByName)]
struct ActiveWeek {
    #[diesel(sql_type = BigInt)]
    group_id: i64,
    #[diesel(sql_type = Date)]
    week: NaiveDate,
    #[diesel(sql_type = BigInt)]
    active: i64,
    #[diesel(sql_type = BigInt)]
    shares: i64,
}

#[derive(QueryableByName)]
struct FirstWeek {
    #[diesel(sql_type = BigInt)]
    group_id: i64,
    #[diesel(sql_type = Date)]
    week: NaiveDate,
    #[diesel(sql_type = BigInt)]
    members: i64,
}

/// How many members shared for the first time in each week, of the company (group 0) and of each group.
pub fn first_weeks(db: &mut Db) -> QueryResult<Vec<(i64, NaiveDate, i64)>> {
    let query = db.raw(
        "SELECT CAST(0 AS BIGINT) AS group_id, f.first_week AS week, COUNT(*) AS members \
         FROM (SELECT member_id, MIN(week) AS first_week FROM share_weeks GROUP BY member_id) f GROUP BY f.first_week \
         UNION ALL SELECT g.group_id AS group_id, f.first_week AS week, COUNT(*) AS members \
         FROM (SELECT member_id, MIN(week) AS first_week FROM share_weeks GROUP BY member_id) f \
         JOIN group_members g ON g.member_id = f.member_id GROUP BY g.group_id, f.first_week",
    );
    let rows: Vec<FirstWeek> = query.load(db)?;
    Ok(rows.into_iter().map(|row| (row.group_id, row.week, row.members)).collect())
}

#[derive(QueryableByName)]
struct ActiveMonth {
    #[diesel(sql_type = BigInt)]
    group_id: i64,
    #[diesel(sql_type = BigInt)]
    active: i64,
    #[diesel(sql_type = BigInt)]
    shares: i64,
}

/// Members with a confirmed share between two moments (the second excluded), and their shares, of
/// the company (group 0) and of each group.
pub fn active_between(db: &mut Db, from: Ts, before: Ts) -> QueryResult<Vec<(i64, i64, i64)>> {
    let query = db
        .raw(
            "SELECT CAST(0 AS BIGINT) AS group_id, COUNT(DISTINCT s.member_id) AS active, COUNT(*) AS shares FROM shares s \
             WHERE s.confirmed_at >= $1 AND s.confirmed_at < $2 \
             UNION ALL SELECT g.group_id AS group_id, COUNT(DISTINCT s.member_id) AS active, COUNT(*) AS shares FROM shares s \
             JOIN group_members g ON g.member_id = s.member_id \
             WHERE s.confirmed_at >= $1 AND s.confirmed_at < $2 GROUP BY g.group_id",
        )
        .bind::<UtcTs, _>(from)
        .bind::<UtcTs, _>(before);
    let rows: Vec<ActiveMonth> = query.load(db)?;
    Ok(rows.into_iter().map(|row| (row.group_id, row.active, row.shares)).collect())
}

/// Hits of an item on a network with one verdict.
#[derive(QueryableByName)]
pub struct HitsOf {
    #[diesel(sql_type = BigInt)]
    pub item_id: ItemId,
    #[diesel(sql_type = Nullable<Text>)]
    pub network: Option<String>,
    #[diesel(sql_type = Text)]
    pub verdict: String,
    #[diesel(sql_type = BigInt)]
    pub hits: i64,
}

pub fn hits_by_item(db: &mut Db, from: NaiveDate, to: NaiveDate) -> QueryResult<Vec<HitsOf>> {
    let query = db
        .raw(
            "SELECT l.item_id AS item_id, s.network AS network, c.verdict AS verdict, CAST(SUM(c.hits) AS BIGINT) AS hits \
             FROM link_counts c JOIN links l ON l.id = c.link_id LEFT JOIN shares s ON s.id = l.share_id \
             WHERE c.day >= $1 AND c.day <= $2 GROUP BY l.item_id, s.network, c.verdict",
        )
        .bind::<Date, _>(from)
        .bind::<Date, _>(to);
    query.load(db)
}

/// Confirmed shares of an item on a network.
#[derive(QueryableByName)]
pub struct SharesOf {
    #[diesel(sql_type = BigInt)]
    pub item_id: ItemId,
    #[diesel(sql_type = Text)]
    pub network: String,
    #[diesel(sql_type = BigInt)]
    pub shares: i64,
}

pub fn shares_by_item(db: &mut Db, from: Ts, before: Ts) -> QueryResult<Vec<SharesOf>> {
    let query = db
        .raw(
            "SELECT s.item_id AS item_id, s.network AS network, COUNT(*) AS shares FROM shares s \
             WHERE s.confirmed_at >= $1 AND s.confirmed_at < $2 GROUP BY s.item_id, s.network",
        )
        .bind::<UtcTs, _>(from)
        .bind::<UtcTs, _>(before);
    query.load(db)
}

/// Titles of items: of the live revision, else of the one being worked on.
pub fn titles(db: &mut Db, of: &[ItemId]) -> QueryResult<BTreeMap<ItemId, String>> {
    let mut found = BTreeMap::new();
    for part in of.chunks(500) {
        let rows: Vec<(ItemId, Option<RevisionId>, Option<RevisionId>)> = items::table
            .filter(items::id.eq_any(part.to_vec()))
            .select((items::id, items::live_revision_id, items::working_revision_id))
            .load(db)?;
        let wanted: Vec<RevisionId> = rows.iter().filter_map(|(_, live, working)| live.or(*working)).collect();
        let titles: Vec<(RevisionId, String)> =
            revisions::table.filter(revisions::id.eq_any(wanted)).select((revisions::id, revisions::title)).load(db)?;
        let titles: BTreeMap<RevisionId, String> = titles.into_iter().collect();
        for (item, live, working) in rows {
            let title = live.or(working).and_then(|id| titles.get(&id).cloned()).unwrap_or_else(|| "Untitled".into());
            found.insert(item, title);
        }
    }
    Ok(found)
}

pub fn topic_names(db: &mut Db) -> QueryResult<Vec<(TopicId, String)>> {
    topics::table.order((topics::name.asc(), topics::id.asc())).select((topics::id, topics::name)).load(db)
}

pub fn item_topics(db: &mut Db) -> QueryResult<Vec<(ItemId, TopicId)>> {
    item_topics::table.select((item_topics::item_id, item_topics::topic_id)).load(db)
}
