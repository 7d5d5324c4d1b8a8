//! The content library: items, immutable revisions, approval, sources, media, search and the feed.
//!
//! Owns `media`, `sources`, `source_topics`, `items`, `revisions`, `captions`, `item_topics`,
//! `item_audiences` and `item_search`. A revision never changes: every save adds one, and approval
//! belongs to it. An item names two of them: the approved one, which is shared, and a newer one
//! that is being worked on. Where an item stands is a decision; whether it is live is the clock's.

mod api;
pub mod article;
mod content;
mod feed;
pub mod feed_reader;
mod import;
mod item;
mod list;
mod media;
mod pages;
pub mod picture;
mod poll;
mod queries;
mod review;
mod search;
mod sources;
mod sql;
mod upload;
mod view;
mod words;

use actix_web::web::ServiceConfig;

use crate::jobs::Registry;

pub use content::{CaptionInput, ItemInput, ItemPatch};
pub use feed::{Feed, FeedCursor, FeedItem, FeedQuery, OwnShare, Shareable, feed, shareable, shares_by};
pub use import::{Imported, import};
pub use item::{ItemRecalled, Origin, archive, create, pin, recall, revise, unarchive};
pub use list::{LibraryQuery, Sort, counts, list};
pub use media::{made_safe, media, store as store_media};
pub use review::{approve, reject, submit};
pub use search::index;
pub use sources::{NewSource, PollSource, Source, SourcePatch, add as add_source};
pub use view::{Caption, GroupRef, Item, ItemLine, Revision, TopicRef, history, item, revision};
pub use words::{CaptionKind, ItemKind, ItemStatus, RevisionState, Standing};

/// The HTML pages of the slice.
pub fn pages(config: &mut ServiceConfig) {
    pages::pages(config);
}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    api::api(config);
}

/// The jobs that the slice runs.
pub fn jobs(registry: &mut Registry) {
    poll::jobs(registry);
}
