//! Pictures, kept in the database (docs/decisions/0002) and served under `/media/{id}`.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use diesel::prelude::*;

use super::picture::{Limits, Picture, re_encode};
use crate::app::{App, blocking};
use crate::db::schema::media;
use crate::db::{Db, Exec, MediaId, Tx};
use crate::error::AppError;

/// Writes an uploaded picture anew, off the async threads.
///
/// # Errors
/// Invalid for `field`, with the sentence that says why.
pub async fn made_safe(bytes: Vec<u8>, field: &'static str) -> Result<Picture, AppError> {
    blocking(move || re_encode(&bytes, Limits::CARD).map_err(|e| AppError::field(field, e.to_string()))).await
}

/// Keeps a picture; the same picture twice is one.
///
/// # Errors
/// The database's.
pub fn store(tx: &mut Tx<'_>, picture: &Picture) -> Result<MediaId, AppError> {
    let side = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    diesel::insert_into(media::table)
        .values((
            media::id.eq(tx.id::<MediaId>()),
            media::sha256.eq(&picture.sha256),
            media::content_type.eq(picture.content_type),
            media::width.eq(side(picture.width)),
            media::height.eq(side(picture.height)),
            media::bytes.eq(&picture.bytes),
            media::created_by.eq(tx.actor.id),
            media::created_at.eq(tx.now),
        ))
        .on_conflict_do_nothing()
        .exec(tx.db)?;
    Ok(media::table.filter(media::sha256.eq(&picture.sha256)).select(media::id).first(tx.db)?)
}

pub(super) fn exists(db: &mut Db, id: MediaId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(media::table.find(id))).get_result(db)
}

/// A picture: its media type and its bytes.
///
/// # Errors
/// Not found.
pub fn media(db: &mut Db, id: MediaId) -> Result<(String, Vec<u8>), AppError> {
    let found = media::table.find(id).select((media::content_type, media::bytes)).first(db).optional()?;
    found.ok_or(AppError::NotFound("This picture"))
}

/// `/media/{id}`: public, because networks fetch link cards; what lies under an id never changes.
pub async fn serve(app: Data<App>, request: HttpRequest, id: Path<MediaId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let etag = format!("\"{id}\"");
    let kept = request.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::ETAG, etag.clone()))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"));
    if kept == Some(&etag) {
        return Ok(response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish());
    }
    let (content_type, bytes) = app.read(move |db| media(db, id)).await?;
    Ok(response.content_type(content_type).body(bytes))
}
