use std::collections::BTreeMap;

use serde_json::json;

use super::period::Period;
use super::rules::PointEvent;
use super::{queries, roll_up};
use crate::audit;
use crate::db::{EntryId, MemberId, ShareId, Ts, Tx};
use crate::error::AppError;

/// Something that happened and may earn points.
#[derive(Debug, Clone)]
pub struct Event {
    /// What it was, once and for all: `share:shr_…` or `hit:hit_…`. A second entry for it is never written.
    pub source: String,
    pub member: MemberId,
    pub event: PointEvent,
    pub at: Ts,
    /// The share it came from; its network decides whether points may be given.
    pub share: Option<ShareId>,
    /// One line for the member.
    pub reason: String,
}

impl Event {
    /// A share that its member or the network confirmed.
    pub fn share_confirmed(share: ShareId, member: MemberId, at: Ts, reason: impl Into<String>) -> Self {
        Self { source: format!("share:{share}"), member, event: PointEvent::ShareConfirmed, at, share: Some(share), reason: reason.into() }
    }
    /// A hit judged human.
    pub fn human_click(hit: crate::db::HitId, share: ShareId, member: MemberId, at: Ts) -> Self {
        let (source, reason) = (format!("hit:{hit}"), "A person clicked".into());
        Self { source, member, event: PointEvent::HumanClick, at, share: Some(share), reason }
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Award {
    /// An entry with this many points.
    Earned(EntryId, i32),
    /// An entry without points: the day's cap was reached.
    Capped(EntryId),
    /// The event has its entry already.
    Already,
    /// No entry: the network forbids rewards, or the member is gone.
    Nothing,
}

/// One line to be written into the ledger.
pub(super) struct NewEntry<'a> {
    pub id: EntryId,
    pub member: MemberId,
    pub rule: crate::db::RuleId,
    pub source: &'a str,
    pub amount: i32,
    pub reason: &'a str,
    pub at: Ts,
    /// The UTC day that it counts for: a reversal counts for the day of what it takes back.
    pub day: chrono::NaiveDate,
    pub share: Option<ShareId>,
    pub reverses: Option<EntryId>,
}

/// Writes the entry that an event earns, if any, and moves the roll-ups along.
///
/// # Errors
/// The database's.
pub fn award(tx: &mut Tx<'_>, event: &Event) -> Result<Award, AppError> {
    let awards = award_all(tx, std::slice::from_ref(event))?;
    Ok(awards.first().copied().unwrap_or(Award::Nothing))
}

/// As [`award`] for many events, in their order, with one move of the roll-ups for each member.
///
/// # Errors
/// The database's.
pub fn award_all(tx: &mut Tx<'_>, events: &[Event]) -> Result<Vec<Award>, AppError> {
    queries::lock_ledger(tx.db)?;
    let mut moves: BTreeMap<(Period, MemberId), i32> = BTreeMap::new();
    let mut awards = Vec::with_capacity(events.len());
    for event in events {
        let award = enter(tx, event)?;
        if let Award::Earned(_, amount) = award {
            for period in Period::all_of(event.at.day()) {
                *moves.entry((period, event.member)).or_default() += amount;
            }
        }
        awards.push(award);
    }
    roll_up::apply(tx.db, &moves)?;
    Ok(awards)
}

fn enter(tx: &mut Tx<'_>, event: &Event) -> Result<Award, AppError> {
    if queries::has_source(tx.db, &event.source)? {
        return Ok(Award::Already);
    }
    if let Some(share) = event.share
        && queries::network_of(tx.db, share)?.is_some_and(|n| !n.awards_points())
    {
        return Ok(Award::Nothing);
    }
    let day = event.at.day();
    let Some(rule) = queries::rule_at(tx.db, event.event, event.at)?.filter(|r| r.amount > 0) else { return Ok(Award::Nothing) };
    if !queries::member_exists(tx.db, event.member)? {
        return Ok(Award::Nothing);
    }
    let capped = queries::earned_on(tx.db, event.member, rule.event, day)? >= i64::from(rule.daily_cap);
    let entry = NewEntry {
        id: tx.id(),
        member: event.member,
        rule: rule.id,
        source: &event.source,
        amount: if capped { 0 } else { rule.amount },
        reason: &event.reason,
        at: event.at,
        day,
        share: event.share,
        reverses: None,
    };
    queries::insert_entry(tx.db, &entry)?;
    Ok(if capped { Award::Capped(entry.id) } else { Award::Earned(entry.id, rule.amount) })
}

/// Takes an entry back by an entry of the opposite amount, which counts for the same day.
///
/// # Errors
/// Not found; `nothing_to_reverse` for an entry without points or a reversal; `already_reversed`.
pub fn reverse(tx: &mut Tx<'_>, id: EntryId, reason: &str) -> Result<EntryId, AppError> {
    queries::lock_ledger(tx.db)?;
    let entry = queries::entry(tx.db, id)?.ok_or(AppError::NotFound("An entry with this id"))?;
    if entry.amount == 0 || entry.reverses_id.is_some() {
        return Err(AppError::conflict("nothing_to_reverse", "This entry gave no points, so there is nothing to take back."));
    }
    let source = format!("reverse:{id}");
    if queries::has_source(tx.db, &source)? {
        return Err(AppError::conflict("already_reversed", "This entry was taken back already."));
    }
    let taken = NewEntry {
        id: tx.id(),
        member: entry.member_id,
        rule: entry.rule_id,
        source: &source,
        amount: -entry.amount,
        reason,
        at: tx.now,
        day: entry.day,
        share: entry.share_id,
        reverses: Some(id),
    };
    queries::insert_entry(tx.db, &taken)?;
    let moves = Period::all_of(entry.day).map(|period| ((period, entry.member_id), -entry.amount)).into();
    roll_up::apply(tx.db, &moves)?;
    audit::record(tx, "points.reversed", &id.to_string(), &json!({"by": taken.id, "amount": taken.amount, "reason": reason}))?;
    Ok(taken.id)
}

/// Takes back what a source earned, for jobs that may run twice: false when there is nothing to take back.
///
/// # Errors
/// The database's.
pub fn reverse_source(tx: &mut Tx<'_>, source: &str, reason: &str) -> Result<bool, AppError> {
    queries::lock_ledger(tx.db)?;
    let Some(id) = queries::entry_of_source(tx.db, source)? else { return Ok(false) };
    match reverse(tx, id, reason) {
        Ok(_) => Ok(true),
        Err(AppError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
