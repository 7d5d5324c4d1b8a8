//! What the jobs of sharing and tracking do to the ledger.
use std::sync::Arc;

use super::ledger::{self, Event};
use crate::app::App;
use crate::db::{Actor, MemberId, ShareId, Ts};
use crate::jobs::Failed;
use crate::network::Network;

/// A share was confirmed, by its member or by the network.
///
/// # Errors
/// The database's, to be tried again.
pub async fn share_confirmed(app: Arc<App>, share: ShareId, member: MemberId, network: Network, at: Ts) -> Result<(), Failed> {
    if !network.awards_points() {
        return Ok(());
    }
    let event = Event::share_confirmed(share, member, at, format!("Posted on {}", network.label()));
    app.write(Actor::system("recognition"), move |tx| ledger::award(tx, &event)).await?;
    Ok(())
}

/// Hits were judged human.
///
/// # Errors
/// The database's, to be tried again.
pub async fn clicks_counted(app: Arc<App>, clicks: Vec<Event>) -> Result<(), Failed> {
    app.write(Actor::system("recognition"), move |tx| ledger::award_all(tx, &clicks)).await?;
    Ok(())
}
