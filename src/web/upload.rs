use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;

use super::csrf::Csrf;
use crate::error::AppError;

/// The largest form with files, in bytes.
const LIMIT: usize = 12 << 20;

/// A form with one file (`multipart/form-data`) whose CSRF token has been checked. At most 12 MB.
#[derive(Debug, Default)]
pub struct Upload {
    pub file_name: String,
    pub file: Vec<u8>,
    fields: HashMap<String, String>,
}

impl Upload {
    /// A text field; empty when it was not sent.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    async fn read(mut parts: Multipart) -> Result<Self, AppError> {
        let mut form = Self::default();
        let mut total = 0;
        while let Some(part) = parts.next().await {
            let mut part = part.map_err(|_| broken())?;
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
            let mut bytes = Vec::new();
            while let Some(chunk) = part.next().await {
                let chunk = chunk.map_err(|_| broken())?;
                total += chunk.len();
                if total > LIMIT {
                    return Err(AppError::Malformed("The file is larger than 12 MB.".into()));
                }
                bytes.extend_from_slice(&chunk);
            }
            if let Some(file_name) = file_name {
                (form.file_name, form.file) = (file_name, bytes);
            } else {
                form.fields.insert(name, String::from_utf8(bytes).map_err(|_| broken())?);
            }
        }
        Ok(form)
    }
}

fn broken() -> AppError {
    AppError::Malformed("The upload could not be read. Go back and choose the file again.".into())
}

impl FromRequest for Upload {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let csrf = request.extensions().get::<Csrf>().cloned();
        let parts = Multipart::from_request(request, payload);
        Box::pin(async move {
            let form = Self::read(parts.await.map_err(|_| broken())?).await?;
            if let Some(csrf) = csrf {
                csrf.check(form.field("csrf"))?;
            }
            Ok(form)
        })
    }
}
