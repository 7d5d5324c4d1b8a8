//! What an administrator looks at: jobs, mails, the audit log, settings.
//!
//! Owns no table.

pub mod health;

use actix_web::web::ServiceConfig;

use crate::jobs::Registry;

/// The HTML pages of the slice.
pub fn pages(_config: &mut ServiceConfig) {}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(_config: &mut utoipa_actix_web::service_config::ServiceConfig) {}

/// The jobs that the slice runs.
pub fn jobs(_registry: &mut Registry) {}
