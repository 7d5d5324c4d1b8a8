use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::letter::Letter;
use crate::app::App;
use crate::db::schema::mails as m;
use crate::db::{Backend, Db, Exec, MailId, Ts, Tx};
use crate::error::AppError;
use crate::jobs::{self, Job};

crate::text_enum! {
    /// Where a mail stands: waiting, sent, kept since there is no mail server, or refused.
    MailState { Queued = "queued", Sent = "sent", Kept = "kept", Failed = "failed" }
}

/// One mail. Its bodies are empty once it is sent.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = m, check_for_backend(Backend))]
pub struct Mail {
    pub id: MailId,
    pub recipient: String,
    pub subject: String,
    pub text_body: String,
    #[serde(skip)]
    pub html_body: String,
    pub state: MailState,
    pub created_at: Ts,
    pub sent_at: Option<Ts>,
    pub last_error: Option<String>,
}

/// Sends one mail.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMail {
    pub mail: MailId,
}

impl Job for SendMail {
    const NAME: &'static str = "mail.send";
    /// More than a day of tries; [`super::send`] gives up after a day by itself.
    const MAX_ATTEMPTS: i32 = 40;
}

/// The daily tidying of old mails.
#[derive(Debug, Serialize, Deserialize)]
pub struct TidyMails {}

impl Job for TidyMails {
    const NAME: &'static str = "mail.tidy";
}

/// Writes a mail and queues its sending; for other slices.
///
/// # Errors
/// The database's; internal when the template does not fit.
pub fn write(tx: &mut Tx<'_>, app: &App, recipient: &str, letter: &Letter) -> Result<MailId, AppError> {
    let id: MailId = tx.id();
    insert(tx, id, recipient, &letter.subject, &letter.text(app), &letter.html(app)?)?;
    Ok(id)
}

/// Writes a mail under an id chosen beforehand; doing it twice writes and sends one.
pub(super) fn insert(tx: &mut Tx<'_>, id: MailId, recipient: &str, subject: &str, text: &str, html: &str) -> Result<(), AppError> {
    let new = diesel::insert_into(m::table)
        .values((
            m::id.eq(id),
            m::recipient.eq(recipient),
            m::subject.eq(subject),
            m::text_body.eq(text),
            m::html_body.eq(html),
            m::state.eq(MailState::Queued),
            m::created_at.eq(tx.now),
        ))
        .on_conflict_do_nothing()
        .exec(tx.db)?;
    if new == 1 {
        jobs::enqueue(tx, &SendMail { mail: id })?;
    }
    Ok(())
}

/// One mail.
///
/// # Errors
/// Not found.
pub fn read(db: &mut Db, id: MailId) -> Result<Mail, AppError> {
    m::table.find(id).select(Mail::as_select()).first(db).optional()?.ok_or(AppError::NotFound("That mail"))
}

/// Mails that could not leave (kept without a mail server, or refused), newest first, after the one
/// given as a cursor; up to `limit + 1`, the last only tells of more.
///
/// # Errors
/// The database's.
pub fn kept(db: &mut Db, after: Option<MailId>, limit: i64) -> Result<Vec<Mail>, AppError> {
    let mut query = m::table
        .filter(m::state.eq(MailState::Kept).or(m::state.eq(MailState::Failed)))
        .order(m::id.desc())
        .limit(limit + 1)
        .select(Mail::as_select())
        .into_boxed::<Backend>();
    if let Some(after) = after {
        query = query.filter(m::id.lt(after));
    }
    Ok(query.load(db)?)
}

pub(super) fn set_sent(tx: &mut Tx<'_>, id: MailId) -> Result<(), AppError> {
    diesel::update(m::table.find(id))
        .set((
            m::state.eq(MailState::Sent),
            m::sent_at.eq(tx.now),
            m::text_body.eq(""),
            m::html_body.eq(""),
            m::last_error.eq(None::<String>),
        ))
        .execute(tx.db)?;
    Ok(())
}

pub(super) fn set_state(tx: &mut Tx<'_>, id: MailId, state: MailState, error: Option<&str>) -> Result<(), AppError> {
    diesel::update(m::table.find(id)).set((m::state.eq(state), m::last_error.eq(error))).execute(tx.db)?;
    Ok(())
}

/// Empties what was kept for a week, since its links have ended, and forgets mails after 90 days.
pub(super) fn tidy(tx: &mut Tx<'_>) -> Result<(), AppError> {
    diesel::update(m::table.filter(m::text_body.ne("")).filter(m::created_at.lt(tx.now.minus(Duration::days(7)))))
        .set((m::text_body.eq(""), m::html_body.eq("")))
        .execute(tx.db)?;
    diesel::delete(m::table.filter(m::created_at.lt(tx.now.minus(Duration::days(90))))).execute(tx.db)?;
    Ok(())
}
