//! Members as administrators see and change them.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Member, MemberStatus, NewMember, PersonName, Role, create, credentials, find, member, one_time, queries, session, tokens};
use crate::app::Keys;
use crate::audit;
use crate::db::schema::{api_tokens, group_members, groups, member_roles, members as m};
use crate::db::{Backend, Db, GroupId, MemberId, Tx};
use crate::error::AppError;
use crate::jobs;

/// A member with roles, as lists show them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberRow {
    #[serde(flatten)]
    pub member: Member,
    pub roles: Vec<Role>,
}

/// A group by id and name.
#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct GroupName {
    pub id: GroupId,
    pub name: String,
}

/// A member with roles and groups.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberDetail {
    #[serde(flatten)]
    pub member: Member,
    pub roles: Vec<Role>,
    pub groups: Vec<GroupName>,
}

/// What a list of members is narrowed to.
#[derive(Debug, Default, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MemberFilter {
    /// Part of the name or the e-mail.
    pub q: Option<String>,
    pub role: Option<Role>,
    pub status: Option<MemberStatus>,
    pub group: Option<GroupId>,
}

diesel::define_sql_function! { fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text; }

/// The pattern for LIKE … ESCAPE '\' that finds `text` anywhere. NUL, which PostgreSQL has not, goes.
pub fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.trim().chars().filter(|c| *c != '\0') {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Members by name, after the one given as a cursor; up to `limit + 1`, the last only tells of more.
///
/// # Errors
/// Malformed for a cursor that is nobody.
pub fn list(db: &mut Db, filter: &MemberFilter, after: Option<MemberId>, limit: i64) -> Result<Vec<MemberRow>, AppError> {
    let mut query = m::table.order((m::name.asc(), m::id.asc())).limit(limit + 1).select(Member::as_select()).into_boxed::<Backend>();
    if let Some(q) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        let (folded, exact) = (like_pattern(&q.to_lowercase()), like_pattern(q));
        query = query.filter(
            lower(m::name).like(folded.clone()).escape('\\').or(m::name.like(exact).escape('\\')).or(m::email.like(folded).escape('\\')),
        );
    }
    if let Some(status) = filter.status {
        query = query.filter(m::status.eq(status));
    }
    if let Some(role) = filter.role {
        query = query.filter(m::id.eq_any(member_roles::table.filter(member_roles::role.eq(role)).select(member_roles::member_id)));
    }
    if let Some(group) = filter.group {
        query = query.filter(m::id.eq_any(group_members::table.filter(group_members::group_id.eq(group)).select(group_members::member_id)));
    }
    if let Some(after) = after {
        let name: String = m::table.find(after).select(m::name).first(db).optional()?.ok_or_else(no_cursor)?;
        query = query.filter(m::name.gt(name.clone()).or(m::name.eq(name).and(m::id.gt(after))));
    }
    let found: Vec<Member> = query.load(db)?;
    with_roles(db, found)
}

fn no_cursor() -> AppError {
    AppError::Malformed("after is not the “next” of an earlier page.".into())
}

fn with_roles(db: &mut Db, found: Vec<Member>) -> Result<Vec<MemberRow>, AppError> {
    let ids: Vec<MemberId> = found.iter().map(|m| m.id).collect();
    let pairs: Vec<(MemberId, Role)> = member_roles::table
        .filter(member_roles::member_id.eq_any(ids))
        .order(member_roles::role.asc())
        .select((member_roles::member_id, member_roles::role))
        .load(db)?;
    let mut roles: HashMap<MemberId, Vec<Role>> = HashMap::new();
    for (id, role) in pairs {
        roles.entry(id).or_default().push(role);
    }
    Ok(found.into_iter().map(|member| MemberRow { roles: roles.remove(&member.id).unwrap_or_default(), member }).collect())
}

/// How many members there are in each state.
///
/// # Errors
/// The database's.
pub fn counts(db: &mut Db) -> Result<HashMap<MemberStatus, i64>, AppError> {
    let rows: Vec<(MemberStatus, i64)> = m::table.group_by(m::status).select((m::status, diesel::dsl::count_star())).load(db)?;
    Ok(rows.into_iter().collect())
}

/// One member with roles and groups.
///
/// # Errors
/// Not found.
pub fn detail(db: &mut Db, id: MemberId) -> Result<MemberDetail, AppError> {
    let member = find(db, id)?;
    let groups = group_members::table
        .inner_join(groups::table)
        .filter(group_members::member_id.eq(id))
        .order(groups::name.asc())
        .select((groups::id, groups::name))
        .load(db)?;
    Ok(MemberDetail { roles: queries::roles(db, id)?, member, groups })
}

/// Creates a member and, unless they have a password already, mails the invitation.
///
/// # Errors
/// `email_taken`.
pub fn invite(tx: &mut Tx<'_>, keys: &Keys, new: &NewMember) -> Result<MemberId, AppError> {
    let id = create(tx, new)?;
    if new.password_hash.is_none() {
        credentials::send_invitation(tx, keys, id)?;
    }
    Ok(id)
}

/// Who of a list of addresses was invited, and who was not and why.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Invited {
    pub invited: Vec<InvitedOne>,
    pub skipped: Vec<Skipped>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct InvitedOne {
    pub id: MemberId,
    pub email: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Skipped {
    pub email: String,
    /// Why, as a sentence.
    pub reason: String,
}

/// Invites a list of addresses with the same roles. Whoever has an account stays as they are.
///
/// # Errors
/// The database's.
pub fn invite_all(tx: &mut Tx<'_>, keys: &Keys, emails: &[String], roles: &[Role]) -> Result<Invited, AppError> {
    let mut done = Invited::default();
    for text in emails {
        let email = match text.parse::<super::Email>() {
            Ok(email) => email,
            Err(reason) => {
                done.skipped.push(Skipped { email: text.clone(), reason });
                continue;
            }
        };
        if queries::by_email(tx.db, email.as_str())?.is_some() {
            done.skipped.push(Skipped { email: email.to_string(), reason: "They have an account, or an invitation, already.".into() });
            continue;
        }
        let name = name_from(email.as_str())?;
        let new = NewMember { roles: roles.to_vec(), ..NewMember::named(email.clone(), name) };
        done.invited.push(InvitedOne { id: invite(tx, keys, &new)?, email: email.to_string() });
    }
    Ok(done)
}

/// A name to begin with, from the address: `ada.lovelace@…` becomes Ada Lovelace. They correct it
/// when they accept.
fn name_from(email: &str) -> Result<PersonName, AppError> {
    let local = email.split('@').next().unwrap_or_default();
    let words = local.split(['.', '_', '-', '+']).filter(|w| !w.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ").parse().or_else(|_| email.parse()).map_err(|e| AppError::field("email", e))
}

/// Takes a member's access away at once: sessions, tokens and links end. The last active
/// administrator cannot be disabled.
///
/// # Errors
/// Not found; `last_administrator`.
pub fn disable(tx: &mut Tx<'_>, id: MemberId) -> Result<(), AppError> {
    if find(tx.db, id)?.status == MemberStatus::Disabled {
        return Ok(());
    }
    member::keep_an_administrator(tx, id)?;
    queries::set_status(tx.db, id, MemberStatus::Disabled, tx.now)?;
    session::end_all(tx, id, None)?;
    tokens::end_refresh_families(tx, id)?;
    one_time::end_all(tx, id)?;
    diesel::update(api_tokens::table.filter(api_tokens::member_id.eq(id)).filter(api_tokens::revoked_at.is_null()))
        .set(api_tokens::revoked_at.eq(tx.now))
        .execute(tx.db)?;
    audit::record(tx, "member.disabled", &id.to_string(), &serde_json::json!({}))
}

/// Gives access back: active with the old password, or invited when there never was one.
///
/// # Errors
/// Not found.
pub fn enable(tx: &mut Tx<'_>, id: MemberId) -> Result<(), AppError> {
    let member = find(tx.db, id)?;
    if member.status != MemberStatus::Disabled {
        return Ok(());
    }
    let status = if member.password_hash.is_some() { MemberStatus::Active } else { MemberStatus::Invited };
    queries::set_status(tx.db, id, status, tx.now)?;
    audit::record(tx, "member.enabled", &id.to_string(), &serde_json::json!({"status": status}))
}

/// Asks `audiences` to put these members into the groups of their department and region.
///
/// # Errors
/// The database's.
pub(super) fn place(tx: &mut Tx<'_>, ids: &[MemberId]) -> Result<(), AppError> {
    for some in ids.chunks(200) {
        jobs::enqueue(tx, &super::mails::MembersPlaced { members: some.to_vec() })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_guessed_from_the_address() {
        for (email, name) in
            [("ada.lovelace@x.org", "Ada Lovelace"), ("bob@x.org", "Bob"), ("o-neil_pat@x.org", "O Neil Pat"), ("._-@x.org", "._-@x.org")]
        {
            assert_eq!(name_from(email).map(|n| n.as_str().to_owned()).ok().as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_searched_for_is_taken_literally() {
        assert_eq!(like_pattern(" 50%_\\\0 "), "%50\\%\\_\\\\%");
    }
}
