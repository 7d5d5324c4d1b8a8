use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::types::UtcTs;

/// A UTC moment in whole microseconds, the precision of both databases. JSON: ISO 8601 with `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = UtcTs)]
pub struct Ts(pub(in crate::db) DateTime<Utc>);

impl Ts {
    /// None when the value lies outside the calendar.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }
    /// The UTC day.
    pub fn day(self) -> NaiveDate {
        self.0.date_naive()
    }
    pub fn plus(self, by: Duration) -> Self {
        self.0.checked_add_signed(by).map_or(self, Self)
    }
    pub fn minus(self, by: Duration) -> Self {
        self.0.checked_sub_signed(by).map_or(self, Self)
    }
    pub fn since(self, earlier: Self) -> Duration {
        self.0 - earlier.0
    }
    pub fn iso(self) -> String {
        self.0.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    }
}

impl From<DateTime<Utc>> for Ts {
    fn from(at: DateTime<Utc>) -> Self {
        Self::from_micros(at.timestamp_micros()).unwrap_or(Self(at))
    }
}
impl Serialize for Ts {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.iso())
    }
}
impl<'de> Deserialize<'de> for Ts {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let at = DateTime::<Utc>::deserialize(d)?;
        let year = chrono::Datelike::year(&at);
        if !(1970..=2200).contains(&year) {
            return Err(serde::de::Error::custom("a moment lies between the years 1970 and 2200"));
        }
        Ok(at.into())
    }
}
impl utoipa::PartialSchema for Ts {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .into()
    }
}
impl utoipa::ToSchema for Ts {}

/// Where `now` comes from: the machine, or a hand that tests and the demo turn.
#[derive(Clone, Default)]
pub enum Clock {
    #[default]
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until it is set.
    pub fn manual(at: Ts) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.micros())))
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    pub fn now(&self) -> Ts {
        match self {
            Self::System => Utc::now().into(),
            Self::Manual(micros) => Ts::from_micros(micros.load(Ordering::SeqCst)).unwrap_or(Ts(DateTime::UNIX_EPOCH)),
        }
    }

    /// Moves a manual clock; the machine's clock does not move.
    pub fn set(&self, at: Ts) {
        if let Self::Manual(micros) = self {
            micros.store(at.micros(), Ordering::SeqCst);
        }
    }
}
