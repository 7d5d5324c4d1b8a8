use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::queries;
use crate::db::{Db, ItemId, TopicId, Ts};
use crate::error::AppError;
use crate::network::Network;

crate::text_enum! {
    /// How many days a report looks back.
    Window { Month = "30d", Quarter = "90d", Year = "365d", All = "all" }
}

impl Window {
    pub fn label(self) -> &'static str {
        match self {
            Self::Month => "30 days",
            Self::Quarter => "90 days",
            Self::Year => "A year",
            Self::All => "All time",
        }
    }
    fn first_day(self, today: NaiveDate) -> NaiveDate {
        let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        match self {
            Self::Month => back(29),
            Self::Quarter => back(89),
            Self::Year => back(364),
            Self::All => NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or(today),
        }
    }
}

crate::text_enum! {
    /// What the lines of the report are.
    By { Item = "item", Topic = "topic", Network = "network" }
}

crate::text_enum! {
    /// By which number the report is sorted, largest first.
    Sort { Clicks = "clicks", Shares = "shares", PerShare = "per_share", Machine = "machine" }
}

/// Shares and hits of one line.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counted {
    /// Confirmed shares.
    pub shares: i64,
    /// Hits judged human.
    pub clicks: i64,
    /// Hits by crawlers, scanners and link previews, and suspect ones.
    pub machine: i64,
    /// Repeats within the hour and the sharer's own.
    pub other: i64,
}

impl Counted {
    fn hit(&mut self, verdict: &str, hits: i64) {
        match verdict {
            "human" => self.clicks += hits,
            "repeat" | "own" => self.other += hits,
            _ => self.machine += hits,
        }
    }
    fn add(&mut self, other: Self) {
        self.shares += other.shares;
        self.clicks += other.clicks;
        self.machine += other.machine;
        self.other += other.other;
    }
    /// Clicks for each share, to one decimal; None without shares.
    #[allow(clippy::cast_precision_loss, reason = "counts lie far below 2^52")]
    pub fn per_share(&self) -> Option<f64> {
        (self.shares > 0).then(|| (self.clicks as f64 * 10.0 / self.shares as f64).round() / 10.0)
    }
}

/// An item, a topic or a network with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Line {
    /// The item's or topic's id, or the network's name.
    pub id: String,
    pub label: String,
    #[serde(flatten)]
    pub counted: Counted,
    /// Clicks for each share; null without shares.
    pub per_share: Option<f64>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub by: By,
    pub window: Window,
    pub sort: Sort,
    pub topic: Option<TopicId>,
    pub network: Option<Network>,
}

/// What works: every line with a share or a hit, sorted, and their sum. An item with two topics
/// counts for both, so that the lines by topic may add up to more than the sum.
#[derive(Debug, Clone)]
pub struct ContentReport {
    pub lines: Vec<Line>,
    pub sum: Counted,
}

/// # Errors
/// The database's.
pub fn content(db: &mut Db, today: NaiveDate, wanted: Wanted) -> Result<ContentReport, AppError> {
    let counted = count(db, today, wanted)?;
    let mut sum = Counted::default();
    counted.values().for_each(|c| sum.add(*c));
    let mut lines = match wanted.by {
        By::Item => by_item(db, &counted)?,
        By::Topic => by_topic(db, &counted)?,
        By::Network => by_network(&counted),
    };
    let key = |line: &Line| match wanted.sort {
        Sort::Clicks => line.counted.clicks,
        Sort::Shares => line.counted.shares,
        Sort::Machine => line.counted.machine,
        Sort::PerShare => line.counted.clicks * 1_000_000 / line.counted.shares.max(1) * line.counted.shares.min(1),
    };
    lines.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| a.label.cmp(&b.label)).then_with(|| a.id.cmp(&b.id)));
    Ok(ContentReport { lines, sum })
}

type ByItem = BTreeMap<(ItemId, Option<Network>), Counted>;

fn count(db: &mut Db, today: NaiveDate, wanted: Wanted) -> Result<ByItem, AppError> {
    let first = wanted.window.first_day(today);
    let midnight = |day: NaiveDate| Ts::from(day.and_time(chrono::NaiveTime::MIN).and_utc());
    let mut found = ByItem::new();
    for row in queries::hits_by_item(db, first, today)? {
        let network = row.network.as_deref().and_then(|n| n.parse().ok());
        found.entry((row.item_id, network)).or_default().hit(&row.verdict, row.hits);
    }
    for row in queries::shares_by_item(db, midnight(first), midnight(today.succ_opt().unwrap_or(today)))? {
        found.entry((row.item_id, row.network.parse().ok())).or_default().shares += row.shares;
    }
    if wanted.network.is_some() {
        found.retain(|(_, network), _| *network == wanted.network);
    }
    if let Some(topic) = wanted.topic {
        let tagged: std::collections::BTreeSet<ItemId> =
            queries::item_topics(db)?.into_iter().filter(|(_, t)| *t == topic).map(|(item, _)| item).collect();
        found.retain(|(item, _), _| tagged.contains(item));
    }
    Ok(found)
}

fn line(id: String, label: String, counted: Counted) -> Line {
    Line { id, label, per_share: counted.per_share(), counted }
}

fn summed<K: Ord>(counted: &ByItem, key: impl Fn(ItemId, Option<Network>) -> Vec<K>) -> BTreeMap<K, Counted> {
    let mut found: BTreeMap<K, Counted> = BTreeMap::new();
    for ((item, network), counted) in counted {
        for key in key(*item, *network) {
            found.entry(key).or_default().add(*counted);
        }
    }
    found
}

fn by_item(db: &mut Db, counted: &ByItem) -> Result<Vec<Line>, AppError> {
    let sums = summed(counted, |item, _| vec![item]);
    let ids: Vec<ItemId> = sums.keys().copied().collect();
    let titles = queries::titles(db, &ids)?;
    Ok(sums
        .into_iter()
        .map(|(item, counted)| line(item.to_string(), titles.get(&item).cloned().unwrap_or_else(|| "Untitled".into()), counted))
        .collect())
}

fn by_topic(db: &mut Db, counted: &ByItem) -> Result<Vec<Line>, AppError> {
    let mut topics: BTreeMap<ItemId, Vec<Option<TopicId>>> = BTreeMap::new();
    for (item, topic) in queries::item_topics(db)? {
        topics.entry(item).or_default().push(Some(topic));
    }
    let names: BTreeMap<TopicId, String> = queries::topic_names(db)?.into_iter().collect();
    let sums = summed(counted, |item, _| topics.get(&item).cloned().unwrap_or_else(|| vec![None]));
    Ok(sums
        .into_iter()
        .map(|(topic, counted)| {
            let label = topic.and_then(|t| names.get(&t).cloned()).unwrap_or_else(|| "Without a topic".into());
            line(topic.map(|t| t.to_string()).unwrap_or_default(), label, counted)
        })
        .collect())
}

fn by_network(counted: &ByItem) -> Vec<Line> {
    summed(counted, |_, network| vec![network])
        .into_iter()
        .map(|(network, counted)| match network {
            Some(network) => line(network.to_string(), network.label().into(), counted),
            None => line(String::new(), "Unknown network".into(), counted),
        })
        .collect()
}
