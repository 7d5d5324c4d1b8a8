//! The accounts that members connected, and the little Herald remembers where nothing is connected.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Network, queries};
use crate::audit;
use crate::db::schema::{connected_accounts, settings};
use crate::db::{AccountId, Backend, Db, Exec, MemberId, Ts, Tx};
use crate::error::AppError;
use crate::jobs::Job;

crate::text_enum! {
    /// Whether Herald may post with an account.
    AccountState { Active = "active", NeedsReconnect = "needs_reconnect", Disconnected = "disconnected" }
}

/// A member's own account on a network, without its secrets.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = connected_accounts, check_for_backend(Backend))]
pub struct Account {
    pub id: AccountId,
    #[serde(skip)]
    pub member_id: MemberId,
    pub network: Network,
    /// The network's permanent id of the account.
    pub remote_id: String,
    /// The name at the time of connecting.
    pub handle: String,
    /// The server that holds the account.
    pub host: String,
    pub state: AccountState,
    /// Why it needs to be connected again, in a sentence.
    pub last_error: Option<String>,
    pub last_ok_at: Option<Ts>,
    pub created_at: Ts,
}

/// Tells sharing that a member's account can post again.
#[derive(Debug, Serialize, Deserialize)]
pub struct AccountsReconnected {
    pub member: MemberId,
    pub network: Network,
    pub account: AccountId,
}

impl Job for AccountsReconnected {
    const NAME: &'static str = "networks.reconnected";
}

/// A member's accounts that are not disconnected, in the order of the networks.
///
/// # Errors
/// The database's.
pub fn accounts_of(db: &mut Db, member: MemberId) -> Result<Vec<Account>, AppError> {
    let mut found = queries::connected(db, member)?;
    found.sort_by_key(|a| a.network);
    Ok(found)
}

/// The account with which Herald may post for the member just now.
///
/// # Errors
/// The database's.
pub fn active_account(db: &mut Db, member: MemberId, network: Network) -> Result<Option<Account>, AppError> {
    Ok(queries::connected(db, member)?.into_iter().find(|a| a.network == network && a.state == AccountState::Active))
}

/// The network ended the connection: nothing is posted until the member connects again.
///
/// # Errors
/// The database's.
pub fn mark_needs_reconnect(tx: &mut Tx<'_>, id: AccountId, reason: &str) -> Result<(), AppError> {
    if queries::set_state(tx.db, id, AccountState::Active, AccountState::NeedsReconnect, Some(reason), tx.now)? == 0 {
        return Ok(());
    }
    audit::record(tx, "account.needs_reconnect", &id.to_string(), &serde_json::json!({"reason": reason}))
}

/// The account has just been used with success.
///
/// # Errors
/// The database's.
pub fn mark_ok(tx: &mut Tx<'_>, id: AccountId) -> Result<(), AppError> {
    diesel::update(connected_accounts::table.find(id))
        .set((connected_accounts::last_ok_at.eq(tx.now), connected_accounts::last_error.eq(None::<String>)))
        .execute(tx.db)?;
    Ok(())
}

fn host_key(member: MemberId) -> String {
    format!("member:{member}:mastodon_host")
}

/// The Mastodon server on which the member shares by link.
///
/// # Errors
/// The database's.
pub fn mastodon_host(db: &mut Db, member: MemberId) -> Result<Option<String>, AppError> {
    Ok(settings::table.find(host_key(member)).select(settings::value).first(db).optional()?)
}

/// Keeps the member's Mastodon server, a host name already checked, or forgets it.
///
/// # Errors
/// The database's.
pub fn set_mastodon_host(tx: &mut Tx<'_>, member: MemberId, host: Option<&str>) -> Result<(), AppError> {
    let key = host_key(member);
    match host {
        None => {
            diesel::delete(settings::table.find(&key)).execute(tx.db)?;
        }
        Some(host) => {
            diesel::insert_into(settings::table)
                .values((settings::key.eq(&key), settings::value.eq(host), settings::updated_at.eq(tx.now)))
                .on_conflict(settings::key)
                .do_update()
                .set((settings::value.eq(host), settings::updated_at.eq(tx.now)))
                .exec(tx.db)?;
        }
    }
    audit::record(tx, "member.mastodon_host_set", &member.to_string(), &serde_json::json!({"host": host}))
}
