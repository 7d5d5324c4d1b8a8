//! The first screen of each role.
//!
//! Owns no table: it reads what the slices keep and says what is worth doing next.

mod admin;
mod advocate;
mod approver;
mod curator;
mod hr;
mod queries;

use actix_web::web::{Data, Query, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::AppError;
use crate::identity::{Role, SignedIn};
use crate::library::ItemKind;
use crate::web::redirect;

/// A link to the screen of another role that the member has.
#[derive(Debug, Serialize)]
struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Debug, Serialize)]
struct Link {
    href: String,
    label: String,
}

/// A number that matters, as `partials/stat_tile` draws it.
#[derive(Debug, Serialize, Default)]
struct Tile {
    label: &'static str,
    value: String,
    href: Option<String>,
    change: Option<Change>,
    note: Option<String>,
    definition: Option<&'static str>,
    sparkline: Option<String>,
}

/// How a number moved: `direction` up, down or flat; `kind` good, bad or flat.
#[derive(Debug, Serialize, Clone)]
struct Change {
    text: String,
    direction: &'static str,
    kind: &'static str,
}

impl Tile {
    fn of(label: &'static str, value: i64) -> Self {
        Self { label, value: crate::web::grouped(value), ..Self::default() }
    }
    fn href(mut self, href: &str) -> Self {
        self.href = Some(href.into());
        self
    }
    fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
    fn definition(mut self, text: &'static str) -> Self {
        self.definition = Some(text);
        self
    }
    fn against(mut self, now: i64, before: i64, than: &str) -> Self {
        self.change = Some(Change::between(now, before, than));
        self
    }
}

impl Change {
    fn between(now: i64, before: i64, than: &str) -> Self {
        let by = (now - before).abs();
        match now.cmp(&before) {
            std::cmp::Ordering::Greater => Self { text: format!("{by} more than {than}"), direction: "up", kind: "good" },
            std::cmp::Ordering::Less => Self { text: format!("{by} fewer than {than}"), direction: "down", kind: "bad" },
            std::cmp::Ordering::Equal => Self { text: format!("as {than}"), direction: "flat", kind: "flat" },
        }
    }
}

#[derive(Deserialize)]
struct As {
    #[serde(rename = "as")]
    role: Option<String>,
}

/// The most specific first.
const ORDER: [Role; 5] = [Role::Admin, Role::Hr, Role::Approver, Role::Curator, Role::Advocate];

/// The role whose screen is shown: the one asked for, if the member has it, else the most specific.
fn role_for(roles: &[Role], asked: Option<&str>) -> Role {
    asked
        .and_then(|a| a.parse().ok())
        .filter(|role| roles.contains(role))
        .or_else(|| ORDER.into_iter().find(|role| roles.contains(role)))
        .unwrap_or(Role::Advocate)
}

fn tabs(roles: &[Role], current: Role) -> Vec<Tab> {
    if roles.len() < 2 {
        return Vec::new();
    }
    let own = ORDER.into_iter().rev().filter(|role| roles.contains(role));
    own.map(|role| Tab { href: format!("/?as={role}"), label: role.label(), current: role == current }).collect()
}

async fn show(app: Data<App>, request: HttpRequest, caller: Option<SignedIn>, query: Query<As>) -> Result<HttpResponse, AppError> {
    let Some(caller) = caller else { return Ok(redirect(&app, "/sign-in", None)) };
    let role = role_for(&caller.roles, query.role.as_deref());
    let tabs = tabs(&caller.roles, role);
    match role {
        Role::Admin => admin::show(&app, &request, &caller, tabs).await,
        Role::Hr => hr::show(&app, &request, &caller, tabs).await,
        Role::Approver => approver::show(&app, &request, &caller, tabs).await,
        Role::Curator => curator::show(&app, &request, &caller, tabs).await,
        Role::Advocate => advocate::show(&app, &request, &caller, tabs).await,
    }
}

/// Label and icon of a kind of item.
fn kind(word: &str) -> (&'static str, &'static str) {
    word.parse::<ItemKind>().map_or(("Article", "article"), |kind| (kind.label(), kind.icon()))
}

/// At most so many characters, cut at a word, with an ellipsis.
fn excerpt(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    let at_word = cut.rsplit_once(char::is_whitespace).map_or(cut.as_str(), |(before, _)| before);
    format!("{}…", at_word.trim_end_matches([',', '.', ';', ':']))
}

/// The HTML pages of the slice.
pub fn pages(config: &mut ServiceConfig) {
    config.route("/", get().to(show));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_role_is_shown_unless_another_is_asked_for() {
        let roles = [Role::Advocate, Role::Curator, Role::Hr];
        assert_eq!(role_for(&roles, None), Role::Hr);
        assert_eq!(role_for(&roles, Some("curator")), Role::Curator);
        assert_eq!(role_for(&roles, Some("admin")), Role::Hr, "not a role of this member");
        assert_eq!(role_for(&[], Some("nonsense")), Role::Advocate);
        let labels: Vec<_> = tabs(&roles, Role::Hr).into_iter().map(|t| (t.label, t.current)).collect();
        assert_eq!(labels, [("Advocate", false), ("Curator", false), ("HR", true)]);
        assert!(tabs(&[Role::Advocate], Role::Advocate).is_empty());
    }

    #[test]
    fn an_excerpt_ends_at_a_word() {
        assert_eq!(excerpt("short", 10), "short");
        assert_eq!(excerpt("one two, three", 10), "one two…");
        assert_eq!(excerpt("äöüäöüäöü", 4), "äöüä…");
    }
}
