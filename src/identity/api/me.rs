use std::collections::BTreeSet;

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::profile::{self, ProfileChanges};
use super::super::session::{self, Session};
use super::super::tokens::{self, ApiToken};
use super::super::{Api, Password, Scope, credentials, find, members, password, permission};
use crate::app::{App, blocking};
use crate::db::{ApiTokenId, SessionId, Ts};
use crate::error::AppError;
use crate::web::{IfMatch, JsonBody, etag};

/// Your account.
#[utoipa::path(tag = "me", responses((status = 200, body = members::MemberDetail, headers(("etag" = String)))))]
#[get("/me")]
async fn show(app: Data<App>, caller: Api<permission::ProfileRead>) -> Result<HttpResponse, AppError> {
    let id = caller.id;
    let me = app.read(move |db| members::detail(db, id)).await?;
    Ok(HttpResponse::Ok().insert_header(etag(me.member.version)).json(me))
}

/// Change your profile.
#[utoipa::path(tag = "me", request_body = ProfileChanges, params(("if-match" = Option<String>, Header, description = "The ETag that was read; refused with 409 when it has changed.")),
    responses((status = 200, body = members::MemberDetail, headers(("etag" = String)))))]
#[patch("/me")]
async fn change(
    app: Data<App>,
    caller: Api<permission::ProfileWrite>,
    read: IfMatch,
    body: JsonBody<ProfileChanges>,
) -> Result<HttpResponse, AppError> {
    let id = caller.id;
    let me = app
        .write(caller.actor(), move |tx| {
            profile::change(tx, id, read, &body.0.into())?;
            members::detail(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(etag(me.member.version)).json(me))
}

/// One of your sessions.
#[derive(Serialize, ToSchema)]
struct OwnSession {
    #[serde(flatten)]
    session: Session,
    /// Whether it is the one that asks.
    current: bool,
}

/// Your sessions: every browser in which you are signed in.
#[utoipa::path(tag = "me", responses((status = 200, body = Vec<OwnSession>)))]
#[get("/me/sessions")]
async fn sessions(app: Data<App>, caller: Api<permission::ProfileRead>) -> Result<HttpResponse, AppError> {
    let (id, now, own) = (caller.id, app.now(), caller.session());
    let found = app.read(move |db| session::of_member(db, id, now)).await?;
    let found: Vec<OwnSession> = found.into_iter().map(|session| OwnSession { current: own == Some(session.id), session }).collect();
    Ok(HttpResponse::Ok().json(found))
}

/// End one of your sessions.
#[utoipa::path(tag = "me", params(("id" = SessionId, Path)), responses((status = 204)))]
#[delete("/me/sessions/{id}")]
async fn end_session(app: Data<App>, caller: Api<permission::ProfileWrite>, id: Path<SessionId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    app.write(caller.actor(), move |tx| session::end(tx, member, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Your personal access tokens.
#[utoipa::path(tag = "me", responses((status = 200, body = Vec<ApiToken>)))]
#[get("/me/tokens")]
async fn own_tokens(app: Data<App>, caller: Api<permission::ProfileRead>) -> Result<HttpResponse, AppError> {
    let id = caller.id;
    Ok(HttpResponse::Ok().json(app.read(move |db| tokens::of_member(db, id)).await?))
}

/// A personal access token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Never more than the token that asks has itself.
    #[schema(min_items = 1, value_type = Vec<Scope>)]
    scopes: BTreeSet<Scope>,
    /// Days until it ends; null for never.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 366)]
    expires_in_days: Option<i64>,
}

/// A new token; this is the only time that it is shown.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    id: ApiTokenId,
    token: String,
    expires_at: Option<Ts>,
}

/// Make a personal access token.
#[utoipa::path(tag = "me", request_body = NewToken, responses((status = 201, body = MadeToken)))]
#[post("/me/tokens")]
async fn make_token(app: Data<App>, caller: Api<permission::ProfileWrite>, body: JsonBody<NewToken>) -> Result<HttpResponse, AppError> {
    let JsonBody(body) = body;
    let name = token_name(&body.name)?;
    if body.expires_in_days.is_some_and(|d| !(1..=366).contains(&d)) {
        return Err(AppError::field("expires_in_days", "Choose 1 to 366 days, or null for never."));
    }
    if caller.scopes().is_some_and(|own| !body.scopes.is_subset(own)) {
        return Err(AppError::field("scopes", "A token cannot make one that may do more than itself."));
    }
    let (member, scopes) = (caller.id, body.scopes);
    let expires_at = body.expires_in_days.map(|days| app.now().plus(Duration::days(days)));
    let (id, token) = app.write(caller.actor(), move |tx| tokens::create_personal_token(tx, member, &name, &scopes, expires_at)).await?;
    Ok(HttpResponse::Created().insert_header((header::CACHE_CONTROL, "no-store")).json(MadeToken { id, token, expires_at }))
}

/// The name of a token: 1 to 120 characters.
pub fn token_name(text: &str) -> Result<String, AppError> {
    profile::short_text(text)
        .and_then(|name| name.ok_or_else(|| "Say what the token is for.".into()))
        .map_err(|sentence| AppError::field("name", sentence))
}

/// Revoke one of your tokens.
#[utoipa::path(tag = "me", params(("id" = ApiTokenId, Path)), responses((status = 204)))]
#[delete("/me/tokens/{id}")]
async fn revoke_token(app: Data<App>, caller: Api<permission::ProfileWrite>, id: Path<ApiTokenId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    app.write(caller.actor(), move |tx| tokens::revoke(tx, member, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    #[schema(max_length = 1000)]
    current: String,
    #[schema(min_length = 10, max_length = 200)]
    new: String,
}

/// Change your password. Every other session and every refresh token ends.
#[utoipa::path(tag = "me", request_body = PasswordChange, responses((status = 204)))]
#[post("/me/password")]
async fn change_password(
    app: Data<App>,
    caller: Api<permission::ProfileWrite>,
    body: JsonBody<PasswordChange>,
) -> Result<HttpResponse, AppError> {
    let JsonBody(body) = body;
    set_own_password(&app, &caller, body.current, body.new).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Checks the current password and sets the new one; the session that asks stays.
///
/// # Errors
/// Invalid `current` or `new`; too many tries.
pub async fn set_own_password(app: &App, caller: &super::super::Caller, current: String, new: String) -> Result<(), AppError> {
    app.limits.sign_in(&caller.email, "own password")?;
    let id = caller.id;
    let stored = app.read(move |db| Ok(find(db, id)?.password_hash)).await?;
    if !blocking(move || Ok(password::fits(&current, stored.as_deref()))).await? {
        return Err(AppError::field("current", "That is not your current password."));
    }
    let new = Password::parse(new, &caller.email).map_err(|sentence| AppError::field("new", sentence))?;
    let (hash, keep) = (blocking(move || new.hash()).await?, caller.session());
    app.write(caller.actor(), move |tx| credentials::change_password(tx, id, &hash, keep)).await
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(show)
        .service(change)
        .service(sessions)
        .service(end_session)
        .service(own_tokens)
        .service(make_token)
        .service(revoke_token)
        .service(change_password);
}
