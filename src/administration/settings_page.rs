//! `/settings`: the organisation's name and the rules for points.
use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::{Ts, Tx};
use crate::error::{AppError, FieldError};
use crate::identity::{Admin, settings};
use crate::network::Network;
use crate::recognition::{self, NewRule, PointEvent, Rule};
use crate::web::{Flash, Form, FormErrors, Html, Shown, When, redirect};

#[derive(Serialize)]
struct RuleRow {
    event: &'static str,
    amount: i32,
    daily_cap: i32,
    from: Option<When>,
    state: &'static str,
    kind: &'static str,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    label: &'static str,
    selected: bool,
}

#[derive(Serialize)]
struct RuleFields {
    events: Vec<Choice>,
    amount: String,
    amount_error: Option<String>,
    daily_cap: String,
    daily_cap_error: Option<String>,
    valid_from: String,
    valid_from_error: Option<String>,
}

#[derive(Serialize)]
struct SettingsPage {
    errors: Vec<FieldError>,
    name: String,
    name_error: Option<String>,
    rules: Vec<RuleRow>,
    rule: RuleFields,
    points_note: &'static str,
}

#[derive(Default)]
struct Typed {
    name: Option<String>,
    rule: Option<RuleForm>,
    errors: FormErrors,
}

/// The organisation's name: 1 to 120 characters.
///
/// # Errors
/// Invalid, with what to do.
pub fn organisation_name(text: &str) -> Result<String, AppError> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        return Err(AppError::field("name", "Enter the company's name in 1 to 120 characters."));
    }
    Ok(name)
}

/// Writes the organisation's name; [`App::set_organisation`] follows after the commit.
///
/// # Errors
/// The database's.
pub fn put_organisation(tx: &mut Tx<'_>, name: &str) -> Result<(), AppError> {
    settings::put(tx, "organisation", &name)
}

async fn render(app: &App, request: &HttpRequest, shown: Shown, typed: Typed) -> Result<HttpResponse, AppError> {
    let rules = app.read(recognition::rules).await?;
    let status = if typed.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let errors = typed.errors;
    let rule = typed.rule.unwrap_or_else(|| RuleForm { event: "share_confirmed".into(), ..RuleForm::default() });
    let page = SettingsPage {
        name: typed.name.unwrap_or_else(|| app.organisation()),
        name_error: errors.of("name"),
        rules: rule_rows(&rules, shown),
        rule: RuleFields {
            events: PointEvent::ALL
                .iter()
                .map(|e| Choice { value: e.as_str(), label: e.label(), selected: e.as_str() == rule.event })
                .collect(),
            amount: rule.amount,
            amount_error: errors.of("amount"),
            daily_cap: rule.daily_cap,
            daily_cap_error: errors.of("daily_cap"),
            valid_from: rule.valid_from,
            valid_from_error: errors.of("valid_from"),
        },
        points_note: Network::X.points_note().unwrap_or_default(),
        errors: errors.list().to_vec(),
    };
    Html::new(app, request, "administration/settings", "Settings").status(status).render(&page)
}

/// Newest first within an event: the first whose time has come is in force, those after it are past.
fn rule_rows(rules: &[Rule], shown: Shown) -> Vec<RuleRow> {
    let mut in_force: Vec<PointEvent> = Vec::new();
    rules
        .iter()
        .map(|rule| {
            let (state, kind) = if rule.valid_from > shown.now {
                ("from then on", "wait")
            } else if in_force.contains(&rule.event) {
                ("past", "plain")
            } else {
                in_force.push(rule.event);
                ("in force", "good")
            };
            let from = (rule.valid_from.micros() > 0).then(|| shown.when(rule.valid_from));
            RuleRow { event: rule.event.label(), amount: rule.amount, daily_cap: rule.daily_cap, from, state, kind }
        })
        .collect()
}

async fn show(app: Data<App>, request: HttpRequest, caller: Admin) -> Result<HttpResponse, AppError> {
    render(&app, &request, caller.shown(app.now()), Typed::default()).await
}

#[derive(Deserialize)]
struct NameForm {
    name: String,
}

async fn save_name(app: Data<App>, request: HttpRequest, caller: Admin, form: Form<NameForm>) -> Result<HttpResponse, AppError> {
    let name = match organisation_name(&form.0.name) {
        Ok(name) => name,
        Err(AppError::Invalid(errors)) => {
            let typed = Typed { name: Some(form.0.name), errors: errors.into(), ..Typed::default() };
            return render(&app, &request, caller.shown(app.now()), typed).await;
        }
        Err(error) => return Err(error),
    };
    let written = name.clone();
    app.write(caller.actor(), move |tx| put_organisation(tx, &written)).await?;
    app.set_organisation(name);
    Ok(redirect(&app, "/settings", Some(&Flash::good("Saved."))))
}

#[derive(Deserialize, Default, Clone)]
struct RuleForm {
    #[serde(default)]
    event: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    daily_cap: String,
    #[serde(default)]
    valid_from: String,
}

impl RuleForm {
    /// What was typed as a rule; a day means its first moment in UTC, today or nothing means now.
    fn read(&self, now: Ts) -> Result<NewRule, FormErrors> {
        let mut errors = FormErrors::default();
        let mut number = |field, text: &str| {
            text.trim().parse::<i32>().unwrap_or_else(|_| {
                errors.add(field, "Enter a whole number.");
                0
            })
        };
        let (amount, daily_cap) = (number("amount", &self.amount), number("daily_cap", &self.daily_cap));
        let event = self.event.parse().unwrap_or_else(|_| {
            errors.add("event", "Choose what earns the points.");
            PointEvent::ShareConfirmed
        });
        let day = match self.valid_from.trim() {
            "" => now.day(),
            text => text.parse::<NaiveDate>().unwrap_or_else(|_| {
                errors.add("valid_from", "Choose a day, or leave it empty for now.");
                now.day()
            }),
        };
        let valid_from = (day != now.day()).then(|| Ts::from(day.and_time(chrono::NaiveTime::MIN).and_utc()));
        if errors.is_empty() { Ok(NewRule { event, amount, daily_cap, valid_from }) } else { Err(errors) }
    }
}

async fn add_rule(app: Data<App>, request: HttpRequest, caller: Admin, form: Form<RuleForm>) -> Result<HttpResponse, AppError> {
    let Form(typed) = form;
    let refused = match typed.read(app.now()) {
        Err(errors) => errors,
        Ok(rule) => match app.write(caller.actor(), move |tx| recognition::add_rule(tx, &rule)).await {
            Ok(_) => {
                return Ok(redirect(
                    &app,
                    "/settings#points",
                    Some(&Flash::good("The rule is kept. What people have earned stays as it is.")),
                ));
            }
            Err(AppError::Invalid(errors)) => errors.into(),
            Err(error) => return Err(error),
        },
    };
    render(&app, &request, caller.shown(app.now()), Typed { rule: Some(typed), errors: refused, name: None }).await
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/settings", get().to(show))
        .route("/settings/organisation", post().to(save_name))
        .route("/settings/points", post().to(add_rule));
}
