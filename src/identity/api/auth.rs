use std::collections::BTreeSet;

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::jwt::{self, Refreshed};
use super::super::{Scope, sign_in};
use crate::app::App;
use crate::audit;
use crate::db::Actor;
use crate::error::AppError;
use crate::web::{JsonBody, client_address};

/// E-mail and password, exchanged for an access token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    #[schema(format = "email", max_length = 254)]
    email: String,
    #[schema(max_length = 1000)]
    password: String,
    /// What the token may be used for; everything the member may do when left out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Scope>>)]
    scopes: Option<BTreeSet<Scope>>,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
}

/// A short access token and the refresh token that continues it.
#[derive(Serialize, ToSchema)]
struct Tokens {
    access_token: String,
    /// Always Bearer.
    token_type: &'static str,
    /// Seconds until the access token ends.
    expires_in: i64,
    /// Works once; the answer to it carries the next one.
    refresh_token: String,
    scopes: BTreeSet<Scope>,
}

impl From<jwt::Pair> for Tokens {
    fn from(pair: jwt::Pair) -> Self {
        Self {
            access_token: pair.access,
            token_type: "Bearer",
            expires_in: pair.access_seconds,
            refresh_token: pair.refresh,
            scopes: pair.scopes,
        }
    }
}

fn answer(pair: jwt::Pair) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Tokens::from(pair))
}

/// Sign in: an access token for 15 minutes and a refresh token for 30 days.
#[utoipa::path(tag = "auth", request_body = Credentials, responses((status = 200, body = Tokens)))]
#[post("/auth/token")]
async fn token(app: Data<App>, request: HttpRequest, body: JsonBody<Credentials>) -> Result<HttpResponse, AppError> {
    let JsonBody(body) = body;
    let address = client_address(&request, &app.config).to_string();
    let member = sign_in::check_password(&app, &body.email, body.password, &address).await?.ok_or(AppError::Unauthenticated)?;
    let scopes = body.scopes.filter(|s| !s.is_empty()).unwrap_or_else(|| Scope::ALL.iter().copied().collect());
    let shared = app.clone();
    let pair = app
        .write(Actor::member(member.id, &member.name), move |tx| {
            let pair = jwt::begin(tx, &shared.keys, shared.config.base_url.as_str(), member.id, &scopes)?;
            audit::record(tx, "access_token.issued", &member.id.to_string(), &serde_json::json!({"scopes": scopes}))?;
            Ok(pair)
        })
        .await?;
    Ok(answer(pair))
}

/// Exchange a refresh token for the next pair. One that comes twice ends all its successors.
#[utoipa::path(tag = "auth", request_body = Refresh, responses((status = 200, body = Tokens)))]
#[post("/auth/refresh")]
async fn refresh(app: Data<App>, request: HttpRequest, body: JsonBody<Refresh>) -> Result<HttpResponse, AppError> {
    let JsonBody(body) = body;
    app.limits.api(&client_address(&request, &app.config).to_string())?;
    let shared = app.clone();
    let outcome = app
        .write(Actor::system("refresh"), move |tx| jwt::refresh(tx, &shared.keys, shared.config.base_url.as_str(), &body.refresh_token))
        .await?;
    match outcome {
        Refreshed::Pair(pair) => Ok(answer(pair)),
        Refreshed::Refused => Err(AppError::Unauthenticated),
    }
}

/// End a refresh token and everything that came of it. An unknown one is no error.
#[utoipa::path(tag = "auth", request_body = Refresh, responses((status = 204)))]
#[post("/auth/revoke")]
async fn revoke(app: Data<App>, request: HttpRequest, body: JsonBody<Refresh>) -> Result<HttpResponse, AppError> {
    let JsonBody(body) = body;
    app.limits.api(&client_address(&request, &app.config).to_string())?;
    app.write(Actor::system("revoke"), move |tx| jwt::revoke(tx, &body.refresh_token)).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub fn routes(config: &mut ServiceConfig) {
    config.service(token).service(refresh).service(revoke);
}
