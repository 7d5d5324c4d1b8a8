use serde::Serialize;
use utoipa::ToSchema;

use super::period::Period;
use super::queries::{self, Line};
use super::rules::PointEvent;
use crate::db::{Db, EntryId, MemberId, RuleId, ShareId, Ts};
use crate::error::AppError;

crate::text_enum! {
    /// What kind of line an entry is.
    EntryKind { Earned = "earned", Capped = "capped", Reversed = "reversed" }
}

/// One line of a member's own ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EntryView {
    pub id: EntryId,
    pub kind: EntryKind,
    pub event: PointEvent,
    pub rule_id: RuleId,
    /// What happened, once and for all: `share:shr_…`, `hit:hit_…` or `reverse:pts_…`.
    pub source: String,
    /// The share it came from.
    pub share_id: Option<ShareId>,
    /// The title of what was shared.
    pub title: Option<String>,
    pub amount: i32,
    pub reason: String,
    /// Why it gave nothing, where it gave nothing.
    pub cap_note: Option<String>,
    pub at: Ts,
    /// The UTC day that it counts for.
    pub day: chrono::NaiveDate,
    pub reverses_id: Option<EntryId>,
}

impl From<Line> for EntryView {
    fn from(line: Line) -> Self {
        let Line { entry, event, cap, title } = line;
        let kind = match (entry.reverses_id, entry.amount) {
            (Some(_), _) => EntryKind::Reversed,
            (None, 0) => EntryKind::Capped,
            _ => EntryKind::Earned,
        };
        let what = match event {
            PointEvent::ShareConfirmed => "shares",
            PointEvent::HumanClick => "clicks",
        };
        Self {
            id: entry.id,
            kind,
            event,
            rule_id: entry.rule_id,
            source: entry.source,
            share_id: entry.share_id,
            title,
            amount: entry.amount,
            reason: entry.reason,
            cap_note: (kind == EntryKind::Capped).then(|| format!("{cap} {what} a day earn points; this was one more")),
            at: entry.at,
            day: entry.day,
            reverses_id: entry.reverses_id,
        }
    }
}

/// A member's own entries that count for a period, newest first.
///
/// # Errors
/// The database's.
pub fn entries(db: &mut Db, member: MemberId, period: Period, after: Option<EntryId>, limit: i64) -> Result<Vec<EntryView>, AppError> {
    Ok(queries::lines(db, member, period.days(), after, limit)?.into_iter().map(EntryView::from).collect())
}

/// What one kind of entry came to in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    pub label: &'static str,
    pub points: i64,
    pub note: String,
}

/// A member's points of a period by what brought them: the parts add up to the total.
///
/// # Errors
/// The database's.
pub fn sums(db: &mut Db, member: MemberId, period: Period) -> Result<Vec<Sum>, AppError> {
    let rows = queries::sums(db, member, period.days())?;
    let part = |wanted: &dyn Fn(PointEvent, i32) -> bool| {
        rows.iter()
            .filter(|(event, amount, _)| wanted(*event, *amount))
            .fold((0, 0), |(points, n), (_, amount, count)| (points + i64::from(*amount) * count, n + count))
    };
    let plural = |n: i64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut found = Vec::new();
    let (points, n) = part(&|event, amount| event == PointEvent::ShareConfirmed && amount > 0);
    found.push(Sum { label: "Posted shares", points, note: plural(n, "share", "shares") });
    let (points, n) = part(&|event, amount| event == PointEvent::HumanClick && amount > 0);
    found.push(Sum { label: "People who clicked", points, note: plural(n, "click", "clicks") });
    let (points, n) = part(&|_, amount| amount < 0);
    found.push(Sum { label: "Taken back", points, note: plural(n, "correction", "corrections") });
    let (points, n) = part(&|_, amount| amount == 0);
    found.push(Sum { label: "Over the daily cap", points, note: plural(n, "event", "events") });
    found.retain(|sum| !sum.note.starts_with("0 "));
    Ok(found)
}
