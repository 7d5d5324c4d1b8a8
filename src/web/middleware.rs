//! What wraps every request: its id, the log line, security headers, the origin check, and errors
//! turned into pages for people.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use rand::distr::{Alphanumeric, SampleString};
use serde::Serialize;

use super::page::Html;
use crate::app::App;
use crate::error::{AppError, Problem};

#[derive(Clone)]
struct RequestId(String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CSP: &str =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// The id under which this request is logged; a proxy's own is kept when it looks like one.
pub fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

fn make_request_id(headers: &HeaderMap) -> RequestId {
    let given = headers.get(&REQUEST_ID).and_then(|v| v.to_str().ok());
    let good = given.filter(|id| (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    RequestId(good.map_or_else(|| Alphanumeric.sample_string(&mut rand::rng(), 20), str::to_owned))
}

/// Gives the request its id, refuses foreign origins, logs one line and sets the headers.
pub async fn outer<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let id = make_request_id(request.headers());
    request.extensions_mut().insert(id.clone());
    let app = request.app_data::<Data<App>>().cloned();
    let (method, path, started) = (request.method().clone(), request.path().to_owned(), std::time::Instant::now());
    let refused = app.as_ref().is_some_and(|app| is_foreign(app, &request));
    let mut response = if refused {
        let error = AppError::Forbidden("This request came from another site. Open the page here and try again.".into());
        request.into_response(actix_web::ResponseError::error_response(&error)).map_into_right_body()
    } else {
        next.call(request).await?.map_into_left_body()
    };
    let status = response.status().as_u16();
    if !path.starts_with("/static/") && !path.starts_with("/r/") {
        tracing::info!(request_id = id.0, %method, path = redacted(&path), status, ms = started.elapsed().as_secs_f64() * 1e3, "request");
    }
    if let Some(app) = &app {
        app.metrics.request(&method, status, started.elapsed());
    }
    set_headers(response.headers_mut(), &id, app.is_some_and(|app| app.config.is_https()));
    Ok(response)
}

/// One-time tokens stand in some paths; they never reach the log.
fn redacted(path: &str) -> &str {
    ["/set-up/", "/reset/", "/invite/"].into_iter().find(|secret| path.starts_with(secret)).unwrap_or(path)
}

fn set_headers(headers: &mut HeaderMap, id: &RequestId, https: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::CONTENT_SECURITY_POLICY, CSP);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, value);
    }
}

/// A changing request that a browser sends from another site. Clients without an `Origin` (no
/// browser) pass; they carry no cookie of ours unless they are meant to.
fn is_foreign(app: &App, request: &ServiceRequest) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let headers = request.headers();
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return true;
    }
    let Some(origin) = text("origin") else { return false };
    let own = app.config.base_url.origin().ascii_serialization();
    let by_host = text("host").is_some_and(|host| origin.split_once("://").is_some_and(|(_, o)| o == host));
    origin != own && !by_host
}

#[derive(Serialize)]
struct ErrorPage {
    status: u16,
    title: &'static str,
    detail: String,
    signed_in: bool,
    request_id: String,
}

/// Turns problem+json into `error.hbs`, and 401 into the sign-in page, outside `/api`.
pub async fn error_pages<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let response = match next.call(request).await {
        Ok(response) => response,
        Err(error) => return Err(error),
    };
    let problem = response.response().extensions().get::<Problem>().cloned();
    let bare = problem.is_none() && response.response().error().is_some();
    if problem.is_none() && !bare {
        return Ok(response.map_into_left_body());
    }
    let status = response.status();
    let (request, old) = response.into_parts();
    if request.path().starts_with("/api/") || wants_json(&request) {
        return Ok(ServiceResponse::new(request, old).map_into_left_body());
    }
    let problem = problem.unwrap_or_else(|| AppError::Malformed("The request could not be read.".into()).problem());
    let page = page_for(&request, status, &problem);
    Ok(ServiceResponse::new(request, page).map_into_right_body())
}

fn wants_json(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|accept| accept.contains("json") && !accept.contains("text/html"))
}

fn page_for(request: &HttpRequest, status: StatusCode, problem: &Problem) -> HttpResponse {
    let Some(app) = request.app_data::<Data<App>>() else { return HttpResponse::new(status) };
    if status == StatusCode::UNAUTHORIZED && request.method() == Method::GET {
        let back: String =
            url::form_urlencoded::byte_serialize(request.uri().path_and_query().map_or("/", |p| p.as_str()).as_bytes()).collect();
        return super::redirect(app, &format!("/sign-in?next={back}"), None);
    }
    let title = match status.as_u16() {
        401 => "Sign in first",
        403 => "This is not open to you",
        404 => "We could not find that",
        409 => "That does not fit the present state",
        422 => "Something needs correcting",
        429 => "A little slower, please",
        503 => "Back in a moment",
        500 => "Something went wrong on our side",
        _ => "That did not work",
    };
    let signed_in = request.extensions().get::<super::Viewer>().is_some();
    let page = ErrorPage { status: status.as_u16(), title, detail: problem.detail.clone(), signed_in, request_id: request_id(request) };
    Html::new(app, request, "error", title).status(status).render(&page).unwrap_or_else(|_| HttpResponse::new(status))
}
