//! The list of members, one new member, and many invitations at once.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::api::NewMemberBody;
use super::super::members::{self, GroupName, MemberFilter, MemberRow};
use super::super::{Admin, MemberStatus, Role, guard};
use super::parts::{Badge, Choice, Link, PersonFields, PersonForm, SelectOption, Typed, link, role_choices, status_badge};
use crate::app::App;
use crate::db::schema::groups;
use crate::db::{Db, MemberId};
use crate::error::{AppError, FieldError};
use crate::web::{Flash, Form, FormErrors, Html, Page, redirect};

/// Members on one page.
const PER_PAGE: i64 = 50;

#[derive(Serialize)]
struct ListPage {
    lead: String,
    action: Link,
    no_mail: bool,
    q: String,
    roles: Vec<SelectOption>,
    statuses: Vec<SelectOption>,
    groups: Vec<SelectOption>,
    filtered: bool,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Row {
    href: String,
    name: String,
    initials: String,
    email: String,
    title: Option<String>,
    place: String,
    roles: Vec<&'static str>,
    status: Badge,
}

/// What stands in the address; unknown words narrow nothing.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    group: String,
    after: Option<String>,
}

impl Asked {
    fn filter(&self) -> MemberFilter {
        MemberFilter {
            q: Some(self.q.clone()).filter(|q| !q.trim().is_empty()),
            role: self.role.parse().ok(),
            status: self.status.parse().ok(),
            group: self.group.parse().ok(),
        }
    }
    fn address(&self, after: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("role", &self.role), ("status", &self.status), ("group", &self.group)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        format!("/members?{}", query.finish())
    }
}

fn row(found: &MemberRow) -> Row {
    let member = &found.member;
    Row {
        href: format!("/members/{}", member.id),
        initials: guard::initials(&member.name),
        name: member.name.clone(),
        email: member.email.clone(),
        title: member.title.clone(),
        place: [member.department.as_deref(), member.region.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", "),
        roles: found.roles.iter().map(|r| r.label()).collect(),
        status: status_badge(member.status),
    }
}

pub(super) fn all_groups(db: &mut Db) -> Result<Vec<GroupName>, AppError> {
    Ok(groups::table.order(groups::name.asc()).select((groups::id, groups::name)).load(db)?)
}

fn lead(counts: &std::collections::HashMap<MemberStatus, i64>) -> String {
    let of = |status| counts.get(&status).copied().unwrap_or(0);
    let (active, invited, disabled) = (of(MemberStatus::Active), of(MemberStatus::Invited), of(MemberStatus::Disabled));
    let mut text = format!("{active} active, {invited} invited");
    if disabled > 0 {
        text.push_str(&format!(", {disabled} disabled"));
    }
    text
}

async fn show(app: Data<App>, request: HttpRequest, _caller: Admin, asked: Query<Asked>) -> Result<HttpResponse, AppError> {
    let filter = asked.filter();
    let after = asked.after.as_deref().and_then(|a| a.parse::<MemberId>().ok());
    let (rows, groups, counts) = app
        .read(move |db| {
            let known = after.filter(|id| super::super::find(db, *id).is_ok());
            Ok((members::list(db, &filter, known, PER_PAGE)?, all_groups(db)?, members::counts(db)?))
        })
        .await?;
    let found = Page::of(rows, PER_PAGE, |row| row.member.id.to_string());
    let option =
        |value: &str, label: &str, chosen: &str| SelectOption { value: value.into(), label: label.into(), selected: value == chosen };
    let page = ListPage {
        lead: lead(&counts),
        action: Link { icon: Some("plus"), ..link("/members/invite", "Invite colleagues") },
        no_mail: app.config.mail.smtp.is_none(),
        q: asked.q.clone(),
        roles: Role::ALL.iter().map(|r| option(r.as_str(), r.label(), &asked.role)).collect(),
        statuses: MemberStatus::ALL.iter().map(|s| option(s.as_str(), status_badge(*s).label, &asked.status)).collect(),
        groups: groups.iter().map(|g| option(&g.id.to_string(), &g.name, &asked.group)).collect(),
        filtered: asked.address(None) != "/members?",
        rows: found.items.iter().map(row).collect(),
        first: asked.after.as_ref().map(|_| asked.address(None)),
        next: found.next.as_deref().map(|next| asked.address(Some(next))),
    };
    Html::new(&app, &request, "identity/members", "Members").render(&page)
}

#[derive(Serialize)]
struct NewPage {
    errors: Vec<FieldError>,
    email: Typed,
    person: PersonFields,
    started_on: Typed,
    roles: Vec<Choice>,
    back: Link,
}

#[derive(Deserialize, Default)]
struct NewForm {
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
    #[serde(default)]
    role: Vec<Role>,
}

impl NewForm {
    fn body(&self) -> NewMemberBody {
        NewMemberBody {
            email: self.email.clone(),
            name: self.name.clone(),
            roles: self.role.clone(),
            department: Some(self.department.clone()),
            region: Some(self.region.clone()),
            title: Some(self.title.clone()),
            country: Some(self.country.clone()),
            language: Some(self.language.clone()),
            time_zone: Some(self.time_zone.clone()),
            started_on: Some(self.started_on.clone()),
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

fn new_page(app: &App, request: &HttpRequest, form: &NewForm, errors: &FormErrors) -> Result<HttpResponse, AppError> {
    let page = NewPage {
        errors: errors.list().to_vec(),
        email: Typed::new("email", &form.email, errors),
        person: form.person().fields(errors),
        started_on: Typed::new("started_on", &form.started_on, errors),
        roles: role_choices(if form.role.is_empty() { &[Role::Advocate] } else { &form.role }),
        back: link("/members", "Members"),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Html::new(app, request, "identity/member_new", "New member").status(status).render(&page)
}

async fn show_new(app: Data<App>, request: HttpRequest, _caller: Admin) -> Result<HttpResponse, AppError> {
    new_page(&app, &request, &NewForm::default(), &FormErrors::default())
}

async fn submit_new(app: Data<App>, request: HttpRequest, caller: Admin, form: Form<NewForm>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let new = match form.body().checked() {
        Ok(new) => new,
        Err(AppError::Invalid(fields)) => return new_page(&app, &request, &form, &FormErrors::from(fields)),
        Err(error) => return Err(error),
    };
    let shared = app.clone();
    match app.write(caller.actor(), move |tx| members::invite(tx, &shared.keys, &new)).await {
        Ok(id) => {
            let said = format!("{} is invited. The link in the mail holds for seven days.", form.name.trim());
            Ok(redirect(&app, &format!("/members/{id}"), Some(&Flash::good(said))))
        }
        Err(AppError::Conflict { message, .. }) => {
            let errors = FormErrors::from(vec![FieldError { field: "email".into(), message }]);
            new_page(&app, &request, &form, &errors)
        }
        Err(error) => Err(error),
    }
}

#[derive(Serialize)]
struct InvitePage {
    errors: Vec<FieldError>,
    emails: Typed,
    roles: Vec<Choice>,
    done: Option<members::Invited>,
    no_mail: bool,
    back: Link,
}

#[derive(Deserialize, Default)]
struct InviteForm {
    #[serde(default)]
    emails: String,
    #[serde(default)]
    role: Vec<Role>,
}

fn invite_page(
    app: &App,
    request: &HttpRequest,
    form: &InviteForm,
    error: Option<String>,
    done: Option<members::Invited>,
) -> Result<HttpResponse, AppError> {
    let errors: Vec<FieldError> = error.iter().map(|m| FieldError { field: "emails".into(), message: m.clone() }).collect();
    let status = if error.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = InvitePage {
        errors,
        emails: Typed { value: form.emails.clone(), error },
        roles: role_choices(if form.role.is_empty() { &[Role::Advocate] } else { &form.role }),
        done,
        no_mail: app.config.mail.smtp.is_none(),
        back: link("/members", "Members"),
    };
    Html::new(app, request, "identity/members_invite", "Invite colleagues").status(status).render(&page)
}

async fn show_invite(app: Data<App>, request: HttpRequest, _caller: Admin) -> Result<HttpResponse, AppError> {
    invite_page(&app, &request, &InviteForm::default(), None, None)
}

async fn submit_invite(app: Data<App>, request: HttpRequest, caller: Admin, form: Form<InviteForm>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let separators = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>');
    let emails: Vec<String> = form.emails.split(separators).filter(|w| w.contains('@')).map(str::to_owned).collect();
    if !(1..=200).contains(&emails.len()) {
        let why = "Enter 1 to 200 e-mail addresses, one on each line. For more, import a CSV file.";
        return invite_page(&app, &request, &form, Some(why.into()), None);
    }
    let roles = if form.role.is_empty() { vec![Role::Advocate] } else { form.role.clone() };
    let shared = app.clone();
    let done = app.write(caller.actor(), move |tx| members::invite_all(tx, &shared.keys, &emails, &roles)).await?;
    invite_page(&app, &request, &InviteForm::default(), None, Some(done))
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/members").route(get().to(show)))
        .service(resource("/members/new").route(get().to(show_new)).route(post().to(submit_new)))
        .service(resource("/members/invite").route(get().to(show_invite)).route(post().to(submit_invite)));
}
