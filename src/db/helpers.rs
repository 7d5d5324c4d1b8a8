use diesel::expression::{AppearsOnTable, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::sqlite::Sqlite;

use super::connection::{Backend, Db};

/// A statement that both native databases understand though the derive leaves the multi backend
/// without it (ON CONFLICT with RETURNING, UNION).
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Both<T>(pub T);

impl<T: QueryFragment<Pg> + QueryFragment<Sqlite>> QueryFragment<Backend> for Both<T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        Backend::walk_variant_ast(&self.0, pass)
    }
}
impl<T: Query> Query for Both<T> {
    type SqlType = T::SqlType;
}
impl<T> diesel::RunQueryDsl<Db> for Both<T> {}

/// Wraps a statement in [`Both`].
pub trait OnBoth: Sized {
    fn both(self) -> Both<Self> {
        Both(self)
    }
}
impl<T> OnBoth for T {}

/// Runs statements that diesel treats differently per database (batch inserts, upserts).
pub trait Exec: Sized {
    /// # Errors
    /// Whatever the database answers.
    fn exec(self, db: &mut Db) -> QueryResult<usize>;
}
impl<T: ExecuteDsl<PgConnection, Pg> + ExecuteDsl<SqliteConnection, Sqlite>> Exec for T {
    fn exec(self, db: &mut Db) -> QueryResult<usize> {
        match db {
            Db::Pg(c) => ExecuteDsl::execute(self, c),
            Db::Sqlite(c) => ExecuteDsl::execute(self, c),
        }
    }
}

/// The column list of a model, standing in for `as_returning()`.
pub trait Cols: Selectable<Backend> {
    fn cols() -> Self::SelectExpression {
        Self::construct_selection()
    }
}
impl<T: Selectable<Backend>> Cols for T {}

/// An expression valid on both databases but not wired by the derive (CASE, CAST, avg).
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub struct E<T>(pub T);

impl<T: Expression> Expression for E<T> {
    type SqlType = T::SqlType;
}
impl<T: SelectableExpression<QS>, QS> SelectableExpression<QS> for E<T> where E<T>: AppearsOnTable<QS> {}
impl<T: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for E<T> where E<T>: Expression {}
impl<T: QueryFragment<Pg> + QueryFragment<Sqlite>> QueryFragment<Backend> for E<T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        Backend::walk_variant_ast(&self.0, pass)
    }
}
