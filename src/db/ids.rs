use std::sync::atomic::{AtomicI64, Ordering};

use super::time::Ts;

/// Crockford's base 32, which leaves out i, l, o and u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 2024-01-01T00:00:00Z in milliseconds: 42 bits of milliseconds last until 2163.
const EPOCH_MS: i64 = 1_704_067_200_000;
const SEQUENCE_BITS: u32 = 11;
const NUMBER_BITS: u32 = 10;

/// Makes 64-bit ids that sort by time: 42 bits of milliseconds, 11 of sequence, 10 of process
/// number. Each start takes the next of 1,024 process numbers from the database, so two living
/// processes share one only if 1,024 starts lie between them.
pub struct Ids {
    number: i64,
    last: AtomicI64,
}

impl Ids {
    pub fn new(process_number: i64) -> Self {
        Self { number: process_number & ((1 << NUMBER_BITS) - 1), last: AtomicI64::new(0) }
    }

    /// A fresh id, larger than every earlier one of this process. When a millisecond's 2,048 ids
    /// are used up, or the clock steps back, it runs on from the last one.
    pub fn next<T: Id>(&self, now: Ts) -> T {
        let floor = (now.micros() / 1000 - EPOCH_MS).max(1) << SEQUENCE_BITS;
        let mut tick = 0;
        let _ = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| {
            tick = floor.max(last + 1);
            Some(tick)
        });
        T::from_i64((tick << NUMBER_BITS) | self.number)
    }
}

/// What every typed id can do.
pub trait Id: Copy + Ord + Sized {
    const PREFIX: &'static str;
    fn from_i64(value: i64) -> Self;
    fn i64(self) -> i64;
}

fn encode(prefix: &str, value: i64) -> String {
    let bits = value.cast_unsigned();
    let body = (0..13).rev().filter_map(|i| ALPHABET.get(((bits >> (i * 5)) & 31) as usize)).map(|&b| char::from(b));
    format!("{prefix}_{}", body.collect::<String>())
}

fn decode(prefix: &str, text: &str) -> Option<i64> {
    let body = text.strip_prefix(prefix)?.strip_prefix('_')?;
    if body.len() != 13 {
        return None;
    }
    let mut value: u64 = 0;
    for (i, byte) in body.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&a| a == byte)? as u64;
        if i == 0 && digit > 7 {
            return None;
        }
        value = (value << 5) | digit;
    }
    Some(value.cast_signed())
}

macro_rules! id_types {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        pub struct $name(i64);

        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_i64(value: i64) -> Self { Self(value) }
            fn i64(self) -> i64 { self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&encode($prefix, self.0)) }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { std::fmt::Display::fmt(self, f) }
        }
        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                decode($prefix, text).map(Self).ok_or_else(|| format!("is no {}_… id", $prefix))
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::BigInt, DB> for $name
        where i64: diesel::serialize::ToSql<diesel::sql_types::BigInt, DB> {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result { self.0.to_sql(out) }
        }
        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB> for $name
        where i64: diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB> {
            fn from_sql(value: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                <i64 as diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>>::from_sql(value).map(Self)
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{12}$")))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )+};
}

id_types! {
    MemberId = "mbr",
    SessionId = "ses",
    OneTimeLinkId = "otl",
    ApiTokenId = "tok",
    RefreshTokenId = "rft",
    SigningKeyId = "key",
    MemberImportId = "imp",
    GroupId = "grp",
    TopicId = "top",
    MediaId = "med",
    SourceId = "src",
    ItemId = "itm",
    RevisionId = "rev",
    CaptionId = "cap",
    AccountId = "acc",
    LinkId = "lnk",
    HitId = "hit",
    ShareId = "shr",
    AttemptId = "att",
    RuleId = "rul",
    EntryId = "pts",
    JobId = "job",
    MailId = "mai",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_even_when_the_clock_steps_back() {
        let ids = Ids::new(7);
        let (now, earlier) = (Ts::from_micros(1_800_000_000_000_000), Ts::from_micros(1_700_000_000_000_000));
        let (Some(now), Some(earlier)) = (now, earlier) else { return };
        let made: Vec<ItemId> = (0..5000).map(|i| ids.next(if i % 2 == 0 { now } else { earlier })).collect();
        assert!(made.is_sorted() && made.windows(2).all(|w| w.first() != w.last()));
    }

    #[test]
    fn the_printed_form_comes_back_and_nothing_else_is_taken() {
        for value in [1, 42, i64::MAX] {
            let id = ShareId(value);
            assert_eq!(id.to_string().parse::<ShareId>().ok(), Some(id));
        }
        for wrong in ["", "shr_", "shr_zzzzzzzzzzzzz", "itm_0000000000001", "shr_000000000000l", "1"] {
            assert!(wrong.parse::<ShareId>().is_err(), "{wrong}");
        }
    }
}
