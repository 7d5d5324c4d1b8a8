use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::super::api::token_name;
use super::super::tokens;
use super::super::{Caller, Role, Scope, SignedIn, create_personal_token};
use super::parts::{Choice, SelectOption, Tab, Typed, account_tabs};
use crate::app::App;
use crate::db::ApiTokenId;
use crate::error::{AppError, FieldError};
use crate::web::{Flash, Form, FormErrors, Html, When, redirect};

#[derive(Serialize)]
struct TokensPage {
    tabs: Vec<Tab>,
    rows: Vec<TokenRow>,
    made: Option<Made>,
    errors: Vec<FieldError>,
    name: Typed,
    scopes: Vec<Choice>,
    scopes_error: Option<String>,
    lives: Vec<SelectOption>,
}

#[derive(Serialize)]
struct Made {
    name: String,
    token: String,
}

#[derive(Serialize)]
struct TokenRow {
    id: String,
    name: String,
    scopes: Vec<&'static str>,
    created: When,
    used: Option<When>,
    ends: Option<When>,
    ended: bool,
    revoke: String,
    ask: String,
}

/// What a scope allows, and who can make use of it.
fn explained(scope: Scope) -> (&'static str, &'static [Role]) {
    match scope {
        Scope::ProfileRead => ("See your account and your topics", &[]),
        Scope::ProfileWrite => ("Change your account and your topics", &[]),
        Scope::LibraryRead => ("Read the feed and the library", &[]),
        Scope::LibraryWrite => ("Write and change content", &[Role::Curator]),
        Scope::LibraryApprove => ("Approve and reject content", &[Role::Approver]),
        Scope::SharesRead => ("See your shares and what came of them", &[]),
        Scope::SharesWrite => ("Share in your name", &[]),
        Scope::ReportsRead => ("Read reports", &[Role::Curator, Role::Hr]),
        Scope::MembersRead => ("See members and groups", &[Role::Admin, Role::Curator, Role::Hr]),
        Scope::MembersWrite => ("Invite and change members", &[Role::Admin]),
        Scope::AdminRead => ("See settings, jobs and the audit log", &[Role::Admin]),
        Scope::AdminWrite => ("Change settings", &[Role::Admin]),
    }
}

/// The scopes that this person's roles give a meaning.
fn scope_choices(caller: &Caller, ticked: &[String]) -> Vec<Choice> {
    let useful = |scope: Scope| explained(scope).1.is_empty() || explained(scope).1.iter().any(|role| caller.has(*role));
    Scope::ALL
        .iter()
        .copied()
        .filter(|scope| useful(*scope))
        .map(|scope| Choice {
            value: scope.as_str().into(),
            label: explained(scope).0.into(),
            checked: ticked.iter().any(|t| t == scope.as_str()),
            hint: Some(scope.as_str().into()),
        })
        .collect()
}

const LIVES: [(&str, &str); 4] = [("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until you revoke it")];

#[derive(Deserialize, Default)]
struct TokenForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    scope: Vec<String>,
    #[serde(default)]
    days: String,
}

async fn draw(
    app: &App,
    request: &HttpRequest,
    caller: &Caller,
    form: &TokenForm,
    errors: &FormErrors,
    made: Option<Made>,
) -> Result<HttpResponse, AppError> {
    let (id, now) = (caller.id, app.now());
    let found = app.read(move |db| tokens::of_member(db, id)).await?;
    let shown = caller.shown(now);
    let row = |t: tokens::ApiToken| TokenRow {
        id: t.id.to_string(),
        name: t.name,
        scopes: t.scopes.iter().map(|s| s.as_str()).collect(),
        created: shown.when(t.created_at),
        used: t.last_used_at.map(|at| shown.when(at)),
        ends: t.expires_at.map(|at| shown.when(at)),
        ended: t.expires_at.is_some_and(|at| at <= now),
        revoke: format!("/account/tokens/{}/revoke", t.id),
        ask: format!("/account/tokens/{}/revoke", t.id),
    };
    let life = |(value, label): (&str, &str)| SelectOption { value: value.into(), label: label.into(), selected: form.days == value };
    let page = TokensPage {
        tabs: account_tabs("/account/tokens"),
        rows: found.into_iter().map(row).collect(),
        made,
        errors: errors.list().to_vec(),
        name: Typed::new("name", &form.name, errors),
        scopes: scope_choices(caller, &form.scope),
        scopes_error: errors.of("scope"),
        lives: LIVES.into_iter().map(life).collect(),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Html::new(app, request, "identity/tokens", "API tokens").status(status).render(&page)
}

fn fresh() -> TokenForm {
    TokenForm { days: "90".into(), ..TokenForm::default() }
}

async fn show(app: Data<App>, request: HttpRequest, caller: SignedIn) -> Result<HttpResponse, AppError> {
    draw(&app, &request, &caller, &fresh(), &FormErrors::default(), None).await
}

async fn make(app: Data<App>, request: HttpRequest, caller: SignedIn, form: Form<TokenForm>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let mut errors = FormErrors::default();
    let name = token_name(&form.name).map_err(|e| errors.add("name", e.to_string())).unwrap_or_default();
    let parsed: Result<BTreeSet<Scope>, String> = form.scope.iter().map(|s| s.parse()).collect();
    let scopes = parsed.map_err(|e| errors.add("scope", e)).unwrap_or_default();
    if scopes.is_empty() && errors.of("scope").is_none() {
        errors.add("scope", "Tick what the token may be used for.");
    }
    if !errors.is_empty() {
        return draw(&app, &request, &caller, &form, &errors, None).await;
    }
    let days = form.days.parse::<i64>().ok().filter(|d| (1..=366).contains(d));
    let expires_at = days.map(|d| app.now().plus(Duration::days(d)));
    let (member, label) = (caller.id, name.clone());
    let (_, token) = app.write(caller.actor(), move |tx| create_personal_token(tx, member, &label, &scopes, expires_at)).await?;
    draw(&app, &request, &caller, &fresh(), &FormErrors::default(), Some(Made { name, token })).await
}

#[derive(Deserialize)]
struct Nothing {}

async fn revoke(app: Data<App>, caller: SignedIn, id: Path<ApiTokenId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    app.write(caller.actor(), move |tx| tokens::revoke(tx, member, id)).await?;
    Ok(redirect(&app, "/account/tokens", Some(&Flash::good("The token is revoked. Nothing can use it any more."))))
}

/// The question before revoking, for browsers without scripts.
async fn ask(app: Data<App>, request: HttpRequest, _caller: SignedIn, id: Path<ApiTokenId>) -> Result<HttpResponse, AppError> {
    let page = super::parts::Question {
        title: "Revoke this token?".into(),
        text: "Whatever uses it stops working at once. This cannot be undone.".into(),
        action: format!("/account/tokens/{id}/revoke"),
        confirm: "Revoke it".into(),
        back: "/account/tokens".into(),
    };
    Html::new(&app, &request, "identity/question", "Revoke a token").render(&page)
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/account/tokens").route(get().to(show)).route(post().to(make)))
        .service(resource("/account/tokens/{id}/revoke").route(get().to(ask)).route(post().to(revoke)));
}
