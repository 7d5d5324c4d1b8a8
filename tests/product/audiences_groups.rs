//! Groups: made by hand, and in step with departments and regions.

use herald::db::Id;
use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_each_backend;
use crate::support::TestApp;

async fn group<'a>(groups: &'a Value, name: &str) -> Option<&'a Value> {
    groups["items"].as_array().unwrap().iter().find(|g| g["name"] == name)
}

async fn code(api: &crate::support::app::Api, method: Method, path: &str, body: Value) -> (u16, String) {
    let (status, answer) = api.send(method, path, Some(body)).await;
    (status.as_u16(), answer["code"].as_str().unwrap_or_default().to_owned())
}

async fn sizes(app: &TestApp, api: &crate::support::app::Api) -> Vec<(String, i64)> {
    app.run_jobs().await;
    let groups = api.get("/groups?limit=100").await;
    groups["items"].as_array().unwrap().iter().map(|g| (g["name"].as_str().unwrap().to_owned(), g["members"].as_i64().unwrap())).collect()
}

on_each_backend! {
    async fn a_department_and_region_are_groups_that_follow_the_member(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        let ada = api.post("/members", json!({"email": "ada@example.com", "name": "Ada", "department": "Research", "region": "North"})).await;
        api.post("/members", json!({"email": "bob@example.com", "name": "Bob", "department": "Research"})).await;
        assert_eq!(sizes(&app, &api).await, [("North".into(), 1), ("Research".into(), 2)]);
        let path = format!("/members/{}", ada["id"].as_str().unwrap());
        api.send(Method::PATCH, &path, Some(json!({"department": "Sales", "region": null}))).await;
        assert_eq!(sizes(&app, &api).await, [("North".into(), 0), ("Research".into(), 1), ("Sales".into(), 1)]);
        let groups = api.get("/groups").await;
        let (north, research) = (group(&groups, "North").await.unwrap()["id"].as_str().unwrap(), group(&groups, "Research").await.unwrap()["id"].as_str().unwrap());
        assert_eq!(code(&api, Method::PUT, &format!("/groups/{research}/members/{}", ada["id"].as_str().unwrap()), json!({})).await, (409, "group_follows_members".into()));
        assert_eq!(code(&api, Method::PATCH, &format!("/groups/{research}"), json!({"name": "Other"})).await, (409, "group_follows_members".into()));
        assert_eq!(code(&api, Method::PATCH, &format!("/groups/{research}"), json!({"description": "All labs"})).await.0, 200);
        assert_eq!(code(&api, Method::DELETE, &format!("/groups/{research}"), json!({})).await, (409, "group_follows_members".into()));
        assert_eq!(api.send(Method::DELETE, &format!("/groups/{north}"), None).await.0, StatusCode::NO_CONTENT, "an empty one may go");
        let members = api.get(&format!("/groups/{research}/members")).await;
        assert_eq!(members["items"][0]["email"], "bob@example.com");
        assert_eq!(api.get(&format!("/members?group={research}")).await["items"].as_array().unwrap().len(), 1);
    }

    async fn a_department_and_a_region_of_the_same_name_are_two_groups(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        api.post("/groups", json!({"name": "Berlin"})).await;
        api.post("/members", json!({"email": "ada@example.com", "name": "Ada", "department": "Berlin", "region": "Berlin"})).await;
        assert_eq!(sizes(&app, &api).await, [("Berlin".into(), 0), ("Berlin (department)".into(), 1), ("Berlin (region)".into(), 1)]);
    }

    async fn groups_are_made_filled_emptied_and_deleted(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        let api = app.api("root@example.com").await;
        let made = api.post("/groups", json!({"name": " Pilot  group ", "description": "The first"})).await;
        assert_eq!((made["name"].as_str(), made["kind"].as_str()), (Some("Pilot group"), Some("other")));
        let id = made["id"].as_str().unwrap();
        assert_eq!(code(&api, Method::POST, "/groups", json!({"name": "Pilot group"})).await, (409, "name_taken".into()));
        assert_eq!(code(&api, Method::POST, "/groups", json!({"name": " "})).await, (422, "invalid".into()));
        let seat = format!("/groups/{id}/members/{ada}");
        for _ in 0..2 {
            assert_eq!(api.send(Method::PUT, &seat, None).await.0, StatusCode::NO_CONTENT, "doing it twice is no error");
        }
        assert_eq!(sizes(&app, &api).await, [("Pilot group".into(), 1)]);
        let nobody = herald::db::MemberId::from_i64(7);
        assert_eq!(api.send(Method::PUT, &format!("/groups/{id}/members/{nobody}"), None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(api.send(Method::DELETE, &seat, None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(api.send(Method::DELETE, &seat, None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(api.send(Method::DELETE, &format!("/groups/{id}"), None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(api.send(Method::GET, &format!("/groups/{id}/members"), None).await.0, StatusCode::NOT_FOUND);
    }

    async fn the_pages_do_the_same(app: TestApp) {
        let admin = app.actor("root@example.com", &[Role::Admin]).await;
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        assert!(admin.page("/groups").await.contains("No groups yet"));
        let path = admin.submit("/groups", &[("name", "Pilot"), ("description", "The first")]).await;
        assert_eq!(admin.post("/groups", &[("name", "Pilot")]).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(admin.page(&path).await.contains("Nobody is in it yet"));
        let wrong = admin.post(&format!("{path}/members"), &[("email", "nobody@example.com")]).await;
        assert!(wrong.text().await.unwrap().contains("Nobody here has the address"));
        admin.submit(&format!("{path}/members"), &[("email", "ADA@example.com")]).await;
        let page = admin.page(&path).await;
        assert!(page.contains("ada@example.com") && page.contains("1 member"));
        assert!(admin.page(&format!("/members/{ada}")).await.contains("Take out"));
        assert_eq!(admin.submit(&format!("{path}/members/{ada}/remove"), &[("back", "member")]).await, format!("/members/{ada}"));
        let id = path.trim_start_matches("/groups/");
        assert_eq!(admin.submit(&format!("/members/{ada}/groups"), &[("group", id)]).await, format!("/members/{ada}"));
        assert_eq!(admin.submit(&path, &[("name", "Pilots"), ("description", "")]).await, path);
        assert_eq!(admin.submit(&format!("{path}/delete"), &[]).await, "/groups");
        assert_eq!(admin.get(&path).await.status(), StatusCode::NOT_FOUND);
    }
}
