use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::import::{self, ImportPreview, Imported};
use super::super::{Api, permission};
use crate::app::App;
use crate::db::MemberImportId;
use crate::error::AppError;
use crate::web::{IdempotencyKey, JsonBody, once};

/// A CSV file of members. The first line names the columns: email and name are needed; department,
/// region, title, country, language, time_zone, started_on and roles are understood.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewImport {
    /// The text of the file, at most 1 MB and 10,000 rows.
    csv: String,
    #[serde(default = "unnamed")]
    #[schema(max_length = 200)]
    file_name: String,
}

fn unnamed() -> String {
    "members.csv".into()
}

/// Check a CSV file of members: the fate of every row. Nobody is created.
#[utoipa::path(tag = "members", request_body = NewImport, params(("idempotency-key" = Option<String>, Header)),
    responses((status = 201, body = ImportPreview)))]
#[post("/members/imports")]
async fn preview(
    app: Data<App>,
    caller: Api<permission::MembersWrite>,
    key: IdempotencyKey,
    body: JsonBody<NewImport>,
) -> Result<HttpResponse, AppError> {
    let (JsonBody(body), by) = (body, caller.id);
    let made =
        app.write(caller.actor(), move |tx| once(tx, by, &key, &body, |tx| import::preview(tx, by, &body.file_name, &body.csv))).await?;
    Ok(made.respond())
}

/// An import as it was checked; its rows are gone once it is done.
#[utoipa::path(tag = "members", params(("id" = MemberImportId, Path)), responses((status = 200, body = ImportPreview)))]
#[get("/members/imports/{id}")]
async fn show(app: Data<App>, _caller: Api<permission::MembersRead>, id: Path<MemberImportId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    Ok(HttpResponse::Ok().json(app.read(move |db| import::find(db, id)).await?))
}

/// Make the members of the good rows and mail their invitations.
#[utoipa::path(tag = "members", params(("id" = MemberImportId, Path)), responses((status = 200, body = Imported), (status = 409, body = crate::error::Problem, content_type = "application/problem+json", description = "Done already.")))]
#[post("/members/imports/{id}/apply")]
async fn apply(app: Data<App>, caller: Api<permission::MembersWrite>, id: Path<MemberImportId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    Ok(HttpResponse::Ok().json(app.write(caller.actor(), move |tx| import::apply(tx, id)).await?))
}

pub fn routes(config: &mut ServiceConfig) {
    config.service(preview).service(show).service(apply);
}
