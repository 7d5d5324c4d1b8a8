//! Connecting and disconnecting an account, and its session at rest.

use secrecy::ExposeSecret;

use super::bluesky::{AppPassword, BlueskyClient, BlueskyError, Session, Settings, parse_identifier};
use super::queries::{self, NewAccount};
use super::{Account, AccountState, AccountsReconnected, Network};
use crate::app::App;
use crate::audit;
use crate::db::{AccountId, Actor, MemberId, Tx};
use crate::error::AppError;
use crate::identity::Caller;
use crate::jobs;

/// What sessions are sealed for: text sealed for another purpose does not open as one.
const PURPOSE: &str = "network session";

/// The connector, pointed where the configuration says.
///
/// # Errors
/// None in practice; the addresses were checked at start.
pub fn bluesky_client(app: &App) -> Result<BlueskyClient, AppError> {
    let networks = &app.config.networks;
    let is_public = networks.bluesky_entryway.host_str() == Some("bsky.social");
    let settings = if is_public {
        Settings { plc: networks.plc_directory.clone(), ..Settings::public().map_err(AppError::internal)? }
    } else if app.config.allow_private {
        Settings::test_server(networks.bluesky_entryway.as_str(), networks.plc_directory.as_str()).map_err(AppError::internal)?
    } else {
        let entryway = networks.bluesky_entryway.clone();
        Settings { plc: networks.plc_directory.clone(), entryway, ..Settings::public().map_err(AppError::internal)? }
    };
    Ok(BlueskyClient::new(app.outbound.clone(), settings))
}

/// Signs in at Bluesky with an app password, keeps the tokens sealed, and forgets the password.
/// Connecting the same account again renews it; another account takes the place of the first.
///
/// # Errors
/// Invalid with a sentence for `identifier` or `app_password`; too many tries; upstream when
/// Bluesky does not answer.
pub async fn connect_bluesky(app: &App, caller: &Caller, identifier: &str, app_password: &str) -> Result<Account, AppError> {
    let who = parse_identifier(identifier).map_err(|e| AppError::field("identifier", e.to_string()))?;
    let password = AppPassword::parse(app_password).map_err(|e| AppError::field("app_password", e.to_string()))?;
    app.limits.sign_in(&format!("bluesky {}", caller.id), &caller.id.to_string())?;
    let client = bluesky_client(app)?;
    let found = client.resolve(&who).await.map_err(refused)?;
    let session = client.create_session(&found, &password).await.map_err(refused)?;
    let sealed = seal(app, &session)?;
    let member = caller.id;
    app.write(caller.actor(), move |tx| keep(tx, member, &session, &sealed)).await
}

fn refused(error: BlueskyError) -> AppError {
    let sentence = error.to_string();
    match error {
        BlueskyError::WrongPassword | BlueskyError::NotAnAppPassword => AppError::field("app_password", sentence),
        BlueskyError::NoSuchHandle
        | BlueskyError::NotAHandle
        | BlueskyError::HandleDisagrees
        | BlueskyError::UnsafeAddress
        | BlueskyError::NoServer
        | BlueskyError::AccountPaused(_) => AppError::field("identifier", sentence),
        BlueskyError::Refused(no) if no.status == 429 => AppError::TooMany { retry_after: 300 },
        _ => AppError::Upstream(sentence),
    }
}

fn keep(tx: &mut Tx<'_>, member: MemberId, session: &Session, sealed: &str) -> Result<Account, AppError> {
    let host = session.pds.host_str().unwrap_or_default();
    let before = queries::connected(tx.db, member)?.into_iter().find(|a| a.network == Network::Bluesky);
    let same = before.as_ref().filter(|a| a.remote_id == session.did.as_str()).map(|a| a.id);
    let new = NewAccount {
        id: same.unwrap_or_else(|| tx.id()),
        member,
        network: Network::Bluesky,
        remote_id: session.did.as_str(),
        handle: &session.handle,
        host,
        sealed,
    };
    match (same, before) {
        (Some(id), _) => queries::renew(tx.db, id, &new, tx.now)?,
        (None, Some(other)) => queries::disconnect(tx.db, other.id, tx.now)? + queries::insert(tx.db, &new, tx.now)?,
        (None, None) => queries::insert(tx.db, &new, tx.now)?,
    };
    let id = new.id;
    jobs::enqueue(tx, &AccountsReconnected { member, network: Network::Bluesky, account: id })?;
    let detail =
        serde_json::json!({"network": Network::Bluesky, "remote_id": session.did.as_str(), "handle": session.handle, "host": host});
    audit::record(tx, "account.connected", &id.to_string(), &detail)?;
    queries::own(tx.db, member, id)?.ok_or(AppError::NotFound("That account"))
}

/// Ends the session at the network, as far as it answers, and forgets the tokens in any case.
///
/// # Errors
/// Not found for another member's account.
pub async fn disconnect(app: &App, caller: &Caller, id: AccountId) -> Result<(), AppError> {
    let member = caller.id;
    let (account, sealed) = app
        .read(move |db| {
            let account = queries::own(db, member, id)?.ok_or(AppError::NotFound("That account"))?;
            Ok((account, queries::sealed(db, id)?.unwrap_or_default()))
        })
        .await?;
    app.write(caller.actor(), move |tx| {
        if queries::disconnect(tx.db, id, tx.now)? == 0 {
            return Err(AppError::NotFound("That account"));
        }
        let detail = serde_json::json!({"network": account.network, "remote_id": account.remote_id, "handle": account.handle});
        audit::record(tx, "account.disconnected", &id.to_string(), &detail)
    })
    .await?;
    // The tokens are gone here already; a network that does not answer only keeps its side longer.
    if let (Ok(session), Ok(client)) = (open_session(app, &sealed), bluesky_client(app))
        && let Err(error) = client.delete_session(&session).await
    {
        tracing::info!(account = %id, %error, "the network did not end its session");
    }
    Ok(())
}

fn seal(app: &App, session: &Session) -> Result<String, AppError> {
    let json = session.to_json().map_err(AppError::internal)?;
    app.keys.seal(PURPOSE, json.expose_secret())
}

/// The session of an account, opened for one use.
///
/// # Errors
/// [`BlueskyError::Session`] when the key or the text has changed.
pub fn open_session(app: &App, sealed: &str) -> Result<Session, BlueskyError> {
    Session::from_json(&app.keys.open(PURPOSE, sealed).ok_or(BlueskyError::Session)?)
}

/// Stores a session whose tokens were renewed, unless the member connected anew meanwhile.
///
/// # Errors
/// The database's.
pub async fn store_session(app: &App, account: AccountId, before: String, session: &Session) -> Result<(), AppError> {
    let after = seal(app, session)?;
    app.write(Actor::system("networks"), move |tx| {
        queries::replace_sealed(tx.db, account, &before, &after, tx.now)?;
        Ok(())
    })
    .await
}

/// The sealed session of an account that Herald may use.
///
/// # Errors
/// The database's.
pub fn sealed_session(db: &mut crate::db::Db, account: AccountId, member: MemberId) -> Result<Option<String>, AppError> {
    match queries::own(db, member, account)? {
        Some(found) if found.state == AccountState::Active => Ok(queries::sealed(db, account)?),
        _ => Ok(None),
    }
}
