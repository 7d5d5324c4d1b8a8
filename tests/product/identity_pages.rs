//! The pages of the account and of members, as a browser without scripts uses them.

use herald::identity::Role;
use reqwest::StatusCode;

use crate::identity_links::kept;
use crate::on_each_backend;

on_each_backend! {
    async fn a_member_keeps_the_profile(app: TestApp) {
        let browser = app.actor("ada@example.com", &[Role::Advocate]).await;
        let fields = [("name", "Ada Lovelace"), ("title", "Engineer"), ("department", "Research"), ("region", "North"), ("country", "gb"), ("language", "en"), ("time_zone", "Europe/London"), ("version", "1")];
        assert_eq!(browser.submit("/account", &fields).await, "/account");
        let page = browser.page("/account").await;
        for part in ["Ada Lovelace", "Engineer", "value=\"GB\"", "value=\"Europe/London\" selected", "Your profile is saved."] {
            assert!(page.contains(part), "{part} is missing");
        }
        let stale = browser.post("/account", &fields).await;
        assert_eq!(stale.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(stale.text().await.unwrap().contains("Somebody changed this"));
        let wrong = browser.post("/account", &[("name", ""), ("title", "<b>kept</b>"), ("language", "en"), ("time_zone", "UTC"), ("country", "GBR"), ("version", "2")]).await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let body = wrong.text().await.unwrap();
        assert!(body.contains("Enter a name.") && body.contains("two letters") && body.contains("&lt;b&gt;kept"), "{body}");
    }

    async fn sessions_are_listed_and_ended(app: TestApp) {
        let here = app.actor("ada@example.com", &[Role::Advocate]).await;
        let there = app.signed_in("ada@example.com").await;
        let page = here.page("/account/sessions").await;
        assert_eq!(page.matches("/end\"").count(), 2);
        assert!(page.contains("this one"));
        assert_eq!(here.submit("/account/sessions/end-others", &[]).await, "/account/sessions");
        assert_eq!(there.get("/account").await.status(), StatusCode::SEE_OTHER);
        let page = here.page("/account/sessions").await;
        let own = regex::Regex::new(r"/account/sessions/ses_\w+/end").unwrap().find(&page).unwrap().as_str().to_owned();
        assert_eq!(here.submit(&own, &[]).await, "/sign-in");
    }

    async fn a_token_is_made_shown_once_and_revoked(app: TestApp) {
        let browser = app.actor("ada@example.com", &[Role::Advocate]).await;
        let empty = browser.post("/account/tokens", &[("name", ""), ("days", "30")]).await;
        assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let made = browser.post("/account/tokens", &[("name", "Weekly"), ("scope", "profile:read"), ("scope", "shares:read"), ("days", "30")]).await;
        assert_eq!(made.status(), StatusCode::OK);
        let body = made.text().await.unwrap();
        let token = regex::Regex::new(r"hpat_[\w-]+").unwrap().find(&body).unwrap().as_str().to_owned();
        assert!(!browser.page("/account/tokens").await.contains(&token));
        let ask = || reqwest::Client::new().get(format!("{}/api/v1/me", app.url)).bearer_auth(&token).send();
        assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
        let page = browser.page("/account/tokens").await;
        let revoke = regex::Regex::new(r"/account/tokens/tok_\w+/revoke").unwrap().find(&page).unwrap().as_str().to_owned();
        assert!(browser.page(&revoke).await.contains("Revoke this token?"));
        browser.submit(&revoke, &[]).await;
        assert_eq!(ask().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        assert!(!browser.page("/account/tokens").await.contains("members:write"), "scopes without a use are not offered");
    }

    async fn an_administrator_adds_changes_and_finds_members(app: TestApp) {
        let admin = app.actor("root@example.com", &[Role::Admin]).await;
        assert!(admin.page("/members").await.contains("Mail is not set up"));
        let fields = [("email", "Ada@example.com"), ("name", "Ada Lovelace"), ("department", "Research"), ("language", "en"), ("time_zone", "UTC"), ("role", "advocate"), ("role", "curator")];
        let path = admin.submit("/members/new", &fields).await;
        let page = admin.page(&path).await;
        assert!(page.contains("Invite again") && page.contains("ada@example.com"));
        let taken = admin.post("/members/new", &fields).await;
        assert_eq!(taken.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(taken.text().await.unwrap().contains("already has an account"));
        assert_eq!(kept(&app).await.len(), 1);
        assert!(admin.page(&path).await.contains("Research"), "the group of the department");
        let change = [("email", "ada@example.com"), ("name", "Ada King"), ("language", "en"), ("time_zone", "UTC"), ("started_on", "2024-03-01"), ("version", "1")];
        assert_eq!(admin.submit(&path, &change).await, path);
        assert!(admin.page("/members?q=king&role=curator&status=invited").await.contains("Ada King"));
        assert!(admin.page("/members?q=nobody").await.contains("Nobody fits"));
        assert!(admin.page("/members?role=rubbish&group=x&after=x").await.contains("Ada King"));
        let many = admin.post("/members/invite", &[("emails", "Bob <bob@example.com>\ncleo@example.com, ada@example.com"), ("role", "advocate")]).await;
        let body = many.text().await.unwrap();
        assert!(body.contains("2 colleagues are invited") && body.contains("They have an account"), "{body}");
        assert_eq!(admin.post("/members/invite", &[("emails", "nothing")]).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        admin.submit(&format!("{path}/invite"), &[]).await;
        assert_eq!(kept(&app).await.len(), 4);
    }
}
