use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::super::topics::{self, TopicRow};
use crate::app::App;
use crate::db::TopicId;
use crate::error::{AppError, FieldError};
use crate::identity::Curator;
use crate::web::{Flash, Form, FormErrors, Html, redirect};

#[derive(Serialize)]
struct TopicsPage {
    rows: Vec<Row>,
    errors: Vec<FieldError>,
    name: Typed,
    description: Typed,
}

#[derive(Serialize)]
pub(super) struct Typed {
    pub value: String,
    pub error: Option<String>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    description: String,
    slug: String,
    items: i64,
    followers: i64,
    edit: String,
    feed: String,
}

fn row(found: TopicRow) -> Row {
    let topic = found.topic;
    Row {
        edit: format!("/topics/{}", topic.id),
        feed: format!("/feed?topic={}", topic.slug),
        id: topic.id.to_string(),
        name: topic.name,
        description: topic.description,
        slug: topic.slug,
        items: found.items,
        followers: found.followers,
    }
}

#[derive(Deserialize, Default)]
pub(super) struct NamedForm {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub description: String,
}

/// The sentences of a refused form; other errors go on.
pub(super) fn refused(error: AppError) -> Result<FormErrors, AppError> {
    match error {
        AppError::Invalid(fields) => Ok(FormErrors::from(fields)),
        AppError::Conflict { code: "name_taken", message } => Ok(FormErrors::from(vec![FieldError { field: "name".into(), message }])),
        AppError::Conflict { message, .. } => Ok(FormErrors::from(vec![FieldError { field: String::new(), message }])),
        other => Err(other),
    }
}

async fn draw(app: &App, request: &HttpRequest, form: &NamedForm, errors: &FormErrors) -> Result<HttpResponse, AppError> {
    let rows = app.read(topics::list).await?;
    let page = TopicsPage {
        rows: rows.into_iter().map(row).collect(),
        errors: errors.list().to_vec(),
        name: Typed { value: form.name.clone(), error: errors.of("name") },
        description: Typed { value: form.description.clone(), error: errors.of("description") },
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Html::new(app, request, "audiences/topics", "Topics").status(status).render(&page)
}

async fn show(app: Data<App>, request: HttpRequest, _caller: Curator) -> Result<HttpResponse, AppError> {
    draw(&app, &request, &NamedForm::default(), &FormErrors::default()).await
}

async fn create(app: Data<App>, request: HttpRequest, caller: Curator, form: Form<NamedForm>) -> Result<HttpResponse, AppError> {
    let Form(form) = form;
    let (name, about) = (form.name.clone(), form.description.clone());
    match app.write(caller.actor(), move |tx| topics::create_topic(tx, &name, &about)).await {
        Ok(_) => Ok(redirect(&app, "/topics", Some(&Flash::good(format!("“{}” is a topic now.", form.name.trim()))))),
        Err(error) => draw(&app, &request, &form, &refused(error)?).await,
    }
}

#[derive(Serialize)]
struct TopicPage {
    back: Back,
    action: String,
    delete: String,
    heading: String,
    slug: String,
    items: i64,
    followers: i64,
    errors: Vec<FieldError>,
    name: Typed,
    description: Typed,
}

#[derive(Serialize)]
pub(super) struct Back {
    pub href: String,
    pub label: &'static str,
}

async fn draw_one(
    app: &App,
    request: &HttpRequest,
    id: TopicId,
    form: Option<&NamedForm>,
    errors: &FormErrors,
) -> Result<HttpResponse, AppError> {
    let rows = app.read(topics::list).await?;
    let found = rows.into_iter().find(|r| r.topic.id == id).ok_or(AppError::NotFound("That topic"))?;
    let topic = found.topic;
    let typed = |own: &str, field: &str, pick: fn(&NamedForm) -> &String| Typed {
        value: form.map_or_else(|| own.to_owned(), |f| pick(f).clone()),
        error: errors.of(field),
    };
    let page = TopicPage {
        back: Back { href: "/topics".into(), label: "Topics" },
        action: format!("/topics/{id}"),
        delete: format!("/topics/{id}/delete"),
        heading: topic.name.clone(),
        slug: topic.slug.clone(),
        items: found.items,
        followers: found.followers,
        errors: errors.list().to_vec(),
        name: typed(&topic.name, "name", |f| &f.name),
        description: typed(&topic.description, "description", |f| &f.description),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Html::new(app, request, "audiences/topic", &topic.name).status(status).render(&page)
}

async fn show_one(app: Data<App>, request: HttpRequest, _caller: Curator, id: Path<TopicId>) -> Result<HttpResponse, AppError> {
    draw_one(&app, &request, id.into_inner(), None, &FormErrors::default()).await
}

async fn save(
    app: Data<App>,
    request: HttpRequest,
    caller: Curator,
    id: Path<TopicId>,
    form: Form<NamedForm>,
) -> Result<HttpResponse, AppError> {
    let (id, Form(form)) = (id.into_inner(), form);
    let (name, about) = (form.name.clone(), form.description.clone());
    match app.write(caller.actor(), move |tx| topics::change_topic(tx, id, Some(&name), Some(&about))).await {
        Ok(_) => Ok(redirect(&app, "/topics", Some(&Flash::good("The topic is saved.")))),
        Err(error) => draw_one(&app, &request, id, Some(&form), &refused(error)?).await,
    }
}

#[derive(Deserialize)]
struct Nothing {}

async fn delete(app: Data<App>, caller: Curator, id: Path<TopicId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    match app.write(caller.actor(), move |tx| topics::delete_topic(tx, id)).await {
        Ok(()) => Ok(redirect(&app, "/topics", Some(&Flash::good("The topic is deleted.")))),
        Err(AppError::Conflict { message, .. }) => Ok(redirect(&app, &format!("/topics/{id}"), Some(&Flash::bad(message)))),
        Err(error) => Err(error),
    }
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/topics").route(get().to(show)).route(post().to(create)))
        .service(resource("/topics/{id}").route(get().to(show_one)).route(post().to(save)))
        .route("/topics/{id}/delete", post().to(delete));
}
