use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::App;
use crate::db::SourceId;
use crate::error::AppError;
use crate::identity::{Api, permission};
use crate::library::sources::{self, NewSource, Source, SourcePatch};
use crate::web::{JsonBody, Page, PageQuery};

pub fn api(config: &mut ServiceConfig) {
    config.service(list).service(add).service(read).service(change).service(remove).service(poll);
}

/// The feeds that the library follows, and how they do.
#[utoipa::path(tag = "sources", params(PageQuery), responses((status = 200, body = Page<Source>)))]
#[get("/sources")]
async fn list(app: Data<App>, _caller: Api<permission::LibraryCurate>, page: Query<PageQuery>) -> Result<HttpResponse, AppError> {
    let (after, limit) = page.cursor::<SourceId>()?;
    let found = app.read(move |db| sources::list(db, after, limit + 1)).await?;
    Ok(Page::of(found, limit, |s: &Source| s.id.to_string()).respond("/api/v1/sources"))
}

/// Follows a feed, or the feed that a page names. Its newest pieces come in as drafts in a moment.
#[utoipa::path(tag = "sources", request_body = NewSource, responses((status = 201, body = Source)))]
#[post("/sources")]
async fn add(app: Data<App>, caller: Api<permission::LibraryCurate>, JsonBody(new): JsonBody<NewSource>) -> Result<HttpResponse, AppError> {
    let id = sources::add(&app, caller.actor(), new).await?;
    Ok(HttpResponse::Created().json(app.read(move |db| sources::source(db, id)).await?))
}

/// One source.
#[utoipa::path(tag = "sources", params(("id" = SourceId, Path)), responses((status = 200, body = Source)))]
#[get("/sources/{id}")]
async fn read(app: Data<App>, _caller: Api<permission::LibraryCurate>, id: Path<SourceId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    Ok(HttpResponse::Ok().json(app.read(move |db| sources::source(db, id)).await?))
}

/// Pauses or resumes a source, or tags its future pieces otherwise.
#[utoipa::path(tag = "sources", request_body = SourcePatch, params(("id" = SourceId, Path)), responses((status = 200, body = Source)))]
#[patch("/sources/{id}")]
async fn change(
    app: Data<App>,
    caller: Api<permission::LibraryCurate>,
    id: Path<SourceId>,
    JsonBody(body): JsonBody<SourcePatch>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let source = app
        .write(caller.actor(), move |tx| {
            sources::change(tx, id, body)?;
            sources::source(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(source))
}

/// Stops following a feed. What came from it stays in the library.
#[utoipa::path(tag = "sources", params(("id" = SourceId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/sources/{id}")]
async fn remove(app: Data<App>, caller: Api<permission::LibraryCurate>, id: Path<SourceId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    app.write(caller.actor(), move |tx| sources::remove(tx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Has a source read as soon as a worker is free.
#[utoipa::path(tag = "sources", params(("id" = SourceId, Path)), responses((status = 202, body = Source)))]
#[post("/sources/{id}/poll")]
async fn poll(app: Data<App>, caller: Api<permission::LibraryCurate>, id: Path<SourceId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let source = app
        .write(caller.actor(), move |tx| {
            sources::poll_now(tx, id)?;
            sources::source(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Accepted().json(source))
}
