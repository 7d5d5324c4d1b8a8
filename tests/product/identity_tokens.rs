//! Access tokens, refresh tokens and personal tokens of the API.

use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::{Api, PASSWORD};

async fn send(app: &TestApp, path: &str, body: Value) -> (StatusCode, Value) {
    let client = reqwest::Client::new();
    let answer = client.post(format!("{}/api/v1{path}", app.url)).json(&body).send().await.unwrap();
    let status = answer.status();
    (status, answer.json().await.unwrap_or(Value::Null))
}

async fn signed_in(app: &TestApp, email: &str, scopes: Option<&[&str]>) -> Value {
    let mut body = json!({"email": email, "password": PASSWORD});
    if let Some(scopes) = scopes {
        body["scopes"] = json!(scopes);
    }
    let (status, tokens) = send(app, "/auth/token", body).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    tokens
}

fn bearer(app: &TestApp, token: &str) -> Api {
    Api { client: reqwest::Client::new(), url: app.url.clone(), token: token.to_owned() }
}

async fn refresh(app: &TestApp, token: &Value) -> (StatusCode, Value) {
    send(app, "/auth/refresh", json!({"refresh_token": token["refresh_token"]})).await
}

on_each_backend! {
    async fn an_access_token_holds_for_fifteen_minutes(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let tokens = signed_in(&app, "ada@example.com", None).await;
        assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_i64()), (Some("Bearer"), Some(900)));
        let api = bearer(&app, tokens["access_token"].as_str().unwrap());
        assert_eq!(api.get("/me").await["email"], "ada@example.com");
        app.wait(chrono::Duration::seconds(899));
        api.get("/me").await;
        app.wait(chrono::Duration::seconds(1));
        assert_eq!(api.send(Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    }

    async fn wrong_credentials_get_no_token(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        for (email, password) in [("ada@example.com", "wrong wrong wrong"), ("eve@example.com", PASSWORD), ("", "")] {
            let (status, body) = send(&app, "/auth/token", json!({"email": email, "password": password})).await;
            assert_eq!((status, body["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("unauthenticated")));
        }
    }

    async fn a_refresh_token_that_comes_twice_ends_the_family(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let first = signed_in(&app, "ada@example.com", None).await;
        let other = signed_in(&app, "ada@example.com", None).await;
        let (status, second) = refresh(&app, &first).await;
        assert_eq!(status, StatusCode::OK);
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        let (status, third) = refresh(&app, &second).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(refresh(&app, &first).await.0, StatusCode::UNAUTHORIZED, "it was used before");
        assert_eq!(refresh(&app, &third).await.0, StatusCode::UNAUTHORIZED, "and so the newest ends too");
        assert_eq!(refresh(&app, &other).await.0, StatusCode::OK, "another sign-in is another family");
    }

    async fn one_refresh_token_used_twice_at_once_gives_at_most_one_pair(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let first = signed_in(&app, "ada@example.com", None).await;
        let (a, b) = tokio::join!(refresh(&app, &first), refresh(&app, &first));
        let good = [&a, &b].into_iter().filter(|(status, _)| *status == StatusCode::OK).count();
        assert_eq!(good, 1);
        for (status, pair) in [a, b] {
            if status == StatusCode::OK {
                assert_eq!(refresh(&app, &pair).await.0, StatusCode::UNAUTHORIZED, "the race looks like theft");
            }
        }
    }

    async fn a_refresh_token_ends_after_thirty_days_or_when_revoked(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let tokens = signed_in(&app, "ada@example.com", None).await;
        assert_eq!(send(&app, "/auth/revoke", json!({"refresh_token": tokens["refresh_token"]})).await.0, StatusCode::NO_CONTENT);
        assert_eq!(refresh(&app, &tokens).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(send(&app, "/auth/revoke", json!({"refresh_token": "never seen"})).await.0, StatusCode::NO_CONTENT);
        let tokens = signed_in(&app, "ada@example.com", None).await;
        app.wait(chrono::Duration::days(30));
        assert_eq!(refresh(&app, &tokens).await.0, StatusCode::UNAUTHORIZED);
    }

    async fn keys_rotate_monthly_and_old_tokens_hold_until_their_end(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let kid = |tokens: &Value| tokens["access_token"].as_str().unwrap().split('.').next().unwrap().to_owned();
        let first = signed_in(&app, "ada@example.com", None).await;
        app.wait(chrono::Duration::days(30) - chrono::Duration::minutes(5));
        let last = signed_in(&app, "ada@example.com", None).await;
        assert_eq!(kid(&first), kid(&last));
        app.wait(chrono::Duration::minutes(6));
        let next = signed_in(&app, "ada@example.com", None).await;
        assert_ne!(kid(&first), kid(&next));
        bearer(&app, last["access_token"].as_str().unwrap()).get("/me").await;
        bearer(&app, next["access_token"].as_str().unwrap()).get("/me").await;
    }

    async fn scopes_limit_what_the_roles_allow_and_never_widen_it(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let tokens = signed_in(&app, "root@example.com", Some(&["profile:read"])).await;
        let narrow = bearer(&app, tokens["access_token"].as_str().unwrap());
        narrow.get("/me").await;
        let (status, body) = narrow.send(Method::GET, "/members", None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(body["detail"].as_str().unwrap().contains("members:read"), "{body}");
        let (_, next) = refresh(&app, &tokens).await;
        assert_eq!(next["scopes"], json!(["profile:read"]), "a refresh keeps the scopes");

        app.member("ada@example.com", &[Role::Advocate]).await;
        let wide = app.api("ada@example.com").await;
        let (status, body) = wide.send(Method::GET, "/members", None).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(body["detail"].as_str().unwrap().contains("Administrator"), "{body}");
    }

    async fn a_personal_token_is_shown_once_and_can_be_revoked(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let api = app.api("ada@example.com").await;
        let made = api.post("/me/tokens", json!({"name": "Weekly", "scopes": ["profile:read"], "expires_in_days": 30})).await;
        let own = bearer(&app, made["token"].as_str().unwrap());
        own.get("/me").await;
        let listed = api.get("/me/tokens").await;
        let row = listed.as_array().unwrap().iter().find(|t| t["id"] == made["id"]).unwrap().clone();
        assert_eq!((row["name"].as_str(), row["scopes"].clone()), (Some("Weekly"), json!(["profile:read"])));
        assert!(row["last_used_at"].is_string() && row.get("token").is_none() && row.get("token_hash").is_none(), "{row}");
        let path = format!("/me/tokens/{}", made["id"].as_str().unwrap());
        assert_eq!(api.send(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(own.send(Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(api.send(Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
        let soon = api.post("/me/tokens", json!({"name": "Soon over", "scopes": ["profile:read"], "expires_in_days": 1})).await;
        let soon = bearer(&app, soon["token"].as_str().unwrap());
        soon.get("/me").await;
        app.wait(chrono::Duration::days(1));
        assert_eq!(soon.send(Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    }

    async fn a_token_cannot_make_a_wider_one(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        let made = api.post("/me/tokens", json!({"name": "narrow", "scopes": ["profile:write", "profile:read"]})).await;
        let narrow = bearer(&app, made["token"].as_str().unwrap());
        let (status, body) = narrow.send(Method::POST, "/me/tokens", Some(json!({"name": "wide", "scopes": ["members:write"]}))).await;
        assert_eq!((status, body["errors"][0]["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("scopes")));
        narrow.post("/me/tokens", json!({"name": "as narrow", "scopes": ["profile:read"]})).await;
    }

    async fn sessions_and_tokens_of_others_are_not_found(app: TestApp) {
        let ada = app.actor("ada@example.com", &[Role::Advocate]).await;
        app.member("eve@example.com", &[Role::Advocate]).await;
        let (own, eve) = (app.api("ada@example.com").await, app.api("eve@example.com").await);
        let session = own.get("/me/sessions").await[0]["id"].as_str().unwrap().to_owned();
        let token = own.get("/me/tokens").await[0]["id"].as_str().unwrap().to_owned();
        for path in [format!("/me/sessions/{session}"), format!("/me/tokens/{token}"), "/me/tokens/tok_0000000000000".into(), "/me/sessions/1".into()] {
            assert_eq!(eve.send(Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND, "{path}");
        }
        let page = app.signed_in("eve@example.com").await;
        assert_eq!(page.post(&format!("/account/sessions/{session}/end"), &[]).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(page.post(&format!("/account/tokens/{token}/revoke"), &[]).await.status(), StatusCode::NOT_FOUND);
        ada.page("/account").await;
        own.get("/me").await;
        assert_eq!(own.send(Method::DELETE, &format!("/me/sessions/{session}"), None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(ada.get("/account").await.status(), StatusCode::SEE_OTHER);
    }

    async fn changing_the_password_keeps_this_session_and_ends_the_rest(app: TestApp) {
        let here = app.actor("ada@example.com", &[Role::Advocate]).await;
        let there = app.signed_in("ada@example.com").await;
        let tokens = signed_in(&app, "ada@example.com", None).await;
        let wrong = here.post("/account/password", &[("current", "not the password"), ("new", "quite another password")]).await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text().await.unwrap().contains("not your current password"));
        assert_eq!(here.submit("/account/password", &[("current", PASSWORD), ("new", "quite another password")]).await, "/account");
        here.page("/account").await;
        assert_eq!(there.get("/account").await.status(), StatusCode::SEE_OTHER);
        assert_eq!(refresh(&app, &tokens).await.0, StatusCode::UNAUTHORIZED);
    }
}
