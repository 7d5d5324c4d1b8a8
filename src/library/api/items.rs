use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, put};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::expected;
use crate::app::App;
use crate::db::{GroupId, ItemId, MediaId, SourceId, TopicId};
use crate::error::{AppError, Problem};
use crate::identity::{Api, Caller, Role, permission};
use crate::library::{
    self, FeedCursor, FeedItem, FeedQuery, Imported, Item, ItemInput, ItemKind, ItemLine, ItemPatch, LibraryQuery, Origin, Standing, upload,
};
use crate::network::Network;
use crate::web::{IdempotencyKey, JsonBody, Page, PageQuery, once};

pub fn api(config: &mut ServiceConfig) {
    config
        .service(list)
        .service(create)
        .service(import)
        .service(read)
        .service(revise)
        .service(submit)
        .service(archive)
        .service(unarchive)
        .service(recall)
        .service(pin)
        .service(feed)
        .service(add_picture);
}

/// Filters of the library.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ItemsQuery {
    /// Words that all have to be there, whole or as beginnings; the best fitting come first.
    q: Option<String>,
    topic: Option<TopicId>,
    kind: Option<ItemKind>,
    /// Its first part counts: `en` finds `en-GB`.
    language: Option<String>,
    status: Option<Standing>,
    /// A group that the item is for.
    audience: Option<GroupId>,
    source: Option<SourceId>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many, 1 to 100; 20 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// Looks through the library, the newest first.
#[utoipa::path(tag = "library", params(ItemsQuery), responses((status = 200, body = Page<ItemLine>)))]
#[get("/items")]
async fn list(app: Data<App>, _caller: Api<permission::LibraryReview>, query: Query<ItemsQuery>) -> Result<HttpResponse, AppError> {
    let query = query.into_inner();
    let (_, limit) = PageQuery { after: None, limit: query.limit }.cursor::<ItemId>()?;
    let after = query.after.as_deref().map(|text| {
        let (rank, id) = text.split_once('.')?;
        Some((rank.parse().ok()?, id.parse().ok()?))
    });
    if after == Some(None) {
        return Err(AppError::Malformed("after is not the “next” of an earlier page.".into()));
    }
    let asked = LibraryQuery {
        q: query.q,
        topic: query.topic,
        kind: query.kind,
        language: query.language,
        status: query.status,
        audience: query.audience,
        source: query.source,
        after: after.flatten(),
        limit: limit + 1,
        ..LibraryQuery::default()
    };
    let now = app.now();
    let mut rows = app.read(move |db| library::list(db, &asked, now)).await?;
    let size = usize::try_from(limit).unwrap_or(100);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| more).map(|(rank, line)| format!("{rank}.{}", line.id));
    Ok(Page { items: rows.into_iter().map(|(_, line)| line).collect::<Vec<_>>(), next }.respond("/api/v1/items"))
}

/// Makes an item as a draft.
#[utoipa::path(tag = "library", request_body = ItemInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible characters")),
    responses((status = 201, body = Item)))]
#[post("/items")]
async fn create(
    app: Data<App>,
    caller: Api<permission::LibraryCurate>,
    key: IdempotencyKey,
    JsonBody(input): JsonBody<ItemInput>,
) -> Result<HttpResponse, AppError> {
    let member = caller.id;
    let answer = app
        .write(caller.actor(), move |tx| {
            once(tx, member, &key, &input.clone(), move |tx| {
                let id = library::create(tx, input, &Origin::default())?;
                library::item(tx.db, id, tx.now)
            })
        })
        .await?;
    Ok(answer.respond())
}

/// An address to bring in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportBody {
    #[schema(min_length = 1, max_length = 2000)]
    address: String,
    #[serde(default)]
    #[schema(max_items = 50)]
    topics: Vec<TopicId>,
}

/// Makes a draft of the page at an address, with its picture. 409 names the item that has this address already.
#[utoipa::path(tag = "library", request_body = ImportBody, responses((status = 201, body = Imported)))]
#[post("/items/import")]
async fn import(
    app: Data<App>,
    caller: Api<permission::LibraryCurate>,
    JsonBody(body): JsonBody<ImportBody>,
) -> Result<HttpResponse, AppError> {
    let imported = library::import(&app, caller.actor(), &body.address, body.topics).await?;
    Ok(HttpResponse::Created().json(imported))
}

/// One item: whole for curators and approvers, for others what they may share.
#[utoipa::path(tag = "library", params(("id" = ItemId, Path)), responses((status = 200, body = Item)))]
#[get("/items/{id}")]
async fn read(app: Data<App>, caller: Api<permission::LibraryRead>, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let (id, now, whole) = (id.into_inner(), app.now(), sees_all(&caller));
    let member = caller.id;
    let item = app
        .read(move |db| {
            if whole {
                return library::item(db, id, now);
            }
            library::shareable(db, member, id, now)?;
            Ok(Item { working: None, ..library::item(db, id, now)? })
        })
        .await?;
    Ok(tagged(&item))
}

fn sees_all(caller: &Caller) -> bool {
    caller.has(Role::Curator) || caller.has(Role::Approver)
}

fn tagged(item: &Item) -> HttpResponse {
    HttpResponse::Ok().insert_header(("etag", format!("\"{}\"", item.version))).json(item)
}

/// Changes an item; another text makes a new revision. Give the item's ETag as If-Match: 409 `stale` when somebody else saved.
#[utoipa::path(tag = "library", request_body = ItemPatch,
    params(("id" = ItemId, Path), ("If-Match" = Option<String>, Header, description = "The ETag of the item as it was read")),
    responses((status = 200, body = Item)))]
#[patch("/items/{id}")]
async fn revise(
    app: Data<App>,
    request: HttpRequest,
    caller: Api<permission::LibraryCurate>,
    id: Path<ItemId>,
    JsonBody(patch): JsonBody<ItemPatch>,
) -> Result<HttpResponse, AppError> {
    let (id, expected) = (id.into_inner(), expected(&request)?);
    let item = app
        .write(caller.actor(), move |tx| {
            library::revise(tx, id, expected, patch)?;
            library::item(tx.db, id, tx.now)
        })
        .await?;
    Ok(tagged(&item))
}

/// Sends the draft to review.
#[utoipa::path(tag = "library", params(("id" = ItemId, Path)), responses((status = 200, body = Item),
    (status = 409, description = "Nothing to review.", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Something is missing; see errors.", body = Problem, content_type = "application/problem+json")))]
#[post("/items/{id}/submit")]
async fn submit(app: Data<App>, caller: Api<permission::LibraryCurate>, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let item = app
        .write(caller.actor(), move |tx| {
            library::submit(tx, id, None)?;
            library::item(tx.db, id, tx.now)
        })
        .await?;
    Ok(tagged(&item))
}

/// Takes an item out of the feed.
#[utoipa::path(tag = "library", params(("id" = ItemId, Path)), responses((status = 200, body = Item),
    (status = 409, description = "It was recalled.", body = Problem, content_type = "application/problem+json")))]
#[post("/items/{id}/archive")]
async fn archive(app: Data<App>, caller: Api<permission::LibraryCurate>, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let item = app
        .write(caller.actor(), move |tx| {
            library::archive(tx, &[id])?;
            library::item(tx.db, id, tx.now)
        })
        .await?;
    Ok(tagged(&item))
}

/// Brings an archived item back to where it was.
#[utoipa::path(tag = "library", params(("id" = ItemId, Path)), responses((status = 200, body = Item),
    (status = 409, description = "It is not archived.", body = Problem, content_type = "application/problem+json")))]
#[post("/items/{id}/unarchive")]
async fn unarchive(app: Data<App>, caller: Api<permission::LibraryCurate>, id: Path<ItemId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let item = app
        .write(caller.actor(), move |tx| {
            library::unarchive(tx, &[id])?;
            library::item(tx.db, id, tx.now)
        })
        .await?;
    Ok(tagged(&item))
}

/// Why a piece is recalled.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecallBody {
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: String,
}

/// Takes a piece back for good: scheduled shares are cancelled and its links lead to a notice.
#[utoipa::path(tag = "library", request_body = RecallBody, params(("id" = ItemId, Path)), responses((status = 200, body = Item)))]
#[post("/items/{id}/recall")]
async fn recall(
    app: Data<App>,
    caller: Api<permission::LibraryCurate>,
    id: Path<ItemId>,
    JsonBody(body): JsonBody<RecallBody>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let item = app
        .write(caller.actor(), move |tx| {
            library::recall(tx, id, &body.reason)?;
            library::item(tx.db, id, tx.now)
        })
        .await?;
    Ok(tagged(&item))
}

/// Whether a piece stands on top of everybody's feed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PinBody {
    pinned: bool,
}

/// Puts a piece on top of everybody's feed, or takes it down.
#[utoipa::path(tag = "library", request_body = PinBody, params(("id" = ItemId, Path)), responses((status = 200, body = Item)))]
#[put("/items/{id}/pin")]
async fn pin(
    app: Data<App>,
    caller: Api<permission::LibraryCurate>,
    id: Path<ItemId>,
    JsonBody(body): JsonBody<PinBody>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let item = app
        .write(caller.actor(), move |tx| {
            library::pin(tx, id, body.pinned)?;
            library::item(tx.db, id, tx.now)
        })
        .await?;
    Ok(tagged(&item))
}

/// Filters of the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FeedParams {
    /// Words that all have to be there, whole or as beginnings; the best fitting come first.
    q: Option<String>,
    topic: Option<TopicId>,
    kind: Option<ItemKind>,
    /// Its first part counts: `en` finds `en-GB`.
    language: Option<String>,
    /// Only pieces with a ready text for this network or for all.
    network: Option<Network>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many, 1 to 100; 20 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// What the caller can share now: pinned first, then followed topics, the fresh before the old.
#[utoipa::path(tag = "library", params(FeedParams), responses((status = 200, body = Page<FeedItem>)))]
#[get("/feed")]
async fn feed(app: Data<App>, caller: Api<permission::LibraryRead>, params: Query<FeedParams>) -> Result<HttpResponse, AppError> {
    let params = params.into_inner();
    let (cursor, limit) = PageQuery { after: params.after, limit: params.limit }.cursor::<FeedCursor>()?;
    let query = FeedQuery {
        q: params.q,
        topic: params.topic,
        kind: params.kind,
        language: params.language,
        network: params.network,
        cursor,
        limit,
    };
    let (member, now) = (caller.id, app.now());
    let feed = app.read(move |db| library::feed(db, member, &query, now)).await?;
    Ok(Page { items: feed.items, next: feed.next.map(|c| c.to_string()) }.respond("/api/v1/feed"))
}

/// A picture to upload.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body for the document")]
struct PictureBody {
    /// JPEG, PNG, WebP or GIF, at most 10 MB and at least 200 x 200 pixels.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A kept picture.
#[derive(Debug, Serialize, ToSchema)]
struct Picture {
    id: MediaId,
    content_type: String,
    width: u32,
    height: u32,
    /// Where it is served.
    address: String,
}

/// Keeps a picture, written anew without whatever else its file carried. Name it in an item as `image_id`.
#[utoipa::path(tag = "library", request_body(content = PictureBody, content_type = "multipart/form-data"), responses((status = 201, body = Picture)))]
#[post("/media")]
async fn add_picture(
    app: Data<App>,
    request: HttpRequest,
    caller: Api<permission::LibraryCurate>,
    payload: Payload,
) -> Result<HttpResponse, AppError> {
    let upload = upload::read(&request, payload).await?;
    let file = upload.file.ok_or_else(|| AppError::field("file", "Send a picture in the field “file”."))?;
    let picture = library::made_safe(file, "file").await?;
    let (width, height, content_type) = (picture.width, picture.height, picture.content_type.to_owned());
    let id = app.write(caller.actor(), move |tx| library::store_media(tx, &picture)).await?;
    let address = app.config.address(&format!("/media/{id}"));
    Ok(HttpResponse::Created().json(Picture { id, content_type, width, height, address }))
}
