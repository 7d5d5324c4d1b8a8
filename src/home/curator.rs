use actix_web::{HttpRequest, HttpResponse};
use chrono::Duration;
use serde::Serialize;

use super::queries::{self, Waiting};
use super::{Tab, Tile};
use crate::app::App;
use crate::db::{Db, Ts};
use crate::error::AppError;
use crate::identity::Caller;
use crate::reports::{self, By, ContentReport, Sort, Wanted, Window};
use crate::web::{Html, Shown, When};

#[derive(Serialize)]
struct Action {
    href: String,
    label: &'static str,
    icon: Option<&'static str>,
}

#[derive(Serialize)]
struct Status {
    kind: &'static str,
    label: &'static str,
}

#[derive(Serialize)]
struct Waits {
    title: String,
    href: String,
    note: String,
    status: Status,
    action: Action,
}

#[derive(Serialize)]
struct Ending {
    title: String,
    href: String,
    when: When,
    shares: i64,
}

#[derive(Serialize)]
struct Works {
    title: String,
    href: String,
    shares: i64,
    clicks: i64,
    share_of_best: i64,
}

#[derive(Serialize)]
struct Page {
    tabs: Vec<Tab>,
    lead: String,
    new: Action,
    tiles: Vec<Tile>,
    waiting: Vec<Waits>,
    ending: Vec<Ending>,
    works: Vec<Works>,
    works_title: String,
    suggestions: i64,
    suggestions_href: &'static str,
    report_href: &'static str,
    calendar_href: Option<String>,
}

struct Loaded {
    live: i64,
    in_review: i64,
    drafts: i64,
    waiting: Vec<Waiting>,
    ending: Vec<(crate::db::ItemId, String, Ts, i64)>,
    report: ContentReport,
    week: (i64, i64),
}

fn load(db: &mut Db, now: Ts) -> Result<Loaded, AppError> {
    let mut waiting = queries::waiting(db, "rejected", 5)?;
    waiting.extend(queries::waiting(db, "draft", 8)?);
    waiting.truncate(8);
    let mut ending = Vec::new();
    for (item, title, ends) in queries::ending(db, now, now.plus(Duration::days(7)))? {
        ending.push((item, title, ends, queries::shares_of_item(db, item)?));
    }
    let wanted = Wanted { by: By::Item, window: Window::Month, sort: Sort::Clicks, topic: None, network: None };
    let (week, before) = (now.minus(Duration::days(7)), now.minus(Duration::days(14)));
    Ok(Loaded {
        live: queries::live_items(db, now)?,
        in_review: queries::in_review(db)?,
        drafts: queries::drafts(db)?,
        waiting,
        ending,
        report: reports::content(db, now.day(), wanted)?,
        week: (queries::posted_since(db, None, week, now)?, queries::posted_since(db, None, before, week)?),
    })
}

pub(super) async fn show(app: &App, request: &HttpRequest, caller: &Caller, tabs: Vec<Tab>) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let loaded = app.read(move |db| load(db, now)).await?;
    let page = page(loaded, caller.shown(now), tabs);
    Html::new(app, request, "home/curator", "Home").render(&page)
}

fn page(loaded: Loaded, shown: Shown, tabs: Vec<Tab>) -> Page {
    let pieces = |n: i64| if n == 1 { "1 piece".to_owned() } else { format!("{n} pieces") };
    let waits = match loaded.drafts {
        0 => "Nothing waits for you.".to_owned(),
        n => format!("{} for you.", if n == 1 { "1 waits".into() } else { format!("{n} wait") }),
    };
    let works = works(&loaded.report);
    Page {
        tabs,
        lead: format!("{} {} live. {waits}", pieces(loaded.live), if loaded.live == 1 { "is" } else { "are" }),
        new: Action { href: "/library/new".into(), label: "New piece", icon: Some("plus") },
        tiles: vec![
            Tile::of("Live pieces", loaded.live).href("/library?status=live"),
            Tile::of("Shares this week", loaded.week.0).against(loaded.week.0, loaded.week.1, "the week before"),
            Tile::of("People who clicked", loaded.report.sum.clicks)
                .note("in 30 days")
                .definition("Requests on short links judged human. Machines are counted apart."),
            Tile::of("In review", loaded.in_review).note("wait for an approver"),
        ],
        works_title: works.first().map_or_else(|| "What works".into(), |best| format!("“{}” works best", super::excerpt(&best.title, 50))),
        works,
        waiting: loaded.waiting.into_iter().map(|w| waits_row(w, shown)).collect(),
        ending: loaded
            .ending
            .into_iter()
            .map(|(item, title, ends, shares)| Ending { title, href: format!("/library/{item}"), when: shown.when(ends), shares })
            .collect(),
        suggestions: 0,
        suggestions_href: "/library",
        report_href: "/reports/content",
        calendar_href: None,
    }
}

fn works(report: &ContentReport) -> Vec<Works> {
    let best = report.lines.first().map_or(0, |l| l.counted.clicks).max(1);
    let clicked = report.lines.iter().filter(|l| l.counted.clicks + l.counted.shares > 0).take(5);
    clicked
        .map(|l| Works {
            title: l.label.clone(),
            href: format!("/library/{}", l.id),
            shares: l.counted.shares,
            clicks: l.counted.clicks,
            share_of_best: l.counted.clicks * 100 / best,
        })
        .collect()
}

fn waits_row(waiting: Waiting, shown: Shown) -> Waits {
    let since = shown.when(waiting.updated_at).text;
    let rejected = waiting.state == "rejected";
    let note = match (&waiting.note, rejected) {
        (Some(note), true) => format!("Sent back: “{}”", super::excerpt(note, 160)),
        (None, true) => format!("Sent back, {since}"),
        _ if waiting.from_source.is_some() => format!("Came in from a feed, {since}"),
        _ => format!("Draft, last changed {since}"),
    };
    Waits {
        title: if waiting.title.is_empty() { "Untitled".into() } else { waiting.title },
        href: format!("/library/{}", waiting.id),
        note,
        status: if rejected { Status { kind: "bad", label: "Sent back" } } else { Status { kind: "plain", label: "Draft" } },
        action: Action {
            href: format!("/library/{}/edit", waiting.id),
            label: if rejected { "Correct it" } else { "Finish it" },
            icon: None,
        },
    }
}
