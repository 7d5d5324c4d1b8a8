use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Datelike;
use serde::{Deserialize, Serialize};

use super::{Status, status};
use crate::app::App;
use crate::db::{Db, MemberId, ShareId, Ts};
use crate::error::AppError;
use crate::identity::SignedIn;
use crate::sharing::queries::{self, Listed};
use crate::sharing::share::{ShareMode, ShareState};
use crate::tracking::{self, Clicks};
use crate::web::{Html, Shown, When};

const LIMIT: i64 = 20;

#[derive(Serialize)]
struct SharesPage {
    tiles: Vec<Tile>,
    tabs: Vec<Tab>,
    open: Vec<OpenRow>,
    shares: Vec<Row>,
    prev: Option<String>,
    next: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Tile {
    pub label: &'static str,
    pub value: String,
    pub href: Option<&'static str>,
    pub change: Option<()>,
    pub note: Option<String>,
    pub definition: Option<&'static str>,
    pub sparkline: Option<String>,
}

impl Tile {
    pub(super) fn of(label: &'static str, value: i64) -> Self {
        let value = number(value);
        Self { label, value, href: None, change: None, note: None, definition: None, sparkline: None }
    }
}

/// As the template helper `number` writes it.
pub(super) fn number(n: i64) -> String {
    let digits = n.to_string();
    let groups: Vec<String> = digits.chars().rev().collect::<Vec<_>>().chunks(3).map(|c| c.iter().rev().collect()).rev().collect();
    groups.join("\u{202f}")
}

#[derive(Serialize)]
struct Tab {
    href: String,
    label: &'static str,
    current: bool,
    count: Option<String>,
}

#[derive(Serialize)]
struct OpenRow {
    id: String,
    title: String,
    href: String,
    network: &'static str,
    network_label: &'static str,
    when: When,
    confirm: String,
    cancel: String,
}

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    href: String,
    network: &'static str,
    network_label: &'static str,
    when: When,
    status: Status,
    clicks: i64,
    machine: i64,
    points: Option<i64>,
    post_href: Option<String>,
    link: Option<String>,
    problem: Option<Problem>,
    cancel: Option<String>,
}

#[derive(Serialize)]
struct Problem {
    text: String,
    href: String,
    label: &'static str,
}

/// The views of the list.
const TABS: [(&str, &str, &[ShareState]); 4] = [
    ("", "All", &[]),
    ("posted", "Posted", &[ShareState::Confirmed]),
    ("opened", "To confirm", &[ShareState::Opened]),
    ("failed", "Needs you", &[ShareState::Failed, ShareState::NeedsReconnect, ShareState::Recalled]),
];

#[derive(Deserialize)]
pub struct Ask {
    #[serde(default)]
    state: String,
    after: Option<String>,
}

struct Seen {
    rows: Vec<(Listed, Clicks)>,
    open: Vec<Listed>,
    counts: std::collections::HashMap<ShareState, i64>,
    month_shares: i64,
    month_clicks: Clicks,
}

fn see(db: &mut Db, member: MemberId, states: &[ShareState], after: Option<ShareId>, now: Ts) -> Result<Seen, AppError> {
    let rows = queries::list(db, member, states, after, LIMIT + 1)?;
    let links: Vec<_> = rows.iter().map(|r| r.share.link_id).collect();
    let mut clicks = tracking::clicks_of_links(db, &links)?;
    let month = now.day().with_day(1).unwrap_or_else(|| now.day());
    let since = month.and_hms_opt(0, 0, 0).map_or(now, |at| at.and_utc().into());
    Ok(Seen {
        rows: rows
            .into_iter()
            .map(|row| {
                let of = clicks.remove(&row.share.link_id).unwrap_or_default();
                (row, of)
            })
            .collect(),
        open: queries::list(db, member, &[ShareState::Opened], None, 5)?,
        counts: queries::states(db, member)?,
        month_shares: i64::try_from(queries::confirmed_since(db, member, since)?.len()).unwrap_or(i64::MAX),
        month_clicks: tracking::clicks_of_member(db, member, month)?,
    })
}

pub async fn show(app: Data<App>, request: HttpRequest, caller: SignedIn, ask: Query<Ask>) -> Result<HttpResponse, AppError> {
    let (view, _, states) = TABS.into_iter().find(|(name, ..)| *name == ask.state).unwrap_or(("", "All", &[]));
    let after = ask.after.as_deref().and_then(|a| a.parse().ok());
    let (member, now) = (caller.id, app.now());
    let mut seen = app.read(move |db| see(db, member, states, after, now)).await?;
    let shown = caller.shown(now);
    let limit = usize::try_from(LIMIT).unwrap_or(20);
    let more = seen.rows.len() > limit;
    seen.rows.truncate(limit);
    let last = seen.rows.last().map(|(row, _)| row.share.id).filter(|_| more);
    let first_page = format!("/shares{}", if view.is_empty() { String::new() } else { format!("?state={view}") });
    let page = SharesPage {
        tiles: tiles(&seen),
        tabs: TABS.iter().map(|tab| self::tab(tab, view, &seen)).collect(),
        open: if after.is_none() && view != "opened" {
            seen.open.into_iter().map(|row| open_row(row, shown)).collect()
        } else {
            Vec::new()
        },
        prev: after.map(|_| first_page),
        next: last.map(|id| format!("/shares?state={view}&after={id}")),
        shares: seen.rows.into_iter().map(|(row, clicks)| self::row(row, clicks, &app, shown)).collect(),
    };
    Html::new(&app, &request, "sharing/my_shares", "My shares").render(&page)
}

fn tiles(seen: &Seen) -> Vec<Tile> {
    let waiting = [ShareState::Opened, ShareState::Failed, ShareState::NeedsReconnect, ShareState::Recalled];
    let waiting = waiting.iter().map(|s| seen.counts.get(s).copied().unwrap_or(0)).sum();
    vec![
        Tile {
            definition: Some("Shares that a network confirmed, or that you said are out."),
            ..Tile::of("Posted this month", seen.month_shares)
        },
        Tile {
            definition: Some("Requests that Herald judges to be people. Previews, scanners and your own clicks are left out."),
            note: Some(format!("{} more by machines", number(seen.month_clicks.excluded()))),
            href: Some("/impact"),
            ..Tile::of("People who clicked this month", seen.month_clicks.human)
        },
        Tile::of("Waiting for your word", waiting),
    ]
}

fn tab((name, label, states): &(&'static str, &'static str, &'static [ShareState]), view: &str, seen: &Seen) -> Tab {
    let sum: i64 =
        if states.is_empty() { seen.counts.values().sum() } else { states.iter().map(|s| seen.counts.get(s).copied().unwrap_or(0)).sum() };
    Tab {
        href: if name.is_empty() { "/shares".into() } else { format!("/shares?state={name}") },
        label,
        current: *name == view,
        count: (sum > 0).then(|| number(sum)),
    }
}

fn open_row(row: Listed, shown: Shown) -> OpenRow {
    let id = row.share.id;
    OpenRow {
        id: id.to_string(),
        title: row.title,
        href: format!("/shares/{id}"),
        network: row.share.network.as_str(),
        network_label: row.share.network.label(),
        when: shown.when(row.share.opened_at.unwrap_or(row.share.created_at)),
        confirm: format!("/shares/{id}/confirm"),
        cancel: format!("/shares/{id}/cancel"),
    }
}

fn row(row: Listed, clicks: Clicks, app: &App, shown: Shown) -> Row {
    let share = &row.share;
    let (id, state) = (share.id, share.state);
    let at = share.confirmed_at.or(share.opened_at).unwrap_or(share.created_at);
    let help = match state {
        ShareState::NeedsReconnect => Some(("/account/networks".to_owned(), "Connect again and post")),
        ShareState::Failed => Some((format!("/shares/{id}"), "Share by link")),
        ShareState::Recalled => Some((share.remote_url.clone().unwrap_or_else(|| format!("/shares/{id}")), "Take it down")),
        ShareState::Cancelled if share.failure.is_some() => Some((format!("/shares/{id}"), "Details")),
        _ => None,
    };
    let pending = share.may_be_cancelled() && !matches!(state, ShareState::Failed);
    Row {
        href: format!("/shares/{id}"),
        network: share.network.as_str(),
        network_label: share.network.label(),
        when: shown.when(at),
        status: status(state),
        clicks: clicks.human,
        machine: clicks.excluded(),
        points: None,
        post_href: share.remote_url.clone(),
        link: (state != ShareState::Recalled).then(|| tracking::short_address(&app.config, &row.slug)),
        problem: help.map(|(href, label)| Problem { text: share.failure.clone().unwrap_or_default(), href, label }),
        cancel: (pending && share.mode == ShareMode::Api).then(|| format!("/shares/{id}/cancel")),
        id: id.to_string(),
        title: row.title,
    }
}
