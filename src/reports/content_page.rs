//! `/reports/content`: for marketing and HR.
use actix_web::web::{Data, Query, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::api::{ContentQuery, content_file};
use super::content::{By, ContentReport, Line, Sort, Wanted, Window, content};
use super::queries;
use crate::app::App;
use crate::db::TopicId;
use crate::error::AppError;
use crate::identity::{MarketingOrHr, Role};
use crate::network::Network;
use crate::web::Html;
use crate::web::chart::{BarChart, BarDirection, BarLayout, Series, bar_chart};

const ROWS: usize = 25;

#[derive(Serialize)]
struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    selected: bool,
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
    definition: &'static str,
}

#[derive(Serialize)]
struct Row {
    label: String,
    href: Option<String>,
    shares: i64,
    clicks: i64,
    per_share: String,
    machine: i64,
    other: i64,
}

#[derive(Serialize)]
struct Shown {
    tabs: Vec<Tab>,
    tiles: Vec<Tile>,
    by: By,
    sort: Sort,
    windows: Vec<Choice>,
    topics: Vec<Choice>,
    networks: Vec<Choice>,
    first_header: &'static str,
    headers: Vec<SortHeader>,
    rows: Vec<Row>,
    chart_title: String,
    chart: Option<String>,
    prev: Option<String>,
    next: Option<String>,
    range: Option<String>,
    csv_href: String,
}

/// What the address asks for; empty choices of the filter form mean all.
#[derive(Deserialize)]
struct PageQuery {
    by: Option<By>,
    window: Option<Window>,
    sort: Option<Sort>,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    network: String,
    page: Option<usize>,
}

impl PageQuery {
    fn wanted(&self) -> Wanted {
        ContentQuery {
            by: self.by,
            window: self.window,
            sort: self.sort,
            topic: self.topic.parse::<TopicId>().ok(),
            network: self.network.parse::<Network>().ok(),
        }
        .wanted()
    }
}

fn address(path: &str, wanted: Wanted) -> String {
    let topic = wanted.topic.map(|t| format!("&topic={t}")).unwrap_or_default();
    let network = wanted.network.map(|n| format!("&network={n}")).unwrap_or_default();
    format!("{path}?by={}&window={}&sort={}{topic}{network}", wanted.by, wanted.window, wanted.sort)
}

const PATH: &str = "/reports/content";

async fn show(app: Data<App>, request: HttpRequest, caller: MarketingOrHr, query: Query<PageQuery>) -> Result<HttpResponse, AppError> {
    let (today, wanted) = (app.now().day(), query.wanted());
    let (report, topics) = app.read(move |db| Ok((content(db, today, wanted)?, queries::topic_names(db)?))).await?;
    let page = page(wanted, query.page.unwrap_or(1), &report, &topics, caller.has(Role::Curator));
    Html::new(&app, &request, "reports/content", "What works").render(&page)
}

fn page(wanted: Wanted, number: usize, report: &ContentReport, topics: &[(TopicId, String)], curator: bool) -> Shown {
    let pages = report.lines.len().div_ceil(ROWS).max(1);
    let number = number.clamp(1, pages);
    let from = (number - 1) * ROWS;
    let to_page = |n: usize| format!("{}&page={n}", address(PATH, wanted));
    let (title, chart) = chart(wanted, report);
    Shown {
        tabs: [(By::Item, "Pieces"), (By::Topic, "Topics"), (By::Network, "Networks")]
            .map(|(by, label)| Tab { href: address(PATH, Wanted { by, ..wanted }), label, current: by == wanted.by })
            .into(),
        tiles: tiles(report),
        by: wanted.by,
        sort: wanted.sort,
        windows: Window::ALL.iter().map(|w| choice(w.as_str(), w.label(), *w == wanted.window)).collect(),
        topics: with_all("All topics", topics.iter().map(|(id, name)| choice(&id.to_string(), name, Some(*id) == wanted.topic))),
        networks: with_all("All networks", Network::ALL.iter().map(|n| choice(n.as_str(), n.label(), Some(*n) == wanted.network))),
        first_header: match wanted.by {
            By::Item => "Piece",
            By::Topic => "Topic",
            By::Network => "Network",
        },
        headers: headers(wanted),
        rows: report.lines.iter().skip(from).take(ROWS).map(|line| row(wanted, line, curator)).collect(),
        chart_title: title,
        chart,
        prev: (number > 1).then(|| to_page(number - 1)),
        next: (number < pages).then(|| to_page(number + 1)),
        range: (pages > 1).then(|| format!("{} to {} of {}", from + 1, (from + ROWS).min(report.lines.len()), report.lines.len())),
        csv_href: address("/reports/content.csv", wanted),
    }
}

fn choice(value: &str, label: &str, selected: bool) -> Choice {
    Choice { value: value.into(), label: label.into(), selected }
}

fn with_all(label: &str, choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    let mut all = vec![choice("", label, false)];
    all.extend(choices);
    if !all.iter().any(|c| c.selected)
        && let Some(first) = all.first_mut()
    {
        first.selected = true;
    }
    all
}

fn tiles(report: &ContentReport) -> Vec<Tile> {
    let sum = report.sum;
    let number = crate::web::grouped;
    vec![
        Tile { label: "Posted shares", value: number(sum.shares), definition: "Shares that the member or the network confirmed." },
        Tile { label: "People who clicked", value: number(sum.clicks), definition: "Requests on short links judged human." },
        Tile {
            label: "Clicks a share",
            value: sum.per_share().map_or_else(|| "–".into(), |p| p.to_string()),
            definition: "People who clicked, for each posted share.",
        },
        Tile {
            label: "Machine hits",
            value: number(sum.machine),
            definition: "Crawlers, scanners, link previews and suspect requests. They never count as clicks.",
        },
    ]
}

fn headers(wanted: Wanted) -> Vec<SortHeader> {
    [(Sort::Shares, "Shares"), (Sort::Clicks, "Clicks"), (Sort::PerShare, "Clicks a share"), (Sort::Machine, "Machine hits")]
        .map(|(sort, label)| SortHeader {
            label,
            href: address(PATH, Wanted { sort, ..wanted }),
            dir: (sort == wanted.sort).then_some("descending"),
            number: true,
        })
        .into()
}

fn row(wanted: Wanted, line: &Line, curator: bool) -> Row {
    let href = match wanted.by {
        By::Item if curator => Some(format!("/library/{}", line.id)),
        By::Item => None,
        By::Topic => line.id.parse().ok().map(|topic| address(PATH, Wanted { by: By::Item, topic: Some(topic), ..wanted })),
        By::Network => line.id.parse().ok().map(|network| address(PATH, Wanted { by: By::Item, network: Some(network), ..wanted })),
    };
    Row {
        label: line.label.clone(),
        href,
        shares: line.counted.shares,
        clicks: line.counted.clicks,
        per_share: line.per_share.map_or_else(|| "–".into(), |p| p.to_string()),
        machine: line.counted.machine,
        other: line.counted.other,
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts lie far below 2^52")]
fn chart(wanted: Wanted, report: &ContentReport) -> (String, Option<String>) {
    let number = |line: &Line| match wanted.sort {
        Sort::Clicks => line.counted.clicks as f64,
        Sort::Shares => line.counted.shares as f64,
        Sort::Machine => line.counted.machine as f64,
        Sort::PerShare => line.per_share.unwrap_or(0.0),
    };
    let top: Vec<&Line> = report.lines.iter().filter(|l| number(l) > 0.0).take(10).collect();
    let Some(best) = top.first() else { return (String::new(), None) };
    let what = match wanted.sort {
        Sort::Clicks => "was clicked most",
        Sort::Shares => "was shared most",
        Sort::PerShare => "brought the most clicks a share",
        Sort::Machine => "drew the most machines",
    };
    let title = format!("“{}” {what}", best.label);
    let svg = bar_chart(&BarChart {
        title: title.clone(),
        description: format!("The first ten, {}", wanted.window.label()),
        labels: top.iter().map(|l| l.label.clone()).collect(),
        series: vec![Series::new(what, top.iter().map(|l| number(l)))],
        unit: String::new(),
        layout: BarLayout::Grouped,
        direction: BarDirection::Across,
    });
    (title, Some(svg))
}

async fn download(app: Data<App>, _caller: MarketingOrHr, query: Query<PageQuery>) -> Result<HttpResponse, AppError> {
    let (today, wanted) = (app.now().day(), query.wanted());
    content_file(app.read(move |db| content(db, today, wanted)).await?.lines)
}

pub fn routes(config: &mut ServiceConfig) {
    config.route(PATH, get().to(show)).route("/reports/content.csv", get().to(download));
}
