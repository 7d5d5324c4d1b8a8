use chrono::NaiveDate;

use super::participation::{SMALL_GROUP, percent};
use super::queries::{self, Heads};
use crate::db::{Db, GroupId, Id, Ts};
use crate::error::AppError;

/// A group (None: the company) over the days between two.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupMonth {
    pub group: Option<GroupId>,
    pub name: String,
    pub people: i64,
    pub enrolled: i64,
    /// Members with a confirmed share.
    pub active: i64,
    pub shares: i64,
    /// Active of enrolled in percent, by the last head count of these days.
    pub rate: Option<f64>,
    /// Too few people to show anything but their number.
    pub hidden: bool,
}

/// The company first, then every group, over the days from `first` to `last`.
///
/// # Errors
/// The database's.
pub fn month(db: &mut Db, first: NaiveDate, last: NaiveDate) -> Result<Vec<GroupMonth>, AppError> {
    let midnight = |day: NaiveDate| Ts::from(day.and_time(chrono::NaiveTime::MIN).and_utc());
    let counted = queries::counted_days(db, first, last)?;
    let heads = match counted.last() {
        Some(day) => queries::head_counts(db, &[*day])?,
        None => Vec::new(),
    };
    let active = queries::active_between(db, midnight(first), midnight(last.succ_opt().unwrap_or(last)))?;
    let row = |key: i64, group: Option<GroupId>, name: String| {
        let Heads { members, enrolled } = heads.iter().find(|(_, g, _)| *g == key).map(|(_, _, heads)| *heads).unwrap_or_default();
        let (active, shares) = active.iter().find(|(g, ..)| *g == key).map(|(_, active, shares)| (*active, *shares)).unwrap_or_default();
        let hidden = group.is_some() && members < SMALL_GROUP;
        let rate = percent(active, enrolled).filter(|_| !hidden);
        GroupMonth { group, name, people: members, enrolled, active, shares, rate, hidden }
    };
    let mut rows = vec![row(0, None, "Whole company".into())];
    rows.extend(queries::group_names(db)?.into_iter().map(|g| row(g.id.i64(), Some(g.id), g.name)));
    Ok(rows)
}
