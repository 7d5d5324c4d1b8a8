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
mod api_contract;
mod architecture;
mod audiences_groups;
mod audiences_topics;
mod cluster;
mod database;
mod home_start;
mod identity_access;
mod identity_import;
mod identity_limits;
mod identity_links;
mod identity_members;
mod identity_pages;
mod identity_sign_in;
mod identity_tokens;
mod journey_api;
mod journey_browser;
mod library_feed;
mod library_import;
mod library_life;
mod library_pages;
mod library_real_input;
mod library_site;
mod library_sources;
mod licences;
mod networks_bluesky;
mod notifications_mail;
mod recognition_board;
mod recognition_ledger;
mod reports_content;
mod reports_participation;
mod sharing_publish;
mod sharing_real;
mod sharing_settings;
mod sharing_share;
mod sharing_states;
mod templates;
mod tracking_redirect;
