//! The social networks and the members' connected accounts.
//!
//! Owns `connected_accounts`. What a network needs to post for a member is sealed with the
//! deployment's key and opened only while a call is under way. A session whose tokens serve once is
//! used by one worker at a time: see [`lease`].

mod accounts;
mod api;
pub mod bluesky;
mod connecting;
mod lease;
mod mastodon;
pub mod outcome;
mod pages;
mod queries;

pub use accounts::{
    Account, AccountState, AccountsReconnected, accounts_of, active_account, mark_needs_reconnect, mark_ok, mastodon_host,
    set_mastodon_host,
};
pub use connecting::{bluesky_client, connect_bluesky, disconnect, open_session, sealed_session, store_session};
pub use lease::{Lease, acquire as acquire_lease, release as release_lease};
pub use mastodon::mastodon_server;

pub use crate::network::{Network, UnknownNetwork};

use actix_web::web::ServiceConfig;

use crate::jobs::Registry;

/// The HTML pages of the slice.
pub fn pages(config: &mut ServiceConfig) {
    pages::routes(config);
}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    api::routes(config);
}

/// The jobs that the slice runs: none of its own; publishing belongs to sharing.
pub fn jobs(_registry: &mut Registry) {}
