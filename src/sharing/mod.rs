//! Captions made one's own, the policy check, share modes and the publish job.
//!
//! Owns `shares`, `share_weeks` and `publish_attempts`.

pub mod counting;
pub mod intents;
pub mod placing;
pub mod policy;
pub mod utm;

use actix_web::web::ServiceConfig;

use crate::jobs::Registry;

/// The HTML pages of the slice.
pub fn pages(_config: &mut ServiceConfig) {}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(_config: &mut utoipa_actix_web::service_config::ServiceConfig) {}

/// The jobs that the slice runs.
pub fn jobs(_registry: &mut Registry) {}
