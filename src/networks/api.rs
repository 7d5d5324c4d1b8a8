use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Account;
use crate::app::App;
use crate::db::AccountId;
use crate::error::AppError;
use crate::identity::{Api, permission};
use crate::web::JsonBody;

#[derive(Serialize, ToSchema)]
struct Accounts {
    items: Vec<Account>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConnectBluesky {
    /// The handle (`name.bsky.social`) or the DID.
    #[schema(min_length = 3, max_length = 300)]
    identifier: String,
    /// An app password, `xxxx-xxxx-xxxx-xxxx`; never the account's own password.
    #[schema(min_length = 19, max_length = 100, write_only = true)]
    app_password: String,
}

/// Your connected accounts.
#[utoipa::path(tag = "accounts", responses((status = 200, body = Accounts)))]
#[get("/accounts")]
async fn list(app: Data<App>, caller: Api<permission::SharesRead>) -> Result<HttpResponse, AppError> {
    let member = caller.id;
    let items = app.read(move |db| super::accounts_of(db, member)).await?;
    Ok(HttpResponse::Ok().json(Accounts { items }))
}

/// Connect a Bluesky account with an app password.
#[utoipa::path(tag = "accounts", request_body = ConnectBluesky, responses(
    (status = 201, body = Account),
    (status = 502, description = "Bluesky did not answer.", body = crate::error::Problem, content_type = "application/problem+json")))]
#[post("/accounts/bluesky")]
async fn connect(app: Data<App>, caller: Api<permission::SharesWrite>, body: JsonBody<ConnectBluesky>) -> Result<HttpResponse, AppError> {
    let account = super::connect_bluesky(&app, &caller, &body.0.identifier, &body.0.app_password).await?;
    Ok(HttpResponse::Created().json(account))
}

/// Disconnect an account: its tokens are forgotten at once.
#[utoipa::path(tag = "accounts", params(("id" = AccountId, Path)), responses((status = 204)))]
#[delete("/accounts/{id}")]
async fn disconnect(app: Data<App>, caller: Api<permission::SharesWrite>, id: Path<AccountId>) -> Result<HttpResponse, AppError> {
    super::disconnect(&app, &caller, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    config.service(list).service(connect).service(disconnect);
}
