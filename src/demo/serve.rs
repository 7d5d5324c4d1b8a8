//! The made-up company's own web site, as far as the importer needs one: a feed, an article, pictures.

use actix_web::http::header;
use actix_web::web::{Data, Path, ServiceConfig, get};
use actix_web::{HttpResponse, Responder};
use chrono::{DateTime, Duration, Utc};
use regex::Regex;

use super::pictures::{Motif, draw};
use crate::app::{App, blocking};
use crate::error::AppError;

const FEED: &str = include_str!("feed.xml");
const ARTICLE: &str = include_str!("article.html");

fn only_in_the_demo(app: &App) -> Result<(), AppError> {
    if app.config.demo { Ok(()) } else { Err(AppError::NotFound("That address")) }
}

/// The file with the deployment's address and days counted from today.
fn filled(app: &App, text: &str) -> String {
    let now = app.now().utc();
    let text = text.replace("@BASE@", app.config.address("").trim_end_matches('/'));
    let text = with_days(&text, "DATE", |n| (now + Duration::days(n)).to_rfc2822());
    with_days(&text, "ISO", |n| date(now, n))
}

fn date(now: DateTime<Utc>, days: i64) -> String {
    (now + Duration::days(days)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn with_days(text: &str, name: &str, show: impl Fn(i64) -> String) -> String {
    let Ok(mark) = Regex::new(&format!("@{name}:(-?[0-9]+)@")) else { return text.to_owned() };
    mark.replace_all(text, |found: &regex::Captures<'_>| show(found.get(1).and_then(|n| n.as_str().parse().ok()).unwrap_or(0))).into_owned()
}

async fn feed(app: Data<App>) -> Result<impl Responder, AppError> {
    only_in_the_demo(&app)?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/rss+xml; charset=utf-8")).body(filled(&app, FEED)))
}

async fn article(app: Data<App>) -> Result<impl Responder, AppError> {
    only_in_the_demo(&app)?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(filled(&app, ARTICLE)))
}

async fn picture(app: Data<App>, name: Path<String>) -> Result<impl Responder, AppError> {
    only_in_the_demo(&app)?;
    let missing = || AppError::NotFound("That picture");
    let (key, seed) = name.strip_suffix(".png").and_then(|n| n.rsplit_once('-')).ok_or_else(missing)?;
    let motif = Motif::from_key(key).ok_or_else(missing)?;
    let seed: u64 = seed.parse().map_err(|_| missing())?;
    let bytes = blocking(move || draw(motif, seed).map_err(AppError::internal)).await?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "image/png")).body(bytes))
}

/// The company's site under `/demo`; nothing is there outside the demonstration.
pub fn pages(config: &mut ServiceConfig) {
    config
        .route("/demo/feed.xml", get().to(feed))
        .route("/demo/article.html", get().to(article))
        .route("/demo/pictures/{name}", get().to(picture));
}
