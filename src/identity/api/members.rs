use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::members::{self, MemberDetail, MemberFilter, MemberRow};
use super::super::profile::{self, MemberChanges};
use super::super::{Api, Email, NewMember, PersonName, Role, credentials, permission, set_roles};
use crate::app::App;
use crate::db::MemberId;
use crate::error::AppError;
use crate::web::{FormErrors, IdempotencyKey, IfMatch, JsonBody, Page, PageQuery, etag, once};

/// Members by name.
#[utoipa::path(tag = "members", params(MemberFilter, PageQuery), responses((status = 200, body = Page<MemberRow>)))]
#[get("/members")]
async fn list(
    app: Data<App>,
    request: HttpRequest,
    _caller: Api<permission::MembersRead>,
    filter: Query<MemberFilter>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let (after, limit) = page.cursor::<MemberId>()?;
    let rows = app.read(move |db| members::list(db, &filter, after, limit)).await?;
    Ok(Page::of(rows, limit, |row| row.member.id.to_string()).respond_to(&request))
}

/// One member, with roles and groups.
#[utoipa::path(tag = "members", params(("id" = MemberId, Path)), responses((status = 200, body = MemberDetail, headers(("etag" = String)))))]
#[get("/members/{id}")]
async fn show(app: Data<App>, _caller: Api<permission::MembersRead>, id: Path<MemberId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let found = app.read(move |db| members::detail(db, id)).await?;
    Ok(HttpResponse::Ok().insert_header(etag(found.member.version)).json(found))
}

/// A member to be made; the invitation is mailed.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMemberBody {
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Advocate when left out.
    #[serde(default)]
    pub roles: Vec<Role>,
    #[serde(default)]
    #[schema(max_length = 120)]
    pub department: Option<String>,
    #[serde(default)]
    #[schema(max_length = 120)]
    pub region: Option<String>,
    #[serde(default)]
    #[schema(max_length = 120)]
    pub title: Option<String>,
    /// ISO 3166 alpha-2, such as DE.
    #[serde(default)]
    #[schema(max_length = 2)]
    pub country: Option<String>,
    /// BCP 47, such as en or pt-BR; en when left out.
    #[serde(default)]
    #[schema(max_length = 35)]
    pub language: Option<String>,
    /// IANA name, such as Europe/Berlin; UTC when left out.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub time_zone: Option<String>,
    /// First day with the company.
    #[serde(default)]
    #[schema(format = "date")]
    pub started_on: Option<String>,
}

impl NewMemberBody {
    /// # Errors
    /// Every refused field.
    pub fn checked(&self) -> Result<NewMember, AppError> {
        let mut e = FormErrors::default();
        let email = self.email.parse::<Email>().map_err(|m| e.add("email", m)).ok();
        let name = self.name.parse::<PersonName>().map_err(|m| e.add("name", m)).ok();
        let mut text = |field: &str, value: &Option<String>| {
            profile::short_text(value.as_deref().unwrap_or_default()).map_err(|m| e.add(field, m)).ok().flatten()
        };
        let (department, region, title) = (text("department", &self.department), text("region", &self.region), text("title", &self.title));
        let country = profile::country(self.country.as_deref().unwrap_or_default()).map_err(|m| e.add("country", m)).ok().flatten();
        let language = self.language.as_deref().filter(|t| !t.trim().is_empty()).unwrap_or("en");
        let language = profile::language(language).map_err(|m| e.add("language", m)).ok();
        let zone = self.time_zone.as_deref().filter(|t| !t.trim().is_empty()).unwrap_or("UTC");
        let zone = profile::time_zone(zone).map_err(|m| e.add("time_zone", m)).ok();
        let started_on = profile::day(self.started_on.as_deref().unwrap_or_default()).map_err(|m| e.add("started_on", m)).ok().flatten();
        e.into_result()?;
        let (Some(email), Some(name), Some(language), Some(time_zone)) = (email, name, language, zone) else {
            return Err(AppError::field("email", "Enter an e-mail and a name."));
        };
        let roles = if self.roles.is_empty() { vec![Role::Advocate] } else { self.roles.clone() };
        Ok(NewMember { roles, department, region, title, country, language, time_zone, started_on, ..NewMember::named(email, name) })
    }
}

/// Make a member and mail the invitation.
#[utoipa::path(tag = "members", request_body = NewMemberBody, params(("idempotency-key" = Option<String>, Header)),
    responses((status = 201, body = MemberDetail)))]
#[post("/members")]
async fn create(
    app: Data<App>,
    caller: Api<permission::MembersWrite>,
    key: IdempotencyKey,
    body: JsonBody<NewMemberBody>,
) -> Result<HttpResponse, AppError> {
    let (new, by, shared) = (body.0.checked()?, caller.id, app.clone());
    let made = app
        .write(caller.actor(), move |tx| {
            once(tx, by, &key, &body.0, |tx| {
                let id = members::invite(tx, &shared.keys, &new)?;
                members::detail(tx.db, id)
            })
        })
        .await?;
    Ok(made.respond())
}

/// Change a member's attributes.
#[utoipa::path(tag = "members", request_body = MemberChanges, params(("id" = MemberId, Path),
    ("if-match" = Option<String>, Header, description = "The ETag that was read; refused with 409 when it has changed.")),
    responses((status = 200, body = MemberDetail, headers(("etag" = String)))))]
#[patch("/members/{id}")]
async fn change(
    app: Data<App>,
    caller: Api<permission::MembersWrite>,
    id: Path<MemberId>,
    read: IfMatch,
    body: JsonBody<MemberChanges>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let found = app
        .write(caller.actor(), move |tx| {
            profile::change(tx, id, read, &body.0)?;
            members::detail(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header(etag(found.member.version)).json(found))
}

/// The roles of a member, all of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Roles {
    #[schema(min_items = 1)]
    roles: Vec<Role>,
}

/// Set a member's roles. The last administrator stays one.
#[utoipa::path(tag = "members", request_body = Roles, params(("id" = MemberId, Path)), responses((status = 200, body = MemberDetail)))]
#[put("/members/{id}/roles")]
async fn put_roles(
    app: Data<App>,
    caller: Api<permission::MembersWrite>,
    id: Path<MemberId>,
    body: JsonBody<Roles>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    if body.0.roles.is_empty() {
        return Err(AppError::field("roles", "Choose at least one role."));
    }
    let found = app
        .write(caller.actor(), move |tx| {
            set_roles(tx, id, &body.0.roles)?;
            members::detail(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Take a member's access away at once. Their history stays.
#[utoipa::path(tag = "members", params(("id" = MemberId, Path)), responses((status = 200, body = MemberDetail), (status = 409, body = crate::error::Problem, content_type = "application/problem+json", description = "The last administrator.")))]
#[post("/members/{id}/disable")]
async fn disable(app: Data<App>, caller: Api<permission::MembersWrite>, id: Path<MemberId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let found = app
        .write(caller.actor(), move |tx| {
            members::disable(tx, id)?;
            members::detail(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Give a member access again.
#[utoipa::path(tag = "members", params(("id" = MemberId, Path)), responses((status = 200, body = MemberDetail)))]
#[post("/members/{id}/enable")]
async fn enable(app: Data<App>, caller: Api<permission::MembersWrite>, id: Path<MemberId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let found = app
        .write(caller.actor(), move |tx| {
            members::enable(tx, id)?;
            members::detail(tx.db, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Mail the invitation again; the earlier link ends.
#[utoipa::path(tag = "members", params(("id" = MemberId, Path)), responses((status = 204), (status = 409, body = crate::error::Problem, content_type = "application/problem+json", description = "Not invited any more.")))]
#[post("/members/{id}/invite")]
async fn invite_again(app: Data<App>, caller: Api<permission::MembersWrite>, id: Path<MemberId>) -> Result<HttpResponse, AppError> {
    let (id, shared) = (id.into_inner(), app.clone());
    app.write(caller.actor(), move |tx| credentials::send_invitation(tx, &shared.keys, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mail an active member a link to choose a new password.
#[utoipa::path(tag = "members", params(("id" = MemberId, Path)), responses((status = 204), (status = 409, body = crate::error::Problem, content_type = "application/problem+json", description = "Not active.")))]
#[post("/members/{id}/reset-password")]
async fn send_reset(app: Data<App>, caller: Api<permission::MembersWrite>, id: Path<MemberId>) -> Result<HttpResponse, AppError> {
    let (id, shared) = (id.into_inner(), app.clone());
    app.write(caller.actor(), move |tx| credentials::send_reset(tx, &shared.keys, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Addresses to invite with the same roles.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invitations {
    #[schema(min_items = 1, max_items = 200)]
    emails: Vec<String>,
    /// Advocate when left out.
    #[serde(default)]
    roles: Vec<Role>,
}

/// Invite many at once. Addresses that have an account, or are none, are named and left out.
#[utoipa::path(tag = "members", request_body = Invitations, params(("idempotency-key" = Option<String>, Header)),
    responses((status = 201, body = members::Invited)))]
#[post("/invitations")]
async fn invite_all(
    app: Data<App>,
    caller: Api<permission::MembersWrite>,
    key: IdempotencyKey,
    body: JsonBody<Invitations>,
) -> Result<HttpResponse, AppError> {
    let (JsonBody(body), by, shared) = (body, caller.id, app.clone());
    if !(1..=200).contains(&body.emails.len()) {
        return Err(AppError::field("emails", "Give 1 to 200 addresses."));
    }
    let roles = if body.roles.is_empty() { vec![Role::Advocate] } else { body.roles.clone() };
    let done = app
        .write(caller.actor(), move |tx| once(tx, by, &key, &body, |tx| members::invite_all(tx, &shared.keys, &body.emails, &roles)))
        .await?;
    Ok(done.respond())
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change)
        .service(put_roles)
        .service(disable)
        .service(enable)
        .service(invite_again)
        .service(send_reset)
        .service(invite_all);
}
