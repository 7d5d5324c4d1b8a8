use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::back_off;
use super::queries::{self, JobRow};
use super::registry::Failed;
use crate::app::App;
use crate::db::Actor;
use crate::error::AppError;

/// A claimed job is nobody else's for this long; longer work would run twice.
const LEASE_MINUTES: i64 = 5;
/// How long an idle worker sleeps before it asks again.
const IDLE: Duration = Duration::from_millis(250);
/// How many jobs one process runs at a time.
const LANES: usize = 4;

/// Runs one due job. False when none is due.
///
/// # Errors
/// The database's; a job's own failure is kept with the job.
pub async fn run_one(app: &Arc<App>) -> Result<bool, AppError> {
    let now = app.now();
    if !app.read(move |db| Ok(queries::due(db, now)?)).await? {
        return Ok(false);
    }
    let lease = now.plus(chrono::Duration::minutes(LEASE_MINUTES));
    let Some(job) = app.write(Actor::system("worker"), move |tx| Ok(queries::claim(tx.db, now, lease)?)).await? else {
        return Ok(true);
    };
    let (outcome, max_attempts) = match app.registry.kinds.get(job.name.as_str()) {
        Some(kind) => ((kind.run)(app.clone(), job.payload.clone()).await, kind.max_attempts),
        None => (Err(Failed::Dead("no handler of this name".into())), 0),
    };
    conclude(app, job, outcome, max_attempts).await?;
    Ok(true)
}

async fn conclude(app: &Arc<App>, job: JobRow, outcome: Result<(), Failed>, max_attempts: i32) -> Result<(), AppError> {
    if let Err(failed) = &outcome {
        tracing::warn!(job = %job.id, name = job.name, attempts = job.attempts, ?failed, "job failed");
    }
    app.write(Actor::system("worker"), move |tx| {
        match outcome {
            Ok(()) => queries::finish(tx.db, job.id)?,
            Err(Failed::Dead(why)) => queries::bury(tx.db, job.id, &why)?,
            Err(Failed::Retry(why) | Failed::RetryAt(_, why)) if job.attempts >= max_attempts => queries::bury(tx.db, job.id, &why)?,
            Err(Failed::Retry(why)) => queries::retry(tx.db, job.id, tx.now.plus(back_off(job.attempts)), &why)?,
            Err(Failed::RetryAt(at, why)) => queries::retry(tx.db, job.id, at, &why)?,
        };
        Ok(())
    })
    .await
}

/// Enqueues what recurs and is due, and frees jobs whose worker died.
///
/// # Errors
/// The database's.
pub async fn plan_due(app: &Arc<App>) -> Result<(), AppError> {
    let now = app.now();
    for index in 0..app.registry.schedules.len() {
        let Some(schedule) = app.registry.schedules.get(index) else { continue };
        let name = schedule.name;
        if !app.read(move |db| Ok(queries::schedule_due(db, name, now)?)).await? {
            continue;
        }
        let shared = app.clone();
        app.write(Actor::system("schedule"), move |tx| {
            let Some(schedule) = shared.registry.schedules.get(index) else { return Ok(()) };
            if queries::take_schedule(tx.db, schedule.name, now, now.plus(schedule.every))? {
                (schedule.plan)(tx)?;
            }
            Ok(())
        })
        .await?;
    }
    app.write(Actor::system("schedule"), move |tx| Ok(queries::free_expired(tx.db, now)?)).await?;
    Ok(())
}

/// Plans and runs everything that is due now, until nothing is; for tests and commands.
///
/// # Errors
/// The database's.
pub async fn run_due(app: &Arc<App>) -> Result<usize, AppError> {
    plan_due(app).await?;
    let mut ran = 0;
    while run_one(app).await? {
        ran += 1;
    }
    Ok(ran)
}

/// Runs jobs until `stop` turns true; each lane finishes the job it is at.
pub async fn run_worker(app: Arc<App>, stop: watch::Receiver<bool>) {
    let lanes = (0..LANES).map(|_| tokio::spawn(lane(app.clone(), stop.clone()))).collect::<Vec<_>>();
    let mut stop = stop;
    while !*stop.borrow() {
        if let Err(error) = plan_due(&app).await {
            tracing::error!(%error, "the schedule could not be read");
        }
        let _ = tokio::time::timeout(Duration::from_secs(1), stop.changed()).await;
    }
    for lane in lanes {
        let _ = lane.await;
    }
}

async fn lane(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match run_one(&app).await {
            Ok(true) => {}
            Ok(false) => drop(tokio::time::timeout(IDLE, stop.changed()).await),
            Err(error) => {
                tracing::error!(%error, "the job queue could not be read");
                let _ = tokio::time::timeout(Duration::from_secs(2), stop.changed()).await;
            }
        }
    }
}
