//! Passwords that are changed, forgotten or chosen for the first time, and the links mailed for it.

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::mails::{InviteMail, PasswordChangedMail, ResetMail, SealedPath};
use super::one_time::{self, LinkKind};
use super::{Email, Member, MemberStatus, PersonName, find, member, queries, session, tokens};
use crate::app::Keys;
use crate::audit;
use crate::db::schema::{members, one_time_links as links};
use crate::db::{Db, MemberId, SessionId, Ts, Tx};
use crate::error::AppError;
use crate::jobs::{self, Job};

/// Somebody asked for a new password for this address, known or not. Looked up in a job, so that
/// neither the answer nor its time tells whether the address has an account.
#[derive(Debug, Serialize, Deserialize)]
pub struct PasswordForgotten {
    pub email: String,
}

impl Job for PasswordForgotten {
    const NAME: &'static str = "password.forgotten";
    fn unique_key(&self) -> Option<String> {
        Some(format!("forgotten {}", self.email))
    }
}

/// Sends a reset link to an active member and the invitation again to an invited one; not more than
/// one in a minute, so that nobody's mailbox can be filled by strangers.
///
/// # Errors
/// The database's.
pub fn forgotten(tx: &mut Tx<'_>, keys: &Keys, email: &str) -> Result<(), AppError> {
    let Some(member) = queries::by_email(tx.db, email)? else { return Ok(()) };
    let recent = links::table
        .filter(links::member_id.eq(member.id))
        .filter(links::used_at.is_null())
        .filter(links::created_at.gt(tx.now.minus(Duration::minutes(1))))
        .count()
        .get_result::<i64>(tx.db)?;
    match member.status {
        _ if recent > 0 => Ok(()),
        MemberStatus::Active => send_reset(tx, keys, member.id),
        MemberStatus::Invited => send_invitation(tx, keys, member.id),
        MemberStatus::Disabled => Ok(()),
    }
}

/// Mails a link to choose a new password.
///
/// # Errors
/// Not found; `not_active`.
pub fn send_reset(tx: &mut Tx<'_>, keys: &Keys, id: MemberId) -> Result<(), AppError> {
    if find(tx.db, id)?.status != MemberStatus::Active {
        return Err(AppError::conflict("not_active", "Only an active member can get a new password."));
    }
    let path = SealedPath::seal(keys, &one_time::issue(tx, LinkKind::Reset, Some(id))?)?;
    let mail = tx.id();
    jobs::enqueue(tx, &ResetMail { mail, member: id, path })?;
    audit::record(tx, "member.reset_sent", &id.to_string(), &serde_json::json!({}))
}

/// Mails a fresh invitation; the link of an earlier one ends.
///
/// # Errors
/// Not found; `not_invited` for somebody who has an account already.
pub fn send_invitation(tx: &mut Tx<'_>, keys: &Keys, id: MemberId) -> Result<(), AppError> {
    if find(tx.db, id)?.status != MemberStatus::Invited {
        return Err(AppError::conflict("not_invited", "This member has accepted already, or is disabled."));
    }
    let by = tx.actor.id.map(|_| tx.actor.label.clone()).unwrap_or_default();
    queue_invitation(tx, keys, id, &by)?;
    audit::record(tx, "member.invited", &id.to_string(), &serde_json::json!({}))
}

/// The link and the job of an invitation, without an entry in the audit log.
pub(super) fn queue_invitation(tx: &mut Tx<'_>, keys: &Keys, id: MemberId, by: &str) -> Result<(), AppError> {
    let path = SealedPath::seal(keys, &one_time::issue(tx, LinkKind::Invite, Some(id))?)?;
    let mail = tx.id();
    jobs::enqueue(tx, &InviteMail { mail, member: id, by: by.to_owned(), path })
}

/// The member whose link this is, while it can be used by them.
///
/// # Errors
/// Not found when it is unknown, used, out of date, or the member may not use it any more.
pub fn link_owner(db: &mut Db, kind: LinkKind, token: &str, now: Ts) -> Result<Member, AppError> {
    let gone = || AppError::NotFound("This link has been used or is out of date. A new one");
    let (_, id) = one_time::open(db, kind, token, now)?;
    let member = find(db, id.ok_or_else(gone)?)?;
    let wanted = if kind == LinkKind::Invite { MemberStatus::Invited } else { MemberStatus::Active };
    if member.status == wanted { Ok(member) } else { Err(gone()) }
}

/// Uses a reset link: the new password holds, and every session and refresh token ends.
///
/// # Errors
/// As [`link_owner`].
pub fn reset(tx: &mut Tx<'_>, token: &str, hash: &str) -> Result<Member, AppError> {
    let member = link_owner(tx.db, LinkKind::Reset, token, tx.now)?;
    one_time::use_up(tx, LinkKind::Reset, token)?;
    member::set_password(tx, member.id, hash)?;
    tell(tx, member.id)?;
    Ok(member)
}

/// Uses an invitation: the member takes the name and password they chose and is active from now on.
///
/// # Errors
/// As [`link_owner`].
pub fn accept(tx: &mut Tx<'_>, token: &str, name: &PersonName, hash: &str) -> Result<Member, AppError> {
    let member = link_owner(tx.db, LinkKind::Invite, token, tx.now)?;
    one_time::use_up(tx, LinkKind::Invite, token)?;
    diesel::update(members::table.find(member.id)).set(members::name.eq(name.as_str())).execute(tx.db)?;
    member::set_password(tx, member.id, hash)?;
    find(tx.db, member.id)
}

/// A member's own change of password: every other session ends, and reset links with them.
///
/// # Errors
/// Not found.
pub fn change_password(tx: &mut Tx<'_>, id: MemberId, hash: &str, keep: Option<SessionId>) -> Result<(), AppError> {
    find(tx.db, id)?;
    queries::set_password(tx.db, id, hash, tx.now)?;
    session::end_all(tx, id, keep)?;
    tokens::end_refresh_families(tx, id)?;
    one_time::end_all(tx, id)?;
    tell(tx, id)?;
    audit::record(tx, "member.password_set", &id.to_string(), &serde_json::json!({"by": "themselves"}))
}

fn tell(tx: &mut Tx<'_>, member: MemberId) -> Result<(), AppError> {
    let mail = tx.id();
    jobs::enqueue(tx, &PasswordChangedMail { mail, member })
}

/// An address typed by somebody who forgot the password; None when it cannot be one.
pub fn typed_address(text: &str) -> Option<String> {
    text.parse::<Email>().ok().map(|e| e.to_string())
}
