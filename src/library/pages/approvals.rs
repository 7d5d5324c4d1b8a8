use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::feed::{CaptionLine, caption_line, host};
use super::{Empty, Image, Link, address};
use crate::app::App;
use crate::db::{MemberId, RevisionId};
use crate::error::{AppError, FieldError};
use crate::identity::{Approver, Caller};
use crate::library::{self, Item, Revision, RevisionState, queries, view};
use crate::web::{Flash, Form, Html, Shown, When, redirect};

pub fn pages(config: &mut ServiceConfig) {
    config
        .route("/approvals", get().to(list))
        .route("/approvals/{id}", get().to(show))
        .route("/approvals/{id}/approve", post().to(approve))
        .route("/approvals/{id}/reject", post().to(reject));
}

const SIZE: i64 = 25;

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    after: String,
}

#[derive(Serialize)]
struct Waiting {
    href: String,
    title: String,
    author: String,
    when: When,
    own: bool,
    regulated: bool,
    version: i32,
}

#[derive(Serialize)]
struct QueuePage {
    rows: Vec<Waiting>,
    prev: Option<String>,
    next: Option<String>,
    empty: Empty,
}

async fn list(app: Data<App>, request: HttpRequest, caller: Approver, asked: Query<Asked>) -> Result<HttpResponse, AppError> {
    let after = asked.after.parse::<RevisionId>().ok();
    let mut found = app
        .read(move |db| {
            let rows = queries::waiting(db, after, SIZE + 1)?;
            view::revisions(db, rows)
        })
        .await?;
    let size = usize::try_from(SIZE).unwrap_or(25);
    let more = found.len() > size;
    found.truncate(size);
    let shown = caller.shown(app.now());
    let page = QueuePage {
        prev: after.map(|_| "/approvals".into()),
        next: found.last().filter(|_| more).map(|r| address("/approvals", &[("after", Some(&r.id.to_string()))])),
        rows: found.into_iter().map(|r| waiting(r, caller.id, shown)).collect(),
        empty: Empty {
            title: "Nothing waits for you".into(),
            text: Some("As soon as a curator sends a piece to review, it stands here, the longest-waiting first.".into()),
            action: None,
        },
    };
    Html::new(&app, &request, "library/approvals", "Approvals").render(&page)
}

fn waiting(r: Revision, me: MemberId, shown: Shown) -> Waiting {
    Waiting {
        href: format!("/approvals/{}", r.id),
        author: r.author.unwrap_or_else(|| "Herald".into()),
        when: shown.when(r.submitted_at.unwrap_or(r.created_at)),
        own: r.author_id == Some(me),
        regulated: r.regulated,
        version: r.number,
        title: r.title,
    }
}

/// One field that differs from the approved version.
#[derive(Serialize)]
struct Change {
    label: String,
    before: String,
    after: String,
}

#[derive(Serialize)]
struct ApprovalPage {
    id: String,
    back: Link,
    title: String,
    summary: String,
    link: String,
    host: String,
    kind: &'static str,
    language: String,
    image: Option<Image>,
    regulated: bool,
    captions: Vec<CaptionLine>,
    topics: Vec<String>,
    audiences: Vec<String>,
    author: String,
    number: i32,
    submitted: When,
    release: Option<When>,
    expires: Option<When>,
    text_hash: String,
    /// None for a first version.
    changes: Option<Vec<Change>>,
    state: &'static str,
    state_kind: &'static str,
    waits: bool,
    own: bool,
    decided_note: Option<String>,
    note: String,
    note_error: Option<String>,
    errors: Vec<FieldError>,
}

async fn show(app: Data<App>, request: HttpRequest, caller: Approver, id: Path<RevisionId>) -> Result<HttpResponse, AppError> {
    render(&app, &request, &caller, id.into_inner(), "", Vec::new()).await
}

async fn render(
    app: &App,
    request: &HttpRequest,
    caller: &Caller,
    id: RevisionId,
    note: &str,
    errors: Vec<FieldError>,
) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let (revision, item) = app
        .read(move |db| {
            let revision = library::revision(db, id)?;
            let item = library::item(db, revision.item_id, now)?;
            Ok((revision, item))
        })
        .await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let base = page(&revision, &item, caller.id, caller.shown(now));
    let note_error = errors.first().map(|e| e.message.clone());
    let page = ApprovalPage { note: note.to_owned(), note_error, errors, ..base };
    let title = page.title.clone();
    Html::new(app, request, "library/approval", &title).status(status).render(&page)
}

fn page(r: &Revision, item: &Item, me: MemberId, shown: Shown) -> ApprovalPage {
    let before = item.live.as_ref().filter(|live| live.id != r.id);
    ApprovalPage {
        id: r.id.to_string(),
        back: Link::to("/approvals", "Approvals"),
        title: r.title.clone(),
        summary: r.summary.clone(),
        link: r.link.clone(),
        host: host(&r.link),
        kind: item.kind.label(),
        language: r.language.clone(),
        image: r.image_id.map(|id| Image { src: format!("/media/{id}"), alt: r.image_alt.clone() }),
        regulated: r.regulated,
        captions: r.captions.iter().map(caption_line).collect(),
        topics: item.topics.iter().map(|t| t.name.clone()).collect(),
        audiences: item.audiences.iter().map(|g| g.name.clone()).collect(),
        author: r.author.clone().unwrap_or_else(|| "Herald".into()),
        number: r.number,
        submitted: shown.when(r.submitted_at.unwrap_or(r.created_at)),
        release: item.release_at.map(|at| shown.when(at)),
        expires: item.expires_at.map(|at| shown.when(at)),
        text_hash: r.text_hash.clone(),
        changes: before.map(|live| changes(live, r)),
        state: r.state.label(),
        state_kind: r.state.badge(),
        waits: r.state == RevisionState::InReview,
        own: r.author_id == Some(me),
        decided_note: r.note.clone(),
        note: String::new(),
        note_error: None,
        errors: Vec::new(),
    }
}

fn changes(before: &Revision, after: &Revision) -> Vec<Change> {
    let yes = |b: bool| if b { "Yes" } else { "No" }.to_owned();
    let picture = |r: &Revision| if r.image_id.is_some() { r.image_alt.clone() } else { "No picture".into() };
    let mut found = Vec::new();
    let mut compare = |label: &str, before: String, after: String| {
        if before != after {
            found.push(Change { label: label.into(), before, after });
        }
    };
    compare("Title", before.title.clone(), after.title.clone());
    compare("Summary", before.summary.clone(), after.summary.clone());
    compare("Address", before.link.clone(), after.link.clone());
    compare("Language", before.language.clone(), after.language.clone());
    compare("What the picture shows", picture(before), picture(after));
    if before.image_id != after.image_id && picture(before) == picture(after) {
        compare("Picture", "The earlier one".into(), "Another one".into());
    }
    compare("Regulated", yes(before.regulated), yes(after.regulated));
    let text = |r: &Revision, i: usize| {
        let line = r.captions.get(i).map(caption_line);
        line.map(|c| format!("{} ({}, {}, {})", c.text, c.network_label, c.language, c.kind)).unwrap_or_default()
    };
    for i in 0..before.captions.len().max(after.captions.len()) {
        compare(&format!("Ready text {}", i + 1), text(before, i), text(after, i));
    }
    found
}

#[derive(Deserialize)]
struct Nothing {}

async fn approve(app: Data<App>, caller: Approver, id: Path<RevisionId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    match app.write(caller.actor(), move |tx| library::approve(tx, id)).await {
        Ok(_) => Ok(redirect(&app, "/approvals", Some(&Flash::good("Approved. Colleagues find it in the feed from its release on.")))),
        Err(AppError::Conflict { message, .. }) => Ok(redirect(&app, &format!("/approvals/{id}"), Some(&Flash::bad(message)))),
        Err(other) => Err(other),
    }
}

#[derive(Deserialize)]
struct RejectForm {
    #[serde(default)]
    note: String,
}

async fn reject(
    app: Data<App>,
    request: HttpRequest,
    caller: Approver,
    id: Path<RevisionId>,
    Form(form): Form<RejectForm>,
) -> Result<HttpResponse, AppError> {
    let (id, note) = (id.into_inner(), form.note.clone());
    match app.write(caller.actor(), move |tx| library::reject(tx, id, &note)).await {
        Ok(_) => Ok(redirect(&app, "/approvals", Some(&Flash::good("Sent back. The author reads your note.")))),
        Err(AppError::Conflict { message, .. }) => Ok(redirect(&app, &format!("/approvals/{id}"), Some(&Flash::bad(message)))),
        Err(AppError::Invalid(errors)) => render(&app, &request, &caller, id, &form.note, errors).await,
        Err(other) => Err(other),
    }
}
