//! The pages of the library.

mod approvals;
mod editor;
mod editor_form;
mod feed;
mod import;
mod library;
mod manage;
mod sources;

use actix_web::web::{ServiceConfig, get, resource};
use serde::Serialize;

use super::media;
use crate::error::FieldError;

pub fn pages(config: &mut ServiceConfig) {
    config.service(resource("/media/{id}").route(get().to(media::serve)));
    feed::pages(config);
    library::pages(config);
    import::pages(config);
    editor::pages(config);
    manage::pages(config);
    approvals::pages(config);
    sources::pages(config);
}

/// A link of the page's frame.
#[derive(Serialize, Clone)]
struct Link {
    href: String,
    label: String,
    icon: Option<&'static str>,
}

impl Link {
    fn to(href: impl Into<String>, label: &str) -> Self {
        Self { href: href.into(), label: label.into(), icon: None }
    }
    fn with(mut self, icon: &'static str) -> Self {
        self.icon = Some(icon);
        self
    }
}

/// A choice of a select or a set of boxes; both flags say the same.
#[derive(Serialize, Clone)]
struct Choice {
    value: String,
    label: String,
    selected: bool,
    checked: bool,
    hint: Option<String>,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), label: label.into(), selected: chosen, checked: chosen, hint: None }
    }
}

/// A filter chip.
#[derive(Serialize, Clone)]
struct Chip {
    href: String,
    label: String,
    current: bool,
    count: Option<String>,
    remove: bool,
}

#[derive(Serialize, Clone)]
struct Badge {
    kind: &'static str,
    label: &'static str,
}

#[derive(Serialize, Clone)]
struct Image {
    src: String,
    alt: String,
}

#[derive(Serialize, Default)]
struct Empty {
    title: String,
    text: Option<String>,
    action: Option<Link>,
}

/// A path with those parameters that have a value.
fn address(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The sentences at the fields, by the field's name.
fn by_field(errors: &[FieldError]) -> std::collections::HashMap<String, String> {
    errors.iter().rev().map(|e| (e.field.clone(), e.message.clone())).collect()
}
