use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use crate::error::AppError;

/// A JSON body of at most 1 MB, with the path of the first wrong field in the error. NUL
/// characters are refused, since PostgreSQL cannot store them.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest for JsonBody<T> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|t| t.starts_with("application/json"));
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let body = body.await.map_err(|_| AppError::Malformed("The body is larger than 1 MB.".into()))?;
            if !is_json {
                return Err(AppError::Malformed("Send the body with Content-Type: application/json.".into()));
            }
            parse(&body).map(JsonBody)
        })
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|e| AppError::Malformed(format!("The body is no JSON: {e}")))?;
    if !value.is_object() {
        return Err(AppError::Malformed("The body is a JSON object: {…}.".into()));
    }
    if has_nul(&value) {
        return Err(AppError::Malformed("Text may not contain the NUL character.".into()));
    }
    serde_path_to_error::deserialize(value).map_err(|e| {
        let field = e.path().to_string();
        AppError::field(field.clone(), format!("{field}: {}", e.inner()))
    })
}

fn has_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(list) => list.iter().any(has_nul),
        serde_json::Value::Object(map) => map.iter().any(|(k, v)| k.contains('\0') || has_nul(v)),
        _ => false,
    }
}
