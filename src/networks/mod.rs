//! The social networks and the members' connected accounts.
//!
//! Owns `connected_accounts`.

pub use crate::network::{Network, UnknownNetwork};

use actix_web::web::ServiceConfig;

use crate::jobs::Registry;

/// The HTML pages of the slice.
pub fn pages(_config: &mut ServiceConfig) {}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(_config: &mut utoipa_actix_web::service_config::ServiceConfig) {}

/// The jobs that the slice runs.
pub fn jobs(_registry: &mut Registry) {}
