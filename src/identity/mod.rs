//! Who people are: members, their roles, sign-in, sessions, invitations, API tokens.
//!
//! Owns `members`, `member_roles`, `sessions`, `one_time_links`, `api_tokens`, `refresh_tokens`,
//! `signing_keys`, `member_imports` and `settings`. The session or token of a request is resolved
//! once, in [`identify`]; handlers name what they need in their signature ([`SignedIn`],
//! [`Curator`], … for pages, [`Api`] with a permission for JSON).

mod email;
mod guard;
mod jwt;
mod member;
mod nav;
mod one_time;
mod password;
mod queries;
mod role;
mod session;
pub mod settings;
mod tokens;

pub use email::Email;
pub use guard::{Admin, Api, Approver, Caller, Curator, Hr, MarketingOrHr, SignedIn, cookie_name, identify, initials, permission};
pub use member::{Member, MemberStatus, NewMember, PersonName, by_email, create, find, set_password, set_roles};
pub use one_time::{LinkKind, issue as issue_one_time_link, open as open_one_time_link, use_up as use_up_one_time_link};
pub use password::Password;
pub use role::Role;
pub use session::{COOKIE, Session, end as end_session, end_all as end_all_sessions, start as start_session};
pub use tokens::{Scope, create_personal_token};
mod sign_in;
pub use sign_in::set_up_link;

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

/// The HTML pages of the slice.
pub fn pages(config: &mut ServiceConfig) {
    sign_in::pages(config);
}

/// The JSON endpoints of the slice, under `/api/v1`.
pub fn api(_config: &mut utoipa_actix_web::service_config::ServiceConfig) {}
