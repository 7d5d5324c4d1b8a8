//! The numbers of this process, for Prometheus.

use std::time::Duration;

use actix_web::http::Method;
use prometheus::{Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};
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
        let requests = IntCounterVec::new(
            Opts::new("herald_http_requests_total", "Requests answered, by method and status class."),
            &["method", "status"],
        )?;
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

    /// The text that Prometheus reads, with the queue's numbers of this moment.
    ///
    /// # Errors
    /// A metric that cannot be written.
    pub fn text(&self, jobs: [(&str, i64); 3]) -> anyhow::Result<Vec<u8>> {
        for (state, n) in jobs {
            self.jobs.with_label_values(&[state]).set(n);
        }
        let mut out = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut out)?;
        Ok(out)
    }
}
