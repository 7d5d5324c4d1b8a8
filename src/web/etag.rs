use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::{FromRequest, HttpRequest};

use crate::error::AppError;

/// The `If-Match` of a changing write: the version that the client has read. Without it, or with
/// `*`, the write goes to whatever version there is.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<i64>);

impl FromRequest for IfMatch {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(header::IF_MATCH) else { return ready(Ok(Self(None))) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return ready(Ok(Self(None)));
        }
        let number = text.trim_start_matches("W/").trim_matches('"').parse().ok();
        ready(number.map(|n| Self(Some(n))).ok_or_else(|| AppError::Malformed("If-Match is the ETag of an earlier answer.".into())))
    }
}

impl IfMatch {
    /// # Errors
    /// `version_changed` when somebody else has written since.
    pub fn check(self, version: i64) -> Result<(), AppError> {
        match self.0 {
            Some(read) if read != version => {
                Err(AppError::conflict("version_changed", "Somebody changed this in the meantime. Read it again and repeat your change."))
            }
            _ => Ok(()),
        }
    }
}

/// The `ETag` header of a version.
pub fn etag(version: i64) -> (HeaderName, String) {
    (header::ETAG, format!("\"{version}\""))
}
