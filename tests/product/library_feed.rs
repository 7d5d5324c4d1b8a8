//! What a member sees in their feed, and what search finds.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::library_site::{approved, asking, browser, follow, group, people, piece, titles, topic};
use crate::on_each_backend;

on_each_backend! {
    async fn topics_rank_and_audiences_hide(app: TestApp) {
        let p = people(&app).await;
        let (hiring, water) = (topic(&app, "Hiring").await, topic(&app, "Water").await);
        let (mine, theirs) = (group(&app, "Engineering", &[p.ada]).await, group(&app, "Sales", &[]).await);
        let tell = async |title: &str, more: serde_json::Value| {
            let mut body = piece(title);
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let id = approved(&p, body).await;
            app.wait(chrono::Duration::minutes(1));
            id
        };
        let pinned = tell("Old and pinned", json!({})).await;
        tell("About water", json!({"topics": [water]})).await;
        tell("A job", json!({"topics": [hiring]})).await;
        tell("For engineers", json!({"audiences": [mine, theirs]})).await;
        tell("For sales", json!({"audiences": [theirs]})).await;
        tell("The newest", json!({})).await;
        p.curator.send(Method::PUT, &format!("/items/{pinned}/pin"), Some(json!({"pinned": true}))).await;
        let feed = p.advocate.get("/feed").await;
        assert_eq!(titles(&feed), ["Old and pinned", "The newest", "For engineers", "A job", "About water"], "never empty, whoever follows nothing");
        follow(&app, p.ada, &water).await;
        let feed = p.advocate.get("/feed").await;
        assert_eq!(titles(&feed), ["Old and pinned", "About water", "The newest", "For engineers", "A job"]);
        let why: Vec<_> = feed["items"].as_array().unwrap().iter().map(|i| i["why"].as_str().unwrap()).collect();
        assert_eq!(why, ["Pinned", "Because you follow Water", "New for everyone", "For Engineering", "New for everyone"]);
        assert_eq!(titles(&p.advocate.get(&format!("/feed?topic={hiring}")).await), ["A job"]);
        let page = browser(&app, "ada@example.com").await.page("/feed?topic=water").await;
        assert!(page.contains("About water") && !page.contains("A job") && !page.contains("For sales"));
    }

    async fn the_feed_pages_without_gaps_or_repeats(app: TestApp) {
        let p = people(&app).await;
        let water = topic(&app, "Water").await;
        follow(&app, p.ada, &water).await;
        for n in 0..9 {
            let mut body = piece(&format!("Piece {n}"));
            if n % 2 == 0 {
                body["topics"] = json!([water]);
            }
            let id = approved(&p, body).await;
            if n == 3 || n == 4 {
                p.curator.send(Method::PUT, &format!("/items/{id}/pin"), Some(json!({"pinned": true}))).await;
            }
        }
        let whole = titles(&p.advocate.get("/feed").await);
        assert_eq!(whole.len(), 9);
        let mut read = Vec::new();
        let mut after = String::new();
        loop {
            let page = p.advocate.get(&format!("/feed?limit=2{after}")).await;
            read.extend(titles(&page));
            if read.len() == 4 {
                approved(&p, piece("A newcomer")).await;
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        read.retain(|t| t != "A newcomer");
        assert_eq!(read, whole, "what comes in meanwhile moves nothing");
        for wrong in ["after=nonsense", "limit=0", "limit=1000", "language=!", "topic=x"] {
            assert_eq!(p.advocate.send(Method::GET, &format!("/feed?{wrong}"), None).await.0, StatusCode::BAD_REQUEST, "{wrong}");
        }
    }

    async fn filters_of_kind_language_and_network(app: TestApp) {
        let p = people(&app).await;
        let mut film = piece("Ein Film");
        (film["kind"], film["language"]) = (json!("video"), json!("de-CH"));
        film["captions"] = json!([{"text": "Schau", "network": "x"}]);
        approved(&p, film).await;
        let mut text = piece("A text");
        text["captions"] = json!([{"text": "Look"}]);
        approved(&p, text).await;
        for (filter, found) in [("kind=video", vec!["Ein Film"]), ("language=de", vec!["Ein Film"]), ("language=en", vec!["A text"]), ("network=x", vec!["A text", "Ein Film"]), ("network=bluesky", vec!["A text"])] {
            assert_eq!(titles(&p.advocate.get(&format!("/feed?{filter}")).await), found, "{filter}");
        }
        for (filter, found) in [("kind=video", 1), ("language=DE", 1), ("status=live", 2), ("status=draft", 0)] {
            assert_eq!(titles(&p.curator.get(&format!("/items?{filter}")).await).len(), found, "{filter}");
        }
    }

    async fn search_finds_words_however_they_are_written(app: TestApp) {
        let p = people(&app).await;
        let energy = topic(&app, "Énergie").await;
        let mut first = piece("Crème brûlée for the night shift");
        first["summary"] = json!("Straße 7, C++ and 3D printing; Łódź and İstanbul.");
        let mut second = piece("The crew of 2026");
        second["captions"] = json!([{"text": "What a cream! 日本語の記事"}]);
        second["topics"] = json!([energy]);
        approved(&p, first).await;
        approved(&p, second).await;
        let (a, b) = ("Crème brûlée for the night shift", "The crew of 2026");
        for (q, found) in [
            ("creme", vec![a]),
            ("CRÈME", vec![a]),
            ("brul", vec![a]),
            ("cre", vec![b, a]),
            ("shift night", vec![a]),
            ("night moon", vec![]),
            ("strasse", vec![a]),
            ("straße", vec![a]),
            ("c++", vec![b, a]),
            ("3d", vec![a]),
            ("lodz istanbul", vec![a]),
            ("energie", vec![b]),
            ("cream", vec![b]),
            ("2026", vec![b]),
            ("202", vec![b]),
            ("日本", vec![b]),
            ("本日", vec![b]),
            ("ream", vec![]),
            ("\"", vec![]),
            ("' OR 1=1 --", vec![]),
            ("night\" OR \"crew", vec![]),
            ("title:crew", vec![]),
            ("crew*", vec![b]),
            ("crew:* & !x | (y", vec![]),
            ("NEAR(crew 2026)", vec![]),
            ("-crew", vec![b]),
            ("{title} : crew", vec![]),
            ("%", vec![]),
            ("\\", vec![]),
            ("the the the the the the the the the the the the the the", vec![b, a]),
            ("😀", vec![]),
        ] {
            let (status, body) = p.advocate.send(Method::GET, &asking("/feed", q), None).await;
            assert_eq!(status, StatusCode::OK, "{q}: {body}");
            let mut got = titles(&body);
            got.sort();
            let mut wanted = found.clone();
            wanted.sort_unstable();
            assert_eq!(got, wanted, "{q}");
            assert_eq!(titles(&p.curator.get(&asking("/items", q)).await).len(), found.len(), "library: {q}");
        }
    }

    async fn the_best_fitting_come_first_and_pages_do_not_overlap(app: TestApp) {
        let p = people(&app).await;
        let pump = topic(&app, "Pump").await;
        let say = |title: &str, summary: &str| json!({"title": title, "summary": summary, "link": format!("https://example.org/{}", title.replace(' ', "-"))});
        approved(&p, say("The pump", "A")).await;
        let mut tagged = say("Tagged", "B");
        tagged["topics"] = json!([pump]);
        approved(&p, tagged).await;
        approved(&p, say("In the text", "All about a pump")).await;
        let order = ["The pump", "Tagged", "In the text"];
        assert_eq!(titles(&p.advocate.get("/feed?q=pump").await), order);
        assert_eq!(titles(&p.curator.get("/items?q=pump").await), order);
        for path in ["/feed", "/items"] {
            let mut read = Vec::new();
            let mut after = String::new();
            loop {
                let page = p.curator.get(&format!("{path}?q=pump&limit=1{after}")).await;
                read.extend(titles(&page));
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            assert_eq!(read, order, "{path}");
        }
    }

    async fn search_follows_the_approved_text(app: TestApp) {
        let p = people(&app).await;
        let id = approved(&p, piece("Hydrogen")).await;
        p.curator.send(Method::PATCH, &format!("/items/{id}"), Some(json!({"title": "Helium"}))).await;
        assert_eq!(titles(&p.advocate.get("/feed?q=hydrogen").await), ["Hydrogen"]);
        assert!(titles(&p.advocate.get("/feed?q=helium").await).is_empty());
        let sent = p.curator.post(&format!("/items/{id}/submit"), json!({})).await;
        p.approver.post(&format!("/revisions/{}/approve", sent["working"]["id"].as_str().unwrap()), json!({})).await;
        assert!(titles(&p.advocate.get("/feed?q=hydrogen").await).is_empty());
        assert_eq!(titles(&p.advocate.get("/feed?q=helium").await), ["Helium"]);
    }
}
