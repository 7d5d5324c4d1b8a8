use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::queries::{self, GroupName, Heads};
use crate::db::{Db, GroupId};
use crate::error::AppError;

crate::text_enum! {
    /// How far a report looks back, in weeks up to the present one.
    Stretch { Quarter = "quarter", HalfYear = "half_year", Year = "year" }
}

impl Stretch {
    pub fn weeks(self) -> u64 {
        match self {
            Self::Quarter => 13,
            Self::HalfYear => 26,
            Self::Year => 52,
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            Self::Quarter => "Quarter",
            Self::HalfYear => "Half-year",
            Self::Year => "Year",
        }
    }
}

/// Groups with fewer people than this are shown without numbers that would tell of single people.
pub const SMALL_GROUP: i64 = 5;
const TOO_FEW: &str = "fewer than 5 people";
const NOT_COUNTED: &str = "no head count of that week";

/// One week of the company or a group. Rates are percentages of the enrolled members in the head
/// count of the week's last day; null where there is none, or where the group is too small.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Week {
    /// The Monday.
    pub week: NaiveDate,
    pub people: Option<i64>,
    pub enrolled: Option<i64>,
    /// Members with a confirmed share in the week.
    pub active: Option<i64>,
    pub shares: Option<i64>,
    /// Active of enrolled, in percent.
    pub participation: Option<f64>,
    /// Members who have ever shared of enrolled, in percent.
    pub activation: Option<f64>,
    /// Why numbers are missing.
    pub hidden: Option<&'static str>,
}

/// A group over the whole stretch; `group` is null for the whole company.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GroupReport {
    pub group: Option<GroupId>,
    pub name: String,
    pub kind: String,
    /// By the newest head count.
    pub people: Option<i64>,
    pub enrolled: Option<i64>,
    /// Active members in an average week.
    pub active: Option<f64>,
    pub shares: Option<i64>,
    /// The average week's participation, in percent.
    pub participation: Option<f64>,
    pub activation: Option<f64>,
    pub hidden: Option<&'static str>,
    pub weeks: Vec<Week>,
}

/// Who takes part, week by week.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Participation {
    pub stretch: Stretch,
    pub company: GroupReport,
    pub groups: Vec<GroupReport>,
}

/// `part` of `whole` in percent to one decimal, at most 100; None of nothing.
pub fn percent(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| tenths(part.min(whole), whole))
}

#[allow(clippy::cast_precision_loss, reason = "head counts lie far below 2^52")]
fn tenths(part: i64, whole: i64) -> f64 {
    (part as f64 * 1000.0 / whole as f64).round() / 10.0
}

/// The Monday of a day's week.
pub fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(day.weekday().num_days_from_monday().into())
}

/// Everything counted, by group (0: the company) and week.
#[derive(Default)]
struct Numbers {
    heads: BTreeMap<(i64, NaiveDate), Heads>,
    active: BTreeMap<(i64, NaiveDate), (i64, i64)>,
    first: BTreeMap<i64, BTreeMap<NaiveDate, i64>>,
}

impl Numbers {
    fn load(db: &mut Db, mondays: &[NaiveDate]) -> Result<Self, AppError> {
        let mut found = Self::default();
        let (Some(from), Some(last)) = (mondays.first(), mondays.last()) else { return Ok(found) };
        let mut week_ends: BTreeMap<NaiveDate, NaiveDate> = BTreeMap::new();
        for day in queries::counted_days(db, *from, *last + Days::new(6))? {
            week_ends.insert(monday(day), day);
        }
        let days: Vec<NaiveDate> = week_ends.into_values().collect();
        for (day, group, heads) in queries::head_counts(db, &days)? {
            found.heads.insert((group, monday(day)), heads);
        }
        for (group, week, active, shares) in queries::active_weeks(db, *from)? {
            found.active.insert((group, week), (active, shares));
        }
        for (group, week, members) in queries::first_weeks(db)? {
            *found.first.entry(group).or_default().entry(week).or_default() += members;
        }
        Ok(found)
    }

    /// The first week in which anything is known.
    fn beginning(&self) -> Option<NaiveDate> {
        self.heads.keys().chain(self.active.keys()).map(|(_, week)| *week).min()
    }

    fn week(&self, group: i64, week: NaiveDate) -> Week {
        let heads = self.heads.get(&(group, week));
        let hidden = match heads {
            _ if group == 0 => heads.is_none().then_some(NOT_COUNTED),
            None => Some(NOT_COUNTED),
            Some(heads) => (heads.members < SMALL_GROUP).then_some(TOO_FEW),
        };
        let (active, shares) = self.active.get(&(group, week)).copied().unwrap_or_default();
        let ever: i64 = self.first.get(&group).map_or(0, |first| first.range(..=week).map(|(_, n)| n).sum());
        let shown = hidden.is_none() || group == 0;
        let enrolled = heads.map(|h| h.enrolled).filter(|_| shown);
        Week {
            week,
            people: heads.map(|h| h.members),
            enrolled,
            active: shown.then_some(active),
            shares: shown.then_some(shares),
            participation: enrolled.and_then(|all| percent(active, all)),
            activation: enrolled.and_then(|all| percent(ever, all)),
            hidden,
        }
    }

    fn report(&self, name: GroupName, company: bool, mondays: &[NaiveDate]) -> GroupReport {
        let key = if company { 0 } else { crate::db::Id::i64(name.id) };
        let weeks: Vec<Week> = mondays.iter().map(|week| self.week(key, *week)).collect();
        let newest = weeks.iter().rev().find(|w| w.people.is_some());
        let hidden = if company { None } else { newest.map_or(Some(NOT_COUNTED), |w| w.hidden) };
        let sum = |of: &dyn Fn(&Week) -> Option<i64>| weeks.iter().filter_map(of).sum::<i64>();
        let rated = i64::try_from(weeks.iter().filter(|w| w.participation.is_some()).count()).unwrap_or(0);
        let active = sum(&|w| w.participation.and(w.active).map(|a| a.min(w.enrolled.unwrap_or(a))));
        GroupReport {
            group: (!company).then_some(name.id),
            name: name.name,
            kind: name.kind,
            people: newest.and_then(|w| w.people),
            enrolled: newest.and_then(|w| w.enrolled).filter(|_| hidden.is_none()),
            active: (hidden.is_none() && rated > 0).then(|| tenths(active, rated) / 100.0).map(|a| (a * 10.0).round() / 10.0),
            shares: hidden.is_none().then(|| sum(&|w| w.shares)),
            participation: percent(active, sum(&|w| w.participation.and(w.enrolled))).filter(|_| hidden.is_none()),
            activation: newest.and_then(|w| w.activation).filter(|_| hidden.is_none()),
            hidden,
            weeks,
        }
    }
}

/// Participation of the company and of every group (of one kind, when given) up to today.
///
/// # Errors
/// The database's.
pub fn participation(db: &mut Db, today: NaiveDate, stretch: Stretch, kind: Option<&str>) -> Result<Participation, AppError> {
    let this = monday(today);
    let mondays: Vec<NaiveDate> = (0..stretch.weeks()).rev().map(|back| this - Days::new(back * 7)).collect();
    let numbers = Numbers::load(db, &mondays)?;
    let beginning = numbers.beginning().unwrap_or(this).min(this);
    let mondays: Vec<NaiveDate> = mondays.into_iter().filter(|week| *week >= beginning).collect();
    let whole = GroupName { id: crate::db::Id::from_i64(0), name: "Whole company".into(), kind: "company".into() };
    let groups = queries::group_names(db)?;
    Ok(Participation {
        stretch,
        company: numbers.report(whole, true, &mondays),
        groups: groups.into_iter().filter(|g| kind.is_none_or(|kind| g.kind == kind)).map(|g| numbers.report(g, false, &mondays)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_to_a_tenth_and_never_above_a_hundred() {
        assert_eq!(percent(1, 3), Some(33.3));
        assert_eq!(percent(2, 3), Some(66.7));
        assert_eq!(percent(5, 4), Some(100.0));
        assert_eq!(percent(1, 0), None);
    }

    #[test]
    fn a_week_begins_on_monday() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        assert_eq!(monday(day("2026-11-21")), day("2026-11-16"));
        assert_eq!(monday(day("2026-11-16")), day("2026-11-16"));
        assert_eq!(monday(day("2027-01-03")), day("2026-12-28"));
    }
}
