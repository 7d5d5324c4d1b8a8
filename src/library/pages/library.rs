use actix_web::web::{Data, Query, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Badge, Chip, Choice, Empty, Link, address};
use crate::app::App;
use crate::db::{Db, GroupId, ItemId, SourceId, TopicId};
use crate::error::AppError;
use crate::identity::Curator;
use crate::library::{self, ItemKind, ItemLine, LibraryQuery, RevisionState, Sort, Standing, queries, sources};
use crate::web::{Flash, Form, Html, Shown, When, redirect};

const SIZE: i64 = 25;

pub fn pages(config: &mut ServiceConfig) {
    config
        .route("/library", get().to(list))
        .route("/library/archive", post().to(archive))
        .route("/library/unarchive", post().to(unarchive));
}

#[derive(Debug, Default, Clone, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    audience: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    page: String,
}

impl Asked {
    /// This address with some parameters changed; the page number goes unless it is set.
    fn with(&self, changes: &[(&str, &str)]) -> String {
        let own = [
            ("q", &self.q),
            ("status", &self.status),
            ("topic", &self.topic),
            ("kind", &self.kind),
            ("language", &self.language),
            ("audience", &self.audience),
            ("source", &self.source),
            ("sort", &self.sort),
        ];
        let changed = |name: &str| changes.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        let mut all: Vec<(&str, Option<&str>)> =
            own.iter().map(|(name, value)| (*name, Some(changed(name).unwrap_or(value.as_str())))).collect();
        all.push(("page", changed("page")));
        address("/library", &all)
    }
    fn number(&self) -> i64 {
        self.page.parse().unwrap_or(1).clamp(1, 100_000)
    }
    fn query(&self) -> LibraryQuery {
        LibraryQuery {
            q: Some(self.q.clone()),
            topic: self.topic.parse::<TopicId>().ok(),
            kind: self.kind.parse::<ItemKind>().ok(),
            language: Some(self.language.clone()).filter(|l| super::super::content::is_language(l)),
            status: self.status.parse::<Standing>().ok(),
            audience: self.audience.parse::<GroupId>().ok(),
            source: self.source.parse::<SourceId>().ok(),
            sort: match self.sort.as_str() {
                "title" => Sort::Title,
                "changed" => Sort::Changed,
                "released" => Sort::Released,
                _ => Sort::Newest,
            },
            after: None,
            offset: (self.number() - 1) * SIZE,
            limit: SIZE + 1,
        }
    }
}

#[derive(Serialize)]
struct Tab {
    href: String,
    label: &'static str,
    count: i64,
    current: bool,
}

#[derive(Serialize)]
struct Row {
    id: String,
    href: String,
    title: String,
    kind: &'static str,
    kind_icon: &'static str,
    image: Option<String>,
    status: Badge,
    note: Option<&'static str>,
    topics: Vec<String>,
    audiences: Vec<String>,
    pinned: bool,
    released: Option<When>,
    changed: When,
}

#[derive(Serialize)]
struct SortHeader {
    label: &'static str,
    href: String,
    dir: Option<&'static str>,
    number: bool,
}

#[derive(Serialize)]
struct Filters {
    topics: Vec<Choice>,
    kinds: Vec<Choice>,
    audiences: Vec<Choice>,
    sources: Vec<Choice>,
    q: String,
    status: String,
    sort: String,
}

#[derive(Serialize)]
struct LibraryPage {
    action: Link,
    filters: Filters,
    tabs: Vec<Tab>,
    active: Vec<Chip>,
    sort_title: SortHeader,
    sort_released: SortHeader,
    sort_changed: SortHeader,
    rows: Vec<Row>,
    range: Option<String>,
    prev: Option<String>,
    next: Option<String>,
    empty: Empty,
}

/// What the filters offer.
struct Offered {
    topics: Vec<(TopicId, String, String)>,
    groups: Vec<(GroupId, String)>,
    sources: Vec<(SourceId, String)>,
}

fn offered(db: &mut Db) -> Result<Offered, AppError> {
    Ok(Offered {
        topics: queries::all_topics(db)?,
        groups: queries::all_groups(db)?,
        sources: sources::list(db, None, 100)?.into_iter().map(|s| (s.id, s.title)).collect(),
    })
}

async fn list(app: Data<App>, request: HttpRequest, caller: Curator, asked: Query<Asked>) -> Result<HttpResponse, AppError> {
    let (asked, now) = (asked.into_inner(), app.now());
    let query = asked.query();
    let (rows, counts, offered) =
        app.read(move |db| Ok((library::list(db, &query, now)?, library::counts(db, &query, now)?, offered(db)?))).await?;
    let page = page(&asked, rows.into_iter().map(|(_, line)| line).collect(), &counts, &offered, caller.shown(now));
    Html::new(&app, &request, "library/list", "Library").render(&page)
}

fn page(asked: &Asked, mut lines: Vec<ItemLine>, counts: &[(Standing, i64)], offered: &Offered, shown: Shown) -> LibraryPage {
    let size = usize::try_from(SIZE).unwrap_or(25);
    let (number, more) = (asked.number(), lines.len() > size);
    lines.truncate(size);
    let first = (number - 1) * SIZE + 1;
    let last = first + i64::try_from(lines.len()).unwrap_or(0) - 1;
    let header = |label, key: &str| SortHeader {
        label,
        href: asked.with(&[("sort", key)]),
        dir: (asked.sort == key).then_some(if key == "title" { "ascending" } else { "descending" }),
        number: false,
    };
    LibraryPage {
        action: Link::to("/library/import", "Bring in a piece").with("plus"),
        filters: filters(asked, offered),
        tabs: tabs(asked, counts),
        active: active(asked, offered),
        sort_title: header("Title", "title"),
        sort_released: header("Release", "released"),
        sort_changed: header("Changed", "changed"),
        range: (!lines.is_empty()).then(|| format!("{first} to {last}")),
        prev: (number > 1).then(|| asked.with(&[("page", &(number - 1).to_string())])),
        next: more.then(|| asked.with(&[("page", &(number + 1).to_string())])),
        rows: lines.into_iter().map(|l| row(l, shown)).collect(),
        empty: nothing(asked, counts),
    }
}

fn filters(asked: &Asked, offered: &Offered) -> Filters {
    let choice = |value: String, label: &str, chosen: &str| Choice::new(value.clone(), label, value == chosen);
    Filters {
        topics: offered.topics.iter().map(|(id, _, name)| choice(id.to_string(), name, &asked.topic)).collect(),
        kinds: ItemKind::ALL.iter().map(|k| choice(k.as_str().into(), k.label(), &asked.kind)).collect(),
        audiences: offered.groups.iter().map(|(id, name)| choice(id.to_string(), name, &asked.audience)).collect(),
        sources: offered.sources.iter().map(|(id, title)| choice(id.to_string(), title, &asked.source)).collect(),
        q: asked.q.clone(),
        status: asked.status.clone(),
        sort: asked.sort.clone(),
    }
}

fn tabs(asked: &Asked, counts: &[(Standing, i64)]) -> Vec<Tab> {
    let count = |standing: Standing| counts.iter().find(|(s, _)| *s == standing).map_or(0, |(_, n)| *n);
    let all = Tab {
        href: asked.with(&[("status", "")]),
        label: "All",
        count: counts.iter().map(|(_, n)| n).sum(),
        current: asked.status.parse::<Standing>().is_err(),
    };
    let tab = |standing: &Standing| Tab {
        href: asked.with(&[("status", standing.as_str())]),
        label: standing.label(),
        count: count(*standing),
        current: asked.status == standing.as_str(),
    };
    std::iter::once(all).chain(Standing::ALL.iter().map(tab)).collect()
}

fn active(asked: &Asked, offered: &Offered) -> Vec<Chip> {
    let named = [
        ("q", Some(format!("“{}”", asked.q.trim())).filter(|_| !asked.q.trim().is_empty())),
        ("topic", offered.topics.iter().find(|(id, ..)| id.to_string() == asked.topic).map(|(_, _, n)| n.clone())),
        ("kind", asked.kind.parse::<ItemKind>().ok().map(|k| k.label().to_owned())),
        ("audience", offered.groups.iter().find(|(id, _)| id.to_string() == asked.audience).map(|(_, n)| format!("For {n}"))),
        ("source", offered.sources.iter().find(|(id, _)| id.to_string() == asked.source).map(|(_, n)| format!("From {n}"))),
        ("language", Some(asked.language.clone()).filter(|l| !l.is_empty())),
    ];
    let chip = |(name, label): (&str, Option<String>)| {
        Some(Chip { href: asked.with(&[(name, "")]), label: label?, current: false, count: None, remove: true })
    };
    named.into_iter().filter_map(chip).collect()
}

fn nothing(asked: &Asked, counts: &[(Standing, i64)]) -> Empty {
    if !asked.q.trim().is_empty() || counts.iter().any(|(_, n)| *n > 0) || !asked.topic.is_empty() || !asked.kind.is_empty() {
        let text = Some("Take a filter away, or look for a shorter word.".into());
        return Empty { title: "Nothing fits these filters".into(), text, action: Some(Link::to("/library", "Show everything")) };
    }
    Empty {
        title: "Your library is empty".into(),
        text: Some("Bring in an article by its address, follow a feed, or write a piece yourself.".into()),
        action: Some(Link::to("/library/import", "Bring in a piece")),
    }
}

fn row(line: ItemLine, shown: Shown) -> Row {
    let note = match line.working {
        Some(RevisionState::InReview) if line.status != Standing::InReview => Some("A new version waits for review"),
        Some(RevisionState::Rejected) => Some("Sent back with a note"),
        Some(RevisionState::Draft) if line.status != Standing::Draft => Some("A new version is a draft"),
        _ => None,
    };
    Row {
        id: line.id.to_string(),
        href: format!("/library/{}", line.id),
        kind: line.kind.label(),
        kind_icon: line.kind.icon(),
        image: line.image_id.map(|id| format!("/media/{id}")),
        status: Badge { kind: line.status.badge(), label: line.status.label() },
        note,
        topics: line.topics.into_iter().map(|t| t.name).collect(),
        audiences: line.audiences.into_iter().map(|g| g.name).collect(),
        pinned: line.pinned,
        released: line.release_at.map(|at| shown.when(at)),
        changed: shown.when(line.updated_at),
        title: line.title,
    }
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    item: Vec<String>,
    /// Several ids in one field, as an undo carries them.
    #[serde(default)]
    items: String,
}

impl Chosen {
    fn ids(&self) -> Vec<ItemId> {
        let mut ids: Vec<ItemId> =
            self.item.iter().map(String::as_str).chain(self.items.split(' ')).filter_map(|id| id.parse().ok()).take(100).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

async fn archive(app: Data<App>, caller: Curator, Form(chosen): Form<Chosen>) -> Result<HttpResponse, AppError> {
    let ids = chosen.ids();
    if ids.is_empty() {
        return Ok(redirect(&app, "/library", Some(&Flash::bad("Tick the pieces that you want to archive first."))));
    }
    let done = app
        .write(caller.actor(), move |tx| {
            // Only those that were not archived before are brought back by an undo.
            let rows = queries::items(tx.db, &ids)?;
            let fit = |id: &ItemId| {
                rows.get(id).is_some_and(|r| !matches!(r.status, library::ItemStatus::Archived | library::ItemStatus::Recalled))
            };
            let ids: Vec<ItemId> = ids.into_iter().filter(fit).collect();
            library::archive(tx, &ids)?;
            Ok(ids)
        })
        .await?;
    let text = match done.len() {
        0 => "Nothing to archive: these pieces are archived or recalled already.".into(),
        1 => "1 piece archived. Nobody sees it in the feed any more.".into(),
        n => format!("{n} pieces archived. Nobody sees them in the feed any more."),
    };
    Ok(redirect(&app, "/library", Some(&undoable(Flash::good(text), "/library/unarchive", &done))))
}

/// An undo button that posts the ids back.
pub(super) fn undoable(flash: Flash, action: &str, ids: &[ItemId]) -> Flash {
    if ids.is_empty() {
        return flash;
    }
    let value = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    flash.with_undo(action, "Undo").field("items", value)
}

async fn unarchive(app: Data<App>, caller: Curator, Form(chosen): Form<Chosen>) -> Result<HttpResponse, AppError> {
    let ids = chosen.ids();
    app.write(caller.actor(), move |tx| library::unarchive(tx, &ids)).await?;
    Ok(redirect(&app, "/library", Some(&Flash::good("Back in the library, where they were."))))
}
