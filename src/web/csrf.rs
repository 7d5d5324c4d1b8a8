use subtle::ConstantTimeEq;

use crate::app::Keys;
use crate::error::AppError;

/// The token that ties a form to its session: an HMAC over the session, so nothing is stored.
#[derive(Debug, Clone)]
pub struct Csrf(String);

impl Csrf {
    pub fn of_session(keys: &Keys, session: &str) -> Self {
        Self(keys.tag("csrf", session))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// # Errors
    /// Forbidden when the token is not this session's.
    pub fn check(&self, given: &str) -> Result<(), AppError> {
        if bool::from(self.0.as_bytes().ct_eq(given.as_bytes())) {
            return Ok(());
        }
        Err(AppError::Forbidden("This form is out of date. Go back, reload the page and try again.".into()))
    }
}
