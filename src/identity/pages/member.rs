//! One member, for administrators.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::members::{self, GroupName, MemberDetail};
use super::super::profile;
use super::super::{Admin, Caller, MemberStatus, Role, credentials, find, guard, set_roles};
use super::account::changes;
use super::parts::{Badge, Choice, Link, PersonFields, PersonForm, Question, SelectOption, Typed, link, role_choices, status_badge};
use crate::app::App;
use crate::audit;
use crate::db::schema::{group_members, groups};
use crate::db::{Actor, Db, GroupId, MemberId, Tx};
use crate::error::{AppError, FieldError};
use crate::web::{Flash, Form, FormErrors, Html, IfMatch, When, redirect};

#[derive(Serialize)]
struct MemberPage {
    id: String,
    path: String,
    disable: String,
    back: Link,
    name: String,
    initials: String,
    status: Badge,
    invited: bool,
    active: bool,
    disabled: bool,
    own: bool,
    no_mail: bool,
    version: i64,
    created: When,
    enrolled: Option<When>,
    errors: Vec<FieldError>,
    email: Typed,
    person: PersonFields,
    started_on: Typed,
    roles: Vec<Choice>,
    roles_error: Option<String>,
    groups: Vec<InGroup>,
    other_groups: Vec<SelectOption>,
    history: Vec<Event>,
}

#[derive(Serialize)]
struct InGroup {
    name: String,
    href: String,
    /// Where leaving it posts; none for a department or region.
    remove: Option<String>,
}

#[derive(Serialize)]
struct Event {
    icon: &'static str,
    kind: &'static str,
    title: String,
    when: When,
    who: Option<String>,
    text: Option<String>,
}

/// What went into the audit log about a member, in words.
fn event_title(action: &str) -> (&'static str, &'static str, &'static str) {
    match action {
        "member.created" => ("plus", "info", "Was added"),
        "member.invited" => ("send", "info", "Was invited"),
        "member.changed" => ("edit", "plain", "Profile was changed"),
        "member.roles_set" => ("shield", "info", "Roles were set"),
        "member.disabled" => ("lock", "bad", "Was disabled"),
        "member.enabled" => ("check", "good", "Was enabled"),
        "member.password_set" => ("key", "plain", "Password was set"),
        "member.reset_sent" => ("send", "plain", "A link for a new password was sent"),
        "access_token.issued" => ("key", "plain", "Signed in through the API"),
        "session.started" => ("user", "plain", "Signed in"),
        "session.ended" | "sessions.ended" => ("logout", "plain", "Signed out"),
        _ => ("dot", "plain", ""),
    }
}

struct Known {
    detail: MemberDetail,
    kinds: Vec<(GroupId, String)>,
    others: Vec<GroupName>,
    history: Vec<audit::Entry>,
}

fn load(db: &mut Db, id: MemberId) -> Result<Known, AppError> {
    let detail = members::detail(db, id)?;
    let in_them = group_members::table.filter(group_members::member_id.eq(id)).select(group_members::group_id);
    let kinds = groups::table.filter(groups::id.eq_any(in_them)).select((groups::id, groups::kind)).load(db)?;
    let mine: Vec<GroupId> = detail.groups.iter().map(|g| g.id).collect();
    let by_hand = groups::table.filter(groups::kind.eq("other")).order(groups::name.asc()).select((groups::id, groups::name));
    let others: Vec<GroupName> = by_hand.load(db)?;
    let others = others.into_iter().filter(|g| !mine.contains(&g.id)).collect();
    let history = audit::newest(db, Some(&id.to_string()), None, 12)?;
    Ok(Known { detail, kinds, others, history })
}

/// What was typed and refused, if anything was.
#[derive(Default)]
struct Refused {
    typed: Option<MemberForm>,
    errors: FormErrors,
    roles: Option<String>,
}

async fn draw(app: &App, request: &HttpRequest, caller: &Caller, id: MemberId, refused: Refused) -> Result<HttpResponse, AppError> {
    let known = app.read(move |db| load(db, id)).await?;
    let ok = refused.errors.is_empty() && refused.roles.is_none();
    let page = page(app, caller, known, refused);
    let title = page.name.clone();
    let status = if ok { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Html::new(app, request, "identity/member", &title).status(status).render(&page)
}

fn page(app: &App, caller: &Caller, known: Known, refused: Refused) -> MemberPage {
    let (member, errors) = (&known.detail.member, &refused.errors);
    let path = format!("/members/{}", member.id);
    let shown = caller.shown(app.now());
    let typed = refused.typed.unwrap_or_else(|| MemberForm::of(&known.detail));
    let by_hand = |id: &GroupId| known.kinds.iter().any(|(g, kind)| g == id && kind == "other");
    let in_group = |g: &GroupName| InGroup {
        name: g.name.clone(),
        href: format!("/groups/{}", g.id),
        remove: by_hand(&g.id).then(|| format!("/groups/{}/members/{}/remove", g.id, member.id)),
    };
    let event = |e: &audit::Entry| {
        let (icon, kind, title) = event_title(&e.action);
        let title = if title.is_empty() { e.action.clone() } else { title.to_owned() };
        Event { icon, kind, title, when: shown.when(e.at), who: Some(e.actor.clone()), text: None }
    };
    MemberPage {
        id: member.id.to_string(),
        disable: format!("{path}/disable"),
        back: link("/members", "Members"),
        name: member.name.clone(),
        initials: guard::initials(&member.name),
        status: status_badge(member.status),
        invited: member.status == MemberStatus::Invited,
        active: member.status == MemberStatus::Active,
        disabled: member.status == MemberStatus::Disabled,
        own: member.id == caller.id,
        no_mail: app.config.mail.smtp.is_none(),
        version: member.version,
        created: shown.when(member.created_at),
        enrolled: member.enrolled_at.map(|at| shown.when(at)),
        errors: errors.list().to_vec(),
        email: Typed::new("email", &typed.email, errors),
        person: typed.person().fields(errors),
        started_on: Typed::new("started_on", &typed.started_on, errors),
        roles: role_choices(&known.detail.roles),
        roles_error: refused.roles,
        groups: known.detail.groups.iter().map(in_group).collect(),
        other_groups: known
            .others
            .iter()
            .map(|g| SelectOption { value: g.id.to_string(), label: g.name.clone(), selected: false })
            .collect(),
        history: known.history.iter().map(event).collect(),
        path,
    }
}

async fn show(app: Data<App>, request: HttpRequest, caller: Admin, id: Path<MemberId>) -> Result<HttpResponse, AppError> {
    draw(&app, &request, &caller, id.into_inner(), Refused::default()).await
}

#[derive(Deserialize, Default, Clone)]
struct MemberForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    department: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    started_on: String,
    version: Option<String>,
}

impl MemberForm {
    fn of(known: &MemberDetail) -> Self {
        let person = PersonForm::of(&known.member);
        Self {
            email: known.member.email.clone(),
            name: person.name,
            title: person.title,
            department: person.department,
            region: person.region,
            country: person.country,
            language: person.language,
            time_zone: person.time_zone,
            started_on: known.member.started_on.map(|d| d.to_string()).unwrap_or_default(),
            version: None,
        }
    }
    fn person(&self) -> PersonForm {
        PersonForm {
            name: self.name.clone(),
            title: self.title.clone(),
            department: self.department.clone(),
            region: self.region.clone(),
            country: self.country.clone(),
            language: self.language.clone(),
            time_zone: self.time_zone.clone(),
        }
    }
}

async fn save(
    app: Data<App>,
    request: HttpRequest,
    caller: Admin,
    id: Path<MemberId>,
    form: Form<MemberForm>,
) -> Result<HttpResponse, AppError> {
    let (id, Form(form)) = (id.into_inner(), form);
    let mut wanted = changes(&form.person());
    wanted.email = Some(form.email.clone());
    wanted.started_on = Some(Some(form.started_on.clone()));
    let read = IfMatch(form.version.as_deref().and_then(|v| v.parse().ok()));
    let errors = match app.write(caller.actor(), move |tx| profile::change(tx, id, read, &wanted)).await {
        Ok(member) => return Ok(redirect(&app, &format!("/members/{id}"), Some(&Flash::good(format!("{} is saved.", member.name))))),
        Err(AppError::Invalid(fields)) => FormErrors::from(fields),
        Err(AppError::Conflict { code, message }) => {
            let field = if code == "email_taken" { "email" } else { "" };
            FormErrors::from(vec![FieldError { field: field.into(), message }])
        }
        Err(error) => return Err(error),
    };
    draw(&app, &request, &caller, id, Refused { typed: Some(form), errors, roles: None }).await
}

#[derive(Deserialize)]
struct RolesForm {
    #[serde(default)]
    role: Vec<Role>,
}

async fn roles(
    app: Data<App>,
    request: HttpRequest,
    caller: Admin,
    id: Path<MemberId>,
    form: Form<RolesForm>,
) -> Result<HttpResponse, AppError> {
    let (id, roles) = (id.into_inner(), form.0.role);
    let refused = if roles.is_empty() {
        "Tick at least one role. To take all access away, disable the member.".to_owned()
    } else {
        match app.write(caller.actor(), move |tx| set_roles(tx, id, &roles)).await {
            Ok(()) => return Ok(redirect(&app, &format!("/members/{id}"), Some(&Flash::good("The roles are set.")))),
            Err(AppError::Conflict { message, .. }) => message,
            Err(error) => return Err(error),
        }
    };
    draw(&app, &request, &caller, id, Refused { roles: Some(refused), ..Refused::default() }).await
}

#[derive(Deserialize)]
struct Nothing {}

/// Runs one act on a member and leads back to their page, with what was done or why not.
async fn act(
    app: &App,
    actor: Actor,
    id: MemberId,
    said: Flash,
    work: impl FnOnce(&mut Tx<'_>) -> Result<(), AppError> + Send + 'static,
) -> Result<HttpResponse, AppError> {
    let said = match app.write(actor, work).await {
        Ok(()) => said,
        Err(AppError::Conflict { message, .. }) => Flash::bad(message),
        Err(error) => return Err(error),
    };
    Ok(redirect(app, &format!("/members/{id}"), Some(&said)))
}

async fn invite(app: Data<App>, caller: Admin, id: Path<MemberId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let (id, shared) = (id.into_inner(), app.clone());
    let said = Flash::good("A fresh invitation is on its way. The link in the earlier mail no longer works.");
    act(&app, caller.actor(), id, said, move |tx| credentials::send_invitation(tx, &shared.keys, id)).await
}

async fn send_reset(app: Data<App>, caller: Admin, id: Path<MemberId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let (id, shared) = (id.into_inner(), app.clone());
    let said = Flash::good("A link to choose a new password is on its way. It holds for an hour.");
    act(&app, caller.actor(), id, said, move |tx| credentials::send_reset(tx, &shared.keys, id)).await
}

async fn disable(app: Data<App>, caller: Admin, id: Path<MemberId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let said = Flash::good("The member is disabled and signed out everywhere.").with_undo(format!("/members/{id}/enable"), "Enable again");
    act(&app, caller.actor(), id, said, move |tx| members::disable(tx, id)).await
}

async fn enable(app: Data<App>, caller: Admin, id: Path<MemberId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    act(&app, caller.actor(), id, Flash::good("The member can sign in again."), move |tx| members::enable(tx, id)).await
}

/// The question before disabling, for browsers without scripts.
async fn ask_disable(app: Data<App>, request: HttpRequest, _caller: Admin, id: Path<MemberId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let member = app.read(move |db| find(db, id)).await?;
    let page = Question {
        title: format!("Disable {}?", member.name),
        text: "They are signed out everywhere at once, and their tokens end. What they shared stays, and so do their points.".into(),
        action: format!("/members/{id}/disable"),
        confirm: "Disable".into(),
        back: format!("/members/{id}"),
    };
    Html::new(&app, &request, "identity/question", "Disable a member").render(&page)
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/members/{id}").route(get().to(show)).route(post().to(save)))
        .route("/members/{id}/roles", post().to(roles))
        .route("/members/{id}/invite", post().to(invite))
        .route("/members/{id}/reset-password", post().to(send_reset))
        .service(resource("/members/{id}/disable").route(get().to(ask_disable)).route(post().to(disable)))
        .route("/members/{id}/enable", post().to(enable));
}
