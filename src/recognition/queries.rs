//! All diesel of the slice.
use chrono::NaiveDate;
use diesel::dsl::{count_star, exists, sum};
use diesel::prelude::*;

use super::ledger::NewEntry;
use super::rules::{PointEvent, Rule, defaults};
use crate::by_db;
use crate::db::schema::{
    group_members, leaderboard_choices as choices, link_counts, links, members, point_entries as entries, point_histogram as histogram,
    point_rules as rules_table, point_totals as totals, revisions, shares,
};
use crate::db::{Backend, Db, EntryId, Exec, GroupId, Id, MemberId, RevisionId, RuleId, ShareId, Ts};
use crate::identity::MemberStatus;
use crate::network::Network;

/// One line of the ledger.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = entries, check_for_backend(Backend))]
pub struct Entry {
    pub id: EntryId,
    pub member_id: MemberId,
    pub rule_id: RuleId,
    pub source: String,
    pub amount: i32,
    pub reason: String,
    pub at: Ts,
    pub day: NaiveDate,
    pub share_id: Option<ShareId>,
    pub reverses_id: Option<EntryId>,
}

/// Writers of the ledger take turns on PostgreSQL, as they do on SQLite anyway: caps and histograms
/// must see each other's rows, and places are taken in no fixed order. The default rules are made here.
pub fn lock_ledger(db: &mut Db) -> QueryResult<()> {
    if lock_first_rule(db)?.is_none() {
        for rule in defaults() {
            insert_rule(db, &rule)?;
        }
        lock_first_rule(db)?;
    }
    Ok(())
}

fn lock_first_rule(db: &mut Db) -> QueryResult<Option<RuleId>> {
    let query = rules_table::table.find(RuleId::from_i64(1)).select(rules_table::id);
    by_db!(db; pg(p) => query.for_no_key_update().first(p).optional(); sqlite(s) => query.first(s).optional())
}

pub fn insert_rule(db: &mut Db, rule: &Rule) -> QueryResult<usize> {
    diesel::insert_into(rules_table::table)
        .values((
            rules_table::id.eq(rule.id),
            rules_table::event.eq(rule.event),
            rules_table::amount.eq(rule.amount),
            rules_table::daily_cap.eq(rule.daily_cap),
            rules_table::valid_from.eq(rule.valid_from),
            rules_table::created_by.eq(rule.created_by),
            rules_table::created_at.eq(rule.created_at),
        ))
        .on_conflict_do_nothing()
        .exec(db)
}

pub fn rules(db: &mut Db) -> QueryResult<Vec<Rule>> {
    rules_table::table
        .order((rules_table::event.desc(), rules_table::valid_from.desc(), rules_table::id.desc()))
        .select(Rule::as_select())
        .load(db)
}

pub fn rule_at(db: &mut Db, event: PointEvent, at: Ts) -> QueryResult<Option<Rule>> {
    rules_table::table
        .filter(rules_table::event.eq(event))
        .filter(rules_table::valid_from.le(at))
        .order((rules_table::valid_from.desc(), rules_table::id.desc()))
        .select(Rule::as_select())
        .first(db)
        .optional()
}

pub fn has_source(db: &mut Db, source: &str) -> QueryResult<bool> {
    diesel::select(exists(entries::table.filter(entries::source.eq(source)))).get_result(db)
}

pub fn entry(db: &mut Db, id: EntryId) -> QueryResult<Option<Entry>> {
    entries::table.find(id).select(Entry::as_select()).first(db).optional()
}

pub fn entry_of_source(db: &mut Db, source: &str) -> QueryResult<Option<EntryId>> {
    entries::table.filter(entries::source.eq(source)).select(entries::id).first(db).optional()
}

pub fn network_of(db: &mut Db, share: ShareId) -> QueryResult<Option<Network>> {
    shares::table.find(share).select(shares::network).first(db).optional()
}

pub fn member_exists(db: &mut Db, member: MemberId) -> QueryResult<bool> {
    diesel::select(exists(members::table.find(member))).get_result(db)
}

/// How many entries with points stand for this event and day, whichever version of the rule gave them.
pub fn earned_on(db: &mut Db, member: MemberId, event: PointEvent, day: NaiveDate) -> QueryResult<i64> {
    let of_event = rules_table::table.filter(rules_table::event.eq(event)).select(rules_table::id);
    let of_day =
        || entries::table.filter(entries::member_id.eq(member)).filter(entries::rule_id.eq_any(of_event)).filter(entries::day.eq(day));
    let earned: i64 = of_day().filter(entries::amount.gt(0)).count().get_result(db)?;
    let taken: i64 = of_day().filter(entries::amount.lt(0)).count().get_result(db)?;
    Ok(earned - taken)
}

pub fn insert_entry(db: &mut Db, new: &NewEntry<'_>) -> QueryResult<usize> {
    diesel::insert_into(entries::table)
        .values((
            (entries::id.eq(new.id), entries::member_id.eq(new.member), entries::rule_id.eq(new.rule), entries::source.eq(new.source)),
            (entries::amount.eq(new.amount), entries::reason.eq(new.reason), entries::at.eq(new.at), entries::day.eq(new.day)),
            (entries::share_id.eq(new.share), entries::reverses_id.eq(new.reverses)),
        ))
        .execute(db)
}

pub fn total(db: &mut Db, period: &str, member: MemberId) -> QueryResult<i32> {
    Ok(totals::table.find((period, member)).select(totals::points).first(db).optional()?.unwrap_or(0))
}

pub fn put_total(db: &mut Db, period: &str, member: MemberId, points: i32) -> QueryResult<usize> {
    if points == 0 {
        return diesel::delete(totals::table.find((period, member))).execute(db);
    }
    diesel::insert_into(totals::table)
        .values((totals::period.eq(period), totals::member_id.eq(member), totals::points.eq(points)))
        .on_conflict((totals::period, totals::member_id))
        .do_update()
        .set(totals::points.eq(points))
        .exec(db)
}

pub fn leave_place(db: &mut Db, period: &str, points: i32) -> QueryResult<usize> {
    diesel::update(histogram::table.find((period, points))).set(histogram::members.eq(histogram::members - 1)).execute(db)?;
    diesel::delete(histogram::table.find((period, points)).filter(histogram::members.le(0))).execute(db)
}

pub fn take_place(db: &mut Db, period: &str, points: i32) -> QueryResult<usize> {
    diesel::insert_into(histogram::table)
        .values((histogram::period.eq(period), histogram::points.eq(points), histogram::members.eq(1)))
        .on_conflict((histogram::period, histogram::points))
        .do_update()
        .set(histogram::members.eq(histogram::members + 1))
        .exec(db)
}

pub fn ledger_by_day(db: &mut Db) -> QueryResult<Vec<(MemberId, NaiveDate, i64)>> {
    let rows: Vec<(MemberId, NaiveDate, Option<i64>)> = entries::table
        .group_by((entries::member_id, entries::day))
        .select((entries::member_id, entries::day, sum(entries::amount)))
        .load(db)?;
    Ok(rows.into_iter().map(|(member, day, points)| (member, day, points.unwrap_or(0))).collect())
}

pub fn all_totals(db: &mut Db) -> QueryResult<Vec<(String, MemberId, i32)>> {
    totals::table.select((totals::period, totals::member_id, totals::points)).load(db)
}

pub fn all_places(db: &mut Db) -> QueryResult<Vec<(String, i32, i32)>> {
    histogram::table.select((histogram::period, histogram::points, histogram::members)).load(db)
}

pub fn replace_totals(db: &mut Db, rows: Vec<(String, MemberId, i32)>) -> QueryResult<()> {
    diesel::delete(totals::table).execute(db)?;
    for part in rows.chunks(500) {
        let values: Vec<_> = part.iter().map(|(p, m, n)| (totals::period.eq(p), totals::member_id.eq(m), totals::points.eq(n))).collect();
        diesel::insert_into(totals::table).values(values).exec(db)?;
    }
    Ok(())
}

pub fn replace_places(db: &mut Db, rows: Vec<(String, i32, i32)>) -> QueryResult<()> {
    diesel::delete(histogram::table).execute(db)?;
    for part in rows.chunks(500) {
        let values: Vec<_> =
            part.iter().map(|(p, n, m)| (histogram::period.eq(p), histogram::points.eq(n), histogram::members.eq(m))).collect();
        diesel::insert_into(histogram::table).values(values).exec(db)?;
    }
    Ok(())
}

/// One member of a leaderboard, before places are given.
#[derive(Debug, Queryable)]
pub struct Standing {
    pub member: MemberId,
    pub name: String,
    pub department: Option<String>,
    pub points: i32,
}

/// The listed members with the most points: active ones who did not choose to stay off the list.
pub fn top(db: &mut Db, period: &str, group: Option<GroupId>, limit: i64) -> QueryResult<Vec<Standing>> {
    let hidden = choices::table.filter(choices::listed.eq(false)).select(choices::member_id);
    let mut query = totals::table
        .inner_join(members::table)
        .filter(totals::period.eq(period))
        .filter(members::status.eq(MemberStatus::Active))
        .filter(totals::member_id.ne_all(hidden))
        .order((totals::points.desc(), totals::member_id.asc()))
        .limit(limit)
        .select((members::id, members::name, members::department, totals::points))
        .into_boxed::<Backend>();
    if let Some(group) = group {
        let inside = group_members::table.filter(group_members::group_id.eq(group)).select(group_members::member_id);
        query = query.filter(totals::member_id.eq_any(inside));
    }
    query.load(db)
}

/// The histogram from a number of points upwards.
pub fn histogram_from(db: &mut Db, period: &str, points: i32) -> QueryResult<Vec<(i64, i64)>> {
    let rows: Vec<(i32, i32)> = histogram::table
        .filter(histogram::period.eq(period))
        .filter(histogram::points.ge(points))
        .select((histogram::points, histogram::members))
        .load(db)?;
    Ok(rows.into_iter().map(|(p, m)| (p.into(), m.into())).collect())
}

/// The points of everybody in a group.
pub fn points_in_group(db: &mut Db, period: &str, group: GroupId) -> QueryResult<Vec<i64>> {
    let rows: Vec<i32> = totals::table
        .inner_join(group_members::table.on(group_members::member_id.eq(totals::member_id)))
        .filter(totals::period.eq(period))
        .filter(group_members::group_id.eq(group))
        .select(totals::points)
        .load(db)?;
    Ok(rows.into_iter().map(i64::from).collect())
}

/// How many members have more points, and how many have any.
pub fn place_counts(db: &mut Db, period: &str, points: i32) -> QueryResult<(i64, i64)> {
    let of_period = || histogram::table.filter(histogram::period.eq(period));
    let above: Option<i64> = of_period().filter(histogram::points.gt(points)).select(sum(histogram::members)).first(db)?;
    let all: Option<i64> = of_period().select(sum(histogram::members)).first(db)?;
    Ok((above.unwrap_or(0), all.unwrap_or(0)))
}

/// The nearest points above and below.
pub fn neighbours(db: &mut Db, period: &str, points: i32) -> QueryResult<(Option<i32>, Option<i32>)> {
    let of_period = || histogram::table.filter(histogram::period.eq(period)).select(histogram::points);
    let above = of_period().filter(histogram::points.gt(points)).order(histogram::points.asc()).first(db).optional()?;
    let below = of_period().filter(histogram::points.lt(points)).order(histogram::points.desc()).first(db).optional()?;
    Ok((above, below))
}

pub fn is_listed(db: &mut Db, member: MemberId) -> QueryResult<bool> {
    Ok(choices::table.find(member).select(choices::listed).first(db).optional()?.unwrap_or(true))
}

pub fn set_listed(db: &mut Db, member: MemberId, listed: bool, now: Ts) -> QueryResult<usize> {
    diesel::insert_into(choices::table)
        .values((choices::member_id.eq(member), choices::listed.eq(listed), choices::updated_at.eq(now)))
        .on_conflict(choices::member_id)
        .do_update()
        .set((choices::listed.eq(listed), choices::updated_at.eq(now)))
        .exec(db)
}

/// Confirmed shares of members between two moments (the second excluded).
pub fn shares_of(db: &mut Db, of: &[MemberId], from: Option<Ts>, before: Option<Ts>) -> QueryResult<Vec<(MemberId, i64)>> {
    let mut query = shares::table
        .filter(shares::member_id.eq_any(of.to_vec()))
        .filter(shares::confirmed_at.is_not_null())
        .group_by(shares::member_id)
        .select((shares::member_id, count_star()))
        .into_boxed::<Backend>();
    if let Some(from) = from {
        query = query.filter(shares::confirmed_at.ge(from));
    }
    if let Some(before) = before {
        query = query.filter(shares::confirmed_at.lt(before));
    }
    query.load(db)
}

/// Human clicks on the links of members on the days between two (both included).
pub fn clicks_of(db: &mut Db, of: &[MemberId], days: Option<(NaiveDate, NaiveDate)>) -> QueryResult<Vec<(MemberId, i64)>> {
    let mut query = link_counts::table
        .inner_join(links::table.on(links::id.eq(link_counts::link_id)))
        .filter(links::member_id.eq_any(of.to_vec()))
        .filter(link_counts::verdict.eq("human"))
        .group_by(links::member_id)
        .select((links::member_id, sum(link_counts::hits)))
        .into_boxed::<Backend>();
    if let Some((first, last)) = days {
        query = query.filter(link_counts::day.between(first, last));
    }
    let rows: Vec<(MemberId, Option<i64>)> = query.load(db)?;
    Ok(rows.into_iter().map(|(member, hits)| (member, hits.unwrap_or(0))).collect())
}

/// One line of the ledger with what it came from.
#[derive(Debug, Queryable)]
pub struct Line {
    pub entry: Entry,
    pub event: PointEvent,
    pub cap: i32,
    pub title: Option<String>,
}

type Days = Option<(NaiveDate, NaiveDate)>;

/// A member's entries that count for the days given, newest first.
pub fn lines(db: &mut Db, member: MemberId, days: Days, after: Option<EntryId>, limit: i64) -> QueryResult<Vec<Line>> {
    let mut query = entries::table
        .inner_join(rules_table::table)
        .left_join(shares::table.on(shares::id.nullable().eq(entries::share_id)))
        .filter(entries::member_id.eq(member))
        .order(entries::id.desc())
        .limit(limit)
        .select((Entry::as_select(), rules_table::event, rules_table::daily_cap, shares::revision_id.nullable()))
        .into_boxed::<Backend>();
    if let Some((first, last)) = days {
        query = query.filter(entries::day.between(first, last));
    }
    if let Some(after) = after {
        query = query.filter(entries::id.lt(after));
    }
    let rows: Vec<(Entry, PointEvent, i32, Option<RevisionId>)> = query.load(db)?;
    let wanted: Vec<RevisionId> = rows.iter().filter_map(|r| r.3).collect();
    let titles: Vec<(RevisionId, String)> =
        revisions::table.filter(revisions::id.eq_any(wanted)).select((revisions::id, revisions::title)).load(db)?;
    let title = |id: Option<RevisionId>| titles.iter().find(|(t, _)| Some(*t) == id).map(|(_, title)| title.clone());
    Ok(rows.into_iter().map(|(entry, event, cap, revision)| Line { entry, event, cap, title: title(revision) }).collect())
}

/// Points and number of a member's entries by event: earned, taken back, and over the cap.
pub fn sums(db: &mut Db, member: MemberId, days: Days) -> QueryResult<Vec<(PointEvent, i32, i64)>> {
    let mut query = entries::table
        .filter(entries::member_id.eq(member))
        .group_by((entries::rule_id, entries::amount))
        .select((entries::rule_id, entries::amount, count_star()))
        .into_boxed::<Backend>();
    if let Some((first, last)) = days {
        query = query.filter(entries::day.between(first, last));
    }
    let rows: Vec<(RuleId, i32, i64)> = query.load(db)?;
    let events: Vec<(RuleId, PointEvent)> = rules_table::table.select((rules_table::id, rules_table::event)).load(db)?;
    let event = |rule| events.iter().find(|(id, _)| *id == rule).map(|(_, event)| *event);
    Ok(rows.into_iter().filter_map(|(rule, amount, n)| Some((event(rule)?, amount, n))).collect())
}
