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
mod library_real_input;
mod networks_bluesky;
mod sharing_publish;
mod sharing_real;
mod sharing_settings;
mod sharing_share;
mod sharing_states;
mod templates;
mod tracking_redirect;
