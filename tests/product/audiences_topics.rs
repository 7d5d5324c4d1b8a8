//! Topics: kept by curators, followed by everybody.

use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::on_each_backend;

on_each_backend! {
    async fn curators_keep_topics_and_members_follow_them(app: TestApp) {
        app.member("cora@example.com", &[Role::Curator]).await;
        app.member("ada@example.com", &[Role::Advocate]).await;
        let (curator, ada) = (app.api("cora@example.com").await, app.api("ada@example.com").await);
        let hiring = curator.post("/topics", json!({"name": "Life at Work", "description": "How it is here"})).await;
        assert_eq!(hiring["slug"], "life-at-work");
        let twin = curator.post("/topics", json!({"name": "Life-at-work!"})).await;
        assert_eq!(twin["slug"], "life-at-work-2");
        let (status, body) = curator.send(Method::POST, "/topics", Some(json!({"name": "LIFE at work"}))).await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("name_taken")));
        let id = hiring["id"].as_str().unwrap();
        for _ in 0..2 {
            assert_eq!(ada.send(Method::PUT, &format!("/me/topics/{id}"), None).await.0, StatusCode::NO_CONTENT);
        }
        assert_eq!(ada.get("/me/topics").await[0]["name"], "Life at Work");
        assert_eq!(ada.get("/topics").await[0]["followers"], 1);
        assert_eq!(ada.send(Method::PUT, "/me/topics/top_0000000000001", None).await.0, StatusCode::NOT_FOUND);
        let (_, renamed) = curator.send(Method::PATCH, &format!("/topics/{id}"), Some(json!({"name": "Work"}))).await;
        assert_eq!((&renamed["name"], &renamed["slug"], &renamed["description"]), (&json!("Work"), &json!("life-at-work"), &json!("How it is here")));
        for (method, path, body) in [
            (Method::POST, "/topics".to_owned(), Some(json!({"name": "x"}))),
            (Method::PATCH, format!("/topics/{id}"), Some(json!({"name": "x"}))),
            (Method::DELETE, format!("/topics/{id}"), None),
        ] {
            assert_eq!(ada.send(method, &path, body).await.0, StatusCode::FORBIDDEN);
        }
        assert_eq!(ada.send(Method::DELETE, &format!("/me/topics/{id}"), None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(ada.get("/me/topics").await, json!([]));
        assert_eq!(curator.send(Method::DELETE, &format!("/topics/{id}"), None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(curator.send(Method::DELETE, &format!("/topics/{id}"), None).await.0, StatusCode::NOT_FOUND);
    }

    async fn the_pages_do_the_same(app: TestApp) {
        let curator = app.actor("cora@example.com", &[Role::Curator]).await;
        assert!(curator.page("/topics").await.contains("No topics yet"));
        assert_eq!(curator.submit("/topics", &[("name", "Hiring"), ("description", "Open jobs")]).await, "/topics");
        assert_eq!(curator.submit("/topics", &[("name", "Products"), ("description", "")]).await, "/topics");
        assert_eq!(curator.post("/topics", &[("name", "hiring")]).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = curator.page("/topics").await;
        let path = regex::Regex::new(r"/topics/top_\w+").unwrap().find(&page).unwrap().as_str().to_owned();
        assert_eq!(curator.submit(&path, &[("name", "Jobs"), ("description", "Open jobs")]).await, "/topics");
        let ada = app.actor("ada@example.com", &[Role::Advocate]).await;
        let id = path.trim_start_matches("/topics/");
        assert_eq!(ada.submit("/account/topics", &[("topic", id), ("topic", "rubbish")]).await, "/account");
        assert!(ada.page("/account").await.contains("You follow one topic."));
        assert!(ada.page("/account").await.contains("checked"));
        assert_eq!(ada.submit("/account/topics", &[]).await, "/account");
        assert!(!ada.page("/account").await.contains("checked"));
        assert_eq!(curator.submit(&format!("{path}/delete"), &[]).await, "/topics");
        assert_eq!(curator.get(&path).await.status(), StatusCode::NOT_FOUND);
    }
}
