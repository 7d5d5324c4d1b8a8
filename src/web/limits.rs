use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::AppError;

/// Rate limits of this process, by key. Attackers wait; nobody is locked out: a person's own
/// address keeps its own allowance for their account whatever others try.
pub struct Limits {
    sign_in_pair: DefaultKeyedRateLimiter<String>,
    sign_in_address: DefaultKeyedRateLimiter<String>,
    mail: DefaultKeyedRateLimiter<String>,
    api: DefaultKeyedRateLimiter<String>,
    redirect: DefaultKeyedRateLimiter<String>,
}

fn per_minute(n: u32) -> DefaultKeyedRateLimiter<String> {
    RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN)))
}

fn check(limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> Result<(), AppError> {
    limiter
        .check_key(&key.to_owned())
        .map_err(|wait| AppError::TooMany { retry_after: wait.wait_time_from(DefaultClock::default().now()).as_secs().max(1) })
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in_pair: per_minute(6),
            sign_in_address: per_minute(30),
            mail: per_minute(4),
            api: per_minute(1200),
            redirect: per_minute(1200),
        }
    }
}

impl Limits {
    /// Limits so wide that a test or a load run never meets them.
    pub fn wide() -> Self {
        let n = 60_000_000;
        Self {
            sign_in_pair: per_minute(n),
            sign_in_address: per_minute(n),
            mail: per_minute(n),
            api: per_minute(n),
            redirect: per_minute(n),
        }
    }

    /// Six tries a minute for one account from one address, thirty from one address in all.
    ///
    /// # Errors
    /// Too many, with the seconds to wait.
    pub fn sign_in(&self, email: &str, address: &str) -> Result<(), AppError> {
        check(&self.sign_in_address, address)?;
        check(&self.sign_in_pair, &format!("{email} {address}"))
    }
    /// Four mails a minute asked for from one address.
    ///
    /// # Errors
    /// Too many, with the seconds to wait.
    pub fn mail(&self, address: &str) -> Result<(), AppError> {
        check(&self.mail, address)
    }
    /// 1,200 API calls a minute for one caller.
    ///
    /// # Errors
    /// Too many, with the seconds to wait.
    pub fn api(&self, caller: &str) -> Result<(), AppError> {
        check(&self.api, caller)
    }
    /// 1,200 short links a minute from one address: a scanner's pace, not a person's.
    ///
    /// # Errors
    /// Too many, with the seconds to wait.
    pub fn redirect(&self, address: &str) -> Result<(), AppError> {
        check(&self.redirect, address)
    }
}
