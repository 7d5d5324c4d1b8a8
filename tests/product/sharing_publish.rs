//! Posting to Bluesky through the whole app, against a fake that goes wrong on demand.

use diesel::prelude::*;
use herald::db::schema::{connected_accounts, jobs, mails, publish_attempts, settings, shares};
use herald::db::{ItemId, Ts};
use herald::identity::Role;
use herald::library::{self, picture};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::sharing_share::{a_piece, body, live};
use crate::support::app::Api;
use crate::support::fake_bluesky::{CREATE, FakeBluesky, Fault};
use crate::support::{Backend, TestApp};

const PASSWORD: &str = "abcd-efgh-2345-ijkl";
const LOOK_UP: &str = "com.atproto.repo.getRecord";
const LOGIN: &str = "com.atproto.server.createSession";

/// One member with a connected account and one live piece, on each backend.
struct World {
    app: TestApp,
    fake: FakeBluesky,
    ada: Api,
    item: ItemId,
}

async fn worlds() -> Vec<World> {
    let mut found = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let fake = FakeBluesky::start().await;
        let set = [("HERALD_BLUESKY_URL", fake.url()), ("HERALD_PLC_URL", fake.url())];
        let set: Vec<(&str, &str)> = set.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let Some(app) = TestApp::start_with(backend, &set).await else { continue };
        fake.create_account("alice.test", PASSWORD);
        let item = live(&app, a_piece()).await;
        app.member("ada@example.com", &[Role::Advocate]).await;
        let ada = app.api("ada@example.com").await;
        found.push(World { app, fake, ada, item });
    }
    found
}

impl World {
    async fn connect(&self) -> Value {
        let connected = self.ada.post("/accounts/bluesky", json!({"identifier": "@alice.test", "app_password": PASSWORD})).await;
        self.app.run_jobs().await;
        connected
    }
    async fn share(&self) -> String {
        let made = self.ada.post("/shares", body(self.item, "bluesky", "api", "Our lab is open. Come and see!")).await;
        assert_eq!(made["share"]["state"], "publishing");
        made["share"]["id"].as_str().unwrap().to_owned()
    }
    async fn get(&self, id: &str) -> Value {
        self.ada.get(&format!("/shares/{id}")).await
    }
    async fn state(&self, id: &str) -> String {
        self.get(id).await["state"].as_str().unwrap().to_owned()
    }
    /// The attempts with their outcomes.
    async fn attempts(&self) -> Vec<(i32, String, Option<String>)> {
        use publish_attempts as a;
        self.app.app.read(|db| Ok(a::table.order(a::number.asc()).select((a::number, a::record_key, a::outcome)).load(db)?)).await.unwrap()
    }
    async fn later(&self, minutes: i64) {
        self.app.wait(chrono::Duration::minutes(minutes));
        self.app.run_jobs().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_posted_with_its_card_and_confirmed_by_the_networks_id() {
    for world in worlds().await {
        let account = world.connect().await;
        assert_eq!((account["handle"].as_str(), account["state"].as_str()), (Some("alice.test"), Some("active")));
        let id = world.share().await;
        assert!(world.fake.posts().is_empty(), "nothing leaves in the request");
        world.app.run_jobs().await;
        let share = world.get(&id).await;
        assert_eq!((share["state"].as_str(), share["confirmed_by"].as_str()), (Some("confirmed"), Some("network")), "{share}");
        let posts = world.fake.posts();
        assert_eq!(posts.len(), 1);
        assert_eq!(share["remote_id"], json!(posts[0].uri));
        assert!(share["remote_url"].as_str().unwrap().starts_with("https://bsky.app/profile/did:plc:"));
        let (record, link) = (&posts[0].record, share["short_link"].as_str().unwrap());
        assert_eq!(record["text"], json!(format!("#employee Our lab is open. Come and see!\n{link}")));
        assert_eq!(record["text"], share["text"]);
        assert_eq!(record["embed"]["external"]["uri"], json!(link));
        assert_eq!(record["embed"]["external"]["title"], "A new lab");
        let facets = record["facets"].as_array().unwrap();
        assert!(facets.iter().any(|f| f["features"][0]["uri"] == json!(link)), "{facets:?}");
        assert_eq!(world.attempts().await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_the_piece_goes_along() {
    for world in worlds().await {
        world.connect().await;
        let mut png = std::io::Cursor::new(Vec::new());
        let drawn = image::RgbImage::from_fn(400, 300, |x, y| image::Rgb([(x % 251) as u8, (y % 241) as u8, ((x * y) % 239) as u8]));
        drawn.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let safe = picture::re_encode(png.get_ref(), picture::Limits::CARD).unwrap();
        let media = world.app.app.write(herald::db::Actor::system("test"), move |tx| library::store_media(tx, &safe)).await.unwrap();
        let input =
            library::ItemInput { image_id: Some(media), image_alt: "A lab".into(), link: "https://example.com/2".into(), ..a_piece() };
        let item = live(&world.app, input).await;
        world.ada.post("/shares", body(item, "bluesky", "api", "Look at it.")).await;
        world.app.run_jobs().await;
        let thumb = &world.fake.posts()[0].record["embed"]["external"]["thumb"];
        assert!(thumb["size"].as_i64().unwrap() > 1000, "{thumb}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_one_post_only() {
    for world in worlds().await {
        world.connect().await;
        // The answer is lost and so is the first look-up: nobody knows.
        world.fake.fault(Fault::DropAfter);
        world.fake.fault_on(LOOK_UP, Fault::Before(503));
        let id = world.share().await;
        world.app.run_jobs().await;
        assert_eq!(world.state(&id).await, "publishing");
        assert_eq!(world.attempts().await[0].2.as_deref(), Some("unknown"));
        let (status, refused) = world.ada.send(Method::POST, &format!("/shares/{id}/cancel"), None).await;
        assert_eq!((status, refused["code"].as_str()), (StatusCode::CONFLICT, Some("not_cancellable")), "it may be out");
        world.later(5).await;
        assert_eq!(world.state(&id).await, "confirmed");
        assert_eq!((world.fake.calls(CREATE), world.fake.posts().len()), (1, 1));
        let attempts = world.attempts().await;
        assert_eq!((attempts.len(), &attempts[0].1), (2, &attempts[1].1), "the key is kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_died_after_sending_is_made_good() {
    for world in worlds().await {
        world.connect().await;
        let id = world.share().await;
        world.app.run_jobs().await;
        assert_eq!(world.state(&id).await, "confirmed");
        // The moment after the request left, as a killed worker leaves it: the post stands, the
        // attempt is open, the lease is held, and the job comes back when its own lease ends.
        let job = serde_json::to_string(&json!({"share": id})).unwrap();
        let now = world.app.app.now();
        world
            .app
            .app
            .write(herald::db::Actor::system("test"), move |tx| {
                diesel::update(shares::table)
                    .set((
                        shares::state.eq("publishing"),
                        shares::confirmed_at.eq(None::<Ts>),
                        shares::confirmed_by.eq(None::<String>),
                        shares::remote_id.eq(None::<String>),
                    ))
                    .execute(tx.db)?;
                diesel::update(publish_attempts::table)
                    .set((publish_attempts::outcome.eq(None::<String>), publish_attempts::finished_at.eq(None::<Ts>)))
                    .execute(tx.db)?;
                let account: herald::db::AccountId = connected_accounts::table.select(connected_accounts::id).first(tx.db)?;
                diesel::insert_into(settings::table)
                    .values((
                        settings::key.eq(format!("lease:{account}")),
                        settings::value.eq("dead"),
                        settings::updated_at.eq(now.plus(chrono::Duration::minutes(5))),
                    ))
                    .execute(tx.db)?;
                let share: herald::sharing::PublishShare = serde_json::from_str(&job)?;
                herald::jobs::enqueue(tx, &share)
            })
            .await
            .unwrap();
        world.app.run_jobs().await;
        assert_eq!((world.state(&id).await.as_str(), world.attempts().await.len()), ("publishing", 1), "the lease is respected");
        world.later(6).await;
        assert_eq!(world.state(&id).await, "confirmed");
        assert_eq!((world.fake.calls(CREATE), world.fake.posts().len()), (1, 1), "looked up, not sent again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_is_tried_again_and_ends_in_a_ready_link() {
    for world in worlds().await {
        world.connect().await;
        world.fake.fault(Fault::Before(503));
        world.fake.fault(Fault::TooMany { reset: world.app.app.now().utc().timestamp() + 1800 });
        let id = world.share().await;
        world.app.run_jobs().await;
        world.later(5).await;
        assert_eq!(world.state(&id).await, "publishing");
        world.later(10).await;
        assert_eq!(world.fake.calls(CREATE), 2, "the network's own pause is kept");
        world.later(30).await;
        assert_eq!((world.state(&id).await.as_str(), world.fake.posts().len()), ("confirmed", 1));
        let outcomes: Vec<_> = world.attempts().await.into_iter().map(|a| a.2.unwrap()).collect();
        assert_eq!(outcomes, ["unknown", "retry_at", "published"]);

        for _ in 0..20 {
            world.fake.fault(Fault::Before(503));
        }
        let id = world.share().await;
        world.app.run_jobs().await;
        for _ in 0..12 {
            world.later(150).await;
        }
        let share = world.get(&id).await;
        assert_eq!(share["state"], "failed");
        assert!(share["failure"].as_str().unwrap().contains("Look at your profile"), "{share}");
        assert_eq!(world.attempts().await.len(), 3 + 8);
        let made = world.ada.send(Method::POST, &format!("/shares/{id}/open"), None).await.1;
        assert!(made["intent"]["url"].as_str().unwrap().starts_with("https://bsky.app/intent/compose?text=%23employee%20Our%20lab"));
        assert_eq!(made["short_link"], share["short_link"], "the same link");
        assert_eq!(world.state(&id).await, "opened");
        world.later(150).await;
        assert_eq!(world.fake.posts().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed_and_kept_sealed() {
    for world in worlds().await {
        world.connect().await;
        let sealed = || async {
            world.app.app.read(|db| Ok(connected_accounts::table.select(connected_accounts::sealed).first::<String>(db)?)).await.unwrap()
        };
        let before = sealed().await;
        world.fake.expire_access();
        let id = world.share().await;
        world.app.run_jobs().await;
        assert_eq!(world.state(&id).await, "confirmed");
        let after = sealed().await;
        assert_ne!(before, after, "the new pair is stored");
        let id = world.share().await;
        world.app.run_jobs().await;
        assert_eq!((world.state(&id).await.as_str(), world.fake.calls(LOGIN)), ("confirmed", 1), "nobody signs in per post");
        let session: Value = serde_json::from_str(&world.app.app.keys.open("network session", &after).unwrap()).unwrap();
        if world.app.backend == Backend::Sqlite {
            let folder = &world.app.app.config.data;
            let mut bytes = Vec::new();
            for file in std::fs::read_dir(folder).unwrap().flatten().filter(|f| f.path().is_file()) {
                bytes.extend(std::fs::read(file.path()).unwrap());
            }
            let text = String::from_utf8_lossy(&bytes);
            for secret in [session["access"].as_str().unwrap(), session["refresh"].as_str().unwrap(), PASSWORD] {
                assert!(secret.len() >= 8, "{secret}");
                assert!(!text.contains(secret), "a secret stands in the data folder");
            }
            assert!(text.contains("alice.test"), "the files were really read");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_connection_waits_for_its_member_and_loses_nothing() {
    for world in worlds().await {
        world.connect().await;
        world.fake.revoke_all();
        let id = world.share().await;
        world.app.run_jobs().await;
        let share = world.get(&id).await;
        assert_eq!(share["state"], "needs_reconnect", "{share}");
        assert_eq!(world.ada.get("/accounts").await["items"][0]["state"], "needs_reconnect");
        let mail: Vec<(String, String)> =
            world.app.app.read(|db| Ok(mails::table.select((mails::recipient, mails::subject)).load(db)?)).await.unwrap();
        assert_eq!(mail, [("ada@example.com".to_owned(), "Your post on Bluesky needs you".to_owned())]);
        let browser = world.app.signed_in("ada@example.com").await;
        assert!(browser.page("/shares").await.contains("Connect again and post"));
        assert!(browser.page("/account/networks").await.contains("Connect Bluesky again"));
        let (status, _) = world.ada.send(Method::POST, "/shares", Some(body(world.item, "bluesky", "api", "More."))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "no second share runs into the same wall");
        world.connect().await;
        assert_eq!((world.state(&id).await.as_str(), world.fake.posts().len()), ("confirmed", 1), "it goes out by itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_may_refuse_for_good_and_the_check_runs_again_at_send() {
    for world in worlds().await {
        world.connect().await;
        world.fake.fault(Fault::Named(400, "InvalidRequest", "no such words here"));
        let id = world.share().await;
        world.app.run_jobs().await;
        let share = world.get(&id).await;
        assert_eq!(share["state"], "failed");
        assert!(share["failure"].as_str().unwrap().contains("no such words here"));
        assert!(world.app.signed_in("ada@example.com").await.page(&format!("/shares/{id}")).await.contains("Share by link"));

        let id = world.share().await;
        let mut rules = world.app.app.read(herald::sharing::sharing_settings).await.unwrap();
        rules.policy.banned.push(herald::sharing::policy::BannedTerm {
            term: "our lab".into(),
            severity: herald::sharing::policy::Severity::Block,
            advice: None,
        });
        world.app.app.write(herald::db::Actor::system("test"), move |tx| herald::sharing::put_settings(tx, &rules)).await.unwrap();
        world.app.run_jobs().await;
        let share = world.get(&id).await;
        assert_eq!(share["state"], "failed", "{share}");
        assert!(share["failure"].as_str().unwrap().contains("rules have changed"));

        let item = world.item;
        let id = world.ada.post("/shares", body(item, "bluesky", "api", "Other words.")).await["share"]["id"].as_str().unwrap().to_owned();
        world.app.app.write(herald::db::Actor::system("test"), move |tx| library::archive(tx, &[item]).map(|_| ())).await.unwrap();
        world.app.run_jobs().await;
        assert_eq!(world.state(&id).await, "failed");
        assert!(world.fake.posts().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_can_be_called_off_before_it_is_sent_and_recall_stops_it() {
    for world in worlds().await {
        world.connect().await;
        let id = world.share().await;
        assert_eq!(world.ada.send(Method::POST, &format!("/shares/{id}/cancel"), None).await.0, StatusCode::OK);
        world.app.run_jobs().await;
        assert_eq!(world.state(&id).await, "cancelled");
        let id = world.share().await;
        let item = world.item;
        world.app.app.write(herald::db::Actor::system("test"), move |tx| herald::sharing::recall(tx, item)).await.unwrap();
        world.app.run_jobs().await;
        assert_eq!((world.state(&id).await.as_str(), world.fake.posts().len(), world.attempts().await.len()), ("cancelled", 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_says_what_is_wrong_and_disconnecting_forgets() {
    for world in worlds().await {
        for (identifier, password, field) in [
            ("alice.test", "my own password", "app_password"),
            ("alice.test", "aaaa-bbbb-cccc-dddd", "app_password"),
            ("alice@example.com", PASSWORD, "identifier"),
            ("nobody.test", PASSWORD, "identifier"),
        ] {
            let given = json!({"identifier": identifier, "app_password": password});
            let (status, refused) = world.ada.send(Method::POST, "/accounts/bluesky", Some(given)).await;
            assert_eq!(
                (status, refused["errors"][0]["field"].as_str()),
                (StatusCode::UNPROCESSABLE_ENTITY, Some(field)),
                "{identifier} {refused}"
            );
            assert!(!refused.to_string().contains(password), "a password is never echoed");
        }
        let browser = world.app.signed_in("ada@example.com").await;
        let answer =
            browser.post("/account/networks/bluesky", &[("identifier", "alice.test"), ("app_password", "aaaa-bbbb-cccc-dddd")]).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().await.unwrap().contains("refused the handle and app password"));
        let account = world.connect().await["id"].as_str().unwrap().to_owned();
        assert!(browser.page("/account/networks").await.contains("Connected"));
        assert!(browser.page(&format!("/share/{}?network=bluesky", world.item)).await.contains("Post to Bluesky now"));

        world.app.member("eve@example.com", &[Role::Admin]).await;
        let eve = world.app.api("eve@example.com").await;
        assert_eq!(eve.send(Method::DELETE, &format!("/accounts/{account}"), None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(eve.get("/accounts").await["items"], json!([]));

        let id = world.share().await;
        assert_eq!(world.ada.send(Method::DELETE, &format!("/accounts/{account}"), None).await.0, StatusCode::NO_CONTENT);
        assert_eq!(world.ada.send(Method::DELETE, &format!("/accounts/{account}"), None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(world.fake.calls("com.atproto.server.deleteSession"), 1);
        let sealed: String =
            world.app.app.read(|db| Ok(connected_accounts::table.select(connected_accounts::sealed).first(db)?)).await.unwrap();
        assert_eq!(sealed, "");
        world.app.run_jobs().await;
        assert_eq!((world.state(&id).await.as_str(), world.fake.posts().len()), ("needs_reconnect", 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_posts_of_one_account_wait_for_each_other() {
    for world in worlds().await {
        world.connect().await;
        world.fake.expire_access();
        let ids = [world.share().await, world.share().await, world.share().await];
        let app = world.app.app.clone();
        let other = world.app.app.clone();
        let (a, b) = tokio::join!(
            tokio::spawn(async move { herald::jobs::run_due(&app).await }),
            tokio::spawn(async move { herald::jobs::run_due(&other).await })
        );
        a.unwrap().unwrap();
        b.unwrap().unwrap();
        for _ in 0..3 {
            world.later(1).await;
        }
        for id in &ids {
            assert_eq!(world.state(id).await, "confirmed");
        }
        assert_eq!(world.fake.posts().len(), 3);
        let waiting: i64 = world.app.app.read(|db| Ok(jobs::table.count().get_result(db)?)).await.unwrap();
        assert_eq!(waiting, 0);
    }
}
