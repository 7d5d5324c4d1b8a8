//! The pages of curators and approvers, without scripts.

use herald::identity::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::library_site::{approved, browser, people, piece, titles, topic};
use crate::on_each_backend;

on_each_backend! {
    async fn a_piece_is_written_sent_and_approved_by_hand(app: TestApp) {
        let p = people(&app).await;
        let water = topic(&app, "Water").await;
        let cora = browser(&app, "cora@example.com").await;
        let fields = [
            ("title", "By hand"), ("summary", "S"), ("link", "https://example.org/hand"), ("language", "en"), ("kind", "article"), ("topic", &water),
            ("caption_text", "A text"), ("caption_network", "linkedin"), ("caption_kind", "must_edit"), ("caption_language", ""),
            ("caption_text", ""), ("caption_network", ""), ("caption_kind", "free"), ("caption_language", ""),
        ];
        let with = |act: &'static str| fields.iter().copied().chain([("do", act)]).collect::<Vec<_>>();
        let more = cora.post("/library/new", &with("add_caption")).await;
        assert_eq!(more.status(), StatusCode::OK);
        assert_eq!(more.text().await.unwrap().matches("name=\"caption_text\"").count(), 3);
        let fewer = cora.post("/library/new", &with("remove_caption_0")).await.text().await.unwrap();
        assert!(fewer.matches("name=\"caption_text\"").count() == 1 && !fewer.contains("A text") && fewer.contains("By hand"));
        let to = cora.submit("/library/new", &with("submit")).await;
        assert!(cora.page(&to).await.contains("Sent to review"));
        let axel = browser(&app, "axel@example.com").await;
        assert!(axel.page("/approvals").await.contains("By hand"));
        let waiting = p.approver.get("/revisions").await;
        let revision = waiting["items"][0]["id"].as_str().unwrap();
        assert!(axel.page(&format!("/approvals/{revision}")).await.contains("A text"));
        let refused = axel.post(&format!("/approvals/{revision}/reject"), &[("note", " ")]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        axel.submit(&format!("/approvals/{revision}/approve"), &[]).await;
        let ada = browser(&app, "ada@example.com").await;
        assert!(ada.page("/feed").await.contains("By hand"));
        let id = to.trim_start_matches("/library/").to_owned();
        let seen = ada.page(&format!("/items/{id}")).await;
        assert!(seen.contains("A text") && seen.contains(&format!("/share/{id}")));
        for path in ["/library", "/library/new", "/approvals", "/sources", &to] {
            assert_eq!(ada.get(path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
        // The next version: what changed is shown.
        let item = p.curator.get(&format!("/items/{id}")).await;
        let version = item["version"].to_string();
        cora.submit(&to.replace(&id, &format!("{id}/edit")), &[("title", "By two hands"), ("link", "https://example.org/hand"), ("language", "en"), ("version", &version), ("do", "submit")]).await;
        let waiting = p.approver.get("/revisions").await;
        let shown = axel.page(&format!("/approvals/{}", waiting["items"][0]["id"].as_str().unwrap())).await;
        assert!(shown.contains("What changed") && shown.contains("<del>By hand</del>") && shown.contains("<ins>By two hands</ins>"));
    }

    async fn a_refused_form_keeps_what_was_typed(app: TestApp) {
        people(&app).await;
        let cora = browser(&app, "cora@example.com").await;
        let answer = cora.post("/library/new", &[("title", ""), ("summary", "<b>kept</b>"), ("link", "example"), ("language", "en"), ("release_at", "soon")]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let body = answer.text().await.unwrap();
        assert!(body.contains("&lt;b&gt;kept&lt;/b&gt;") && body.contains("Give day and time"));
        let token = cora.client().post(format!("{}/library/new", app.url)).form(&[("title", "x"), ("csrf", "wrong")]).send().await.unwrap();
        assert_eq!(token.status(), StatusCode::FORBIDDEN);
    }

    async fn many_are_archived_at_once_and_brought_back(app: TestApp) {
        let p = people(&app).await;
        let ids = [approved(&p, piece("One")).await, approved(&p, piece("Two")).await];
        let cora = browser(&app, "cora@example.com").await;
        assert_eq!(cora.submit("/library/archive", &[("item", &ids[0]), ("item", &ids[1])]).await, "/library");
        let page = cora.page("/library").await;
        assert!(page.contains("2 pieces archived") && page.contains("/library/unarchive"));
        assert!(titles(&p.advocate.get("/feed").await).is_empty());
        cora.submit("/library/unarchive", &[("items", &ids.join(" "))]).await;
        assert_eq!(titles(&p.advocate.get("/feed").await).len(), 2);
    }

    async fn the_library_has_tabs_filters_and_pages(app: TestApp) {
        let p = people(&app).await;
        for n in 0..27 {
            p.curator.post("/items", piece(&format!("Draft {n}"))).await;
        }
        approved(&p, piece("A live one")).await;
        let cora = browser(&app, "cora@example.com").await;
        for path in ["/library?sort=title", "/library?sort=released", "/library?sort=changed", "/library?topic=x&kind=y&page=z&status=q", "/library?q=%00%ff"] {
            cora.page(path).await;
        }
        let live = cora.page("/library?status=live").await;
        assert!(live.contains("A live one") && !live.contains("Draft 3"));
        let first = cora.page("/library?status=draft").await;
        assert!(first.contains("Draft 26") && !first.contains("Draft 1<") && first.contains("rel=\"next\""));
        assert!(cora.page("/library?status=draft&page=2").await.contains("Draft 1<"));
        assert!(cora.page("/library?q=nothing").await.contains("Nothing fits"));
        assert!(cora.page(&format!("/library/{}/recall", p.curator.get("/items").await["items"][0]["id"].as_str().unwrap())).await.contains("cannot be undone"));
    }

    async fn odd_addresses_are_pages_that_say_so(app: TestApp) {
        let all = app.actor("all@example.com", &[Role::Curator, Role::Approver, Role::Advocate]).await;
        for path in ["/library/x", "/library/itm_0000000000001", "/approvals/rev_0000000000001", "/media/med_0000000000001", "/sources/src_0000000000001/remove", "/library/itm_0000000000001/edit"] {
            assert_eq!(all.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert!(all.page("/feed").await.contains("Nothing to share yet"));
        assert!(all.page("/library").await.contains("Your library is empty"));
        assert!(all.page("/approvals").await.contains("Nothing waits"));
        assert!(all.page("/sources").await.contains("No feed yet"));
        let api = app.api("all@example.com").await;
        assert_eq!(api.send(reqwest::Method::POST, "/revisions/rev_0000000000001/approve", Some(json!({}))).await.0, StatusCode::NOT_FOUND);
    }
}
