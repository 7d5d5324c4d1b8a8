//! The rules of sharing: who sets them, what is refused, and that they hold at once.

use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_each_backend;
use crate::sharing_share::{a_piece, body, live};

on_each_backend! {
    async fn administrators_set_the_rules_and_they_hold_at_once(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let root = app.actor("root@example.com", &[Role::Admin]).await;
        let page = root.page("/settings/sharing").await;
        assert!(page.contains("#employee") && page.contains("utm_source"), "{page}");
        let form = [
            ("disclosure", "#AcmeTeam"), ("required", "on"), ("position", "suffix"), ("aliases", "I work at Acme."), ("by_country", "de: #AcmeMitarbeiter"),
            ("by_language", ""), ("hashtags", "Lab"), ("banned", "risk free = low risk\nguaranteed"), ("discouraged", "proud"),
            ("utm_source", "{network}"), ("utm_medium", "social"), ("utm_campaign", ""), ("utm_content", ""), ("utm_term", ""),
        ];
        root.submit("/settings/sharing", &form).await;
        let page = root.page("/settings/sharing").await;
        assert!(page.contains("risk free &#x3D; low risk") || page.contains("risk free = low risk"), "{page}");
        app.member("ada@example.com", &[Role::Advocate]).await;
        let ada = app.api("ada@example.com").await;
        let answer = ada.post("/shares/check", body(item, "linkedin", "intent", "We are proud: a RISK-free, guaranteed lab.")).await;
        let codes: Vec<&str> = answer["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
        assert!(codes.contains(&"hashtag_missing") && codes.contains(&"banned_term"), "{answer}");
        assert!(answer["final_text"].as_str().unwrap().ends_with("#AcmeTeam"));
        let made = ada.post("/shares", body(item, "linkedin", "intent", "Our #Lab is open. I work at Acme.")).await;
        assert_eq!(made["share"]["text"], "Our #Lab is open. I work at Acme.");
    }

    async fn wrong_rules_are_refused_with_what_was_typed(app: TestApp) {
        let root = app.actor("root@example.com", &[Role::Admin]).await;
        let form = [("disclosure", " "), ("required", "on"), ("by_country", "nothing here"), ("utm_source", "{person}"), ("banned", "fine")];
        let answer = root.post("/settings/sharing", &form).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text().await.unwrap();
        assert!(page.contains("There is no placeholder") && page.contains("fine") && page.contains("has no code in front"), "{page}");
        assert!(root.page("/settings/sharing").await.contains("#employee"), "nothing was kept");
    }

    async fn the_api_gives_and_takes_the_same_document(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let root = app.api("root@example.com").await;
        let mut rules = root.get("/settings/sharing").await;
        rules["disclosure_by_language"] = json!({"de": "#AcmeMitarbeiter"});
        let (status, kept) = root.send(Method::PUT, "/settings/sharing", Some(rules.clone())).await;
        assert_eq!((status, &kept), (StatusCode::OK, &rules));
        assert_eq!(root.get("/settings/sharing").await, rules);
        for (path, wrong) in [("/disclosure_by_country", json!({"Germany": "x"})), ("/policy/required_hashtags", json!(["#"])), ("/policy/banned", json!([{"term": " ", "severity": "block"}]))] {
            let mut refused = rules.clone();
            *refused.pointer_mut(path).unwrap() = wrong;
            assert_eq!(root.send(Method::PUT, "/settings/sharing", Some(refused)).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
        app.member("ada@example.com", &[Role::Advocate, Role::Curator]).await;
        let ada = app.api("ada@example.com").await;
        assert_eq!(ada.send(Method::GET, "/settings/sharing", None).await.0, StatusCode::FORBIDDEN);
        assert_eq!(ada.send(Method::PUT, "/settings/sharing", Some(Value::Null)).await.0, StatusCode::FORBIDDEN);
        assert_eq!(app.signed_in("ada@example.com").await.get("/settings/sharing").await.status(), StatusCode::FORBIDDEN);
    }
}
