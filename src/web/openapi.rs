//! The OpenAPI 3.1 document of the JSON API, and what answers where no endpoint is.

use std::sync::LazyLock;

use actix_web::http::{Method, header};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use utoipa::Modify;
use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

use crate::app::App;
use crate::error::{AppError, FieldError, Problem};
use crate::web::Html;

/// The frame of the document; the slices' endpoints fill it.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Herald",
        description = "Employee advocacy: a library of approved content, shared by colleagues, counted honestly. \
            Errors are problem+json (RFC 9457) with a stable `code`. Lists page by cursor: give `next` as `after`. \
            Creating writes take an `Idempotency-Key`. Times are ISO 8601 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem, FieldError)),
    modifiers(&Bearer)
)]
pub struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = SecurityScheme::Http(
            Http::builder().scheme(HttpAuthScheme::Bearer).description(Some("A personal access token or an access token.")).build(),
        );
        document.components.get_or_insert_default().security_schemes.insert("bearer".into(), scheme.into());
    }
}

/// Adds to every operation what every operation may answer: errors from the frame around it.
pub fn complete(mut document: OpenApi) -> OpenApi {
    for (path, item) in &mut document.paths.paths {
        let public = path.contains("/auth/");
        for operation in operations(item) {
            if public {
                operation.security = Some(Vec::new());
            } else if operation.security.is_none() {
                operation.security = Some(vec![SecurityRequirement::new::<&str, [&str; 0], &str>("bearer", [])]);
            }
            let has_parameters = operation.parameters.as_ref().is_some_and(|p| !p.is_empty());
            let mut also: Vec<(u16, &str)> = vec![
                (401, "Not signed in, or the token does not hold."),
                (403, "The role or the token's scope is missing."),
                (429, "Too many calls; wait Retry-After seconds."),
                (503, "Not just now; wait Retry-After seconds."),
            ];
            if has_parameters || operation.request_body.is_some() {
                also.push((400, "The request could not be read."));
            }
            if path.contains('{') {
                also.push((404, "It does not exist, or is not yours to see."));
            }
            if operation.request_body.is_some() {
                also.extend([(422, "A field was refused; see errors."), (409, "It does not fit the present state.")]);
            }
            for (status, why) in also {
                operation.responses.responses.entry(status.to_string()).or_insert_with(|| problem(why));
            }
        }
    }
    document
}

fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build().into()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().filter_map(Option::as_mut)
}

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(crate::routes::document);
static TEXT: LazyLock<String> = LazyLock::new(|| DOCUMENT.to_json().unwrap_or_default());

/// `/api/openapi.json`
pub async fn serve() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(TEXT.as_str())
}

/// The methods of the endpoint at a path: the very path when it is one, else whatever template fits.
fn methods_at(path: &str) -> Vec<&'static str> {
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == asked.len() && parts.iter().zip(&asked).all(|(t, a)| t.starts_with('{') || t == a)
    };
    let paths = &DOCUMENT.paths.paths;
    match paths.get(path) {
        Some(item) => methods_of(item),
        None => paths.iter().filter(|(template, _)| fits(template)).flat_map(|(_, item)| methods_of(item)).collect(),
    }
}

fn methods_of(item: &PathItem) -> Vec<&'static str> {
    let named = [(&item.get, "GET"), (&item.post, "POST"), (&item.put, "PUT"), (&item.patch, "PATCH"), (&item.delete, "DELETE")];
    named.into_iter().filter(|(operation, _)| operation.is_some()).map(|(_, name)| name).collect()
}

/// A segment that is no id: not found, or, where the very path is an endpoint of other methods, 405.
pub fn not_an_id(request: &HttpRequest) -> actix_web::Error {
    let named = DOCUMENT.paths.paths.contains_key(request.path());
    let response = if named { method_not_allowed(&methods_at(request.path())) } else { AppError::NotFound("That").error_response() };
    actix_web::error::InternalError::from_response("not an id", response).into()
}

/// Where nothing is mounted: 405 with `Allow` on a known path of the API, else 404.
pub async fn unknown(request: HttpRequest) -> HttpResponse {
    let allowed = methods_at(request.path());
    if allowed.is_empty() || (allowed.contains(&"GET") && request.method() == Method::GET) {
        return AppError::NotFound("That address").error_response();
    }
    method_not_allowed(&allowed)
}

fn method_not_allowed(allowed: &[&str]) -> HttpResponse {
    let problem = Problem {
        kind: "about:blank".into(),
        title: "Method Not Allowed".into(),
        status: 405,
        detail: format!("Use {}.", allowed.join(" or ")),
        code: "method_not_allowed".into(),
        errors: Vec::new(),
    };
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, allowed.join(", ")))
        .content_type("application/problem+json")
        .json(problem)
}

#[derive(serde::Serialize)]
struct DocsPage {
    groups: Vec<Group>,
    base: String,
}

#[derive(serde::Serialize)]
struct Group {
    name: String,
    operations: Vec<Line>,
}

#[derive(serde::Serialize)]
struct Line {
    method: &'static str,
    path: String,
    summary: String,
    parameters: Vec<String>,
    body: Option<String>,
    answers: Vec<String>,
}

/// `/api/docs`: the document, readable by people, on our own page and under our own policy.
async fn docs(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let page = DocsPage { groups: groups(), base: app.config.address("/api/v1") };
    Html::new(&app, &request, "api_docs", "API").render(&page)
}

fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (path, item) in &DOCUMENT.paths.paths {
        let named: [(&Option<Operation>, HttpMethod, &'static str); 5] = [
            (&item.get, HttpMethod::Get, "GET"),
            (&item.post, HttpMethod::Post, "POST"),
            (&item.put, HttpMethod::Put, "PUT"),
            (&item.patch, HttpMethod::Patch, "PATCH"),
            (&item.delete, HttpMethod::Delete, "DELETE"),
        ];
        for (operation, method) in named.iter().filter_map(|(o, _, m)| o.as_ref().map(|o| (o, *m))) {
            let name = operation.tags.as_ref().and_then(|t| t.first()).cloned().unwrap_or_else(|| "other".into());
            let line = line(path, method, operation);
            match groups.iter_mut().find(|g| g.name == name) {
                Some(group) => group.operations.push(line),
                None => groups.push(Group { name, operations: vec![line] }),
            }
        }
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}

fn own<T>(value: &RefOr<T>) -> Option<&T> {
    if let RefOr::T(value) = value { Some(value) } else { None }
}

fn line(path: &str, method: &'static str, operation: &Operation) -> Line {
    let parameters = operation.parameters.iter().flatten();
    let body = operation
        .request_body
        .as_ref()
        .and_then(own)
        .and_then(|b| b.content.values().next())
        .and_then(own)
        .and_then(|c| c.schema.as_ref())
        .map(|schema| match schema {
            RefOr::Ref(r) => r.ref_location.rsplit('/').next().unwrap_or_default().to_owned(),
            RefOr::T(_) => "an object".to_owned(),
        });
    Line {
        method,
        path: path.to_owned(),
        summary: operation.summary.clone().or_else(|| operation.description.clone()).unwrap_or_default(),
        parameters: parameters.filter_map(own).map(|p| p.name.clone()).collect(),
        body,
        answers: operation.responses.responses.keys().cloned().collect(),
    }
}

pub fn pages(config: &mut ServiceConfig) {
    config.route("/api/docs", web::get().to(docs));
}
