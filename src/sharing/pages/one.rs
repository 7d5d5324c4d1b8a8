use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Nothing, Status, mode_words, status};
use crate::app::App;
use crate::db::{Db, ShareId};
use crate::error::AppError;
use crate::identity::{Caller, SignedIn};
use crate::sharing::acts;
use crate::sharing::queries::{self, Listed};
use crate::sharing::share::{ShareMode, ShareState};
use crate::tracking::{self, Clicks};
use crate::web::{Flash, Form, Html, When, redirect};

#[derive(Serialize)]
struct SharePage {
    id: String,
    title: String,
    item_href: String,
    network: &'static str,
    network_label: &'static str,
    status: Status,
    when: When,
    mode: &'static str,
    text: String,
    copy_text: String,
    link: String,
    recalled: bool,
    qr_src: String,
    post_href: Option<String>,
    failure: Option<String>,
    points_note: Option<&'static str>,
    clicks: i64,
    hits: Vec<HitRow>,
    /// The network's share page, while the share is opened.
    open: Option<OpenView>,
    /// The question "Did you post it?".
    ask: bool,
    /// Where a failed share is brought out by hand.
    retry: Option<String>,
    reconnect: bool,
    confirm: Option<String>,
    cancel: Option<Cancel>,
}

#[derive(Serialize)]
struct HitRow {
    label: &'static str,
    count: i64,
}

#[derive(Serialize)]
struct OpenView {
    url: String,
    copy_first: bool,
    note: String,
}

#[derive(Serialize)]
struct Cancel {
    href: String,
    id: String,
    button: &'static str,
    title: &'static str,
    text: &'static str,
    confirm: &'static str,
}

struct Seen {
    listed: Listed,
    clicks: Clicks,
    open: Option<OpenView>,
}

fn see(db: &mut Db, app: &App, caller: &Caller, id: ShareId) -> Result<Seen, AppError> {
    let listed = queries::listed(db, caller.id, id)?.ok_or(AppError::NotFound("That share"))?;
    let link_id = listed.share.link_id;
    let clicks = tracking::clicks_of_links(db, &[link_id])?.remove(&link_id).unwrap_or_default();
    let opened = listed.share.state == ShareState::Opened && listed.share.mode == ShareMode::Intent;
    let open = if opened {
        let link = tracking::short_address(&app.config, &listed.slug);
        // A Mastodon server that was forgotten meanwhile leaves the text to copy.
        let started = acts::hand_over(db, listed.share.clone(), &listed.title, link).ok();
        started.and_then(|s| s.intent).map(|i| OpenView { url: i.url, copy_first: i.copy_first, note: i.mode_note.to_owned() })
    } else {
        None
    };
    Ok(Seen { listed, clicks, open })
}

fn cancel_words(state: ShareState) -> (&'static str, &'static str, &'static str, &'static str) {
    match state {
        ShareState::Publishing | ShareState::Scheduled | ShareState::NeedsReconnect => (
            "Call it off",
            "Call this share off?",
            "Herald does not post it. Your text is kept here, and you can share the piece again at any time.",
            "Call it off",
        ),
        _ => (
            "I did not post it",
            "Not posted?",
            "The share is set aside and its link counts nothing for you. If it is out after all, you can still say so here.",
            "I did not post it",
        ),
    }
}

fn page(seen: Seen, app: &App, caller: &Caller) -> SharePage {
    let Seen { listed, clicks, open } = seen;
    let (share, link) = (&listed.share, tracking::short_address(&app.config, &listed.slug));
    let (id, state) = (share.id, share.state);
    let hits = [
        ("Machines", clicks.machine),
        ("Link previews", clicks.preview),
        ("Repeats by the same visitor", clicks.repeat),
        ("Your own", clicks.own),
        ("Not certain", clicks.suspect),
    ];
    let words = cancel_words(state);
    SharePage {
        item_href: format!("/items/{}", share.item_id),
        network: share.network.as_str(),
        network_label: share.network.label(),
        status: status(state),
        when: caller.shown(app.now()).when(share.confirmed_at.or(share.opened_at).unwrap_or(share.created_at)),
        mode: mode_words(share.mode),
        text: share.text.clone(),
        copy_text: if open.as_ref().is_some_and(|o| o.copy_first) { share.text.clone() } else { acts::clipboard(share, &link) },
        recalled: state == ShareState::Recalled,
        qr_src: format!("/shares/{id}/qr.svg"),
        post_href: share.remote_url.clone(),
        failure: share.failure.clone(),
        points_note: share.network.points_note(),
        clicks: clicks.human,
        hits: hits.into_iter().filter(|(_, n)| *n > 0).map(|(label, count)| HitRow { label, count }).collect(),
        ask: state == ShareState::Opened,
        retry: matches!(state, ShareState::Failed | ShareState::NeedsReconnect).then(|| format!("/shares/{id}/open")),
        reconnect: state == ShareState::NeedsReconnect,
        confirm: share.may_be_confirmed().then(|| format!("/shares/{id}/confirm")),
        cancel: share.may_be_cancelled().then(|| Cancel {
            href: format!("/shares/{id}/cancel"),
            id: "cancel-share".into(),
            button: words.0,
            title: words.1,
            text: words.2,
            confirm: words.3,
        }),
        id: id.to_string(),
        open,
        link,
        title: listed.title,
    }
}

pub async fn show(app: Data<App>, request: HttpRequest, caller: SignedIn, id: Path<ShareId>) -> Result<HttpResponse, AppError> {
    let (shared, reader, id) = (app.clone(), caller.0.clone(), id.into_inner());
    let seen = app.read(move |db| see(db, &shared, &reader, id)).await?;
    Html::new(&app, &request, "sharing/share", "Share").render(&page(seen, &app, &caller))
}

#[derive(Deserialize)]
pub struct ConfirmForm {
    #[serde(default)]
    url: String,
}

pub async fn confirm(app: Data<App>, caller: SignedIn, id: Path<ShareId>, form: Form<ConfirmForm>) -> Result<HttpResponse, AppError> {
    let (member, id, url) = (caller.id, id.into_inner(), form.0.url);
    let done = app.write(caller.actor(), move |tx| acts::confirm(tx, member, id, Some(&url))).await;
    match done {
        Ok(()) => Ok(redirect(&app, "/shares", Some(&Flash::good("Thank you. It is counted from now on.")))),
        Err(error @ (AppError::Invalid(_) | AppError::Conflict { .. })) => {
            Ok(redirect(&app, &format!("/shares/{id}"), Some(&Flash::bad(error.to_string()))))
        }
        Err(error) => Err(error),
    }
}

#[derive(Serialize)]
struct AskPage {
    title: &'static str,
    text: &'static str,
    action: String,
    confirm: &'static str,
    back: String,
}

/// The question before calling off, for browsers without scripts.
pub async fn ask_cancel(app: Data<App>, request: HttpRequest, caller: SignedIn, id: Path<ShareId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    let share = app.read(move |db| queries::own(db, member, id)?.ok_or(AppError::NotFound("That share"))).await?;
    let (_, title, text, confirm) = cancel_words(share.state);
    let page = AskPage { title, text, confirm, action: format!("/shares/{id}/cancel"), back: format!("/shares/{id}") };
    Html::new(&app, &request, "networks/ask", title).render(&page)
}

pub async fn cancel(app: Data<App>, caller: SignedIn, id: Path<ShareId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    match app.write(caller.actor(), move |tx| acts::cancel(tx, member, id)).await {
        Ok(()) => Ok(redirect(&app, "/shares", Some(&Flash::good("It is set aside. Nothing counts for it.")))),
        Err(error @ AppError::Conflict { .. }) => Ok(redirect(&app, &format!("/shares/{id}"), Some(&Flash::bad(error.to_string())))),
        Err(error) => Err(error),
    }
}

pub async fn open(app: Data<App>, caller: SignedIn, id: Path<ShareId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let (member, id, config) = (caller.id, id.into_inner(), app.config.clone());
    let back = format!("/shares/{id}");
    match app.write(caller.actor(), move |tx| acts::open(tx, &config, member, id)).await {
        Ok(_) => Ok(redirect(&app, &back, None)),
        Err(error @ (AppError::Conflict { .. } | AppError::Invalid(_))) => Ok(redirect(&app, &back, Some(&Flash::bad(error.to_string())))),
        Err(error) => Err(error),
    }
}

pub async fn qr_code(app: Data<App>, caller: SignedIn, id: Path<ShareId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    let listed = app.read(move |db| queries::listed(db, member, id)?.ok_or(AppError::NotFound("That share"))).await?;
    crate::sharing::api::qr_answer(&tracking::short_address(&app.config, &listed.slug), &listed.title)
}
