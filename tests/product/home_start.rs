//! Every role lands on a first screen of its own.

use chrono::Duration;
use herald::identity::Role;
use herald::network::Network;
use herald::recognition::PointEvent;
use reqwest::StatusCode;

use crate::on_each_backend;
use crate::recognition_ledger::{award, event};
use crate::support::app::{START, ts};

on_each_backend! {
    async fn strangers_are_led_to_the_sign_in(app: TestApp) {
        let answer = app.browser().get("/").await;
        assert_eq!((answer.status(), answer.headers()["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/sign-in"));
    }

    async fn each_role_has_its_screen_empty_or_full(app: TestApp) {
        let roles = [
            (Role::Advocate, "Worth sharing today"),
            (Role::Curator, "Your library today"),
            (Role::Approver, "To approve"),
            (Role::Hr, "Who takes part"),
            (Role::Admin, "Needs a hand"),
        ];
        for (role, heading) in roles {
            let browser = app.actor(&format!("{role}@example.com"), &[role]).await;
            assert!(browser.page("/").await.contains(heading), "{role}, empty");
        }
        let item = app.piece("How we made it").await;
        let ada = app.member("ada.lovelace@example.com", &[Role::Advocate]).await;
        let posted = app.posted(ada, item, Network::Linkedin, ts(START).minus(Duration::hours(3))).await;
        app.hits(posted.link, "human", 4, ts(START)).await;
        app.hits(posted.link, "machine", 9, ts(START)).await;
        award(&app, vec![event("share:1", ada, PointEvent::ShareConfirmed, ts(START))]).await;
        app.run_jobs().await;
        for (role, heading) in roles {
            let page = app.signed_in(&format!("{role}@example.com")).await.page("/").await;
            assert!(page.contains(heading), "{role}, full");
                        match role {
                Role::Curator => assert!(page.contains("How we made it") && page.contains("works best"), "{page}"),
                Role::Hr => assert!(page.contains("1 of 6 enrolled members took part in November 2026.") && page.contains("ada lovelace"), "{page}"),
                Role::Admin => assert!(page.contains("All is well"), "{page}"),
                _ => {}
            }
        }
        let own = app.signed_in("ada.lovelace@example.com").await.page("/").await;
        for shown in ["Good afternoon, ada", "people clicked", "13 requests in all", "1st of 1", "Your first share. People came"] {
            assert!(own.contains(shown), "{shown}: {own}");
        }
    }

    async fn several_roles_have_tabs(app: TestApp) {
        let browser = app.actor("ada@example.com", &[Role::Advocate, Role::Curator]).await;
        let page = browser.page("/").await;
        assert!(page.contains("Your library today") && page.contains("/?as=advocate") || page.contains("/?as&#x3D;advocate"), "{page}");
        assert!(browser.page("/?as=advocate").await.contains("Worth sharing today"));
        assert!(browser.page("/?as=admin").await.contains("Your library today"), "not a role of this member");
    }
}
