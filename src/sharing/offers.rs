//! Where a member can share, how, and why so.

use serde::Serialize;
use utoipa::ToSchema;

use super::intents::mode_note;
use super::share::ShareMode;
use crate::db::{Db, MemberId};
use crate::error::AppError;
use crate::networks::{self, AccountState, Network};

/// A network as it is offered to one member.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Offer {
    pub network: Network,
    pub label: &'static str,
    /// The mode that is offered first.
    pub mode: ShareMode,
    /// Every mode that works for this member just now, the first one first.
    pub modes: Vec<ShareMode>,
    /// What happens, or what is missing for more, in a sentence.
    pub why: String,
    /// The connected account with which Herald posts.
    pub account: Option<String>,
    /// Why a share here earns no points, where it earns none.
    pub points_note: Option<&'static str>,
}

/// Every network, in the order of the screens.
///
/// # Errors
/// The database's.
pub fn offers(db: &mut Db, member: MemberId) -> Result<Vec<Offer>, AppError> {
    let accounts = networks::accounts_of(db, member)?;
    let host = networks::mastodon_host(db, member)?;
    let offer = |network: Network| {
        let account = accounts.iter().find(|a| a.network == network);
        let active = account.filter(|a| a.state == AccountState::Active);
        let mut modes = Vec::new();
        let why = if let Some(active) = active {
            modes.push(ShareMode::Api);
            format!("Herald posts to {} as {} when you say so.", network.label(), active.handle)
        } else if network == Network::Mastodon && host.is_none() {
            "Tell Herald your Mastodon server under Networks, and its share page opens with your text.".into()
        } else if account.is_some() {
            format!("Your {} account must be connected again before Herald can post. By link it works as before.", network.label())
        } else {
            mode_note(network).into()
        };
        if network != Network::Mastodon || host.is_some() {
            modes.push(ShareMode::Intent);
        }
        modes.push(ShareMode::Copy);
        Offer {
            network,
            label: network.label(),
            mode: modes.first().copied().unwrap_or(ShareMode::Copy),
            modes,
            why,
            account: active.map(|a| a.handle.clone()),
            points_note: network.points_note(),
        }
    };
    Ok(Network::ALL.into_iter().map(offer).collect())
}

/// What is offered on one network.
///
/// # Errors
/// The database's.
pub fn offer_for(db: &mut Db, member: MemberId, network: Network) -> Result<Offer, AppError> {
    offers(db, member)?.into_iter().find(|o| o.network == network).ok_or(AppError::NotFound("That network"))
}
