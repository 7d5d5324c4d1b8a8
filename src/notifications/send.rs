use std::sync::Arc;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use super::mails::{self, Mail, MailState, SendMail};
use crate::app::App;
use crate::db::Actor;
use crate::error::AppError;
use crate::jobs::Failed;

/// How long a mail server may take for one mail.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends one mail, or keeps it when there is no mail server. A refusal for good ends the tries, and
/// so does a day without success.
pub async fn send(app: Arc<App>, job: SendMail) -> Result<(), Failed> {
    let id = job.mail;
    let mail = match app.read(move |db| mails::read(db, id)).await {
        Ok(mail) if mail.state == MailState::Sent || mail.text_body.is_empty() => return Ok(()),
        Ok(mail) => mail,
        Err(AppError::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let Some(url) = app.config.mail.smtp.clone() else {
        return Ok(app.write(Actor::system("mail"), move |tx| mails::set_state(tx, id, MailState::Kept, None)).await?);
    };
    match deliver(url.expose_secret(), &app.config.mail.from, &mail, &host(&app)).await {
        Ok(()) => Ok(app.write(Actor::system("mail"), move |tx| mails::set_sent(tx, id)).await?),
        Err(Undelivered { why, for_good }) => {
            let for_good = for_good || app.now().since(mail.created_at) > chrono::Duration::days(1);
            let (state, noted) = (if for_good { MailState::Failed } else { MailState::Queued }, why.clone());
            app.write(Actor::system("mail"), move |tx| mails::set_state(tx, id, state, Some(&noted))).await?;
            Err(if for_good { Failed::Dead(why) } else { Failed::Retry(why) })
        }
    }
}

struct Undelivered {
    why: String,
    for_good: bool,
}

fn host(app: &App) -> String {
    app.config.base_url.host_str().unwrap_or("localhost").to_owned()
}

fn broken(why: impl std::fmt::Display) -> Undelivered {
    Undelivered { why: format!("{why}"), for_good: true }
}

fn message(from: &str, mail: &Mail, host: &str) -> Result<Message, Undelivered> {
    let from: Mailbox = from.parse().map_err(broken)?;
    let to: Mailbox = mail.recipient.parse().map_err(broken)?;
    Message::builder()
        .from(from)
        .to(to)
        .subject(&mail.subject)
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(mail.text_body.clone(), mail.html_body.clone()))
        .map_err(broken)
}

async fn deliver(url: &str, from: &str, mail: &Mail, host: &str) -> Result<(), Undelivered> {
    let message = message(from, mail, host)?;
    let refused = |e: SmtpError| Undelivered { for_good: e.is_permanent(), why: format!("the mail server: {e}") };
    let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
        .map_err(|e| Undelivered { for_good: false, why: format!("HERALD_SMTP_URL cannot be used: {e}") })?
        .timeout(Some(TIMEOUT))
        .build();
    transport.send(message).await.map(|_| ()).map_err(refused)
}

/// `Auto-Submitted: auto-generated` (RFC 3834): absence notes are not sent in return.
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
