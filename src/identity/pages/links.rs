//! Pages behind mailed links: a forgotten password, a new one, an accepted invitation.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::super::{LinkKind, Member, Password, PersonName, credentials, sign_in};
use super::parts::Typed;
use crate::app::{App, blocking};
use crate::db::Actor;
use crate::error::{AppError, FieldError};
use crate::jobs;
use crate::web::{Flash, Form, FormErrors, Html, client_address, redirect};

#[derive(Serialize, Default)]
struct ForgotPage {
    sent: bool,
    email: String,
    error: Option<String>,
}

#[derive(Deserialize)]
struct ForgotForm {
    #[serde(default)]
    email: String,
}

const FORGOT: &str = "identity/forgot";

async fn show_forgot(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, AppError> {
    Html::new(&app, &request, FORGOT, "Forgot your password").render(&ForgotPage::default())
}

/// The same answer for every address; whether it has an account is looked up in a job.
async fn submit_forgot(app: Data<App>, request: HttpRequest, form: Form<ForgotForm>) -> Result<HttpResponse, AppError> {
    let Form(ForgotForm { email }) = form;
    let refused = |status, error: String| {
        let page = ForgotPage { sent: false, email: email.clone(), error: Some(error) };
        Html::new(&app, &request, FORGOT, "Forgot your password").status(status).render(&page)
    };
    let address = client_address(&request, &app.config).to_string();
    if let Err(error) = app.limits.mail(&address) {
        return refused(StatusCode::TOO_MANY_REQUESTS, error.to_string());
    }
    let Some(typed) = credentials::typed_address(&email) else {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "Write an e-mail address such as ada@example.com.".into());
    };
    app.write(Actor::system("forgotten password"), move |tx| jobs::enqueue(tx, &credentials::PasswordForgotten { email: typed })).await?;
    Html::new(&app, &request, FORGOT, "Look into your mail").render(&ForgotPage { sent: true, email, error: None })
}

async fn owner(app: &App, kind: LinkKind, token: &str) -> Result<Option<Member>, AppError> {
    let (token, now) = (token.to_owned(), app.now());
    match app.read(move |db| credentials::link_owner(db, kind, &token, now)).await {
        Ok(member) => Ok(Some(member)),
        Err(AppError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Serialize, Default)]
struct ResetPage {
    action: String,
    expired: bool,
    email: String,
    error: Option<String>,
    password_hint: &'static str,
}

#[derive(Deserialize)]
struct ResetForm {
    #[serde(default)]
    password: String,
}

fn reset_page(
    app: &App,
    request: &HttpRequest,
    token: &str,
    member: Option<&Member>,
    error: Option<String>,
) -> Result<HttpResponse, AppError> {
    let status = match (member, &error) {
        (None, _) => StatusCode::NOT_FOUND,
        (Some(_), Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        (Some(_), None) => StatusCode::OK,
    };
    let page = ResetPage {
        action: format!("/reset/{token}"),
        expired: member.is_none(),
        email: member.map(|m| m.email.clone()).unwrap_or_default(),
        error,
        password_hint: sign_in::PASSWORD_HINT,
    };
    Html::new(app, request, "identity/reset", "New password").status(status).render(&page)
}

async fn show_reset(app: Data<App>, request: HttpRequest, token: Path<String>) -> Result<HttpResponse, AppError> {
    let member = owner(&app, LinkKind::Reset, &token).await?;
    reset_page(&app, &request, &token, member.as_ref(), None)
}

async fn submit_reset(app: Data<App>, request: HttpRequest, token: Path<String>, form: Form<ResetForm>) -> Result<HttpResponse, AppError> {
    let Some(member) = owner(&app, LinkKind::Reset, &token).await? else { return reset_page(&app, &request, &token, None, None) };
    let chosen = match Password::parse(form.0.password, &member.email) {
        Ok(chosen) => chosen,
        Err(sentence) => return reset_page(&app, &request, &token, Some(&member), Some(sentence)),
    };
    let hash = blocking(move || chosen.hash()).await?;
    let secret = token.to_string();
    let used = app.write(Actor::member(member.id, &member.name), move |tx| credentials::reset(tx, &secret, &hash)).await;
    match used {
        Ok(_) => Ok(redirect(&app, "/sign-in", Some(&Flash::good("Your new password holds. Sign in with it.")))),
        Err(AppError::NotFound(_)) => reset_page(&app, &request, &token, None, None),
        Err(error) => Err(error),
    }
}

#[derive(Serialize, Default)]
struct InvitePage {
    action: String,
    expired: bool,
    organisation: String,
    email: String,
    errors: Vec<FieldError>,
    name: Typed,
    password_error: Option<String>,
    password_hint: &'static str,
}

#[derive(Deserialize)]
struct InviteForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

fn invite_page(
    app: &App,
    request: &HttpRequest,
    token: &str,
    member: Option<&Member>,
    name: &str,
    errors: &FormErrors,
) -> Result<HttpResponse, AppError> {
    let status = match (member, errors.is_empty()) {
        (None, _) => StatusCode::NOT_FOUND,
        (Some(_), false) => StatusCode::UNPROCESSABLE_ENTITY,
        (Some(_), true) => StatusCode::OK,
    };
    let page = InvitePage {
        action: format!("/invite/{token}"),
        expired: member.is_none(),
        organisation: app.organisation(),
        email: member.map(|m| m.email.clone()).unwrap_or_default(),
        errors: errors.list().to_vec(),
        name: Typed::new("name", name, errors),
        password_error: errors.of("password"),
        password_hint: sign_in::PASSWORD_HINT,
    };
    Html::new(app, request, "identity/invite", "Your invitation").status(status).render(&page)
}

async fn show_invite(app: Data<App>, request: HttpRequest, token: Path<String>) -> Result<HttpResponse, AppError> {
    let member = owner(&app, LinkKind::Invite, &token).await?;
    let name = member.as_ref().map(|m| m.name.clone()).unwrap_or_default();
    invite_page(&app, &request, &token, member.as_ref(), &name, &FormErrors::default())
}

async fn submit_invite(
    app: Data<App>,
    request: HttpRequest,
    token: Path<String>,
    form: Form<InviteForm>,
) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let gone = || invite_page(&app, &request, &token, None, "", &FormErrors::default());
    let Some(member) = owner(&app, LinkKind::Invite, &token).await? else { return gone() };
    let mut errors = FormErrors::default();
    let name = form.name.parse::<PersonName>().map_err(|e| errors.add("name", e)).ok();
    let chosen = Password::parse(form.password, &member.email).map_err(|e| errors.add("password", e)).ok();
    let (Some(name), Some(chosen)) = (name, chosen) else {
        return invite_page(&app, &request, &token, Some(&member), &form.name, &errors);
    };
    let hash = blocking(move || chosen.hash()).await?;
    let secret = token.to_string();
    let accepted = app.write(Actor::member(member.id, name.as_str()), move |tx| credentials::accept(tx, &secret, &name, &hash)).await;
    let member = match accepted {
        Ok(member) => member,
        Err(AppError::NotFound(_)) => return gone(),
        Err(error) => return Err(error),
    };
    let cookie = sign_in::begin_session(&app, &request, member.id, &member.name).await?;
    let mut response = redirect(&app, "/welcome", None);
    response.add_cookie(&cookie).map_err(AppError::internal)?;
    Ok(response)
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/forgot").route(get().to(show_forgot)).route(post().to(submit_forgot)))
        .service(resource("/reset/{token}").route(get().to(show_reset)).route(post().to(submit_reset)))
        .service(resource("/invite/{token}").route(get().to(show_invite)).route(post().to(submit_invite)));
}
