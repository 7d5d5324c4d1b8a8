//! `/healthz` (the process lives), `/readyz` (it can serve) and `/metrics` (Prometheus).

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::Data;
use prometheus::{Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};
use serde_json::json;

use crate::app::App;
use crate::error::AppError;

/// The numbers of this process.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    pub hits: IntCounterVec,
    jobs: IntGaugeVec,
}

impl Metrics {
    /// # Errors
    /// A metric name used twice.
    pub fn new() -> anyhow::Result<Self> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(Opts::new("herald_http_requests_total", "Requests answered, by method and status class."), &["method", "status"])?;
        let seconds = HistogramVec::new(HistogramOpts::new("herald_http_seconds", "Time to answer, in seconds."), &["method"])?;
        let hits = IntCounterVec::new(Opts::new("herald_hits_total", "Hits on short links, by verdict."), &["verdict"])?;
        let jobs = IntGaugeVec::new(Opts::new("herald_jobs", "Jobs in the queue, by state."), &["state"])?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(hits.clone()))?;
        registry.register(Box::new(jobs.clone()))?;
        Ok(Self { registry, requests, seconds, hits, jobs })
    }

    pub(super) fn request(&self, method: &Method, status: u16, took: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            _ => "other",
        };
        let class = match status {
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        self.requests.with_label_values(&[method, class]).inc();
        self.seconds.with_label_values(&[method]).observe(took.as_secs_f64());
    }
}

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
    if behind.is_empty() { Ok(HttpResponse::Ok().json(json!({"status": "ready"}))) } else { Err(AppError::Unavailable("The database is not migrated.")) }
}

/// Prometheus text format.
///
/// # Errors
/// The database's, for the queue's numbers.
pub async fn metrics(app: Data<App>) -> Result<HttpResponse, AppError> {
    let counts = app.read(|db| Ok(crate::jobs::counts(db)?)).await?;
    for (state, n) in [("ready", counts.ready), ("running", counts.running), ("dead", counts.dead)] {
        app.metrics.jobs.with_label_values(&[state]).set(n);
    }
    let mut out = Vec::new();
    TextEncoder::new().encode(&app.metrics.registry.gather(), &mut out).map_err(AppError::internal)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(out))
}
