//! `/leaderboard` and `/leaderboard/why`.
use actix_web::web::{Data, Query, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::period::{Period, Span};
use super::rank::{Rank, ordinal};
use super::why::{self, EntryKind, EntryView};
use super::{board, rules};
use crate::app::App;
use crate::db::schema::{group_members, groups};
use crate::db::{Db, EntryId, GroupId, MemberId};
use crate::error::AppError;
use crate::identity::{Caller, SignedIn, initials};
use crate::network::Network;
use crate::web::{Flash, Form, Html, Shown, When, redirect};

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
struct Place {
    place: i64,
    name: String,
    initials: String,
    note: Option<String>,
    points: i64,
    shares: i64,
    clicks: i64,
    me: bool,
}

#[derive(Serialize)]
struct Own {
    place: String,
    points: i64,
    sentence: String,
    why_href: String,
}

#[derive(Serialize)]
struct BoardPage {
    lead: String,
    periods: Vec<Tab>,
    period_label: String,
    earlier: Option<String>,
    later: Option<String>,
    views: Vec<Chip>,
    own: Option<Own>,
    rows: Vec<Place>,
    rule: String,
    points_note: &'static str,
    listed: bool,
    back: String,
}

#[derive(Deserialize)]
struct BoardQuery {
    period: Option<String>,
    group: Option<String>,
}

/// The groups a member may compare with: their own.
fn own_groups(db: &mut Db, member: MemberId) -> QueryResult<Vec<(GroupId, String)>> {
    group_members::table
        .inner_join(groups::table)
        .filter(group_members::member_id.eq(member))
        .order(groups::name.asc())
        .select((groups::id, groups::name))
        .load(db)
}

fn address(path: &str, period: &str, group: Option<GroupId>) -> String {
    let group = group.map(|g| format!("&group={g}")).unwrap_or_default();
    format!("{path}?period={period}{group}")
}

fn tabs(path: &str, period: Period, today: chrono::NaiveDate, group: Option<GroupId>) -> Vec<Tab> {
    Span::ALL
        .iter()
        .map(|span| Tab {
            href: address(path, span.as_str(), group),
            label: span.label().into(),
            current: Period::containing(*span, today).span() == period.span(),
        })
        .collect()
}

struct BoardData {
    rows: Vec<board::Row>,
    rank: Option<Rank>,
    above: Option<Rank>,
    groups: Vec<(GroupId, String)>,
    rule: String,
    listed: bool,
}

fn load_board(db: &mut Db, member: MemberId, period: Period, group: Option<GroupId>, now: crate::db::Ts) -> Result<BoardData, AppError> {
    let groups = own_groups(db, member)?;
    if let Some(group) = group
        && !groups.iter().any(|(id, _)| *id == group)
    {
        return Err(AppError::NotFound("This group among yours"));
    }
    let rank = board::rank_of(db, member, period, group)?;
    let above = match (rank, group) {
        (Some(rank), None) => board::neighbours(db, period, rank.points)?.0,
        _ => None,
    };
    Ok(BoardData {
        rows: board::board(db, period, group)?,
        rank,
        above,
        groups,
        rule: rules::sentence(&rules::rules_at(db, now)?),
        listed: board::is_listed(db, member)?,
    })
}

async fn show_board(app: Data<App>, request: HttpRequest, caller: SignedIn, query: Query<BoardQuery>) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let period = Period::read(query.period.as_deref(), now.day())?;
    let group = query.group.as_deref().map(str::parse::<GroupId>).transpose().map_err(|_| AppError::NotFound("This group"))?;
    let me = caller.id;
    let data = app.read(move |db| load_board(db, me, period, group, now)).await?;
    let page = board_page(&caller, period, group, now.day(), data);
    Html::new(&app, &request, "recognition/leaderboard", "Leaderboard").render(&page)
}

fn board_page(caller: &Caller, period: Period, group: Option<GroupId>, today: chrono::NaiveDate, data: BoardData) -> BoardPage {
    let path = "/leaderboard";
    let chip = |id: Option<GroupId>, label: &str| Chip {
        href: address(path, &period.to_string(), id),
        label: label.into(),
        current: id == group,
        count: None,
        remove: false,
    };
    let mut views = vec![chip(None, "Whole company")];
    views.extend(data.groups.iter().map(|(id, name)| chip(Some(*id), name)));
    let current = Period::containing(period.span(), today);
    BoardPage {
        lead: "Who made people curious. Points come from posted shares and from people who click.".into(),
        periods: tabs(path, period, today, group),
        period_label: period.label(),
        earlier: period.earlier().map(|p| address(path, &p.to_string(), group)),
        later: period.later().filter(|p| *p <= current).map(|p| address(path, &p.to_string(), group)),
        views: if data.groups.is_empty() { Vec::new() } else { views },
        own: data.rank.map(|rank| own(rank, data.above, period)),
        rows: data.rows.into_iter().map(|row| place(row, caller.id)).collect(),
        rule: data.rule,
        points_note: Network::X.points_note().unwrap_or_default(),
        listed: data.listed,
        back: address(path, &period.to_string(), group),
    }
}

fn own(rank: Rank, above: Option<Rank>, period: Period) -> Own {
    let sentence = match above {
        Some(above) => format!("{} more and you are {}.", above.points - rank.points, ordinal(above.place)),
        None if rank.place == 1 => "Nobody has more.".into(),
        None => format!("{} people have points.", rank.of),
    };
    Own { place: ordinal(rank.place), points: rank.points, sentence, why_href: address("/leaderboard/why", &period.to_string(), None) }
}

fn place(row: board::Row, me: MemberId) -> Place {
    Place {
        place: row.place,
        initials: initials(&row.name),
        me: row.member == me,
        name: row.name,
        note: row.department,
        points: row.points,
        shares: row.shares,
        clicks: row.clicks,
    }
}

#[derive(Deserialize)]
struct ListedForm {
    listed: String,
    #[serde(default)]
    back: String,
}

async fn choose_listed(app: Data<App>, caller: SignedIn, form: Form<ListedForm>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let listed = form.listed == "yes";
    let me = caller.id;
    app.write(caller.actor(), move |tx| board::set_listed(tx, me, listed)).await?;
    let back = if form.back.starts_with("/leaderboard") { form.back.as_str() } else { "/leaderboard" };
    let said = if listed {
        "You stand on the leaderboards again."
    } else {
        "You are off the leaderboards. Your points still count for the whole."
    };
    Ok(redirect(&app, back, Some(&Flash::good(said))))
}

#[derive(Serialize)]
struct Link {
    href: String,
    label: String,
}

#[derive(Serialize)]
struct SumRow {
    label: &'static str,
    points: i64,
    note: String,
}

#[derive(Serialize)]
struct Neighbour {
    text: String,
}

#[derive(Serialize)]
struct EntryRow {
    when: When,
    title: String,
    text: Option<String>,
    href: Option<String>,
    amount: i32,
    shown: String,
    kind: EntryKind,
}

#[derive(Serialize)]
struct WhyPage {
    title: String,
    lead: String,
    back: Link,
    periods: Vec<Tab>,
    total: i64,
    sums: Vec<SumRow>,
    neighbours: Vec<Neighbour>,
    entries: Vec<EntryRow>,
    listed: bool,
    points_note: &'static str,
    prev: Option<String>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct WhyQuery {
    period: Option<String>,
    after: Option<String>,
}

const ENTRIES: i64 = 30;

async fn show_why(app: Data<App>, request: HttpRequest, caller: SignedIn, query: Query<WhyQuery>) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let period = Period::read(query.period.as_deref(), now.day())?;
    let after =
        query.after.as_deref().map(str::parse::<EntryId>).transpose().map_err(|_| AppError::Malformed("after is no entry.".into()))?;
    let me = caller.id;
    let (rank, total, sums, entries, listed, around) = app
        .read(move |db| {
            let rank = board::rank_of(db, me, period, None)?;
            let total = board::points_of(db, me, period)?;
            let around = if rank.is_some() { board::neighbours(db, period, total)? } else { (None, None) };
            let entries = why::entries(db, me, period, after, ENTRIES + 1)?;
            Ok((rank, total, why::sums(db, me, period)?, entries, board::is_listed(db, me)?, around))
        })
        .await?;
    let own_page = |cursor: Option<EntryId>| {
        let cursor = cursor.map(|c| format!("&after={c}")).unwrap_or_default();
        format!("/leaderboard/why?period={period}{cursor}")
    };
    let whole = crate::web::Page::of(entries, ENTRIES, |e| e.id.to_string());
    let title = rank.map_or_else(|| "Your points".to_owned(), |rank| format!("Why you are {}", ordinal(rank.place)));
    let page = WhyPage {
        title: title.clone(),
        lead: format!("{}: every entry that counts, and what it came from.", capitalised(&period.label())),
        back: Link { href: address("/leaderboard", &period.to_string(), None), label: "Leaderboard".into() },
        periods: tabs("/leaderboard/why", period, now.day(), None),
        total,
        sums: sums.into_iter().map(|s| SumRow { label: s.label, points: s.points, note: s.note }).collect(),
        neighbours: around_you(total, around),
        next: whole.next.as_deref().and_then(|n| n.parse().ok()).map(|n| own_page(Some(n))),
        entries: whole.items.into_iter().map(|e| entry_row(e, caller.shown(now))).collect(),
        listed,
        points_note: Network::X.points_note().unwrap_or_default(),
        prev: after.map(|_| own_page(None)),
    };
    Html::new(&app, &request, "recognition/why", &title).render(&page)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn around_you(total: i64, (above, below): (Option<Rank>, Option<Rank>)) -> Vec<Neighbour> {
    let mut found = Vec::new();
    if let Some(above) = above {
        found.push(Neighbour {
            text: format!("{} place has {} points, {} more than you.", ordinal(above.place), above.points, above.points - total),
        });
    }
    if let Some(below) = below {
        found.push(Neighbour {
            text: format!("{} place has {} points, {} fewer.", ordinal(below.place), below.points, total - below.points),
        });
    }
    found
}

fn entry_row(entry: EntryView, shown: Shown) -> EntryRow {
    EntryRow {
        when: shown.when(entry.at),
        text: match (entry.title, entry.cap_note) {
            (Some(title), Some(note)) => Some(format!("{title}. {note}.")),
            (title, note) => title.or(note),
        },
        title: entry.reason,
        href: entry.share_id.map(|share| format!("/shares/{share}")),
        amount: entry.amount,
        shown: match entry.amount {
            n if n < 0 => format!("−{}", n.unsigned_abs()),
            n => format!("+{n}"),
        },
        kind: entry.kind,
    }
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/leaderboard", get().to(show_board))
        .route("/leaderboard/why", get().to(show_why))
        .route("/leaderboard/listed", post().to(choose_listed));
}
