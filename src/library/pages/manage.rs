use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::feed::{CaptionLine, caption_line, host};
use super::{Badge, Image, Link};
use crate::app::App;
use crate::db::{Actor, ItemId, Tx};
use crate::error::AppError;
use crate::identity::Curator;
use crate::library::{self, Item, Revision, RevisionState, Standing};
use crate::web::{Flash, FlashKind, Form, Html, Shown, When, redirect};

pub fn pages(config: &mut ServiceConfig) {
    config
        .route("/library/{id}", get().to(show))
        .route("/library/{id}/submit", post().to(submit))
        .route("/library/{id}/pin", post().to(pin))
        .service(resource("/library/{id}/archive").route(get().to(ask_archive)).route(post().to(archive)))
        .route("/library/{id}/unarchive", post().to(unarchive))
        .service(resource("/library/{id}/recall").route(get().to(ask_recall)).route(post().to(recall)));
}

#[derive(Serialize)]
struct Event {
    icon: &'static str,
    kind: &'static str,
    title: String,
    when: When,
    who: Option<String>,
    text: Option<String>,
}

#[derive(Serialize)]
struct ManagePage {
    id: String,
    back: Link,
    title: String,
    summary: String,
    link: String,
    host: String,
    kind: &'static str,
    kind_icon: &'static str,
    language: String,
    image: Option<Image>,
    regulated: bool,
    captions: Vec<CaptionLine>,
    topics: Vec<String>,
    audiences: Vec<String>,
    status: Badge,
    /// What is to be done next, in a sentence.
    next: Option<&'static str>,
    note: Option<String>,
    release: Option<When>,
    expires: Option<When>,
    pinned: bool,
    edit: Option<String>,
    can_submit: bool,
    can_archive: bool,
    can_unarchive: bool,
    can_recall: bool,
    preview: Option<String>,
    missing: Vec<String>,
    history: Vec<Event>,
    /// A place for clicks and shares; filled by those who count them.
    numbers: Option<()>,
}

async fn show(app: Data<App>, request: HttpRequest, caller: Curator, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let (id, now) = (id.into_inner(), app.now());
    let (item, history) = app.read(move |db| Ok((library::item(db, id, now)?, library::history(db, id)?))).await?;
    let page = page(&item, &history, caller.shown(now))?;
    let title = page.title.clone();
    Html::new(&app, &request, "library/manage", &title).render(&page)
}

fn page(item: &Item, history: &[Revision], shown: Shown) -> Result<ManagePage, AppError> {
    let top = item.top().ok_or(AppError::NotFound("This piece"))?;
    let working = item.working.as_ref().map(|w| w.state);
    let closed = matches!(item.status, Standing::Archived | Standing::Recalled);
    Ok(ManagePage {
        id: item.id.to_string(),
        back: Link::to("/library", "Library"),
        title: top.title.clone(),
        summary: top.summary.clone(),
        link: top.link.clone(),
        host: host(&top.link),
        kind: item.kind.label(),
        kind_icon: item.kind.icon(),
        language: top.language.clone(),
        image: top.image_id.map(|id| Image { src: format!("/media/{id}"), alt: top.image_alt.clone() }),
        regulated: top.regulated,
        captions: top.captions.iter().map(caption_line).collect(),
        topics: item.topics.iter().map(|t| t.name.clone()).collect(),
        audiences: item.audiences.iter().map(|g| g.name.clone()).collect(),
        status: Badge { kind: item.status.badge(), label: item.status.label() },
        next: next_step(item, working),
        note: item.working.as_ref().filter(|w| w.state == RevisionState::Rejected).and_then(|w| w.note.clone()),
        release: item.release_at.map(|at| shown.when(at)),
        expires: item.expires_at.map(|at| shown.when(at)),
        pinned: item.pinned,
        edit: (!closed).then(|| format!("/library/{}/edit", item.id)),
        can_submit: !closed && working == Some(RevisionState::Draft),
        can_archive: !closed,
        can_unarchive: item.status == Standing::Archived,
        can_recall: item.live.is_some() && item.status != Standing::Recalled,
        preview: (item.status == Standing::Live).then(|| format!("/items/{}", item.id)),
        missing: missing(top),
        history: history.iter().flat_map(|r| events(r, shown)).collect(),
        numbers: None,
    })
}

fn missing(top: &Revision) -> Vec<String> {
    let mut missing = Vec::new();
    if top.link.is_empty() {
        missing.push("It has no address that people land on.".to_owned());
    }
    if top.image_id.is_some() && top.image_alt.is_empty() {
        missing.push("Nothing says yet what the picture shows.".to_owned());
    }
    if top.captions.is_empty() {
        missing.push("It has no ready text yet; colleagues would start from an empty page.".to_owned());
    }
    missing
}

fn next_step(item: &Item, working: Option<RevisionState>) -> Option<&'static str> {
    Some(match (item.status, working) {
        (Standing::Archived | Standing::Recalled, _) => return None,
        (_, Some(RevisionState::InReview)) if item.live.is_some() => "The new version waits for an approver; the approved one stays live.",
        (_, Some(RevisionState::InReview)) => "It waits for an approver. Nobody sees it in the feed yet.",
        (_, Some(RevisionState::Rejected)) => "An approver sent it back. Change what the note asks for, then send it again.",
        (_, Some(RevisionState::Draft)) if item.live.is_some() => "The new version is a draft; the approved one stays live.",
        (_, Some(RevisionState::Draft)) => "Look it over, write ready texts, then send it to review.",
        (Standing::Scheduled, _) => "Approved. It appears in the feed at its release.",
        (Standing::Expired, _) => "Its time is over. Choose a later expiry to show it again.",
        _ => return None,
    })
}

/// A revision's lines of the history, the newest first.
fn events(r: &Revision, shown: Shown) -> Vec<Event> {
    let mut events = Vec::new();
    if let Some(at) = r.decided_at {
        let sent_back = r.state == RevisionState::Rejected;
        events.push(Event {
            icon: if sent_back { "undo" } else { "check" },
            kind: if sent_back { "bad" } else { "good" },
            title: format!("Version {} {}", r.number, if sent_back { "was sent back" } else { "was approved" }),
            when: shown.when(at),
            who: r.decider.clone(),
            text: r.note.clone(),
        });
    }
    if let Some(at) = r.submitted_at {
        let title = format!("Version {} was sent to review", r.number);
        events.push(Event { icon: "send", kind: "info", title, when: shown.when(at), who: r.author.clone(), text: None });
    }
    let title = format!("Version {} was written", r.number);
    let who = r.author.clone().or_else(|| Some("Herald".into()));
    events.push(Event { icon: "edit", kind: "plain", title, when: shown.when(r.created_at), who, text: None });
    events
}

#[derive(Deserialize)]
struct Nothing {}

/// Runs an act and returns to the piece, with what came of it in words.
async fn act(
    app: &App,
    actor: Actor,
    id: ItemId,
    done: &Flash,
    work: impl FnOnce(&mut Tx<'_>) -> Result<(), AppError> + Send + 'static,
) -> Result<HttpResponse, AppError> {
    let back = format!("/library/{id}");
    match app.write(actor, work).await {
        Ok(()) => Ok(redirect(app, &back, Some(done))),
        Err(AppError::Conflict { message, .. }) => Ok(redirect(app, &back, Some(&Flash::bad(message)))),
        Err(AppError::Invalid(fields)) => {
            let text = fields.into_iter().map(|f| f.message).collect::<Vec<_>>().join(" ");
            Ok(redirect(app, &format!("{back}/edit"), Some(&Flash { kind: FlashKind::Warn, text, undo: None })))
        }
        Err(other) => Err(other),
    }
}

async fn submit(app: Data<App>, caller: Curator, id: Path<ItemId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let done = Flash::good("Sent to review. An approver takes it from here.");
    act(&app, caller.actor(), id, &done, move |tx| library::submit(tx, id, None).map(|_| ())).await
}

#[derive(Deserialize)]
struct PinForm {
    #[serde(default)]
    pinned: String,
}

async fn pin(app: Data<App>, caller: Curator, id: Path<ItemId>, Form(form): Form<PinForm>) -> Result<HttpResponse, AppError> {
    let (id, pinned) = (id.into_inner(), form.pinned == "yes");
    let done = Flash::good(if pinned { "Pinned: it stands on top of everybody's feed." } else { "No longer pinned." });
    act(&app, caller.actor(), id, &done, move |tx| library::pin(tx, id, pinned)).await
}

async fn archive(app: Data<App>, caller: Curator, id: Path<ItemId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let done = Flash::good("Archived. Nobody sees it in the feed any more.").with_undo(format!("/library/{id}/unarchive"), "Undo");
    act(&app, caller.actor(), id, &done, move |tx| library::archive(tx, &[id])).await
}

async fn unarchive(app: Data<App>, caller: Curator, id: Path<ItemId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    act(&app, caller.actor(), id, &Flash::good("Back where it was."), move |tx| library::unarchive(tx, &[id])).await
}

#[derive(Deserialize)]
struct RecallForm {
    #[serde(default)]
    reason: String,
}

async fn recall(app: Data<App>, caller: Curator, id: Path<ItemId>, Form(form): Form<RecallForm>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let done = Flash::good("Recalled. Planned shares are cancelled and its links lead to a notice.");
    act(&app, caller.actor(), id, &done, move |tx| library::recall(tx, id, &form.reason)).await
}

/// A page that asks before an act, for browsers without scripts.
#[derive(Serialize)]
struct AskPage {
    back: Link,
    title: String,
    text: &'static str,
    action: String,
    confirm: &'static str,
    reason: bool,
}

async fn ask(app: &App, request: &HttpRequest, id: ItemId, act: &str) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let item = app.read(move |db| library::item(db, id, now)).await?;
    let name = item.top().map(|r| r.title.clone()).unwrap_or_default();
    let recall = act == "recall";
    let page = AskPage {
        back: Link::to(format!("/library/{id}"), "Back to the piece"),
        title: format!("{} “{name}”?", if recall { "Recall" } else { "Archive" }),
        text: if recall {
            RECALL
        } else {
            "Nobody sees it in the feed any more. Links that are out there go on working. You can bring it back."
        },
        action: format!("/library/{id}/{act}"),
        confirm: if recall { "Recall it" } else { "Archive it" },
        reason: recall,
    };
    Html::new(app, request, "library/ask", &page.title).render(&page)
}

const RECALL: &str = "It leaves the feed at once, planned shares are cancelled, and links that colleagues have posted lead to a notice \
    instead of the page. This cannot be undone.";

async fn ask_archive(app: Data<App>, request: HttpRequest, _caller: Curator, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    ask(&app, &request, id.into_inner(), "archive").await
}

async fn ask_recall(app: Data<App>, request: HttpRequest, _caller: Curator, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    ask(&app, &request, id.into_inner(), "recall").await
}
