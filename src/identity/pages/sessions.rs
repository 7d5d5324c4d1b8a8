use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::super::{SignedIn, session};
use super::parts::{Tab, account_tabs};
use crate::app::App;
use crate::audit;
use crate::db::SessionId;
use crate::error::AppError;
use crate::web::{Flash, Form, Html, When, redirect};

#[derive(Serialize)]
struct SessionsPage {
    tabs: Vec<Tab>,
    rows: Vec<SessionRow>,
    others: bool,
}

#[derive(Serialize)]
struct SessionRow {
    end: String,
    device: String,
    agent: String,
    started: When,
    seen: When,
    current: bool,
}

/// A browser and a system in words, as far as its own description tells.
fn device(agent: &str) -> String {
    let named = |table: &[(&str, &'static str)]| table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = named(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => "A browser".into(),
    }
}

async fn show(app: Data<App>, request: HttpRequest, caller: SignedIn) -> Result<HttpResponse, AppError> {
    let (id, now, own) = (caller.id, app.now(), caller.session());
    let found = app.read(move |db| session::of_member(db, id, now)).await?;
    let shown = caller.shown(now);
    let row = |s: session::Session| SessionRow {
        end: format!("/account/sessions/{}/end", s.id),
        device: device(&s.user_agent),
        started: shown.when(s.created_at),
        seen: shown.when(s.last_seen_at),
        current: own == Some(s.id),
        agent: s.user_agent,
    };
    let rows: Vec<SessionRow> = found.into_iter().map(row).collect();
    let page = SessionsPage { tabs: account_tabs("/account/sessions"), others: rows.len() > 1, rows };
    Html::new(&app, &request, "identity/sessions", "Where you are signed in").render(&page)
}

#[derive(Deserialize)]
struct Nothing {}

async fn end(app: Data<App>, caller: SignedIn, id: Path<SessionId>, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    app.write(caller.actor(), move |tx| session::end(tx, member, id)).await?;
    let to = if caller.session() == Some(id) { "/sign-in" } else { "/account/sessions" };
    Ok(redirect(&app, to, Some(&Flash::good("That device is signed out."))))
}

async fn end_others(app: Data<App>, caller: SignedIn, _form: Form<Nothing>) -> Result<HttpResponse, AppError> {
    let (member, own) = (caller.id, caller.session());
    let ended = app
        .write(caller.actor(), move |tx| {
            let ended = session::end_all(tx, member, own)?;
            audit::record(tx, "sessions.ended", &member.to_string(), &serde_json::json!({"count": ended}))?;
            Ok(ended)
        })
        .await?;
    let said = if ended == 1 { "One other device is signed out.".to_owned() } else { format!("{ended} other devices are signed out.") };
    Ok(redirect(&app, "/account/sessions", Some(&Flash::good(said))))
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/account/sessions").route(get().to(show)))
        .route("/account/sessions/end-others", post().to(end_others))
        .route("/account/sessions/{id}/end", post().to(end));
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices_are_named_in_words() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Safari/537.36 Edg/129.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8", "A browser"),
        ] {
            assert_eq!(device(agent), name);
        }
    }
}
