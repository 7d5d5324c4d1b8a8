//! What Herald tells people: mail now, chat and webhooks later.
//!
//! Owns `mails`. A mail is a row first and sent by a job, again and again for a day while the mail
//! server does not answer. Once it is sent its bodies are emptied, for they may hold one-time links.
//! Without a mail server a mail is kept for administrators, who can pass the link on. Nothing in a
//! mail acts on GET: links lead to pages with a form.

mod letter;
mod letters;
mod mails;
mod send;

pub use letter::{Button, Letter};
pub use mails::{Mail, MailState, kept, read, write};

use actix_web::web::ServiceConfig;
use chrono::Duration;

use crate::db::Actor;
use crate::identity::{InviteMail, PasswordChangedMail, ResetMail};
use crate::jobs::Registry;

/// The HTML pages of the slice.
pub fn pages(_config: &mut ServiceConfig) {}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(_config: &mut utoipa_actix_web::service_config::ServiceConfig) {}

/// The jobs that the slice runs.
pub fn jobs(registry: &mut Registry) {
    registry.on::<InviteMail, _, _>(letters::invite);
    registry.on::<ResetMail, _, _>(letters::reset);
    registry.on::<PasswordChangedMail, _, _>(letters::password_changed);
    registry.on::<mails::SendMail, _, _>(send::send);
    registry.on::<mails::TidyMails, _, _>(|app, _| async move { Ok(app.write(Actor::system("mail"), mails::tidy).await?) });
    registry.every::<mails::TidyMails>(Duration::days(1), || mails::TidyMails {});
}
