//! Small shapes that the templates of several pages draw.

use serde::Serialize;

use super::super::{Member, MemberStatus, Role};
use crate::web::FormErrors;

/// What stands in a field, and what is wrong with it.
#[derive(Debug, Default, Serialize)]
pub struct Typed {
    pub value: String,
    pub error: Option<String>,
}

impl Typed {
    pub fn new(field: &str, value: impl Into<String>, errors: &FormErrors) -> Self {
        Self { value: value.into(), error: errors.of(field) }
    }
}

/// One choice of a select.
#[derive(Debug, Serialize)]
pub struct SelectOption {
    pub value: String,
    pub label: String,
    pub selected: bool,
}

/// One tick box.
#[derive(Debug, Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub checked: bool,
    pub hint: Option<String>,
}

/// A link in words.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    pub href: String,
    pub label: String,
    pub icon: Option<&'static str>,
}

pub fn link(href: impl Into<String>, label: &str) -> Link {
    Link { href: href.into(), label: label.into(), icon: None }
}

/// A state in colour, icon and word.
#[derive(Debug, Serialize)]
pub struct Badge {
    pub kind: &'static str,
    pub label: &'static str,
}

pub fn status_badge(status: MemberStatus) -> Badge {
    let (kind, label) = match status {
        MemberStatus::Active => ("good", "Active"),
        MemberStatus::Invited => ("wait", "Invited"),
        MemberStatus::Disabled => ("locked", "Disabled"),
    };
    Badge { kind, label }
}

/// A tab of the account pages.
#[derive(Debug, Serialize)]
pub struct Tab {
    pub href: &'static str,
    pub label: &'static str,
    pub current: bool,
}

pub fn account_tabs(current: &str) -> Vec<Tab> {
    [("/account", "Profile"), ("/account/sessions", "Where you are signed in"), ("/account/tokens", "API tokens")]
        .into_iter()
        .map(|(href, label)| Tab { href, label, current: href == current })
        .collect()
}

/// Tick boxes for roles, each with what it is for.
pub fn role_choices(held: &[Role]) -> Vec<Choice> {
    Role::ALL
        .iter()
        .map(|role| Choice {
            value: role.as_str().into(),
            label: role.label().into(),
            checked: held.contains(role),
            hint: Some(role.purpose().into()),
        })
        .collect()
}

/// Every time zone by name; UTC first.
pub fn time_zones(chosen: &str) -> Vec<SelectOption> {
    let named = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/') && !name.starts_with("Etc/"));
    let mut all: Vec<SelectOption> = std::iter::once("UTC")
        .chain(named)
        .map(|name| SelectOption { value: name.into(), label: name.replace('_', " "), selected: name == chosen })
        .collect();
    if !all.iter().any(|o| o.selected) {
        all.push(SelectOption { value: chosen.into(), label: chosen.into(), selected: true });
    }
    all
}

const LANGUAGES: [(&str, &str); 20] = [
    ("en", "English"),
    ("ar", "العربية"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("hi", "हिन्दी"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("pt-BR", "Português (Brasil)"),
    ("sv", "Svenska"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("zh", "中文"),
];

/// Common languages, and whichever is chosen.
pub fn languages(chosen: &str) -> Vec<SelectOption> {
    let mut all: Vec<SelectOption> = LANGUAGES
        .iter()
        .map(|(tag, name)| SelectOption { value: (*tag).into(), label: (*name).into(), selected: *tag == chosen })
        .collect();
    if !all.iter().any(|o| o.selected) {
        all.push(SelectOption { value: chosen.into(), label: chosen.into(), selected: true });
    }
    all
}

/// The fields of a person, as account and member pages show them.
#[derive(Debug, Serialize)]
pub struct PersonFields {
    pub name: Typed,
    pub title: Typed,
    pub department: Typed,
    pub region: Typed,
    pub country: Typed,
    pub languages: Vec<SelectOption>,
    pub language_error: Option<String>,
    pub time_zones: Vec<SelectOption>,
    pub time_zone_error: Option<String>,
}

/// A form with the fields of a person.
#[derive(Debug, Default, Clone, serde::Deserialize)]
pub struct PersonForm {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub department: String,
    #[serde(default)]
    pub region: String,
    #[serde(default)]
    pub country: String,
    #[serde(default)]
    pub language: String,
    #[serde(default)]
    pub time_zone: String,
}

impl PersonForm {
    pub fn of(member: &Member) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            name: member.name.clone(),
            title: text(&member.title),
            department: text(&member.department),
            region: text(&member.region),
            country: text(&member.country),
            language: member.language.clone(),
            time_zone: member.time_zone.clone(),
        }
    }

    pub fn fields(&self, errors: &FormErrors) -> PersonFields {
        PersonFields {
            name: Typed::new("name", &self.name, errors),
            title: Typed::new("title", &self.title, errors),
            department: Typed::new("department", &self.department, errors),
            region: Typed::new("region", &self.region, errors),
            country: Typed::new("country", &self.country, errors),
            languages: languages(if self.language.is_empty() { "en" } else { &self.language }),
            language_error: errors.of("language"),
            time_zones: time_zones(if self.time_zone.is_empty() { "UTC" } else { &self.time_zone }),
            time_zone_error: errors.of("time_zone"),
        }
    }
}

/// A page that asks before an act, for browsers without scripts.
#[derive(Debug, Serialize)]
pub struct Question {
    pub title: String,
    pub text: String,
    pub action: String,
    pub confirm: String,
    pub back: String,
}
