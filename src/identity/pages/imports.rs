//! Members from a CSV file: upload, check, confirm.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::super::Admin;
use super::super::import::{self, Fate, ImportPreview, Row};
use super::parts::{Badge, Link, link};
use crate::app::App;
use crate::db::MemberImportId;
use crate::error::AppError;
use crate::web::{Flash, Form, Html, Upload, redirect};

/// Rows on one page of the preview.
const PER_PAGE: usize = 100;

#[derive(Serialize, Default)]
struct UploadPage {
    error: Option<String>,
    back: Option<Link>,
}

fn upload_page(app: &App, request: &HttpRequest, error: Option<String>) -> Result<HttpResponse, AppError> {
    let status = if error.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = UploadPage { error, back: Some(link("/members", "Members")) };
    Html::new(app, request, "identity/import", "Import members").scripts(&["import"]).status(status).render(&page)
}

async fn show(app: Data<App>, request: HttpRequest, _caller: Admin) -> Result<HttpResponse, AppError> {
    upload_page(&app, &request, None)
}

async fn submit(app: Data<App>, request: HttpRequest, caller: Admin, form: Upload) -> Result<HttpResponse, AppError> {
    if form.file.is_empty() {
        return upload_page(&app, &request, Some("Choose a CSV file that is not empty.".into()));
    }
    let text = match import::decode(&form.file) {
        Ok(text) => text,
        Err(sentence) => return upload_page(&app, &request, Some(sentence)),
    };
    let by = caller.id;
    match app.write(caller.actor(), move |tx| import::preview(tx, by, &form.file_name, &text)).await {
        Ok(preview) => Ok(redirect(&app, &format!("/members/import/{}", preview.id), None)),
        Err(error @ AppError::Invalid(_)) => upload_page(&app, &request, Some(error.to_string())),
        Err(error) => Err(error),
    }
}

#[derive(Serialize)]
struct PreviewPage {
    back: Link,
    file_name: String,
    create: usize,
    known: usize,
    bad: usize,
    ignored: Option<String>,
    done: bool,
    apply: String,
    tabs: Vec<Tab>,
    rows: Vec<PreviewRow>,
    prev: Option<String>,
    next: Option<String>,
    range: String,
}

#[derive(Serialize)]
struct Tab {
    href: String,
    label: String,
    current: bool,
}

#[derive(Serialize)]
struct PreviewRow {
    line: u64,
    email: String,
    name: String,
    place: String,
    roles: String,
    fate: Badge,
    problems: Vec<String>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    page: String,
}

fn preview_row(row: &Row) -> PreviewRow {
    let fate = match row.fate {
        Fate::Create => Badge { kind: "good", label: "Will be invited" },
        Fate::Known => Badge { kind: "plain", label: "Has an account" },
        Fate::Bad => Badge { kind: "bad", label: "Left out" },
    };
    PreviewRow {
        line: row.line,
        email: row.email.clone(),
        name: row.name.clone(),
        place: [row.department.as_deref(), row.region.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", "),
        roles: row.roles.iter().map(|r| r.label()).collect::<Vec<_>>().join(", "),
        fate,
        problems: row
            .problems
            .iter()
            .filter(|_| row.fate == Fate::Bad)
            .map(|p| if p.column.is_empty() { p.message.clone() } else { format!("{}: {}", p.column, p.message) })
            .collect(),
    }
}

fn preview_page(found: ImportPreview, asked: &Asked) -> PreviewPage {
    let path = format!("/members/import/{}", found.id);
    let (word, fate) = match asked.show.as_str() {
        "bad" => ("bad", Some(Fate::Bad)),
        "known" => ("known", Some(Fate::Known)),
        "create" => ("create", Some(Fate::Create)),
        _ => ("", None),
    };
    let tab = |key: &str, label: String| Tab { href: format!("{path}?show={key}"), label, current: key == word };
    let tabs = vec![
        tab("", format!("All {}", found.rows.len())),
        tab("create", format!("To invite {}", found.create)),
        tab("bad", format!("With problems {}", found.bad)),
        tab("known", format!("Known {}", found.known)),
    ];
    let chosen: Vec<&Row> = found.rows.iter().filter(|r| fate.is_none_or(|f| r.fate == f)).collect();
    let last = chosen.len().div_ceil(PER_PAGE).max(1);
    let at = asked.page.parse::<usize>().unwrap_or(1).clamp(1, last);
    let begin = (at - 1) * PER_PAGE;
    let rows: Vec<PreviewRow> = chosen.iter().skip(begin).take(PER_PAGE).map(|r| preview_row(r)).collect();
    let href = |n: usize| format!("{path}?show={word}&page={n}");
    PreviewPage {
        back: link("/members/import", "Another file"),
        file_name: found.file_name,
        create: found.create,
        known: found.known,
        bad: found.bad,
        ignored: Some(found.ignored_columns.join(", ")).filter(|t| !t.is_empty()),
        done: found.applied_at.is_some(),
        apply: format!("{path}/apply"),
        range: format!("{} to {} of {}", if rows.is_empty() { 0 } else { begin + 1 }, begin + rows.len(), chosen.len()),
        prev: (at > 1).then(|| href(at - 1)),
        next: (at < last).then(|| href(at + 1)),
        tabs,
        rows,
    }
}

async fn preview(
    app: Data<App>,
    request: HttpRequest,
    _caller: Admin,
    id: Path<MemberImportId>,
    asked: Query<Asked>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let found = app.read(move |db| import::find(db, id)).await?;
    Html::new(&app, &request, "identity/import_preview", "Check the import").render(&preview_page(found, &asked))
}

#[derive(Deserialize)]
struct Nothing {}

async fn apply(app: Data<App>, caller: Admin, id: Path<MemberImportId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let done = app.write(caller.actor(), move |tx| import::apply(tx, id)).await?;
    let people = if done.created == 1 { "1 colleague is".to_owned() } else { format!("{} colleagues are", done.created) };
    let said = Flash::good(format!("{people} added; their invitations are on the way. {} rows were left out.", done.left_out));
    Ok(redirect(&app, "/members?status=invited", Some(&said)))
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/members/import").route(get().to(show)).route(post().to(submit)))
        .service(resource("/members/import/{id}").route(get().to(preview)))
        .route("/members/import/{id}/apply", post().to(apply));
}
