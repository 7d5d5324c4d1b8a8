use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::App;
use crate::db::{ItemId, RevisionId};
use crate::error::{AppError, Problem};
use crate::identity::{Api, permission};
use crate::library::{self, Revision, queries, view};
use crate::web::{JsonBody, Page, PageQuery};

pub fn api(config: &mut ServiceConfig) {
    config.service(history).service(waiting).service(read).service(approve).service(reject);
}

/// The revisions of an item, the newest first.
#[utoipa::path(tag = "library", params(("id" = ItemId, Path)), responses((status = 200, body = Page<Revision>)))]
#[get("/items/{id}/revisions")]
async fn history(app: Data<App>, _caller: Api<permission::LibraryReview>, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let items = app.read(move |db| library::history(db, id)).await?;
    Ok(HttpResponse::Ok().json(Page { items, next: None }))
}

/// The states that can be asked for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Asked {
    InReview,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WaitingQuery {
    /// Only those in review can be listed; it may be left out.
    #[serde(default)]
    #[param(required = false, inline)]
    state: Option<Asked>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many, 1 to 100; 20 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// What waits for a decision, the longest-waiting first.
#[utoipa::path(tag = "library", params(WaitingQuery), responses((status = 200, body = Page<Revision>)))]
#[get("/revisions")]
async fn waiting(app: Data<App>, _caller: Api<permission::LibraryReview>, query: Query<WaitingQuery>) -> Result<HttpResponse, AppError> {
    let query = query.into_inner();
    let (Some(Asked::InReview) | None) = query.state;
    let (after, limit) = PageQuery { after: query.after, limit: query.limit }.cursor::<RevisionId>()?;
    let found = app
        .read(move |db| {
            let rows = queries::waiting(db, after, limit + 1)?;
            view::revisions(db, rows)
        })
        .await?;
    Ok(Page::of(found, limit, |r: &Revision| r.id.to_string()).respond("/api/v1/revisions"))
}

/// One revision.
#[utoipa::path(tag = "library", params(("id" = RevisionId, Path)), responses((status = 200, body = Revision)))]
#[get("/revisions/{id}")]
async fn read(app: Data<App>, _caller: Api<permission::LibraryReview>, id: Path<RevisionId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    Ok(HttpResponse::Ok().json(app.read(move |db| library::revision(db, id)).await?))
}

/// Approves a revision. 409 `own_revision` for its author.
#[utoipa::path(tag = "library", params(("id" = RevisionId, Path)), responses((status = 200, body = Revision),
    (status = 409, description = "It is the caller's own, or does not wait.", body = Problem, content_type = "application/problem+json")))]
#[post("/revisions/{id}/approve")]
async fn approve(app: Data<App>, caller: Api<permission::LibraryApprove>, id: Path<RevisionId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let revision = app
        .write(caller.actor(), move |tx| {
            library::approve(tx, id)?;
            library::revision(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(revision))
}

/// Why a revision is sent back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RejectBody {
    /// What has to change; the author reads it.
    #[schema(min_length = 1, max_length = 2000)]
    note: String,
}

/// Sends a revision back with a note.
#[utoipa::path(tag = "library", request_body = RejectBody, params(("id" = RevisionId, Path)), responses((status = 200, body = Revision)))]
#[post("/revisions/{id}/reject")]
async fn reject(
    app: Data<App>,
    caller: Api<permission::LibraryApprove>,
    id: Path<RevisionId>,
    JsonBody(body): JsonBody<RejectBody>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let revision = app
        .write(caller.actor(), move |tx| {
            library::reject(tx, id, &body.note)?;
            library::revision(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(revision))
}
