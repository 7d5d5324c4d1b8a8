use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::api::set_own_password;
use super::super::profile::{self, MemberChanges};
use super::super::{Caller, Member, SignedIn, find, sign_in};
use super::parts::{Choice, PersonFields, PersonForm, Tab, account_tabs};
use crate::app::App;
use crate::db::schema::{topic_follows, topics};
use crate::db::{Db, MemberId, TopicId};
use crate::error::{AppError, FieldError};
use crate::web::{Flash, Form, FormErrors, Html, IfMatch, redirect};

#[derive(Serialize)]
struct AccountPage {
    tabs: Vec<Tab>,
    email: String,
    version: i64,
    errors: Vec<FieldError>,
    person: PersonFields,
    topics: Vec<Choice>,
    password_errors: Vec<FieldError>,
    current_error: Option<String>,
    new_error: Option<String>,
    password_hint: &'static str,
}

/// All topics as tick boxes, those the member follows ticked.
fn interests(db: &mut Db, member: MemberId) -> Result<Vec<Choice>, AppError> {
    let followed: Vec<TopicId> =
        topic_follows::table.filter(topic_follows::member_id.eq(member)).select(topic_follows::topic_id).load(db)?;
    let all: Vec<(TopicId, String, String)> =
        topics::table.order(topics::name.asc()).select((topics::id, topics::name, topics::description)).load(db)?;
    let choice = |(id, label, about): (TopicId, String, String)| Choice {
        checked: followed.contains(&id),
        value: id.to_string(),
        label,
        hint: Some(about).filter(|a| !a.is_empty()),
    };
    Ok(all.into_iter().map(choice).collect())
}

struct Refused {
    profile: FormErrors,
    typed: Option<PersonForm>,
    password: FormErrors,
}

async fn draw(app: &App, request: &HttpRequest, caller: &Caller, refused: Refused) -> Result<HttpResponse, AppError> {
    let id = caller.id;
    let (member, topics): (Member, Vec<Choice>) = app.read(move |db| Ok((find(db, id)?, interests(db, id)?))).await?;
    let ok = refused.profile.is_empty() && refused.password.is_empty();
    let page = AccountPage {
        tabs: account_tabs("/account"),
        email: member.email.clone(),
        version: member.version,
        errors: refused.profile.list().to_vec(),
        person: refused.typed.unwrap_or_else(|| PersonForm::of(&member)).fields(&refused.profile),
        topics,
        password_errors: refused.password.list().to_vec(),
        current_error: refused.password.of("current"),
        new_error: refused.password.of("new"),
        password_hint: sign_in::PASSWORD_HINT,
    };
    let status = if ok { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Html::new(app, request, "identity/account", "Your account").status(status).render(&page)
}

async fn show(app: Data<App>, request: HttpRequest, caller: SignedIn) -> Result<HttpResponse, AppError> {
    draw(&app, &request, &caller, Refused { profile: FormErrors::default(), typed: None, password: FormErrors::default() }).await
}

#[derive(Deserialize)]
struct ProfileForm {
    #[serde(flatten)]
    person: PersonForm,
    version: Option<String>,
}

/// What a form with the fields of a person changes: all of them.
pub fn changes(person: &PersonForm) -> MemberChanges {
    let some = |text: &str| Some(Some(text.to_owned()));
    MemberChanges {
        name: Some(person.name.clone()),
        title: some(&person.title),
        department: some(&person.department),
        region: some(&person.region),
        country: some(&person.country),
        language: Some(person.language.clone()),
        time_zone: Some(person.time_zone.clone()),
        ..MemberChanges::default()
    }
}

async fn save(app: Data<App>, request: HttpRequest, caller: SignedIn, form: Form<ProfileForm>) -> Result<HttpResponse, AppError> {
    let Form(ProfileForm { person, version }) = form;
    let (id, read, wanted) = (caller.id, IfMatch(version.and_then(|v| v.parse().ok())), changes(&person));
    let done = app.write(caller.actor(), move |tx| profile::change(tx, id, read, &wanted)).await;
    let errors = match done {
        Ok(_) => return Ok(redirect(&app, "/account", Some(&Flash::good("Your profile is saved.")))),
        Err(AppError::Invalid(fields)) => FormErrors::from(fields),
        Err(AppError::Conflict { message, .. }) => FormErrors::from(vec![FieldError { field: String::new(), message }]),
        Err(error) => return Err(error),
    };
    draw(&app, &request, &caller, Refused { profile: errors, typed: Some(person), password: FormErrors::default() }).await
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
}

async fn password(app: Data<App>, request: HttpRequest, caller: SignedIn, form: Form<PasswordForm>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let errors = match set_own_password(&app, &caller, form.current, form.new).await {
        Ok(()) => {
            let said = Flash::good("Your password is changed. All other devices are signed out.");
            return Ok(redirect(&app, "/account", Some(&said)));
        }
        Err(AppError::Invalid(fields)) => FormErrors::from(fields),
        Err(error @ AppError::TooMany { .. }) => FormErrors::from(vec![FieldError { field: "current".into(), message: error.to_string() }]),
        Err(error) => return Err(error),
    };
    draw(&app, &request, &caller, Refused { profile: FormErrors::default(), typed: None, password: errors }).await
}

pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/account").route(get().to(show)).route(post().to(save))).route("/account/password", post().to(password));
}
