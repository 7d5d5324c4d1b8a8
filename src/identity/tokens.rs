use std::collections::BTreeSet;
use std::str::FromStr;

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::queries;
use super::role::Role;
use super::{Member, MemberStatus};
use crate::app::{new_token, token_hash};
use crate::audit;
use crate::db::schema::{api_tokens, members, refresh_tokens};
use crate::db::{ApiTokenId, Db, MemberId, Ts, Tx};
use crate::error::AppError;

crate::text_enum! {
    /// What a token may be used for. It never allows more than the member's roles do.
    Scope {
        ProfileRead = "profile:read",
        ProfileWrite = "profile:write",
        LibraryRead = "library:read",
        LibraryWrite = "library:write",
        LibraryApprove = "library:approve",
        SharesRead = "shares:read",
        SharesWrite = "shares:write",
        ReportsRead = "reports:read",
        MembersRead = "members:read",
        MembersWrite = "members:write",
        AdminRead = "admin:read",
        AdminWrite = "admin:write",
    }
}

/// A set of scopes, stored and shown as words separated by spaces.
pub fn parse_scopes(text: &str) -> Result<BTreeSet<Scope>, String> {
    text.split([' ', ',']).filter(|w| !w.is_empty()).map(Scope::from_str).collect()
}

pub fn scopes_text(scopes: &BTreeSet<Scope>) -> String {
    scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ")
}

/// Makes a personal access token and returns it; only its hash is kept.
///
/// # Errors
/// Invalid for no scope at all.
pub fn create_personal_token(
    tx: &mut Tx<'_>,
    member: MemberId,
    name: &str,
    scopes: &BTreeSet<Scope>,
    expires_at: Option<Ts>,
) -> Result<(ApiTokenId, String), AppError> {
    if scopes.is_empty() {
        return Err(AppError::field("scopes", "Choose at least one scope."));
    }
    let token = new_token("hpat_");
    let id: ApiTokenId = tx.id();
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(id),
            api_tokens::member_id.eq(member),
            api_tokens::name.eq(name),
            api_tokens::token_hash.eq(token_hash(&token)),
            api_tokens::scopes.eq(scopes_text(scopes)),
            api_tokens::created_at.eq(tx.now),
            api_tokens::expires_at.eq(expires_at),
        ))
        .execute(tx.db)?;
    audit::record(tx, "token.created", &id.to_string(), &serde_json::json!({"member": member, "name": name, "scopes": scopes}))?;
    Ok((id, token))
}

/// Whose personal access token it is, and what it may do.
pub struct Bearer {
    pub id: ApiTokenId,
    pub last_used_at: Option<Ts>,
    pub member: Member,
    pub roles: Vec<Role>,
    pub scopes: BTreeSet<Scope>,
}

/// The member and scopes behind a personal access token that still works.
///
/// # Errors
/// The database's.
pub fn personal(db: &mut Db, token: &str, now: Ts) -> Result<Option<Bearer>, AppError> {
    type Row = (ApiTokenId, String, Option<Ts>, Option<Ts>, Member);
    let row: Option<Row> = api_tokens::table
        .inner_join(members::table)
        .filter(api_tokens::token_hash.eq(token_hash(token)))
        .filter(api_tokens::revoked_at.is_null())
        .filter(members::status.eq(MemberStatus::Active))
        .select((api_tokens::id, api_tokens::scopes, api_tokens::expires_at, api_tokens::last_used_at, Member::as_select()))
        .first(db)
        .optional()?;
    let Some((id, scopes, expires_at, last_used_at, member)) = row else { return Ok(None) };
    if expires_at.is_some_and(|at| at <= now) {
        return Ok(None);
    }
    let roles = queries::roles(db, member.id)?;
    let scopes = parse_scopes(&scopes).map_err(|e| AppError::Internal(anyhow::anyhow!(e)))?;
    Ok(Some(Bearer { id, last_used_at, member, roles, scopes }))
}

/// Ends every refresh token of a member; their access tokens end within minutes by themselves.
pub fn end_refresh_families(tx: &mut Tx<'_>, member: MemberId) -> Result<(), AppError> {
    diesel::update(refresh_tokens::table.filter(refresh_tokens::member_id.eq(member)).filter(refresh_tokens::revoked_at.is_null()))
        .set(refresh_tokens::revoked_at.eq(tx.now))
        .execute(tx.db)?;
    Ok(())
}

/// A personal access token as its owner sees it; the token itself is not kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiToken {
    pub id: ApiTokenId,
    pub name: String,
    pub scopes: BTreeSet<Scope>,
    pub created_at: Ts,
    pub expires_at: Option<Ts>,
    pub last_used_at: Option<Ts>,
}

/// A member's tokens that are not revoked, newest first.
///
/// # Errors
/// The database's.
pub fn of_member(db: &mut Db, member: MemberId) -> Result<Vec<ApiToken>, AppError> {
    use api_tokens as t;
    type Row = (ApiTokenId, String, String, Ts, Option<Ts>, Option<Ts>);
    let rows: Vec<Row> = t::table
        .filter(t::member_id.eq(member))
        .filter(t::revoked_at.is_null())
        .order(t::id.desc())
        .select((t::id, t::name, t::scopes, t::created_at, t::expires_at, t::last_used_at))
        .load(db)?;
    rows.into_iter()
        .map(|(id, name, scopes, created_at, expires_at, last_used_at)| {
            let scopes = parse_scopes(&scopes).map_err(|e| AppError::Internal(anyhow::anyhow!(e)))?;
            Ok(ApiToken { id, name, scopes, created_at, expires_at, last_used_at })
        })
        .collect()
}

/// Ends one token of a member.
///
/// # Errors
/// Not found when it is not theirs, or has ended.
pub fn revoke(tx: &mut Tx<'_>, member: MemberId, id: ApiTokenId) -> Result<(), AppError> {
    let theirs = api_tokens::table.find(id).filter(api_tokens::member_id.eq(member)).filter(api_tokens::revoked_at.is_null());
    if diesel::update(theirs).set(api_tokens::revoked_at.eq(tx.now)).execute(tx.db)? == 0 {
        return Err(AppError::NotFound("That token"));
    }
    audit::record(tx, "token.revoked", &id.to_string(), &serde_json::json!({"member": member}))
}

/// Notes that a token was used; at most once in five minutes, to spare writes.
pub(super) fn used(tx: &mut Tx<'_>, id: ApiTokenId) -> Result<(), AppError> {
    diesel::update(api_tokens::table.find(id)).set(api_tokens::last_used_at.eq(tx.now)).execute(tx.db)?;
    Ok(())
}

/// Forgets refresh tokens that ran out a month ago.
pub(super) fn tidy(tx: &mut Tx<'_>) -> Result<(), AppError> {
    let old = refresh_tokens::table.filter(refresh_tokens::expires_at.le(tx.now.minus(chrono::Duration::days(30))));
    diesel::delete(old).execute(tx.db)?;
    Ok(())
}
