use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::{Data, Path, ServiceConfig, resource, route};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

use super::link::Target;
use super::recorder::Arrival;
use super::slug::Slug;
use super::verdict::{self, Signals};
use crate::app::App;
use crate::db::Ts;
use crate::error::AppError;
use crate::identity;
use crate::web::{Html, client_address};

/// Longer agents are made up; what is kept of one.
const AGENT_CHARS: usize = 300;

/// What one request on a short link says of itself. The address is hashed and forgotten.
#[derive(Debug, Clone)]
pub struct Visit {
    pub method: String,
    pub user_agent: String,
    pub referer_host: String,
    pub address: IpAddr,
    /// `Sec-Purpose`, `Purpose`, `X-Purpose` and `X-Moz`, as sent.
    pub purposes: [Option<String>; 4],
    pub accept_language: bool,
    pub sec_fetch: bool,
    /// Whether the visitor is the member who shared the link.
    pub own: bool,
}

/// Where a short link leads, once the visit has been recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    To(String),
    Recalled,
    Unknown,
    /// It could not be recorded in time, so nobody is led anywhere.
    Busy,
}

/// Follows a short link as `visit` does: judged, durable, then answered.
///
/// # Errors
/// The database's, while the link is looked up.
pub async fn visit(app: &App, slug: &str, visit: Visit) -> Result<Followed, AppError> {
    let Ok(slug) = Slug::parse(slug) else { return Ok(Followed::Unknown) };
    let Some(target) = app.recorder.target(app, slug).await? else { return Ok(Followed::Unknown) };
    let at = app.now();
    let arrival = arrival(at, &target, visit);
    if !app.recorder.record(arrival).await {
        return Ok(Followed::Busy);
    }
    Ok(if target.recalled { Followed::Recalled } else { Followed::To(target.address.clone()) })
}

fn arrival(at: Ts, target: &Target, visit: Visit) -> impl FnOnce(tokio::sync::oneshot::Sender<bool>) -> Arrival {
    let agent: String = visit.user_agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect();
    let [sec_purpose, purpose, x_purpose, x_moz] = &visit.purposes;
    let judged = verdict::judge(&Signals {
        method: &visit.method,
        user_agent: &agent,
        sec_purpose: sec_purpose.as_deref(),
        purpose: purpose.as_deref(),
        x_purpose: x_purpose.as_deref(),
        x_moz: x_moz.as_deref(),
        accept_language: visit.accept_language,
        sec_fetch: visit.sec_fetch,
        own_click: visit.own,
        seconds_since_posted: target.posted_at.map(|posted| at.since(posted).num_seconds()),
        repeated_within_hour: false,
    });
    let (link, method) = (target.id, visit.method.chars().take(10).collect());
    move |done| Arrival { link, at, method, agent, referer_host: visit.referer_host, address: visit.address, judged, done }
}

/// `/r/{slug}`: 302 after the hit is committed; a notice for unknown and recalled links.
async fn follow(app: Data<App>, request: HttpRequest, slug: Path<String>) -> HttpResponse {
    let address = client_address(&request, &app.config);
    if let Err(error) = app.limits.redirect(&address.to_string()) {
        return error.error_response();
    }
    let own = is_own(&app, &request, &slug).await;
    match visit(&app, &slug, visit_of(&request, address, own)).await {
        Ok(Followed::To(target)) => HttpResponse::Found()
            .insert_header((header::LOCATION, target))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::REFERRER_POLICY, "strict-origin-when-cross-origin"))
            .insert_header((HeaderName::from_static("x-robots-tag"), "noindex"))
            .finish(),
        Ok(Followed::Recalled) => notice(&app, &request, StatusCode::GONE),
        Ok(Followed::Unknown) => notice(&app, &request, StatusCode::NOT_FOUND),
        Ok(Followed::Busy) => AppError::Unavailable("Many people follow links just now. Try again in a moment.").error_response(),
        Err(error) => error.error_response(),
    }
}

fn visit_of(request: &HttpRequest, address: IpAddr, own: bool) -> Visit {
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    Visit {
        method: request.method().as_str().to_owned(),
        // An agent may hold any bytes.
        user_agent: headers.get(header::USER_AGENT).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned()).unwrap_or_default(),
        referer_host: text("referer")
            .and_then(|r| url::Url::parse(r).ok())
            .and_then(|u| u.host_str().map(str::to_owned))
            .unwrap_or_default(),
        address,
        purposes: ["sec-purpose", "purpose", "x-purpose", "x-moz"].map(|name| text(name).map(str::to_owned)),
        accept_language: headers.contains_key(header::ACCEPT_LANGUAGE),
        sec_fetch: headers.contains_key("sec-fetch-mode"),
        own,
    }
}

/// The sharer's own click, told by the session of this very browser.
async fn is_own(app: &App, request: &HttpRequest, slug: &str) -> bool {
    let Some(cookie) = request.cookie(identity::cookie_name(app)) else { return false };
    let Ok(slug) = Slug::parse(slug) else { return false };
    let Ok(Some(target)) = app.recorder.target(app, slug).await else { return false };
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
