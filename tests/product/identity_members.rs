//! Members through the API: lists, changes, roles, and who may do it.

use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::identity_links::kept;
use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::Api;

async fn admin(app: &TestApp) -> Api {
    app.member("root@example.com", &[Role::Admin]).await;
    app.api("root@example.com").await
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect()
}

async fn code(api: &Api, method: Method, path: &str, body: Value) -> (u16, String) {
    let (status, answer) = api.send(method, path, Some(body)).await;
    (status.as_u16(), answer["code"].as_str().unwrap_or_default().to_owned())
}

on_each_backend! {
    async fn members_are_listed_by_name_filtered_and_paged(app: TestApp) {
        let api = admin(&app).await;
        for i in 0..25 {
            app.member(&format!("person{i:02}@example.com"), &[Role::Advocate]).await;
        }
        app.member("zed@example.com", &[Role::Curator, Role::Hr]).await;
        let first = api.get("/members?limit=20").await;
        assert_eq!((names(&first)[0], names(&first).len()), ("person00", 20));
        let second = api.get(&format!("/members?limit=20&after={}", first["next"].as_str().unwrap())).await;
        assert_eq!((names(&second).len(), second["next"].as_str()), (7, None));
        assert_eq!(names(&api.get("/members?role=hr").await), ["zed"]);
        assert_eq!(api.get("/members?role=hr").await["items"][0]["roles"], json!(["curator", "hr"]));
        assert_eq!(names(&api.get("/members?q=ZED%40exam").await), ["zed"]);
        assert_eq!(names(&api.get("/members?q=PERSON07").await), ["person07"]);
        assert!(names(&api.get("/members?q=%25").await).is_empty(), "a percent sign is no wildcard");
        assert!(names(&api.get("/members?q=a%00b").await).is_empty());
        assert!(names(&api.get("/members?status=invited").await).is_empty());
        for path in ["/members?after=nobody", "/members?limit=0", "/members?limit=101", "/members?role=king", "/members?after=mbr_0000000000001"] {
            assert_eq!(api.send(Method::GET, path, None).await.0, StatusCode::BAD_REQUEST, "{path}");
        }
    }

    async fn the_link_to_the_next_page_keeps_the_filters(app: TestApp) {
        let api = admin(&app).await;
        for i in 0..3 {
            app.member(&format!("person{i}@example.com"), &[Role::Advocate]).await;
        }
        let answer = api.client.get(format!("{}/api/v1/members?q=person&limit=2", app.url)).bearer_auth(&api.token).send().await.unwrap();
        let link = answer.headers()["link"].to_str().unwrap().to_owned();
        assert!(link.starts_with("</api/v1/members?q=person&limit=2&after=mbr_") && link.ends_with("rel=\"next\""), "{link}");
    }

    async fn an_email_belongs_to_one_member_however_it_is_written(app: TestApp) {
        let api = admin(&app).await;
        api.post("/members", json!({"email": "ada@example.com", "name": "Ada"})).await;
        assert_eq!(code(&api, Method::POST, "/members", json!({"email": " ADA@Example.COM", "name": "Other"})).await, (409, "email_taken".into()));
        let eve = api.post("/members", json!({"email": "eve@example.com", "name": "Eve"})).await;
        let path = format!("/members/{}", eve["id"].as_str().unwrap());
        assert_eq!(code(&api, Method::PATCH, &path, json!({"email": "Ada@example.com"})).await, (409, "email_taken".into()));
        assert_eq!(code(&api, Method::PATCH, &path, json!({"email": "EVE@example.com"})).await.0, 200);
    }

    async fn refused_fields_are_all_named(app: TestApp) {
        let api = admin(&app).await;
        let body = json!({"email": "no", "name": " ", "country": "Germany", "language": "x", "time_zone": "Mars", "started_on": "yesterday", "title": "x".repeat(121)});
        let (status, answer) = api.send(Method::POST, "/members", Some(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut fields: Vec<&str> = answer["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["country", "email", "language", "name", "started_on", "time_zone", "title"]);
    }

    async fn a_repeated_request_with_the_same_key_makes_one_member(app: TestApp) {
        let api = admin(&app).await;
        let send = |name: &'static str| {
            api.client
                .post(format!("{}/api/v1/members", app.url))
                .bearer_auth(&api.token)
                .header("idempotency-key", "one")
                .json(&json!({"email": "ada@example.com", "name": name}))
                .send()
        };
        let (first, second) = (send("Ada").await.unwrap(), send("Ada").await.unwrap());
        assert_eq!((first.status(), second.status()), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(second.headers()["idempotency-replayed"], "true");
        assert_eq!(first.text().await.unwrap(), second.text().await.unwrap());
        assert_eq!(send("Other").await.unwrap().status(), StatusCode::CONFLICT);
    }

    async fn a_change_needs_the_version_that_was_read(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let api = app.api("ada@example.com").await;
        let read = api.client.get(format!("{}/api/v1/me", app.url)).bearer_auth(&api.token).send().await.unwrap();
        let etag = read.headers()["etag"].to_str().unwrap().to_owned();
        let patch = |etag: String, title: &'static str| {
            api.client.patch(format!("{}/api/v1/me", app.url)).bearer_auth(&api.token).header("if-match", etag).json(&json!({"title": title})).send()
        };
        let first = patch(etag.clone(), "Engineer").await.unwrap();
        assert_eq!(first.status(), StatusCode::OK);
        assert_ne!(first.headers()["etag"].to_str().unwrap(), etag);
        let stale = patch(etag, "Owner").await.unwrap();
        assert_eq!(stale.status(), StatusCode::CONFLICT);
        assert_eq!(stale.json::<Value>().await.unwrap()["code"], "version_changed");
        assert_eq!(patch("rubbish".into(), "x").await.unwrap().status(), StatusCode::BAD_REQUEST);
        let (_, cleared) = api.send(Method::PATCH, "/me", Some(json!({"title": null, "country": "de", "time_zone": "Europe/Berlin"}))).await;
        assert_eq!((&cleared["title"], &cleared["country"], &cleared["name"]), (&Value::Null, &json!("DE"), &json!("ada")));
        assert_eq!(api.send(Method::PATCH, "/me", Some(json!({"email": "eve@example.com"}))).await.0, StatusCode::UNPROCESSABLE_ENTITY, "one's own e-mail is the administrator's to change");
    }

    async fn many_are_invited_at_once_and_those_left_out_are_named(app: TestApp) {
        let api = admin(&app).await;
        let done = api.post("/invitations", json!({"emails": ["ada.lovelace@example.com", "no address", "ROOT@example.com", "ada.lovelace@example.com"], "roles": ["curator"]})).await;
        assert_eq!(done["invited"].as_array().unwrap().len(), 1);
        assert_eq!(done["skipped"].as_array().unwrap().len(), 3);
        let found = api.get("/members?q=lovelace").await;
        assert_eq!((names(&found)[0], &found["items"][0]["roles"]), ("Ada Lovelace", &json!(["curator"])));
        assert_eq!(kept(&app).await.len(), 1);
    }

    async fn nobody_but_administrators_reaches_the_administration(app: TestApp) {
        let root = app.member("root@example.com", &[Role::Admin]).await;
        for role in [Role::Advocate, Role::Curator, Role::Approver, Role::Hr] {
            let email = format!("{role}@example.com");
            let browser = app.actor(&email, &[role]).await;
            let api = app.api(&email).await;
            for path in ["/members", "/members/new", "/members/invite", "/members/import", "/groups", &format!("/members/{root}"), &format!("/members/{root}/disable")] {
                assert_eq!(browser.get(path).await.status(), StatusCode::FORBIDDEN, "{role} GET {path}");
            }
            for path in ["/members/new", "/members/invite", "/groups", &format!("/members/{root}"), &format!("/members/{root}/roles"), &format!("/members/{root}/disable"), &format!("/members/{root}/enable"), &format!("/members/{root}/invite"), &format!("/members/{root}/reset-password"), &format!("/members/{root}/groups")] {
                assert_eq!(browser.post(path, &[("role", "admin")]).await.status(), StatusCode::FORBIDDEN, "{role} POST {path}");
            }
            let own = app.app.read(move |db| Ok(herald::identity::by_email(db, &email.parse().unwrap())?.unwrap().id)).await.unwrap();
            for (method, path, body) in [
                (Method::GET, "/members".to_owned(), None),
                (Method::GET, format!("/members/{root}"), None),
                (Method::PUT, format!("/members/{own}/roles"), Some(json!({"roles": ["admin"]}))),
                (Method::PATCH, format!("/members/{own}"), Some(json!({"name": "x"}))),
                (Method::POST, "/members".into(), Some(json!({"email": "x@example.com", "name": "x"}))),
                (Method::POST, "/invitations".into(), Some(json!({"emails": ["x@example.com"]}))),
                (Method::POST, "/members/imports".into(), Some(json!({"csv": "email,name\nx@example.com,x"}))),
                (Method::POST, format!("/members/{root}/disable"), None),
                (Method::POST, format!("/members/{root}/enable"), None),
                (Method::POST, format!("/members/{root}/invite"), None),
                (Method::POST, format!("/members/{root}/reset-password"), None),
                (Method::POST, "/groups".into(), Some(json!({"name": "x"}))),
            ] {
                assert_eq!(api.send(method.clone(), &path, body).await.0, StatusCode::FORBIDDEN, "{role} {method} {path}");
            }
        }
    }
}
