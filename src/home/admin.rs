use actix_web::{HttpRequest, HttpResponse};
use chrono::Duration;
use serde::Serialize;

use super::{Link, Tab, Tile, queries};
use crate::administration::{self, Health, State};
use crate::app::App;
use crate::audit;
use crate::db::{Db, Ts};
use crate::error::AppError;
use crate::identity::Caller;
use crate::web::{Html, Shown, When};

#[derive(Serialize)]
struct Overall {
    kind: State,
    title: String,
    text: &'static str,
}

#[derive(Serialize)]
struct Need {
    icon: &'static str,
    kind: &'static str,
    title: String,
    text: String,
    action: Link,
}

#[derive(Serialize)]
struct Check {
    label: &'static str,
    kind: State,
    state: &'static str,
    detail: String,
}

#[derive(Serialize)]
struct Recent {
    icon: &'static str,
    kind: &'static str,
    title: String,
    when: When,
    who: String,
    text: Option<String>,
}

#[derive(Serialize)]
struct Page {
    tabs: Vec<Tab>,
    state: Overall,
    needs: Vec<Need>,
    checks: Vec<Check>,
    tiles: Vec<Tile>,
    recent: Vec<Recent>,
    version: &'static str,
    health_href: Option<&'static str>,
    audit_href: Option<&'static str>,
}

struct Loaded {
    health: Health,
    members: (i64, i64, i64),
    forgotten: i64,
    sources: Vec<(String, i32, Option<String>)>,
    live: i64,
    week: (i64, i64),
    recent: Vec<audit::Entry>,
}

/// An invitation that nobody followed for this long wants a reminder.
const INVITATION_DAYS: i64 = 7;

fn load(db: &mut Db, now: Ts) -> Result<Loaded, AppError> {
    let (week, before) = (now.minus(Duration::days(7)), now.minus(Duration::days(14)));
    Ok(Loaded {
        health: administration::health(db, now)?,
        members: queries::member_counts(db, now.minus(Duration::days(30)))?,
        forgotten: queries::forgotten_invitations(db, now.minus(Duration::days(INVITATION_DAYS)))?,
        sources: queries::failing_sources(db)?,
        live: queries::live_items(db, now)?,
        week: (queries::posted_since(db, None, week, now)?, queries::posted_since(db, None, before, week)?),
        recent: audit::newest(db, None, None, 6)?,
    })
}

pub(super) async fn show(app: &App, request: &HttpRequest, caller: &Caller, tabs: Vec<Tab>) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let loaded = app.read(move |db| load(db, now)).await?;
    let shown = caller.shown(now);
    let needs = needs(&loaded);
    let (active, invited, fresh) = loaded.members;
    let page = Page {
        tabs,
        state: overall(&needs),
        checks: checks(&loaded.health),
        tiles: vec![
            Tile::of("Members", active).href("/members").note(format!("{fresh} new in 30 days")),
            Tile::of("Invited", invited).note("have not signed in yet"),
            Tile::of("Live pieces", loaded.live),
            Tile::of("Shares this week", loaded.week.0).against(loaded.week.0, loaded.week.1, "the week before"),
        ],
        recent: loaded.recent.into_iter().map(|entry| recent(entry, shown)).collect(),
        needs,
        version: env!("CARGO_PKG_VERSION"),
        health_href: Some("/system"),
        audit_href: Some("/system#audit"),
    };
    Html::new(app, request, "home/admin", "Home").render(&page)
}

fn overall(needs: &[Need]) -> Overall {
    let bad = needs.iter().any(|n| n.kind == "bad");
    let title = match needs.len() {
        0 => "All is well".to_owned(),
        1 => "Running, one thing to do".to_owned(),
        n => format!("Running, {n} things to do"),
    };
    let (kind, text) = match (bad, needs.is_empty()) {
        (_, true) => (State::Good, "Everything answers, and nothing waits for you."),
        (true, _) => (State::Bad, "Something does not work: look at it first."),
        _ => (State::Warn, "Everything answers. Some things want a hand when you have time."),
    };
    Overall { kind, title, text }
}

fn need(icon: &'static str, kind: &'static str, title: String, text: impl Into<String>, (href, label): (&str, &str)) -> Need {
    Need { icon, kind, title, text: text.into(), action: Link { href: href.into(), label: label.into() } }
}

fn needs(loaded: &Loaded) -> Vec<Need> {
    let health = &loaded.health;
    let mut found = Vec::new();
    if !health.pending_migrations.is_empty() {
        let text = "Stop Herald, type “herald migrate”, and start it again.";
        found.push(need("warn", "bad", "The database is behind this version".into(), text, ("/system", "Look")));
    }
    if health.late {
        let text = "No worker runs: publishing, feeds, mail and points wait.";
        found.push(need("clock", "bad", "Background work stands still".into(), text, ("/system", "Look")));
    }
    if health.jobs.dead > 0 {
        let title = format!("{} given up", count(health.jobs.dead, "job was", "jobs were"));
        found.push(need("undo", "bad", title, "See why, mend it and run it again.", ("/system#h-jobs", "See why")));
    }
    if health.mails.failed > 0 {
        let title = format!("{} not leave", count(health.mails.failed, "mail could", "mails could"));
        found.push(need("email", "bad", title, "See what the mail server answered.", ("/system#h-mail", "See why")));
    }
    if health.mails.kept > 0 {
        let title = format!("{} kept, not sent", count(health.mails.kept, "mail is", "mails are"));
        found.push(need("email", "warn", title, "Set HERALD_SMTP_URL, so that invitations reach people.", ("/system#h-mail", "See them")));
    }
    for (title, failures, error) in &loaded.sources {
        let text = error.clone().unwrap_or_else(|| "It gave no reason.".into());
        found.push(need("download", "warn", format!("“{title}” has failed {failures} times"), text, ("/sources", "Sources")));
    }
    if loaded.forgotten > 0 {
        let title = format!("{} not come for a week", count(loaded.forgotten, "invited member has", "invited members have"));
        found.push(need(
            "people",
            "info",
            title,
            "Send the invitation again, or ask whether they want to.",
            ("/members?status=invited", "See them"),
        ));
    }
    found
}

fn count(n: i64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn checks(health: &Health) -> Vec<Check> {
    let check = |label, kind, state, detail: String| Check { label, kind, state, detail };
    let work = if health.late {
        check("Background work", State::Bad, "Stands still", "No worker runs".into())
    } else if health.jobs.dead > 0 {
        check("Background work", State::Warn, "Look", format!("{} given up", health.jobs.dead))
    } else {
        check("Background work", State::Good, "Good", format!("{} waiting, {} running", health.jobs.ready, health.jobs.running))
    };
    let m = health.mails;
    let mail = match (m.failed, m.kept) {
        (0, 0) => check("Mail", State::Good, "Good", format!("{} sent, {} waiting", m.sent, m.queued)),
        (0, kept) => check("Mail", State::Warn, "Not set up", format!("{kept} kept, no mail server is set")),
        (failed, _) => check("Mail", State::Bad, "Fails", format!("{failed} could not leave")),
    };
    let database = if health.pending_migrations.is_empty() {
        check("Database", State::Good, "Good", format!("{}, {}", health.database, administration::size(health.database_bytes)))
    } else {
        check("Database", State::Bad, "Behind", format!("{} migrations have not run", health.pending_migrations.len()))
    };
    vec![database, work, mail]
}

fn recent(entry: audit::Entry, shown: Shown) -> Recent {
    let action = administration::action_label(&entry.action);
    let mut letters = action.chars();
    let title: String = letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
    let slice = entry.action.split(['.', '_']).next().unwrap_or_default();
    let icon = match slice {
        "member" | "members" | "role" | "roles" | "group" => "people",
        "setting" | "point" => "settings",
        "item" | "revision" | "caption" => "library",
        "share" | "link" => "shares",
        _ => "dot",
    };
    Recent { icon, kind: "info", title, when: shown.when(entry.at), who: entry.actor, text: None }
}
