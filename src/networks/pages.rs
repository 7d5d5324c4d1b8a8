use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Account, AccountState};
use crate::app::App;
use crate::db::AccountId;
use crate::error::{AppError, FieldError};
use crate::identity::SignedIn;
use crate::web::{Flash, Form, FormErrors, Html, Shown, When, redirect};

#[derive(Serialize)]
struct NetworksPage {
    errors: Vec<FieldError>,
    accounts: Vec<Row>,
    /// Whether the form to connect Bluesky is shown: not while an account works.
    can_connect: bool,
    reconnect: bool,
    identifier: Typed,
    password_error: Option<String>,
    mastodon: Typed,
}

#[derive(Serialize, Default)]
struct Typed {
    value: String,
    error: Option<String>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    network: &'static str,
    network_label: &'static str,
    handle: String,
    host: String,
    status: Status,
    problem: Option<String>,
    connected: When,
    last_ok: Option<When>,
    disconnect: String,
    dialog: String,
    consequence: String,
}

#[derive(Serialize)]
struct Status {
    kind: &'static str,
    label: &'static str,
}

fn row(account: Account, shown: Shown) -> Row {
    let works = account.state == AccountState::Active;
    let label = account.network.label();
    Row {
        network: account.network.as_str(),
        network_label: label,
        status: if works { Status { kind: "good", label: "Connected" } } else { Status { kind: "warn", label: "Connect again" } },
        problem: account.last_error.filter(|_| !works),
        connected: shown.when(account.created_at),
        last_ok: account.last_ok_at.map(|at| shown.when(at)),
        disconnect: format!("/account/networks/{}/disconnect", account.id),
        dialog: format!("disconnect-{}", account.id),
        consequence: format!(
            "Herald forgets its access to {} at once and no longer posts for you. Your posts and their clicks stay. Sharing by link goes on as before.",
            account.handle
        ),
        id: account.id.to_string(),
        handle: account.handle,
        host: account.host,
    }
}

/// What was typed, when a form comes back.
#[derive(Default)]
struct Given {
    identifier: String,
    mastodon: Option<String>,
    errors: FormErrors,
}

async fn page(app: &App, request: &HttpRequest, caller: &SignedIn, given: Given, status: StatusCode) -> Result<HttpResponse, AppError> {
    let member = caller.id;
    let (accounts, host) = app.read(move |db| Ok((super::accounts_of(db, member)?, super::mastodon_host(db, member)?))).await?;
    let shown = caller.shown(app.now());
    let page = NetworksPage {
        errors: given.errors.list().to_vec(),
        can_connect: !accounts.iter().any(|a| a.state == AccountState::Active),
        reconnect: !accounts.is_empty(),
        identifier: Typed {
            value: if given.identifier.is_empty() {
                accounts.first().map(|a| a.handle.clone()).unwrap_or_default()
            } else {
                given.identifier
            },
            error: given.errors.of("identifier"),
        },
        password_error: given.errors.of("app_password"),
        mastodon: Typed { value: given.mastodon.or(host).unwrap_or_default(), error: given.errors.of("mastodon_host") },
        accounts: accounts.into_iter().map(|a| row(a, shown)).collect(),
    };
    Html::new(app, request, "networks/accounts", "Networks").status(status).render(&page)
}

async fn show(app: Data<App>, request: HttpRequest, caller: SignedIn) -> Result<HttpResponse, AppError> {
    page(&app, &request, &caller, Given::default(), StatusCode::OK).await
}

#[derive(Deserialize)]
struct Connect {
    identifier: String,
    app_password: String,
}

async fn connect(app: Data<App>, request: HttpRequest, caller: SignedIn, form: Form<Connect>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let refused = match super::connect_bluesky(&app, &caller, &form.identifier, &form.app_password).await {
        Ok(account) => {
            let done = Flash::good(format!("{} is connected. You can now post there from Herald.", account.handle));
            return Ok(redirect(&app, "/account/networks", Some(&done)));
        }
        Err(AppError::Invalid(fields)) => fields,
        Err(error @ (AppError::Upstream(_) | AppError::TooMany { .. })) => {
            vec![FieldError { field: "identifier".into(), message: error.to_string() }]
        }
        Err(error) => return Err(error),
    };
    let given = Given { identifier: form.identifier, errors: refused.into(), ..Given::default() };
    page(&app, &request, &caller, given, StatusCode::UNPROCESSABLE_ENTITY).await
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Serialize)]
struct AskPage {
    title: String,
    text: String,
    action: String,
    confirm: &'static str,
    back: &'static str,
}

async fn ask_disconnect(app: Data<App>, request: HttpRequest, caller: SignedIn, id: Path<AccountId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    let account = app
        .read(move |db| super::accounts_of(db, member))
        .await?
        .into_iter()
        .find(|a| a.id == id)
        .ok_or(AppError::NotFound("That account"))?;
    let row = row(account, caller.shown(app.now()));
    let page = AskPage {
        title: format!("Disconnect {}?", row.handle),
        text: row.consequence,
        action: row.disconnect,
        confirm: "Disconnect it",
        back: "/account/networks",
    };
    Html::new(&app, &request, "networks/ask", "Disconnect").render(&page)
}

async fn disconnect(app: Data<App>, caller: SignedIn, id: Path<AccountId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    super::disconnect(&app, &caller, id.into_inner()).await?;
    let done = Flash::good("The account is disconnected. Herald has forgotten its access.");
    Ok(redirect(&app, "/account/networks", Some(&done)))
}

#[derive(Deserialize)]
struct Mastodon {
    #[serde(default)]
    mastodon_host: String,
}

async fn set_mastodon(app: Data<App>, request: HttpRequest, caller: SignedIn, form: Form<Mastodon>) -> Result<HttpResponse, AppError> {
    let typed = form.0.mastodon_host;
    let host = super::mastodon_server(&typed);
    if host.is_none() && !typed.trim().is_empty() {
        let mut errors = FormErrors::default();
        errors.add("mastodon_host", "That is no Mastodon server. Enter its name alone, such as mastodon.social.");
        let given = Given { mastodon: Some(typed), errors, ..Given::default() };
        return page(&app, &request, &caller, given, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let (member, words) =
        (caller.id, if host.is_some() { "Saved. Mastodon shares open on your server." } else { "Your server is forgotten." });
    app.write(caller.actor(), move |tx| super::set_mastodon_host(tx, member, host.as_deref())).await?;
    Ok(redirect(&app, "/account/networks", Some(&Flash::good(words))))
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/account/networks").route(get().to(show)))
        .service(resource("/account/networks/bluesky").route(post().to(connect)))
        .service(resource("/account/networks/mastodon").route(post().to(set_mastodon)))
        .service(resource("/account/networks/{id}/disconnect").route(get().to(ask_disconnect)).route(post().to(disconnect)));
}
