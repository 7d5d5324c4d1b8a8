use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::csrf::Csrf;
use crate::error::{AppError, FieldError};

/// A URL-encoded form whose CSRF token has been checked for signed-in callers. Repeated fields
/// become lists. At most 1 MB.
pub struct Form<T>(pub T);

#[derive(serde::Deserialize)]
struct Token {
    #[serde(default)]
    csrf: String,
}

impl<T: DeserializeOwned> FromRequest for Form<T> {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let csrf = request.extensions().get::<Csrf>().cloned();
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let body = body.await.map_err(|_| AppError::Malformed("The form is larger than 1 MB.".into()))?;
            if let Some(csrf) = csrf {
                let token: Token = serde_html_form::from_bytes(&body).map_err(|_| malformed())?;
                csrf.check(&token.csrf)?;
            }
            serde_html_form::from_bytes(&body).map(Form).map_err(|e| AppError::Malformed(format!("The form could not be read: {e}")))
        })
    }
}

fn malformed() -> AppError {
    AppError::Malformed("The form could not be read. Go back and try again.".into())
}

/// Refused fields of a form, as the page shows them: a list on top and a sentence at each field.
#[derive(Debug, Default, Clone, Serialize)]
pub struct FormErrors(Vec<FieldError>);

impl FormErrors {
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The first sentence for a field.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|e| e.field == field).map(|e| e.message.clone())
    }
    pub fn list(&self) -> &[FieldError] {
        &self.0
    }
    /// # Errors
    /// Invalid with all fields, unless there are none.
    pub fn into_result(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::Invalid(self.0)) }
    }
}

impl From<Vec<FieldError>> for FormErrors {
    fn from(fields: Vec<FieldError>) -> Self {
        Self(fields)
    }
}
