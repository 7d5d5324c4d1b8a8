//! The product's tests: the real app driven through its routes, on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop loudly"
)]

mod support;

mod administration_system;
mod architecture;
mod cluster;
mod database;
mod home_start;
mod identity_sign_in;
mod library_real_input;
mod recognition_board;
mod recognition_ledger;
mod reports_content;
mod reports_participation;
mod templates;
mod tracking_redirect;
