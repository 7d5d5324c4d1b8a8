//! Who may move a share from state to state, what counts and when, recall, and one's own numbers.

use chrono::NaiveDate;
use diesel::prelude::*;
use herald::db::schema::share_weeks;
use herald::db::{Actor, ItemId};
use herald::identity::Role;
use herald::library;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_each_backend;
use crate::sharing_share::{a_piece, body, live};
use crate::support::TestApp;
use crate::support::app::Api;

async fn opened(app: &TestApp) -> (ItemId, Api, String) {
    let item = live(app, a_piece()).await;
    app.member("ada@example.com", &[Role::Advocate]).await;
    let ada = app.api("ada@example.com").await;
    let made = ada.post("/shares", body(item, "linkedin", "intent", "Mine.")).await;
    let id = made["share"]["id"].as_str().unwrap().to_owned();
    (item, ada, id)
}

async fn weeks(app: &TestApp) -> Vec<(NaiveDate, i32)> {
    app.app.read(|db| Ok(share_weeks::table.select((share_weeks::week, share_weeks::shares)).load(db)?)).await.unwrap()
}

async fn act(api: &Api, id: &str, act: &str) -> (StatusCode, Value) {
    api.send(Method::POST, &format!("/shares/{id}/{act}"), Some(json!({}))).await
}

on_each_backend! {
    async fn opening_counts_nothing_and_the_members_word_counts_once(app: TestApp) {
        let (_, ada, id) = opened(&app).await;
        app.run_jobs().await;
        assert_eq!(weeks(&app).await, []);
        let (status, share) = ada.send(Method::POST, &format!("/shares/{id}/confirm"), Some(json!({"url": "https://www.linkedin.com/posts/1"}))).await;
        assert_eq!((status, share["state"].as_str(), share["confirmed_by"].as_str()), (StatusCode::OK, Some("confirmed"), Some("member")));
        assert_eq!(share["remote_url"], "https://www.linkedin.com/posts/1");
        for _ in 0..3 {
            assert_eq!(act(&ada, &id, "confirm").await.0, StatusCode::OK);
        }
        app.run_jobs().await;
        // 2026-11-21 is a Saturday.
        assert_eq!(weeks(&app).await, [("2026-11-16".parse().unwrap(), 1)]);
        let (status, refused) = act(&ada, &id, "cancel").await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::CONFLICT, Some("not_cancellable")));
        assert_eq!(act(&ada, &id, "open").await.0, StatusCode::CONFLICT);
    }

    async fn a_no_can_be_taken_back(app: TestApp) {
        let (_, ada, id) = opened(&app).await;
        let (status, share) = act(&ada, &id, "cancel").await;
        assert_eq!((status, share["state"].as_str()), (StatusCode::OK, Some("cancelled")));
        assert_eq!(act(&ada, &id, "cancel").await.0, StatusCode::OK, "saying it twice is fine");
        assert_eq!(act(&ada, &id, "open").await.0, StatusCode::CONFLICT);
        let (status, share) = act(&ada, &id, "confirm").await;
        assert_eq!((status, share["state"].as_str()), (StatusCode::OK, Some("confirmed")));
    }

    async fn a_post_has_a_web_address(app: TestApp) {
        let (_, ada, id) = opened(&app).await;
        for wrong in ["javascript:alert(1)", "data:text/html,x", "nonsense", "https://user:word@example.com/"] {
            let (status, refused) = ada.send(Method::POST, &format!("/shares/{id}/confirm"), Some(json!({"url": wrong}))).await;
            assert_eq!((status, refused["errors"][0]["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("url")), "{wrong}");
        }
        assert_eq!(ada.get(&format!("/shares/{id}")).await["state"], "opened");
    }

    async fn the_list_filters_and_pages(app: TestApp) {
        let (item, ada, first) = opened(&app).await;
        for _ in 0..4 {
            app.wait(chrono::Duration::minutes(1));
            ada.post("/shares", body(item, "x", "copy", "#employee Mine.")).await;
        }
        act(&ada, &first, "confirm").await;
        let confirmed = ada.get("/shares?state=confirmed").await;
        assert_eq!(confirmed["items"].as_array().unwrap().len(), 1);
        assert_eq!(confirmed["items"][0]["id"], json!(first));
        let (mut after, mut seen) = (String::new(), Vec::new());
        loop {
            let page = ada.get(&format!("/shares?limit=2{after}")).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(seen.len(), 5);
        assert!(seen.windows(2).all(|w| w[0] > w[1]), "newest first: {seen:?}");
        assert_eq!(ada.send(Method::GET, "/shares?state=lost", None).await.0, StatusCode::BAD_REQUEST);
    }

    async fn a_recall_lists_what_to_take_down(app: TestApp) {
        let (item, ada, posted) = opened(&app).await;
        act(&ada, &posted, "confirm").await;
        let open = ada.post("/shares", body(item, "x", "intent", "#employee Mine.")).await;
        let open = open["share"]["id"].as_str().unwrap().to_owned();
        let no = ada.post("/shares", body(item, "xing", "intent", "#employee Mine.")).await["share"]["id"].as_str().unwrap().to_owned();
        act(&ada, &no, "cancel").await;
        app.app.write(Actor::system("test"), move |tx| library::recall(tx, item, "a wrong number")).await.unwrap();
        app.run_jobs().await;
        for (id, state) in [(&posted, "recalled"), (&open, "recalled"), (&no, "cancelled")] {
            assert_eq!(ada.get(&format!("/shares/{id}")).await["state"], state);
        }
        let browser = app.signed_in("ada@example.com").await;
        let list = browser.page("/shares?state=failed").await;
        assert!(list.contains("take it down, please") && list.contains("Take it down"));
        assert!(browser.page(&format!("/shares/{posted}")).await.contains("Recalled"));
        for wrong in ["confirm", "open", "cancel"] {
            assert_eq!(act(&ada, &open, wrong).await.0, StatusCode::CONFLICT, "{wrong}");
        }
        let link = ada.get(&format!("/shares/{posted}")).await["short_link"].as_str().unwrap().to_owned();
        let slug = link.rsplit('/').next().unwrap();
        assert_eq!(app.browser().get(&format!("/r/{slug}")).await.status(), StatusCode::GONE);
    }

    async fn my_impact_shows_people_and_machines_apart(app: TestApp) {
        let (_, ada, id) = opened(&app).await;
        act(&ada, &id, "confirm").await;
        let link = ada.get(&format!("/shares/{id}")).await["short_link"].as_str().unwrap().to_owned();
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        for agent in [chrome, "curl/8.0", "LinkedInBot/1.0"] {
            app.browser().client().get(&link).header("user-agent", agent).header("accept-language", "en").send().await.unwrap();
        }
        app.run_jobs().await;
        let impact = ada.get("/impact").await;
        assert_eq!((impact["shares"].as_i64(), impact["clicks"]["human"].as_i64(), impact["clicks"]["preview"].as_i64().unwrap() + impact["clicks"]["machine"].as_i64().unwrap()), (Some(1), Some(1), 2));
        assert_eq!(impact["networks"], json!([{"network": "linkedin", "shares": 1, "clicks": 1, "excluded": 2}]));
        let weeks = impact["weeks"].as_array().unwrap();
        assert_eq!((weeks.len(), weeks[11]["week"].as_str(), weeks[11]["clicks"].as_i64()), (12, Some("2026-11-16"), Some(1)));
        let page = app.signed_in("ada@example.com").await.page("/impact").await;
        assert!(page.contains("One click by a person in 12 weeks") && page.contains("<svg"));
        assert_eq!(ada.get(&format!("/shares/{id}")).await["clicks"]["human"], 1);
    }

    async fn the_networks_are_offered_with_a_reason(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let ada = app.api("ada@example.com").await;
        let offers = ada.get("/networks").await;
        let offers = offers["items"].as_array().unwrap();
        assert_eq!(offers.len(), 11);
        let of = |name: &str| offers.iter().find(|o| o["network"] == name).unwrap();
        assert_eq!(of("linkedin")["modes"], json!(["intent", "copy"]));
        assert_eq!(of("mastodon")["modes"], json!(["copy"]));
        assert!(of("x")["points_note"].as_str().unwrap().contains("no points"));
    }
}
