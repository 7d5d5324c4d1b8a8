//! Jobs, the audit log and settings as JSON.
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::settings_page::{organisation_name, put_organisation};
use super::system_page::rerun;
use crate::app::App;
use crate::audit::{self, Verified};
use crate::db::JobId;
use crate::error::AppError;
use crate::identity::{Api, permission};
use crate::jobs::{self, Counts, JobRow, JobState};
use crate::web::{JsonBody, Page, PageQuery};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(job_counts)
        .service(list_jobs)
        .service(rerun_job)
        .service(verify_audit)
        .service(list_audit)
        .service(get_organisation)
        .service(set_organisation);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct JobFilter {
    /// Only jobs in this state.
    state: Option<JobState>,
}

/// The job queue, newest first.
#[utoipa::path(tag = "administration", params(JobFilter, PageQuery), responses((status = 200, body = Page<JobRow>)))]
#[get("/jobs")]
async fn list_jobs(
    app: Data<App>,
    _caller: Api<permission::AdminRead>,
    filter: Query<JobFilter>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let (after, limit) = page.cursor::<JobId>()?;
    let state = filter.state;
    let rows = app.read(move |db| Ok(jobs::list(db, state, after, limit + 1)?)).await?;
    Ok(Page::of(rows, limit, |job| job.id.to_string()).respond("/api/v1/jobs"))
}

/// How many jobs are in each state.
#[utoipa::path(tag = "administration", responses((status = 200, body = Counts)))]
#[get("/jobs/counts")]
async fn job_counts(app: Data<App>, _caller: Api<permission::AdminRead>) -> Result<HttpResponse, AppError> {
    let counts = app.read(|db| Ok(jobs::counts(db)?)).await?;
    Ok(HttpResponse::Ok().json(counts))
}

/// Run a dead job again.
#[utoipa::path(tag = "administration", params(("id" = JobId, Path)), responses((status = 204, description = "It is ready again.")))]
#[post("/jobs/{id}/rerun")]
async fn rerun_job(app: Data<App>, caller: Api<permission::AdminWrite>, id: Path<JobId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    app.write(caller.actor(), move |tx| rerun(tx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditFilter {
    /// Only entries about this id.
    subject: Option<String>,
}

/// The audit log, newest first; each entry's hash covers the one before.
#[utoipa::path(tag = "administration", params(AuditFilter, PageQuery), responses((status = 200, body = Page<audit::Entry>)))]
#[get("/audit")]
async fn list_audit(
    app: Data<App>,
    _caller: Api<permission::AdminRead>,
    filter: Query<AuditFilter>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let (before, limit) = page.cursor::<i64>()?;
    let subject = filter.into_inner().subject.map(|s| s.replace('\0', ""));
    let rows = app.read(move |db| Ok(audit::newest(db, subject.as_deref(), before, limit + 1)?)).await?;
    Ok(Page::of(rows, limit, |entry| entry.seq.to_string()).respond("/api/v1/audit"))
}

/// What walking the whole audit chain found.
#[derive(Serialize, ToSchema)]
struct ChainState {
    whole: bool,
    /// How many entries follow from each other, from the first on.
    entries: i64,
    /// The hash of the newest entry, when the chain is whole.
    head: Option<String>,
    /// The first entry that does not follow, and why.
    broken_at: Option<i64>,
    why: Option<String>,
}

/// Recompute the audit chain and say whether it is whole.
#[utoipa::path(tag = "administration", responses((status = 200, body = ChainState)))]
#[post("/audit/verify")]
async fn verify_audit(app: Data<App>, _caller: Api<permission::AdminRead>) -> Result<HttpResponse, AppError> {
    let state = match app.read(audit::verify).await? {
        Verified::Whole { entries, head } => ChainState { whole: true, entries, head: Some(head), broken_at: None, why: None },
        Verified::Broken { seq, why } => ChainState { whole: false, entries: seq - 1, head: None, broken_at: Some(seq), why: Some(why) },
    };
    Ok(HttpResponse::Ok().json(state))
}

/// The company that runs this deployment.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Organisation {
    #[schema(min_length = 1, max_length = 120)]
    name: String,
}

/// The company's name.
#[utoipa::path(tag = "administration", responses((status = 200, body = Organisation)))]
#[get("/settings/organisation")]
async fn get_organisation(app: Data<App>, _caller: Api<permission::AdminRead>) -> Result<HttpResponse, AppError> {
    let name = app.read(crate::identity::settings::organisation).await?;
    Ok(HttpResponse::Ok().json(Organisation { name }))
}

/// Name the company.
#[utoipa::path(tag = "administration", request_body = Organisation, responses((status = 200, body = Organisation)))]
#[put("/settings/organisation")]
async fn set_organisation(
    app: Data<App>,
    caller: Api<permission::AdminWrite>,
    body: JsonBody<Organisation>,
) -> Result<HttpResponse, AppError> {
    let name = organisation_name(&body.0.name)?;
    let written = name.clone();
    app.write(caller.actor(), move |tx| put_organisation(tx, &written)).await?;
    app.set_organisation(name.clone());
    Ok(HttpResponse::Ok().json(Organisation { name }))
}
