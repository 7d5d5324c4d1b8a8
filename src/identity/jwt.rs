//! Short access tokens (JWT, HS256, 15 minutes) and refresh tokens that rotate (RFC 9700, 4.14):
//! a refresh token that comes twice ends its whole family. Signing keys are kept sealed and rotate
//! monthly; a retired one still verifies until its last token has ended.

use std::collections::BTreeSet;

use chrono::Duration;
use diesel::prelude::*;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::tokens::{Scope, parse_scopes, scopes_text};
use super::{Member, MemberStatus, Role, queries};
use crate::app::{Keys, new_token, token_hash};
use crate::db::schema::{refresh_tokens, signing_keys};
use crate::db::{Db, Id, MemberId, RefreshTokenId, SigningKeyId, Ts, Tx};
use crate::error::AppError;

const ACCESS_MINUTES: i64 = 15;
const REFRESH_DAYS: i64 = 30;
const KEY_DAYS: i64 = 30;
const PURPOSE: &str = "jwt signing key";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    iat: i64,
    scope: String,
}

/// An access token with the refresh token that continues it.
pub struct Pair {
    pub access: String,
    pub access_seconds: i64,
    pub refresh: String,
    pub scopes: BTreeSet<Scope>,
}

/// A fresh pair in a new family, for a member who has just proved who they are.
///
/// # Errors
/// The database's.
pub fn begin(tx: &mut Tx<'_>, keys: &Keys, issuer: &str, member: MemberId, scopes: &BTreeSet<Scope>) -> Result<Pair, AppError> {
    let id: RefreshTokenId = tx.id();
    pair(tx, keys, issuer, member, id, id.i64(), scopes)
}

fn pair(
    tx: &mut Tx<'_>,
    keys: &Keys,
    issuer: &str,
    member: MemberId,
    id: RefreshTokenId,
    family: i64,
    scopes: &BTreeSet<Scope>,
) -> Result<Pair, AppError> {
    use refresh_tokens as r;
    let refresh = new_token("hrt_");
    diesel::insert_into(r::table)
        .values((
            r::id.eq(id),
            r::family_id.eq(family),
            r::member_id.eq(member),
            r::token_hash.eq(token_hash(&refresh)),
            r::scopes.eq(scopes_text(scopes)),
            r::created_at.eq(tx.now),
            r::expires_at.eq(tx.now.plus(Duration::days(REFRESH_DAYS))),
        ))
        .execute(tx.db)?;
    let (key, secret) = signing_key(tx, keys)?;
    let claims = Claims {
        iss: issuer.into(),
        sub: member.to_string(),
        iat: tx.now.utc().timestamp(),
        exp: tx.now.plus(Duration::minutes(ACCESS_MINUTES)).utc().timestamp(),
        scope: scopes_text(scopes),
    };
    let header = Header { kid: Some(key.to_string()), ..Header::new(Algorithm::HS256) };
    let access = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes())).map_err(AppError::internal)?;
    Ok(Pair { access, access_seconds: ACCESS_MINUTES * 60, refresh, scopes: scopes.clone() })
}

/// What became of a refresh token: a new pair, or the family has just ended. Both must be committed.
pub enum Refreshed {
    Pair(Pair),
    Refused,
}

/// Exchanges a refresh token for the next pair. One that was used before, by whomever, ends the family.
///
/// # Errors
/// The database's.
pub fn refresh(tx: &mut Tx<'_>, keys: &Keys, issuer: &str, token: &str) -> Result<Refreshed, AppError> {
    use refresh_tokens as r;
    type Row = (RefreshTokenId, i64, MemberId, String, Ts, Option<Ts>, Option<Ts>);
    let row: Option<Row> = r::table
        .filter(r::token_hash.eq(token_hash(token)))
        .select((r::id, r::family_id, r::member_id, r::scopes, r::expires_at, r::used_at, r::revoked_at))
        .first(tx.db)
        .optional()?;
    let Some((id, family, member, scopes, expires_at, _, revoked_at)) = row else { return Ok(Refreshed::Refused) };
    let first_use = diesel::update(r::table.find(id).filter(r::used_at.is_null())).set(r::used_at.eq(tx.now)).execute(tx.db)? == 1;
    if !first_use {
        end_family(tx, family)?;
        crate::audit::record(tx, "refresh_token.reused", &member.to_string(), &serde_json::json!({"family": family.to_string()}))?;
        return Ok(Refreshed::Refused);
    }
    let active = queries::member(tx.db, member)?.is_some_and(|m| m.status == MemberStatus::Active);
    if revoked_at.is_some() || expires_at <= tx.now || !active {
        return Ok(Refreshed::Refused);
    }
    let scopes = parse_scopes(&scopes).map_err(|e| AppError::Internal(anyhow::anyhow!(e)))?;
    let next: RefreshTokenId = tx.id();
    pair(tx, keys, issuer, member, next, family, &scopes).map(Refreshed::Pair)
}

/// Ends the family of a refresh token; unknown ones are no error (RFC 7009).
///
/// # Errors
/// The database's.
pub fn revoke(tx: &mut Tx<'_>, token: &str) -> Result<(), AppError> {
    let family: Option<i64> = refresh_tokens::table
        .filter(refresh_tokens::token_hash.eq(token_hash(token)))
        .select(refresh_tokens::family_id)
        .first(tx.db)
        .optional()?;
    family.map_or(Ok(()), |family| end_family(tx, family))
}

fn end_family(tx: &mut Tx<'_>, family: i64) -> Result<(), AppError> {
    diesel::update(refresh_tokens::table.filter(refresh_tokens::family_id.eq(family)).filter(refresh_tokens::revoked_at.is_null()))
        .set(refresh_tokens::revoked_at.eq(tx.now))
        .execute(tx.db)?;
    Ok(())
}

/// Who an access token speaks for, and with which scopes.
pub type Speaker = (Member, Vec<Role>, BTreeSet<Scope>);

/// Who an access token speaks for; None when it does not hold.
///
/// # Errors
/// The database's.
pub fn verify(db: &mut Db, keys: &Keys, issuer: &str, token: &str, now: Ts) -> Result<Option<Speaker>, AppError> {
    let Some(claims) = read(db, keys, issuer, token)? else { return Ok(None) };
    if claims.exp <= now.utc().timestamp() {
        return Ok(None);
    }
    let (Ok(id), Ok(scopes)) = (claims.sub.parse::<MemberId>(), parse_scopes(&claims.scope)) else { return Ok(None) };
    let Some(member) = queries::member(db, id)?.filter(|m| m.status == MemberStatus::Active) else { return Ok(None) };
    let roles = queries::roles(db, id)?;
    Ok(Some((member, roles, scopes)))
}

fn read(db: &mut Db, keys: &Keys, issuer: &str, token: &str) -> Result<Option<Claims>, AppError> {
    let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
    let Some(id) = header.kid.and_then(|kid| kid.parse::<SigningKeyId>().ok()) else { return Ok(None) };
    let sealed: Option<String> = signing_keys::table.find(id).select(signing_keys::sealed).first(db).optional()?;
    let Some(secret) = sealed.and_then(|s| keys.open(PURPOSE, &s)) else { return Ok(None) };
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[issuer]);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    Ok(jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(secret.as_bytes()), &validation).ok().map(|d| d.claims))
}

/// The key that signs now: the newest, unless it is older than a month.
fn signing_key(tx: &mut Tx<'_>, keys: &Keys) -> Result<(SigningKeyId, String), AppError> {
    use signing_keys as k;
    let newest: Option<(SigningKeyId, String)> = k::table
        .filter(k::retired_at.is_null())
        .filter(k::created_at.gt(tx.now.minus(Duration::days(KEY_DAYS))))
        .order(k::id.desc())
        .select((k::id, k::sealed))
        .first(tx.db)
        .optional()?;
    if let Some((id, secret)) = newest.and_then(|(id, sealed)| keys.open(PURPOSE, &sealed).map(|s| (id, s))) {
        return Ok((id, secret));
    }
    diesel::update(k::table.filter(k::retired_at.is_null())).set(k::retired_at.eq(tx.now)).execute(tx.db)?;
    let (id, secret): (SigningKeyId, String) = (tx.id(), new_token(""));
    diesel::insert_into(k::table)
        .values((k::id.eq(id), k::sealed.eq(keys.seal(PURPOSE, &secret)?), k::created_at.eq(tx.now)))
        .execute(tx.db)?;
    crate::audit::record(tx, "signing_key.made", &id.to_string(), &serde_json::json!({}))?;
    Ok((id, secret))
}
