use actix_web::{HttpRequest, HttpResponse};
use chrono::{Days, Timelike};
use serde::Serialize;

use super::queries::{self, Posted};
use super::{Link, Tab, excerpt};
use crate::app::App;
use crate::db::{Db, MemberId, Ts};
use crate::error::AppError;
use crate::identity::Caller;
use crate::library::{self, FeedItem, FeedQuery};
use crate::network::Network;
use crate::recognition::{self, Period, Rank, Span, ordinal};
use crate::tracking::{self, Clicks};
use crate::web::chart::sparkline;
use crate::web::{Html, Shown, When};

#[derive(Serialize)]
struct Picture {
    src: String,
    alt: String,
}

#[derive(Serialize)]
struct Card {
    href: String,
    title: String,
    summary: String,
    kind: &'static str,
    kind_icon: &'static str,
    image: Option<Picture>,
    topics: Vec<String>,
    why: Option<String>,
    when: Option<When>,
    ends: Option<When>,
    pinned: bool,
    fresh: bool,
    shared: Option<Link>,
    share: Option<Link>,
    status: Option<Link>,
    note: Option<String>,
}

#[derive(Serialize)]
struct Notice {
    kind: &'static str,
    title: Option<String>,
    text: String,
    link: Option<Link>,
}

#[derive(Serialize)]
struct Last {
    title: String,
    href: String,
    network: Network,
    network_label: &'static str,
    when: When,
    clicks: i64,
    raw: i64,
    sentence: String,
    sparkline: String,
}

#[derive(Serialize)]
struct Month {
    points: i64,
    shares: i64,
    clicks: i64,
    rank: Option<String>,
    why_href: Option<&'static str>,
}

#[derive(Serialize)]
struct Page {
    tabs: Vec<Tab>,
    hello: String,
    lead: &'static str,
    notices: Vec<Notice>,
    picks: Vec<Card>,
    last: Option<Last>,
    to_confirm: i64,
    month: Month,
    kudos: Vec<()>,
    goal: Option<()>,
}

struct Loaded {
    picks: Vec<FeedItem>,
    posted: Vec<(Posted, Clicks)>,
    days: Vec<f64>,
    to_confirm: i64,
    points: i64,
    rank: Option<Rank>,
    shares: i64,
    clicks: i64,
    lost: Vec<Network>,
}

/// How many pieces of the feed are looked at for three that were not shared.
const CANDIDATES: i64 = 40;
const SPARK_DAYS: u64 = 14;

fn load(db: &mut Db, me: MemberId, now: Ts) -> Result<Loaded, AppError> {
    let today = now.day();
    let month = Period::containing(Span::Month, today);
    let first = month.first_day().unwrap_or(today);
    let posted = queries::posted(db, me, 6)?;
    let links: Vec<_> = posted.iter().map(|p| p.link).collect();
    let clicks = tracking::clicks_of_links(db, &links)?;
    let days = match posted.first() {
        Some(last) => by_day(db, last, today)?,
        None => Vec::new(),
    };
    Ok(Loaded {
        picks: picks(db, me, now)?,
        posted: posted.into_iter().map(|p| (clicks.get(&p.link).copied().unwrap_or_default(), p)).map(|(c, p)| (p, c)).collect(),
        days,
        to_confirm: queries::opened(db, me)?,
        points: recognition::points_of(db, me, month)?,
        rank: recognition::rank_of(db, me, month, None)?,
        shares: queries::posted_since(
            db,
            Some(me),
            first.and_time(chrono::NaiveTime::MIN).and_utc().into(),
            now.plus(chrono::Duration::seconds(1)),
        )?,
        clicks: tracking::clicks_of_member(db, me, first)?.human,
        lost: queries::lost_connections(db, me)?,
    })
}

fn by_day(db: &mut Db, last: &Posted, today: chrono::NaiveDate) -> Result<Vec<f64>, AppError> {
    let from = today - Days::new(SPARK_DAYS - 1);
    let counted = queries::clicks_by_day(db, last.link, from)?;
    let of = |day| counted.iter().find(|(d, _)| *d == day).map_or(0, |(_, n)| *n);
    Ok((0..SPARK_DAYS).map(|i| f64::from(i32::try_from(of(from + Days::new(i))).unwrap_or(i32::MAX))).collect())
}

/// The first three pieces of the member's feed that they have not shared.
fn picks(db: &mut Db, me: MemberId, now: Ts) -> Result<Vec<FeedItem>, AppError> {
    let feed = library::feed(db, me, &FeedQuery { limit: CANDIDATES, ..FeedQuery::default() }, now)?;
    Ok(feed.items.into_iter().filter(|item| item.shared.is_empty()).take(3).collect())
}

pub(super) async fn show(app: &App, request: &HttpRequest, caller: &Caller, tabs: Vec<Tab>) -> Result<HttpResponse, AppError> {
    let (me, now) = (caller.id, app.now());
    let loaded = app.read(move |db| load(db, me, now)).await?;
    let shown = caller.shown(now);
    let page = Page {
        tabs,
        hello: hello(caller, now),
        lead: if loaded.picks.is_empty() {
            "What your shares did, and where you stand."
        } else {
            "Pieces that fit you. Sharing one takes a minute."
        },
        notices: loaded.lost.iter().map(|network| lost(*network)).collect(),
        to_confirm: loaded.to_confirm,
        month: Month {
            points: loaded.points,
            shares: loaded.shares,
            clicks: loaded.clicks,
            rank: loaded.rank.map(|rank| format!("{} of {}", ordinal(rank.place), rank.of)),
            why_href: loaded.rank.map(|_| "/leaderboard/why?period=month"),
        },
        last: last(&loaded, shown),
        picks: loaded.picks.into_iter().map(|item| card(item, shown)).collect(),
        kudos: Vec::new(),
        goal: None,
    };
    Html::new(app, request, "home/advocate", "Home").render(&page)
}

fn hello(caller: &Caller, now: Ts) -> String {
    let greeting = match now.utc().with_timezone(&caller.zone).hour() {
        5..=11 => "Good morning",
        12..=17 => "Good afternoon",
        _ => "Good evening",
    };
    format!("{greeting}, {}", caller.name.split_whitespace().next().unwrap_or(&caller.name))
}

fn lost(network: Network) -> Notice {
    Notice {
        kind: "warn",
        title: Some(format!("{} no longer answers for your account.", network.label())),
        text: "Connect it again and nothing is lost.".into(),
        link: Some(Link { href: "/account/networks".into(), label: "Connect it again".into() }),
    }
}

fn card(item: FeedItem, shown: Shown) -> Card {
    let soon = item.expires_at.filter(|at| at.since(shown.now) < chrono::Duration::days(7));
    Card {
        href: format!("/items/{}", item.id),
        share: Some(Link { href: format!("/share/{}", item.id), label: "Share".into() }),
        title: item.title,
        summary: excerpt(&item.summary, 180),
        kind: item.kind.label(),
        kind_icon: item.kind.icon(),
        image: item.image.map(|id| Picture { src: format!("/media/{id}"), alt: item.image_alt }),
        why: Some(item.why).filter(|why| !why.is_empty()),
        topics: item.topics.into_iter().map(|topic| topic.name).collect(),
        when: Some(shown.when(item.released_at)),
        ends: soon.map(|at| {
            let mut when = shown.when(at);
            when.text = format!("ends {}", when.text);
            when
        }),
        pinned: item.pinned,
        fresh: item.fresh,
        shared: None,
        status: None,
        note: None,
    }
}

fn last(loaded: &Loaded, shown: Shown) -> Option<Last> {
    let (share, clicks) = loaded.posted.first()?;
    let before: Vec<i64> = loaded.posted.iter().skip(1).map(|(_, clicks)| clicks.human).collect();
    Some(Last {
        title: share.title.clone(),
        href: format!("/shares/{}", share.id),
        network: share.network,
        network_label: share.network.label(),
        when: shown.when(share.confirmed_at.unwrap_or(shown.now)),
        clicks: clicks.human,
        raw: clicks.raw(),
        sentence: sentence(clicks.human, &before),
        sparkline: if loaded.days.iter().any(|n| *n > 0.0) { sparkline(&loaded.days) } else { String::new() },
    })
}

/// What the newest share's clicks mean beside those before it.
fn sentence(clicks: i64, before: &[i64]) -> String {
    let n = i64::try_from(before.len()).unwrap_or(0);
    match (clicks, before) {
        (0, _) => "Nobody has clicked yet. The first people often come within a few hours.".into(),
        (_, []) => "Your first share. People came: a good beginning.".into(),
        _ if before.iter().all(|b| clicks > *b) => format!("More than any of your {n} shares before it."),
        _ if clicks * n >= before.iter().sum::<i64>() => "As many as your shares usually bring, or more.".into(),
        _ => "Fewer than usual so far. Another hour or another text can change that.".into(),
    }
}
