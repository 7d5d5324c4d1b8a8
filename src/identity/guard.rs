use std::collections::BTreeSet;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError};
use chrono_tz::Tz;

use super::tokens::{self, Scope};
use super::{Member, Role, jwt, nav, queries, session};
use crate::app::{App, token_hash};
use crate::db::{Actor, MemberId, SessionId, Ts};
use crate::error::AppError;
use crate::web::{Csrf, Shown, Viewer};

/// Who sent this request, resolved once.
#[derive(Debug, Clone)]
pub struct Caller {
    pub id: MemberId,
    pub name: String,
    pub email: String,
    pub roles: Vec<Role>,
    pub zone: Tz,
    pub language: String,
    pub country: Option<String>,
    via: Via,
}

#[derive(Debug, Clone)]
enum Via {
    Session(SessionId),
    Token(BTreeSet<Scope>),
}

impl Caller {
    fn new(member: Member, roles: Vec<Role>, via: Via) -> Self {
        Self {
            id: member.id,
            zone: member.zone(),
            name: member.name,
            email: member.email,
            language: member.language,
            country: member.country,
            roles,
            via,
        }
    }
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
    /// For [`App::write`]: who acts, with the name for the audit log.
    pub fn actor(&self) -> Actor {
        Actor::member(self.id, &self.name)
    }
    pub fn session(&self) -> Option<SessionId> {
        if let Via::Session(id) = self.via { Some(id) } else { None }
    }
    /// How values are shown to this person.
    pub fn shown(&self, now: Ts) -> Shown {
        Shown { zone: self.zone, now }
    }
    /// What a token is limited to; None for a session, which may do all that its member may.
    pub fn scopes(&self) -> Option<&BTreeSet<Scope>> {
        if let Via::Token(scopes) = &self.via { Some(scopes) } else { None }
    }
    /// A session may do what its member may; a token only what its scopes name.
    fn may(&self, scope: Scope) -> bool {
        match &self.via {
            Via::Session(_) => true,
            Via::Token(scopes) => scopes.contains(&scope),
        }
    }
}

/// Resolves the session cookie or bearer token before any body is read, and asks browsers' changing
/// API calls for the CSRF header (forms carry it as a field).
pub async fn identify<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    match resolve(&request).await {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(error) => Ok(request.into_response(error.error_response()).map_into_right_body()),
    }
}

async fn resolve(request: &ServiceRequest) -> Result<(), AppError> {
    let Some(app) = request.app_data::<Data<App>>().cloned() else { return Ok(()) };
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "))
        .map(str::to_owned);
    if let Some(token) = bearer {
        let caller = by_token(&app, token).await?.ok_or(AppError::Unauthenticated)?;
        app.limits.api(&caller.id.to_string())?;
        request.extensions_mut().insert(caller);
        return Ok(());
    }
    let Some(token) = request.cookie(cookie_name(&app)).map(|c| c.value().to_owned()) else { return Ok(()) };
    let Some((caller, waiting)) = by_session(&app, &token).await? else { return Ok(()) };
    let csrf = Csrf::of_session(&app.keys, &token);
    let changing = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changing && request.path().starts_with("/api/") {
        csrf.check(request.headers().get("x-csrf-token").and_then(|v| v.to_str().ok()).unwrap_or_default())?;
    }
    let viewer = Viewer {
        name: caller.name.clone(),
        email: caller.email.clone(),
        initials: initials(&caller.name),
        roles: caller.roles.iter().map(|r| r.label().to_owned()).collect(),
        nav: nav::of(&caller.roles, waiting),
        zone: caller.zone,
    };
    let mut extensions = request.extensions_mut();
    extensions.insert(viewer);
    extensions.insert(csrf);
    extensions.insert(caller);
    Ok(())
}

/// The session cookie's name: with the `__Host-` prefix where the deployment speaks https.
pub fn cookie_name(app: &App) -> &'static str {
    if app.config.is_https() { "__Host-herald_session" } else { session::COOKIE }
}

async fn by_session(app: &Data<App>, token: &str) -> Result<Option<(Caller, i64)>, AppError> {
    let (hash, now) = (token_hash(token), app.now());
    let found = app
        .read(move |db| {
            let Some((id, seen, member)) = queries::session(db, &hash, now)? else { return Ok(None) };
            let roles = queries::roles(db, member.id)?;
            let waiting = if roles.contains(&Role::Approver) { queries::waiting_revisions(db, member.id)? } else { 0 };
            Ok(Some((id, seen, Caller::new(member, roles, Via::Session(id)), waiting)))
        })
        .await?;
    let Some((id, seen, caller, waiting)) = found else { return Ok(None) };
    if now.since(seen) > chrono::Duration::minutes(5) {
        app.write(caller.actor(), move |tx| session::seen(tx, id)).await?;
    }
    Ok(Some((caller, waiting)))
}

async fn by_token(app: &Data<App>, token: String) -> Result<Option<Caller>, AppError> {
    let (shared, now) = (app.clone(), app.now());
    if !token.starts_with("hpat_") {
        return app
            .read(move |db| {
                let issuer = shared.config.base_url.as_str();
                let found = jwt::verify(db, &shared.keys, issuer, &token, now)?;
                Ok(found.map(|(member, roles, scopes)| Caller::new(member, roles, Via::Token(scopes))))
            })
            .await;
    }
    let Some(found) = app.read(move |db| tokens::personal(db, &token, now)).await? else { return Ok(None) };
    let caller = Caller::new(found.member, found.roles, Via::Token(found.scopes));
    if found.last_used_at.is_none_or(|at| now.since(at) > chrono::Duration::minutes(5)) {
        app.write(caller.actor(), move |tx| tokens::used(tx, found.id)).await?;
    }
    Ok(Some(caller))
}

/// The first letters of the first and the last name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|w| w.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

fn caller_of(request: &HttpRequest) -> Result<Caller, AppError> {
    request.extensions().get::<Caller>().cloned().ok_or(AppError::Unauthenticated)
}

fn with_role(request: &HttpRequest, roles: &[Role]) -> Result<Caller, AppError> {
    let caller = caller_of(request)?;
    if roles.is_empty() || roles.iter().any(|r| caller.has(*r)) {
        return Ok(caller);
    }
    let names = roles.iter().map(|r| r.label()).collect::<Vec<_>>().join(" or ");
    Err(AppError::Forbidden(format!("This needs the role {names}. Ask an administrator.")))
}

macro_rules! page_guards {
    ($($(#[$meta:meta])* $name:ident = [$($role:ident),*]),+ $(,)?) => {$(
        $(#[$meta])*
        pub struct $name(pub Caller);
        impl Deref for $name {
            type Target = Caller;
            fn deref(&self) -> &Caller { &self.0 }
        }
        impl FromRequest for $name {
            type Error = AppError;
            type Future = Ready<Result<Self, AppError>>;
            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let caller = with_role(request, &[$(Role::$role),*]);
                ready(caller.and_then(|c| match c.via {
                    Via::Session(_) => Ok(Self(c)),
                    Via::Token(_) => Err(AppError::Forbidden("Pages need a session; tokens are for the API.".into())),
                }))
            }
        }
    )+};
}

page_guards! {
    /// A page for everybody with an account.
    SignedIn = [],
    Curator = [Curator],
    Approver = [Approver],
    Hr = [Hr],
    Admin = [Admin],
    /// Reports that marketing and HR both read.
    MarketingOrHr = [Curator, Hr],
}

/// What an API handler asks for: a scope of the token and a role of the member.
pub trait Permission {
    const SCOPE: Scope;
    /// Any of them; empty means everybody.
    const ROLES: &'static [Role];
}

/// The caller of a JSON endpoint who holds the permission `P`.
pub struct Api<P>(pub Caller, PhantomData<P>);

impl<P> Deref for Api<P> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<P: Permission> FromRequest for Api<P> {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(with_role(request, P::ROLES).and_then(|caller| {
            if caller.may(P::SCOPE) {
                return Ok(Self(caller, PhantomData));
            }
            Err(AppError::Forbidden(format!("This token lacks the scope {}.", P::SCOPE)))
        }))
    }
}

/// The permissions of the API, named as `scope`, each with the roles that hold it.
pub mod permission {
    use super::{Permission, Role, Scope};

    macro_rules! permissions {
        ($($name:ident = $scope:ident [$($role:ident),*]),+ $(,)?) => {$(
            pub struct $name;
            impl Permission for $name {
                const SCOPE: Scope = Scope::$scope;
                const ROLES: &'static [Role] = &[$(Role::$role),*];
            }
        )+};
    }
    permissions! {
        ProfileRead = ProfileRead [],
        ProfileWrite = ProfileWrite [],
        LibraryRead = LibraryRead [],
        LibraryCurate = LibraryWrite [Curator],
        LibraryReview = LibraryRead [Curator, Approver],
        LibraryApprove = LibraryApprove [Approver],
        SharesRead = SharesRead [],
        SharesWrite = SharesWrite [],
        HrReports = ReportsRead [Hr],
        ContentReports = ReportsRead [Curator, Hr],
        GroupsRead = MembersRead [Curator, Hr, Admin],
        MembersRead = MembersRead [Admin],
        MembersWrite = MembersWrite [Admin],
        AdminRead = AdminRead [Admin],
        AdminWrite = AdminWrite [Admin],
    }
}
