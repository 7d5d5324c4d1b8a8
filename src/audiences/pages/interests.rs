//! What a member wants to read about: at the first visit, and in the account.

use actix_web::web::{Data, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::super::topics;
use crate::app::App;
use crate::db::TopicId;
use crate::error::AppError;
use crate::identity::SignedIn;
use crate::web::{Flash, Form, Html, redirect};

#[derive(Serialize)]
struct WelcomePage {
    name: String,
    organisation: String,
    topics: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    checked: bool,
    hint: Option<String>,
}

/// The interest form that follows the invitation.
async fn welcome(app: Data<App>, request: HttpRequest, caller: SignedIn) -> Result<HttpResponse, AppError> {
    let id = caller.id;
    let (all, mine) = app.read(move |db| Ok((topics::topics(db)?, topics::followed(db, id)?))).await?;
    let choice = |topic: topics::Topic| Choice {
        checked: mine.iter().any(|m| m.id == topic.id),
        value: topic.id.to_string(),
        label: topic.name,
        hint: Some(topic.description).filter(|d| !d.is_empty()),
    };
    let page = WelcomePage {
        name: caller.name.split_whitespace().next().unwrap_or_default().to_owned(),
        organisation: app.organisation(),
        topics: all.into_iter().map(choice).collect(),
    };
    Html::new(&app, &request, "audiences/welcome", "Welcome").render(&page)
}

#[derive(Deserialize)]
struct InterestForm {
    #[serde(default)]
    topic: Vec<String>,
}

async fn save(app: &App, caller: &SignedIn, form: InterestForm) -> Result<usize, AppError> {
    let wanted: Vec<TopicId> = form.topic.iter().filter_map(|t| t.parse().ok()).take(1000).collect();
    let id = caller.id;
    app.write(caller.actor(), move |tx| topics::follow_only(tx, id, &wanted)).await
}

async fn submit_welcome(app: Data<App>, caller: SignedIn, form: Form<InterestForm>) -> Result<HttpResponse, AppError> {
    save(&app, &caller, form.0).await?;
    Ok(redirect(&app, "/", Some(&Flash::good("Your feed is ready. Share the first piece whenever you like."))))
}

async fn submit_account(app: Data<App>, caller: SignedIn, form: Form<InterestForm>) -> Result<HttpResponse, AppError> {
    let count = save(&app, &caller, form.0).await?;
    let said = match count {
        0 => "You follow no topic now. Your feed shows everything.".to_owned(),
        1 => "You follow one topic.".to_owned(),
        n => format!("You follow {n} topics."),
    };
    Ok(redirect(&app, "/account", Some(&Flash::good(said))))
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/welcome").route(get().to(welcome)).route(post().to(submit_welcome)))
        .route("/account/topics", post().to(submit_account));
}
