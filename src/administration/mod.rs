//! What an administrator looks at: health, jobs, mails, the audit log, settings.
//!
//! Owns no table.

mod api;
pub mod health;
mod queries;
mod settings_page;
mod state;
mod system_page;

pub use state::{Health, MailCounts, State, action_label, health, size};

use actix_web::web::ServiceConfig;

use crate::jobs::Registry;

/// The HTML pages of the slice.
pub fn pages(config: &mut ServiceConfig) {
    system_page::routes(config);
    settings_page::routes(config);
}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    api::routes(config);
}

/// The jobs that the slice runs.
pub fn jobs(_registry: &mut Registry) {}
