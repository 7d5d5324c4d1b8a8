use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::period::Period;
use super::queries;
use super::rank::{Histogram, Rank};
use crate::audit;
use crate::db::{Db, GroupId, MemberId, Ts, Tx};
use crate::error::AppError;

/// How many members a leaderboard lists.
const LISTED: i64 = 50;

/// One member of a leaderboard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Row {
    /// Members with the same points share a place; members who chose not to be listed still take theirs.
    pub place: i64,
    pub member: MemberId,
    pub name: String,
    pub department: Option<String>,
    pub points: i64,
    /// Confirmed shares in the period.
    pub shares: i64,
    /// Human clicks in the period.
    pub clicks: i64,
}

/// A member's points in a period.
///
/// # Errors
/// The database's.
pub fn points_of(db: &mut Db, member: MemberId, period: Period) -> Result<i64, AppError> {
    Ok(queries::total(db, &period.to_string(), member)?.into())
}

/// Where a member stands in the company, or in a group; None without points.
///
/// # Errors
/// The database's.
pub fn rank_of(db: &mut Db, member: MemberId, period: Period, group: Option<GroupId>) -> Result<Option<Rank>, AppError> {
    let period = period.to_string();
    let points = queries::total(db, &period, member)?;
    if points == 0 {
        return Ok(None);
    }
    let rank = if let Some(group) = group {
        let all = queries::points_in_group(db, &period, group)?;
        let of = i64::try_from(all.len()).unwrap_or(i64::MAX);
        Rank { place: Histogram::of(all).place(points.into()), of, points: points.into() }
    } else {
        let (above, of) = queries::place_counts(db, &period, points)?;
        Rank { place: above + 1, of, points: points.into() }
    };
    Ok(Some(rank))
}

/// The first fifty of a period, in the company or in a group.
///
/// # Errors
/// The database's.
pub fn board(db: &mut Db, period: Period, group: Option<GroupId>) -> Result<Vec<Row>, AppError> {
    let key = period.to_string();
    let top = queries::top(db, &key, group, LISTED)?;
    let Some(lowest) = top.last().map(|s| s.points) else { return Ok(Vec::new()) };
    let places = match group {
        Some(group) => Histogram::of(queries::points_in_group(db, &key, group)?),
        None => Histogram(queries::histogram_from(db, &key, lowest)?),
    };
    let members: Vec<MemberId> = top.iter().map(|s| s.member).collect();
    let days = period.days();
    let shares = queries::shares_of(db, &members, days.and_then(|d| start(d.0)), days.and_then(|d| start(d.1.succ_opt()?)))?;
    let clicks = queries::clicks_of(db, &members, days)?;
    let count = |all: &[(MemberId, i64)], member| all.iter().find(|(m, _)| *m == member).map_or(0, |(_, n)| *n);
    Ok(top
        .into_iter()
        .map(|s| Row {
            place: places.place(s.points.into()),
            shares: count(&shares, s.member),
            clicks: count(&clicks, s.member),
            member: s.member,
            name: s.name,
            department: s.department,
            points: s.points.into(),
        })
        .collect())
}

/// Midnight UTC of a day.
pub(super) fn start(day: chrono::NaiveDate) -> Option<Ts> {
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().into())
}

/// The nearest points above and below a member's, with the place of those above.
///
/// # Errors
/// The database's.
pub fn neighbours(db: &mut Db, period: Period, points: i64) -> Result<(Option<Rank>, Option<Rank>), AppError> {
    let key = period.to_string();
    let (above, below) = queries::neighbours(db, &key, i32::try_from(points).unwrap_or(i32::MAX))?;
    let mut ranked = |points: Option<i32>| -> Result<Option<Rank>, AppError> {
        let Some(points) = points else { return Ok(None) };
        let (more, of) = queries::place_counts(db, &key, points)?;
        Ok(Some(Rank { place: more + 1, of, points: points.into() }))
    };
    Ok((ranked(above)?, ranked(below)?))
}

/// Whether a member stands on the leaderboards; who does not still counts in totals and places.
///
/// # Errors
/// The database's.
pub fn is_listed(db: &mut Db, member: MemberId) -> Result<bool, AppError> {
    Ok(queries::is_listed(db, member)?)
}

/// A member's own choice whether to stand on the leaderboards.
///
/// # Errors
/// The database's.
pub fn set_listed(tx: &mut Tx<'_>, member: MemberId, listed: bool) -> Result<(), AppError> {
    queries::set_listed(tx.db, member, listed, tx.now)?;
    audit::record(tx, "leaderboard.chosen", &member.to_string(), &json!({"listed": listed}))
}
