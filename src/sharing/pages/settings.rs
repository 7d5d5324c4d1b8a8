use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Typed;
use crate::app::App;
use crate::error::{AppError, FieldError};
use crate::identity::Admin;
use crate::networks::Network;
use crate::sharing::policy::{BannedTerm, Disclosure, Policy, Position, Severity};
use crate::sharing::settings::{self, SharingSettings};
use crate::sharing::utm::{UtmTemplate, UtmValues};
use crate::web::{Flash, Form, FormErrors, Html, redirect};

#[derive(Serialize)]
struct SettingsPage {
    errors: Vec<FieldError>,
    disclosure: Typed,
    aliases: Typed,
    required: bool,
    positions: Vec<Choice>,
    by_country: Typed,
    by_language: Typed,
    hashtags: Typed,
    banned: Typed,
    discouraged: Typed,
    utm: Vec<UtmField>,
    utm_error: Option<String>,
    utm_preview: String,
    example: String,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    label: &'static str,
    checked: bool,
    hint: Option<()>,
}

#[derive(Serialize)]
struct UtmField {
    name: &'static str,
    label: &'static str,
    value: String,
}

/// The form: lists one entry a line.
#[derive(Deserialize, Default)]
pub struct SettingsForm {
    #[serde(default)]
    disclosure: String,
    #[serde(default)]
    aliases: String,
    #[serde(default)]
    required: Option<String>,
    #[serde(default)]
    position: String,
    #[serde(default)]
    by_country: String,
    #[serde(default)]
    by_language: String,
    #[serde(default)]
    hashtags: String,
    #[serde(default)]
    banned: String,
    #[serde(default)]
    discouraged: String,
    #[serde(default)]
    utm_source: String,
    #[serde(default)]
    utm_medium: String,
    #[serde(default)]
    utm_campaign: String,
    #[serde(default)]
    utm_content: String,
    #[serde(default)]
    utm_term: String,
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
}

/// `term = what to write instead`, one a line.
fn terms(text: &str, severity: Severity) -> impl Iterator<Item = BannedTerm> {
    lines(text).into_iter().map(move |line| match line.split_once('=') {
        Some((term, advice)) if !advice.trim().is_empty() => {
            BannedTerm { term: term.trim().to_owned(), severity, advice: Some(advice.trim().to_owned()) }
        }
        _ => BannedTerm { term: line.trim_end_matches('=').trim().to_owned(), severity, advice: None },
    })
}

fn terms_text(terms: &[BannedTerm], severity: Severity) -> String {
    let line = |t: &BannedTerm| t.advice.as_ref().map_or_else(|| t.term.clone(), |a| format!("{} = {a}", t.term));
    terms.iter().filter(|t| t.severity == severity).map(line).collect::<Vec<_>>().join("\n")
}

/// `DE: Ich arbeite bei Acme.`, one a line.
fn wordings(field: &str, text: &str, errors: &mut FormErrors, upper: bool) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in lines(text) {
        let Some((code, words)) = line.split_once(':') else {
            errors.add(field, format!("“{line}” has no code in front. Write it such as DE: #Mitarbeiter"));
            continue;
        };
        let code = code.trim();
        let code = if upper { code.to_ascii_uppercase() } else { code.to_ascii_lowercase() };
        found.insert(code, words.trim().to_owned());
    }
    found
}

fn wordings_text(map: &BTreeMap<String, String>) -> String {
    map.iter().map(|(code, words)| format!("{code}: {words}")).collect::<Vec<_>>().join("\n")
}

fn read(form: &SettingsForm, link_required: bool, errors: &mut FormErrors) -> SharingSettings {
    let position = if form.position == "suffix" { Position::Suffix } else { Position::Prefix };
    SharingSettings {
        policy: Policy {
            disclosure: Disclosure {
                text: form.disclosure.trim().to_owned(),
                aliases: lines(&form.aliases),
                required: form.required.is_some(),
                position,
            },
            required_hashtags: lines(&form.hashtags),
            banned: terms(&form.banned, Severity::Block).chain(terms(&form.discouraged, Severity::Warn)).collect(),
            link_required,
        },
        disclosure_by_country: wordings("disclosure_by_country", &form.by_country, errors, true),
        disclosure_by_language: wordings("disclosure_by_language", &form.by_language, errors, false),
        utm: UtmTemplate {
            source: form.utm_source.trim().to_owned(),
            medium: form.utm_medium.trim().to_owned(),
            campaign: form.utm_campaign.trim().to_owned(),
            content: form.utm_content.trim().to_owned(),
            term: form.utm_term.trim().to_owned(),
        },
    }
}

fn page(s: &SharingSettings, errors: &FormErrors) -> SettingsPage {
    let typed = |value: String, field: &str| Typed { value, error: errors.of(field) };
    let p = &s.policy;
    let utm_field = |name, label, value: &str| UtmField { name, label, value: value.to_owned() };
    let values = UtmValues {
        network: Network::Linkedin,
        item: "itm_06hvm2q3xk400",
        campaign: None,
        group: None,
        topic: Some("hiring"),
        language: Some("en"),
    };
    SettingsPage {
        errors: errors.list().to_vec(),
        disclosure: typed(p.disclosure.text.clone(), "policy.disclosure.text"),
        aliases: typed(p.disclosure.aliases.join("\n"), "policy.disclosure.aliases"),
        required: p.disclosure.required,
        positions: vec![
            Choice { value: "prefix", label: "In front of the text", checked: p.disclosure.position == Position::Prefix, hint: None },
            Choice { value: "suffix", label: "After the text", checked: p.disclosure.position == Position::Suffix, hint: None },
        ],
        by_country: typed(wordings_text(&s.disclosure_by_country), "disclosure_by_country"),
        by_language: typed(wordings_text(&s.disclosure_by_language), "disclosure_by_language"),
        hashtags: typed(p.required_hashtags.join("\n"), "policy.required_hashtags"),
        banned: typed(terms_text(&p.banned, Severity::Block), "policy.banned"),
        discouraged: typed(terms_text(&p.banned, Severity::Warn), "policy.discouraged"),
        utm: vec![
            utm_field("utm_source", "Source", &s.utm.source),
            utm_field("utm_medium", "Medium", &s.utm.medium),
            utm_field("utm_campaign", "Campaign", &s.utm.campaign),
            utm_field("utm_content", "Content", &s.utm.content),
            utm_field("utm_term", "Term", &s.utm.term),
        ],
        utm_error: errors.of("utm"),
        utm_preview: s.utm.apply("https://example.com/news/new-lab", &values).unwrap_or_else(|e| e.to_string()),
        example: match p.disclosure.position {
            Position::Prefix => format!("{} We opened our new lab today.", p.disclosure.text),
            Position::Suffix => format!("We opened our new lab today. {}", p.disclosure.text),
        },
    }
}

pub async fn show(app: Data<App>, request: HttpRequest, _caller: Admin) -> Result<HttpResponse, AppError> {
    let kept = app.read(settings::get).await?;
    Html::new(&app, &request, "sharing/settings", "Rules of sharing").render(&page(&kept, &FormErrors::default()))
}

pub async fn submit(app: Data<App>, request: HttpRequest, caller: Admin, form: Form<SettingsForm>) -> Result<HttpResponse, AppError> {
    let link_required = app.read(settings::get).await?.policy.link_required;
    let mut errors = FormErrors::default();
    let wanted = read(&form.0, link_required, &mut errors);
    if let Err(AppError::Invalid(fields)) = wanted.validate() {
        fields.iter().for_each(|f| errors.add(&f.field, f.message.clone()));
    }
    if !errors.is_empty() {
        let answer = Html::new(&app, &request, "sharing/settings", "Rules of sharing").status(StatusCode::UNPROCESSABLE_ENTITY);
        return answer.render(&page(&wanted, &errors));
    }
    app.write(caller.actor(), move |tx| settings::put(tx, &wanted)).await?;
    Ok(redirect(&app, "/settings/sharing", Some(&Flash::good("Saved. It holds from the next share on."))))
}
