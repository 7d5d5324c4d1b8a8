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

mod architecture;
mod database;
mod identity_sign_in;
mod library_feed;
mod library_import;
mod library_life;
mod library_pages;
mod library_real_input;
mod library_site;
mod library_sources;
