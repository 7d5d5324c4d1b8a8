//! The pages of the slice.

mod composer;
mod impact;
mod list;
mod one;
mod settings;

use actix_web::web::{ServiceConfig, get, post, resource};
use serde::{Deserialize, Serialize};

use super::share::{ShareMode, ShareState};

/// A form that holds nothing but its token.
#[derive(Deserialize)]
struct Nothing {}

/// What was typed into a field, and what is wrong with it.
#[derive(Serialize, Default)]
struct Typed {
    value: String,
    error: Option<String>,
}

/// A word about state.
#[derive(Serialize)]
struct Status {
    kind: &'static str,
    label: &'static str,
}

fn status(state: ShareState) -> Status {
    let (kind, label) = match state {
        ShareState::Draft => ("plain", "Draft"),
        ShareState::AwaitingApproval => ("wait", "Waits for approval"),
        ShareState::Scheduled => ("wait", "Scheduled"),
        ShareState::Publishing => ("wait", "Being posted"),
        ShareState::Confirmed => ("good", "Posted"),
        ShareState::Opened => ("info", "Opened"),
        ShareState::Failed => ("bad", "Failed"),
        ShareState::NeedsReconnect => ("warn", "Connect again"),
        ShareState::Cancelled => ("plain", "Called off"),
        ShareState::Recalled => ("bad", "Recalled"),
    };
    Status { kind, label }
}

fn mode_words(mode: ShareMode) -> &'static str {
    match mode {
        ShareMode::Api => "posted by Herald",
        ShareMode::Intent => "by the network's share page",
        ShareMode::Copy => "copied",
    }
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/share/{item}").route(get().to(composer::show)).route(post().to(composer::submit)))
        .service(resource("/shares").route(get().to(list::show)))
        .service(resource("/shares/{id}/qr.svg").route(get().to(one::qr_code)))
        .service(resource("/shares/{id}/confirm").route(post().to(one::confirm)))
        .service(resource("/shares/{id}/cancel").route(get().to(one::ask_cancel)).route(post().to(one::cancel)))
        .service(resource("/shares/{id}/open").route(post().to(one::open)))
        .service(resource("/shares/{id}").route(get().to(one::show)))
        .service(resource("/impact").route(get().to(impact::show)))
        .service(resource("/settings/sharing").route(get().to(settings::show)).route(post().to(settings::submit)));
}
