use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::{CaptionId, Db, ItemId, MemberId, Ts};
use crate::error::AppError;
use crate::identity::{Caller, SignedIn};
use crate::library::{self, Caption, CaptionKind, Shareable};
use crate::networks::Network;
use crate::sharing::acts::{self, NewShare, Started};
use crate::sharing::drafting::{self, CheckAnswer, Composed, Draft};
use crate::sharing::offers::{self, Offer};
use crate::sharing::policy::Fix;
use crate::sharing::queries;
use crate::sharing::share::ShareMode;
use crate::web::{Flash, Form, Html, Shown, When, redirect};

#[derive(Serialize)]
struct ComposerPage {
    action: String,
    check_url: &'static str,
    back_href: &'static str,
    item: Item,
    networks: Vec<Chip>,
    network: Chosen,
    captions: Vec<Choice>,
    text: String,
    read_only: bool,
    counts: Counts,
    findings: Vec<FindingRow>,
    can_share: bool,
    sameness: Option<String>,
    modes: Vec<Mode>,
    mode_note: String,
    shares_href: &'static str,
    author: Author,
    preview: drafting::Preview,
}

#[derive(Serialize)]
struct Item {
    id: String,
    title: String,
    href: String,
    ends: Option<When>,
}

#[derive(Serialize)]
struct Chip {
    href: String,
    label: &'static str,
    code: &'static str,
    current: bool,
    done: bool,
}

#[derive(Serialize)]
struct Chosen {
    code: &'static str,
    label: &'static str,
    note: Option<String>,
}

#[derive(Serialize)]
struct Choice {
    id: String,
    text: String,
    label: String,
    rule: &'static str,
    checked: bool,
    note: Option<String>,
}

#[derive(Serialize)]
struct Counts {
    used: u32,
    limit: u32,
    unit: &'static str,
    over: bool,
}

#[derive(Serialize)]
struct FindingRow {
    code: &'static str,
    severity: &'static str,
    message: String,
    fix: Option<Fix>,
}

#[derive(Serialize)]
struct Mode {
    value: &'static str,
    label: String,
    icon: &'static str,
    primary: bool,
    new_tab: bool,
}

#[derive(Serialize)]
struct Author {
    name: String,
    initials: String,
}

/// Everything that the page shows, read at one moment.
struct Seen {
    piece: Shareable,
    checked: CheckAnswer,
    offers: Vec<Offer>,
    draft: Draft,
    done: Vec<Network>,
    uses: HashMap<CaptionId, i64>,
}

/// What the form was sent with, or the address asks for.
#[derive(Default)]
struct Asked {
    network: Option<Network>,
    caption: Option<CaptionId>,
    text: Option<String>,
}

fn see(db: &mut Db, app: &App, member: MemberId, item: ItemId, asked: Asked, now: Ts) -> Result<Seen, AppError> {
    let piece = library::shareable(db, member, item, now)?;
    let network = match asked.network {
        Some(network) => network,
        None => queries::last_network(db, member)?.unwrap_or(Network::Linkedin),
    };
    let first = asked.text.is_none();
    let of_network = captions(&piece, network);
    let caption = asked.caption.filter(|id| of_network.iter().any(|c| c.id == *id));
    let caption = if first { caption.or_else(|| of_network.first().map(|c| c.id)) } else { caption };
    let ready = of_network.iter().find(|c| Some(c.id) == caption).map(|c| c.text.clone());
    let text = asked.text.or(ready).unwrap_or_else(|| piece.title.clone());
    let draft = Draft { item, network, caption, text };
    let link = drafting::placeholder_link(&app.config);
    let composed: Composed = drafting::compose(db, member, &draft, &link, now)?;
    Ok(Seen {
        checked: drafting::answer(&app.config, composed),
        offers: offers::offers(db, member)?,
        done: queries::networks_done(db, member, item)?,
        uses: queries::caption_uses(db, item, member, network, now.minus(Duration::hours(24)))?,
        piece,
        draft,
    })
}

/// The captions for a network: its own before those for all.
fn captions(piece: &Shareable, network: Network) -> Vec<&Caption> {
    let mut found: Vec<&Caption> = piece.captions.iter().filter(|c| c.network.is_none_or(|n| n == network)).collect();
    found.sort_by_key(|c| c.network.is_none());
    found
}

fn choice(caption: &Caption, seen: &Seen) -> Choice {
    let rule = caption.kind.as_str();
    let kind = match caption.kind {
        CaptionKind::Free => "Yours to change",
        CaptionKind::MustEdit => "A start",
        CaptionKind::Locked => "Official",
    };
    let uses = seen.uses.get(&caption.id).copied().unwrap_or(0);
    Choice {
        id: caption.id.to_string(),
        text: caption.text.clone(),
        label: format!("{kind} · {}", caption.language),
        rule,
        checked: seen.draft.caption == Some(caption.id),
        note: match uses {
            0 => None,
            1 => Some("1 colleague used it today".into()),
            n => Some(format!("{n} colleagues used it today")),
        },
    }
}

fn mode(mode: ShareMode, network: Network, primary: bool) -> Mode {
    let label = match mode {
        ShareMode::Api => format!("Post to {} now", network.label()),
        ShareMode::Intent if network == Network::Email => "Open your mail program".into(),
        ShareMode::Intent if network.takes_text_in_intent() => format!("Open {}", network.label()),
        ShareMode::Intent => format!("Copy and open {}", network.label()),
        ShareMode::Copy => "Only copy".into(),
    };
    let icon = match mode {
        ShareMode::Api => "send",
        ShareMode::Intent => "external",
        ShareMode::Copy => "copy",
    };
    Mode { value: mode.as_str(), label, icon, primary, new_tab: mode == ShareMode::Intent }
}

fn sameness(seen: &Seen) -> Option<String> {
    let n = seen.draft.caption.and_then(|c| seen.uses.get(&c)).copied().filter(|n| *n >= 3)?;
    let caption = seen.piece.captions.iter().find(|c| Some(c.id) == seen.draft.caption)?;
    let same = caption.kind != CaptionKind::Locked && caption.text.trim() == seen.draft.text.trim();
    same.then(|| format!("{n} colleagues started from this text today. Change a sentence and yours stands out."))
}

fn page(seen: Seen, caller: &Caller, shown: Shown) -> ComposerPage {
    let network = seen.draft.network;
    let item = seen.draft.item;
    let offer = seen.offers.iter().find(|o| o.network == network);
    let notes = offer.map(|o| [Some(o.why.as_str()), o.points_note].into_iter().flatten().collect::<Vec<_>>().join(" "));
    let rule = seen.piece.captions.iter().find(|c| Some(c.id) == seen.draft.caption).map(|c| c.kind);
    let over = seen.checked.counts.used > seen.checked.counts.limit;
    ComposerPage {
        action: format!("/share/{item}?network={network}"),
        check_url: "/api/v1/shares/check",
        back_href: "/feed",
        item: Item {
            id: item.to_string(),
            title: seen.piece.title.clone(),
            href: format!("/items/{item}"),
            ends: seen.piece.expires_at.filter(|at| at.since(shown.now) < Duration::days(7)).map(|at| shown.when(at)),
        },
        networks: Network::ALL
            .into_iter()
            .map(|n| Chip {
                href: format!("/share/{item}?network={n}"),
                label: n.label(),
                code: n.as_str(),
                current: n == network,
                done: seen.done.contains(&n),
            })
            .collect(),
        network: Chosen { code: network.as_str(), label: network.label(), note: notes },
        captions: captions(&seen.piece, network).into_iter().map(|c| choice(c, &seen)).collect(),
        read_only: rule == Some(CaptionKind::Locked),
        counts: Counts { used: seen.checked.counts.used, limit: seen.checked.counts.limit, unit: seen.checked.counts.unit, over },
        sameness: sameness(&seen),
        modes: offer.map(|o| o.modes.iter().enumerate().map(|(i, m)| mode(*m, network, i == 0)).collect()).unwrap_or_default(),
        mode_note: "Your link counts clicks by people, never who they are.".into(),
        shares_href: "/shares",
        author: Author { name: caller.name.clone(), initials: initials(&caller.name) },
        preview: seen.checked.preview,
        can_share: seen.checked.can_share,
        findings: seen.checked.findings.into_iter().map(finding).collect(),
        text: seen.draft.text,
    }
}

fn finding(found: crate::sharing::policy::Finding) -> FindingRow {
    let severity = match found.severity {
        crate::sharing::policy::Severity::Block => "block",
        crate::sharing::policy::Severity::Warn => "warn",
    };
    FindingRow { code: found.code, severity, message: found.message, fix: found.fix }
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|w| w.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

async fn render(
    app: &Data<App>,
    request: &HttpRequest,
    caller: &SignedIn,
    item: ItemId,
    asked: Asked,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let (member, now, shared) = (caller.id, app.now(), app.clone());
    let seen = app.read(move |db| see(db, &shared, member, item, asked, now)).await?;
    let page = page(seen, caller, caller.shown(now));
    Html::new(app, request, "sharing/composer", "Share").scripts(&["composer"]).status(status).render(&page)
}

#[derive(Deserialize)]
pub struct Ask {
    network: Option<String>,
    caption: Option<String>,
}

pub async fn show(
    app: Data<App>,
    request: HttpRequest,
    caller: SignedIn,
    item: Path<ItemId>,
    ask: Query<Ask>,
) -> Result<HttpResponse, AppError> {
    let asked = Asked {
        network: ask.network.as_deref().and_then(|n| n.parse().ok()),
        caption: ask.caption.as_deref().and_then(|c| c.parse().ok()),
        text: None,
    };
    render(&app, &request, &caller, item.into_inner(), asked, StatusCode::OK).await
}

#[derive(Deserialize)]
pub struct ShareForm {
    network: Network,
    #[serde(default)]
    caption_id: String,
    text: String,
    mode: ShareMode,
}

/// What composer.js does next (docs/design.md, "What composer.js expects").
#[derive(Serialize)]
struct Answer {
    share_id: String,
    open_url: Option<String>,
    copy_text: Option<String>,
    confirm_url: String,
    cancel_url: String,
}

impl Answer {
    fn of(started: Started) -> Self {
        let id = started.share.id;
        Self {
            share_id: id.to_string(),
            open_url: started.intent.map(|i| i.url),
            copy_text: started.copy_text,
            confirm_url: format!("/shares/{id}/confirm"),
            cancel_url: format!("/shares/{id}/cancel"),
        }
    }
}

pub async fn submit(
    app: Data<App>,
    request: HttpRequest,
    caller: SignedIn,
    item: Path<ItemId>,
    form: Form<ShareForm>,
) -> Result<HttpResponse, AppError> {
    let (Form(form), item) = (form, item.into_inner());
    let caption = match form.caption_id.trim() {
        "" => None,
        id => Some(id.parse::<CaptionId>().map_err(|e| AppError::field("caption_id", e))?),
    };
    // Forms send line breaks as CR LF; networks and captions use LF.
    let text = form.text.replace("\r\n", "\n");
    let draft = Draft { item, network: form.network, caption, text: text.clone() };
    let new = NewShare { member: caller.id, mode: form.mode, draft };
    let config = app.config.clone();
    let json = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|a| a.contains("application/json"));
    match app.write(caller.actor(), move |tx| acts::start(tx, &config, &new)).await {
        Ok(started) if json && form.mode != ShareMode::Api => Ok(HttpResponse::Ok().json(Answer::of(started))),
        Ok(started) if form.mode == ShareMode::Api => {
            let words = format!("Herald is posting it to {}. You see here when it is out.", started.share.network.label());
            Ok(redirect(&app, "/shares", Some(&Flash::good(words))))
        }
        Ok(started) => Ok(redirect(&app, &format!("/shares/{}", started.share.id), None)),
        Err(error @ AppError::Invalid(_)) if json => Ok(error.error_response()),
        Err(AppError::Invalid(_)) => {
            let asked = Asked { network: Some(form.network), caption, text: Some(text) };
            render(&app, &request, &caller, item, asked, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}
