//! The durable queue: work that must happen, kept in the database until it has.
//!
//! Owns `jobs` and `schedules`. A use case enqueues in its own transaction, so the job exists if
//! and only if the change does. A worker claims one job in one statement that is safe on both
//! databases, holds a lease while it runs, and deletes it when done; a failed job waits longer each
//! time and in the end is kept as dead, to be seen and run again. Handlers must be idempotent: a
//! lease that ran out means the job may run twice.

mod queries;
mod registry;
mod worker;

use chrono::Duration;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{JobId, Ts, Tx};
use crate::error::AppError;
pub use registry::{Failed, Registry};
pub use worker::{run_due, run_worker};

crate::text_enum! {
    /// Where a job stands; a finished one is gone.
    JobState { Ready = "ready", Running = "running", Dead = "dead" }
}

/// One kind of work: its payload, its constant name and how often it is tried.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    const NAME: &'static str;
    const MAX_ATTEMPTS: i32 = 10;
    /// While a ready job has the same key, a further one is not added.
    fn unique_key(&self) -> Option<String> {
        None
    }
}

/// Adds a job to be run as soon as the caller's transaction has committed.
///
/// # Errors
/// The database's.
pub fn enqueue<J: Job>(tx: &mut Tx<'_>, job: &J) -> Result<(), AppError> {
    enqueue_at(tx, job, tx.now)
}

/// Adds a job that is not run before `run_at`.
///
/// # Errors
/// The database's.
pub fn enqueue_at<J: Job>(tx: &mut Tx<'_>, job: &J, run_at: Ts) -> Result<(), AppError> {
    let row = queries::NewJob {
        id: tx.id(),
        name: J::NAME.into(),
        payload: serde_json::to_string(job)?,
        state: JobState::Ready,
        run_at,
        attempts: 0,
        unique_key: job.unique_key(),
        created_at: tx.now,
    };
    queries::insert(tx.db, &row)?;
    Ok(())
}

/// The wait before the next try: 5 s doubling to an hour (rule of our own).
fn back_off(attempts: i32) -> Duration {
    let doubled = 5_i64.saturating_mul(1 << attempts.clamp(0, 12));
    Duration::seconds(doubled.min(3600))
}

/// The queue as administrators, health pages and metrics read it.
pub use queries::{Counts, JobRow, counts, list};

/// Puts a dead job back to ready; for administrators, who note it in the audit log.
///
/// # Errors
/// Not found when no dead job has this id.
pub fn rerun(tx: &mut Tx<'_>, id: JobId) -> Result<(), AppError> {
    if queries::revive(tx.db, id, tx.now)? == 0 {
        return Err(AppError::NotFound("A dead job with this id"));
    }
    Ok(())
}
