use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

use crate::error::AppError;

/// A password that is long enough to be kept: 10 to 200 characters, not the e-mail's own name.
/// Length is what makes a password strong (NIST SP 800-63B asks for no composition rules).
pub struct Password(SecretString);

impl Password {
    /// # Errors
    /// A sentence that says what to change.
    pub fn parse(text: String, email: &str) -> Result<Self, String> {
        let length = text.chars().count();
        if length < 10 {
            return Err("Use at least 10 characters. A few words in a row are easy to remember.".into());
        }
        if length > 200 {
            return Err("Use at most 200 characters.".into());
        }
        let lower = text.to_lowercase();
        if lower == email || email.split('@').next().is_some_and(|name| name.len() > 3 && lower.replace(name, "").chars().count() < 6) {
            return Err("The password is too close to the e-mail address. Choose another.".into());
        }
        let mut characters: Vec<char> = lower.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        if characters.len() < 4 {
            return Err("The password repeats too few characters. Choose another.".into());
        }
        Ok(Self(text.into()))
    }

    /// The argon2id PHC string to store (19 MiB, 2 passes: OWASP's first choice). Slow: run it off
    /// the async threads.
    ///
    /// # Errors
    /// Internal only.
    pub fn hash(&self) -> Result<String, AppError> {
        let hash: PasswordHash =
            Argon2::default().hash_password(self.0.expose_secret().as_bytes()).map_err(|e| AppError::Internal(anyhow::anyhow!("{e}")))?;
        Ok(hash.to_string())
    }
}

/// Whether the password fits the stored hash. Without a hash a hash is computed all the same, so
/// that the time taken does not tell whether the account exists.
pub fn fits(password: &str, stored: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$kdGnzXm0oSHDWGPxkwI5v1hrPM3NCXAr1GZL1mQfDqs";
    let Ok(hash) = PasswordHash::new(stored.unwrap_or(NOBODY)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && stored.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_fits_its_password_only() {
        let Ok(password) = Password::parse("correct horse battery".into(), "ada@example.com") else { return };
        let hash = password.hash().unwrap_or_default();
        assert!(hash.starts_with("$argon2id$") && fits("correct horse battery", Some(&hash)));
        assert!(!fits("correct horse batterz", Some(&hash)) && !fits("x", None) && !fits("x", Some("rubbish")));
    }

    #[test]
    fn weak_passwords_are_refused_with_a_sentence() {
        for weak in ["short", "aaaaaaaaaaaa", "ada.lovelace1", &"x".repeat(201)] {
            assert!(Password::parse(weak.into(), "ada.lovelace@example.com").is_err(), "{weak}");
        }
    }
}
