use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::super::groups::{self, Group, GroupKind, GroupRow};
use super::topics::{Back, NamedForm, Typed, refused};
use crate::app::App;
use crate::db::{GroupId, MemberId};
use crate::error::{AppError, FieldError};
use crate::identity::{Admin, Caller, Email, MemberFilter, MemberRow, by_email, initials, list_members};
use crate::web::{Flash, Form, FormErrors, Html, Page, redirect};

/// Rows on one page.
const PER_PAGE: i64 = 50;

#[derive(Serialize)]
struct GroupsPage {
    rows: Vec<Row>,
    errors: Vec<FieldError>,
    name: Typed,
    description: Typed,
    first: Option<String>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Row {
    href: String,
    name: String,
    description: String,
    kind: &'static str,
    members: i64,
}

fn kind_label(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Department => "Department",
        GroupKind::Region => "Region",
        GroupKind::Other => "Made by hand",
    }
}

fn row(found: GroupRow) -> Row {
    Row {
        href: format!("/groups/{}", found.group.id),
        kind: kind_label(found.group.kind),
        name: found.group.name,
        description: found.group.description,
        members: found.members,
    }
}

#[derive(Deserialize, Default)]
struct Asked {
    after: Option<String>,
}

async fn draw(app: &App, request: &HttpRequest, asked: &Asked, form: &NamedForm, errors: &FormErrors) -> Result<HttpResponse, AppError> {
    let after = asked.after.as_deref().and_then(|a| a.parse::<GroupId>().ok());
    let rows = app
        .read(move |db| {
            let known = after.filter(|id| groups::group(db, *id).is_ok());
            groups::list(db, "", known, PER_PAGE)
        })
        .await?;
    let found = Page::of(rows, PER_PAGE, |row| row.group.id.to_string());
    let page = GroupsPage {
        next: found.next.map(|next| format!("/groups?after={next}")),
        first: asked.after.as_ref().map(|_| "/groups".to_owned()),
        rows: found.items.into_iter().map(row).collect(),
        errors: errors.list().to_vec(),
        name: Typed { value: form.name.clone(), error: errors.of("name") },
        description: Typed { value: form.description.clone(), error: errors.of("description") },
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Html::new(app, request, "audiences/groups", "Groups").status(status).render(&page)
}

async fn show(app: Data<App>, request: HttpRequest, _caller: Admin, asked: Query<Asked>) -> Result<HttpResponse, AppError> {
    draw(&app, &request, &asked, &NamedForm::default(), &FormErrors::default()).await
}

async fn create(app: Data<App>, request: HttpRequest, caller: Admin, form: Form<NamedForm>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let (name, about) = (form.name.clone(), form.description.clone());
    match app.write(caller.actor(), move |tx| groups::create_group(tx, &name, GroupKind::Other, &about)).await {
        Ok(id) => Ok(redirect(&app, &format!("/groups/{id}"), Some(&Flash::good("The group is made. Now add its members.")))),
        Err(error) => draw(&app, &request, &Asked::default(), &form, &refused(error)?).await,
    }
}

#[derive(Serialize)]
struct GroupPage {
    back: Back,
    heading: String,
    lead: String,
    kind: &'static str,
    by_hand: bool,
    action: String,
    delete: String,
    add: String,
    size: i64,
    errors: Vec<FieldError>,
    name: Typed,
    description: Typed,
    email: Typed,
    rows: Vec<Person>,
    first: Option<String>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Person {
    name: String,
    initials: String,
    email: String,
    href: String,
    remove: Option<String>,
}

fn person(group: &Group, found: &MemberRow) -> Person {
    let member = &found.member;
    Person {
        name: member.name.clone(),
        initials: initials(&member.name),
        email: member.email.clone(),
        href: format!("/members/{}", member.id),
        remove: (group.kind == GroupKind::Other).then(|| format!("/groups/{}/members/{}/remove", group.id, member.id)),
    }
}

/// What was typed into one of the page's forms and refused.
#[derive(Default)]
struct Refused {
    form: Option<NamedForm>,
    email: String,
    errors: FormErrors,
}

async fn draw_one(app: &App, request: &HttpRequest, id: GroupId, asked: &Asked, refused: Refused) -> Result<HttpResponse, AppError> {
    let after = asked.after.as_deref().and_then(|a| a.parse::<MemberId>().ok());
    let (group, size, rows) = app
        .read(move |db| {
            let known = after.filter(|m| crate::identity::find(db, *m).is_ok());
            let filter = MemberFilter { group: Some(id), ..MemberFilter::default() };
            Ok((groups::group(db, id)?, groups::size(db, id)?, list_members(db, &filter, known, PER_PAGE)?))
        })
        .await?;
    let found = Page::of(rows, PER_PAGE, |row| row.member.id.to_string());
    let errors = &refused.errors;
    let typed = refused.form.unwrap_or_else(|| NamedForm { name: group.name.clone(), description: group.description.clone() });
    let by_hand = group.kind == GroupKind::Other;
    let page = GroupPage {
        back: Back { href: "/groups".into(), label: "Groups" },
        lead: if by_hand { group.description.clone() } else { format!("Everybody whose {} is “{}”.", group.kind, group.name) },
        kind: kind_label(group.kind),
        by_hand,
        action: format!("/groups/{id}"),
        delete: format!("/groups/{id}/delete"),
        add: format!("/groups/{id}/members"),
        size,
        errors: errors.list().to_vec(),
        name: Typed { value: typed.name, error: errors.of("name") },
        description: Typed { value: typed.description, error: errors.of("description") },
        email: Typed { value: refused.email, error: errors.of("email") },
        rows: found.items.iter().map(|row| person(&group, row)).collect(),
        first: asked.after.as_ref().map(|_| format!("/groups/{id}")),
        next: found.next.map(|next| format!("/groups/{id}?after={next}")),
        heading: group.name,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Html::new(app, request, "audiences/group", &page.heading).status(status).render(&page)
}

async fn show_one(
    app: Data<App>,
    request: HttpRequest,
    _caller: Admin,
    id: Path<GroupId>,
    asked: Query<Asked>,
) -> Result<HttpResponse, AppError> {
    draw_one(&app, &request, id.into_inner(), &asked, Refused::default()).await
}

async fn save(
    app: Data<App>,
    request: HttpRequest,
    caller: Admin,
    id: Path<GroupId>,
    form: Form<NamedForm>,
) -> Result<HttpResponse, AppError> {
    let (id, Form(form)) = (id.into_inner(), form);
    let (name, about) = (form.name.clone(), form.description.clone());
    match app.write(caller.actor(), move |tx| groups::change_group(tx, id, Some(&name), Some(&about))).await {
        Ok(_) => Ok(redirect(&app, &format!("/groups/{id}"), Some(&Flash::good("The group is saved.")))),
        Err(error) => {
            let refused = Refused { form: Some(form), errors: refused(error)?, ..Refused::default() };
            draw_one(&app, &request, id, &Asked::default(), refused).await
        }
    }
}

#[derive(Deserialize)]
struct AddForm {
    #[serde(default)]
    email: String,
}

async fn add(
    app: Data<App>,
    request: HttpRequest,
    caller: Admin,
    id: Path<GroupId>,
    form: Form<AddForm>,
) -> Result<HttpResponse, AppError> {
    let (id, typed) = (id.into_inner(), form.0.email);
    let email = typed.clone();
    let done = app
        .write(caller.actor(), move |tx| {
            let email: Email = email.parse().map_err(|sentence: String| AppError::field("email", sentence))?;
            let member =
                by_email(tx.db, &email)?.ok_or_else(|| AppError::field("email", format!("Nobody here has the address {email}.")))?;
            groups::add_to_group(tx, id, member.id)?;
            Ok(member.name)
        })
        .await;
    match done {
        Ok(name) => Ok(redirect(&app, &format!("/groups/{id}"), Some(&Flash::good(format!("{name} is in the group."))))),
        Err(error) => {
            let refused = Refused { email: typed, errors: refused(error)?, ..Refused::default() };
            draw_one(&app, &request, id, &Asked::default(), refused).await
        }
    }
}

#[derive(Deserialize)]
struct BackForm {
    #[serde(default)]
    back: String,
}

/// Where to go on: to the member's page when it was asked from there.
fn back_to(back: &str, group: GroupId, member: MemberId) -> String {
    if back == "member" { format!("/members/{member}") } else { format!("/groups/{group}") }
}

fn said(done: Result<(), AppError>, good: &str) -> Result<Flash, AppError> {
    match done {
        Ok(()) => Ok(Flash::good(good)),
        Err(AppError::Conflict { message, .. }) => Ok(Flash::bad(message)),
        Err(error) => Err(error),
    }
}

async fn remove(app: Data<App>, caller: Admin, path: Path<(GroupId, MemberId)>, form: Form<BackForm>) -> Result<HttpResponse, AppError> {
    let (id, member) = path.into_inner();
    let done = app.write(caller.actor(), move |tx| groups::remove_from_group(tx, id, member)).await;
    let flash = said(done, "They are no longer in the group.")?;
    Ok(redirect(&app, &back_to(&form.0.back, id, member), Some(&flash)))
}

#[derive(Deserialize)]
struct JoinForm {
    #[serde(default)]
    group: String,
}

/// The form on a member's page that puts them into a group.
async fn join(app: Data<App>, caller: Admin, member: Path<MemberId>, form: Form<JoinForm>) -> Result<HttpResponse, AppError> {
    let member = member.into_inner();
    let to = format!("/members/{member}");
    let Ok(group) = form.0.group.parse::<GroupId>() else { return Ok(redirect(&app, &to, Some(&Flash::bad("Choose a group.")))) };
    let done = app.write(caller.actor(), move |tx| groups::add_to_group(tx, group, member)).await;
    Ok(redirect(&app, &to, Some(&said(done, "They are in the group now.")?)))
}

#[derive(Deserialize)]
struct Nothing {}

async fn delete(app: Data<App>, caller: Admin, id: Path<GroupId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let caller: &Caller = &caller;
    let done = app.write(caller.actor(), move |tx| groups::delete_group(tx, id)).await;
    let to = if done.is_ok() { "/groups".to_owned() } else { format!("/groups/{id}") };
    Ok(redirect(&app, &to, Some(&said(done, "The group is deleted.")?)))
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/groups").route(get().to(show)).route(post().to(create)))
        .service(resource("/groups/{id}").route(get().to(show_one)).route(post().to(save)))
        .route("/groups/{id}/delete", post().to(delete))
        .route("/groups/{id}/members", post().to(add))
        .route("/groups/{id}/members/{member_id}/remove", post().to(remove))
        .route("/members/{id}/groups", post().to(join));
}
