use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::acts::{self, NewShare};
use super::drafting::{self, Draft};
use super::impact::Impact;
use super::offers::Offer;
use super::policy::Finding;
use super::queries::{self, Listed};
use super::settings::{self, SharingSettings};
use super::share::{Share, ShareMode, ShareState};
use crate::app::App;
use crate::db::{CaptionId, Db, ItemId, ShareId};
use crate::error::{AppError, Problem};
use crate::identity::{Api, permission};
use crate::networks::Network;
use crate::tracking::{self, Clicks, qr};
use crate::web::{IdempotencyKey, JsonBody, Page, PageQuery, once};

/// A text to be checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckBody {
    item_id: ItemId,
    network: Network,
    /// The caption that the text started from.
    #[serde(default)]
    caption_id: Option<CaptionId>,
    #[schema(max_length = 70_000)]
    text: String,
    /// How it is meant to be shared; the check is the same for each.
    #[serde(default)]
    #[allow(dead_code, reason = "part of the contract; no rule depends on it yet")]
    mode: Option<ShareMode>,
}

/// A share to be made.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewShareBody {
    item_id: ItemId,
    network: Network,
    mode: ShareMode,
    /// The caption that the text started from.
    #[serde(default)]
    caption_id: Option<CaptionId>,
    #[schema(max_length = 70_000)]
    text: String,
}

/// A share as its member sees it.
#[derive(Serialize, ToSchema)]
struct ShareView {
    #[serde(flatten)]
    share: Share,
    /// The title of the piece.
    title: String,
    /// The tracked address of this share.
    short_link: String,
    clicks: Clicks,
}

/// A share that was made, and what its member does next.
#[derive(Serialize, ToSchema)]
struct Made {
    share: Share,
    short_link: String,
    /// The network's share page, for mode `intent`.
    intent: Option<IntentView>,
    /// What goes to the clipboard before the page opens, or instead of it.
    copy_text: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct IntentView {
    url: String,
    copy_first: bool,
    note: String,
}

impl Made {
    fn of(started: acts::Started) -> Self {
        let intent = started.intent.map(|i| IntentView { url: i.url, copy_first: i.copy_first, note: i.mode_note.to_owned() });
        Self { share: started.share, short_link: started.link, intent, copy_text: started.copy_text }
    }
}

/// A refused text: problem+json with the findings of the policy check.
#[derive(Serialize, ToSchema)]
pub struct PolicyProblem {
    #[serde(flatten)]
    pub problem: Problem,
    /// Left out where the input failed before the text was looked at.
    #[schema(required = false)]
    pub findings: Vec<Finding>,
}

#[derive(Serialize, ToSchema)]
struct Offers {
    items: Vec<Offer>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmBody {
    /// Where the post can be seen.
    #[serde(default)]
    #[schema(max_length = 1000)]
    url: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StateFilter {
    /// Only shares in this state.
    #[param(inline)]
    state: Option<ShareState>,
}

/// Check a text against the policy before sharing it.
#[utoipa::path(tag = "shares", request_body = CheckBody, responses((status = 200, body = drafting::CheckAnswer),
    (status = 404, description = "No such piece for you.", body = Problem, content_type = "application/problem+json")))]
#[post("/shares/check")]
async fn check(app: Data<App>, caller: Api<permission::SharesRead>, body: JsonBody<CheckBody>) -> Result<HttpResponse, AppError> {
    let CheckBody { item_id, network, caption_id, text, .. } = body.0;
    let draft = Draft { item: item_id, network, caption: caption_id, text };
    let (config, member, now) = (app.config.clone(), caller.id, app.now());
    let answer = app.read(move |db| drafting::check(db, &config, member, &draft, now)).await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// Share a piece.
#[utoipa::path(tag = "shares", request_body = NewShareBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible characters; a repeat gets the first answer.", min_length = 1, max_length = 128, pattern = "^[!-~]+$")),
    responses((status = 201, body = Made),
    (status = 404, description = "No such piece for you.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The text was refused; see findings.", body = PolicyProblem, content_type = "application/problem+json")))]
#[post("/shares")]
async fn create(
    app: Data<App>,
    caller: Api<permission::SharesWrite>,
    key: IdempotencyKey,
    body: JsonBody<NewShareBody>,
) -> Result<HttpResponse, AppError> {
    let body = body.0;
    let draft = Draft { item: body.item_id, network: body.network, caption: body.caption_id, text: body.text.clone() };
    let new = NewShare { member: caller.id, mode: body.mode, draft: draft.clone() };
    let (config, member) = (app.config.clone(), caller.id);
    let made = app.write(caller.actor(), move |tx| once(tx, member, &key, &body, |tx| Ok(Made::of(acts::start(tx, &config, &new)?)))).await;
    match made {
        Ok(answer) => Ok(answer.respond()),
        Err(error @ AppError::Invalid(_)) => refused(&app, &caller, draft, error).await,
        Err(error) => Err(error),
    }
}

/// 422 with the findings behind it.
async fn refused(app: &App, caller: &Api<permission::SharesWrite>, draft: Draft, error: AppError) -> Result<HttpResponse, AppError> {
    let (config, member, now) = (app.config.clone(), caller.id, app.now());
    let checked = app.read(move |db| drafting::check(db, &config, member, &draft, now)).await;
    let findings = checked.map(|c| c.findings).unwrap_or_default();
    let body = PolicyProblem { problem: error.problem(), findings };
    Ok(HttpResponse::UnprocessableEntity().content_type("application/problem+json").json(body))
}

fn view(listed: Listed, app: &App, clicks: Clicks) -> ShareView {
    ShareView { short_link: tracking::short_address(&app.config, &listed.slug), title: listed.title, share: listed.share, clicks }
}

/// Your shares, newest first.
#[utoipa::path(tag = "shares", params(StateFilter, PageQuery), responses((status = 200, body = Page<ShareView>)))]
#[get("/shares")]
async fn list(
    app: Data<App>,
    caller: Api<permission::SharesRead>,
    filter: Query<StateFilter>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let (after, limit) = page.cursor::<ShareId>()?;
    let (member, states) = (caller.id, filter.state.into_iter().collect::<Vec<_>>());
    let (rows, mut clicks) = app
        .read(move |db| {
            let rows = queries::list(db, member, &states, after, limit + 1)?;
            let links: Vec<_> = rows.iter().map(|r| r.share.link_id).collect();
            let clicks = tracking::clicks_of_links(db, &links)?;
            Ok((rows, clicks))
        })
        .await?;
    let views = rows.into_iter().map(|row| {
        let of = clicks.remove(&row.share.link_id).unwrap_or_default();
        view(row, &app, of)
    });
    Ok(Page::of(views.collect(), limit, |v: &ShareView| v.share.id.to_string()).respond("/api/v1/shares"))
}

fn load(db: &mut Db, member: crate::db::MemberId, id: ShareId) -> Result<(Listed, Clicks), AppError> {
    let listed = queries::listed(db, member, id)?.ok_or(AppError::NotFound("That share"))?;
    let link = listed.share.link_id;
    Ok((listed, tracking::clicks_of_links(db, &[link])?.remove(&link).unwrap_or_default()))
}

/// One of your shares.
#[utoipa::path(tag = "shares", params(("id" = ShareId, Path)), responses((status = 200, body = ShareView)))]
#[get("/shares/{id}")]
async fn one(app: Data<App>, caller: Api<permission::SharesRead>, id: Path<ShareId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    let (listed, clicks) = app.read(move |db| load(db, member, id)).await?;
    Ok(HttpResponse::Ok().json(view(listed, &app, clicks)))
}

/// Say that you posted a share.
#[utoipa::path(tag = "shares", params(("id" = ShareId, Path)), request_body = ConfirmBody, responses((status = 200, body = ShareView)))]
#[post("/shares/{id}/confirm")]
async fn confirm(
    app: Data<App>,
    caller: Api<permission::SharesWrite>,
    id: Path<ShareId>,
    body: JsonBody<ConfirmBody>,
) -> Result<HttpResponse, AppError> {
    let (member, id, url) = (caller.id, id.into_inner(), body.0.url);
    let done = app.write(caller.actor(), move |tx| {
        acts::confirm(tx, member, id, url.as_deref())?;
        load(tx.db, member, id)
    });
    let (listed, clicks) = done.await?;
    Ok(HttpResponse::Ok().json(view(listed, &app, clicks)))
}

/// Call a share off.
#[utoipa::path(tag = "shares", params(("id" = ShareId, Path)), responses((status = 200, body = ShareView),
    (status = 409, description = "It is out, or being sent at this moment.", body = Problem, content_type = "application/problem+json")))]
#[post("/shares/{id}/cancel")]
async fn cancel(app: Data<App>, caller: Api<permission::SharesWrite>, id: Path<ShareId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    let done = app.write(caller.actor(), move |tx| {
        acts::cancel(tx, member, id)?;
        load(tx.db, member, id)
    });
    let (listed, clicks) = done.await?;
    Ok(HttpResponse::Ok().json(view(listed, &app, clicks)))
}

/// Bring a share that Herald could not post out by hand; for an opened one, get its share page again.
#[utoipa::path(tag = "shares", params(("id" = ShareId, Path)), responses((status = 200, body = Made),
    (status = 409, description = "It needs no help in its state.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "The network has no share page for you yet.", body = Problem, content_type = "application/problem+json")))]
#[post("/shares/{id}/open")]
async fn open(app: Data<App>, caller: Api<permission::SharesWrite>, id: Path<ShareId>) -> Result<HttpResponse, AppError> {
    let (member, id, config) = (caller.id, id.into_inner(), app.config.clone());
    let made = app.write(caller.actor(), move |tx| Ok(Made::of(acts::open(tx, &config, member, id)?))).await?;
    Ok(HttpResponse::Ok().json(made))
}

/// The short link of a share as a QR code.
#[utoipa::path(tag = "shares", params(("id" = ShareId, Path)), responses((status = 200, body = String, content_type = "image/svg+xml")))]
#[get("/shares/{id}/qr.svg")]
async fn qr_code(app: Data<App>, caller: Api<permission::SharesRead>, id: Path<ShareId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    let listed = app.read(move |db| Ok(load(db, member, id)?.0)).await?;
    qr_answer(&tracking::short_address(&app.config, &listed.slug), &listed.title)
}

/// The drawing as an answer; shared with the page.
pub fn qr_answer(link: &str, title: &str) -> Result<HttpResponse, AppError> {
    let svg = qr::qr_svg(link, &format!("QR code of your link to {title}")).map_err(AppError::internal)?;
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(svg))
}

/// The networks as they are offered to you, with the way and the reason.
#[utoipa::path(tag = "shares", responses((status = 200, body = Offers)))]
#[get("/networks")]
async fn networks(app: Data<App>, caller: Api<permission::SharesRead>) -> Result<HttpResponse, AppError> {
    let member = caller.id;
    let items = app.read(move |db| super::offers(db, member)).await?;
    Ok(HttpResponse::Ok().json(Offers { items }))
}

/// What came of your shares in the last twelve weeks.
#[utoipa::path(tag = "shares", responses((status = 200, body = Impact)))]
#[get("/impact")]
async fn impact(app: Data<App>, caller: Api<permission::SharesRead>) -> Result<HttpResponse, AppError> {
    let (member, now) = (caller.id, app.now());
    let own = app.read(move |db| super::impact(db, member, now)).await?;
    Ok(HttpResponse::Ok().json(own))
}

/// The rules of sharing.
#[utoipa::path(tag = "settings", responses((status = 200, body = SharingSettings)))]
#[get("/settings/sharing")]
async fn get_settings(app: Data<App>, _caller: Api<permission::AdminRead>) -> Result<HttpResponse, AppError> {
    Ok(HttpResponse::Ok().json(app.read(settings::get).await?))
}

/// Replace the rules of sharing.
#[utoipa::path(tag = "settings", request_body = SharingSettings, responses((status = 200, body = SharingSettings)))]
#[put("/settings/sharing")]
async fn put_settings(
    app: Data<App>,
    caller: Api<permission::AdminWrite>,
    body: JsonBody<SharingSettings>,
) -> Result<HttpResponse, AppError> {
    let wanted = body.0;
    let kept = app
        .write(caller.actor(), move |tx| {
            settings::put(tx, &wanted)?;
            Ok(wanted)
        })
        .await?;
    Ok(HttpResponse::Ok().json(kept))
}

pub fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    config
        .service(check)
        .service(create)
        .service(list)
        .service(qr_code)
        .service(one)
        .service(confirm)
        .service(cancel)
        .service(open)
        .service(networks)
        .service(impact)
        .service(get_settings)
        .service(put_settings);
}
