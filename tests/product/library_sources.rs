//! Followed feeds: each piece once, asked politely, and what goes wrong said in words.

use chrono::Duration;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::library_import::{led_here, origins, real};
use crate::library_real_input::expected::FEEDS;
use crate::library_site::{Site, browser, people, titles, topic};
use crate::on_each_backend;

fn entry(guid: &str, title: &str, link: &str, day: u32) -> String {
    format!(
        "<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title><link>{link}</link><description>About {title}</description><pubDate>{day:02} Nov 2026 08:00:00 GMT</pubDate></item>"
    )
}

fn rss(entries: &[String]) -> String {
    format!(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Our blog</title><language>de</language>{}</channel></rss>",
        entries.concat()
    )
}

on_each_backend! {
    async fn a_feed_polled_twice_adds_nothing_and_asks_conditionally(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        let water = topic(&app, "Water").await;
        let body = rss(&[entry("1", "One", &site.url("/1"), 1), entry("2", "Two", &site.url("/2"), 2)]);
        site.set("/feed", move |r| {
            if r.headers.get("if-none-match").is_some_and(|t| t == "W/\"a b\"") {
                return ResponseTemplate::new(304);
            }
            ResponseTemplate::new(200).insert_header("etag", "W/\"a b\"").insert_header("last-modified", "Sat, 21 nov 2026 07:00:00 gmt").set_body_raw(body.clone(), "text/xml")
        });
        let source = p.curator.post("/sources", json!({"address": site.url("/feed"), "topics": [water]})).await;
        assert_eq!((&source["title"], &source["active"]), (&json!("Our blog"), &json!(true)));
        app.run_jobs().await;
        let items = p.curator.get("/items").await;
        assert_eq!(titles(&items), ["Two", "One"]);
        assert_eq!((&items["items"][0]["status"], &items["items"][0]["language"], &items["items"][0]["topics"][0]["name"]), (&json!("draft"), &json!("de"), &json!("Water")));
        let id = source["id"].as_str().unwrap();
        for _ in 0..2 {
            app.wait(Duration::minutes(16));
            app.run_jobs().await;
        }
        p.curator.post(&format!("/sources/{id}/poll"), json!({})).await;
        app.run_jobs().await;
        assert_eq!(titles(&p.curator.get("/items").await).len(), 2);
        let asked = site.asked.lock().unwrap().clone();
        let last = &asked.iter().rfind(|(path, _)| path == "/feed").unwrap().1;
        assert_eq!((last["if-none-match"].as_str(), last["if-modified-since"].as_str()), ("W/\"a b\"", "Sat, 21 nov 2026 07:00:00 gmt"), "exactly as received");
        let now = p.curator.get(&format!("/sources/{id}")).await;
        assert_eq!((&now["failures"], &now["items"], &now["last_error"]), (&json!(0), &json!(2), &Value::Null));
        let (status, answer) = p.curator.send(Method::POST, "/sources", Some(json!({"address": site.url("/feed")}))).await;
        assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("source_exists")));
    }

    async fn another_guid_with_the_same_link_adds_nothing(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        let set = |entries: Vec<String>| site.serve("/feed", "application/rss+xml", rss(&entries));
        set(vec![entry("1", "One", &site.url("/1"), 1)]);
        p.curator.post("/sources", json!({"address": site.url("/feed")})).await;
        app.run_jobs().await;
        set(vec![entry("new", "One again", &format!("{}?utm_medium=rss", site.url("/1")), 3), entry("2", "Two", &site.url("/2"), 4)]);
        app.wait(Duration::minutes(16));
        app.run_jobs().await;
        assert_eq!(titles(&p.curator.get("/items").await), ["Two", "One"]);
    }

    async fn the_first_reading_takes_the_newest_ten_and_the_old_never_follow(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        let mut entries: Vec<String> = (1..=15).rev().map(|n| entry(&n.to_string(), &format!("Piece {n}"), &site.url(&format!("/{n}")), n)).collect();
        site.serve("/feed", "application/rss+xml", rss(&entries));
        p.curator.post("/sources", json!({"address": site.url("/feed")})).await;
        app.run_jobs().await;
        let names = titles(&p.curator.get("/items").await);
        assert_eq!((names.len(), names[0].as_str(), names[9].as_str()), (10, "Piece 15", "Piece 6"));
        entries.insert(0, entry("16", "Piece 16", &site.url("/16"), 16));
        site.serve("/feed", "application/rss+xml", rss(&entries));
        app.wait(Duration::minutes(16));
        app.run_jobs().await;
        let names = titles(&p.curator.get("/items").await);
        assert_eq!((names.len(), names[0].as_str()), (11, "Piece 16"));
    }

    async fn failures_back_off_and_are_told_in_words(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        site.serve("/feed", "application/rss+xml", rss(&[entry("1", "One", &site.url("/1"), 1)]));
        let id = p.curator.post("/sources", json!({"address": site.url("/feed")})).await["id"].as_str().unwrap().to_owned();
        app.run_jobs().await;
        let poll = async || {
            p.curator.post(&format!("/sources/{id}/poll"), json!({})).await;
            app.run_jobs().await;
            p.curator.get(&format!("/sources/{id}")).await
        };
        let wait = |source: &Value| crate::support::app::ts(source["next_poll_at"].as_str().unwrap()).since(app.app.now()).num_minutes();
        site.set("/feed", |_| ResponseTemplate::new(500));
        let first = poll().await;
        assert_eq!((&first["failures"], wait(&first)), (&json!(1), 15));
        assert!(first["last_error"].as_str().unwrap().contains("500"));
        assert_eq!(wait(&poll().await), 30);
        site.set("/feed", |_| ResponseTemplate::new(429).insert_header("retry-after", "36000"));
        assert_eq!(wait(&poll().await), 600, "what the site asks for");
        site.serve("/feed", "application/rss+xml", "<rss version='2.0'><channel><title>Our blog</title><item><title>Bro");
        assert!(poll().await["last_error"].as_str().unwrap().contains("breaks off"));
        let page = browser(&app, "cora@example.com").await.page("/sources").await;
        assert!(page.contains("breaks off") && page.contains("Trouble"));
        site.serve("/feed", "application/rss+xml", rss(&[entry("1", "One", &site.url("/1"), 1)]));
        let well = poll().await;
        assert_eq!((&well["failures"], &well["last_error"]), (&json!(0), &Value::Null));
        site.set("/feed", |_| ResponseTemplate::new(410));
        let gone = poll().await;
        assert_eq!(gone["active"], false);
        assert!(gone["last_error"].as_str().unwrap().contains("removed"));
        let before = site.times("/feed");
        app.wait(Duration::days(2));
        app.run_jobs().await;
        assert_eq!(site.times("/feed"), before, "a removed feed is left alone");
        assert_eq!(titles(&p.curator.get("/items").await), ["One"]);
    }

    async fn a_page_leads_to_its_feed_and_pausing_and_removing_keep_the_pieces(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        site.serve("/blog", "text/html", "<!doctype html><html><head><link rel=alternate type='application/rss+xml' href='/feed'></head></html>");
        site.serve("/feed", "application/rss+xml", rss(&[entry("1", "One", &site.url("/1"), 1)]));
        site.serve("/plain", "text/html", "<!doctype html><html><body>No feed</body></html>");
        let cora = browser(&app, "cora@example.com").await;
        assert_eq!(cora.submit("/sources", &[("address", &site.url("/blog"))]).await, "/sources");
        app.run_jobs().await;
        let source = p.curator.get("/sources").await["items"][0].clone();
        assert_eq!((&source["url"], &source["items"]), (&json!(site.url("/feed")), &json!(1)));
        let id = source["id"].as_str().unwrap();
        cora.submit(&format!("/sources/{id}/pause"), &[]).await;
        let before = site.times("/feed");
        app.wait(Duration::hours(1));
        app.run_jobs().await;
        assert_eq!(site.times("/feed"), before);
        cora.submit(&format!("/sources/{id}/resume"), &[]).await;
        app.run_jobs().await;
        assert_eq!(site.times("/feed"), before + 1);
        assert!(cora.page(&format!("/sources/{id}/remove")).await.contains("Stop following"));
        cora.submit(&format!("/sources/{id}/remove"), &[]).await;
        assert_eq!(titles(&p.curator.get("/items").await), ["One"]);
        for (address, words) in [("/plain", "not a feed"), ("/nowhere", "404")] {
            let (status, answer) = p.curator.send(Method::POST, "/sources", Some(json!({"address": site.url(address)}))).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer["detail"].as_str().unwrap().contains(words), "{answer}");
        }
    }

    async fn every_real_feed_arrives_as_drafts(app: TestApp) {
        let Some(folder) = real("feeds") else { return };
        let p = people(&app).await;
        let site = Site::start().await;
        let here = site.url("");
        for expected in FEEDS {
            let file = expected.file;
            // Pictures are led here, so that nothing is asked of strangers.
            let body = led_here(&std::fs::read(folder.join(file)).unwrap(), &origins(expected.image), &here);
            site.serve(&format!("/{file}"), "application/octet-stream", body);
            let source = p.curator.post("/sources", json!({"address": site.url(&format!("/{file}"))})).await;
            assert_eq!(source["title"], expected.feed_title, "{file}");
            let id = source["id"].as_str().unwrap();
            app.run_jobs().await;
            let state = p.curator.get(&format!("/sources/{id}")).await;
            assert_eq!((&state["last_error"], &state["items"]), (&Value::Null, &json!(expected.count.min(10))), "{file}");
            let drafts = p.curator.get(&format!("/items?source={id}&limit=100")).await;
            let first = drafts["items"].as_array().unwrap().iter().find(|d| d["title"] == expected.title).unwrap_or_else(|| panic!("{file}: {drafts}"));
            assert_eq!(first["link"], String::from_utf8(led_here(expected.link.as_bytes(), &origins(expected.image), &here)).unwrap(), "{file}");
            assert_eq!(first["image_id"].is_string(), !expected.image.is_empty(), "{file}");
            assert!(first["summary"].as_str().unwrap().starts_with(expected.summary_starts), "{file}");
            if !expected.language.is_empty() {
                assert_eq!(first["language"], expected.language, "{file}");
            }
        }
        site.serve("/broken.xml", "application/rss+xml", std::fs::read(folder.join("rss_2.0_invalid_1.xml")).unwrap());
        let (status, answer) = p.curator.send(Method::POST, "/sources", Some(json!({"address": site.url("/broken.xml")}))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer["detail"].as_str().unwrap().contains("breaks off"), "{answer}");
    }
}
