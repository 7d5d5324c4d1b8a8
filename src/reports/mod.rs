//! Participation, what works, and the daily head count.
//!
//! Owns `head_counts`: how many members and enrolled members the company and each group had on each
//! day. Past days are never written again, so that last year's percentage stays last year's. HR sees
//! groups, never individuals, and no rates of groups with fewer than five people.

mod api;
mod content;
mod content_page;
mod csv;
mod head_counts;
mod month;
mod participation;
mod participation_page;
mod queries;

pub use content::{By, ContentReport, Counted, Line, Sort, Wanted, Window, content};
pub use csv::cell as csv_cell;
pub use head_counts::{CountHeads, count_heads};
pub use month::{GroupMonth, month};
pub use participation::{GroupReport, Participation, SMALL_GROUP, Stretch, Week, participation, percent};

use actix_web::web::ServiceConfig;
use chrono::Duration;

use crate::jobs::Registry;

/// The HTML pages of the slice.
pub fn pages(config: &mut ServiceConfig) {
    participation_page::routes(config);
    content_page::routes(config);
}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    api::routes(config);
}

/// The jobs that the slice runs.
pub fn jobs(registry: &mut Registry) {
    registry.on::<CountHeads, _, _>(head_counts::run);
    registry.every(Duration::hours(1), || CountHeads {});
}
