//! `/reports/participation`: for HR.
use actix_web::web::{Data, Query, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::api::{ParticipationQuery, load_participation, participation_file};
use super::participation::{GroupReport, Participation, Stretch, Week};
use crate::app::App;
use crate::db::GroupId;
use crate::error::AppError;
use crate::identity::Hr;
use crate::web::Html;
use crate::web::chart::{LineChart, Series, line_chart};

#[derive(Deserialize)]
struct PageQuery {
    stretch: Option<Stretch>,
    kind: Option<String>,
    group: Option<GroupId>,
    sort: Option<String>,
}

#[derive(Serialize)]
struct Tab {
    href: String,
    label: String,
    current: bool,
}

#[derive(Serialize)]
struct Chip {
    href: String,
    label: String,
    current: bool,
    count: Option<String>,
    remove: bool,
}

#[derive(Serialize)]
struct SortHeader {
    label: &'static str,
    href: String,
    dir: Option<&'static str>,
    number: bool,
}

#[derive(Serialize)]
struct Tile {
    label: &'static str,
    value: String,
    note: Option<String>,
    definition: &'static str,
}

#[derive(Serialize)]
struct WeekRow {
    label: String,
    people: Option<i64>,
    enrolled: Option<i64>,
    active: Option<i64>,
    shares: Option<i64>,
    participation: String,
    activation: String,
    hidden: Option<&'static str>,
}

#[derive(Serialize)]
struct GroupRow {
    name: String,
    kind: String,
    href: String,
    people: Option<i64>,
    enrolled: Option<i64>,
    active: String,
    shares: Option<i64>,
    participation: String,
    activation: String,
    hidden: Option<&'static str>,
    current: bool,
}

#[derive(Serialize)]
struct Shown {
    lead: String,
    stretches: Vec<Tab>,
    kinds: Vec<Chip>,
    scope: String,
    scope_hidden: Option<&'static str>,
    whole_href: Option<String>,
    tiles: Vec<Tile>,
    chart_title: String,
    chart: String,
    weeks: Vec<WeekRow>,
    headers: Vec<SortHeader>,
    groups: Vec<GroupRow>,
    csv_href: String,
}

struct Asked {
    stretch: Stretch,
    kind: String,
    sort: String,
    group: Option<GroupId>,
}

impl Asked {
    fn address(&self, path: &str) -> String {
        let group = self.group.map(|g| format!("&group={g}")).unwrap_or_default();
        let kind = percent_encoding::utf8_percent_encode(&self.kind, percent_encoding::NON_ALPHANUMERIC);
        format!("{path}?stretch={}&kind={kind}&sort={}{group}", self.stretch, self.sort)
    }
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = Self { stretch: self.stretch, kind: self.kind.clone(), sort: self.sort.clone(), group: self.group };
        change(&mut other);
        other.address("/reports/participation")
    }
}

async fn show(app: Data<App>, request: HttpRequest, _caller: Hr, query: Query<PageQuery>) -> Result<HttpResponse, AppError> {
    let query = query.into_inner();
    let asked = Asked {
        stretch: query.stretch.unwrap_or(Stretch::Quarter),
        kind: query.kind.unwrap_or_default(),
        sort: query.sort.filter(|s| SORTS.iter().any(|(name, _)| name == s)).unwrap_or_else(|| "participation".into()),
        group: query.group,
    };
    let report = load_participation(&app, ParticipationQuery { stretch: Some(asked.stretch), kind: None }).await?;
    let page = page(&asked, report)?;
    Html::new(&app, &request, "reports/participation", "Participation").render(&page)
}

fn page(asked: &Asked, report: Participation) -> Result<Shown, AppError> {
    let kinds: std::collections::BTreeSet<String> = report.groups.iter().map(|g| g.kind.clone()).collect();
    let scope = match asked.group {
        None => report.company,
        Some(id) => report.groups.iter().find(|g| g.group == Some(id)).cloned().ok_or(AppError::NotFound("That group"))?,
    };
    let mut groups: Vec<GroupReport> = report.groups.into_iter().filter(|g| asked.kind.is_empty() || g.kind == asked.kind).collect();
    sort(&mut groups, &asked.sort);
    let lead = match (scope.participation, scope.enrolled) {
        (Some(rate), Some(enrolled)) => format!("In an average week {} of {enrolled} enrolled members share.", percentage(Some(rate))),
        _ => "Enrolled and active members, week by week.".into(),
    };
    Ok(Shown {
        lead,
        stretches: Stretch::ALL
            .iter()
            .map(|s| Tab { href: asked.with(|a| a.stretch = *s), label: s.label().into(), current: *s == asked.stretch })
            .collect(),
        kinds: kind_chips(asked, &kinds),
        scope: scope.name.clone(),
        scope_hidden: scope.hidden,
        whole_href: asked.group.map(|_| asked.with(|a| a.group = None)),
        tiles: tiles(&scope),
        chart_title: message(&scope.weeks),
        chart: chart(&scope),
        weeks: scope.weeks.iter().rev().map(week_row).collect(),
        headers: SORTS
            .iter()
            .map(|(name, label)| SortHeader {
                label,
                href: asked.with(|a| a.sort = (*name).into()),
                dir: (*name == asked.sort).then_some(if *name == "name" { "ascending" } else { "descending" }),
                number: *name != "name",
            })
            .collect(),
        groups: groups.into_iter().map(|g| group_row(asked, g)).collect(),
        csv_href: asked.address("/reports/participation.csv"),
    })
}

const SORTS: [(&str, &str); 7] = [
    ("name", "Group"),
    ("people", "People"),
    ("enrolled", "Enrolled"),
    ("active", "Active a week"),
    ("shares", "Shares"),
    ("participation", "Participation"),
    ("activation", "Activation"),
];

fn sort(groups: &mut [GroupReport], by: &str) {
    let key = |g: &GroupReport| match by {
        "people" => g.people.map(to_float),
        "enrolled" => g.enrolled.map(to_float),
        "active" => g.active,
        "shares" => g.shares.map(to_float),
        "participation" => g.participation,
        "activation" => g.activation,
        _ => None,
    };
    groups.sort_by(|a, b| {
        let (a_key, b_key) = (key(a).unwrap_or(-1.0), key(b).unwrap_or(-1.0));
        b_key.total_cmp(&a_key).then_with(|| a.name.cmp(&b.name))
    });
}

#[allow(clippy::cast_precision_loss, reason = "head counts lie far below 2^52")]
fn to_float(n: i64) -> f64 {
    n as f64
}

fn kind_chips(asked: &Asked, kinds: &std::collections::BTreeSet<String>) -> Vec<Chip> {
    if kinds.len() < 2 {
        return Vec::new();
    }
    let chip = |kind: &str, label: String| Chip {
        href: asked.with(|a| a.kind = kind.to_owned()),
        label,
        current: asked.kind == kind,
        count: None,
        remove: false,
    };
    let mut chips = vec![chip("", "All groups".into())];
    chips.extend(kinds.iter().map(|kind| chip(kind, kind_label(kind))));
    chips
}

fn kind_label(kind: &str) -> String {
    match kind {
        "department" => "Departments".into(),
        "region" => "Regions".into(),
        "static" => "Other groups".into(),
        other => other.into(),
    }
}

/// “61.5 %”, or a dash where there is none.
pub(super) fn percentage(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".into(), |rate| format!("{rate} %"))
}

fn tiles(scope: &GroupReport) -> Vec<Tile> {
    let number = |n: Option<i64>| n.map_or_else(|| "–".into(), |n| n.to_string());
    let tile = |label, value, note, definition| Tile { label, value, note, definition };
    vec![
        tile(
            "Participation",
            percentage(scope.participation),
            Some("in an average week".into()),
            "Members with a posted share in the week, of those enrolled in the head count of the week's last day.",
        ),
        tile("Activation", percentage(scope.activation), None, "Members who have ever posted a share, of those enrolled."),
        tile(
            "Enrolled",
            number(scope.enrolled),
            scope.people.map(|p| format!("of {p} people")),
            "Members who have signed in at least once and are active.",
        ),
        tile("Posted shares", number(scope.shares), None, "Shares that the member or the network confirmed."),
    ]
}

fn message(weeks: &[Week]) -> String {
    let mut rates = weeks.iter().filter_map(|w| w.participation);
    match (rates.next(), rates.next_back()) {
        (Some(first), Some(last)) if last > first => format!("Participation rose from {first} % to {last} %"),
        (Some(first), Some(last)) if last < first => format!("Participation fell from {first} % to {last} %"),
        (Some(_), Some(last)) => format!("Participation stands at {last} % as at the beginning"),
        (Some(only), None) => format!("Participation stands at {only} % in its first counted week"),
        _ => "No head count yet: the first comes within the hour".into(),
    }
}

fn short(day: NaiveDate) -> String {
    day.format("%-d %b").to_string()
}

fn chart(scope: &GroupReport) -> String {
    line_chart(&LineChart {
        title: message(&scope.weeks),
        description: format!("Active of enrolled members by week, {}, in percent", scope.name),
        labels: scope.weeks.iter().map(|w| short(w.week)).collect(),
        series: vec![Series { name: "Participation".into(), values: scope.weeks.iter().map(|w| w.participation).collect() }],
        unit: " %".into(),
    })
}

fn week_row(week: &Week) -> WeekRow {
    WeekRow {
        label: week.week.format("Week from %-d %B %Y").to_string(),
        people: week.people,
        enrolled: week.enrolled,
        active: week.active,
        shares: week.shares,
        participation: percentage(week.participation),
        activation: percentage(week.activation),
        hidden: week.hidden,
    }
}

fn group_row(asked: &Asked, group: GroupReport) -> GroupRow {
    GroupRow {
        href: asked.with(|a| a.group = group.group),
        current: group.group == asked.group,
        name: group.name,
        kind: group.kind,
        people: group.people,
        enrolled: group.enrolled,
        active: group.active.map_or_else(|| "–".into(), |a| a.to_string()),
        shares: group.shares,
        participation: percentage(group.participation),
        activation: percentage(group.activation),
        hidden: group.hidden,
    }
}

async fn download(app: Data<App>, _caller: Hr, query: Query<ParticipationQuery>) -> Result<HttpResponse, AppError> {
    participation_file(&load_participation(&app, query.into_inner()).await?)
}

pub fn routes(config: &mut ServiceConfig) {
    config.route("/reports/participation", get().to(show)).route("/reports/participation.csv", get().to(download));
}
