use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::web::{Data, Path, ServiceConfig, resource, route};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

use super::link::Target;
use super::recorder::Arrival;
use super::slug::Slug;
use super::verdict::{self, Signals};
use crate::app::App;
use crate::error::AppError;
use crate::identity;
use crate::web::{Html, client_address};

/// Longer agents are made up; what is kept of one.
const AGENT_CHARS: usize = 300;

/// `/r/{slug}`: 302 after the hit is committed; a notice for unknown and recalled links.
async fn follow(app: Data<App>, request: HttpRequest, slug: Path<String>) -> HttpResponse {
    let address = client_address(&request, &app.config);
    if let Err(error) = app.limits.redirect(&address.to_string()) {
        return error.error_response();
    }
    let target = match Slug::parse(&slug) {
        Ok(slug) => app.recorder.target(&app, slug).await,
        Err(_) => Ok(None),
    };
    let target = match target {
        Ok(Some(target)) => target,
        Ok(None) => return notice(&app, &request, StatusCode::NOT_FOUND),
        Err(error) => return error.error_response(),
    };
    let own = is_own(&app, &request, &target).await;
    let arrival = arrival(&app, &request, &target, address, own);
    if !app.recorder.record(arrival).await {
        return AppError::Unavailable("Many people follow links just now. Try again in a moment.").error_response();
    }
    if target.recalled {
        return notice(&app, &request, StatusCode::GONE);
    }
    HttpResponse::Found()
        .insert_header((header::LOCATION, target.address.as_str()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
        .insert_header((HeaderName::from_static("x-robots-tag"), "noindex"))
        .finish()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

fn arrival(
    app: &App,
    request: &HttpRequest,
    target: &Target,
    address: std::net::IpAddr,
    own: bool,
) -> impl FnOnce(tokio::sync::oneshot::Sender<bool>) -> Arrival {
    let headers = request.headers();
    let at = app.now();
    // An agent may hold any bytes; what is no text is shown as such, and NUL cannot be stored.
    let agent: String = headers
        .get(header::USER_AGENT)
        .map(|v| String::from_utf8_lossy(v.as_bytes()))
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(AGENT_CHARS)
        .collect();
    let judged = verdict::judge(&Signals {
        method: request.method().as_str(),
        user_agent: &agent,
        sec_purpose: text(headers, "sec-purpose"),
        purpose: text(headers, "purpose"),
        x_purpose: text(headers, "x-purpose"),
        x_moz: text(headers, "x-moz"),
        accept_language: headers.contains_key(header::ACCEPT_LANGUAGE),
        sec_fetch: headers.contains_key("sec-fetch-mode"),
        own_click: own,
        seconds_since_posted: target.posted_at.map(|posted| at.since(posted).num_seconds()),
        repeated_within_hour: false,
    });
    let referer_host =
        text(headers, "referer").and_then(|r| url::Url::parse(r).ok()).and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default();
    let (link, method) = (target.id, request.method().as_str().chars().take(10).collect());
    move |done| Arrival { link, at, method, agent, referer_host, address, judged, done }
}

/// The sharer's own click, told by the session of this very browser.
async fn is_own(app: &App, request: &HttpRequest, target: &Target) -> bool {
    let Some(cookie) = request.cookie(identity::cookie_name(app)) else { return false };
    let (hash, now) = (crate::app::token_hash(cookie.value()), app.now());
    let member = app.read(move |db| identity::member_of_session(db, &hash, now)).await;
    member.is_ok_and(|m| m == Some(target.member))
}

#[derive(Serialize)]
struct Notice {
    recalled: bool,
}

fn notice(app: &App, request: &HttpRequest, status: StatusCode) -> HttpResponse {
    let page = Notice { recalled: status == StatusCode::GONE };
    let title = if page.recalled { "No longer available" } else { "No such link" };
    Html::new(app, request, "tracking/notice", title).status(status).render(&page).unwrap_or_else(|error| error.error_response())
}

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/r/{slug}").route(route().to(follow)));
}
