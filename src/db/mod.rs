//! The one door to the two databases.
//!
//! [`Db`] is a connection to SQLite or PostgreSQL; queries are written once against it. What
//! diesel's derive cannot say for both goes through the helpers here (`exec`, `both`, `cols`,
//! `by_db!`, [`Db::raw`]). Every write runs in [`Database::write`], which takes SQLite's write lock
//! fairly and begins immediately; a bare `transaction` loses commits there (docs/decisions/0001).

mod backup;
mod connection;
mod database;
mod helpers;
mod ids;
mod migrations;
pub mod schema;
mod tables;
mod time;
pub mod types;

pub use backup::{backup, restore};
pub use connection::{Backend, DatabaseUrl, Db};
pub use database::{Actor, Database, Tx};
pub use helpers::{Both, Cols, E, Exec, OnBoth};
pub use ids::*;
pub use migrations::{pending, revert_all, run as migrate};
pub use tables::{Kind, TABLES, Table};
pub use time::{Clock, Ts};

/// Runs one block for the native connection behind a [`Db`], or one arm for each database.
#[macro_export]
macro_rules! by_db {
    ($conn:expr; pg($p:ident) => $a:expr; sqlite($s:ident) => $b:expr $(;)?) => {
        match $conn {
            $crate::db::Db::Pg($p) => $a,
            $crate::db::Db::Sqlite($s) => $b,
        }
    };
    ($conn:expr; $c:ident => $b:expr) => {
        match $conn {
            $crate::db::Db::Pg($c) => $b,
            $crate::db::Db::Sqlite($c) => $b,
        }
    };
}
