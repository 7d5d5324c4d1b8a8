use actix_web::http::StatusCode;
use actix_web::web::{Data, Query, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Choice, Link, by_field};
use crate::app::App;
use crate::db::{ItemId, TopicId};
use crate::error::{AppError, FieldError};
use crate::identity::Curator;
use crate::library::{self, queries};
use crate::web::{Flash, FlashKind, Form, Html, redirect};

pub fn pages(config: &mut ServiceConfig) {
    config.service(resource("/library/import").route(get().to(show)).route(post().to(submit)));
}

#[derive(Debug, Default, Deserialize)]
struct ImportForm {
    #[serde(default)]
    address: String,
    #[serde(default)]
    topic: Vec<String>,
}

#[derive(Serialize)]
struct ImportPage {
    back: Link,
    address: String,
    address_error: Option<String>,
    topics: Vec<Choice>,
    errors: Vec<FieldError>,
}

async fn render(app: &App, request: &HttpRequest, form: &ImportForm, errors: Vec<FieldError>) -> Result<HttpResponse, AppError> {
    let topics = app.read(|db| Ok(queries::all_topics(db)?)).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ImportPage {
        back: Link::to("/library", "Library"),
        address: form.address.clone(),
        address_error: by_field(&errors).remove("address"),
        topics: topics
            .into_iter()
            .map(|(id, _, name)| {
                let value = id.to_string();
                let chosen = form.topic.contains(&value);
                Choice::new(value, name, chosen)
            })
            .collect(),
        errors,
    };
    Html::new(app, request, "library/import", "Bring in a piece").status(status).render(&page)
}

async fn show(app: Data<App>, request: HttpRequest, _caller: Curator, form: Query<Prefilled>) -> Result<HttpResponse, AppError> {
    render(&app, &request, &ImportForm { address: form.into_inner().address, topic: Vec::new() }, Vec::new()).await
}

#[derive(Deserialize)]
struct Prefilled {
    #[serde(default)]
    address: String,
}

async fn submit(app: Data<App>, request: HttpRequest, caller: Curator, Form(form): Form<ImportForm>) -> Result<HttpResponse, AppError> {
    if form.address.trim().is_empty() {
        let error = FieldError { field: "address".into(), message: "Paste the address of a page.".into() };
        return render(&app, &request, &form, vec![error]).await;
    }
    let topics: Vec<TopicId> = form.topic.iter().filter_map(|t| t.parse().ok()).collect();
    match library::import(&app, caller.actor(), &form.address, topics).await {
        Ok(imported) => {
            let flash = if imported.warnings.is_empty() {
                Flash::good("The piece is here as a draft. Look it over, write ready texts, then send it to review.")
            } else {
                Flash { kind: FlashKind::Warn, text: format!("The piece is here as a draft. {}", imported.warnings.join(" ")), undo: None }
            };
            Ok(redirect(&app, &format!("/library/{}/edit", imported.id), Some(&flash)))
        }
        Err(AppError::Conflict { code: "already_in_library", message }) => {
            let flash = Flash { kind: FlashKind::Info, text: "This address is already in the library: here it is.".into(), undo: None };
            Ok(redirect(&app, &there(&message), Some(&flash)))
        }
        Err(AppError::Invalid(errors)) => render(&app, &request, &form, errors).await,
        Err(other) => Err(other),
    }
}

/// The page of the item that a conflict names.
fn there(message: &str) -> String {
    let id = message.split([' ', '.']).find_map(|word| word.parse::<ItemId>().ok());
    id.map_or_else(|| "/library".into(), |id| format!("/library/{id}"))
}
