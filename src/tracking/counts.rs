use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::by_db;
use crate::db::schema::{hits, link_counts, links};
use crate::db::{Actor, Db, Exec, HitId, ItemId, LinkId, MemberId, ShareId, Ts, Tx};
use crate::error::AppError;
use crate::jobs::{Failed, Job, enqueue};

/// Hits summed up per run; what is left over follows in the next.
const CHUNK: i64 = 2000;

/// Sums up the hits that no roll-up holds yet.
#[derive(Serialize, Deserialize)]
pub struct CountHits {}

impl Job for CountHits {
    const NAME: &'static str = "tracking.count_hits";
    fn unique_key(&self) -> Option<String> {
        Some(Self::NAME.into())
    }
}

/// One human click that has just been counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CountedClick {
    pub hit: HitId,
    pub share: ShareId,
    pub member: MemberId,
    pub at: Ts,
}

/// Tells later slices about human clicks, each exactly once.
#[derive(Serialize, Deserialize)]
pub struct ClicksCounted {
    pub clicks: Vec<CountedClick>,
}

impl Job for ClicksCounted {
    const NAME: &'static str = "tracking.clicks_counted";
}

pub(super) async fn run(app: Arc<App>, _job: CountHits) -> Result<(), Failed> {
    Ok(app.write(Actor::system("tracking"), count).await?)
}

type Uncounted = (HitId, LinkId, Ts, String);

fn count(tx: &mut Tx<'_>) -> Result<(), AppError> {
    let query = hits::table.filter(hits::counted.eq(false)).order(hits::id.asc()).limit(CHUNK).select((
        hits::id,
        hits::link_id,
        hits::at,
        hits::verdict,
    ));
    // Two machines may count at once: each takes rows that the other does not hold.
    let rows: Vec<Uncounted> = by_db!(tx.db; pg(c) => query.for_update().skip_locked().load(c)?; sqlite(c) => query.load(c)?);
    if rows.is_empty() {
        return Ok(());
    }
    let mut sums: BTreeMap<(LinkId, NaiveDate, String), i32> = BTreeMap::new();
    for (_, link, at, verdict) in &rows {
        *sums.entry((*link, at.day(), verdict.clone())).or_default() += 1;
    }
    for ((link, day, verdict), n) in sums {
        add(tx.db, link, day, &verdict, n)?;
    }
    let ids: Vec<HitId> = rows.iter().map(|r| r.0).collect();
    diesel::update(hits::table.filter(hits::id.eq_any(ids))).set(hits::counted.eq(true)).execute(tx.db)?;
    tell(tx, &rows)?;
    if i64::try_from(rows.len()).unwrap_or(CHUNK) == CHUNK {
        enqueue(tx, &CountHits {})?;
    }
    Ok(())
}

fn add(db: &mut Db, link: LinkId, day: NaiveDate, verdict: &str, n: i32) -> QueryResult<usize> {
    use link_counts as c;
    diesel::insert_into(c::table)
        .values((c::link_id.eq(link), c::day.eq(day), c::verdict.eq(verdict), c::hits.eq(n)))
        .on_conflict((c::link_id, c::day, c::verdict))
        .do_update()
        .set(c::hits.eq(c::hits + n))
        .exec(db)
}

fn tell(tx: &mut Tx<'_>, rows: &[Uncounted]) -> Result<(), AppError> {
    let human: Vec<&Uncounted> = rows.iter().filter(|r| r.3 == "human").collect();
    if human.is_empty() {
        return Ok(());
    }
    let ids: Vec<LinkId> = human.iter().map(|r| r.1).collect();
    let owners: HashMap<LinkId, (ShareId, MemberId)> = links::table
        .filter(links::id.eq_any(ids))
        .select((links::id, links::share_id, links::member_id))
        .load::<(LinkId, ShareId, MemberId)>(tx.db)?
        .into_iter()
        .map(|(link, share, member)| (link, (share, member)))
        .collect();
    let clicks: Vec<CountedClick> = human
        .into_iter()
        .filter_map(|(hit, link, at, _)| owners.get(link).map(|&(share, member)| CountedClick { hit: *hit, share, member, at: *at }))
        .collect();
    for chunk in clicks.chunks(200) {
        enqueue(tx, &ClicksCounted { clicks: chunk.to_vec() })?;
    }
    Ok(())
}

/// Hits by verdict. `human` are the clicks; everything else stands beside them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Clicks {
    pub human: i64,
    pub machine: i64,
    pub preview: i64,
    pub repeat: i64,
    pub own: i64,
    pub suspect: i64,
}

impl Clicks {
    /// Every hit.
    pub fn raw(&self) -> i64 {
        self.human + self.excluded()
    }
    /// Hits that are no clicks.
    pub fn excluded(&self) -> i64 {
        self.machine + self.preview + self.repeat + self.own + self.suspect
    }
    fn put(&mut self, verdict: &str, n: i64) {
        match verdict {
            "human" => self.human += n,
            "machine" => self.machine += n,
            "preview" => self.preview += n,
            "repeat" => self.repeat += n,
            "own" => self.own += n,
            _ => self.suspect += n,
        }
    }
}

fn gather<K: std::hash::Hash + Eq>(rows: Vec<(K, String, Option<i64>)>) -> HashMap<K, Clicks> {
    let mut found: HashMap<K, Clicks> = HashMap::new();
    for (key, verdict, n) in rows {
        found.entry(key).or_default().put(&verdict, n.unwrap_or(0));
    }
    found
}

/// Hits of links, by verdict, from the roll-up.
///
/// # Errors
/// The database's.
pub fn clicks_of_links(db: &mut Db, ids: &[LinkId]) -> Result<HashMap<LinkId, Clicks>, AppError> {
    let rows = link_counts::table
        .filter(link_counts::link_id.eq_any(ids))
        .group_by((link_counts::link_id, link_counts::verdict))
        .select((link_counts::link_id, link_counts::verdict, diesel::dsl::sum(link_counts::hits)))
        .load(db)?;
    Ok(gather(rows))
}

/// Hits of items over all their links.
///
/// # Errors
/// The database's.
pub fn clicks_of_items(db: &mut Db, ids: &[ItemId]) -> Result<HashMap<ItemId, Clicks>, AppError> {
    let rows = link_counts::table
        .inner_join(links::table.on(links::id.eq(link_counts::link_id)))
        .filter(links::item_id.eq_any(ids))
        .group_by((links::item_id, link_counts::verdict))
        .select((links::item_id, link_counts::verdict, diesel::dsl::sum(link_counts::hits)))
        .load(db)?;
    Ok(gather(rows))
}

/// Hits on a member's links since a day.
///
/// # Errors
/// The database's.
pub fn clicks_of_member(db: &mut Db, member: MemberId, from: NaiveDate) -> Result<Clicks, AppError> {
    let rows = link_counts::table
        .inner_join(links::table.on(links::id.eq(link_counts::link_id)))
        .filter(links::member_id.eq(member))
        .filter(link_counts::day.ge(from))
        .group_by((links::member_id, link_counts::verdict))
        .select((links::member_id, link_counts::verdict, diesel::dsl::sum(link_counts::hits)))
        .load(db)?;
    Ok(gather::<MemberId>(rows).remove(&member).unwrap_or_default())
}
