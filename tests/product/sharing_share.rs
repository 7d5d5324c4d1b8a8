//! From a piece to a share: the composer without scripts, the API, what is refused, and whose it is.

use herald::db::{Actor, ItemId};
use herald::identity::Role;
use herald::library::{self, CaptionInput, CaptionKind, ItemInput, Origin};
use herald::network::Network;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::Api;

pub const PAGE: &str = "https://example.com/news/new-lab?from=feed#top";

pub fn caption(network: Option<Network>, kind: CaptionKind, text: &str) -> CaptionInput {
    CaptionInput { network, language: "en".into(), kind, text: text.into() }
}

pub fn a_piece() -> ItemInput {
    ItemInput {
        title: "A new lab".into(),
        summary: "What changes for our town.".into(),
        link: PAGE.into(),
        captions: vec![
            caption(None, CaptionKind::Free, "We opened our new lab today."),
            caption(Some(Network::Linkedin), CaptionKind::MustEdit, "Here is the start of a text."),
            caption(Some(Network::X), CaptionKind::Locked, "Our official words about the lab."),
        ],
        ..ItemInput::default()
    }
}

/// An approved piece, written by one colleague and released by another.
pub async fn live(app: &TestApp, input: ItemInput) -> ItemId {
    let author = app.member(&format!("author{}@example.com", app.app.now().micros()), &[Role::Curator]).await;
    let item = app
        .app
        .write(Actor::member(author, "Author"), move |tx| {
            let item = library::create(tx, input, &Origin { source: None, published_at: None })?;
            library::submit(tx, item, None)?;
            Ok(item)
        })
        .await
        .unwrap();
    app.app
        .write(Actor::system("test"), move |tx| {
            let revision = library::item(tx.db, item, tx.now)?.working.unwrap().id;
            library::approve(tx, revision)
        })
        .await
        .unwrap();
    app.wait(chrono::Duration::seconds(1));
    item
}

pub fn body(item: ItemId, network: &str, mode: &str, text: &str) -> Value {
    json!({"item_id": item.to_string(), "network": network, "mode": mode, "text": text})
}

async fn send(api: &Api, body: Value) -> (StatusCode, Value) {
    api.send(Method::POST, "/shares", Some(body)).await
}

async fn advocate(app: &TestApp, email: &str) -> Api {
    app.member(email, &[Role::Advocate]).await;
    app.api(email).await
}

on_each_backend! {
    async fn the_composer_works_without_scripts(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let ada = app.actor("ada@example.com", &[Role::Advocate]).await;
        let page = ada.page(&format!("/share/{item}?network=bluesky")).await;
        assert!(page.contains("We opened our new lab today.") && page.contains("#employee We opened our new lab today."), "{page}");
        assert!(!page.contains("Our official words"), "the caption of another network");
        let answer = ada.post(&format!("/share/{item}?network=bluesky"), &[("network", "bluesky"), ("text", "  "), ("mode", "intent")]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().await.unwrap().contains("Write a sentence of your own"));
        let form = [("network", "bluesky"), ("text", "Our lab is open.\r\nCome and see."), ("mode", "intent"), ("intent", "now")];
        let to = ada.submit(&format!("/share/{item}"), &form).await;
        assert!(to.starts_with("/shares/shr_"), "{to}");
        let page = ada.page(&to).await;
        assert!(page.contains("https://bsky.app/intent/compose?text&#x3D;%23employee%20Our%20lab") || page.contains("https://bsky.app/intent/compose?text=%23employee%20Our%20lab"), "{page}");
        assert!(page.contains("Did you post it?"));
        assert!(ada.page("/shares").await.contains("Did you post this?"));
        assert_eq!(ada.submit(&format!("{to}/confirm"), &[("url", "https://bsky.app/profile/ada/post/1")]).await, "/shares");
        let list = ada.page("/shares").await;
        assert!(list.contains("Posted") && list.contains("https://bsky.app/profile/ada/post/1") && !list.contains("Did you post this?"));
        app.run_jobs().await;
        assert!(ada.page("/impact").await.contains("Bluesky"));
    }

    async fn the_script_gets_what_it_expects(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let ada = app.actor("ada@example.com", &[Role::Advocate]).await;
        let page = ada.page(&format!("/share/{item}")).await;
        let token = page.split("name=\"csrf-token\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let check = |text: &'static str| {
            let request = ada.client().post(format!("{}/api/v1/shares/check", app.url)).header("x-csrf-token", &token);
            request.json(&json!({"item_id": item.to_string(), "network": "linkedin", "caption_id": null, "text": text, "mode": "intent"})).send()
        };
        let answer: Value = check("Our lab is open.").await.unwrap().json().await.unwrap();
        assert_eq!(answer["can_share"], true);
        assert_eq!(answer["final_text"], "#employee Our lab is open.");
        assert_eq!(answer["counts"], json!({"used": 26, "limit": 3000, "unit": "characters", "bytes": null}));
        assert_eq!(answer["findings"][0]["code"], "disclosure_added");
        assert_eq!(answer["preview"]["card"]["site"], "example.com");
        let answer: Value = check("").await.unwrap().json().await.unwrap();
        assert_eq!((answer["can_share"].as_bool(), answer["findings"][0]["severity"].as_str()), (Some(false), Some("block")));
        let form = [("csrf", token.as_str()), ("network", "linkedin"), ("text", "Our lab is open."), ("mode", "intent")];
        let sent = ada.client().post(format!("{}/share/{item}", app.url)).header("accept", "application/json").header("origin", &app.url).form(&form);
        let answer: Value = sent.send().await.unwrap().json().await.unwrap();
        let id = answer["share_id"].as_str().unwrap();
        assert!(answer["open_url"].as_str().unwrap().starts_with("https://www.linkedin.com/sharing/share-offsite/?url="));
        assert_eq!(answer["copy_text"], "#employee Our lab is open.");
        assert_eq!(answer["confirm_url"], format!("/shares/{id}/confirm"));
        assert_eq!(answer["cancel_url"], format!("/shares/{id}/cancel"));
        let form = [("csrf", token.as_str()), ("network", "linkedin"), ("text", ""), ("mode", "intent")];
        let sent = ada.client().post(format!("{}/share/{item}", app.url)).header("accept", "application/json").header("origin", &app.url).form(&form);
        let refused = sent.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.json::<Value>().await.unwrap()["detail"].as_str().unwrap().contains("sentence of your own"));
    }

    async fn every_network_opens_its_own_page_with_a_tracked_link(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let ada = advocate(&app, "ada@example.com").await;
        for (network, begins, copied) in [
            ("linkedin", "https://www.linkedin.com/sharing/share-offsite/?url=", true),
            ("x", "https://x.com/intent/tweet?text=", false),
            ("facebook", "https://www.facebook.com/sharer/sharer.php?u=", true),
            ("threads", "https://www.threads.com/intent/post?text=", false),
            ("bluesky", "https://bsky.app/intent/compose?text=", false),
            ("whatsapp", "https://wa.me/?text=", false),
            ("telegram", "https://t.me/share/url?url=", false),
            ("reddit", "https://www.reddit.com/submit?url=", false),
            ("xing", "https://www.xing.com/spi/shares/new?url=", true),
            ("email", "mailto:?subject=", false),
        ] {
            let (status, made) = send(&ada, body(item, network, "intent", "#employee Our lab is open, come and see.")).await;
            assert_eq!(status, StatusCode::CREATED, "{network}: {made}");
            let (url, link) = (made["intent"]["url"].as_str().unwrap(), made["short_link"].as_str().unwrap());
            assert!(url.starts_with(begins), "{url}");
            let slug = link.rsplit('/').next().unwrap();
            assert!(url.contains(slug) && !url.contains("0000000"), "{url} has no {slug}");
            assert_eq!(made["intent"]["copy_first"], copied, "{network}");
            assert_eq!(made["share"]["state"], "opened");
            assert!(made["share"]["confirmed_at"].is_null());
            let answer = app.browser().get(&format!("/r/{slug}")).await;
            let target = answer.headers()["location"].to_str().unwrap().to_owned();
            assert!(target.starts_with(&format!("https://example.com/news/new-lab?from=feed&utm_source={network}&utm_medium=")), "{target}");
            assert!(target.ends_with("#top") && target.contains(&item.to_string()), "{target}");
        }
    }

    async fn mastodon_needs_a_server_and_opens_on_it(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let ada = app.actor("ada@example.com", &[Role::Advocate]).await;
        let api = app.api("ada@example.com").await;
        let (status, refused) = send(&api, body(item, "mastodon", "intent", "#employee Open.")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused["detail"].as_str().unwrap().contains("Mastodon server"), "{refused}");
        let answer = ada.post("/account/networks/mastodon", &[("mastodon_host", "not a host")]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        ada.submit("/account/networks/mastodon", &[("mastodon_host", "https://Mastodon.Example/")]).await;
        let made = api.post("/shares", body(item, "mastodon", "intent", "#employee Open.")).await;
        assert!(made["intent"]["url"].as_str().unwrap().starts_with("https://mastodon.example/share?text=%23employee%20Open."));
    }

    async fn what_is_refused_says_why(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let ada = advocate(&app, "ada@example.com").await;
        let captions = app.app.read(move |db| Ok(library::item(db, item, herald::db::Ts::from_micros(0).unwrap())?.live.unwrap().captions)).await.unwrap();
        let id = |kind: CaptionKind| captions.iter().find(|c| c.kind == kind).unwrap().id.to_string();
        let with = |caption: &str, network: &str, text: &str| {
            let mut wanted = body(item, network, "intent", text);
            wanted["caption_id"] = json!(caption);
            wanted
        };
        for (wanted, code) in [
            (body(item, "linkedin", "intent", " "), "empty_text"),
            (body(item, "x", "intent", "Without a word about who I am."), "disclosure_missing"),
            (body(item, "bluesky", "intent", &"long ".repeat(70)), "too_long"),
            (with(&id(CaptionKind::MustEdit), "linkedin", "Here is the start of a text."), "caption_unchanged"),
            (with(&id(CaptionKind::Locked), "x", "#employee Our own words about the lab."), "caption_locked"),
        ] {
            let (status, refused) = send(&ada, wanted).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
            let codes: Vec<&str> = refused["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
            assert!(codes.contains(&code), "{code}: {codes:?}");
            assert_eq!((refused["status"].as_i64(), refused["errors"][0]["field"].as_str()), (Some(422), Some("text")));
        }
        let (status, refused) = send(&ada, with(&id(CaptionKind::Locked), "linkedin", "Mine.")).await;
        assert_eq!((status, refused["errors"][0]["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("caption_id")));
        let (status, refused) = send(&ada, body(item, "linkedin", "api", "Mine.")).await;
        assert_eq!((status, refused["errors"][0]["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("mode")));
        let (status, _) = send(&ada, json!({"item_id": "itm_0000000000001", "network": "x", "mode": "copy", "text": "#employee Hi"})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(ada.get("/shares").await["items"], json!([]), "nothing was half-made");
    }

    async fn the_disclosure_cannot_be_lost(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let ada = advocate(&app, "ada@example.com").await;
        let made = ada.post("/shares", body(item, "linkedin", "copy", "I wrote this without it.")).await;
        assert_eq!(made["share"]["text"], "#employee I wrote this without it.");
        assert!(made["copy_text"].as_str().unwrap().ends_with(made["short_link"].as_str().unwrap()), "the link goes along: {made}");
        let made = ada.post("/shares", body(item, "linkedin", "copy", "I wrote this with #Employee in it.")).await;
        assert_eq!(made["share"]["text"], "I wrote this with #Employee in it.");
        let exact = app.app.read(|db| Ok(herald::audit::list(db, 0, 1000)?)).await.unwrap();
        let started: Vec<_> = exact.iter().filter(|e| e.action == "share.started").collect();
        assert!(started.len() == 2 && started[0].detail.contains("#employee I wrote this without it."));
    }

    async fn a_repeat_with_the_same_key_makes_one_share(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let ada = advocate(&app, "ada@example.com").await;
        let request = |text: &str| {
            let to = ada.client.post(format!("{}/api/v1/shares", app.url)).bearer_auth(&ada.token).header("idempotency-key", "k1");
            to.json(&body(item, "linkedin", "intent", text)).send()
        };
        let first = request("Once.").await.unwrap();
        assert_eq!(first.status(), StatusCode::CREATED);
        let first: Value = first.json().await.unwrap();
        let again = request("Once.").await.unwrap();
        assert_eq!(again.headers()["idempotency-replayed"], "true");
        assert_eq!(again.json::<Value>().await.unwrap(), first);
        assert_eq!(request("Twice.").await.unwrap().status(), StatusCode::CONFLICT);
        assert_eq!(ada.get("/shares").await["items"].as_array().unwrap().len(), 1);
    }

    async fn nobody_reaches_a_share_of_another(app: TestApp) {
        let item = live(&app, a_piece()).await;
        let ada = advocate(&app, "ada@example.com").await;
        let made = ada.post("/shares", body(item, "linkedin", "intent", "Mine.")).await;
        let id = made["share"]["id"].as_str().unwrap();
        let eve = app.actor("eve@example.com", &[Role::Advocate, Role::Curator, Role::Hr, Role::Admin, Role::Approver]).await;
        let api = app.api("eve@example.com").await;
        for (method, path) in [(Method::GET, ""), (Method::POST, "/confirm"), (Method::POST, "/cancel"), (Method::POST, "/open"), (Method::GET, "/qr.svg")] {
            let (status, answer) = api.send(method, &format!("/shares/{id}{path}"), Some(json!({}))).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {answer}");
        }
        for path in ["", "/qr.svg", "/cancel"] {
            assert_eq!(eve.get(&format!("/shares/{id}{path}")).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        for path in ["/confirm", "/cancel", "/open"] {
            assert_eq!(eve.post(&format!("/shares/{id}{path}"), &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(api.get("/shares").await["items"], json!([]));
        assert_eq!(ada.get(&format!("/shares/{id}")).await["state"], "opened");
        let (status, svg) = ada.send(Method::GET, &format!("/shares/{id}/qr.svg"), None).await;
        assert!(status == StatusCode::OK && svg.as_str().unwrap().starts_with("<svg"));
    }

    async fn a_piece_out_of_ones_audience_is_not_there(app: TestApp) {
        let group = app
            .app
            .write(Actor::system("test"), |tx| herald::audiences::create_group(tx, "Leipzig", herald::audiences::GroupKind::Region, ""))
            .await
            .unwrap();
        let item = live(&app, ItemInput { audiences: vec![group], ..a_piece() }).await;
        let ada = advocate(&app, "ada@example.com").await;
        for (path, wanted) in [("/shares", body(item, "linkedin", "intent", "Mine.")), ("/shares/check", body(item, "linkedin", "intent", "Mine."))] {
            let (status, _) = ada.send(Method::POST, path, Some(wanted)).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        let browser = app.signed_in("ada@example.com").await;
        assert_eq!(browser.get(&format!("/share/{item}")).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(browser.get("/share/nothing").await.status(), StatusCode::NOT_FOUND);
    }
}
