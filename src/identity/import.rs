//! Members from a CSV file: first a preview of every row's fate, then, when confirmed, the import.

mod reading;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MemberStatus, NewMember, Role, credentials, members, queries};
use crate::app::Keys;
use crate::audit;
use crate::db::schema::{member_imports as imports, members as m};
use crate::db::{Db, MemberId, MemberImportId, Ts, Tx};
use crate::error::AppError;
use crate::jobs::{self, Job};
pub use reading::decode;

/// The most rows of one file.
pub const MAX_ROWS: usize = 10_000;

/// What will become of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// A new member will be made and invited.
    Create,
    /// They have an account already and stay as they are.
    Known,
    /// Something is wrong; the row is left out.
    Bad,
}

/// What is wrong with a row, by its column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowProblem {
    /// The column's heading; empty when the row as a whole is wrong.
    pub column: String,
    pub message: String,
}

/// One row of the file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Row {
    /// The line of the file on which the row begins; the heading is on line 1.
    pub line: u64,
    pub fate: Fate,
    pub problems: Vec<RowProblem>,
    pub email: String,
    pub name: String,
    pub department: Option<String>,
    pub region: Option<String>,
    pub title: Option<String>,
    pub country: Option<String>,
    pub language: String,
    pub time_zone: String,
    pub started_on: Option<String>,
    pub roles: Vec<Role>,
}

/// A file as it was read.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Sheet {
    /// Headings that mean nothing to Herald.
    pub ignored: Vec<String>,
    pub rows: Vec<Row>,
}

/// What an import would do, or has done.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportPreview {
    pub id: MemberImportId,
    pub file_name: String,
    pub create: usize,
    pub known: usize,
    pub bad: usize,
    /// Headings that mean nothing to Herald and were left out.
    pub ignored_columns: Vec<String>,
    pub rows: Vec<Row>,
    pub created_at: Ts,
    pub applied_at: Option<Ts>,
}

/// What an import has done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    pub created: usize,
    /// Rows left out, known or bad.
    pub left_out: usize,
}

/// Reads the file and keeps the preview; no member is touched.
///
/// # Errors
/// Invalid when the file as a whole cannot be used.
pub fn preview(tx: &mut Tx<'_>, by: MemberId, file_name: &str, text: &str) -> Result<ImportPreview, AppError> {
    let mut sheet = reading::read(text).map_err(|sentence| AppError::field("csv", sentence))?;
    let known = known_addresses(tx.db)?;
    for row in sheet.rows.iter_mut().filter(|r| r.fate == Fate::Create && known.contains(&r.email)) {
        row.fate = Fate::Known;
        row.problems.push(RowProblem { column: "email".into(), message: "has an account already and stays as it is".into() });
    }
    let id: MemberImportId = tx.id();
    let file_name: String = file_name.chars().filter(|c| !c.is_control()).take(200).collect();
    diesel::insert_into(imports::table)
        .values((
            imports::id.eq(id),
            imports::member_id.eq(by),
            imports::file_name.eq(file_name),
            imports::rows_json.eq(serde_json::to_string(&sheet)?),
            imports::created_at.eq(tx.now),
        ))
        .execute(tx.db)?;
    find(tx.db, id)
}

fn known_addresses(db: &mut Db) -> Result<HashSet<String>, AppError> {
    Ok(m::table.select(m::email).load::<String>(db)?.into_iter().collect())
}

/// # Errors
/// Not found.
pub fn find(db: &mut Db, id: MemberImportId) -> Result<ImportPreview, AppError> {
    let row: Option<(String, String, Ts, Option<Ts>)> = imports::table
        .find(id)
        .select((imports::file_name, imports::rows_json, imports::created_at, imports::applied_at))
        .first(db)
        .optional()?;
    let (file_name, json, created_at, applied_at) = row.ok_or(AppError::NotFound("That import"))?;
    let sheet: Sheet = serde_json::from_str(&json)?;
    let count = |fate| sheet.rows.iter().filter(|r| r.fate == fate).count();
    Ok(ImportPreview {
        id,
        file_name,
        create: count(Fate::Create),
        known: count(Fate::Known),
        bad: count(Fate::Bad),
        ignored_columns: sheet.ignored,
        rows: sheet.rows,
        created_at,
        applied_at,
    })
}

/// Makes the members of the good rows, in one transaction; invitations and groups follow by job.
///
/// # Errors
/// Not found; `already_applied`.
pub fn apply(tx: &mut Tx<'_>, id: MemberImportId) -> Result<Imported, AppError> {
    let sheet = find(tx.db, id)?;
    let first = diesel::update(imports::table.find(id).filter(imports::applied_at.is_null()))
        .set((imports::applied_at.eq(tx.now), imports::rows_json.eq(serde_json::to_string(&Sheet::default())?)))
        .execute(tx.db)?;
    if first == 0 {
        return Err(AppError::conflict("already_applied", "This import has been done already."));
    }
    let mut known = known_addresses(tx.db)?;
    let mut made = Vec::new();
    for row in sheet.rows.iter().filter(|r| r.fate == Fate::Create) {
        if !known.insert(row.email.clone()) {
            continue;
        }
        let Ok(new) = row.member() else { continue };
        let member: MemberId = tx.id();
        queries::insert_member(tx.db, member, &new, MemberStatus::Invited, tx.now)?;
        queries::put_roles(tx.db, member, &new.roles)?;
        made.push(member);
    }
    for some in made.chunks(100) {
        jobs::enqueue(tx, &InviteImported { members: some.to_vec(), by: tx.actor.label.clone() })?;
    }
    members::place(tx, &made)?;
    audit::record(tx, "members.imported", &id.to_string(), &serde_json::json!({"file": sheet.file_name, "members": made}))?;
    Ok(Imported { created: made.len(), left_out: sheet.rows.len() - made.len() })
}

impl Row {
    /// The member that a good row describes.
    fn member(&self) -> Result<NewMember, String> {
        Ok(NewMember {
            roles: self.roles.clone(),
            department: self.department.clone(),
            region: self.region.clone(),
            title: self.title.clone(),
            country: self.country.clone(),
            language: self.language.clone(),
            time_zone: super::profile::time_zone(&self.time_zone)?,
            started_on: super::profile::day(self.started_on.as_deref().unwrap_or_default())?,
            ..NewMember::named(self.email.parse()?, self.name.parse()?)
        })
    }
}

/// The invitations of imported members, some at a time.
#[derive(Debug, Serialize, Deserialize)]
pub struct InviteImported {
    members: Vec<MemberId>,
    by: String,
}

impl Job for InviteImported {
    const NAME: &'static str = "members.invite_imported";
}

/// Sends the invitations of a part of an import; whoever has accepted meanwhile gets none.
///
/// # Errors
/// The database's.
pub fn invite_imported(tx: &mut Tx<'_>, keys: &Keys, job: &InviteImported) -> Result<(), AppError> {
    for id in &job.members {
        if queries::member(tx.db, *id)?.is_some_and(|m| m.status == MemberStatus::Invited) {
            credentials::queue_invitation(tx, keys, *id, &job.by)?;
        }
    }
    Ok(())
}

/// Forgets previews that nobody confirmed within a week: they hold personal data.
///
/// # Errors
/// The database's.
pub fn tidy(tx: &mut Tx<'_>) -> Result<usize, AppError> {
    let old = imports::table.filter(imports::applied_at.is_null()).filter(imports::created_at.lt(tx.now.minus(Duration::days(7))));
    Ok(diesel::delete(old).execute(tx.db)?)
}
