//! The API against its own description, driven by a schema fuzzer.

use std::process::Command;

use crate::journey_api::{cast, live_item, share, site};
use crate::support::{Backend, TestApp, skip};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_is_complete_enough_to_generate_from() {
    let app = TestApp::start(Backend::Sqlite).await.unwrap();
    let document: serde_json::Value = reqwest::get(format!("{}/api/openapi.json", app.url)).await.unwrap().json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    let missing: Vec<String> = regex::Regex::new(r##""\$ref":"#/components/schemas/([^"]+)""##)
        .unwrap()
        .captures_iter(&text)
        .map(|c| c[1].to_owned())
        .filter(|name| document["components"]["schemas"].get(name).is_none())
        .collect();
    assert!(missing.is_empty(), "named and not described: {missing:?}");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 60, "only {} paths", paths.len());
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.keys().any(|k| k.starts_with('2')), "{method} {path} tells no success");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path} says not what it does");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_fuzzer_finds_no_5xx_and_no_undocumented_answer() {
    let cache =
        std::env::var("HERALD_PEER_CACHE").unwrap_or_else(|_| format!("{}/.cache/herald-peers", std::env::var("HOME").unwrap_or_default()));
    if !std::path::Path::new(&cache).join("fuzz").exists() {
        return skip("the schema fuzz", "schemathesis is missing; run tests/peers/install.sh");
    }
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(app) = TestApp::start(backend).await else { continue };
        cast(&app).await;
        app.member("all@example.com", herald::identity::Role::ALL).await;
        let site = site().await;
        let item = live_item(&app, &site).await;
        share(&app.api("ada@example.com").await, &item).await;
        let token = app.api("all@example.com").await.token;
        let url = app.url.clone();
        let answer = tokio::task::spawn_blocking(move || {
            Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/fuzz.sh"))
                .arg(url)
                .arg(token)
                .env("HERALD_FUZZ_EXAMPLES", std::env::var("HERALD_FUZZ_EXAMPLES").unwrap_or_else(|_| "25".into()))
                .output()
                .unwrap()
        })
        .await
        .unwrap();
        let said = String::from_utf8_lossy(&answer.stdout);
        assert!(answer.status.success(), "{backend:?}: {said}{}", String::from_utf8_lossy(&answer.stderr));
    }
}
