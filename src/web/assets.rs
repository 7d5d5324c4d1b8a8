//! Static files from the binary, under addresses that change with their content.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use crate::error::AppError;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

static HASHES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    Static::iter()
        .filter_map(|path| {
            let hash = Static::get(&path)?.metadata.sha256_hash();
            Some((path.to_string(), crate::app::hex(hash.get(..6)?)))
        })
        .collect()
});

/// `/static/herald.css?v=3fa2…`: cached for a year, fetched anew when the file changes.
pub fn address(path: &str) -> String {
    HASHES.get(path).map_or_else(|| format!("/static/{path}"), |hash| format!("/static/{path}?v={hash}"))
}

/// Serves one embedded file.
///
/// # Errors
/// Not found for any other path.
pub async fn serve(path: web::Path<String>, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let file = Static::get(&path).ok_or(AppError::NotFound("That file"))?;
    let kind = if path.ends_with(".webmanifest") { "application/manifest+json" } else { file.metadata.mimetype() };
    let age = if request.query_string().starts_with("v=") { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, age))
        .body(file.data.into_owned()))
}
