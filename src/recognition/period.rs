use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::error::AppError;

crate::text_enum! {
    /// How long a leaderboard looks back.
    Span { Week = "week", Month = "month", Quarter = "quarter", Year = "year", All = "all" }
}

impl Span {
    pub fn label(self) -> &'static str {
        match self {
            Self::Week => "Week",
            Self::Month => "Month",
            Self::Quarter => "Quarter",
            Self::Year => "Year",
            Self::All => "All time",
        }
    }
}

/// A stretch of UTC days over which points are summed, printed as `all`, `Y2026`, `Q2026-4`,
/// `M2026-11` or `W2026-47`. Weeks are those of ISO 8601: they begin on Monday, and the year of a
/// week is the year of its Thursday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    All,
    Year(i32),
    Quarter(i32, u32),
    Month(i32, u32),
    Week(i32, u32),
}

const YEARS: std::ops::RangeInclusive<i32> = 1970..=2200;

impl Period {
    /// The period of this length that holds the day.
    pub fn containing(span: Span, day: NaiveDate) -> Self {
        match span {
            Span::All => Self::All,
            Span::Year => Self::Year(day.year()),
            Span::Quarter => Self::Quarter(day.year(), day.month0() / 3 + 1),
            Span::Month => Self::Month(day.year(), day.month()),
            Span::Week => Self::Week(day.iso_week().year(), day.iso_week().week()),
        }
    }

    /// All five periods that hold the day: those which an entry of that day counts for.
    pub fn all_of(day: NaiveDate) -> [Self; 5] {
        [Span::All, Span::Year, Span::Quarter, Span::Month, Span::Week].map(|span| Self::containing(span, day))
    }

    pub fn span(self) -> Span {
        match self {
            Self::All => Span::All,
            Self::Year(_) => Span::Year,
            Self::Quarter(..) => Span::Quarter,
            Self::Month(..) => Span::Month,
            Self::Week(..) => Span::Week,
        }
    }

    /// The first day, None for all time and for periods that the calendar has not (week 53 of a short year).
    pub fn first_day(self) -> Option<NaiveDate> {
        match self {
            Self::All => None,
            Self::Year(year) => NaiveDate::from_ymd_opt(year, 1, 1),
            Self::Quarter(year, quarter) => NaiveDate::from_ymd_opt(year, quarter.checked_sub(1)? * 3 + 1, 1),
            Self::Month(year, month) => NaiveDate::from_ymd_opt(year, month, 1),
            Self::Week(year, week) => NaiveDate::from_isoywd_opt(year, week, Weekday::Mon),
        }
    }

    /// First and last day; None for all time.
    pub fn days(self) -> Option<(NaiveDate, NaiveDate)> {
        let first = self.first_day()?;
        let last = self.later()?.first_day()?.pred_opt()?;
        Some((first, last))
    }

    /// The next period of the same length.
    pub fn later(self) -> Option<Self> {
        let next = match self {
            Self::All => return None,
            Self::Year(year) => Self::Year(year + 1),
            Self::Quarter(year, 4) => Self::Quarter(year + 1, 1),
            Self::Quarter(year, quarter) => Self::Quarter(year, quarter + 1),
            Self::Month(year, 12) => Self::Month(year + 1, 1),
            Self::Month(year, month) => Self::Month(year, month + 1),
            Self::Week(..) => Self::containing(Span::Week, self.first_day()?.checked_add_days(Days::new(7))?),
        };
        Some(next)
    }

    /// The period of the same length before.
    pub fn earlier(self) -> Option<Self> {
        Some(Self::containing(self.span(), self.first_day()?.pred_opt()?))
    }

    /// As people say it: “November 2026”, “week 47 of 2026”.
    pub fn label(self) -> String {
        match self {
            Self::All => "all time".into(),
            Self::Year(year) => year.to_string(),
            Self::Quarter(year, quarter) => format!("quarter {quarter} of {year}"),
            Self::Month(..) => self.first_day().map(|d| d.format("%B %Y").to_string()).unwrap_or_default(),
            Self::Week(year, week) => format!("week {week} of {year}"),
        }
    }

    /// What an address asks for: a span's name (the one that holds `today`), a period's printed
    /// form, or nothing, which means this month.
    ///
    /// # Errors
    /// Malformed, with what may stand there.
    pub fn read(text: Option<&str>, today: NaiveDate) -> Result<Self, AppError> {
        let text = text.unwrap_or("month");
        if let Ok(span) = text.parse::<Span>() {
            return Ok(Self::containing(span, today));
        }
        text.parse().map_err(AppError::Malformed)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Year(year) => write!(f, "Y{year:04}"),
            Self::Quarter(year, quarter) => write!(f, "Q{year:04}-{quarter}"),
            Self::Month(year, month) => write!(f, "M{year:04}-{month:02}"),
            Self::Week(year, week) => write!(f, "W{year:04}-{week:02}"),
        }
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "period is week, month, quarter, year, all, or one such as W2026-47, M2026-11, Q2026-4, Y2026.".to_owned();
        if text == "all" {
            return Ok(Self::All);
        }
        let mut letters = text.chars();
        let kind = letters.next();
        let (year, part) = letters.as_str().split_once('-').unwrap_or((letters.as_str(), ""));
        let year = year.parse::<i32>().ok().filter(|y| YEARS.contains(y)).ok_or_else(refused)?;
        let part = part.parse::<u32>().unwrap_or(0);
        let period = match kind {
            Some('Y') => Self::Year(year),
            Some('Q') => Self::Quarter(year, part),
            Some('M') => Self::Month(year, part),
            Some('W') => Self::Week(year, part),
            _ => return Err(refused()),
        };
        if period.first_day().is_some() && period.to_string() == text { Ok(period) } else { Err(refused()) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }
    fn printed(text: &str) -> Vec<String> {
        Period::all_of(day(text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_day_counts_for_five_periods() {
        assert_eq!(printed("2026-11-21"), ["all", "Y2026", "Q2026-4", "M2026-11", "W2026-47"]);
    }

    #[test]
    fn iso_weeks_at_the_years_end_belong_to_the_year_of_their_thursday() {
        assert_eq!(printed("2027-01-01"), ["all", "Y2027", "Q2027-1", "M2027-01", "W2026-53"]);
        assert_eq!(printed("2024-12-30").last().unwrap(), "W2025-01");
        assert_eq!(printed("2026-12-31"), ["all", "Y2026", "Q2026-4", "M2026-12", "W2026-53"]);
        assert_eq!("W2026-53".parse::<Period>().unwrap().days(), Some((day("2026-12-28"), day("2027-01-03"))));
        assert!("W2025-53".parse::<Period>().is_err(), "2025 has 52 weeks");
    }

    #[test]
    fn quarters_begin_in_january_april_july_and_october() {
        for (first, last, name) in [("01-01", "03-31", 1), ("04-01", "06-30", 2), ("07-01", "09-30", 3), ("10-01", "12-31", 4)] {
            let quarter = Period::Quarter(2026, name);
            assert_eq!(quarter.days(), Some((day(&format!("2026-{first}")), day(&format!("2026-{last}")))));
            assert_eq!(Period::containing(Span::Quarter, day(&format!("2026-{first}"))), quarter);
            assert_eq!(Period::containing(Span::Quarter, day(&format!("2026-{last}"))), quarter);
        }
    }

    #[test]
    fn earlier_undoes_later_and_printing_undoes_reading() {
        let mut at = day("2023-12-25");
        while at < day("2027-01-20") {
            for period in Period::all_of(at) {
                assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
                if let Some(later) = period.later() {
                    assert_eq!(later.earlier(), Some(period));
                    let (first, last) = period.days().unwrap();
                    assert!(first <= at && at <= last);
                }
            }
            at = at.succ_opt().unwrap();
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in
            ["", "Q2026-5", "Q2026-0", "M2026-13", "M2026-1", "W2026-00", "Y99999", "Y-1", "2026", "weeks", "Y2026-1", "Ä2026", "W2026-+1"]
        {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
        assert!(Period::read(Some("fortnight"), day("2026-11-21")).is_err());
        assert_eq!(Period::read(None, day("2026-11-21")).unwrap(), Period::Month(2026, 11));
    }
}
