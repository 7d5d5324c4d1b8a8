//! What came of an item, hit by hit.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::verdict::reason_text;
use super::{Clicks, clicks_of_items};
use crate::app::App;
use crate::db::schema::{hits, items, links};
use crate::db::{Backend, Db, HitId, Id, ItemId, ShareId, Ts};
use crate::error::AppError;
use crate::identity::{Api, permission};
use crate::web::{Page, PageQuery};

pub fn routes(config: &mut ServiceConfig) {
    config.service(item_clicks).service(item_hits);
}

/// One request on a short link. Nothing in it identifies the visitor.
#[derive(Debug, Serialize, ToSchema)]
struct Hit {
    id: HitId,
    share_id: ShareId,
    at: Ts,
    method: String,
    agent: String,
    referer_host: String,
    verdict: String,
    reason: String,
    /// The reason as a sentence.
    reason_text: &'static str,
    rule_version: i32,
}

fn must_exist(db: &mut Db, item: ItemId) -> Result<(), AppError> {
    let known: i64 = items::table.find(item).count().get_result(db)?;
    if known == 1 { Ok(()) } else { Err(AppError::NotFound("That item")) }
}

/// Clicks of an item, and beside them every hit that is none.
#[utoipa::path(tag = "tracking", params(("id" = ItemId, Path)), responses((status = 200, body = Clicks)))]
#[get("/items/{id}/clicks")]
async fn item_clicks(app: Data<App>, _caller: Api<permission::ContentReports>, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let clicks = app
        .read(move |db| {
            must_exist(db, id)?;
            Ok(clicks_of_items(db, &[id])?.remove(&id).unwrap_or_default())
        })
        .await?;
    Ok(HttpResponse::Ok().json(clicks))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct HitFilter {
    /// Only hits with this verdict.
    verdict: Option<String>,
}

/// The hits of an item with verdict and reason, newest first.
#[utoipa::path(tag = "tracking", params(("id" = ItemId, Path), HitFilter, PageQuery), responses((status = 200, body = Page<Hit>)))]
#[get("/items/{id}/hits")]
async fn item_hits(
    app: Data<App>,
    _caller: Api<permission::ContentReports>,
    id: Path<ItemId>,
    filter: Query<HitFilter>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let (after, limit) = page.cursor::<HitId>()?;
    let verdict = filter.into_inner().verdict;
    let rows = app
        .read(move |db| {
            must_exist(db, id)?;
            list(db, id, verdict.as_deref(), after, limit + 1)
        })
        .await?;
    Ok(Page::of(rows, limit, |hit| hit.id.to_string()).respond(&format!("/api/v1/items/{id}/hits")))
}

fn list(db: &mut Db, item: ItemId, verdict: Option<&str>, after: Option<HitId>, limit: i64) -> Result<Vec<Hit>, AppError> {
    type Row = (HitId, ShareId, Ts, String, String, String, String, String, i32);
    let mut query = hits::table
        .inner_join(links::table.on(links::id.eq(hits::link_id)))
        .filter(links::item_id.eq(item))
        .order(hits::id.desc())
        .limit(limit)
        .select((
            hits::id,
            links::share_id,
            hits::at,
            hits::method,
            hits::agent,
            hits::referer_host,
            hits::verdict,
            hits::reason,
            hits::rule_version,
        ))
        .into_boxed::<Backend>();
    if let Some(verdict) = verdict {
        query = query.filter(hits::verdict.eq(verdict.replace('\0', "")));
    }
    if let Some(after) = after {
        query = query.filter(hits::id.lt(HitId::from_i64(after.i64())));
    }
    let rows: Vec<Row> = query.load(db)?;
    Ok(rows
        .into_iter()
        .map(|(id, share_id, at, method, agent, referer_host, verdict, reason, rule_version)| Hit {
            id,
            share_id,
            at,
            method,
            agent,
            referer_host,
            verdict,
            reason_text: reason_text(&reason),
            reason,
            rule_version,
        })
        .collect())
}
