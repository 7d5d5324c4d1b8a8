//! Signing in and out, the first administrator, and a forgotten password.

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Query, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::guard::cookie_name;
use super::{Email, Member, MemberStatus, SignedIn, password, queries, session};
use crate::app::{App, blocking};
use crate::audit;
use crate::db::{Actor, MemberId};
use crate::error::AppError;
use crate::web::{Flash, Form, Html, client_address, redirect};

#[derive(Serialize, Default)]
struct SignInPage {
    email: String,
    error: Option<String>,
    next: String,
    sso: Option<()>,
    can_reset: bool,
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct SignInForm {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// A path of this site to go on to; anything else becomes the start page.
pub fn safe_path(next: &str) -> &str {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    if own { next } else { "/" }
}

async fn show(app: Data<App>, request: HttpRequest, query: Query<Next>, caller: Option<SignedIn>) -> Result<HttpResponse, AppError> {
    if caller.is_some() {
        return Ok(redirect(&app, safe_path(&query.next), None));
    }
    let page = SignInPage { next: safe_path(&query.next).into(), can_reset: true, ..SignInPage::default() };
    Html::new(&app, &request, "identity/sign_in", "Sign in").render(&page)
}

async fn submit(app: Data<App>, request: HttpRequest, form: Form<SignInForm>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let address = client_address(&request, &app.config).to_string();
    let checked = check_password(&app, &form.email, form.password, &address).await;
    let refused = |status, sentence: String| {
        let page = SignInPage {
            email: form.email.clone(),
            error: Some(sentence),
            next: safe_path(&form.next).into(),
            can_reset: true,
            ..SignInPage::default()
        };
        Html::new(&app, &request, "identity/sign_in", "Sign in").status(status).render(&page)
    };
    match checked {
        Ok(Some(member)) => {
            let cookie = begin_session(&app, &request, member.id, &member.name).await?;
            let mut response = redirect(&app, safe_path(&form.next), None);
            response.add_cookie(&cookie).map_err(AppError::internal)?;
            Ok(response)
        }
        Ok(None) => refused(StatusCode::UNPROCESSABLE_ENTITY, "That e-mail and password do not go together. Look at both again.".into()),
        Err(error @ AppError::TooMany { .. }) => refused(StatusCode::TOO_MANY_REQUESTS, error.to_string()),
        Err(error) => Err(error),
    }
}

/// The member whose e-mail and password these are. Limits apply to the account together with the
/// address, so that strangers cannot lock anybody out.
///
/// # Errors
/// Too many tries.
pub async fn check_password(app: &App, email: &str, given: String, address: &str) -> Result<Option<Member>, AppError> {
    let email = email.trim().to_lowercase();
    app.limits.sign_in(&email, address)?;
    let found = match email.parse::<Email>() {
        Ok(email) => app.read(move |db| super::by_email(db, &email)).await?,
        Err(_) => None,
    };
    let stored = found.as_ref().and_then(|m| m.password_hash.clone());
    let fits = blocking(move || Ok(password::fits(&given, stored.as_deref()))).await?;
    let member = found.filter(|m| fits && m.status == MemberStatus::Active);
    if member.is_none() {
        tracing::info!("sign-in refused");
    }
    Ok(member)
}

/// Starts a session and returns its cookie.
///
/// # Errors
/// The database's.
pub async fn begin_session(app: &App, request: &HttpRequest, member: MemberId, name: &str) -> Result<Cookie<'static>, AppError> {
    let agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let token = app.write(Actor::member(member, name), move |tx| session::start(tx, member, &agent)).await?;
    Ok(cookie(app, token, time::Duration::days(30)))
}

fn cookie(app: &App, token: String, age: time::Duration) -> Cookie<'static> {
    Cookie::build(cookie_name(app), token)
        .path("/")
        .http_only(true)
        .secure(app.config.is_https())
        .same_site(SameSite::Lax)
        .max_age(age)
        .finish()
}

#[derive(Deserialize)]
struct Nothing {}

async fn sign_out(app: Data<App>, caller: SignedIn, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    if let Some(id) = caller.session() {
        let member = caller.id;
        app.write(caller.actor(), move |tx| session::end(tx, member, id)).await?;
    }
    let mut response = redirect(&app, "/sign-in", Some(&Flash::good("You are signed out.")));
    let mut gone = cookie(&app, String::new(), time::Duration::ZERO);
    gone.make_removal();
    response.add_cookie(&gone).map_err(AppError::internal)?;
    Ok(response)
}

#[derive(Deserialize)]
struct Theme {
    value: String,
    #[serde(default)]
    back: String,
}

/// The switch between light and dark, kept in a cookie of the browser.
async fn theme(app: Data<App>, form: Form<Theme>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let value = if matches!(form.value.as_str(), "light" | "dark") { form.value.clone() } else { "auto".into() };
    let mut response = redirect(&app, safe_path(&form.back), None);
    let cookie = Cookie::build("herald_theme", value)
        .path("/")
        .same_site(SameSite::Lax)
        .max_age(time::Duration::days(365))
        .secure(app.config.is_https())
        .finish();
    response.add_cookie(&cookie).map_err(AppError::internal)?;
    Ok(response)
}

#[derive(Serialize)]
struct SetUpPage {
    action: String,
    organisation: String,
    errors: Vec<crate::error::FieldError>,
    name: Typed,
    email: Typed,
    password_error: Option<String>,
    password_hint: &'static str,
}

/// What was typed into a field, and what is wrong with it.
#[derive(Serialize, Default)]
struct Typed {
    value: String,
    error: Option<String>,
}

pub(super) const PASSWORD_HINT: &str = "At least 10 characters. A few ordinary words are better than one odd one.";

#[derive(Deserialize, Default)]
struct SetUpForm {
    name: String,
    email: String,
    password: String,
}

fn set_up_page(app: &App, token: &str, form: &SetUpForm, errors: &crate::web::FormErrors) -> SetUpPage {
    SetUpPage {
        action: format!("/set-up/{token}"),
        organisation: app.organisation(),
        errors: errors.list().to_vec(),
        name: Typed { value: form.name.clone(), error: errors.of("name") },
        email: Typed { value: form.email.clone(), error: errors.of("email") },
        password_error: errors.of("password"),
        password_hint: PASSWORD_HINT,
    }
}

async fn show_set_up(app: Data<App>, request: HttpRequest, token: actix_web::web::Path<String>) -> Result<HttpResponse, AppError> {
    let (secret, now) = (token.to_string(), app.now());
    app.read(move |db| {
        super::one_time::open(db, super::LinkKind::Setup, &secret, now)?;
        not_set_up(db)
    })
    .await?;
    let page = set_up_page(&app, &token, &SetUpForm::default(), &crate::web::FormErrors::default());
    Html::new(&app, &request, "identity/set_up", "Set up").render(&page)
}

async fn submit_set_up(
    app: Data<App>,
    request: HttpRequest,
    token: actix_web::web::Path<String>,
    form: Form<SetUpForm>,
) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let mut errors = crate::web::FormErrors::default();
    let name = form.name.parse::<super::PersonName>().map_err(|e| errors.add("name", e)).ok();
    let email = form.email.parse::<Email>().map_err(|e| errors.add("email", e)).ok();
    let chosen = super::Password::parse(form.password.clone(), email.as_ref().map_or("", |e| e.as_str()))
        .map_err(|e| errors.add("password", e))
        .ok();
    let (Some(name), Some(email), Some(chosen)) = (name, email, chosen) else {
        let page = set_up_page(&app, &token, &form, &errors);
        return Html::new(&app, &request, "identity/set_up", "Set up").status(StatusCode::UNPROCESSABLE_ENTITY).render(&page);
    };
    let hash = blocking(move || chosen.hash()).await?;
    let shown = name.as_str().to_owned();
    let id = app.write(Actor::system("set-up"), move |tx| make_first_administrator(tx, &token, email, name, hash)).await?;
    let cookie = begin_session(&app, &request, id, &shown).await?;
    let mut response =
        redirect(&app, "/", Some(&Flash::good("Welcome. You are the administrator: invite your colleagues, or look around first.")));
    response.add_cookie(&cookie).map_err(AppError::internal)?;
    Ok(response)
}

/// A set-up link ends when an administrator exists, however they were made.
fn not_set_up(db: &mut crate::db::Db) -> Result<(), AppError> {
    if queries::any_admin(db)? { Err(AppError::NotFound("Herald is set up already. This link")) } else { Ok(()) }
}

fn make_first_administrator(
    tx: &mut crate::db::Tx<'_>,
    token: &str,
    email: Email,
    name: super::PersonName,
    hash: String,
) -> Result<MemberId, AppError> {
    not_set_up(tx.db)?;
    super::one_time::use_up(tx, super::LinkKind::Setup, token)?;
    let new = super::NewMember {
        roles: vec![super::Role::Admin, super::Role::Advocate],
        password_hash: Some(hash),
        ..super::NewMember::named(email, name)
    };
    super::create(tx, &new)
}

/// The path of a fresh set-up link while there is no administrator; None once there is one.
///
/// # Errors
/// The database's.
pub fn set_up_link(tx: &mut crate::db::Tx<'_>) -> Result<Option<String>, AppError> {
    if queries::any_admin(tx.db)? {
        return Ok(None);
    }
    let path = super::one_time::issue(tx, super::LinkKind::Setup, None)?;
    audit::record(tx, "set_up.offered", "herald", &serde_json::json!({}))?;
    Ok(Some(path))
}

pub fn pages(config: &mut ServiceConfig) {
    config
        .service(resource("/sign-in").route(get().to(show)).route(post().to(submit)))
        .route("/sign-out", post().to(sign_out))
        .route("/theme", post().to(theme))
        .service(resource("/set-up/{token}").route(get().to(show_set_up)).route(post().to(submit_set_up)));
}
