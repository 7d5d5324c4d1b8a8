//! Short links, the redirect, hits and their verdicts.
//!
//! Owns `links`, `hits`, `visitor_salts` and `link_counts`. A visitor's way: [`redirect`] looks the
//! slug up in a cache, hands the hit to the [`Recorder`] and answers once the batch holding it is
//! committed. The recorder judges ([`verdict`]); a job sums up per link and day and tells
//! recognition about the human clicks. No address is stored, only a daily salted hash ([`visitor`]).

mod api;
mod counts;
mod link;
pub mod qr;
mod recorder;
mod redirect;
pub mod slug;
pub mod verdict;
pub mod visitor;

use chrono::Duration;

pub use counts::{Clicks, ClicksCounted, CountHits, CountedClick, clicks_of_items, clicks_of_links, clicks_of_member};
pub use link::{Link, LinkState, NewLink, create_link, recall_links, short_address};
pub use recorder::Recorder;
pub use redirect::{Followed, Visit, visit};

use crate::jobs::Registry;

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    api::routes(config);
}

/// The jobs that the slice runs.
pub fn jobs(registry: &mut Registry) {
    registry.on::<CountHits, _, _>(counts::run);
    registry.every(Duration::minutes(1), || CountHits {});
    registry.on::<recorder::ForgetSalts, _, _>(recorder::forget_salts);
    registry.every(Duration::hours(6), || recorder::ForgetSalts {});
}

/// The short links, outside session, CSRF and compression.
pub fn redirects(config: &mut actix_web::web::ServiceConfig) {
    redirect::routes(config);
}
