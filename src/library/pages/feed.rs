use actix_web::web::{Data, Path, Query, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{Badge, Chip, Empty, Image, Link, address};
use crate::app::App;
use crate::db::ItemId;
use crate::error::AppError;
use crate::identity::{Caller, Role, SignedIn};
use crate::library::{self, Caption, FeedCursor, FeedItem, FeedQuery, ItemKind, OwnShare, Shareable, queries};
use crate::web::{Html, Shown, When, redirect};

pub fn pages(config: &mut ServiceConfig) {
    config.route("/feed", get().to(feed)).route("/items/{id}", get().to(item));
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    /// The slug of a topic.
    #[serde(default)]
    topic: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    after: String,
}

impl Asked {
    fn address(&self, topic: &str, kind: &str, q: &str, after: &str) -> String {
        let given = [("q", q), ("topic", topic), ("kind", kind), ("language", &self.language), ("after", after)];
        address("/feed", &given.map(|(name, value)| (name, Some(value))))
    }
}

/// What `partials/card` shows.
#[derive(Serialize)]
struct Card {
    href: String,
    title: String,
    summary: String,
    kind: &'static str,
    kind_icon: &'static str,
    image: Option<Image>,
    topics: Vec<String>,
    why: Option<String>,
    when: Option<When>,
    ends: Option<When>,
    pinned: bool,
    fresh: bool,
    shared: Option<SharedMark>,
    share: Option<Link>,
    status: Option<Badge>,
    note: Option<String>,
}

#[derive(Serialize)]
struct SharedMark {
    text: String,
    href: String,
}

#[derive(Serialize)]
struct FeedPage {
    q: String,
    found: String,
    topics: Vec<Chip>,
    kinds: Vec<Chip>,
    active: Vec<Chip>,
    items: Vec<Card>,
    prev: Option<String>,
    next: Option<String>,
    empty: Empty,
    suggest: Option<String>,
}

async fn feed(app: Data<App>, request: HttpRequest, caller: SignedIn, asked: Query<Asked>) -> Result<HttpResponse, AppError> {
    let (asked, now, member) = (asked.into_inner(), app.now(), caller.id);
    let kind = asked.kind.parse::<ItemKind>().ok();
    let query = FeedQuery {
        q: Some(asked.q.clone()),
        kind,
        language: Some(asked.language.clone()).filter(|l| !l.is_empty()),
        // An address that no longer fits starts from the top.
        cursor: asked.after.parse::<FeedCursor>().ok(),
        limit: 24,
        ..FeedQuery::default()
    };
    let slug = asked.topic.clone();
    let (topics, feed) = app
        .read(move |db| {
            let topics = queries::all_topics(db)?;
            let topic = topics.iter().find(|(_, s, _)| *s == slug).map(|(id, ..)| *id);
            let feed = library::feed(db, member, &FeedQuery { topic, ..query }, now)?;
            Ok((topics, feed))
        })
        .await?;
    let shown = caller.shown(now);
    let topic_name = topics.iter().find(|(_, s, _)| *s == asked.topic).map(|(_, _, name)| name.clone());
    let page = FeedPage {
        found: found(&asked, feed.items.is_empty()),
        topics: topic_chips(&asked, &topics),
        kinds: kind_chips(&asked, kind),
        active: active(&asked),
        items: feed.items.into_iter().map(|i| card(i, shown)).collect(),
        prev: (!asked.after.is_empty()).then(|| asked.address(&asked.topic, &asked.kind, &asked.q, "")),
        next: feed.next.map(|c| asked.address(&asked.topic, &asked.kind, &asked.q, &c.to_string())),
        empty: nothing(&asked, topic_name.as_deref(), &caller),
        suggest: None,
        q: asked.q,
    };
    Html::new(&app, &request, "library/feed", "Feed").render(&page)
}

fn found(asked: &Asked, none: bool) -> String {
    let q = asked.q.trim();
    match (q.is_empty(), none) {
        (true, true) => "Nothing here yet".into(),
        (true, false) => "Picked for you: pinned, then what you follow, the newest first".into(),
        (false, true) => format!("Nothing found for “{q}”"),
        (false, false) => format!("What says “{q}”, the best fitting first"),
    }
}

fn topic_chips(asked: &Asked, topics: &[(crate::db::TopicId, String, String)]) -> Vec<Chip> {
    let chip = |slug: &str, label: &str| Chip {
        href: asked.address(slug, &asked.kind, &asked.q, ""),
        label: label.into(),
        current: asked.topic == slug,
        count: None,
        remove: false,
    };
    std::iter::once(chip("", "All topics")).chain(topics.iter().map(|(_, slug, name)| chip(slug, name))).collect()
}

fn kind_chips(asked: &Asked, current: Option<ItemKind>) -> Vec<Chip> {
    let chip = |kind: &ItemKind| {
        let on = current == Some(*kind);
        let value = if on { "" } else { kind.as_str() };
        Chip { href: asked.address(&asked.topic, value, &asked.q, ""), label: kind.label().into(), current: on, count: None, remove: false }
    };
    ItemKind::ALL.iter().map(chip).collect()
}

fn active(asked: &Asked) -> Vec<Chip> {
    let mut chips = Vec::new();
    if !asked.q.trim().is_empty() {
        let href = asked.address(&asked.topic, &asked.kind, "", "");
        chips.push(Chip { href, label: asked.q.trim().into(), current: false, count: None, remove: true });
    }
    chips
}

fn nothing(asked: &Asked, topic: Option<&str>, caller: &Caller) -> Empty {
    let all = Some(Link::to("/feed", "Show everything"));
    if !asked.q.trim().is_empty() {
        let title = format!("No piece says “{}”", asked.q.trim());
        return Empty { title, text: Some("Try a shorter word, or fewer of them.".into()), action: all };
    }
    if topic.is_some() || !asked.kind.is_empty() || !asked.language.is_empty() {
        let title = topic.map_or_else(|| "Nothing of this kind just now".into(), |t| format!("Nothing about {t} just now"));
        return Empty { title, text: Some("New pieces appear here as soon as they are released.".into()), action: all };
    }
    let action = caller.has(Role::Curator).then(|| Link::to("/library/import", "Bring in a piece"));
    Empty { title: "Nothing to share yet".into(), text: Some("As soon as marketing releases a piece, you find it here.".into()), action }
}

fn card(item: FeedItem, shown: Shown) -> Card {
    let shared = item.shared.first().map(mark);
    let again = if shared.is_some() { "Share again" } else { "Share" };
    Card {
        href: format!("/items/{}", item.id),
        kind: item.kind.label(),
        kind_icon: item.kind.icon(),
        image: item.image.map(|id| Image { src: format!("/media/{id}"), alt: item.image_alt.clone() }),
        topics: item.topics.into_iter().map(|t| t.name).collect(),
        why: Some(item.why).filter(|_| !item.pinned),
        when: Some(shown.when(item.released_at)),
        ends: item.expires_at.filter(|at| at.since(shown.now) <= chrono::Duration::days(7)).map(|at| ends(shown, at)),
        pinned: item.pinned,
        fresh: item.fresh,
        shared,
        share: Some(Link::to(format!("/share/{}", item.id), again)),
        status: None,
        note: None,
        title: item.title,
        summary: item.summary,
    }
}

fn ends(shown: Shown, at: crate::db::Ts) -> When {
    let when = shown.when(at);
    When { text: format!("ends {}", when.text), ..when }
}

fn mark(share: &OwnShare) -> SharedMark {
    let network = share.network.label();
    let text = match share.state.as_str() {
        "confirmed" => format!("Shared on {network}"),
        "scheduled" | "awaiting_approval" => format!("Planned for {network}"),
        _ => format!("Started on {network}"),
    };
    SharedMark { text, href: "/shares".into() }
}

#[derive(Serialize)]
struct ItemPage {
    title: String,
    summary: String,
    link: String,
    host: String,
    kind: &'static str,
    kind_icon: &'static str,
    language: String,
    image: Option<Image>,
    topics: Vec<String>,
    regulated: bool,
    captions: Vec<CaptionLine>,
    ends: Option<When>,
    shared: Vec<SharedMark>,
    share: Link,
    manage: Option<String>,
    /// A place for clicks and shares; filled by those who count them.
    numbers: Option<()>,
}

/// A ready text as pages show it.
#[derive(Serialize)]
pub(super) struct CaptionLine {
    pub text: String,
    pub network: Option<&'static str>,
    pub network_label: &'static str,
    pub language: String,
    pub kind: &'static str,
    pub locked: bool,
    pub must_edit: bool,
}

pub(super) fn caption_line(caption: &Caption) -> CaptionLine {
    CaptionLine {
        text: caption.text.clone(),
        network: caption.network.map(crate::network::Network::as_str),
        network_label: caption.network.map_or("Any network", crate::network::Network::label),
        language: caption.language.clone(),
        kind: caption.kind.label(),
        locked: caption.kind == library::CaptionKind::Locked,
        must_edit: caption.kind == library::CaptionKind::MustEdit,
    }
}

async fn item(app: Data<App>, request: HttpRequest, caller: SignedIn, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let (id, now, member) = (id.into_inner(), app.now(), caller.id);
    let found = app.read(move |db| Ok((library::shareable(db, member, id, now)?, library::shares_by(db, member, id)?))).await;
    let curates = caller.has(Role::Curator);
    let (piece, shares) = match found {
        Err(AppError::NotFound(_)) if curates => return Ok(redirect(&app, &format!("/library/{id}"), None)),
        other => other?,
    };
    let page = item_page(piece, &shares, caller.shown(now), curates);
    let title = page.title.clone();
    Html::new(&app, &request, "library/item", &title).render(&page)
}

fn item_page(piece: Shareable, shares: &[OwnShare], shown: Shown, curates: bool) -> ItemPage {
    let id = piece.item_id;
    let again = if shares.is_empty() { "Share this" } else { "Share again" };
    ItemPage {
        host: host(&piece.link),
        kind: piece.kind.label(),
        kind_icon: piece.kind.icon(),
        image: piece.image.map(|m| Image { src: format!("/media/{m}"), alt: piece.image_alt.clone() }),
        captions: piece.captions.iter().map(caption_line).collect(),
        ends: piece.expires_at.map(|at| ends(shown, at)),
        shared: shares.iter().map(mark).collect(),
        share: Link::to(format!("/share/{id}"), again).with("shares"),
        manage: curates.then(|| format!("/library/{id}")),
        numbers: None,
        title: piece.title,
        summary: piece.summary,
        link: piece.link,
        language: piece.language,
        topics: piece.topics,
        regulated: piece.regulated,
    }
}

/// The host of a link, as people read it.
pub(super) fn host(link: &str) -> String {
    let url = url::Url::parse(link).ok();
    url.and_then(|u| u.host_str().map(|h| h.trim_start_matches("www.").to_owned())).unwrap_or_default()
}
