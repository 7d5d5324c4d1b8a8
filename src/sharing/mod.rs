//! Captions made one's own, the policy check, share modes and the publish job.
//!
//! Owns `shares`, `share_weeks` and `publish_attempts`. A share is `confirmed` only by the network's
//! id or the member's own word, and counts in `share_weeks` at that moment, once: an opened share
//! is no share yet, because nobody knows whether it was posted.

mod acts;
mod api;
pub mod counting;
mod drafting;
mod impact;
pub mod intents;
mod offers;
mod pages;
pub mod placing;
pub mod policy;
mod publishing;
mod queries;
mod settings;
mod share;
pub mod utm;

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::web::ServiceConfig;

use crate::app::App;
use crate::db::{Actor, Db, ItemId};
use crate::error::AppError;
use crate::jobs::{Failed, Registry};
use crate::library::ItemRecalled;
use crate::networks::AccountsReconnected;
use crate::notifications::{self, Button, Letter};

pub use acts::{NewShare, Started, cancel, confirm, open, recall, start};
pub use drafting::{CheckAnswer, Draft, check};
pub use impact::{Impact, impact};
pub use offers::{Offer, offers};
pub use publishing::PublishShare;
pub use settings::{SharingSettings, get as sharing_settings, put as put_settings};
pub use share::{ConfirmedBy, Share, ShareConfirmed, ShareMode, ShareNeedsHelp, ShareState};

/// Confirmed shares of items.
///
/// # Errors
/// The database's.
pub fn shares_of_items(db: &mut Db, items: &[ItemId]) -> Result<HashMap<ItemId, i64>, AppError> {
    Ok(queries::of_items(db, items)?)
}

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
    registry.on::<PublishShare, _, _>(publishing::run);
    registry.on::<AccountsReconnected, _, _>(resume);
    registry.on::<ShareNeedsHelp, _, _>(needs_help);
    registry.on::<ItemRecalled, _, _>(recalled);
}

async fn resume(app: Arc<App>, job: AccountsReconnected) -> Result<(), Failed> {
    Ok(app.write(Actor::system("sharing"), move |tx| acts::resume(tx, job.member, job.network, job.account)).await?)
}

async fn recalled(app: Arc<App>, job: ItemRecalled) -> Result<(), Failed> {
    Ok(app.write(Actor::system("recall"), move |tx| acts::recall(tx, job.item)).await?)
}

/// A mail to the member; the list of shares asks for help besides.
async fn needs_help(app: Arc<App>, job: ShareNeedsHelp) -> Result<(), Failed> {
    let shared = app.clone();
    let told = app.write(Actor::system("sharing"), move |tx| {
        let Some(share) = queries::find(tx.db, job.share)? else { return Ok(()) };
        // The member was quicker than the mail.
        if !matches!(share.state, ShareState::Failed | ShareState::NeedsReconnect) {
            return Ok(());
        }
        let member = crate::identity::find(tx.db, job.member)?;
        let letter = Letter {
            subject: format!("Your post on {} needs you", job.network.label()),
            heading: "Your post is not out yet".into(),
            paragraphs: vec![job.reason.clone(), "Your text and your link are kept. Nothing is lost.".into()],
            button: Some(Button { label: "Look at it".into(), address: shared.config.address(&format!("/shares/{}", job.share)) }),
            after: Vec::new(),
            footer: "You get this because you asked Herald to post for you.".into(),
        };
        notifications::write(tx, &shared, &member.email, &letter).map(|_| ())
    });
    Ok(told.await?)
}
