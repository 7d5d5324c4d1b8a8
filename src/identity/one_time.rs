use chrono::Duration;
use diesel::prelude::*;

use crate::app::{new_token, token_hash};
use crate::db::schema::one_time_links as links;
use crate::db::{Db, MemberId, OneTimeLinkId, Ts, Tx};
use crate::error::AppError;

crate::text_enum! {
    /// What a one-time link is for.
    LinkKind { Setup = "setup", Invite = "invite", Reset = "reset" }
}

impl LinkKind {
    /// How long the link can be used.
    pub fn life(self) -> Duration {
        match self {
            Self::Setup => Duration::hours(24),
            Self::Invite => Duration::days(7),
            Self::Reset => Duration::hours(1),
        }
    }
    /// The path in front of the token.
    pub fn path(self) -> &'static str {
        match self {
            Self::Setup => "/set-up/",
            Self::Invite => "/invite/",
            Self::Reset => "/reset/",
        }
    }
}

/// Makes a link that works once and ends by itself; earlier ones of the kind for the member end now.
/// Returns its path with the token, which is not stored.
///
/// # Errors
/// The database's.
pub fn issue(tx: &mut Tx<'_>, kind: LinkKind, member: Option<MemberId>) -> Result<String, AppError> {
    let same = links::table.filter(links::kind.eq(kind));
    match member {
        Some(member) => diesel::delete(same.filter(links::member_id.eq(member))).execute(tx.db)?,
        None => diesel::delete(same.filter(links::member_id.is_null())).execute(tx.db)?,
    };
    let token = new_token("");
    let id: OneTimeLinkId = tx.id();
    diesel::insert_into(links::table)
        .values((
            links::id.eq(id),
            links::kind.eq(kind),
            links::token_hash.eq(token_hash(&token)),
            links::member_id.eq(member),
            links::created_at.eq(tx.now),
            links::expires_at.eq(tx.now.plus(kind.life())),
        ))
        .execute(tx.db)?;
    Ok(format!("{}{token}", kind.path()))
}

/// What a token opens, without using it up.
///
/// # Errors
/// Not found when it is unknown, used or out of date.
pub fn open(db: &mut Db, kind: LinkKind, token: &str, now: Ts) -> Result<(OneTimeLinkId, Option<MemberId>), AppError> {
    links::table
        .filter(links::token_hash.eq(token_hash(token)))
        .filter(links::kind.eq(kind))
        .filter(links::used_at.is_null())
        .filter(links::expires_at.gt(now))
        .select((links::id, links::member_id))
        .first(db)
        .optional()?
        .ok_or(AppError::NotFound("This link has been used or is out of date. A new one"))
}

/// Uses a token up; exactly one of two simultaneous uses succeeds.
///
/// # Errors
/// As [`open`].
pub fn use_up(tx: &mut Tx<'_>, kind: LinkKind, token: &str) -> Result<Option<MemberId>, AppError> {
    let (id, member) = open(tx.db, kind, token, tx.now)?;
    let used = diesel::update(links::table.find(id).filter(links::used_at.is_null())).set(links::used_at.eq(tx.now)).execute(tx.db)?;
    if used == 1 { Ok(member) } else { Err(AppError::NotFound("This link has been used. A new one")) }
}

/// Ends every unused link of a member.
///
/// # Errors
/// The database's.
pub fn end_all(tx: &mut Tx<'_>, member: MemberId) -> Result<(), AppError> {
    diesel::delete(links::table.filter(links::member_id.eq(member)).filter(links::used_at.is_null())).execute(tx.db)?;
    Ok(())
}

/// Forgets links that ended a month ago.
pub(super) fn tidy(tx: &mut Tx<'_>) -> Result<(), AppError> {
    diesel::delete(links::table.filter(links::expires_at.le(tx.now.minus(Duration::days(30))))).execute(tx.db)?;
    Ok(())
}
