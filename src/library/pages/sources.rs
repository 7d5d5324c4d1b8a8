use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Badge, Choice, Empty, Link, by_field};
use crate::app::App;
use crate::db::{SourceId, TopicId};
use crate::error::{AppError, FieldError};
use crate::identity::{Caller, Curator};
use crate::library::sources::{self, NewSource, Source, SourcePatch};
use crate::library::{add_source, queries};
use crate::web::{Flash, Form, Html, Shown, When, redirect};

pub fn pages(config: &mut ServiceConfig) {
    config
        .service(resource("/sources").route(get().to(show)).route(post().to(add)))
        .route("/sources/{id}/poll", post().to(poll))
        .route("/sources/{id}/pause", post().to(pause))
        .route("/sources/{id}/resume", post().to(resume))
        .service(resource("/sources/{id}/remove").route(get().to(ask_remove)).route(post().to(remove)));
}

#[derive(Serialize)]
struct Row {
    id: String,
    title: String,
    url: String,
    items: i64,
    items_href: String,
    status: Badge,
    health: String,
    last: Option<When>,
    next: Option<When>,
    topics: Vec<String>,
    active: bool,
}

#[derive(Serialize)]
struct SourcesPage {
    rows: Vec<Row>,
    address: String,
    address_error: Option<String>,
    topics: Vec<Choice>,
    errors: Vec<FieldError>,
    empty: Empty,
}

#[derive(Debug, Default, Deserialize)]
struct AddForm {
    #[serde(default)]
    address: String,
    #[serde(default)]
    topic: Vec<String>,
}

async fn show(app: Data<App>, request: HttpRequest, caller: Curator) -> Result<HttpResponse, AppError> {
    render(&app, &request, &caller, &AddForm::default(), Vec::new()).await
}

async fn render(
    app: &App,
    request: &HttpRequest,
    caller: &Caller,
    form: &AddForm,
    errors: Vec<FieldError>,
) -> Result<HttpResponse, AppError> {
    let (found, topics) = app.read(|db| Ok((sources::list(db, None, 200)?, queries::all_topics(db)?))).await?;
    let shown = caller.shown(app.now());
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let choice = |(id, _, name): (TopicId, String, String)| {
        let value = id.to_string();
        let chosen = form.topic.contains(&value);
        Choice::new(value, name, chosen)
    };
    let page = SourcesPage {
        rows: found.into_iter().map(|s| row(s, shown)).collect(),
        address: form.address.clone(),
        address_error: by_field(&errors).remove("address"),
        topics: topics.into_iter().map(choice).collect(),
        errors,
        empty: Empty {
            title: "No feed yet".into(),
            text: Some("Paste the address of your company's blog above: Herald finds its feed, and new articles arrive as drafts.".into()),
            action: None,
        },
    };
    Html::new(app, request, "library/sources", "Sources").status(status).render(&page)
}

fn row(source: Source, shown: Shown) -> Row {
    let (status, health) = match (&source.last_error, source.active) {
        (Some(error), false) => (Badge { kind: "bad", label: "Stopped" }, error.clone()),
        (None, false) => (Badge { kind: "plain", label: "Paused" }, "Herald does not read it until you resume it.".into()),
        (Some(error), true) => (Badge { kind: "warn", label: "Trouble" }, error.clone()),
        (None, true) if source.last_ok_at.is_none() => {
            (Badge { kind: "wait", label: "Starting" }, "Its newest pieces arrive as drafts in a moment.".into())
        }
        (None, true) => (Badge { kind: "good", label: "Fine" }, "New pieces arrive as drafts.".into()),
    };
    Row {
        items_href: super::address("/library", &[("source", Some(&source.id.to_string()))]),
        id: source.id.to_string(),
        items: source.items,
        status,
        health,
        last: source.last_poll_at.map(|at| shown.when(at)),
        next: source.active.then(|| shown.when(source.next_poll_at)),
        topics: source.topics.into_iter().map(|t| t.name).collect(),
        active: source.active,
        title: source.title,
        url: source.url,
    }
}

async fn add(app: Data<App>, request: HttpRequest, caller: Curator, Form(form): Form<AddForm>) -> Result<HttpResponse, AppError> {
    let topics = form.topic.iter().filter_map(|t| t.parse().ok()).collect();
    let refused = |message: String| vec![FieldError { field: "address".into(), message }];
    let errors = match form.address.trim() {
        "" => refused("Paste the address of a feed, or of a page that has one.".into()),
        address => match add_source(&app, caller.actor(), NewSource { address: address.to_owned(), topics }).await {
            Ok(_) => {
                let done = Flash::good("Followed. Its newest pieces arrive as drafts in a moment; reload the page to see them.");
                return Ok(redirect(&app, "/sources", Some(&done)));
            }
            Err(AppError::Invalid(errors)) => errors,
            Err(AppError::Conflict { .. }) => refused("Herald follows this feed already.".into()),
            Err(other) => return Err(other),
        },
    };
    render(&app, &request, &caller, &form, errors).await
}

#[derive(Deserialize)]
struct Nothing {}

async fn poll(app: Data<App>, caller: Curator, id: Path<SourceId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    app.write(caller.actor(), move |tx| sources::poll_now(tx, id)).await?;
    Ok(redirect(&app, "/sources", Some(&Flash::good("Herald reads it now. Reload the page in a moment."))))
}

async fn set_active(app: &App, caller: &Caller, id: SourceId, active: bool) -> Result<HttpResponse, AppError> {
    let patch = SourcePatch { active: Some(active), topics: None };
    app.write(caller.actor(), move |tx| sources::change(tx, id, patch)).await?;
    let done = if active {
        Flash::good("Resumed. Herald reads it now.")
    } else {
        Flash::good("Paused.").with_undo(format!("/sources/{id}/resume"), "Undo")
    };
    Ok(redirect(app, "/sources", Some(&done)))
}

async fn pause(app: Data<App>, caller: Curator, id: Path<SourceId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    set_active(&app, &caller, id.into_inner(), false).await
}

async fn resume(app: Data<App>, caller: Curator, id: Path<SourceId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    set_active(&app, &caller, id.into_inner(), true).await
}

async fn remove(app: Data<App>, caller: Curator, id: Path<SourceId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    app.write(caller.actor(), move |tx| sources::remove(tx, id)).await?;
    Ok(redirect(&app, "/sources", Some(&Flash::good("Removed. What came from it stays in the library."))))
}

#[derive(Serialize)]
struct AskPage {
    back: Link,
    title: String,
    text: &'static str,
    action: String,
    confirm: &'static str,
    reason: bool,
}

async fn ask_remove(app: Data<App>, request: HttpRequest, _caller: Curator, id: Path<SourceId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let source = app.read(move |db| sources::source(db, id)).await?;
    let page = AskPage {
        back: Link::to("/sources", "Sources"),
        title: format!("Stop following “{}”?", source.title),
        text: "No new pieces arrive from it. What came from it stays in the library.",
        action: format!("/sources/{id}/remove"),
        confirm: "Stop following",
        reason: false,
    };
    Html::new(&app, &request, "library/ask", &page.title).render(&page)
}
