use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::groups::{self, Group, GroupKind, GroupRow};
use super::topics::{self, Topic, TopicRow};
use crate::app::App;
use crate::db::{GroupId, MemberId, TopicId};
use crate::error::{AppError, Problem};
use crate::identity::{Api, MemberFilter, MemberRow, list_members, permission};
use crate::web::{IdempotencyKey, JsonBody, Page, PageQuery, once};

/// What a list of groups is narrowed to.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct GroupFilter {
    /// Part of the name.
    #[serde(default)]
    q: Option<String>,
}

/// A group or topic to be made.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
}

/// What changes about a group or topic; a field left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Renamed {
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
    #[schema(max_length = 500)]
    description: Option<String>,
}

/// Groups by name.
#[utoipa::path(tag = "groups", params(GroupFilter, PageQuery), responses((status = 200, body = Page<GroupRow>)))]
#[get("/groups")]
async fn list_groups(
    app: Data<App>,
    request: HttpRequest,
    _caller: Api<permission::GroupsRead>,
    filter: Query<GroupFilter>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let (after, limit) = page.cursor::<GroupId>()?;
    let q = filter.into_inner().q.unwrap_or_default();
    let rows = app.read(move |db| groups::list(db, &q, after, limit)).await?;
    Ok(Page::of(rows, limit, |row| row.group.id.to_string()).respond_to(&request))
}

/// Make a group.
#[utoipa::path(tag = "groups", request_body = Named, params(("idempotency-key" = Option<String>, Header)), responses((status = 201, body = Group)))]
#[post("/groups")]
async fn create_group(
    app: Data<App>,
    caller: Api<permission::MembersWrite>,
    key: IdempotencyKey,
    body: JsonBody<Named>,
) -> Result<HttpResponse, AppError> {
    let (JsonBody(body), by) = (body, caller.id);
    let made = app
        .write(caller.actor(), move |tx| {
            once(tx, by, &key, &body, |tx| {
                let id = groups::create_group(tx, &body.name, GroupKind::Other, &body.description)?;
                groups::group(tx.db, id)
            })
        })
        .await?;
    Ok(made.respond())
}

/// Rename or describe a group.
#[utoipa::path(tag = "groups", request_body = Renamed, params(("id" = GroupId, Path)), responses((status = 200, body = Group)))]
#[patch("/groups/{id}")]
async fn change_group(
    app: Data<App>,
    caller: Api<permission::MembersWrite>,
    id: Path<GroupId>,
    body: JsonBody<Renamed>,
) -> Result<HttpResponse, AppError> {
    let (id, JsonBody(body)) = (id.into_inner(), body);
    let group =
        app.write(caller.actor(), move |tx| groups::change_group(tx, id, body.name.as_deref(), body.description.as_deref())).await?;
    Ok(HttpResponse::Ok().json(group))
}

/// Delete a group that nothing is meant for.
#[utoipa::path(tag = "groups", params(("id" = GroupId, Path)), responses((status = 204), (status = 409, body = Problem, content_type = "application/problem+json", description = "In use, or it follows its members.")))]
#[delete("/groups/{id}")]
async fn delete_group(app: Data<App>, caller: Api<permission::MembersWrite>, id: Path<GroupId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    app.write(caller.actor(), move |tx| groups::delete_group(tx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The members of a group, by name.
#[utoipa::path(tag = "groups", params(("id" = GroupId, Path), PageQuery), responses((status = 200, body = Page<MemberRow>)))]
#[get("/groups/{id}/members")]
async fn members(
    app: Data<App>,
    request: HttpRequest,
    _caller: Api<permission::MembersRead>,
    id: Path<GroupId>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let (id, (after, limit)) = (id.into_inner(), page.cursor::<MemberId>()?);
    let rows = app
        .read(move |db| {
            groups::group(db, id)?;
            list_members(db, &MemberFilter { group: Some(id), ..MemberFilter::default() }, after, limit)
        })
        .await?;
    Ok(Page::of(rows, limit, |row| row.member.id.to_string()).respond_to(&request))
}

/// Put a member into a group.
#[utoipa::path(tag = "groups", params(("id" = GroupId, Path), ("member_id" = MemberId, Path)), responses((status = 204), (status = 409, body = Problem, content_type = "application/problem+json", description = "The group follows the department or region of its members.")))]
#[put("/groups/{id}/members/{member_id}")]
async fn add(app: Data<App>, caller: Api<permission::MembersWrite>, path: Path<(GroupId, MemberId)>) -> Result<HttpResponse, AppError> {
    let (id, member) = path.into_inner();
    app.write(caller.actor(), move |tx| groups::add_to_group(tx, id, member)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a member out of a group.
#[utoipa::path(tag = "groups", params(("id" = GroupId, Path), ("member_id" = MemberId, Path)), responses((status = 204), (status = 409, body = Problem, content_type = "application/problem+json", description = "The group follows the department or region of its members.")))]
#[delete("/groups/{id}/members/{member_id}")]
async fn remove(app: Data<App>, caller: Api<permission::MembersWrite>, path: Path<(GroupId, MemberId)>) -> Result<HttpResponse, AppError> {
    let (id, member) = path.into_inner();
    app.write(caller.actor(), move |tx| groups::remove_from_group(tx, id, member)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// All topics by name, with how often they are used.
#[utoipa::path(tag = "topics", responses((status = 200, body = Vec<TopicRow>)))]
#[get("/topics")]
async fn list_topics(app: Data<App>, _caller: Api<permission::LibraryRead>) -> Result<HttpResponse, AppError> {
    Ok(HttpResponse::Ok().json(app.read(topics::list).await?))
}

/// Make a topic.
#[utoipa::path(tag = "topics", request_body = Named, params(("idempotency-key" = Option<String>, Header)), responses((status = 201, body = Topic)))]
#[post("/topics")]
async fn create_topic(
    app: Data<App>,
    caller: Api<permission::LibraryCurate>,
    key: IdempotencyKey,
    body: JsonBody<Named>,
) -> Result<HttpResponse, AppError> {
    let (JsonBody(body), by) = (body, caller.id);
    let made = app
        .write(caller.actor(), move |tx| {
            once(tx, by, &key, &body, |tx| {
                let id = topics::create_topic(tx, &body.name, &body.description)?;
                topics::topic(tx.db, id)
            })
        })
        .await?;
    Ok(made.respond())
}

/// Rename or describe a topic; its slug stays.
#[utoipa::path(tag = "topics", request_body = Renamed, params(("id" = TopicId, Path)), responses((status = 200, body = Topic)))]
#[patch("/topics/{id}")]
async fn change_topic(
    app: Data<App>,
    caller: Api<permission::LibraryCurate>,
    id: Path<TopicId>,
    body: JsonBody<Renamed>,
) -> Result<HttpResponse, AppError> {
    let (id, JsonBody(body)) = (id.into_inner(), body);
    let topic =
        app.write(caller.actor(), move |tx| topics::change_topic(tx, id, body.name.as_deref(), body.description.as_deref())).await?;
    Ok(HttpResponse::Ok().json(topic))
}

/// Delete a topic that no item has.
#[utoipa::path(tag = "topics", params(("id" = TopicId, Path)), responses((status = 204), (status = 409, body = Problem, content_type = "application/problem+json", description = "Items are about it.")))]
#[delete("/topics/{id}")]
async fn delete_topic(app: Data<App>, caller: Api<permission::LibraryCurate>, id: Path<TopicId>) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    app.write(caller.actor(), move |tx| topics::delete_topic(tx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The topics you follow.
#[utoipa::path(tag = "me", responses((status = 200, body = Vec<Topic>)))]
#[get("/me/topics")]
async fn followed(app: Data<App>, caller: Api<permission::ProfileRead>) -> Result<HttpResponse, AppError> {
    let id = caller.id;
    Ok(HttpResponse::Ok().json(app.read(move |db| topics::followed(db, id)).await?))
}

/// Follow a topic.
#[utoipa::path(tag = "me", params(("id" = TopicId, Path)), responses((status = 204)))]
#[put("/me/topics/{id}")]
async fn follow(app: Data<App>, caller: Api<permission::ProfileWrite>, id: Path<TopicId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    app.write(caller.actor(), move |tx| topics::follow(tx, member, id, true)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Follow a topic no more.
#[utoipa::path(tag = "me", params(("id" = TopicId, Path)), responses((status = 204)))]
#[delete("/me/topics/{id}")]
async fn unfollow(app: Data<App>, caller: Api<permission::ProfileWrite>, id: Path<TopicId>) -> Result<HttpResponse, AppError> {
    let (member, id) = (caller.id, id.into_inner());
    app.write(caller.actor(), move |tx| topics::follow(tx, member, id, false)).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_groups)
        .service(create_group)
        .service(change_group)
        .service(delete_group)
        .service(members)
        .service(add)
        .service(remove)
        .service(list_topics)
        .service(create_topic)
        .service(change_topic)
        .service(delete_topic)
        .service(followed)
        .service(follow)
        .service(unfollow);
}
