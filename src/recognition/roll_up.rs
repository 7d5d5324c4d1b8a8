use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde::Serialize;
use utoipa::ToSchema;

use super::period::Period;
use super::queries;
use crate::db::{Db, MemberId, Tx};
use crate::error::AppError;

/// Adds to the totals of members and moves them along in the histograms. A total of nothing has no row.
pub(super) fn apply(db: &mut Db, moves: &BTreeMap<(Period, MemberId), i32>) -> Result<(), AppError> {
    for ((period, member), delta) in moves.iter().filter(|(_, delta)| **delta != 0) {
        let period = period.to_string();
        let before = queries::total(db, &period, *member)?;
        let after = before + delta;
        queries::put_total(db, &period, *member, after)?;
        if before != 0 {
            queries::leave_place(db, &period, before)?;
        }
        if after != 0 {
            queries::take_place(db, &period, after)?;
        }
    }
    Ok(())
}

/// What [`rebuild`] found to be otherwise than the ledger says.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Differences {
    pub totals: i64,
    pub histogram: i64,
    /// The first twenty in words.
    pub examples: Vec<String>,
}

impl Differences {
    pub fn is_empty(&self) -> bool {
        self.totals == 0 && self.histogram == 0
    }
}

type Totals = BTreeMap<(String, MemberId), i64>;
type Places = BTreeMap<(String, i64), i64>;

/// Computes totals and histogram afresh from the ledger, says what differed, and puts it right.
///
/// # Errors
/// The database's.
pub fn rebuild(tx: &mut Tx<'_>) -> Result<Differences, AppError> {
    queries::lock_ledger(tx.db)?;
    let mut totals = Totals::new();
    for (member, day, points) in queries::ledger_by_day(tx.db)? {
        for period in Period::all_of(day) {
            *totals.entry((period.to_string(), member)).or_default() += points;
        }
    }
    totals.retain(|_, points| *points != 0);
    let mut places = Places::new();
    for ((period, _), points) in &totals {
        *places.entry((period.clone(), *points)).or_default() += 1;
    }
    let kept: Totals = queries::all_totals(tx.db)?.into_iter().map(|(p, m, n)| ((p, m), n.into())).collect();
    let kept_places: Places = queries::all_places(tx.db)?.into_iter().map(|(p, n, m)| ((p, n.into()), m.into())).collect();
    let mut found = Differences::default();
    found.totals = compare(&totals, &kept, &mut found.examples);
    found.histogram = compare(&places, &kept_places, &mut found.examples);
    if found.totals > 0 {
        queries::replace_totals(tx.db, totals.into_iter().map(|((p, m), n)| (p, m, narrow(n))).collect())?;
    }
    if found.histogram > 0 {
        queries::replace_places(tx.db, places.into_iter().map(|((p, n), m)| (p, narrow(n), narrow(m))).collect())?;
    }
    Ok(found)
}

fn narrow(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn compare<K: Ord + Debug + Clone>(right: &BTreeMap<K, i64>, kept: &BTreeMap<K, i64>, examples: &mut Vec<String>) -> i64 {
    let mut wrong = 0;
    for key in right.keys().chain(kept.keys()).collect::<BTreeSet<_>>() {
        let (should, is) = (right.get(key).copied().unwrap_or(0), kept.get(key).copied().unwrap_or(0));
        if should != is {
            wrong += 1;
            if examples.len() < 20 {
                examples.push(format!("{key:?}: kept {is}, the ledger says {should}"));
            }
        }
    }
    wrong
}
