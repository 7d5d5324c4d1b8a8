//! What identity asks to be mailed, as jobs: `notifications` writes and sends the mails. The path of
//! a one-time link is sealed, so that no token stands in the jobs table in clear.

use serde::{Deserialize, Serialize};

use crate::app::Keys;
use crate::db::{MailId, MemberId};
use crate::error::AppError;
use crate::jobs::Job;

/// A path with a one-time token, sealed for its way through the queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealedPath(String);

const PURPOSE: &str = "mailed path";

impl SealedPath {
    /// # Errors
    /// Internal only.
    pub fn seal(keys: &Keys, path: &str) -> Result<Self, AppError> {
        keys.seal(PURPOSE, path).map(Self)
    }
    /// None when it was sealed with a key that is gone.
    pub fn open(&self, keys: &Keys) -> Option<String> {
        keys.open(PURPOSE, &self.0)
    }
}

/// A colleague is invited: the link leads to the page where they choose a password.
#[derive(Debug, Serialize, Deserialize)]
pub struct InviteMail {
    /// The mail's id, chosen here, so that a repeated job writes no second mail.
    pub mail: MailId,
    pub member: MemberId,
    /// Who invites, for the greeting.
    pub by: String,
    pub path: SealedPath,
}

impl Job for InviteMail {
    const NAME: &'static str = "mail.invite";
}

/// A member has forgotten the password: the link leads to the page where they choose a new one.
#[derive(Debug, Serialize, Deserialize)]
pub struct ResetMail {
    pub mail: MailId,
    pub member: MemberId,
    pub path: SealedPath,
}

impl Job for ResetMail {
    const NAME: &'static str = "mail.reset";
}

/// A member's password was changed: they hear of it, whoever did it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PasswordChangedMail {
    pub mail: MailId,
    pub member: MemberId,
}

impl Job for PasswordChangedMail {
    const NAME: &'static str = "mail.password_changed";
}

/// The department or region of members was set: `audiences` keeps the groups of these names in step.
#[derive(Debug, Serialize, Deserialize)]
pub struct MembersPlaced {
    pub members: Vec<MemberId>,
}

impl Job for MembersPlaced {
    const NAME: &'static str = "members.placed";
}
