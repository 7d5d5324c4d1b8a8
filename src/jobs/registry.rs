use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::Duration;

use super::Job;
use crate::app::App;
use crate::db::{Ts, Tx};
use crate::error::AppError;

/// Why a job did not finish.
#[derive(Debug)]
pub enum Failed {
    /// Try again after the usual wait.
    Retry(String),
    /// Try again, but not before this moment.
    RetryAt(Ts, String),
    /// Trying again will not help: keep it as dead.
    Dead(String),
}

impl From<AppError> for Failed {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Internal(cause) => Self::Retry(format!("{cause:#}")),
            other => Self::Retry(other.to_string()),
        }
    }
}

type Running = Pin<Box<dyn Future<Output = Result<(), Failed>> + Send>>;
type Handler = Box<dyn Fn(Arc<App>, String) -> Running + Send + Sync>;
type Planner = Box<dyn Fn(&mut Tx<'_>) -> Result<(), AppError> + Send + Sync>;

pub(super) struct Kind {
    pub run: Handler,
    pub max_attempts: i32,
}
pub(super) struct Schedule {
    pub name: &'static str,
    pub every: Duration,
    pub plan: Planner,
}

/// Which handler runs which job, and what recurs; each slice adds its own at start.
#[derive(Default)]
pub struct Registry {
    pub(super) kinds: HashMap<&'static str, Kind>,
    pub(super) schedules: Vec<Schedule>,
}

impl Registry {
    /// Names the handler of a kind of job.
    pub fn on<J: Job, F, Fut>(&mut self, handler: F)
    where
        F: Fn(Arc<App>, J) -> Fut + Send + Sync + Copy + 'static,
        Fut: Future<Output = Result<(), Failed>> + Send + 'static,
    {
        let run: Handler = Box::new(move |app, payload| {
            Box::pin(async move {
                let job = serde_json::from_str::<J>(&payload).map_err(|e| Failed::Dead(format!("its payload cannot be read: {e}")))?;
                handler(app, job).await
            })
        });
        self.kinds.insert(J::NAME, Kind { run, max_attempts: J::MAX_ATTEMPTS });
    }

    /// Enqueues what `job` returns every so often, once however many machines there are.
    pub fn every<J: Job>(&mut self, every: Duration, job: fn() -> J) {
        self.schedules.push(Schedule { name: J::NAME, every, plan: Box::new(move |tx| super::enqueue(tx, &job())) });
    }
}
