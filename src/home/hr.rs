use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::{Change, Tab, Tile, queries};
use crate::app::App;
use crate::db::{Db, MemberId, Ts};
use crate::error::AppError;
use crate::identity::{Caller, initials};
use crate::recognition::{Period, Span};
use crate::reports::{self, GroupMonth, Participation, Stretch};
use crate::web::Html;
use crate::web::chart::{BarChart, BarDirection, BarLayout, Series, bar_chart};

#[derive(Serialize)]
struct Group {
    name: String,
    head_count: i64,
    enrolled: i64,
    active: i64,
    rate: String,
    change: Option<Change>,
    hidden: bool,
}

#[derive(Serialize)]
struct Thank {
    name: String,
    initials: String,
    group: Option<String>,
    reason: String,
    href: String,
}

#[derive(Serialize)]
struct Page {
    tabs: Vec<Tab>,
    lead: String,
    month: String,
    tiles: Vec<Tile>,
    chart_title: String,
    chart: String,
    groups: Vec<Group>,
    thank: Vec<Thank>,
    thank_hidden: Option<String>,
    privacy: &'static str,
    report_href: &'static str,
    csv_href: Option<&'static str>,
}

struct Loaded {
    month: String,
    now: Vec<GroupMonth>,
    before: Vec<GroupMonth>,
    weeks: Participation,
    thank: Vec<Thank>,
}

fn load(db: &mut Db, now: Ts) -> Result<Loaded, AppError> {
    let today = now.day();
    let month = Period::containing(Span::Month, today);
    let days = |period: Option<Period>| period.and_then(Period::days).unwrap_or((today, today));
    let ((first, last), (first_before, last_before)) = (days(Some(month)), days(month.earlier()));
    Ok(Loaded {
        month: month.label(),
        now: reports::month(db, first, last)?,
        before: reports::month(db, first_before, last_before)?,
        weeks: reports::participation(db, today, Stretch::Quarter, None)?,
        thank: thank(db, now, first)?,
    })
}

/// Who shared for the first time lately, then who brought the most people this month.
fn thank(db: &mut Db, now: Ts, first: chrono::NaiveDate) -> Result<Vec<Thank>, AppError> {
    let fresh = queries::first_sharers(db, now.minus(chrono::Duration::days(14)), now.plus(chrono::Duration::seconds(1)), 3)?;
    let most = queries::most_clicked(db, first, 5)?;
    let mut reasons: BTreeMap<MemberId, (usize, String)> = BTreeMap::new();
    for member in fresh {
        let place = reasons.len();
        reasons.insert(member, (place, "Shared for the first time".into()));
    }
    for (member, clicks) in most {
        let place = reasons.len();
        let came = if clicks == 1 { "1 person came this month".to_owned() } else { format!("{clicks} people came this month") };
        reasons.entry(member).and_modify(|(_, reason)| *reason = format!("{reason}, {came}")).or_insert((place, came));
    }
    let ids: Vec<MemberId> = reasons.keys().copied().collect();
    let mut people: Vec<(usize, Thank)> = queries::people(db, &ids)?
        .into_iter()
        .filter_map(|p| {
            let (place, reason) = reasons.remove(&p.id)?;
            let subject = percent_encoding::utf8_percent_encode("Thank you for sharing", percent_encoding::NON_ALPHANUMERIC);
            let href = format!("mailto:{}?subject={subject}", p.email);
            Some((place, Thank { initials: initials(&p.name), name: p.name, group: p.department, reason, href }))
        })
        .collect();
    people.sort_by_key(|(place, _)| *place);
    Ok(people.into_iter().map(|(_, thank)| thank).take(5).collect())
}

pub(super) async fn show(app: &App, request: &HttpRequest, _caller: &Caller, tabs: Vec<Tab>) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let loaded = app.read(move |db| load(db, now)).await?;
    let page = page(loaded, tabs);
    Html::new(app, request, "home/hr", "Home").render(&page)
}

fn page(loaded: Loaded, tabs: Vec<Tab>) -> Page {
    let company = loaded.now.first();
    let before = loaded.before.first();
    let (active, enrolled, shares) = company.map_or((0, 0, 0), |c| (c.active, c.enrolled, c.shares));
    let (active_before, shares_before) = before.map_or((0, 0), |c| (c.active, c.shares));
    let (title, chart) = chart(&loaded.weeks);
    Page {
        tabs,
        lead: format!("{active} of {enrolled} enrolled members took part in {}.", loaded.month),
        tiles: vec![
            Tile {
                label: "Participation",
                value: rate(company.and_then(|c| c.rate)),
                change: company.and_then(|c| change(c, before)),
                definition: Some(
                    "Members with at least one posted share this month, of those enrolled in the newest head count of the month.",
                ),
                ..Tile::default()
            },
            Tile::of("Active members", active).against(active, active_before, "last month"),
            Tile::of("Posted shares", shares).against(shares, shares_before, "last month"),
            Tile::of("Enrolled", enrolled).note(format!("of {} people", company.map_or(0, |c| c.people))),
        ],
        chart_title: title,
        chart,
        groups: loaded.now.iter().skip(1).map(|g| group(g, loaded.before.iter().find(|b| b.group == g.group))).collect(),
        thank: loaded.thank,
        thank_hidden: None,
        privacy: "Groups of fewer than 5 people are never shown. Percentages are of the people enrolled at the time.",
        report_href: "/reports/participation",
        csv_href: Some("/reports/participation.csv"),
        month: loaded.month,
    }
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or_else(|| "–".into(), |r| format!("{r} %"))
}

fn change(now: &GroupMonth, before: Option<&GroupMonth>) -> Option<Change> {
    let (now, before) = (now.rate?, before?.rate?);
    let by = ((now - before) * 10.0).round() / 10.0;
    Some(if by > 0.0 {
        Change { text: format!("{by} points up"), direction: "up", kind: "good" }
    } else if by < 0.0 {
        Change { text: format!("{} points down", by.abs()), direction: "down", kind: "bad" }
    } else {
        Change { text: "the same".into(), direction: "flat", kind: "flat" }
    })
}

fn group(now: &GroupMonth, before: Option<&GroupMonth>) -> Group {
    Group {
        name: now.name.clone(),
        head_count: now.people,
        enrolled: now.enrolled,
        active: now.active,
        rate: rate(now.rate),
        change: change(now, before),
        hidden: now.hidden,
    }
}

fn chart(weeks: &Participation) -> (String, String) {
    let rates: Vec<Option<f64>> = weeks.company.weeks.iter().map(|w| w.participation).collect();
    let title = match rates.iter().flatten().next_back() {
        Some(last) => format!("{last} % of the enrolled took part this week"),
        None => "The first head count comes within the hour".into(),
    };
    let svg = bar_chart(&BarChart {
        title: title.clone(),
        description: "Active of enrolled members by week, in percent".into(),
        labels: weeks.company.weeks.iter().map(|w| w.week.format("%-d %b").to_string()).collect(),
        series: vec![Series { name: "Participation".into(), values: rates }],
        unit: " %".into(),
        layout: BarLayout::Grouped,
        direction: BarDirection::Up,
    });
    (title, svg)
}
