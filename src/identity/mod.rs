//! Who people are: members, their roles, sign-in, sessions, invitations, API tokens.
//!
//! Owns `members`, `member_roles`, `sessions`, `one_time_links`, `api_tokens`, `refresh_tokens`,
//! `signing_keys`, `member_imports` and `settings`. The session or token of a request is resolved
//! once, in [`identify`]; handlers name what they need in their signature ([`SignedIn`],
//! [`Curator`], … for pages, [`Api`] with a permission for JSON).

mod api;
mod credentials;
mod email;
mod guard;
mod import;
mod jwt;
mod mails;
mod member;
mod members;
mod nav;
mod one_time;
mod pages;
mod password;
mod profile;
mod queries;
mod role;
mod session;
pub mod settings;
mod sign_in;
mod tokens;

pub use credentials::{send_invitation, send_reset};
pub use email::Email;
pub use guard::{Admin, Api, Approver, Caller, Curator, Hr, MarketingOrHr, SignedIn, cookie_name, identify, initials, permission};
pub use mails::{InviteMail, MembersPlaced, PasswordChangedMail, ResetMail, SealedPath};
pub use member::{Member, MemberStatus, NewMember, PersonName, by_email, create, find, set_password, set_roles};
pub use members::{GroupName, MemberDetail, MemberFilter, MemberRow, disable, enable, invite, like_pattern, list as list_members};
pub use one_time::{LinkKind, issue as issue_one_time_link, open as open_one_time_link, use_up as use_up_one_time_link};
pub use password::Password;
pub use role::Role;
pub use session::{COOKIE, Session, end as end_session, end_all as end_all_sessions, start as start_session};
pub use sign_in::set_up_link;
pub use tokens::{Scope, create_personal_token};

/// Whose session a token hash opens.
///
/// # Errors
/// The database's.
pub fn member_of_session(
    db: &mut crate::db::Db,
    token_hash: &str,
    now: crate::db::Ts,
) -> Result<Option<crate::db::MemberId>, crate::error::AppError> {
    Ok(queries::session(db, token_hash, now)?.map(|(_, _, member)| member.id))
}

use actix_web::web::ServiceConfig;
use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::db::Actor;
use crate::jobs::{Job, Registry};
use crate::web::forget_old_keys;

/// The HTML pages of the slice.
pub fn pages(config: &mut ServiceConfig) {
    sign_in::pages(config);
    pages::routes(config);
}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    api::routes(config);
}

/// The daily tidying of what has run out.
#[derive(Serialize, Deserialize)]
struct Tidy {}

impl Job for Tidy {
    const NAME: &'static str = "identity.tidy";
}

/// The jobs that the slice runs.
pub fn jobs(registry: &mut Registry) {
    registry.on::<credentials::PasswordForgotten, _, _>(|app, job| async move {
        let shared = app.clone();
        Ok(app.write(Actor::system("forgotten password"), move |tx| credentials::forgotten(tx, &shared.keys, &job.email)).await?)
    });
    registry.on::<import::InviteImported, _, _>(|app, job| async move {
        let shared = app.clone();
        Ok(app.write(Actor::system("import"), move |tx| import::invite_imported(tx, &shared.keys, &job)).await?)
    });
    registry.on::<Tidy, _, _>(|app, _| async move {
        Ok(app
            .write(Actor::system("tidying"), |tx| {
                import::tidy(tx)?;
                session::tidy(tx)?;
                one_time::tidy(tx)?;
                tokens::tidy(tx)?;
                forget_old_keys(tx)
            })
            .await?)
    });
    registry.every::<Tidy>(Duration::days(1), || Tidy {});
}
