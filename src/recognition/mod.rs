//! The points ledger and the leaderboards.
//!
//! Owns `point_rules`, `point_entries`, `point_totals`, `point_histogram` and `leaderboard_choices`.
//! Every event earns at most one entry ([`award`]), by the rule in force when it happened; a
//! correction is an entry of the opposite amount ([`reverse`]). Totals by period and the histogram
//! of places move along in the same transaction; [`rebuild`] computes both afresh and compares.
//! Nothing is given for what happens on X, whose rules forbid rewards for posts.

mod api;
mod board;
mod handlers;
mod ledger;
mod pages;
mod period;
mod queries;
mod rank;
mod roll_up;
mod rules;
mod why;

pub use board::{Row, board, is_listed, neighbours, points_of, rank_of, set_listed};
pub use handlers::{clicks_counted, share_confirmed};
pub use ledger::{Award, Event, award, award_all, reverse, reverse_source};
pub use period::{Period, Span};
pub use rank::{Rank, ordinal};
pub use roll_up::{Differences, rebuild};
pub use rules::{NewRule, PointEvent, Rule, add_rule, rules, rules_at, sentence};

use actix_web::web::ServiceConfig;

use crate::jobs::Registry;
use crate::sharing::ShareConfirmed;
use crate::tracking::ClicksCounted;

/// The HTML pages of the slice.
pub fn pages(config: &mut ServiceConfig) {
    pages::routes(config);
}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    api::routes(config);
}

/// The jobs that the slice runs.
pub fn jobs(registry: &mut Registry) {
    registry.on::<ShareConfirmed, _, _>(|app, job| share_confirmed(app, job.share, job.member, job.network, job.at));
    registry.on::<ClicksCounted, _, _>(|app, job| {
        clicks_counted(app, job.clicks.iter().map(|c| Event::human_click(c.hit, c.share, c.member, c.at)).collect())
    });
}
