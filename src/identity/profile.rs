use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::mails::MembersPlaced;
use super::{Email, Member, PersonName, find, queries};
use crate::audit;
use crate::db::schema::members as m;
use crate::db::{MemberId, Tx};
use crate::error::AppError;
use crate::jobs;
use crate::web::{FormErrors, IfMatch};

/// The most characters of a title, department or region.
const SHORT: usize = 120;

/// What a member may change about themselves. A field left out stays; null or an empty text clears
/// it where that is possible.
#[derive(Debug, Default, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChanges {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub title: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub department: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub region: Option<Option<String>>,
    /// ISO 3166 alpha-2, such as DE.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 2)]
    pub country: Option<Option<String>>,
    /// BCP 47, such as en or pt-BR.
    #[schema(min_length = 2, max_length = 35)]
    pub language: Option<String>,
    /// IANA name, such as Europe/Berlin.
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
}

/// What an administrator may change about a member, by the same rules.
#[derive(Debug, Default, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberChanges {
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub title: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub department: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub region: Option<Option<String>>,
    /// ISO 3166 alpha-2, such as DE.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 2)]
    pub country: Option<Option<String>>,
    /// BCP 47, such as en or pt-BR.
    #[schema(min_length = 2, max_length = 35)]
    pub language: Option<String>,
    /// IANA name, such as Europe/Berlin.
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    /// First day with the company.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = "date")]
    pub started_on: Option<Option<String>>,
}

/// Tells a field that was sent as null from one that was left out.
#[allow(clippy::option_option, reason = "left out, cleared and set are three things")]
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl From<ProfileChanges> for MemberChanges {
    fn from(p: ProfileChanges) -> Self {
        Self {
            name: p.name,
            title: p.title,
            department: p.department,
            region: p.region,
            country: p.country,
            language: p.language,
            time_zone: p.time_zone,
            ..Self::default()
        }
    }
}

/// A title, department or region: white space tidied, at most 120 characters; empty is none.
///
/// # Errors
/// A sentence that says what to change.
pub fn short_text(text: &str) -> Result<Option<String>, String> {
    let tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if tidy.chars().count() > SHORT || tidy.chars().any(char::is_control) {
        return Err(format!("Use at most {SHORT} characters."));
    }
    Ok(Some(tidy).filter(|t| !t.is_empty()))
}

/// A country by its two letters (ISO 3166 alpha-2); empty is none.
///
/// # Errors
/// A sentence that says what to write.
pub fn country(text: &str) -> Result<Option<String>, String> {
    let code = text.trim().to_ascii_uppercase();
    match code.len() {
        0 => Ok(None),
        2 if code.bytes().all(|b| b.is_ascii_uppercase()) => Ok(Some(code)),
        _ => Err("Write the country as two letters, such as DE or US.".into()),
    }
}

/// A language tag (BCP 47): a language of two or three letters and further parts.
///
/// # Errors
/// A sentence that says what to write.
pub fn language(text: &str) -> Result<String, String> {
    let text = text.trim();
    let mut parts = text.split('-');
    let first = parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    if first && text.len() <= 35 && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return Ok(text.to_owned());
    }
    Err("Write the language as a tag, such as en or pt-BR.".into())
}

/// A time zone by its IANA name.
///
/// # Errors
/// A sentence that says what to write.
pub fn time_zone(text: &str) -> Result<Tz, String> {
    text.trim().parse().map_err(|_| "Write a time zone such as Europe/Berlin or America/New_York.".into())
}

/// A day as 2026-11-21; empty is none.
///
/// # Errors
/// A sentence that says what to write.
pub fn day(text: &str) -> Result<Option<NaiveDate>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let sane = day.filter(|d| (1900..=2200).contains(&chrono::Datelike::year(d)));
    sane.map(Some).ok_or_else(|| "Write the day as 2026-11-21.".into())
}

/// Puts a parsed value in place, or its sentence among the errors.
fn put<T>(errors: &mut FormErrors, field: &str, place: &mut T, parsed: Result<T, String>) {
    match parsed {
        Ok(value) => *place = value,
        Err(sentence) => errors.add(field, sentence),
    }
}

impl MemberChanges {
    fn apply(&self, member: &mut Member) -> Result<(), AppError> {
        let mut e = FormErrors::default();
        if let Some(email) = &self.email {
            put(&mut e, "email", &mut member.email, email.parse::<Email>().map(|v| v.to_string()));
        }
        if let Some(name) = &self.name {
            put(&mut e, "name", &mut member.name, name.parse::<PersonName>().map(|v| v.as_str().to_owned()));
        }
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        if let Some(v) = &self.title {
            put(&mut e, "title", &mut member.title, short_text(&text(v)));
        }
        if let Some(v) = &self.department {
            put(&mut e, "department", &mut member.department, short_text(&text(v)));
        }
        if let Some(v) = &self.region {
            put(&mut e, "region", &mut member.region, short_text(&text(v)));
        }
        if let Some(v) = &self.country {
            put(&mut e, "country", &mut member.country, country(&text(v)));
        }
        if let Some(v) = &self.language {
            put(&mut e, "language", &mut member.language, language(v));
        }
        if let Some(v) = &self.time_zone {
            put(&mut e, "time_zone", &mut member.time_zone, time_zone(v).map(|z| z.name().to_owned()));
        }
        if let Some(v) = &self.started_on {
            put(&mut e, "started_on", &mut member.started_on, day(&text(v)));
        }
        e.into_result()
    }
}

/// Changes a member's attributes, if the version is still the one that was read.
///
/// # Errors
/// Not found; invalid fields; `email_taken`; `version_changed`.
pub fn change(tx: &mut Tx<'_>, id: MemberId, read: IfMatch, changes: &MemberChanges) -> Result<Member, AppError> {
    let before = find(tx.db, id)?;
    read.check(before.version)?;
    let mut after = before.clone();
    changes.apply(&mut after)?;
    if after.email != before.email && queries::by_email(tx.db, &after.email)?.is_some() {
        return Err(AppError::conflict("email_taken", format!("{} belongs to another account.", after.email)));
    }
    (after.updated_at, after.version) = (tx.now, before.version + 1);
    if update(tx.db, &after, before.version)? == 0 {
        return IfMatch(Some(before.version)).check(after.version).map(|()| after);
    }
    if (&before.department, &before.region) != (&after.department, &after.region) {
        jobs::enqueue(tx, &MembersPlaced { members: vec![id] })?;
    }
    let changed = differences(&before, &after);
    audit::record(tx, "member.changed", &id.to_string(), &serde_json::json!({"changed": changed}))?;
    Ok(after)
}

/// The names of the fields that differ; an e-mail with its old and new value, since it is the sign-in.
fn differences(before: &Member, after: &Member) -> serde_json::Value {
    let pairs = [
        ("name", before.name != after.name),
        ("title", before.title != after.title),
        ("department", before.department != after.department),
        ("region", before.region != after.region),
        ("country", before.country != after.country),
        ("language", before.language != after.language),
        ("time_zone", before.time_zone != after.time_zone),
        ("started_on", before.started_on != after.started_on),
    ];
    let mut names: Vec<serde_json::Value> = pairs.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).into()).collect();
    if before.email != after.email {
        names.push(serde_json::json!({"email": [before.email, after.email]}));
    }
    names.into()
}

fn update(db: &mut crate::db::Db, member: &Member, version: i64) -> QueryResult<usize> {
    diesel::update(m::table.find(member.id).filter(m::version.eq(version)))
        .set((
            (m::email.eq(&member.email), m::name.eq(&member.name), m::title.eq(&member.title), m::department.eq(&member.department)),
            (m::region.eq(&member.region), m::country.eq(&member.country), m::language.eq(&member.language)),
            (m::time_zone.eq(&member.time_zone), m::started_on.eq(member.started_on)),
            (m::updated_at.eq(member.updated_at), m::version.eq(member.version)),
        ))
        .execute(db)
}
