//! `/healthz` (the process lives), `/readyz` (it can serve) and `/metrics` (Prometheus).

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use crate::app::App;
use crate::error::AppError;

/// 200 while the process runs.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// 200 when the database answers and its schema fits; else 503.
///
/// # Errors
/// Unavailable.
pub async fn readyz(app: Data<App>) -> Result<HttpResponse, AppError> {
    let behind = app.read(|db| Ok(crate::db::pending(db)?)).await.map_err(|_| AppError::Unavailable("The database does not answer."))?;
    if behind.is_empty() {
        Ok(HttpResponse::Ok().json(json!({"status": "ready"})))
    } else {
        Err(AppError::Unavailable("The database is not migrated."))
    }
}

/// Prometheus text format.
///
/// # Errors
/// The database's, for the queue's numbers.
pub async fn metrics(app: Data<App>) -> Result<HttpResponse, AppError> {
    let counts = app.read(|db| Ok(crate::jobs::counts(db)?)).await?;
    let text = app.metrics.text([("ready", counts.ready), ("running", counts.running), ("dead", counts.dead)])?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}
