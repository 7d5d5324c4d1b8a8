use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::queries;
use super::{Email, Role};
use crate::audit;
use crate::db::schema::members;
use crate::db::{Backend, Db, MemberId, Ts, Tx};
use crate::error::AppError;

crate::text_enum! {
    /// Whether a member can sign in.
    MemberStatus { Invited = "invited", Active = "active", Disabled = "disabled" }
}

/// A person with an account.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = members, check_for_backend(Backend))]
pub struct Member {
    pub id: MemberId,
    pub email: String,
    pub name: String,
    #[serde(skip)]
    pub password_hash: Option<String>,
    pub status: MemberStatus,
    pub department: Option<String>,
    pub region: Option<String>,
    pub title: Option<String>,
    /// ISO 3166 alpha-2.
    pub country: Option<String>,
    /// BCP 47.
    pub language: String,
    /// IANA name, such as Europe/Berlin.
    pub time_zone: String,
    pub started_on: Option<NaiveDate>,
    pub created_at: Ts,
    pub enrolled_at: Option<Ts>,
    pub updated_at: Ts,
    /// Rises with every change; sent as the ETag.
    pub version: i64,
}

impl Member {
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }
}

/// A person's name: 1 to 120 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 120)]
pub struct PersonName(String);

impl PersonName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl std::str::FromStr for PersonName {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err("Enter a name.".into());
        }
        if name.chars().count() > 120 || name.chars().any(char::is_control) {
            return Err("A name has at most 120 characters.".into());
        }
        Ok(Self(name))
    }
}
impl<'de> Deserialize<'de> for PersonName {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A member to be created.
#[derive(Debug, Clone)]
pub struct NewMember {
    pub email: Email,
    pub name: PersonName,
    pub roles: Vec<Role>,
    pub password_hash: Option<String>,
    pub department: Option<String>,
    pub region: Option<String>,
    pub title: Option<String>,
    pub country: Option<String>,
    pub language: String,
    pub time_zone: Tz,
    pub started_on: Option<NaiveDate>,
}

impl NewMember {
    /// An English-speaking advocate in UTC, to be refined.
    pub fn named(email: Email, name: PersonName) -> Self {
        Self {
            email,
            name,
            roles: vec![Role::Advocate],
            password_hash: None,
            department: None,
            region: None,
            title: None,
            country: None,
            language: "en".into(),
            time_zone: Tz::UTC,
            started_on: None,
        }
    }
}

/// Creates a member: active when a password is given, else invited.
///
/// # Errors
/// `email_taken`.
pub fn create(tx: &mut Tx<'_>, new: &NewMember) -> Result<MemberId, AppError> {
    if queries::by_email(tx.db, new.email.as_str())?.is_some() {
        return Err(AppError::conflict("email_taken", format!("{} already has an account.", new.email)));
    }
    let id: MemberId = tx.id();
    let status = if new.password_hash.is_some() { MemberStatus::Active } else { MemberStatus::Invited };
    queries::insert_member(tx.db, id, new, status, tx.now)?;
    queries::put_roles(tx.db, id, &new.roles)?;
    if new.department.is_some() || new.region.is_some() {
        super::members::place(tx, &[id])?;
    }
    audit::record(tx, "member.created", &id.to_string(), &serde_json::json!({"email": new.email, "roles": new.roles}))?;
    Ok(id)
}

/// # Errors
/// Not found.
pub fn find(db: &mut Db, id: MemberId) -> Result<Member, AppError> {
    queries::member(db, id)?.ok_or(AppError::NotFound("That member"))
}

/// # Errors
/// The database's.
pub fn by_email(db: &mut Db, email: &Email) -> Result<Option<Member>, AppError> {
    Ok(queries::by_email(db, email.as_str())?)
}

/// Sets a password hash, activates an invited member, and ends every session of theirs.
///
/// # Errors
/// Not found.
pub fn set_password(tx: &mut Tx<'_>, id: MemberId, hash: &str) -> Result<(), AppError> {
    let member = find(tx.db, id)?;
    queries::set_password(tx.db, id, hash, tx.now)?;
    if member.status == MemberStatus::Invited {
        queries::set_status(tx.db, id, MemberStatus::Active, tx.now)?;
    }
    super::session::end_all(tx, id, None)?;
    super::tokens::end_refresh_families(tx, id)?;
    super::one_time::end_all(tx, id)?;
    audit::record(tx, "member.password_set", &id.to_string(), &serde_json::json!({}))
}

/// Replaces a member's roles. The last active administrator cannot be lost.
///
/// # Errors
/// Not found; `last_administrator`.
pub fn set_roles(tx: &mut Tx<'_>, id: MemberId, roles: &[Role]) -> Result<(), AppError> {
    find(tx.db, id)?;
    let before = queries::roles(tx.db, id)?;
    if !roles.contains(&Role::Admin) {
        keep_an_administrator(tx, id)?;
    }
    queries::put_roles(tx.db, id, roles)?;
    queries::touch(tx.db, id, tx.now)?;
    audit::record(tx, "member.roles_set", &id.to_string(), &serde_json::json!({"before": before, "after": roles}))
}

/// Refuses what would leave nobody to run Herald.
pub(super) fn keep_an_administrator(tx: &mut Tx<'_>, leaving: MemberId) -> Result<(), AppError> {
    let admins = queries::lock_active_admins(tx.db)?;
    if admins.contains(&leaving) && admins.len() == 1 {
        return Err(AppError::conflict("last_administrator", "This is the last administrator. Give somebody else the role first."));
    }
    Ok(())
}
