//! Signing in and out through the pages.

use herald::identity::Role;
use reqwest::StatusCode;

use crate::on_each_backend;

on_each_backend! {
    async fn a_member_signs_in_and_out(app: TestApp) {
        let browser = app.actor("ada@example.com", &[Role::Advocate]).await;
        assert_eq!(browser.get("/api/docs").await.status(), StatusCode::OK);
        assert!(browser.page("/api/docs").await.contains("ada"));
        assert_eq!(browser.submit("/sign-out", &[]).await, "/sign-in");
        assert!(!browser.page("/api/docs").await.contains("sign-out"));
    }

    async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        for (email, password) in [("ada@example.com", "wrong wrong wrong"), ("nobody@example.com", "wrong wrong wrong"), ("no address", "x")] {
            let answer = app.browser().post("/sign-in", &[("email", email), ("password", password)]).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.text().await.unwrap().contains("do not go together"));
        }
    }
}
