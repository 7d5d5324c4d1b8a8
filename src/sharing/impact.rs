//! What came of a member's own shares.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::queries::{self, week_of};
use crate::db::schema::{link_counts as c, links, shares};
use crate::db::{Db, LinkId, MemberId, Ts};
use crate::error::AppError;
use crate::networks::Network;
use crate::tracking::{self, Clicks};

/// Weeks that are shown, the present one included.
pub const WEEKS: u64 = 12;

/// A member's own numbers over the last twelve weeks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Impact {
    /// The Monday from which is counted (UTC).
    pub from: NaiveDate,
    /// Confirmed shares.
    pub shares: i64,
    /// Hits on the member's short links by verdict: `human` are the clicks.
    pub clicks: Clicks,
    /// Networks with shares or hits, in the order of the screens.
    pub networks: Vec<NetworkImpact>,
    /// Every week, the oldest first.
    pub weeks: Vec<WeekImpact>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkImpact {
    pub network: Network,
    pub shares: i64,
    pub clicks: i64,
    /// Hits that are no clicks: machines, previews, repeats, one's own.
    pub excluded: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WeekImpact {
    /// The Monday.
    pub week: NaiveDate,
    pub shares: i64,
    pub clicks: i64,
    /// Hits that are no clicks.
    pub excluded: i64,
}

#[derive(Default, Clone, Copy)]
struct Sums {
    shares: i64,
    clicks: i64,
    excluded: i64,
}

/// # Errors
/// The database's.
pub fn impact(db: &mut Db, member: MemberId, now: Ts) -> Result<Impact, AppError> {
    let this_week = week_of(now.day());
    let monday = |back: u64| this_week.checked_sub_days(Days::new(7 * back)).unwrap_or(this_week);
    let from = monday(WEEKS - 1);
    let mut weeks: BTreeMap<NaiveDate, Sums> = (0..WEEKS).map(|back| (monday(back), Sums::default())).collect();
    let mut networks: BTreeMap<Network, Sums> = BTreeMap::new();
    let since = from.and_hms_opt(0, 0, 0).map_or(now, |at| at.and_utc().into());
    let confirmed = queries::confirmed_since(db, member, since)?;
    for (at, network) in &confirmed {
        weeks.entry(week_of(at.day())).or_default().shares += 1;
        networks.entry(*network).or_default().shares += 1;
    }
    for (day, network, verdict, hits) in hits(db, member, from)? {
        let hits = hits.unwrap_or(0);
        for sums in [weeks.entry(week_of(day)).or_default(), networks.entry(network).or_default()] {
            if verdict == "human" { sums.clicks += hits } else { sums.excluded += hits }
        }
    }
    Ok(Impact {
        from,
        shares: i64::try_from(confirmed.len()).unwrap_or(i64::MAX),
        clicks: tracking::clicks_of_member(db, member, from)?,
        networks: networks
            .into_iter()
            .map(|(network, s)| NetworkImpact { network, shares: s.shares, clicks: s.clicks, excluded: s.excluded })
            .collect(),
        weeks: weeks.into_iter().map(|(week, s)| WeekImpact { week, shares: s.shares, clicks: s.clicks, excluded: s.excluded }).collect(),
    })
}

type Row = (NaiveDate, Network, String, Option<i64>);

fn hits(db: &mut Db, member: MemberId, from: NaiveDate) -> QueryResult<Vec<Row>> {
    let sums: Vec<(LinkId, NaiveDate, String, Option<i64>)> = c::table
        .inner_join(links::table.on(links::id.eq(c::link_id)))
        .filter(links::member_id.eq(member))
        .filter(c::day.ge(from))
        .group_by((c::link_id, c::day, c::verdict))
        .select((c::link_id, c::day, c::verdict, diesel::dsl::sum(c::hits)))
        .load(db)?;
    let ids: BTreeSet<LinkId> = sums.iter().map(|s| s.0).collect();
    let networks: HashMap<LinkId, Network> = shares::table
        .filter(shares::member_id.eq(member))
        .filter(shares::link_id.eq_any(ids))
        .select((shares::link_id, shares::network))
        .load::<(LinkId, Network)>(db)?
        .into_iter()
        .collect();
    Ok(sums.into_iter().filter_map(|(link, day, verdict, n)| Some((day, *networks.get(&link)?, verdict, n))).collect())
}
