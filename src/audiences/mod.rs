//! Groups and topics: who a piece is for and what people care about.
//!
//! Owns `groups`, `group_members`, `topics` and `topic_follows`. A member's department and region
//! also make them a member of the group of that name, so that reports and audiences agree; identity
//! asks for it by job ([`identity::MembersPlaced`]).

mod api;
mod groups;
mod pages;
mod topics;

pub use groups::{
    Group, GroupKind, GroupRow, add_to_group, change_group, create_group, delete_group, group, groups, groups_of, place, remove_from_group,
};
pub use topics::{Topic, TopicRow, change_topic, create_topic, delete_topic, follow, follow_only, followed, topic, topics};

use actix_web::web::ServiceConfig;

use crate::db::Actor;
use crate::identity;
use crate::jobs::Registry;

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
    registry.on::<identity::MembersPlaced, _, _>(|app, job| async move {
        Ok(app.write(Actor::system("groups"), move |tx| job.members.iter().try_for_each(|member| place(tx, *member))).await?)
    });
}
