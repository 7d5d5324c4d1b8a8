use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::csrf::Csrf;
use crate::app::App;
use crate::db::Ts;
use crate::error::AppError;

/// Who looks at the page, as the shell shows them; identity puts it into the request.
#[derive(Debug, Clone, Serialize)]
pub struct Viewer {
    pub name: String,
    pub email: String,
    pub initials: String,
    pub roles: Vec<String>,
    #[serde(skip)]
    pub nav: Vec<NavGroup>,
    #[serde(skip)]
    pub zone: Tz,
}

#[derive(Debug, Clone, Serialize)]
pub struct NavGroup {
    pub label: String,
    pub items: Vec<NavItem>,
}

/// One entry of the navigation; `primary` ones also stand in the phone's bottom bar.
#[derive(Debug, Clone, Serialize)]
pub struct NavItem {
    pub href: String,
    pub label: String,
    pub icon: String,
    pub current: bool,
    pub badge: Option<String>,
    pub primary: bool,
}

/// A sentence shown once on the next page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flash {
    pub kind: FlashKind,
    pub text: String,
    pub undo: Option<Undo>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlashKind {
    Good,
    Warn,
    Bad,
    Info,
}

/// The form behind a toast's undo button.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Undo {
    pub action: String,
    pub label: String,
    pub fields: Vec<UndoField>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UndoField {
    pub name: String,
    pub value: String,
}

impl Flash {
    pub fn good(text: impl Into<String>) -> Self {
        Self { kind: FlashKind::Good, text: text.into(), undo: None }
    }
    pub fn bad(text: impl Into<String>) -> Self {
        Self { kind: FlashKind::Bad, text: text.into(), undo: None }
    }
    pub fn with_undo(mut self, action: impl Into<String>, label: &str) -> Self {
        self.undo = Some(Undo { action: action.into(), label: label.into(), fields: Vec::new() });
        self
    }
    /// A hidden field of the undo's form.
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        if let Some(undo) = &mut self.undo {
            undo.fields.push(UndoField { name: name.into(), value: value.into() });
        }
        self
    }
}

/// A moment as pages show it: machine form, text in the viewer's zone, and the zone by name.
#[derive(Debug, Clone, Serialize)]
pub struct When {
    pub iso: String,
    pub text: String,
    pub title: String,
}

/// Values formatted for one viewer.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    pub zone: Tz,
    pub now: Ts,
}

impl Shown {
    /// “today 14:05”, “yesterday 09:00”, “12 Oct, 14:05”, “12 Oct 2025”, in the viewer's zone.
    pub fn when(self, at: Ts) -> When {
        let (local, now) = (at.utc().with_timezone(&self.zone), self.now.utc().with_timezone(&self.zone));
        let days = (now.date_naive() - local.date_naive()).num_days();
        let text = match days {
            0 => local.format("today %H:%M"),
            1 => local.format("yesterday %H:%M"),
            -1 => local.format("tomorrow %H:%M"),
            -300..=300 => local.format("%-d %b, %H:%M"),
            _ => local.format("%-d %b %Y"),
        };
        When {
            iso: at.iso(),
            text: text.to_string(),
            title: local.format("%A, %-d %B %Y, %H:%M %Z").to_string() + &format!(" ({})", self.zone.name()),
        }
    }
}

#[derive(Serialize)]
struct Shell<'a> {
    title: &'a str,
    organisation: String,
    lang: &'static str,
    csrf: String,
    path: String,
    theme: String,
    request_id: String,
    demo: bool,
    flash: Option<Flash>,
    viewer: Option<Viewer>,
    nav: Vec<NavGroup>,
    scripts: &'a [&'static str],
}

#[derive(Serialize)]
struct Whole<'a, P: Serialize> {
    shell: Shell<'a>,
    page: &'a P,
}

/// A page on its way: the request it answers, the template and the title.
pub struct Html<'a> {
    app: &'a App,
    request: &'a HttpRequest,
    template: &'a str,
    title: &'a str,
    scripts: &'a [&'static str],
    status: StatusCode,
}

const FLASH: &str = "herald_flash";

impl<'a> Html<'a> {
    pub fn new(app: &'a App, request: &'a HttpRequest, template: &'a str, title: &'a str) -> Self {
        Self { app, request, template, title, scripts: &[], status: StatusCode::OK }
    }
    /// ES modules under `static/js/` to load besides `app`.
    pub fn scripts(mut self, scripts: &'a [&'static str]) -> Self {
        self.scripts = scripts;
        self
    }
    /// 422 for a form that comes back with errors.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// # Errors
    /// Internal when the template and the data do not fit.
    pub fn render(self, page: &impl Serialize) -> Result<HttpResponse, AppError> {
        let flash = take_flash(self.app, self.request);
        let had_flash = flash.is_some();
        let extensions = self.request.extensions();
        let viewer = extensions.get::<Viewer>().cloned();
        let path = self.request.path().to_owned();
        let shell = Shell {
            title: self.title,
            organisation: self.app.organisation(),
            lang: "en",
            csrf: extensions.get::<Csrf>().map(|c| c.as_str().to_owned()).unwrap_or_default(),
            theme: theme(self.request),
            request_id: super::middleware::request_id(self.request),
            demo: self.app.config.demo,
            flash,
            nav: mark_current(viewer.as_ref().map(|v| v.nav.clone()).unwrap_or_default(), &path),
            viewer,
            scripts: self.scripts,
            path,
        };
        drop(extensions);
        let html =
            self.app.templates.render(self.template, &Whole { shell, page }).map_err(|e| AppError::Internal(anyhow::anyhow!("{e}")))?;
        let mut response = HttpResponse::build(self.status);
        response.insert_header(ContentType::html()).insert_header((header::CACHE_CONTROL, "no-store"));
        if had_flash {
            let mut gone = flash_cookie(self.app, String::new());
            gone.make_removal();
            response.cookie(gone);
        }
        Ok(response.body(html))
    }
}

fn mark_current(mut nav: Vec<NavGroup>, path: &str) -> Vec<NavGroup> {
    let longest = nav
        .iter()
        .flat_map(|g| &g.items)
        .map(|i| &i.href)
        .filter(|h| path == *h || path.starts_with(&format!("{h}/")))
        .max_by_key(|h| h.len())
        .cloned();
    for item in nav.iter_mut().flat_map(|g| &mut g.items) {
        item.current = longest.as_ref() == Some(&item.href);
    }
    nav
}

fn theme(request: &HttpRequest) -> String {
    match request.cookie("herald_theme").as_ref().map(Cookie::value) {
        Some(t @ ("light" | "dark")) => t.to_owned(),
        _ => "auto".into(),
    }
}

fn flash_cookie(app: &App, value: String) -> Cookie<'static> {
    Cookie::build(FLASH, value).path("/").http_only(true).same_site(SameSite::Lax).secure(app.config.is_https()).finish()
}

fn take_flash(app: &App, request: &HttpRequest) -> Option<Flash> {
    let cookie = request.cookie(FLASH)?;
    serde_json::from_str(&app.keys.open("flash", cookie.value())?).ok()
}

/// 303 to `to`, with a sentence for the next page.
pub fn redirect(app: &App, to: &str, flash: Option<&Flash>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, to));
    if let Some(sealed) = flash.and_then(|f| serde_json::to_string(f).ok()).and_then(|json| app.keys.seal("flash", &json).ok()) {
        response.cookie(flash_cookie(app, sealed));
    }
    response.finish()
}
