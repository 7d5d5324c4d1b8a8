//! `/system`: is it well, what needs a hand, and what was done.
use actix_web::web::{Data, Path, Query, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::queries;
use super::state::{Health, action_label, health, job_label, size};
use crate::app::App;
use crate::audit::{self, Verified};
use crate::db::{JobId, Tx};
use crate::error::AppError;
use crate::identity::Admin;
use crate::jobs::{self, JobState};
use crate::web::{Flash, Form, Html, Page, Shown, When, redirect};

#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Dead {
    id: JobId,
    label: String,
    attempts: i32,
    error: String,
    when: When,
    action: String,
}

#[derive(Serialize)]
struct Recurring {
    label: String,
    when: When,
    late: bool,
}

#[derive(Serialize)]
struct Mail {
    recipient: String,
    subject: String,
    failed: bool,
    error: Option<String>,
    when: When,
}

#[derive(Serialize)]
struct Entry {
    seq: i64,
    when: When,
    actor: String,
    action: String,
    subject: String,
    subject_href: String,
    detail: String,
}

#[derive(Serialize)]
struct SystemPage {
    facts: Vec<Fact>,
    late: bool,
    pending: bool,
    ready: i64,
    running: i64,
    dead_count: i64,
    dead: Vec<Dead>,
    recurring: Vec<Recurring>,
    mail_facts: Vec<Fact>,
    mails: Vec<Mail>,
    entries: Vec<Entry>,
    subject: String,
    newest_href: Option<String>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct AuditQuery {
    #[serde(default)]
    subject: String,
    before: Option<i64>,
}

const ENTRIES: i64 = 25;

async fn show(app: Data<App>, request: HttpRequest, caller: Admin, query: Query<AuditQuery>) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let (subject, before) = (query.subject.replace('\0', "").trim().to_owned(), query.before);
    let wanted = subject.clone();
    let (health, dead, mails, entries) = app
        .read(move |db| {
            let filter = (!wanted.is_empty()).then_some(wanted.as_str());
            let dead = jobs::list(db, Some(JobState::Dead), None, 50)?;
            Ok((health(db, now)?, dead, queries::stuck_mails(db, 10)?, audit::newest(db, filter, before, ENTRIES + 1)?))
        })
        .await?;
    let shown = caller.shown(now);
    let whole = Page::of(entries, ENTRIES, |e| e.seq.to_string());
    let tail = |before: Option<&str>| {
        let before = before.map(|b| format!("&before={b}")).unwrap_or_default();
        format!("/system?subject={}{before}#audit", percent_encoding::utf8_percent_encode(&subject, percent_encoding::NON_ALPHANUMERIC))
    };
    let page = SystemPage {
        facts: facts(&health),
        late: health.late,
        pending: !health.pending_migrations.is_empty(),
        ready: health.jobs.ready,
        running: health.jobs.running,
        dead_count: health.jobs.dead,
        dead: dead.into_iter().map(|job| dead_row(job, shown)).collect(),
        recurring: health
            .schedules
            .iter()
            .map(|(name, next)| Recurring { label: job_label(name), when: shown.when(*next), late: now > *next && health.late })
            .collect(),
        mail_facts: mail_facts(&health),
        mails: mails.into_iter().map(|mail| mail_row(mail, shown)).collect(),
        next: whole.next.as_deref().map(|next| tail(Some(next))),
        entries: whole.items.into_iter().map(|entry| entry_row(entry, shown)).collect(),
        newest_href: before.map(|_| tail(None)),
        subject: subject.clone(),
    };
    Html::new(&app, &request, "administration/system", "System").render(&page)
}

fn facts(health: &Health) -> Vec<Fact> {
    let migrations = match health.pending_migrations.len() {
        0 => "up to date".to_owned(),
        n => format!("{n} not run: stop Herald and type “herald migrate”"),
    };
    vec![
        Fact { label: "Version", value: env!("CARGO_PKG_VERSION").into() },
        Fact { label: "Database", value: format!("{}, {}", health.database, size(health.database_bytes)) },
        Fact { label: "Schema", value: migrations },
    ]
}

fn mail_facts(health: &Health) -> Vec<Fact> {
    let m = health.mails;
    [("Sent", m.sent), ("Waiting", m.queued), ("Kept, not sent", m.kept), ("Failed", m.failed)]
        .map(|(label, n)| Fact { label, value: crate::web::grouped(n) })
        .into()
}

fn dead_row(job: jobs::JobRow, shown: Shown) -> Dead {
    Dead {
        label: job_label(&job.name),
        attempts: job.attempts,
        error: job.last_error.unwrap_or_else(|| "no reason was kept".into()),
        when: shown.when(job.created_at),
        action: format!("/system/jobs/{}/rerun", job.id),
        id: job.id,
    }
}

fn mail_row(mail: queries::StuckMail, shown: Shown) -> Mail {
    Mail {
        recipient: mail.recipient,
        subject: mail.subject,
        failed: mail.state == "failed",
        error: mail.last_error,
        when: shown.when(mail.created_at),
    }
}

fn entry_row(entry: audit::Entry, shown: Shown) -> Entry {
    let encoded = percent_encoding::utf8_percent_encode(&entry.subject, percent_encoding::NON_ALPHANUMERIC);
    Entry {
        seq: entry.seq,
        when: shown.when(entry.at),
        actor: entry.actor,
        action: action_label(&entry.action),
        subject_href: format!("/system?subject={encoded}#audit"),
        subject: entry.subject,
        detail: entry.detail,
    }
}

#[derive(Deserialize)]
struct Nothing {}

/// Puts a dead job back to ready, with a line in the audit log.
///
/// # Errors
/// Not found when no dead job has this id.
pub fn rerun(tx: &mut Tx<'_>, id: JobId) -> Result<(), AppError> {
    jobs::rerun(tx, id)?;
    audit::record(tx, "job.rerun", &id.to_string(), &json!({}))
}

async fn run_again(app: Data<App>, caller: Admin, id: Path<String>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id: JobId = id.parse().map_err(|_| AppError::NotFound("This job"))?;
    app.write(caller.actor(), move |tx| rerun(tx, id)).await?;
    Ok(redirect(&app, "/system", Some(&Flash::good("The job runs again. It leaves the list when it is done."))))
}

async fn verify(app: Data<App>, _caller: Admin, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let said = match app.read(audit::verify).await? {
        Verified::Whole { entries, .. } => Flash::good(format!("The chain is whole: all {entries} entries follow from each other.")),
        Verified::Broken { seq, why } => {
            Flash::bad(format!("The chain is broken at entry {seq}: {why}. Keep a copy of the database and find out who had access."))
        }
    };
    Ok(redirect(&app, "/system", Some(&said)))
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/system", get().to(show))
        .route("/system/jobs/{id}/rerun", post().to(run_again))
        .route("/system/verify", post().to(verify));
}
