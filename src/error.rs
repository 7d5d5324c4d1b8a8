//! The one error of the product and how it leaves: problem+json (RFC 9457) or a page.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actix_web::{HttpResponse, ResponseError};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use serde::Serialize;
use utoipa::ToSchema;

/// What can go wrong in a use case, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("{0} was not found.")]
    NotFound(&'static str),
    /// Understood but refused: each field with a sentence that says what to do.
    #[error("{}", sentence(.0))]
    Invalid(Vec<FieldError>),
    /// Not understood at all: broken JSON, a wrong type, a missing part.
    #[error("{0}")]
    Malformed(String),
    #[error("Sign in first.")]
    Unauthenticated,
    #[error("{0}")]
    Forbidden(String),
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    #[error("Too many tries. Wait {retry_after} seconds and try again.")]
    TooMany { retry_after: u64 },
    /// The other side (a network, a feed, a page) refused or failed.
    #[error("{0}")]
    Upstream(String),
    #[error("{0}")]
    Unavailable(&'static str),
    #[error("Something went wrong on our side. It has been logged with the request id.")]
    Internal(#[source] anyhow::Error),
}

/// One refused field. `field` is the name in the form or the JSON path.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

fn sentence(fields: &[FieldError]) -> String {
    fields.first().map_or_else(|| "The input was refused.".into(), |f| f.message.clone())
}

/// The JSON body of every error, by RFC 9457, with a stable `code`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub code: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
}

impl AppError {
    /// One refused field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict { code, message: message.into() }
    }
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(error.into())
    }

    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Invalid(_) => "invalid",
            Self::Malformed(_) => "malformed",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::Conflict { code, .. } => code,
            Self::TooMany { .. } => "too_many",
            Self::Upstream(_) => "upstream",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    pub fn problem(&self) -> Problem {
        let status = self.status_code();
        Problem {
            kind: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Error").into(),
            status: status.as_u16(),
            detail: self.to_string(),
            code: self.code().into(),
            errors: if let Self::Invalid(fields) = self { fields.clone() } else { Vec::new() },
        }
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Upstream(_) => StatusCode::BAD_GATEWAY,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Always problem+json; the page middleware turns it into `error.hbs` for people.
    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(cause) = self {
            tracing::error!(error = format!("{cause:#}"), "internal error");
        }
        let problem = self.problem();
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header(ContentType("application/problem+json".parse().unwrap_or(mime::APPLICATION_JSON)));
        match self {
            Self::TooMany { retry_after } => drop(response.insert_header((header::RETRY_AFTER, *retry_after))),
            Self::Unavailable(_) => drop(response.insert_header((header::RETRY_AFTER, 2))),
            Self::Unauthenticated => drop(response.insert_header((header::WWW_AUTHENTICATE, "Bearer"))),
            _ => {}
        }
        let mut response = response.json(&problem);
        response.extensions_mut().insert(problem);
        response
    }
}

impl From<DieselError> for AppError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound("That"),
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::conflict("already_exists", "This already exists."),
            other => Self::Internal(other.into()),
        }
    }
}
impl From<diesel::r2d2::PoolError> for AppError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        tracing::error!(%error, "no database connection");
        Self::Unavailable("The database does not answer just now. Try again in a moment.")
    }
}
impl From<anyhow::Error> for AppError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}
impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}
