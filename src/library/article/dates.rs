//! Dates as sites write them: ISO 8601 in all its variants, RFC 822 with its errors, words.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use regex::Regex;

static ISO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})
          (?:[T\s]+(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?
          \s*(?P<zone>[A-Za-z]{1,4}|[+-]\d{2}(?::?\d{2})?)?)?$",
    )
    .ok()
});
static CLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\.?)?").ok()
});

/// The beginnings of month names in English, German, French, Italian, Spanish, Portuguese and
/// Dutch. Longer beginnings stand before the shorter ones that they contain.
const MONTHS: &[(&str, u32)] = &[
    ("jan", 1),
    ("jän", 1),
    ("gen", 1),
    ("ene", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrz", 3),
    ("maa", 3),
    ("mrt", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("juin", 6),
    ("jun", 6),
    ("giu", 6),
    ("juil", 7),
    ("jul", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("nov", 11),
    ("dec", 12),
    ("déc", 12),
    ("dez", 12),
    ("dic", 12),
];

/// Names of zones with one meaning, in minutes east of Greenwich. The American ones are those of
/// RFC 822; names with several meanings (IST, AST) are read as UTC.
const ZONES: &[(&str, i32)] = &[
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("bst", 60),
    ("west", 60),
    ("cet", 60),
    ("mez", 60),
    ("cest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("jst", 540),
    ("aest", 600),
    ("aedt", 660),
];

/// Reads a date. A missing zone means UTC, a missing time the start of the day. None when it is
/// no date, or one before 1990 or after 2199: such dates stand for "unknown".
pub fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    // No date is longer, and what is longer is not worth searching.
    let text = text.get(..80).unwrap_or(text);
    let found = iso(text).or_else(|| words(text)).or_else(|| epoch(text))?;
    (1990..2200).contains(&found.year()).then_some(found)
}

fn iso(text: &str) -> Option<DateTime<Utc>> {
    let parts = ISO.as_ref()?.captures(text)?;
    let number = |name: &str| parts.name(name).and_then(|m| m.as_str().parse::<u32>().ok());
    let year = i32::try_from(number("year")?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number("month")?, number("day")?)?;
    let clock = [number("hour"), number("minute"), number("second")].map(Option::unwrap_or_default);
    at(date, clock, parts.name("zone").map_or("", |zone| zone.as_str()))
}

/// `Wed, 16 Nov 2022 00:38:15 +0100`, `mer, 16 nov 2022`, `March 17, 2015 8:02 PM`, `1. März 2024`.
fn words(text: &str) -> Option<DateTime<Utc>> {
    let clock = CLOCK.as_ref()?.captures(text);
    let (date_part, zone) = match clock.as_ref().and_then(|found| found.get(0)) {
        Some(found) => {
            let before = text.get(..found.start())?;
            let after = text.get(found.end()..)?;
            // "17:40 on March 3, 2024": the date may follow.
            if month_in(before).is_some() { (before, after) } else { (after, "") }
        }
        None => (text, ""),
    };
    let (month, mut day, mut year) = (month_in(date_part)?, None, None);
    for number in date_part.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()) {
        let value: i32 = number.parse().ok()?;
        match number.len() {
            1 | 2 if day.is_none() => day = u32::try_from(value).ok(),
            2 if year.is_none() => year = Some(if value < 70 { 2000 + value } else { 1900 + value }),
            4 if year.is_none() => year = Some(value),
            _ => {}
        }
    }
    let date = NaiveDate::from_ymd_opt(year?, month, day?)?;
    let mut time = [0; 3];
    if let Some(found) = clock {
        let number = |name: &str| found.name(name).and_then(|m| m.as_str().parse::<u32>().ok());
        time = [number("hour"), number("minute"), number("second")].map(Option::unwrap_or_default);
        if let ([hour, ..], Some(half)) = (&mut time, found.name("half")) {
            let is_afternoon = half.as_str().starts_with(['p', 'P']);
            *hour = *hour % 12 + if is_afternoon { 12 } else { 0 };
        }
    }
    at(date, time, zone)
}

/// The month that is named. When several words look like one, it is the last: weekdays come first,
/// and "mar" is Tuesday in French, Italian and Spanish.
fn month_in(text: &str) -> Option<u32> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphabetic());
    let mut months = words.filter_map(|word| MONTHS.iter().find(|(name, _)| word.starts_with(name)));
    months.next_back().map(|&(_, month)| month)
}

/// Seconds or milliseconds since 1970.
fn epoch(text: &str) -> Option<DateTime<Utc>> {
    let number: i64 = text.parse().ok()?;
    match text.len() {
        9..=10 => DateTime::from_timestamp(number, 0),
        13 => DateTime::from_timestamp_millis(number),
        _ => None,
    }
}

fn at(date: NaiveDate, [hour, minute, second]: [u32; 3], zone: &str) -> Option<DateTime<Utc>> {
    // 24:00 is the start of the next day; leap seconds are the second before.
    let (hour, day) = if hour == 24 { (0, date.succ_opt()?) } else { (hour, date) };
    let local: NaiveDateTime = day.and_hms_opt(hour, minute, second.min(59))?;
    let east = Duration::seconds(offset(zone).local_minus_utc().into());
    Some(local.checked_sub_signed(east)?.and_utc())
}

/// The offset that a zone's name or number stands for; UTC when it says nothing.
fn offset(zone: &str) -> FixedOffset {
    let zone = zone.trim().to_ascii_lowercase();
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let minutes = match zone.strip_prefix(['+', '-']) {
        Some(number) => {
            let digits: String = number.chars().filter(char::is_ascii_digit).take(4).collect();
            let hours: i32 = digits.get(..2).and_then(|h| h.parse().ok()).unwrap_or(0);
            let rest: i32 = digits.get(2..4).and_then(|m| m.parse().ok()).unwrap_or(0);
            sign * (hours * 60 + rest)
        }
        None => {
            let name: String = zone.chars().take_while(char::is_ascii_alphabetic).collect();
            ZONES.iter().find(|(known, _)| *known == name).map_or(0, |&(_, minutes)| minutes)
        }
    };
    let utc = FixedOffset::east_opt(0);
    FixedOffset::east_opt(minutes * 60).or(utc).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}
