//! The whole app against Bluesky's own server: connect, post, read back, disconnect.

use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::networks_bluesky::real::RealServer;
use crate::sharing_share::{a_piece, body, live};
use crate::support::{Backend, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_takes_what_the_app_posts() {
    let Some(server) = RealServer::start("the app against a real Bluesky server") else { return };
    let account = json!({"handle": "ada.test", "email": "ada@example.com", "password": "a main password"});
    let made = server.post("com.atproto.server.createAccount", "", account).await;
    let token = made["accessJwt"].as_str().unwrap();
    let password = server.post("com.atproto.server.createAppPassword", token, json!({"name": "herald"})).await["password"]
        .as_str()
        .unwrap()
        .to_owned();

    let set = [("HERALD_BLUESKY_URL", server.pds.as_str()), ("HERALD_PLC_URL", server.plc.as_str())];
    let app = TestApp::start_with(Backend::Sqlite, &set).await.unwrap();
    let item = live(&app, a_piece()).await;
    let browser = app.actor("ada@example.com", &[Role::Advocate]).await;
    let to = browser.submit("/account/networks/bluesky", &[("identifier", "@ada.test"), ("app_password", &password)]).await;
    assert_eq!(to, "/account/networks");
    app.run_jobs().await;
    let api = app.api("ada@example.com").await;
    let form = [("network", "bluesky"), ("text", "Grüße aus dem neuen Labor 👩‍🔬"), ("mode", "api"), ("intent", "now")];
    assert_eq!(browser.submit(&format!("/share/{item}"), &form).await, "/shares");
    app.run_jobs().await;
    let share = &api.get("/shares").await["items"][0];
    assert_eq!(share["state"], "confirmed", "{share}");

    let list =
        format!("{}/xrpc/com.atproto.repo.listRecords?repo={}&collection=app.bsky.feed.post", server.pds, made["did"].as_str().unwrap());
    let listed: Value = reqwest::get(&list).await.unwrap().json().await.unwrap();
    let records = listed["records"].as_array().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["uri"], share["remote_id"]);
    assert_eq!(records[0]["value"]["text"], share["text"]);
    assert_eq!(records[0]["value"]["embed"]["external"]["uri"], share["short_link"]);
    assert!(records[0]["value"]["text"].as_str().unwrap().starts_with("#employee Grüße"));

    let id = api.get("/accounts").await["items"][0]["id"].as_str().unwrap().to_owned();
    browser.submit(&format!("/account/networks/{id}/disconnect"), &[]).await;
    assert_eq!(api.get("/accounts").await["items"], json!([]));
    let (status, _) = api.send(Method::POST, "/shares", Some(body(item, "bluesky", "api", "Once more."))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}
