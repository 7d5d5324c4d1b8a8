//! The audit log: a hash chain of every decision and change that compliance may ask about.
//!
//! Owns `audit_head` and `audit_entries`. Each entry's hash covers its fields and the hash before
//! it, so a changed, removed or inserted entry breaks the chain from there on; [`verify`] finds
//! where. Writers queue on the single row of `audit_head`, so record last in a use case.

use diesel::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::app::hex;
use crate::db::schema::{audit_entries, audit_head};
use crate::db::{Backend, Db, Id, MemberId, Ts, Tx};
use crate::error::AppError;

/// One line of the audit log.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = audit_entries, check_for_backend(Backend))]
pub struct Entry {
    pub seq: i64,
    pub at: Ts,
    pub actor_id: Option<MemberId>,
    pub actor: String,
    /// What was done, such as `revision.approved`.
    pub action: String,
    /// The id of what it was done to.
    pub subject: String,
    /// JSON, with the exact facts of the decision.
    pub detail: String,
    pub previous_hash: String,
    /// SHA-256 in hex over every other field.
    pub hash: String,
}

impl Entry {
    /// Length-prefixed fields, so that no two different entries give the same bytes.
    fn digest(&self) -> String {
        let actor_id = self.actor_id.map(|id| id.i64().to_string()).unwrap_or_default();
        let (seq, at) = (self.seq.to_string(), self.at.micros().to_string());
        let mut hasher = Sha256::new();
        for part in [&self.previous_hash, &seq, &at, &actor_id, &self.actor, &self.action, &self.subject, &self.detail] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part.as_bytes());
        }
        hex(&hasher.finalize())
    }
}

/// Adds an entry to the chain, in the caller's transaction.
///
/// # Errors
/// The database's.
pub fn record(tx: &mut Tx<'_>, action: &str, subject: &str, detail: &serde_json::Value) -> Result<(), AppError> {
    let (seq, previous_hash): (i64, String) = diesel::update(audit_head::table)
        .set(audit_head::seq.eq(audit_head::seq + 1))
        .returning((audit_head::seq, audit_head::hash))
        .get_result(tx.db)?;
    let mut entry = Entry {
        seq,
        at: tx.now,
        actor_id: tx.actor.id,
        actor: tx.actor.label.clone(),
        action: action.into(),
        subject: subject.into(),
        detail: detail.to_string(),
        previous_hash,
        hash: String::new(),
    };
    entry.hash = entry.digest();
    diesel::insert_into(audit_entries::table).values(&entry).execute(tx.db)?;
    diesel::update(audit_head::table).set(audit_head::hash.eq(&entry.hash)).execute(tx.db)?;
    Ok(())
}

/// What [`verify`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Verified {
    Whole { entries: i64, head: String },
    Broken { seq: i64, why: String },
}

/// Walks the whole chain and compares every hash.
///
/// # Errors
/// The database's.
pub fn verify(db: &mut Db) -> Result<Verified, AppError> {
    let (head_seq, head_hash): (i64, String) = audit_head::table.select((audit_head::seq, audit_head::hash)).first(db)?;
    let (mut seq, mut hash) = (0, String::new());
    loop {
        let batch = list(db, seq, 1000)?;
        if batch.is_empty() {
            break;
        }
        for entry in batch {
            let broken = |why: &str| Ok(Verified::Broken { seq: entry.seq, why: why.into() });
            if entry.seq != seq + 1 {
                return broken("an entry before it is missing");
            }
            if entry.previous_hash != hash {
                return broken("it does not follow the entry before it");
            }
            if entry.digest() != entry.hash {
                return broken("its content was changed");
            }
            (seq, hash) = (entry.seq, entry.hash);
        }
    }
    if (seq, &hash) != (head_seq, &head_hash) {
        return Ok(Verified::Broken { seq: seq + 1, why: "the newest entries are missing".into() });
    }
    Ok(Verified::Whole { entries: seq, head: hash })
}

/// Entries after `seq`, oldest first.
///
/// # Errors
/// The database's.
pub fn list(db: &mut Db, after: i64, limit: i64) -> QueryResult<Vec<Entry>> {
    audit_entries::table
        .filter(audit_entries::seq.gt(after))
        .order(audit_entries::seq.asc())
        .limit(limit)
        .select(Entry::as_select())
        .load(db)
}

/// The newest entries before `before` (None: the end), newest first; of one subject when given.
///
/// # Errors
/// The database's.
pub fn newest(db: &mut Db, subject: Option<&str>, before: Option<i64>, limit: i64) -> QueryResult<Vec<Entry>> {
    let mut query = audit_entries::table.order(audit_entries::seq.desc()).limit(limit).select(Entry::as_select()).into_boxed::<Backend>();
    if let Some(subject) = subject {
        query = query.filter(audit_entries::subject.eq(subject.to_owned()));
    }
    if let Some(before) = before {
        query = query.filter(audit_entries::seq.lt(before));
    }
    query.load(db)
}
