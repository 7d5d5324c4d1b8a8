//! The reports as JSON and CSV.
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::content::{By, Counted, Line, Sort, Wanted, Window, content};
use super::csv;
use super::participation::{GroupReport, Participation, Stretch, participation};
use crate::app::App;
use crate::db::TopicId;
use crate::error::AppError;
use crate::identity::{Api, permission};
use crate::network::Network;
use crate::web::{Page, PageQuery};

pub fn routes(config: &mut ServiceConfig) {
    config.service(participation_csv).service(content_csv).service(participation_json).service(content_json);
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ParticipationQuery {
    /// How far back: quarter (13 weeks, the default), half_year or year.
    pub stretch: Option<Stretch>,
    /// Only groups of this kind.
    pub kind: Option<String>,
}

pub(super) async fn load_participation(app: &App, query: ParticipationQuery) -> Result<Participation, AppError> {
    let (today, stretch) = (app.now().day(), query.stretch.unwrap_or(Stretch::Quarter));
    let kind = query.kind.filter(|k| !k.is_empty());
    app.read(move |db| participation(db, today, stretch, kind.as_deref())).await
}

/// Enrolled and active members, shares and rates by week, of the company and of each group. Groups of fewer than five people
/// have no numbers. `Accept: text/csv` gives the table as CSV.
#[utoipa::path(tag = "reports", params(ParticipationQuery), responses((status = 200, content((Participation = "application/json"), (String = "text/csv")))))]
#[get("/reports/participation")]
async fn participation_json(
    app: Data<App>,
    request: HttpRequest,
    _caller: Api<permission::HrReports>,
    query: Query<ParticipationQuery>,
) -> Result<HttpResponse, AppError> {
    let report = load_participation(&app, query.into_inner()).await?;
    if csv::wanted(&request) { participation_file(&report) } else { Ok(HttpResponse::Ok().json(report)) }
}

/// Participation as CSV: a line for each group and week.
#[utoipa::path(tag = "reports", params(ParticipationQuery), responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/reports/participation.csv")]
async fn participation_csv(
    app: Data<App>,
    _caller: Api<permission::HrReports>,
    query: Query<ParticipationQuery>,
) -> Result<HttpResponse, AppError> {
    participation_file(&load_participation(&app, query.into_inner()).await?)
}

/// A line for each group and week.
pub(super) fn participation_file(report: &Participation) -> Result<HttpResponse, AppError> {
    let head = ["group", "kind", "week", "people", "enrolled", "active", "shares", "participation_percent", "activation_percent", "note"];
    let lines = |group: &GroupReport| {
        let (name, kind) = (group.name.clone(), group.kind.clone());
        group
            .weeks
            .iter()
            .map(move |w| {
                vec![
                    name.clone(),
                    kind.clone(),
                    w.week.to_string(),
                    csv::number(w.people),
                    csv::number(w.enrolled),
                    csv::number(w.active),
                    csv::number(w.shares),
                    csv::number(w.participation),
                    csv::number(w.activation),
                    w.hidden.unwrap_or_default().to_owned(),
                ]
            })
            .collect::<Vec<_>>()
    };
    csv::file("participation", &head, std::iter::once(&report.company).chain(&report.groups).flat_map(lines).collect())
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ContentQuery {
    /// What the lines are: item (the default), topic or network.
    #[param(inline)]
    pub by: Option<By>,
    /// How far back: 30d (the default), 90d, 365d or all.
    #[param(inline)]
    pub window: Option<Window>,
    /// Largest first: clicks (the default), shares, per_share or machine.
    #[param(inline)]
    pub sort: Option<Sort>,
    /// Only items with this topic.
    pub topic: Option<TopicId>,
    /// Only shares on this network.
    pub network: Option<Network>,
}

impl ContentQuery {
    pub fn wanted(&self) -> Wanted {
        Wanted {
            by: self.by.unwrap_or(By::Item),
            window: self.window.unwrap_or(Window::Month),
            sort: self.sort.unwrap_or(Sort::Clicks),
            topic: self.topic,
            network: self.network,
        }
    }
}

/// One page of what works, with the sum over all pages.
#[derive(Serialize, ToSchema)]
struct ContentPage {
    items: Vec<Line>,
    /// Give it as `after` to read on; null at the end.
    next: Option<String>,
    sum: Counted,
}

/// Items, topics or networks by shares and clicks, with machine hits apart. `Accept: text/csv` gives all lines as CSV.
#[utoipa::path(tag = "reports", params(ContentQuery, PageQuery), responses((status = 200, content((ContentPage = "application/json"), (String = "text/csv")))))]
#[get("/reports/content")]
async fn content_json(
    app: Data<App>,
    request: HttpRequest,
    _caller: Api<permission::ContentReports>,
    query: Query<ContentQuery>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, AppError> {
    let (after, limit) = page.cursor::<u32>()?;
    let (today, wanted) = (app.now().day(), query.wanted());
    let report = app.read(move |db| content(db, today, wanted)).await?;
    if csv::wanted(&request) {
        return content_file(report.lines);
    }
    let from = after.unwrap_or(0);
    let rows: Vec<(usize, Line)> =
        report.lines.into_iter().enumerate().skip(from as usize).take(usize::try_from(limit + 1).unwrap_or(101)).collect();
    let page = Page::of(rows.iter().map(|(at, _)| at + 1).collect(), limit, ToString::to_string);
    let items = rows.into_iter().take(page.items.len()).map(|(_, line)| line).collect();
    Ok(HttpResponse::Ok().json(ContentPage { items, next: page.next, sum: report.sum }))
}

/// What works as CSV, all lines.
#[utoipa::path(tag = "reports", params(ContentQuery), responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/reports/content.csv")]
async fn content_csv(
    app: Data<App>,
    _caller: Api<permission::ContentReports>,
    query: Query<ContentQuery>,
) -> Result<HttpResponse, AppError> {
    let (today, wanted) = (app.now().day(), query.wanted());
    content_file(app.read(move |db| content(db, today, wanted)).await?.lines)
}

pub(super) fn content_file(lines: Vec<Line>) -> Result<HttpResponse, AppError> {
    let head = ["id", "name", "shares", "clicks", "clicks_per_share", "machine_hits", "other_hits"];
    let row = |line: Line| {
        let c = line.counted;
        let counts = [c.shares.to_string(), c.clicks.to_string(), csv::number(line.per_share), c.machine.to_string(), c.other.to_string()];
        [line.id, line.label].into_iter().chain(counts).collect()
    };
    csv::file("content", &head, lines.into_iter().map(row).collect())
}
