//! Bodies with a file in them: `multipart/form-data`, read with limits. A form without a file may
//! come URL-encoded.

use actix_multipart::Multipart;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::picture::Limits;
use crate::error::AppError;
use crate::web::Csrf;

/// The most that all text fields together may have, in bytes.
const FIELDS: usize = 1 << 20;

/// What a form carried.
#[derive(Default)]
pub struct Upload {
    fields: Vec<(String, String)>,
    /// The one file, if a non-empty one was sent.
    pub file: Option<Vec<u8>>,
}

impl Upload {
    /// The text fields as a struct; repeated ones become lists.
    ///
    /// # Errors
    /// Malformed.
    pub fn form<T: DeserializeOwned>(&self) -> Result<T, AppError> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&self.fields);
        serde_html_form::from_str(&body.finish()).map_err(|e| AppError::Malformed(format!("The form could not be read: {e}")))
    }

    /// # Errors
    /// Forbidden when the form does not carry the token of this session.
    pub fn check_csrf(&self, request: &HttpRequest) -> Result<(), AppError> {
        let given = self.fields.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str());
        let extensions = request.extensions();
        extensions.get::<Csrf>().ok_or(AppError::Unauthenticated)?.check(given.unwrap_or_default())
    }
}

/// Reads the whole body.
///
/// # Errors
/// Malformed; invalid for `file` when it is too large.
pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Upload, AppError> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        return url_encoded(request, payload).await;
    }
    let broken = || AppError::Malformed("Send the form as multipart/form-data.".into());
    let mut multipart = Multipart::new(request.headers(), payload);
    let mut upload = Upload::default();
    let mut room = FIELDS;
    while let Some(field) = multipart.next().await {
        let mut field = field.map_err(|_| broken())?;
        let name = field.name().unwrap_or_default().to_owned();
        let is_file = name == "file";
        let mut bytes = Vec::new();
        while let Some(chunk) = field.next().await {
            let chunk = chunk.map_err(|_| broken())?;
            let limit = if is_file { Limits::CARD.max_bytes } else { room };
            if bytes.len() + chunk.len() > limit {
                return Err(AppError::field("file", "The file is larger than 10 MB. Use a smaller one."));
            }
            bytes.extend_from_slice(&chunk);
        }
        if is_file {
            upload.file = (!bytes.is_empty()).then_some(bytes);
        } else {
            room -= bytes.len();
            upload.fields.push((name, String::from_utf8(bytes).map_err(|_| broken())?));
        }
    }
    Ok(upload)
}

async fn url_encoded(request: &HttpRequest, payload: web::Payload) -> Result<Upload, AppError> {
    let body = web::Bytes::from_request(request, &mut payload.into_inner()).await;
    let body = body.map_err(|_| AppError::Malformed("The form is larger than 1 MB.".into()))?;
    Ok(Upload { fields: url::form_urlencoded::parse(&body).into_owned().collect(), file: None })
}
