use serde::Serialize;
use utoipa::ToSchema;

use super::queries;
use crate::db::{Db, Ts};
use crate::error::AppError;
use crate::jobs;

crate::text_enum! {
    /// How a part of Herald is.
    State { Good = "good", Warn = "warn", Bad = "bad" }
}

/// Mails by what became of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailCounts {
    pub queued: i64,
    pub sent: i64,
    /// Written down only, because no mail server is set.
    pub kept: i64,
    pub failed: i64,
}

/// What an administrator sees first.
#[derive(Debug, Clone)]
pub struct Health {
    /// “SQLite” or “PostgreSQL”.
    pub database: &'static str,
    pub database_bytes: i64,
    /// Migrations that have not run.
    pub pending_migrations: Vec<String>,
    pub jobs: jobs::Counts,
    /// Due for more than five minutes and still not run: no worker is there.
    pub late: bool,
    pub schedules: Vec<(String, Ts)>,
    pub mails: MailCounts,
}

/// A job that is due this long and has not run means that no worker runs.
const LATE_MINUTES: i64 = 5;

/// # Errors
/// The database's.
pub fn health(db: &mut Db, now: Ts) -> Result<Health, AppError> {
    let mut mails = MailCounts::default();
    for (state, n) in queries::mail_counts(db)? {
        match state.as_str() {
            "queued" => mails.queued = n,
            "sent" => mails.sent = n,
            "kept" => mails.kept = n,
            _ => mails.failed = n,
        }
    }
    let schedules = queries::schedules(db)?;
    let late = schedules.iter().any(|(_, next)| now.since(*next) > chrono::Duration::minutes(LATE_MINUTES));
    Ok(Health {
        database: if db.is_sqlite() { "SQLite" } else { "PostgreSQL" },
        database_bytes: queries::database_size(db)?,
        pending_migrations: crate::db::pending(db)?,
        jobs: jobs::counts(db)?,
        late,
        schedules,
        mails,
    })
}

/// “214 MB”, “1.2 GB”: in powers of 1,000.
pub fn size(bytes: i64) -> String {
    let mut rest = bytes.max(0);
    let mut tenths = 0;
    let mut unit = "bytes";
    for next in ["kB", "MB", "GB", "TB"] {
        if rest < 1000 {
            break;
        }
        tenths = rest % 1000 / 100;
        rest /= 1000;
        unit = next;
    }
    if rest < 10 && unit != "bytes" { format!("{rest}.{tenths} {unit}") } else { format!("{rest} {unit}") }
}

/// “sharing.publish” as people read it: “Sharing: publish”.
pub fn job_label(name: &str) -> String {
    let (slice, work) = name.split_once('.').unwrap_or(("herald", name));
    let mut letters = slice.chars();
    let slice: String = letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
    format!("{slice}: {}", work.replace('_', " "))
}

/// `revision.approved` as people read it: “revision approved”.
pub fn action_label(action: &str) -> String {
    action.replace(['.', '_'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        let said = [0, 999, 1000, 1_260_000, 214_000_000, 9_990_000_000].map(size);
        assert_eq!(said, ["0 bytes", "999 bytes", "1.0 kB", "1.2 MB", "214 MB", "9.9 GB"]);
    }

    #[test]
    fn names_of_jobs_and_acts_read_as_words() {
        assert_eq!(job_label("tracking.count_hits"), "Tracking: count hits");
        assert_eq!(job_label("mail"), "Herald: mail");
        assert_eq!(action_label("point_rule.added"), "point rule added");
    }
}
