//! The life of a piece: from draft to expired, and everything that decides about it.

use herald::audit;
use herald::library::{self, ItemRecalled};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::library_site::{approved, browser, group, people, picture, piece, titles, topic, upload};
use crate::on_each_backend;
use crate::support::TestApp;

async fn entries(app: &TestApp, action: &str) -> Vec<Value> {
    let all = app.app.read(|db| Ok(audit::list(db, 0, 1000)?)).await.unwrap();
    all.into_iter().filter(|e| e.action == action).map(|e| serde_json::from_str(&e.detail).unwrap()).collect()
}

on_each_backend! {
    async fn a_piece_goes_from_draft_to_expired_by_decision_and_clock(app: TestApp) {
        let p = people(&app).await;
        let body = json!({"title": "News", "link": "https://example.org/news", "release_at": "2026-11-22T08:00:00Z", "expires_at": "2026-11-30T08:00:00Z"});
        let made = p.curator.post("/items", body).await;
        let id = made["id"].as_str().unwrap();
        assert_eq!((&made["status"], &made["working"]["number"]), (&json!("draft"), &json!(1)));
        let sent = p.curator.post(&format!("/items/{id}/submit"), json!({})).await;
        assert_eq!(sent["status"], "in_review");
        let waiting = p.approver.get("/revisions?state=in_review").await;
        assert_eq!(titles(&waiting), ["News"]);
        let revision = sent["working"]["id"].as_str().unwrap();
        let done = p.approver.post(&format!("/revisions/{revision}/approve"), json!({})).await;
        assert_eq!((&done["state"], &done["decider"]), (&json!("approved"), &json!("axel")));
        let status = async || p.curator.get(&format!("/items/{id}")).await["status"].as_str().unwrap().to_owned();
        let feed = async || titles(&p.advocate.get("/feed").await);
        assert_eq!(status().await, "scheduled");
        assert!(feed().await.is_empty());
        app.set_clock("2026-11-22T08:00:00Z");
        assert_eq!(status().await, "live");
        assert_eq!(feed().await, ["News"]);
        app.set_clock("2026-11-30T08:00:00Z");
        assert_eq!(status().await, "expired");
        assert!(feed().await.is_empty());
        let archived = p.curator.post(&format!("/items/{id}/archive"), json!({})).await;
        assert_eq!(archived["status"], "archived");
        let back = p.curator.post(&format!("/items/{id}/unarchive"), json!({})).await;
        assert_eq!(back["status"], "expired");
        for (status, count) in [("expired", 1), ("live", 0), ("archived", 0)] {
            assert_eq!(titles(&p.curator.get(&format!("/items?status={status}")).await).len(), count, "{status}");
        }
        let hash = done["text_hash"].as_str().unwrap();
        for action in ["revision.submitted", "revision.approved"] {
            assert_eq!(entries(&app, action).await[0]["text_hash"], hash, "{action}");
        }
        let verified = app.app.read(audit::verify).await.unwrap();
        assert!(matches!(verified, audit::Verified::Whole { entries, .. } if entries >= 5));
    }

    async fn nobody_decides_on_their_own_revision(app: TestApp) {
        let p = people(&app).await;
        let made = p.approver.post("/items", piece("Mine")).await;
        let id = made["id"].as_str().unwrap();
        let sent = p.approver.post(&format!("/items/{id}/submit"), json!({})).await;
        let revision = sent["working"]["id"].as_str().unwrap();
        for act in ["approve", "reject"] {
            let (status, answer) = p.approver.send(Method::POST, &format!("/revisions/{revision}/{act}"), Some(json!({"note": "no"}))).await;
            assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("own_revision")), "{act}");
        }
        let (status, _) = p.curator.send(Method::POST, &format!("/revisions/{revision}/approve"), None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "a curator is no approver");
        assert!(titles(&p.advocate.get("/feed").await).is_empty());
    }

    async fn an_approved_text_stays_live_until_the_next_is_approved(app: TestApp) {
        let p = people(&app).await;
        let id = approved(&p, piece("First")).await;
        let before = p.curator.get(&format!("/items/{id}")).await;
        let (status, changed) = p.curator.send(Method::PATCH, &format!("/items/{id}"), Some(json!({"title": "Second"}))).await;
        assert_eq!((status, &changed["status"]), (StatusCode::OK, &json!("live")));
        assert_eq!((&changed["live"]["title"], &changed["working"]["title"], &changed["working"]["number"]), (&json!("First"), &json!("Second"), &json!(2)));
        assert_eq!(changed["live"]["text_hash"], before["live"]["text_hash"], "a revision never changes");
        assert_eq!(titles(&p.advocate.get("/feed").await), ["First"]);
        assert_eq!(p.advocate.get(&format!("/items/{id}")).await["working"], Value::Null);
        let sent = p.curator.post(&format!("/items/{id}/submit"), json!({})).await;
        assert_eq!(titles(&p.advocate.get("/feed").await), ["First"]);
        let revision = sent["working"]["id"].as_str().unwrap();
        p.approver.post(&format!("/revisions/{revision}/approve"), json!({})).await;
        assert_eq!(titles(&p.advocate.get("/feed").await), ["Second"]);
        let history = p.curator.get(&format!("/items/{id}/revisions")).await;
        let states: Vec<_> = history["items"].as_array().unwrap().iter().map(|r| r["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["approved", "superseded"]);
    }

    async fn every_save_of_another_text_is_a_revision_and_the_same_text_is_none(app: TestApp) {
        let p = people(&app).await;
        let made = p.curator.post("/items", piece("One")).await;
        let path = format!("/items/{}", made["id"].as_str().unwrap());
        for (title, number) in [("Two", 2), ("Two", 2), ("Three", 3)] {
            let (_, now) = p.curator.send(Method::PATCH, &path, Some(json!({"title": title}))).await;
            assert_eq!(now["working"]["number"], number);
        }
        let history = p.curator.get(&format!("{path}/revisions")).await;
        assert_eq!(titles(&history), ["Three", "Two", "One"]);
        let (_, pinned) = p.curator.send(Method::PATCH, &path, Some(json!({"kind": "video"}))).await;
        assert_eq!((&pinned["kind"], &pinned["working"]["number"]), (&json!("video"), &json!(3)));
    }

    async fn a_rejected_revision_comes_back_with_the_note(app: TestApp) {
        let p = people(&app).await;
        let made = p.curator.post("/items", piece("Draft")).await;
        let id = made["id"].as_str().unwrap();
        let sent = p.curator.post(&format!("/items/{id}/submit"), json!({})).await;
        let revision = sent["working"]["id"].as_str().unwrap();
        let (status, answer) = p.approver.send(Method::POST, &format!("/revisions/{revision}/reject"), Some(json!({"note": " "}))).await;
        assert_eq!((status, &answer["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("note")));
        p.approver.post(&format!("/revisions/{revision}/reject"), json!({"note": "Name the source."})).await;
        let item = p.curator.get(&format!("/items/{id}")).await;
        assert_eq!((&item["status"], &item["working"]["state"], &item["working"]["note"]), (&json!("draft"), &json!("rejected"), &json!("Name the source.")));
        assert!(browser(&app, "cora@example.com").await.page(&format!("/library/{id}")).await.contains("Name the source."));
        let detail = &entries(&app, "revision.rejected").await[0];
        assert_eq!((&detail["note"], &detail["text_hash"]), (&json!("Name the source."), &item["working"]["text_hash"]));
        let (status, answer) = p.curator.send(Method::POST, &format!("/items/{id}/submit"), None).await;
        assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("sent_back")));
        p.curator.send(Method::PATCH, &format!("/items/{id}"), Some(json!({"summary": "Says the source."}))).await;
        let again = p.curator.post(&format!("/items/{id}/submit"), json!({})).await;
        assert_eq!((&again["status"], &again["working"]["number"]), (&json!("in_review"), &json!(2)));
        let (status, _) = p.approver.send(Method::POST, &format!("/revisions/{revision}/approve"), None).await;
        assert_eq!(status, StatusCode::CONFLICT, "the old one does not wait any more");
    }

    async fn a_stale_save_is_refused_with_a_sentence(app: TestApp) {
        let p = people(&app).await;
        let made = p.curator.post("/items", piece("Shared work")).await;
        let id = made["id"].as_str().unwrap();
        let url = format!("{}/api/v1/items/{id}", app.url);
        let save = async |title: &str, tag: &str| {
            p.curator.client.patch(&url).bearer_auth(&p.curator.token).header("if-match", tag).json(&json!({"title": title})).send().await.unwrap()
        };
        let first = save("From Cora", "\"1\"").await;
        assert_eq!((first.status(), first.headers()["etag"].to_str().unwrap()), (StatusCode::OK, "\"2\""));
        let second = save("From Axel", "\"1\"").await;
        assert_eq!(second.status(), StatusCode::CONFLICT);
        assert_eq!(second.json::<Value>().await.unwrap()["code"], "stale");
        assert_eq!(save("x", "nonsense").await.status(), StatusCode::BAD_REQUEST);
        assert_eq!(p.curator.get(&format!("/items/{id}")).await["working"]["title"], "From Cora");
        let cora = browser(&app, "cora@example.com").await;
        let answer = cora.post(&format!("/library/{id}/edit"), &[("title", "My own words"), ("language", "en"), ("version", "1")]).await;
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        let body = answer.text().await.unwrap();
        assert!(body.contains("Somebody else saved") && body.contains("My own words"), "nothing typed is lost");
    }

    async fn review_asks_for_a_link_and_for_words_about_the_picture(app: TestApp) {
        let p = people(&app).await;
        let answer = upload(&p.curator, &picture()).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let media: Value = answer.json().await.unwrap();
        let made = p.curator.post("/items", json!({"title": "With a picture", "image_id": media["id"]})).await;
        let id = made["id"].as_str().unwrap();
        let (status, answer) = p.curator.send(Method::POST, &format!("/items/{id}/submit"), None).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["link", "image_alt"]);
        let served = app.browser().get(&format!("/media/{}", media["id"].as_str().unwrap())).await;
        assert_eq!(served.headers()["x-content-type-options"], "nosniff");
        assert!(served.headers()["cache-control"].to_str().unwrap().contains("immutable"));
        assert!(served.headers()["content-type"].to_str().unwrap().starts_with("image/"));
        for body in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"no picture", b""] {
            assert_eq!(upload(&p.curator, body).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    async fn targets_that_do_not_exist_and_odd_times_are_refused(app: TestApp) {
        let p = people(&app).await;
        for (change, field) in [
            (json!({"topics": ["top_0000000000001"]}), "topics"),
            (json!({"audiences": ["grp_0000000000001"]}), "audiences"),
            (json!({"image_id": "med_0000000000001"}), "image_id"),
            (json!({"release_at": "2026-12-02T00:00:00Z", "expires_at": "2026-12-01T00:00:00Z"}), "expires_at"),
            (json!({"link": "ftp://example.org/x"}), "link"),
        ] {
            let mut body = piece("Wrong");
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let (status, answer) = p.curator.send(Method::POST, "/items", Some(body)).await;
            assert_eq!((status, &answer["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{answer}");
        }
        assert!(titles(&p.curator.get("/items").await).is_empty(), "nothing was written");
    }

    async fn the_same_address_is_in_the_library_once(app: TestApp) {
        let p = people(&app).await;
        let made = p.curator.post("/items", json!({"title": "A", "link": "https://www.example.org/a/?utm_source=x"})).await;
        let (status, answer) = p.curator.send(Method::POST, "/items", Some(json!({"title": "B", "link": "http://example.org/a"}))).await;
        assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("already_in_library")));
        assert!(answer["detail"].as_str().unwrap().contains(made["id"].as_str().unwrap()));
    }

    async fn a_recall_is_final_and_tells_the_later_slices(app: TestApp) {
        let p = people(&app).await;
        let id = approved(&p, piece("Wrong figure")).await;
        let draft = p.curator.post("/items", piece("Never out")).await;
        let (status, answer) = p.curator.send(Method::POST, &format!("/items/{}/recall", draft["id"].as_str().unwrap()), Some(json!({}))).await;
        assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("never_approved")));
        let gone = p.curator.post(&format!("/items/{id}/recall"), json!({"reason": "The figure is wrong."})).await;
        assert_eq!(gone["status"], "recalled");
        assert!(titles(&p.advocate.get("/feed").await).is_empty());
        let jobs = app.app.read(|db| Ok(herald::jobs::list(db, None, None, 10)?)).await.unwrap();
        let job = jobs.iter().find(|j| j.name == <ItemRecalled as herald::jobs::Job>::NAME).unwrap();
        assert_eq!(serde_json::from_str::<ItemRecalled>(&job.payload).unwrap().item.to_string(), id);
        for path in [format!("/items/{id}/archive"), format!("/items/{id}/submit"), format!("/items/{id}/unarchive")] {
            assert_eq!(p.curator.send(Method::POST, &path, None).await.0, StatusCode::CONFLICT, "{path}");
        }
    }

    async fn a_shareable_is_what_was_approved_and_only_for_its_audience(app: TestApp) {
        let p = people(&app).await;
        let (ada, engineering) = (p.ada, topic(&app, "Engineering").await);
        let sales = group(&app, "Sales", &[]).await;
        let mut body = piece("For all");
        body["topics"] = json!([engineering]);
        body["captions"] = json!([{"text": "Look!", "network": "linkedin", "kind": "locked"}, {"text": "Read it"}]);
        let id = approved(&p, body).await;
        let item: herald::db::ItemId = id.parse().unwrap();
        let now = app.app.now();
        let found = app.app.read(move |db| library::shareable(db, ada, item, now)).await.unwrap();
        assert_eq!((found.title.as_str(), found.topics.len(), found.captions.len()), ("For all", 1, 2));
        assert_eq!(found.captions[0].kind, library::CaptionKind::Locked);
        p.curator.send(Method::PATCH, &format!("/items/{id}"), Some(json!({"audiences": [sales]}))).await;
        assert!(app.app.read(move |db| library::shareable(db, ada, item, now)).await.is_err());
        assert_eq!(p.advocate.send(Method::GET, &format!("/items/{id}"), None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(p.curator.send(Method::GET, &format!("/items/{id}"), None).await.0, StatusCode::OK);
    }

    async fn an_idempotency_key_makes_one_piece(app: TestApp) {
        let p = people(&app).await;
        let send = async |title: &str| {
            let request = p.curator.client.post(format!("{}/api/v1/items", app.url)).bearer_auth(&p.curator.token);
            request.header("idempotency-key", "k-1").json(&piece(title)).send().await.unwrap()
        };
        let first: Value = send("Once").await.json().await.unwrap();
        let second = send("Once").await;
        assert_eq!((second.status(), second.headers()["idempotency-replayed"].to_str().unwrap()), (StatusCode::CREATED, "true"));
        assert_eq!(second.json::<Value>().await.unwrap()["id"], first["id"]);
        assert_eq!(send("Other").await.status(), StatusCode::CONFLICT);
    }
}
