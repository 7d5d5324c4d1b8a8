use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::editor_form::EditorForm;
use super::{Choice, Image, Link, by_field};
use crate::app::App;
use crate::db::ItemId;
use crate::error::{AppError, FieldError};
use crate::identity::{Caller, Curator};
use crate::library::{self, CaptionKind, ItemInput, ItemKind, ItemPatch, ItemStatus, Origin, queries, upload};
use crate::network::Network;
use crate::web::{Flash, Html, redirect};

pub fn pages(config: &mut ServiceConfig) {
    config
        .service(resource("/library/new").route(get().to(show_new)).route(post().to(submit_new)))
        .service(resource("/library/{id}/edit").route(get().to(show_edit)).route(post().to(submit_edit)));
}

#[derive(Serialize)]
struct CaptionRow {
    number: usize,
    networks: Vec<Choice>,
    kinds: Vec<Choice>,
    language: String,
    text: String,
    text_error: Option<String>,
    language_error: Option<String>,
}

#[derive(Serialize)]
struct EditorPage {
    title: &'static str,
    back: Link,
    action: String,
    /// A sentence when the approved version stays live meanwhile.
    note: Option<&'static str>,
    form: Fields,
    kinds: Vec<Choice>,
    topics: Vec<Choice>,
    audiences: Vec<Choice>,
    captions: Vec<CaptionRow>,
    image: Option<Image>,
    zone: String,
    errors: Vec<FieldError>,
    error: HashMap<String, String>,
}

#[derive(Serialize)]
struct Fields {
    title: String,
    summary: String,
    link: String,
    language: String,
    image_id: String,
    image_alt: String,
    regulated: bool,
    release_at: String,
    expires_at: String,
    version: String,
}

/// What is edited: a new piece, or one that is there.
#[derive(Clone, Copy)]
enum Of {
    New,
    Item(ItemId),
}

async fn show_new(app: Data<App>, request: HttpRequest, caller: Curator) -> Result<HttpResponse, AppError> {
    let form = EditorForm { language: caller.language.clone(), caption_text: vec![String::new()], ..EditorForm::default() };
    render(&app, &request, &caller, Of::New, &form, Vec::new(), StatusCode::OK).await
}

async fn show_edit(app: Data<App>, request: HttpRequest, caller: Curator, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let (id, zone) = (id.into_inner(), caller.zone);
    let row = app
        .read(move |db| {
            let row = queries::item(db, id)?.ok_or(AppError::NotFound("This piece"))?;
            let input = queries::input(db, &row)?;
            Ok((row, input))
        })
        .await?;
    let (row, input) = row;
    if matches!(row.status, ItemStatus::Archived | ItemStatus::Recalled) {
        let flash = Flash::bad("An archived or recalled piece is not changed. Bring it back first.");
        return Ok(redirect(&app, &format!("/library/{id}"), Some(&flash)));
    }
    let mut form = EditorForm::of(&input, row.version, zone);
    if form.caption_text.is_empty() {
        form.caption_text.push(String::new());
    }
    render(&app, &request, &caller, Of::Item(id), &form, Vec::new(), StatusCode::OK).await
}

async fn submit_new(app: Data<App>, request: HttpRequest, caller: Curator, payload: Payload) -> Result<HttpResponse, AppError> {
    submit(&app, &request, &caller, Of::New, payload).await
}

async fn submit_edit(
    app: Data<App>,
    request: HttpRequest,
    caller: Curator,
    id: Path<ItemId>,
    payload: Payload,
) -> Result<HttpResponse, AppError> {
    submit(&app, &request, &caller, Of::Item(id.into_inner()), payload).await
}

async fn submit(app: &App, request: &HttpRequest, caller: &Caller, of: Of, payload: Payload) -> Result<HttpResponse, AppError> {
    let mut uploaded = upload::read(request, payload).await?;
    uploaded.check_csrf(request)?;
    let mut form: EditorForm = uploaded.form()?;
    if let Some(file) = uploaded.file.take() {
        match keep(app, caller, file).await {
            Ok(id) => form.image_id = id,
            Err(AppError::Invalid(errors)) => return refused(app, request, caller, of, &form, errors).await,
            Err(other) => return Err(other),
        }
    }
    if form.rearranged() {
        return render(app, request, caller, of, &form, Vec::new(), StatusCode::OK).await;
    }
    let input = match form.input(caller.zone) {
        Ok(input) => input,
        Err(errors) => return refused(app, request, caller, of, &form, errors).await,
    };
    let to_review = form.act == "submit";
    match save(app, caller, of, input, form.version.parse().ok(), to_review).await {
        Ok(id) => {
            let sentence = if to_review { "Sent to review. An approver takes it from here." } else { "Saved as a draft." };
            Ok(redirect(app, &format!("/library/{id}"), Some(&Flash::good(sentence))))
        }
        Err(AppError::Invalid(errors)) => refused(app, request, caller, of, &form, errors).await,
        Err(AppError::Conflict { message, .. }) => {
            let error = FieldError { field: String::new(), message };
            render(app, request, caller, of, &form, vec![error], StatusCode::CONFLICT).await
        }
        Err(other) => Err(other),
    }
}

/// The picture is kept at once, so that an error elsewhere in the form does not lose it.
async fn keep(app: &App, caller: &Caller, file: Vec<u8>) -> Result<String, AppError> {
    let picture = library::made_safe(file, "file").await?;
    let id = app.write(caller.actor(), move |tx| library::store_media(tx, &picture)).await?;
    Ok(id.to_string())
}

async fn save(app: &App, caller: &Caller, of: Of, input: ItemInput, version: Option<i64>, to_review: bool) -> Result<ItemId, AppError> {
    app.write(caller.actor(), move |tx| {
        let id = match of {
            Of::New => library::create(tx, input, &Origin::default())?,
            Of::Item(id) => {
                library::revise(tx, id, version, ItemPatch::whole(input))?;
                id
            }
        };
        if to_review {
            library::submit(tx, id, None)?;
        }
        Ok(id)
    })
    .await
}

async fn refused(
    app: &App,
    request: &HttpRequest,
    caller: &Caller,
    of: Of,
    form: &EditorForm,
    errors: Vec<FieldError>,
) -> Result<HttpResponse, AppError> {
    let placed = errors.into_iter().map(|e| FieldError { field: form.place_of(&e.field), message: e.message }).collect();
    render(app, request, caller, of, form, placed, StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn render(
    app: &App,
    request: &HttpRequest,
    caller: &Caller,
    of: Of,
    form: &EditorForm,
    errors: Vec<FieldError>,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (topics, groups, live) = app
        .read(move |db| {
            let live = match of {
                Of::New => false,
                Of::Item(id) => queries::item(db, id)?.is_some_and(|i| i.live_revision_id.is_some()),
            };
            Ok((queries::all_topics(db)?, queries::all_groups(db)?, live))
        })
        .await?;
    let chosen = |id: String, name: String, list: &[String]| {
        let on = list.contains(&id);
        Choice::new(id, name, on)
    };
    let error = by_field(&errors);
    let page = EditorPage {
        title: if matches!(of, Of::New) { "Write a piece" } else { "Edit the piece" },
        back: match of {
            Of::New => Link::to("/library", "Library"),
            Of::Item(id) => Link::to(format!("/library/{id}"), "Back to the piece"),
        },
        action: match of {
            Of::New => "/library/new".into(),
            Of::Item(id) => format!("/library/{id}/edit"),
        },
        note: live.then_some("The approved version stays in the feed until the new one is approved."),
        form: fields(form),
        kinds: ItemKind::ALL.iter().map(|k| Choice::new(k.as_str(), k.label(), form.kind == k.as_str())).collect(),
        topics: topics.into_iter().map(|(id, _, name)| chosen(id.to_string(), name, &form.topic)).collect(),
        audiences: groups.into_iter().map(|(id, name)| chosen(id.to_string(), name, &form.audience)).collect(),
        captions: caption_rows(form, &error),
        image: (!form.image_id.is_empty()).then(|| Image { src: format!("/media/{}", form.image_id), alt: form.image_alt.clone() }),
        zone: caller.zone.name().to_owned(),
        errors,
        error,
    };
    Html::new(app, request, "library/edit", page.title).status(status).render(&page)
}

fn fields(form: &EditorForm) -> Fields {
    Fields {
        title: form.title.clone(),
        summary: form.summary.clone(),
        link: form.link.clone(),
        language: form.language.clone(),
        image_id: form.image_id.clone(),
        image_alt: form.image_alt.clone(),
        regulated: !form.regulated.is_empty(),
        release_at: form.release_at.clone(),
        expires_at: form.expires_at.clone(),
        version: form.version.clone(),
    }
}

fn caption_rows(form: &EditorForm, error: &HashMap<String, String>) -> Vec<CaptionRow> {
    let row = |(number, row): (usize, super::editor_form::CaptionFields)| {
        let any = Choice::new("", "Any network", row.network.is_empty());
        let networks = Network::ALL.iter().map(|n| Choice::new(n.as_str(), n.label(), row.network == n.as_str()));
        CaptionRow {
            number,
            networks: std::iter::once(any).chain(networks).collect(),
            kinds: CaptionKind::ALL.iter().map(|k| Choice::new(k.as_str(), k.label(), row.kind == k.as_str())).collect(),
            text_error: error.get(&format!("caption_text-{number}")).cloned(),
            language_error: error.get(&format!("caption_language-{number}")).cloned(),
            language: row.language,
            text: row.text,
        }
    };
    form.rows().into_iter().enumerate().map(row).collect()
}
