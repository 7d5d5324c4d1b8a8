use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::queries::{self, Queued};
use super::{Tab, excerpt, kind};
use crate::app::App;
use crate::db::{ItemId, TopicId};
use crate::error::AppError;
use crate::identity::Caller;
use crate::web::{Html, Shown, When};

#[derive(Serialize)]
struct Row {
    href: String,
    title: String,
    author: String,
    kind: &'static str,
    kind_icon: &'static str,
    submitted: When,
    topics: Vec<String>,
    excerpt: String,
    note: Option<String>,
    late: bool,
    changed: Option<String>,
}

#[derive(Serialize)]
struct Done {
    title: String,
    href: String,
    who: String,
    when: When,
    kind: &'static str,
    label: &'static str,
}

#[derive(Serialize)]
struct Page {
    tabs: Vec<Tab>,
    lead: String,
    queue: Vec<Row>,
    done: Vec<Done>,
    limits: Option<String>,
    record_href: Option<String>,
}

/// Longer than this in the queue is called long.
const LATE_DAYS: i64 = 2;

pub(super) async fn show(app: &App, request: &HttpRequest, caller: &Caller, tabs: Vec<Tab>) -> Result<HttpResponse, AppError> {
    let (me, now) = (caller.id, app.now());
    let (queue, done, topics) = app
        .read(move |db| {
            let queue = queries::queue(db, me, 20)?;
            let items: Vec<ItemId> = queue.iter().map(|q| q.item).collect();
            Ok((queue, queries::decided(db, 5)?, queries::topics_of(db, &items)?))
        })
        .await?;
    let shown = caller.shown(now);
    let page = Page {
        tabs,
        lead: lead(&queue, shown),
        queue: queue.into_iter().map(|q| row(q, &topics, shown)).collect(),
        done: done.into_iter().map(|q| decided(q, shown)).collect(),
        limits: None,
        record_href: None,
    };
    Html::new(app, request, "home/approver", "Home").render(&page)
}

fn lead(queue: &[Queued], shown: Shown) -> String {
    let Some(oldest) = queue.first().and_then(|q| q.submitted_at) else { return "The queue is empty.".into() };
    let waits = if queue.len() == 1 { "One piece waits".to_owned() } else { format!("{} pieces wait", queue.len()) };
    match shown.now.since(oldest).num_days() {
        0 => format!("{waits}, all since less than a day."),
        1 => format!("{waits}. The oldest has waited one day."),
        days => format!("{waits}. The oldest has waited {days} days."),
    }
}

fn row(queued: Queued, topics: &BTreeMap<ItemId, Vec<(TopicId, String)>>, shown: Shown) -> Row {
    let (label, icon) = kind(&queued.kind);
    let submitted = queued.submitted_at.unwrap_or(shown.now);
    Row {
        href: format!("/approvals/{}", queued.id),
        title: queued.title,
        author: queued.person.unwrap_or_else(|| "a feed".into()),
        kind: label,
        kind_icon: icon,
        submitted: shown.when(submitted),
        topics: topics.get(&queued.item).into_iter().flatten().map(|(_, name)| name.clone()).collect(),
        excerpt: excerpt(&queued.summary, 280),
        note: None,
        late: shown.now.since(submitted).num_days() >= LATE_DAYS,
        changed: (queued.number > 1).then(|| format!("version {}", queued.number)),
    }
}

fn decided(queued: Queued, shown: Shown) -> Done {
    let (kind, label) = if queued.state == "rejected" { ("bad", "Sent back") } else { ("good", "Approved") };
    Done {
        title: queued.title,
        href: format!("/approvals/{}", queued.id),
        who: queued.person.unwrap_or_else(|| "Somebody who has left".into()),
        when: shown.when(queued.decided_at.unwrap_or(shown.now)),
        kind,
        label,
    }
}
