use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use diesel::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::db::schema::idempotency_keys as keys;
use crate::db::{MemberId, Tx};
use crate::error::AppError;

/// The `Idempotency-Key` of a creating write, if the client sent one: 1 to 128 visible characters.
pub struct IdempotencyKey(Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = match request.headers().get("idempotency-key").map(|v| v.to_str()) {
            None => Ok(None),
            Some(Ok(key)) if (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) => Ok(Some(key.to_owned())),
            Some(_) => Err(AppError::Malformed("Idempotency-Key has 1 to 128 visible ASCII characters.".into())),
        };
        ready(key.map(IdempotencyKey))
    }
}

/// The answer of a creating write: the status and the JSON body.
pub struct Answer {
    pub status: u16,
    pub body: String,
    /// True when it is the kept answer of an earlier request with the same key.
    pub replayed: bool,
}

/// Runs `work` once for a key: a repeat with the same input gets the kept answer, with another
/// input 409. Answer and change commit together.
///
/// # Errors
/// `work`'s own, or `idempotency_key_reused`.
pub fn once<T: Serialize>(
    tx: &mut Tx<'_>,
    member: MemberId,
    key: &IdempotencyKey,
    input: &impl Serialize,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, AppError>,
) -> Result<Answer, AppError> {
    let Some(key) = &key.0 else {
        return Ok(Answer { status: 201, body: serde_json::to_string(&work(tx)?)?, replayed: false });
    };
    let request_hash = crate::app::hex(&Sha256::digest(serde_json::to_vec(input)?));
    let kept: Option<(String, i32, String)> =
        keys::table.find((member, key)).select((keys::request_hash, keys::status, keys::body)).first(tx.db).optional()?;
    if let Some((hash, status, body)) = kept {
        if hash != request_hash {
            return Err(AppError::conflict("idempotency_key_reused", "This Idempotency-Key was used for another request. Take a new one."));
        }
        return Ok(Answer { status: u16::try_from(status).unwrap_or(200), body, replayed: true });
    }
    let body = serde_json::to_string(&work(tx)?)?;
    diesel::insert_into(keys::table)
        .values((
            keys::member_id.eq(member),
            keys::key.eq(key),
            keys::request_hash.eq(request_hash),
            keys::status.eq(201),
            keys::body.eq(&body),
            keys::created_at.eq(tx.now),
        ))
        .execute(tx.db)?;
    Ok(Answer { status: 201, body, replayed: false })
}

impl Answer {
    pub fn respond(self) -> actix_web::HttpResponse {
        let status = actix_web::http::StatusCode::from_u16(self.status).unwrap_or_default();
        let mut response = actix_web::HttpResponse::build(status);
        if self.replayed {
            response.insert_header(("idempotency-replayed", "true"));
        }
        response.content_type("application/json").body(self.body)
    }
}

/// Forgets answers older than a day: nobody repeats a request after that.
///
/// # Errors
/// The database's.
pub fn forget_old_keys(tx: &mut Tx<'_>) -> Result<(), AppError> {
    diesel::delete(keys::table.filter(keys::created_at.lt(tx.now.minus(chrono::Duration::days(1))))).execute(tx.db)?;
    Ok(())
}
