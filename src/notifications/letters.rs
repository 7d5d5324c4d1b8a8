//! The words of each mail.

use std::sync::Arc;

use super::letter::{Button, Letter};
use super::mails;
use crate::app::App;
use crate::db::{Actor, MailId, MemberId};
use crate::error::AppError;
use crate::identity::{self, InviteMail, Member, PasswordChangedMail, ResetMail, SealedPath};
use crate::jobs::Failed;

fn address(app: &App, path: &SealedPath) -> Result<String, Failed> {
    let path = path.open(&app.keys).ok_or_else(|| Failed::Dead("the link was sealed with a key that is gone; send it again".into()))?;
    Ok(app.config.address(&path))
}

/// Draws the letter for a member and writes the mail; without the member there is nobody to write to.
async fn post(app: &Arc<App>, id: MailId, member: MemberId, letter: impl FnOnce(&Member) -> Letter) -> Result<(), Failed> {
    let found = match app.read(move |db| identity::find(db, member)).await {
        Ok(found) => found,
        Err(AppError::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let letter = letter(&found);
    let (html, text) = (letter.html(app)?, letter.text(app));
    app.write(Actor::system("mail"), move |tx| mails::insert(tx, id, &found.email, &letter.subject, &text, &html)).await?;
    Ok(())
}

pub async fn invite(app: Arc<App>, job: InviteMail) -> Result<(), Failed> {
    let (address, organisation) = (address(&app, &job.path)?, app.organisation());
    post(&app, job.mail, job.member, |member| {
        let who = if job.by.is_empty() { "You are invited".to_owned() } else { format!("{} invites you", job.by) };
        Letter {
            subject: format!("{who} to {organisation}"),
            heading: format!("Hello {}", member.name),
            paragraphs: vec![
                format!("{who} to {organisation}: good pieces about our work, ready to share with your own network, in your own words."),
                "Choose a password, tell us what interests you, and your feed is ready. It takes two minutes.".into(),
            ],
            button: Some(Button { label: "Accept the invitation".into(), address }),
            after: vec!["The link works once, for seven days. Taking part is up to you: nothing is ever posted without you.".into()],
            footer: "You get this mail because a colleague entered your address.".into(),
        }
    })
    .await
}

pub async fn reset(app: Arc<App>, job: ResetMail) -> Result<(), Failed> {
    let (address, organisation) = (address(&app, &job.path)?, app.organisation());
    post(&app, job.mail, job.member, |member| Letter {
        subject: format!("A new password for {organisation}"),
        heading: format!("Hello {}", member.name),
        paragraphs: vec!["Somebody asked for a new password for your account. If it was you, choose one now.".into()],
        button: Some(Button { label: "Choose a new password".into(), address }),
        after: vec![
            "The link works once, for an hour. Choosing a password signs you out everywhere else.".into(),
            "It was not you? Then ignore this mail: your password stays as it is.".into(),
        ],
        footer: "You get this mail because your address was entered under “Forgot your password?”.".into(),
    })
    .await
}

pub async fn password_changed(app: Arc<App>, job: PasswordChangedMail) -> Result<(), Failed> {
    let (address, organisation) = (app.config.address("/forgot"), app.organisation());
    post(&app, job.mail, job.member, |member| Letter {
        subject: format!("Your password for {organisation} was changed"),
        heading: format!("Hello {}", member.name),
        paragraphs: vec![
            "Your password was just changed, and all other devices are signed out. If it was you, there is nothing to do.".into(),
            "It was not you? Choose a new password at once, and tell your administrator.".into(),
        ],
        button: Some(Button { label: "Choose a new password".into(), address }),
        after: Vec::new(),
        footer: "You get this mail whenever your password changes.".into(),
    })
    .await
}
