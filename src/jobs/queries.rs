use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::JobState;
use crate::db::schema::{jobs, schedules};
use crate::db::{Backend, Db, Exec, JobId, Ts};

#[derive(Insertable)]
#[diesel(table_name = jobs)]
pub struct NewJob {
    pub id: JobId,
    pub name: String,
    pub payload: String,
    pub state: JobState,
    pub run_at: Ts,
    pub attempts: i32,
    pub unique_key: Option<String>,
    pub created_at: Ts,
}

/// A job as administrators see it.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = jobs, check_for_backend(Backend))]
pub struct JobRow {
    pub id: JobId,
    pub name: String,
    #[serde(skip)]
    pub payload: String,
    pub state: JobState,
    pub run_at: Ts,
    /// How often it has been tried.
    pub attempts: i32,
    pub last_error: Option<String>,
    pub created_at: Ts,
}

/// How many jobs are in each state, and how late the oldest due one is.
#[derive(Debug, Default, Clone, Serialize, ToSchema)]
pub struct Counts {
    pub ready: i64,
    pub running: i64,
    pub dead: i64,
}

pub fn insert(db: &mut Db, job: &NewJob) -> QueryResult<usize> {
    diesel::insert_into(jobs::table).values(job).on_conflict_do_nothing().exec(db)
}

/// Takes the oldest due job under a lease. The outer state condition is what makes it safe where
/// two workers choose the same row: the second update matches nothing.
pub fn claim(db: &mut Db, now: Ts, lease_until: Ts) -> QueryResult<Option<JobRow>> {
    let due = jobs::table
        .filter(jobs::state.eq(JobState::Ready))
        .filter(jobs::run_at.le(now))
        .order((jobs::run_at.asc(), jobs::id.asc()))
        .select(jobs::id)
        .limit(1);
    let Some(id) = due.first::<JobId>(db).optional()? else { return Ok(None) };
    let claimed = diesel::update(jobs::table.filter(jobs::id.eq(id)).filter(jobs::state.eq(JobState::Ready)))
        .set((jobs::state.eq(JobState::Running), jobs::leased_until.eq(lease_until), jobs::attempts.eq(jobs::attempts + 1)))
        .execute(db)?;
    if claimed == 0 {
        return Ok(None);
    }
    jobs::table.find(id).select(JobRow::as_select()).first(db).optional()
}

pub fn due(db: &mut Db, now: Ts) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(jobs::table.filter(jobs::state.eq(JobState::Ready)).filter(jobs::run_at.le(now)))).get_result(db)
}

pub fn finish(db: &mut Db, id: JobId) -> QueryResult<usize> {
    diesel::delete(jobs::table.find(id)).execute(db)
}

/// Back to ready at `run_at`. A newer job with the same key has taken its place: then this one goes.
pub fn retry(db: &mut Db, id: JobId, run_at: Ts, error: &str) -> QueryResult<usize> {
    let key: Option<String> = jobs::table.find(id).select(jobs::unique_key).first(db)?;
    if let Some(key) = key {
        let taken = jobs::table.filter(jobs::unique_key.eq(key)).filter(jobs::state.eq(JobState::Ready)).count().get_result::<i64>(db)?;
        if taken > 0 {
            return finish(db, id);
        }
    }
    diesel::update(jobs::table.find(id))
        .set((jobs::state.eq(JobState::Ready), jobs::run_at.eq(run_at), jobs::leased_until.eq(None::<Ts>), jobs::last_error.eq(error)))
        .execute(db)
}

pub fn bury(db: &mut Db, id: JobId, error: &str) -> QueryResult<usize> {
    diesel::update(jobs::table.find(id))
        .set((jobs::state.eq(JobState::Dead), jobs::leased_until.eq(None::<Ts>), jobs::last_error.eq(error)))
        .execute(db)
}

pub fn revive(db: &mut Db, id: JobId, now: Ts) -> QueryResult<usize> {
    diesel::update(jobs::table.find(id).filter(jobs::state.eq(JobState::Dead)))
        .set((jobs::state.eq(JobState::Ready), jobs::run_at.eq(now), jobs::attempts.eq(0)))
        .execute(db)
}

/// Jobs whose worker died: their lease has run out. They become ready again.
pub fn free_expired(db: &mut Db, now: Ts) -> QueryResult<usize> {
    let expired: Vec<JobId> =
        jobs::table.filter(jobs::state.eq(JobState::Running)).filter(jobs::leased_until.lt(now)).select(jobs::id).limit(100).load(db)?;
    let mut freed = 0;
    for id in expired {
        freed += retry(db, id, now, "the worker stopped while it ran")?;
    }
    Ok(freed)
}

/// True for the one caller that may run the schedule now; it is due again at `next`.
pub fn take_schedule(db: &mut Db, name: &str, now: Ts, next: Ts) -> QueryResult<bool> {
    diesel::insert_into(schedules::table)
        .values((schedules::name.eq(name), schedules::next_at.eq(now)))
        .on_conflict_do_nothing()
        .exec(db)?;
    let taken =
        diesel::update(schedules::table.find(name).filter(schedules::next_at.le(now))).set(schedules::next_at.eq(next)).execute(db)?;
    Ok(taken == 1)
}

pub fn schedule_due(db: &mut Db, name: &str, now: Ts) -> QueryResult<bool> {
    let next: Option<Ts> = schedules::table.find(name).select(schedules::next_at).first(db).optional()?;
    Ok(next.is_none_or(|at| at <= now))
}

pub fn counts(db: &mut Db) -> QueryResult<Counts> {
    let rows: Vec<(JobState, i64)> = jobs::table.group_by(jobs::state).select((jobs::state, diesel::dsl::count_star())).load(db)?;
    let of = |state| rows.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    Ok(Counts { ready: of(JobState::Ready), running: of(JobState::Running), dead: of(JobState::Dead) })
}

/// Jobs in one state (None: all), newest first, after the id given as a cursor.
pub fn list(db: &mut Db, state: Option<JobState>, after: Option<JobId>, limit: i64) -> QueryResult<Vec<JobRow>> {
    let mut query = jobs::table.order(jobs::id.desc()).limit(limit).select(JobRow::as_select()).into_boxed::<Backend>();
    if let Some(state) = state {
        query = query.filter(jobs::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(jobs::id.lt(after));
    }
    query.load(db)
}
