//! The whole job from end to end through the API: an article comes in, is approved, shared, followed,
//! counted, ranked and reported.

use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::Api;

pub const ARTICLE: &str = r#"<!doctype html><html lang="en"><head><title>Warm homes</title>
<meta property="og:title" content="How one town heats 900 homes with a data centre">
<meta property="og:description" content="The waste heat of a server hall keeps the old town warm, and this is how it was done.">
<link rel="canonical" href="/warm"></head><body><p>Text</p></body></html>"#;

/// Serves one article on loopback, as the company's site would.
pub async fn site() -> wiremock::MockServer {
    let site = wiremock::MockServer::start().await;
    let page = wiremock::ResponseTemplate::new(200).set_body_raw(ARTICLE, "text/html; charset=utf-8");
    wiremock::Mock::given(wiremock::matchers::path("/warm")).respond_with(page).mount(&site).await;
    site
}

/// Everybody of the journey, by their address.
pub async fn cast(app: &TestApp) {
    for (email, roles) in [
        ("cleo@example.com", vec![Role::Curator]),
        ("vera@example.com", vec![Role::Approver]),
        ("ada@example.com", vec![Role::Advocate]),
        ("hana@example.com", vec![Role::Hr]),
        ("ivo@example.com", vec![Role::Admin]),
    ] {
        app.member(email, &roles).await;
    }
}

/// A live item with one caption, made through the API.
pub async fn live_item(app: &TestApp, site: &wiremock::MockServer) -> String {
    let (curator, approver) = (app.api("cleo@example.com").await, app.api("vera@example.com").await);
    let imported = curator.post("/items/import", json!({"address": format!("{}/warm?utm_source=mail", site.uri())})).await;
    let id = find_id(&imported);
    let caption = json!({"text": "The heat of a server hall now warms our old town.", "kind": "free"});
    let (status, item) = curator.send(Method::PATCH, &format!("/items/{id}"), Some(json!({"captions": [caption]}))).await;
    assert_eq!(status, StatusCode::OK, "{item}");
    curator.post(&format!("/items/{id}/submit"), json!({})).await;
    let waiting = approver.get("/revisions").await;
    let revision = waiting["items"][0]["id"].as_str().unwrap().to_owned();
    approver.post(&format!("/revisions/{revision}/approve"), json!({})).await;
    id
}

fn find_id(imported: &Value) -> String {
    let found = [&imported["item"]["id"], &imported["id"], &imported["item_id"]].into_iter().find_map(Value::as_str);
    found.unwrap_or_else(|| panic!("no item id in {imported}")).to_owned()
}

pub async fn share(ada: &Api, item: &str) -> Value {
    let body = json!({"item_id": item, "network": "linkedin", "mode": "copy", "caption_id": null, "text": "Proud of my colleagues. I work here. #employee"});
    ada.post("/shares", body).await
}

on_each_backend! {
    async fn the_whole_job_through_the_api(app: TestApp) {
        cast(&app).await;
        let site = site().await;
        let item = live_item(&app, &site).await;
        let (ada, hana, ivo) = (app.api("ada@example.com").await, app.api("hana@example.com").await, app.api("ivo@example.com").await);

        let feed = ada.get("/feed").await;
        assert_eq!(feed["items"][0]["title"], "How one town heats 900 homes with a data centre");

        let checked = ada.post("/shares/check", json!({"item_id": item, "network": "linkedin", "caption_id": null, "text": "Proud of my colleagues.", "mode": "copy"})).await;
        assert!(checked["findings"].as_array().unwrap().iter().any(|f| f["code"] == "disclosure_added"), "{checked}");

        let made = share(&ada, &item).await;
        assert_eq!(made["share"]["state"], "opened", "{made}");
        let short = made["short_link"].as_str().unwrap().to_owned();
        let id = made["share"]["id"].as_str().unwrap().to_owned();

        let visitor = app.browser();
        let led = visitor.client().get(&short).header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").header("accept-language", "en").send().await.unwrap();
        assert_eq!(led.status(), StatusCode::FOUND);
        assert!(led.headers()["location"].to_str().unwrap().starts_with(&format!("{}/warm", site.uri())));
        visitor.client().get(&short).header("user-agent", "LinkedInBot/1.0").send().await.unwrap();

        assert_eq!(ada.get("/me/points").await["points"].as_i64(), Some(0), "nothing before it is confirmed and counted");
        ada.post(&format!("/shares/{id}/confirm"), json!({})).await;
        app.run_jobs().await;

        let mine = ada.get(&format!("/shares/{id}")).await;
        assert_eq!(mine["clicks"]["human"], 1, "{mine}");
        assert_eq!(mine["clicks"]["preview"].as_i64().unwrap() + mine["clicks"]["machine"].as_i64().unwrap(), 1);
        assert_eq!(ada.get("/me/points").await["points"], 12, "ten for the share, two for the click");
        let board = ada.get("/leaderboard?period=week").await;
        assert_eq!(board["rows"][0]["points"], 12, "{board}");
        assert_eq!(ada.get("/me/points/entries").await["items"].as_array().unwrap().len(), 2);

        let report = hana.get("/reports/participation").await;
        assert!(report.to_string().contains("enrolled"), "{report}");
        let content = hana.get("/reports/content").await;
        assert!(content.to_string().contains("How one town heats"), "{content}");
        assert_eq!(ivo.post("/audit/verify", json!({})).await["whole"], true);
        assert_eq!(ada.send(Method::GET, "/reports/participation", None).await.0, StatusCode::FORBIDDEN);
    }
}
