//! Links in mails: invitations, forgotten passwords, the first set-up.

use herald::db::Actor;
use herald::identity::{self, Role};
use herald::notifications::{self, Mail};
use reqwest::StatusCode;
use serde_json::json;

use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::PASSWORD;

/// The mails kept since no mail server is set, newest first, after all jobs have run.
pub async fn kept(app: &TestApp) -> Vec<Mail> {
    app.run_jobs().await;
    app.app.read(|db| notifications::kept(db, None, 50)).await.unwrap()
}

/// The path of the one-time link in a mail.
pub fn path_in(mail: &Mail) -> String {
    let found = regex::Regex::new(r"/(invite|reset)/[A-Za-z0-9_-]+").unwrap();
    found.find(&mail.text_body).unwrap_or_else(|| panic!("no link in {}", mail.text_body)).as_str().to_owned()
}

async fn forgotten(app: &TestApp, email: &str) -> String {
    let browser = app.browser();
    let answer = browser.post("/forgot", &[("email", email)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.unwrap()
}

async fn signs_in(app: &TestApp, email: &str, password: &str) -> bool {
    let answer = app.browser().post("/sign-in", &[("email", email), ("password", password)]).await;
    answer.status() == StatusCode::SEE_OTHER
}

on_each_backend! {
    async fn an_invited_colleague_accepts_chooses_topics_and_is_in(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let admin = app.api("root@example.com").await;
        app.member("cora@example.com", &[Role::Curator]).await;
        let topic = app.api("cora@example.com").await.post("/topics", json!({"name": "Hiring"})).await;
        let made = admin.post("/members", json!({"email": "Ada@Example.com", "name": "Ada L", "department": "Research"})).await;
        assert_eq!((made["email"].as_str(), made["status"].as_str()), (Some("ada@example.com"), Some("invited")));
        let mails = kept(&app).await;
        assert_eq!((mails.len(), mails[0].recipient.as_str()), (1, "ada@example.com"));
        assert!(mails[0].subject.starts_with("root invites you"), "{}", mails[0].subject);
        let path = path_in(&mails[0]);

        let browser = app.browser();
        assert!(browser.page(&path).await.contains("ada@example.com"));
        assert!(browser.page(&path).await.contains("Ada L"), "opening the link does not use it up");
        let short = browser.post(&path, &[("name", "Ada"), ("password", "short")]).await;
        assert_eq!(short.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.submit(&path, &[("name", "Ada Lovelace"), ("password", "four ordinary words here")]).await, "/welcome");
        assert!(browser.page("/welcome").await.contains("Hiring"));
        assert_eq!(browser.submit("/welcome", &[("topic", topic["id"].as_str().unwrap())]).await, "/");
        assert!(browser.page("/account").await.contains("Ada Lovelace"));

        let gone = app.browser().get(&path).await;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
        assert!(gone.text().await.unwrap().contains("no longer works"));
        let again = app.browser().post(&path, &[("name", "Mallory"), ("password", "four ordinary words here")]).await;
        assert_eq!(again.status(), StatusCode::NOT_FOUND);
        assert!(signs_in(&app, "ADA@example.com", "four ordinary words here").await);
    }

    async fn an_invitation_ends_after_a_week_and_a_newer_one_replaces_it(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let admin = app.api("root@example.com").await;
        let made = admin.post("/members", json!({"email": "ada@example.com", "name": "Ada"})).await;
        let first = path_in(&kept(&app).await[0]);
        admin.post(&format!("/members/{}/invite", made["id"].as_str().unwrap()), json!({})).await;
        let second = path_in(&kept(&app).await[0]);
        assert_ne!(first, second);
        assert_eq!(app.browser().get(&first).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(app.browser().get(&second).await.status(), StatusCode::OK);
        app.wait(chrono::Duration::days(7));
        assert_eq!(app.browser().get(&second).await.status(), StatusCode::NOT_FOUND);
    }

    async fn a_forgotten_password_is_reset_once_and_every_session_ends(app: TestApp) {
        let old = app.actor("ada@example.com", &[Role::Advocate]).await;
        assert!(forgotten(&app, " ADA@example.com ").await.contains("Look into your mail"));
        let mail = kept(&app).await.remove(0);
        assert_eq!(mail.recipient, "ada@example.com");
        let path = path_in(&mail);
        let browser = app.browser();
        assert!(browser.page(&path).await.contains("ada@example.com"));
        assert_eq!(browser.post(&path, &[("password", "ada@example.com")]).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.submit(&path, &[("password", "quite another password")]).await, "/sign-in");
        assert_eq!(old.get("/account").await.status(), StatusCode::SEE_OTHER, "the old session has ended");
        assert!(signs_in(&app, "ada@example.com", "quite another password").await);
        assert!(!signs_in(&app, "ada@example.com", PASSWORD).await);
        assert_eq!(app.browser().post(&path, &[("password", "a third password here")]).await.status(), StatusCode::NOT_FOUND);
        assert!(kept(&app).await.iter().any(|m| m.subject.contains("was changed")), "the owner is told");
    }

    async fn a_reset_link_ends_after_an_hour(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        forgotten(&app, "ada@example.com").await;
        let path = path_in(&kept(&app).await[0]);
        app.wait(chrono::Duration::minutes(59));
        assert_eq!(app.browser().get(&path).await.status(), StatusCode::OK);
        app.wait(chrono::Duration::minutes(1));
        assert_eq!(app.browser().get(&path).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(app.browser().post(&path, &[("password", "quite another password")]).await.status(), StatusCode::NOT_FOUND);
    }

    async fn the_answer_does_not_tell_whether_an_address_is_known(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let strip = |page: String, email: &str| {
            let page = page.replace(email, "…");
            regex::Regex::new(r#"[A-Za-z0-9_-]{20,}"#).unwrap().replace_all(&page, "").into_owned()
        };
        let known = strip(forgotten(&app, "ada@example.com").await, "ada@example.com");
        let unknown = strip(forgotten(&app, "eve@example.com").await, "eve@example.com");
        assert_eq!(known, unknown);
        let mails = kept(&app).await;
        assert_eq!(mails.iter().map(|m| m.recipient.as_str()).collect::<Vec<_>>(), ["ada@example.com"]);
    }

    async fn asking_again_and_again_sends_one_mail_a_minute(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        for _ in 0..3 {
            forgotten(&app, "ada@example.com").await;
            app.run_jobs().await;
        }
        assert_eq!(kept(&app).await.len(), 1);
        app.wait(chrono::Duration::seconds(61));
        forgotten(&app, "ada@example.com").await;
        assert_eq!(kept(&app).await.len(), 2);
    }

    async fn no_token_stands_in_the_database_in_clear_before_the_mail_is_written(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let shared = app.app.clone();
        app.app
            .write(Actor::system("test"), move |tx| {
                let ada = identity::by_email(tx.db, &"ada@example.com".parse().unwrap())?.unwrap();
                identity::send_reset(tx, &shared.keys, ada.id)
            })
            .await
            .unwrap();
        let jobs = app.app.read(|db| Ok(herald::jobs::list(db, None, None, 10)?)).await.unwrap();
        let payload = &jobs.iter().find(|j| j.name == "mail.reset").unwrap().payload;
        assert!(!payload.contains("/reset/") && payload.contains("v1."), "{payload}");
    }

    async fn the_set_up_link_works_once_and_ends_with_the_first_administrator(app: TestApp) {
        let link = || app.app.write(Actor::system("test"), identity::set_up_link);
        let first = link().await.unwrap().unwrap();
        let browser = app.browser();
        assert!(browser.page(&first).await.contains("Welcome to Herald"));
        let fields = [("name", "Root"), ("email", "root@example.com"), ("password", "four ordinary words here")];
        assert_eq!(browser.submit(&first, &fields).await, "/");
        assert!(browser.page("/members").await.contains("root@example.com"));
        assert_eq!(app.browser().get(&first).await.status(), StatusCode::NOT_FOUND);
        assert!(link().await.unwrap().is_none());
    }

    async fn the_set_up_link_ends_when_an_administrator_is_made_otherwise_or_a_day_has_passed(app: TestApp) {
        let link = || app.app.write(Actor::system("test"), identity::set_up_link);
        let late = link().await.unwrap().unwrap();
        app.wait(chrono::Duration::hours(24));
        assert_eq!(app.browser().get(&late).await.status(), StatusCode::NOT_FOUND);
        let fresh = link().await.unwrap().unwrap();
        app.member("root@example.com", &[Role::Admin]).await;
        assert_eq!(app.browser().get(&fresh).await.status(), StatusCode::NOT_FOUND);
        let fields = [("name", "Mallory"), ("email", "eve@example.com"), ("password", "four ordinary words here")];
        assert_eq!(app.browser().post(&fresh, &fields).await.status(), StatusCode::NOT_FOUND);
    }
}
