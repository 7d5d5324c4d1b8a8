use std::sync::Arc;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2;
use parking_lot::FairMutex;

use super::connection::{DatabaseUrl, Db};
use super::ids::{Id, Ids, MemberId};
use super::schema::process_numbers;
use super::time::{Clock, Ts};
use crate::error::AppError;

/// The database of this process: its pool, its fair write lock, the clock and the ids.
#[derive(Clone)]
pub struct Database {
    url: DatabaseUrl,
    pool: r2d2::Pool<Manager>,
    write_lock: Arc<FairMutex<()>>,
    clock: Clock,
    ids: Arc<Ids>,
}

/// Who acts: a member, or a part of Herald itself.
#[derive(Debug, Clone)]
pub struct Actor {
    pub id: Option<MemberId>,
    pub label: String,
}

impl Actor {
    pub fn system(part: &str) -> Self {
        Self { id: None, label: format!("herald: {part}") }
    }
    pub fn member(id: MemberId, name: &str) -> Self {
        Self { id: Some(id), label: name.to_owned() }
    }
}

/// One use case's transaction: the connection, the moment, fresh ids and who acts.
pub struct Tx<'a> {
    pub db: &'a mut Db,
    pub now: Ts,
    pub actor: Actor,
    ids: &'a Ids,
}

impl Tx<'_> {
    /// A fresh id of the wanted type.
    pub fn id<T: Id>(&self) -> T {
        self.ids.next(self.now)
    }
}

impl Database {
    /// Opens the pool. The schema must be up to date: the process takes its number here.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub fn open(url: DatabaseUrl, clock: Clock, pool_size: u32) -> anyhow::Result<Self> {
        let pool = r2d2::Pool::builder()
            .max_size(pool_size)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(5))
            .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
            .build(Manager(url.clone()))?;
        let write_lock = Arc::new(FairMutex::new(()));
        let number = {
            let mut conn = pool.get()?;
            diesel::update(process_numbers::table)
                .set(process_numbers::last.eq(process_numbers::last + 1))
                .returning(process_numbers::last)
                .get_result::<i64>(&mut *conn)?
        };
        Ok(Self { url, pool, write_lock, clock, ids: Arc::new(Ids::new(number)) })
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
    pub fn now(&self) -> Ts {
        self.clock.now()
    }
    pub fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }
    /// The in-process turn for SQLite's single writer; whoever writes outside [`Self::write`]
    /// (the hit recorder) takes it too.
    pub fn write_lock(&self) -> &Arc<FairMutex<()>> {
        &self.write_lock
    }

    /// Reads on a pooled connection, outside a transaction. Blocks; async callers use `App::read`.
    ///
    /// # Errors
    /// The closure's own, or 503 when no connection comes free within five seconds.
    pub fn read<T>(&self, f: impl FnOnce(&mut Db) -> Result<T, AppError>) -> Result<T, AppError> {
        f(&mut *self.pool.get().map_err(AppError::from)?)
    }

    /// Runs one use case in one transaction and commits it, or rolls everything back.
    ///
    /// # Errors
    /// The closure's own, or what the commit answers.
    pub fn write<T>(&self, actor: Actor, f: impl FnOnce(&mut Tx<'_>) -> Result<T, AppError>) -> Result<T, AppError> {
        let mut conn = self.pool.get().map_err(AppError::from)?;
        self.write_on(&mut conn, actor, f)
    }
}

impl Database {
    /// As [`Self::write`], on a connection that the caller keeps (the hit recorder's own).
    ///
    /// # Errors
    /// The closure's own, or what the commit answers.
    pub fn write_on<T>(&self, conn: &mut Db, actor: Actor, f: impl FnOnce(&mut Tx<'_>) -> Result<T, AppError>) -> Result<T, AppError> {
        let _turn = conn.is_sqlite().then(|| self.write_lock.lock());
        write_tx(conn, |db| f(&mut Tx { db, now: self.clock.now(), actor, ids: &self.ids }))
    }
}

/// BEGIN IMMEDIATE on SQLite (a later upgrade would fail), BEGIN on PostgreSQL.
pub(crate) fn write_tx<T, E: From<diesel::result::Error>>(db: &mut Db, f: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
    match db {
        Db::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        Db::Pg(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    match f(db) {
        Ok(value) => commit(db).map(|()| value).map_err(E::from),
        Err(error) => {
            rollback(db)?;
            Err(error)
        }
    }
}

fn commit(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(c) => AnsiTransactionManager::commit_transaction(c),
        Db::Pg(c) => AnsiTransactionManager::commit_transaction(c),
    }
}

fn rollback(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(c) => AnsiTransactionManager::rollback_transaction(c),
        Db::Pg(c) => AnsiTransactionManager::rollback_transaction(c),
    }
}

struct Manager(DatabaseUrl);

impl r2d2::ManageConnection for Manager {
    type Connection = Db;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Db, r2d2::Error> {
        self.0.connect().map_err(r2d2::Error::ConnectionError)
    }
    fn is_valid(&self, conn: &mut Db) -> Result<(), r2d2::Error> {
        conn.batch_execute("SELECT 1").map_err(r2d2::Error::QueryError)
    }
    fn has_broken(&self, conn: &mut Db) -> bool {
        std::thread::panicking()
            || match conn {
                Db::Sqlite(c) => AnsiTransactionManager::is_broken_transaction_manager(c),
                Db::Pg(c) => AnsiTransactionManager::is_broken_transaction_manager(c),
            }
    }
}
