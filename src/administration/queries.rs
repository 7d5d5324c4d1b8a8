//! All diesel of the slice.
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::by_db;
use crate::db::schema::{mails, schedules};
use crate::db::{Db, Ts};

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// How many bytes the database takes: SQLite's pages, PostgreSQL's own answer.
pub fn database_size(db: &mut Db) -> QueryResult<i64> {
    let sql = by_db!(&*db;
        pg(_p) => "SELECT pg_database_size(current_database()) AS bytes";
        sqlite(_s) => "SELECT p.page_count * s.page_size AS bytes FROM pragma_page_count p, pragma_page_size s");
    let query = db.raw(sql);
    Ok(query.get_result::<Size>(db)?.bytes)
}

pub fn schedules(db: &mut Db) -> QueryResult<Vec<(String, Ts)>> {
    schedules::table.order(schedules::name.asc()).select((schedules::name, schedules::next_at)).load(db)
}

pub fn mail_counts(db: &mut Db) -> QueryResult<Vec<(String, i64)>> {
    mails::table.group_by(mails::state).select((mails::state, count_star())).load(db)
}

/// A mail that did not leave.
#[derive(Queryable)]
pub struct StuckMail {
    pub recipient: String,
    pub subject: String,
    pub state: String,
    pub created_at: Ts,
    pub last_error: Option<String>,
}

/// The newest mails that failed, or were kept because no mail server is set.
pub fn stuck_mails(db: &mut Db, limit: i64) -> QueryResult<Vec<StuckMail>> {
    mails::table
        .filter(mails::state.eq_any(["failed", "kept"]))
        .order(mails::id.desc())
        .limit(limit)
        .select((mails::recipient, mails::subject, mails::state, mails::created_at, mails::last_error))
        .load(db)
}
