//! Settings of the deployment: small JSON documents by name. Other slices keep theirs here too.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::audit;
use crate::db::schema::settings;
use crate::db::{Db, Exec, Tx};
use crate::error::AppError;

/// The document under `key`, or its default when none was written.
///
/// # Errors
/// The database's; internal for a document that this version cannot read.
pub fn get<T: DeserializeOwned + Default>(db: &mut Db, key: &str) -> Result<T, AppError> {
    let text: Option<String> = settings::table.find(key).select(settings::value).first(db).optional()?;
    Ok(text.map(|t| serde_json::from_str(&t)).transpose()?.unwrap_or_default())
}

/// Writes the document under `key`, with what it replaces in the audit log.
///
/// # Errors
/// The database's.
pub fn put<T: Serialize>(tx: &mut Tx<'_>, key: &str, value: &T) -> Result<(), AppError> {
    let before: Option<String> = settings::table.find(key).select(settings::value).first(tx.db).optional()?;
    let text = serde_json::to_string(value)?;
    diesel::insert_into(settings::table)
        .values((settings::key.eq(key), settings::value.eq(&text), settings::updated_at.eq(tx.now)))
        .on_conflict(settings::key)
        .do_update()
        .set((settings::value.eq(&text), settings::updated_at.eq(tx.now)))
        .exec(tx.db)?;
    audit::record(tx, "setting.changed", key, &serde_json::json!({"before": before, "after": text}))
}

/// The company's name; “Herald” until one is set.
///
/// # Errors
/// The database's.
pub fn organisation(db: &mut Db) -> Result<String, AppError> {
    let name: String = get(db, "organisation")?;
    Ok(if name.is_empty() { "Herald".into() } else { name })
}
