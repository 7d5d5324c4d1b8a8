use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

/// A connection to one of the two databases.
#[derive(diesel::MultiConnection)]
pub enum Db {
    Pg(diesel::PgConnection),
    Sqlite(diesel::SqliteConnection),
}

/// The diesel backend of [`Db`]: what `check_for_backend` and boxed queries name.
pub type Backend = MultiBackend;

impl Db {
    /// A raw statement valid on both databases; `$1`-style placeholders become numbered ones on
    /// SQLite, which would otherwise number `$2` by its first appearance and swap the values.
    pub fn raw(&self, sql: &str) -> diesel::query_builder::SqlQuery {
        diesel::sql_query(match self {
            Self::Pg(_) => sql.to_owned(),
            Self::Sqlite(_) => sql.replace('$', "?"),
        })
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

/// A database address that Herald accepts: `sqlite:///path/to/file` or `postgres://…`.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(String),
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            if path.is_empty() || path.ends_with('/') {
                return Err("names no file; write sqlite:///var/lib/herald/herald.db".into());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let kind = text.split_once(':').map_or("an address without a scheme", |(scheme, _)| scheme);
        Err(format!("begins with “{kind}”; accepted are sqlite:///path/to/herald.db and postgres://user:password@host/database"))
    }
}

impl DatabaseUrl {
    /// Opens one connection, set up for Herald.
    ///
    /// # Errors
    /// The database's own refusal; a missing SQLite folder or an unreachable server among them.
    pub fn connect(&self) -> ConnectionResult<Db> {
        match self {
            Self::Sqlite(path) => open_sqlite(path).map(Db::Sqlite),
            Self::Postgres(url) => open_postgres(url).map(Db::Pg),
        }
    }
}

fn open_sqlite(path: &Path) -> ConnectionResult<SqliteConnection> {
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;",
    )
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

fn open_postgres(url: &str) -> ConnectionResult<PgConnection> {
    let joint = if url.contains('?') { '&' } else { '?' };
    let timed = if url.contains("connect_timeout") { url.to_owned() } else { format!("{url}{joint}connect_timeout=5") };
    let mut conn = PgConnection::establish(&timed)?;
    conn.batch_execute("SET statement_timeout = '30s'; SET TIME ZONE 'UTC'; SET client_min_messages = warning")
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_accepted_by_scheme_and_refused_by_name() {
        assert!(matches!("sqlite:///tmp/x.db".parse(), Ok(DatabaseUrl::Sqlite(p)) if p == Path::new("/tmp/x.db")));
        assert!(matches!("postgres://u@h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        let refused = "mysql://root@localhost/herald".parse::<DatabaseUrl>().err().unwrap_or_default();
        assert!(refused.contains("mysql") && refused.contains("sqlite:///") && refused.contains("postgres://"), "{refused}");
        assert!("sqlite://".parse::<DatabaseUrl>().is_err());
        assert!("nonsense".parse::<DatabaseUrl>().is_err());
    }

    #[test]
    fn a_password_never_shows_in_debug_output() {
        let url: DatabaseUrl = "postgres://u:secret@h/d".parse().unwrap_or(DatabaseUrl::Sqlite("".into()));
        assert!(!format!("{url:?}").contains("secret"));
    }
}
