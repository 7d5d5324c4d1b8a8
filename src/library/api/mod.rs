//! The JSON endpoints of the library.

mod items;
mod revisions;
mod sources;

use actix_web::HttpRequest;
use actix_web::http::header;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::AppError;

pub fn api(config: &mut ServiceConfig) {
    items::api(config);
    revisions::api(config);
    sources::api(config);
}

/// The version that an edit was made from, by `If-Match: "3"`; None when the client does not say.
fn expected(request: &HttpRequest) -> Result<Option<i64>, AppError> {
    let Some(value) = request.headers().get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_start_matches("W/").trim_matches('"').parse();
    number.map(Some).map_err(|_| AppError::Malformed("If-Match is the ETag of the item, such as \"3\".".into()))
}
