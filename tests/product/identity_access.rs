//! Roles, the last administrator, and members who are disabled.

use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::identity_links::{kept, path_in};
use crate::on_each_backend;
use crate::support::app::PASSWORD;

on_each_backend! {
    async fn roles_are_set_and_hold_from_the_next_request_on(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        let browser = app.signed_in("ada@example.com").await;
        assert_eq!(browser.get("/topics").await.status(), StatusCode::FORBIDDEN);
        let admin = app.signed_in("root@example.com").await;
        assert_eq!(admin.submit(&format!("/members/{ada}/roles"), &[("role", "advocate"), ("role", "curator")]).await, format!("/members/{ada}"));
        browser.page("/topics").await;
        let none = admin.post(&format!("/members/{ada}/roles"), &[]).await;
        assert_eq!(none.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let api = app.api("root@example.com").await;
        for body in [json!({"roles": []}), json!({"roles": ["king"]}), json!({})] {
            assert_eq!(api.send(Method::PUT, &format!("/members/{ada}/roles"), Some(body)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    async fn the_last_administrator_cannot_be_lost(app: TestApp) {
        let root = app.member("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        let roles = format!("/members/{root}/roles");
        let (status, body) = api.send(Method::PUT, &roles, Some(json!({"roles": ["advocate"]}))).await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("last_administrator")));
        let (status, body) = api.send(Method::POST, &format!("/members/{root}/disable"), None).await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("last_administrator")));
        let page = app.signed_in("root@example.com").await.post(&roles, &[("role", "advocate")]).await;
        assert!(page.text().await.unwrap().contains("last administrator"));
        api.post("/members", json!({"email": "later@example.com", "name": "Later", "roles": ["admin"]})).await;
        assert_eq!(api.send(Method::POST, &format!("/members/{root}/disable"), None).await.0, StatusCode::CONFLICT, "an invited one does not count");
        app.member("second@example.com", &[Role::Admin]).await;
        assert_eq!(api.send(Method::POST, &format!("/members/{root}/disable"), None).await.0, StatusCode::OK);
    }

    async fn two_administrators_cannot_both_leave_at_the_same_moment(app: TestApp) {
        for round in 0..5 {
            let (a, b) = (format!("a{round}@example.com"), format!("b{round}@example.com"));
            let (first, second) = (app.member(&a, &[Role::Admin]).await, app.member(&b, &[Role::Admin]).await);
            let (one, two) = (app.api(&a).await, app.api(&b).await);
            let (left, right) = (format!("/members/{first}/disable"), format!("/members/{second}/roles"));
            let (x, y) = tokio::join!(
                one.send(Method::POST, &left, None),
                two.send(Method::PUT, &right, Some(json!({"roles": ["advocate"]})))
            );
            let done = [x.0, y.0].iter().filter(|s| **s == StatusCode::OK).count();
            assert_eq!(done, 1, "{x:?} {y:?}");
            let api = if x.0 == StatusCode::OK { two } else { one };
            let left = api.get("/members?role=admin&status=active").await;
            assert_eq!(left["items"].as_array().unwrap().len(), 1);
            // The next round needs both of its own to be the only ones.
            let last: herald::db::MemberId = left["items"][0]["id"].as_str().unwrap().parse().unwrap();
            app.member("spare@example.com".replace("spare", &format!("spare{round}")).as_str(), &[Role::Admin]).await;
            let spare = app.api(&format!("spare{round}@example.com")).await;
            assert_eq!(spare.send(Method::POST, &format!("/members/{last}/disable"), None).await.0, StatusCode::OK);
            app.member(&format!("keep{round}@example.com"), &[Role::Advocate]).await;
            app.app
                .write(herald::db::Actor::system("test"), move |tx| {
                    use diesel::prelude::*;
                    use herald::db::schema::member_roles as r;
                    diesel::delete(r::table.filter(r::role.eq("admin"))).execute(tx.db)?;
                    Ok(())
                })
                .await
                .unwrap();
        }
    }

    async fn a_disabled_member_loses_everything_at_once(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        let browser = app.signed_in("ada@example.com").await;
        let personal = app.api("ada@example.com").await;
        let client = reqwest::Client::new();
        let auth = |path: &'static str, body: serde_json::Value| client.post(format!("{}/api/v1/auth/{path}", app.url)).json(&body).send();
        let tokens: serde_json::Value =
            auth("token", json!({"email": "ada@example.com", "password": PASSWORD})).await.unwrap().json().await.unwrap();
        app.browser().post("/forgot", &[("email", "ada@example.com")]).await;
        let reset = path_in(&kept(&app).await[0]);
        let admin = app.signed_in("root@example.com").await;
        assert!(admin.page(&format!("/members/{ada}/disable")).await.contains("Disable ada?"));
        admin.submit(&format!("/members/{ada}/disable"), &[]).await;

        assert_eq!(browser.get("/account").await.status(), StatusCode::SEE_OTHER);
        assert_eq!(personal.send(Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED);
        let access = client.get(format!("{}/api/v1/me", app.url)).bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(access.status(), StatusCode::UNAUTHORIZED);
        let refresh = auth("refresh", json!({"refresh_token": tokens["refresh_token"]})).await.unwrap();
        assert_eq!(refresh.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(auth("token", json!({"email": "ada@example.com", "password": PASSWORD})).await.unwrap().status(), StatusCode::UNAUTHORIZED);
        let sign_in = app.browser().post("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
        assert_eq!(sign_in.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(app.browser().get(&reset).await.status(), StatusCode::NOT_FOUND);
        app.wait(chrono::Duration::minutes(2));
        app.browser().post("/forgot", &[("email", "ada@example.com")]).await;
        assert_eq!(kept(&app).await.len(), 1, "nothing more is mailed");

        admin.submit(&format!("/members/{ada}/enable"), &[]).await;
        app.signed_in("ada@example.com").await;
        assert_eq!(personal.send(Method::GET, "/me", None).await.0, StatusCode::UNAUTHORIZED, "old tokens stay ended");
    }

    async fn an_invited_member_who_is_disabled_cannot_accept_until_enabled(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        let made = api.post("/members", json!({"email": "ada@example.com", "name": "Ada"})).await;
        let id = made["id"].as_str().unwrap();
        let path = path_in(&kept(&app).await[0]);
        api.post(&format!("/members/{id}/disable"), json!({})).await;
        assert_eq!(app.browser().get(&path).await.status(), StatusCode::NOT_FOUND);
        let (status, body) = api.send(Method::POST, &format!("/members/{id}/invite"), None).await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("not_invited")));
        assert_eq!(api.post(&format!("/members/{id}/enable"), json!({})).await["status"], "invited");
        api.post(&format!("/members/{id}/invite"), json!({})).await;
        let (status, body) = api.send(Method::POST, &format!("/members/{id}/reset-password"), None).await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("not_active")));
    }
}
