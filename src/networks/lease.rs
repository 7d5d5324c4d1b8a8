//! One worker at a time for one account: refresh tokens serve once, so two workers that use the same
//! one would end the connection. The lease stands in `settings`, so that it holds between machines,
//! and runs out by itself when its worker dies.

use chrono::Duration;
use diesel::prelude::*;

use crate::db::schema::settings;
use crate::db::{AccountId, Exec, Tx};
use crate::error::AppError;

/// Longer than every call of one publish attempt together (each at most 20 seconds).
const HOLDS: Duration = Duration::minutes(5);

/// The right to use an account's session.
#[derive(Debug)]
pub struct Lease {
    key: String,
    holder: String,
}

/// Takes the lease of an account; None while somebody else holds it.
///
/// # Errors
/// The database's.
pub fn acquire(tx: &mut Tx<'_>, account: AccountId) -> Result<Option<Lease>, AppError> {
    let key = format!("lease:{account}");
    let holder = crate::app::new_token("");
    let until = tx.now.plus(HOLDS);
    let made = diesel::insert_into(settings::table)
        .values((settings::key.eq(&key), settings::value.eq(&holder), settings::updated_at.eq(until)))
        .on_conflict_do_nothing()
        .exec(tx.db)?;
    let taken = made == 1
        || diesel::update(settings::table.find(&key).filter(settings::updated_at.le(tx.now)))
            .set((settings::value.eq(&holder), settings::updated_at.eq(until)))
            .execute(tx.db)?
            == 1;
    Ok(taken.then_some(Lease { key, holder }))
}

/// Gives the lease back, unless it ran out and is another's by now.
///
/// # Errors
/// The database's.
pub fn release(tx: &mut Tx<'_>, lease: &Lease) -> Result<(), AppError> {
    diesel::delete(settings::table.find(&lease.key).filter(settings::value.eq(&lease.holder))).execute(tx.db)?;
    Ok(())
}
