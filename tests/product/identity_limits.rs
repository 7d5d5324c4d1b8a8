//! Rate limits of signing in and of mails, with the real limits.

use herald::identity::Role;
use reqwest::StatusCode;

use crate::support::TestApp;
use crate::support::app::{Backend, PASSWORD};

async fn sign_in(app: &TestApp, from: &str, password: &str) -> StatusCode {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = [("email", "ada@example.com"), ("password", password)];
    client.post(format!("{}/sign-in", app.url)).header("x-forwarded-for", from).form(&form).send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attacker_is_slowed_and_the_owner_is_not_locked_out() {
    let app = TestApp::start_limited(Backend::Sqlite).await.unwrap();
    app.member("ada@example.com", &[Role::Advocate]).await;
    let mut seen = Vec::new();
    for _ in 0..8 {
        seen.push(sign_in(&app, "203.0.113.9", "wrong wrong wrong").await);
    }
    assert_eq!(seen[..6], [StatusCode::UNPROCESSABLE_ENTITY; 6]);
    assert_eq!(seen[6..], [StatusCode::TOO_MANY_REQUESTS; 2]);
    assert_eq!(sign_in(&app, "203.0.113.9", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS, "even the right password has to wait");
    assert_eq!(sign_in(&app, "198.51.100.4", PASSWORD).await, StatusCode::SEE_OTHER, "the owner comes from elsewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_try_many_accounts() {
    let app = TestApp::start_limited(Backend::Sqlite).await.unwrap();
    let client = reqwest::Client::new();
    let mut tried = 0;
    let stopped = loop {
        let body = serde_json::json!({"email": format!("p{tried}@example.com"), "password": "wrong wrong wrong"});
        let sent = client.post(format!("{}/api/v1/auth/token", app.url)).header("x-forwarded-for", "203.0.113.9").json(&body).send();
        let answer = sent.await.unwrap();
        if answer.status() != StatusCode::UNAUTHORIZED || tried > 200 {
            break answer;
        }
        tried += 1;
    };
    // While the tries go on, the allowance grows by one every two seconds.
    assert!((30..100).contains(&tried), "{tried}");
    assert_eq!(stopped.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(stopped.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_ask_for_many_mails() {
    let app = TestApp::start_limited(Backend::Sqlite).await.unwrap();
    let client = reqwest::Client::new();
    let mut seen = Vec::new();
    for i in 0..5 {
        let form = [("email", format!("p{i}@example.com"))];
        let sent = client.post(format!("{}/forgot", app.url)).header("x-forwarded-for", "203.0.113.9").form(&form).send();
        seen.push(sent.await.unwrap().status().as_u16());
    }
    assert_eq!(seen, [200, 200, 200, 200, 429]);
}
