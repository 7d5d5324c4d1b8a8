//! The content library: items, immutable revisions, approval, sources, media, search and the feed.
//!
//! Owns `media`, `sources`, `source_topics`, `items`, `revisions`, `captions`, `item_topics`,
//! `item_audiences` and `item_search`.

pub mod article;
pub mod feed_reader;
pub mod picture;

use actix_web::web::ServiceConfig;

use crate::jobs::Registry;

/// The HTML pages of the slice.
pub fn pages(_config: &mut ServiceConfig) {}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(_config: &mut utoipa_actix_web::service_config::ServiceConfig) {}

/// The jobs that the slice runs.
pub fn jobs(_registry: &mut Registry) {}
