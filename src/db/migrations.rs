use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connection::Db;

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// Any constant of our own: the key of PostgreSQL's advisory lock while migrations run.
const LOCK_KEY: i64 = 0x4845_5241_4c44;

/// Brings the schema up to date under a lock and returns the names of what ran. On SQLite the
/// caller holds the lock of the data folder; on PostgreSQL an advisory lock is taken here.
///
/// # Errors
/// A failed migration, with its name; the database stays at the one before it.
pub fn run(db: &mut Db) -> anyhow::Result<Vec<String>> {
    let names = |ran: Vec<diesel::migration::MigrationVersion<'_>>| ran.iter().map(ToString::to_string).collect();
    match db {
        Db::Sqlite(c) => c.run_pending_migrations(SQLITE).map(names).map_err(|e| anyhow::anyhow!("a migration failed: {e}")),
        Db::Pg(c) => {
            diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<diesel::sql_types::BigInt, _>(LOCK_KEY).execute(c)?;
            let ran = c.run_pending_migrations(POSTGRES).map(names).map_err(|e| anyhow::anyhow!("a migration failed: {e}"));
            diesel::sql_query("SELECT pg_advisory_unlock($1)").bind::<diesel::sql_types::BigInt, _>(LOCK_KEY).execute(c)?;
            ran
        }
    }
}

/// The names of migrations that this binary has and the database has not.
///
/// # Errors
/// The database cannot be read.
pub fn pending(db: &mut Db) -> anyhow::Result<Vec<String>> {
    let wrong = |e| anyhow::anyhow!("cannot read the migrations: {e}");
    Ok(match db {
        Db::Sqlite(c) => c.pending_migrations(SQLITE).map_err(wrong)?.iter().map(|m| m.name().to_string()).collect(),
        Db::Pg(c) => c.pending_migrations(POSTGRES).map_err(wrong)?.iter().map(|m| m.name().to_string()).collect(),
    })
}

/// Undoes every migration; for the up, down, up test.
///
/// # Errors
/// A failed down script.
pub fn revert_all(db: &mut Db) -> anyhow::Result<()> {
    match db {
        Db::Sqlite(c) => c.revert_all_migrations(SQLITE).map(|_| ()),
        Db::Pg(c) => c.revert_all_migrations(POSTGRES).map(|_| ()),
    }
    .map_err(|e| anyhow::anyhow!("a down script failed: {e}"))
}
