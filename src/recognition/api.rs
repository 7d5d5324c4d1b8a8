//! Points and leaderboards as JSON.
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post, put};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::board::{self, Row};
use super::period::Period;
use super::rank::Rank;
use super::rules::{self, NewRule, Rule};
use super::why::{self, EntryView};
use super::{Differences, ledger, roll_up};
use crate::app::App;
use crate::db::schema::groups;
use crate::db::{Db, EntryId, GroupId};
use crate::error::AppError;
use crate::identity::{Api, permission};
use crate::web::{IdempotencyKey, JsonBody, Page, PageQuery, once};

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(leaderboard)
        .service(my_points)
        .service(my_entries)
        .service(choose_listed)
        .service(list_rules)
        .service(new_rule)
        .service(reverse_entry)
        .service(rebuild);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// week, month (the default), quarter, year or all for the present one; or one such as W2026-47, M2026-11, Q2026-4, Y2026.
    #[param(pattern = "^(week|month|quarter|year|all|W[0-9]{4}-[0-9]{2}|M[0-9]{4}-[0-9]{2}|Q[0-9]{4}-[1-4]|Y[0-9]{4})$")]
    period: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct BoardQuery {
    /// week, month (the default), quarter, year or all for the present one; or one such as W2026-47, M2026-11, Q2026-4, Y2026.
    #[param(pattern = "^(week|month|quarter|year|all|W[0-9]{4}-[0-9]{2}|M[0-9]{4}-[0-9]{2}|Q[0-9]{4}-[1-4]|Y[0-9]{4})$")]
    period: Option<String>,
    /// Only the members of this group.
    group: Option<GroupId>,
}

/// The first fifty of a period, and the caller's own place.
#[derive(Serialize, ToSchema)]
struct Leaderboard {
    period: String,
    group: Option<GroupId>,
    rows: Vec<Row>,
    /// The caller's own place; null without points.
    own: Option<Rank>,
    /// Whether the caller stands on the list.
    listed: bool,
}

fn must_exist(db: &mut Db, group: GroupId) -> Result<(), AppError> {
    let known: i64 = groups::table.find(group).count().get_result(db)?;
    if known == 1 { Ok(()) } else { Err(AppError::NotFound("That group")) }
}

/// A leaderboard: members with the same points share a place.
#[utoipa::path(tag = "recognition", params(BoardQuery), responses((status = 200, body = Leaderboard), (status = 404, body = crate::error::Problem, content_type = "application/problem+json")))]
#[get("/leaderboard")]
async fn leaderboard(app: Data<App>, caller: Api<permission::ProfileRead>, query: Query<BoardQuery>) -> Result<HttpResponse, AppError> {
    let period = Period::read(query.period.as_deref(), app.now().day())?;
    let (me, group) = (caller.id, query.group);
    let answer = app
        .read(move |db| {
            if let Some(group) = group {
                must_exist(db, group)?;
            }
            Ok(Leaderboard {
                period: period.to_string(),
                group,
                rows: board::board(db, period, group)?,
                own: board::rank_of(db, me, period, group)?,
                listed: board::is_listed(db, me)?,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// A member's own points.
#[derive(Serialize, ToSchema)]
struct Points {
    period: String,
    points: i64,
    /// Null without points.
    rank: Option<Rank>,
    listed: bool,
    /// How points come about at present, and where they do not.
    rule: String,
}

/// The caller's points and place in a period.
#[utoipa::path(tag = "recognition", params(PeriodQuery), responses((status = 200, body = Points)))]
#[get("/me/points")]
async fn my_points(app: Data<App>, caller: Api<permission::ProfileRead>, query: Query<PeriodQuery>) -> Result<HttpResponse, AppError> {
    let now = app.now();
    let period = Period::read(query.period.as_deref(), now.day())?;
    let me = caller.id;
    let answer = app
        .read(move |db| {
            let note = crate::network::Network::X.points_note().unwrap_or_default();
            Ok(Points {
                period: period.to_string(),
                points: board::points_of(db, me, period)?,
                rank: board::rank_of(db, me, period, None)?,
                listed: board::is_listed(db, me)?,
                rule: format!("{} {note}", rules::sentence(&rules::rules_at(db, now)?)),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// Every entry behind the caller's points, newest first.
#[utoipa::path(tag = "recognition", params(PeriodQuery, PageQuery), responses((status = 200, body = Page<EntryView>)))]
#[get("/me/points/entries")]
async fn my_entries(
    app: Data<App>,
    caller: Api<permission::ProfileRead>,
    query: Query<PeriodQuery>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let period = Period::read(Some(query.period.as_deref().unwrap_or("all")), app.now().day())?;
    let (after, limit) = page.cursor::<EntryId>()?;
    let me = caller.id;
    let rows = app.read(move |db| why::entries(db, me, period, after, limit + 1)).await?;
    Ok(Page::of(rows, limit, |e| e.id.to_string()).respond("/api/v1/me/points/entries"))
}

/// Whether the caller stands on the leaderboards.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Listed {
    listed: bool,
}

/// Choose whether to stand on the leaderboards; points count for the whole either way.
#[utoipa::path(tag = "recognition", request_body = Listed, responses((status = 200, body = Listed)))]
#[put("/me/leaderboard")]
async fn choose_listed(app: Data<App>, caller: Api<permission::ProfileWrite>, body: JsonBody<Listed>) -> Result<HttpResponse, AppError> {
    let (me, listed) = (caller.id, body.0.listed);
    app.write(caller.actor(), move |tx| board::set_listed(tx, me, listed)).await?;
    Ok(HttpResponse::Ok().json(Listed { listed }))
}

/// All versions of the rules by which points are given.
#[derive(Serialize, ToSchema)]
struct Rules {
    items: Vec<Rule>,
}

/// What earns points, every version, newest first within an event.
#[utoipa::path(tag = "recognition", responses((status = 200, body = Rules)))]
#[get("/points/rules")]
async fn list_rules(app: Data<App>, _caller: Api<permission::ProfileRead>) -> Result<HttpResponse, AppError> {
    let items = app.read(rules::rules).await?;
    Ok(HttpResponse::Ok().json(Rules { items }))
}

/// Add a version of a rule from a date on. What was earned before stays as it is.
#[utoipa::path(tag = "recognition", request_body = NewRule, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = Rule)))]
#[post("/points/rules")]
async fn new_rule(
    app: Data<App>,
    caller: Api<permission::AdminWrite>,
    key: IdempotencyKey,
    body: JsonBody<NewRule>,
) -> Result<HttpResponse, AppError> {
    let (me, new) = (caller.id, body.0);
    let answer = app.write(caller.actor(), move |tx| once(tx, me, &key, &new.clone(), |tx| rules::add_rule(tx, &new))).await?;
    Ok(answer.respond())
}

/// Why an entry is taken back.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reversal {
    /// The member reads it.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// The entry that takes another back.
#[derive(Serialize, ToSchema)]
struct Reversed {
    id: EntryId,
    reverses_id: EntryId,
}

/// Take an entry back by one of the opposite amount.
#[utoipa::path(tag = "recognition", params(("id" = EntryId, Path)), request_body = Reversal, responses((status = 201, body = Reversed)))]
#[post("/points/entries/{id}/reversal")]
async fn reverse_entry(
    app: Data<App>,
    caller: Api<permission::AdminWrite>,
    id: Path<EntryId>,
    body: JsonBody<Reversal>,
) -> Result<HttpResponse, AppError> {
    let (id, reason) = (id.into_inner(), body.0.reason.trim().to_owned());
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(AppError::field("reason", "Say why in 1 to 200 characters: the member reads it."));
    }
    let reversal = app.write(caller.actor(), move |tx| ledger::reverse(tx, id, &reason)).await?;
    Ok(HttpResponse::Created().json(Reversed { id: reversal, reverses_id: id }))
}

/// Compute totals and places afresh from the ledger; says what differed and puts it right.
#[utoipa::path(tag = "recognition", responses((status = 200, body = Differences)))]
#[post("/points/rebuild")]
async fn rebuild(app: Data<App>, caller: Api<permission::AdminWrite>) -> Result<HttpResponse, AppError> {
    let found = app.write(caller.actor(), roll_up::rebuild).await?;
    Ok(HttpResponse::Ok().json(found))
}
