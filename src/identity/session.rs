use chrono::Duration;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{new_token, token_hash};
use crate::audit;
use crate::db::schema::sessions;
use crate::db::{Backend, Db, MemberId, SessionId, Ts, Tx};
use crate::error::AppError;

/// The cookie's name over http; over https it carries the `__Host-` prefix.
pub const COOKIE: &str = "herald_session";
/// A session ends after 30 days, used or not.
const LIFE_DAYS: i64 = 30;

/// One signed-in browser.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = sessions, check_for_backend(Backend))]
pub struct Session {
    pub id: SessionId,
    pub user_agent: String,
    pub created_at: Ts,
    pub last_seen_at: Ts,
    pub expires_at: Ts,
}

/// Starts a session and returns its token, which is not stored.
///
/// # Errors
/// The database's.
pub fn start(tx: &mut Tx<'_>, member: MemberId, user_agent: &str) -> Result<String, AppError> {
    let token = new_token("hs_");
    let id: SessionId = tx.id();
    let agent: String = user_agent.chars().take(300).collect();
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::member_id.eq(member),
            sessions::token_hash.eq(token_hash(&token)),
            sessions::user_agent.eq(agent),
            sessions::created_at.eq(tx.now),
            sessions::last_seen_at.eq(tx.now),
            sessions::expires_at.eq(tx.now.plus(Duration::days(LIFE_DAYS))),
        ))
        .execute(tx.db)?;
    audit::record(tx, "session.started", &member.to_string(), &serde_json::json!({"session": id}))?;
    Ok(token)
}

/// Ends one session of a member.
///
/// # Errors
/// Not found when it is not theirs.
pub fn end(tx: &mut Tx<'_>, member: MemberId, id: SessionId) -> Result<(), AppError> {
    let ended = diesel::delete(sessions::table.find(id).filter(sessions::member_id.eq(member))).execute(tx.db)?;
    if ended == 0 {
        return Err(AppError::NotFound("That session"));
    }
    audit::record(tx, "session.ended", &member.to_string(), &serde_json::json!({"session": id}))
}

/// Ends all sessions of a member, but for one.
///
/// # Errors
/// The database's.
pub fn end_all(tx: &mut Tx<'_>, member: MemberId, but: Option<SessionId>) -> Result<usize, AppError> {
    let theirs = sessions::table.filter(sessions::member_id.eq(member));
    Ok(match but {
        Some(kept) => diesel::delete(theirs.filter(sessions::id.ne(kept))).execute(tx.db)?,
        None => diesel::delete(theirs).execute(tx.db)?,
    })
}

/// A member's sessions, the latest used first.
///
/// # Errors
/// The database's.
pub fn of_member(db: &mut Db, member: MemberId, now: Ts) -> Result<Vec<Session>, AppError> {
    Ok(sessions::table
        .filter(sessions::member_id.eq(member))
        .filter(sessions::expires_at.gt(now))
        .order(sessions::last_seen_at.desc())
        .select(Session::as_select())
        .load(db)?)
}

/// Notes that a session was used; at most once in five minutes, to spare writes.
pub(super) fn seen(tx: &mut Tx<'_>, id: SessionId) -> Result<(), AppError> {
    diesel::update(sessions::table.find(id)).set(sessions::last_seen_at.eq(tx.now)).execute(tx.db)?;
    Ok(())
}

/// Forgets sessions that have run out.
pub(super) fn tidy(tx: &mut Tx<'_>) -> Result<(), AppError> {
    diesel::delete(sessions::table.filter(sessions::expires_at.le(tx.now))).execute(tx.db)?;
    Ok(())
}
