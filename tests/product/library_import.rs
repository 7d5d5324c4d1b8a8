//! Bringing in by address, through the real endpoint, from a site on loopback.

use std::path::PathBuf;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;
use wiremock::ResponseTemplate;

use crate::library_real_input::expected::PAGES;
use crate::library_site::{Site, browser, page, people, titles, topic};
use crate::on_each_backend;
use crate::support::{Backend, TestApp, skip};

pub fn real(kind: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/real").join(kind);
    if !folder.is_dir() {
        skip("real input", &format!("{} is absent", folder.display()));
        return None;
    }
    Some(folder)
}

/// The bytes with every mention of a site's origin led to ours.
pub fn led_here(body: &[u8], origins: &[String], here: &str) -> Vec<u8> {
    let mut body = body.to_vec();
    for origin in origins {
        let mut out = Vec::with_capacity(body.len());
        let mut rest = &body[..];
        while let Some(at) = rest.windows(origin.len()).position(|w| w == origin.as_bytes()) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(here.as_bytes());
            rest = &rest[at + origin.len()..];
        }
        out.extend_from_slice(rest);
        body = out;
    }
    body
}

pub fn origins(address: &str) -> Vec<String> {
    let Ok(url) = Url::parse(address) else { return Vec::new() };
    let host = url.host_str().unwrap();
    vec![format!("https://{host}"), format!("http://{host}")]
}

on_each_backend! {
    async fn every_real_page_becomes_the_draft_that_a_person_would_write(app: TestApp) {
        let Some(folder) = real("pages") else { return };
        let p = people(&app).await;
        for expected in PAGES {
            // A site for each, since two pages on one host would be of one site.
            let site = Site::start().await;
            let here = site.url("");
            let mut known = origins(expected.from);
            known.extend(origins(expected.canonical));
            known.extend(origins(expected.image));
            known.dedup();
            let from = Url::parse(expected.from).unwrap();
            site.serve(from.path(), "text/html", led_here(&std::fs::read(folder.join(expected.file)).unwrap(), &known, &here));
            let query = from.query().map(|q| format!("?{q}")).unwrap_or_default();
            let made = p.curator.post("/items/import", json!({"address": site.url(&format!("{}{query}", from.path()))})).await;
            let item = p.curator.get(&format!("/items/{}", made["id"].as_str().unwrap())).await;
            let draft = &item["working"];
            let file = expected.file;
            assert_eq!((&item["status"], &item["kind"]), (&json!("draft"), &json!("article")), "{file}");
            // A site that is known by its host only, and here that is a number, keeps its name in the title.
            let title = draft["title"].as_str().unwrap();
            assert!(title == expected.title || title == format!("{} · V8", expected.title), "{file}: {title}");
            let canonical = String::from_utf8(led_here(expected.canonical.as_bytes(), &known, &here)).unwrap();
            assert_eq!(draft["link"], canonical, "{file}");
            let summary = draft["summary"].as_str().unwrap();
            assert!(summary.starts_with(expected.summary_starts) && summary.is_empty() == expected.summary_starts.is_empty(), "{file}: {summary}");
            assert_eq!(draft["image_id"].is_string(), !expected.image.is_empty(), "{file}: {}", made["warnings"]);
            let language = if expected.language.is_empty() { "en" } else { expected.language };
            assert_eq!(draft["language"], language, "{file}");
            assert_eq!(item["published_at"].as_str().unwrap_or_default().get(..19), expected.date.get(..19), "{file}");
        }
    }

    async fn what_cannot_be_read_is_said_clearly_and_nothing_is_written(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        site.set("/circle", |_| ResponseTemplate::new(302).insert_header("location", "/circle"));
        site.set("/endless", |r| {
            let n: u32 = r.url.query().and_then(|q| q.parse().ok()).unwrap_or(0);
            ResponseTemplate::new(302).insert_header("location", format!("/endless?{}", n + 1))
        });
        site.serve("/large", "text/html", vec![b'x'; 40_000_000]);
        site.serve("/film", "video/mp4", b"film".to_vec());
        site.serve("/feed", "application/rss+xml", b"<rss/>".to_vec());
        site.set("/gone", |_| ResponseTemplate::new(410));
        for (address, words) in [
            (site.url("/circle"), "circle"),
            (site.url("/endless"), "redirects more than 5 times"),
            (site.url("/large"), "larger than 5 MB"),
            (site.url("/film"), "video/mp4"),
            (site.url("/feed"), "Sources"),
            (site.url("/gone"), "removed for good"),
            (site.url("/nowhere"), "404"),
            ("http://127.0.0.1:1/".into(), "does not accept connections"),
            ("nonsense".into(), "not a web address"),
            ("file:///etc/passwd".into(), "https://"),
            ("https://user:secret@example.org/".into(), "password"),
            (String::new(), "not a web address"),
        ] {
            let (status, answer) = p.curator.send(Method::POST, "/items/import", Some(json!({"address": address}))).await;
            assert_eq!((status, &answer["errors"][0]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("address")), "{address}: {answer}");
            let sentence = answer["detail"].as_str().unwrap();
            assert!(sentence.contains(words), "{address}: {sentence}");
        }
        let cora = browser(&app, "cora@example.com").await;
        let answer = cora.post("/library/import", &[("address", &site.url("/circle"))]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let body = answer.text().await.unwrap();
        assert!(body.contains("circle") && body.contains(&site.url("/circle")), "what was typed is still there");
        assert!(titles(&p.curator.get("/items").await).is_empty());
    }

    async fn a_piece_comes_in_with_picture_and_topics_and_only_once(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        let water = topic(&app, "Water").await;
        site.serve("/story", "text/html; charset=utf-8", page("Clean water", "/card.png"));
        let made = p.curator.post("/items/import", json!({"address": site.url("/story?utm_source=mail"), "topics": [water]})).await;
        assert_eq!(made["warnings"].as_array().unwrap().len(), 1, "only that the picture is not described: {}", made["warnings"]);
        let id = made["id"].as_str().unwrap();
        let item = p.curator.get(&format!("/items/{id}")).await;
        assert_eq!((&item["working"]["link"], &item["topics"][0]["name"]), (&json!(site.url("/story")), &json!("Water")));
        assert_eq!(app.browser().get(&format!("/media/{}", item["working"]["image_id"].as_str().unwrap())).await.status(), StatusCode::OK);
        let (status, answer) = p.curator.send(Method::POST, "/items/import", Some(json!({"address": site.url("/story#top")}))).await;
        assert_eq!((status, &answer["code"]), (StatusCode::CONFLICT, &json!("already_in_library")));
        assert!(answer["detail"].as_str().unwrap().contains(id));
        let to = browser(&app, "cora@example.com").await.submit("/library/import", &[("address", &site.url("/story"))]).await;
        assert_eq!(to, format!("/library/{id}"));
    }

    async fn a_missing_picture_and_an_empty_page_are_warnings(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        site.set("/broken.png", |_| ResponseTemplate::new(200).set_body_raw("no picture", "image/png"));
        site.serve("/a", "text/html", page("A", "/broken.png"));
        site.serve("/empty", "text/html", "");
        let made = p.curator.post("/items/import", json!({"address": site.url("/a")})).await;
        assert!(made["warnings"][0].as_str().unwrap().starts_with("The picture was left out."), "{made}");
        let made = p.curator.post("/items/import", json!({"address": site.url("/empty")})).await;
        assert_eq!(made["warnings"].as_array().unwrap().len(), 3);
        let item = p.curator.get(&format!("/items/{}", made["id"].as_str().unwrap())).await;
        assert_eq!(item["working"]["title"], "A page on 127.0.0.1");
    }

    async fn oembed_fills_what_the_page_leaves_open(app: TestApp) {
        let p = people(&app).await;
        let site = Site::start().await;
        site.serve("/clip", "text/html", "<link rel=alternate type='application/json+oembed' href='/oembed'><meta property=og:title content='A clip'>");
        site.serve("/oembed", "application/json", json!({"title": "Other", "thumbnail_url": site.url("/thumb.png")}).to_string());
        let made = p.curator.post("/items/import", json!({"address": site.url("/clip")})).await;
        let item = p.curator.get(&format!("/items/{}", made["id"].as_str().unwrap())).await;
        assert_eq!((&item["working"]["title"], item["working"]["image_id"].is_string()), (&json!("A clip"), true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_address_is_refused_where_it_is_not_allowed() {
    let app = TestApp::start_with(Backend::Sqlite, &[("HERALD_ALLOW_PRIVATE_ADDRESSES", "no")]).await.unwrap();
    let p = people(&app).await;
    for address in
        ["http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data"]
    {
        for (path, body) in [("/items/import", json!({"address": address})), ("/sources", json!({"address": address}))] {
            let (status, answer) = p.curator.send(Method::POST, path, Some(body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{address}");
            assert!(answer["detail"].as_str().unwrap().contains("private network"), "{address}: {answer}");
        }
    }
    let none: Value = p.curator.get("/items").await;
    assert!(titles(&none).is_empty());
}
