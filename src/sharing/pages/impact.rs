use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::Serialize;

use super::list::{Tile, number};
use crate::app::App;
use crate::error::AppError;
use crate::identity::SignedIn;
use crate::sharing::impact::{self, Impact, WEEKS};
use crate::web::Html;
use crate::web::chart::{BarChart, BarDirection, BarLayout, Series, bar_chart};

#[derive(Serialize)]
struct ImpactPage {
    tiles: Vec<Tile>,
    empty: bool,
    chart: String,
    chart_title: String,
    weeks: Vec<Row>,
    networks: Vec<Row>,
    excluded: Vec<Excluded>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    code: Option<&'static str>,
    shares: i64,
    clicks: i64,
    excluded: i64,
}

#[derive(Serialize)]
struct Excluded {
    label: &'static str,
    why: &'static str,
    count: i64,
}

fn week_name(week: NaiveDate) -> String {
    week.format("%-d %b").to_string()
}

fn chart(own: &Impact, title: &str) -> String {
    let count = |n: i64| f64::from(i32::try_from(n).unwrap_or(i32::MAX));
    bar_chart(&BarChart {
        title: title.to_owned(),
        description: "Clicks by people a week, and beside them the requests that are not counted.".into(),
        labels: own.weeks.iter().map(|w| week_name(w.week)).collect(),
        series: vec![
            Series::new("People", own.weeks.iter().map(|w| count(w.clicks))),
            Series::new("Not counted", own.weeks.iter().map(|w| count(w.excluded))),
        ],
        unit: String::new(),
        layout: BarLayout::Grouped,
        direction: BarDirection::Up,
    })
}

fn page(own: Impact) -> ImpactPage {
    let clicks = own.clicks;
    let chart_title = match clicks.human {
        0 => format!("No clicks by people in {WEEKS} weeks"),
        1 => format!("One click by a person in {WEEKS} weeks"),
        n => format!("{} clicks by people in {WEEKS} weeks", number(n)),
    };
    let excluded = [
        ("Machines", "Crawlers, scanners and programs that name themselves.", clicks.machine),
        ("Previews", "Browsers and apps that load a page before anybody opens it.", clicks.preview),
        ("Repeats", "The same visitor again within the hour.", clicks.repeat),
        ("Your own", "You, while signed in here.", clicks.own),
        ("Not certain", "Signs of a machine, but no proof.", clicks.suspect),
    ];
    ImpactPage {
        tiles: vec![
            Tile { note: Some(format!("in {WEEKS} weeks")), ..Tile::of("Posted", own.shares) },
            Tile {
                definition: Some("Requests that Herald judges to be people, each visitor once an hour."),
                ..Tile::of("People who clicked", clicks.human)
            },
            Tile { note: Some("never count for you".into()), ..Tile::of("Other requests", clicks.excluded()) },
        ],
        empty: own.shares == 0 && clicks.raw() == 0,
        chart: chart(&own, &chart_title),
        chart_title,
        weeks: own
            .weeks
            .iter()
            .rev()
            .map(|w| Row { name: week_name(w.week), code: None, shares: w.shares, clicks: w.clicks, excluded: w.excluded })
            .collect(),
        networks: own
            .networks
            .iter()
            .map(|n| Row {
                name: n.network.label().into(),
                code: Some(n.network.as_str()),
                shares: n.shares,
                clicks: n.clicks,
                excluded: n.excluded,
            })
            .collect(),
        excluded: excluded.into_iter().map(|(label, why, count)| Excluded { label, why, count }).collect(),
    }
}

pub async fn show(app: Data<App>, request: HttpRequest, caller: SignedIn) -> Result<HttpResponse, AppError> {
    let (member, now) = (caller.id, app.now());
    let own = app.read(move |db| impact::impact(db, member, now)).await?;
    Html::new(&app, &request, "sharing/impact", "My impact").render(&page(own))
}
