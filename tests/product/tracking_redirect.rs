//! The redirect: where it leads, what it records, how it is judged, and that nothing answered is lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use diesel::prelude::*;
use herald::db::schema::{hits, items, visitor_salts};
use herald::db::{Actor, Database, Db, ItemId, MemberId};
use herald::identity::{self, NewMember, Role};
use herald::tracking::{self, Clicks, Link, NewLink};
use reqwest::StatusCode;

use crate::on_each_backend;
use crate::support::process::Process;
use crate::support::{TestApp, postgres};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const TARGET: &str = "https://example.com/story?utm_source=linkedin&utm_medium=social#top";

fn make(db: &Database, email: &str) -> (MemberId, ItemId, Link) {
    let email = email.to_owned();
    db.write(Actor::system("test"), move |tx| {
        let email: identity::Email = email.parse().unwrap();
        let member = match identity::by_email(tx.db, &email)? {
            Some(member) => member.id,
            None => identity::create(tx, &NewMember::named(email, "Ada".parse().unwrap()))?,
        };
        let item: ItemId = tx.id();
        diesel::insert_into(items::table)
            .values((
                items::id.eq(item),
                items::kind.eq("article"),
                items::status.eq("approved"),
                items::pinned.eq(false),
                items::created_at.eq(tx.now),
                items::updated_at.eq(tx.now),
                items::version.eq(1_i64),
            ))
            .execute(tx.db)?;
        let link = tracking::create_link(tx, &NewLink { share_id: tx.id(), item_id: item, member_id: member, target: TARGET.into() })?;
        Ok((member, item, link))
    })
    .unwrap()
}

async fn a_link(app: &TestApp) -> (MemberId, ItemId, Link) {
    let db = app.app.db.clone();
    tokio::task::spawn_blocking(move || make(&db, "ada@example.com")).await.unwrap()
}

async fn follow(app: &TestApp, slug: &str, agent: &str) -> reqwest::Response {
    static CLIENT: std::sync::LazyLock<reqwest::Client> = std::sync::LazyLock::new(|| {
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).pool_max_idle_per_host(0).build().unwrap()
    });
    CLIENT.get(format!("{}/r/{slug}", app.url)).header("user-agent", agent).header("accept-language", "en").send().await.unwrap()
}

async fn clicks(app: &TestApp, link: &Link) -> Clicks {
    app.run_jobs().await;
    let id = link.id;
    app.app.read(move |db| Ok(tracking::clicks_of_links(db, &[id])?.remove(&id).unwrap_or_default())).await.unwrap()
}

on_each_backend! {
    async fn a_person_is_led_on_at_once_and_counted(app: TestApp) {
        let (_, _, link) = a_link(&app).await;
        let answer = follow(&app, &link.slug, CHROME).await;
        assert_eq!(answer.status(), StatusCode::FOUND);
        assert_eq!(answer.headers()["location"], TARGET);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(clicks(&app, &link).await, Clicks { human: 1, ..Clicks::default() });
    }

    async fn machines_previews_and_repeats_stand_beside_the_clicks(app: TestApp) {
        let (_, _, link) = a_link(&app).await;
        for agent in [CHROME, CHROME, "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "curl/8.0", ""] {
            assert_eq!(follow(&app, &link.slug, agent).await.status(), StatusCode::FOUND, "{agent}");
        }
        let head = app.browser().client().head(format!("{}/r/{}", app.url, link.slug)).header("user-agent", CHROME).send().await.unwrap();
        assert_eq!((head.status(), head.headers()["location"].to_str().unwrap()), (StatusCode::FOUND, TARGET));
        let counted = clicks(&app, &link).await;
        assert_eq!(counted, Clicks { human: 1, repeat: 1, preview: 1, machine: 2, suspect: 1, own: 0 });
        assert_eq!((counted.raw(), counted.excluded()), (6, 5));
        app.wait(chrono::Duration::minutes(61));
        follow(&app, &link.slug, CHROME).await;
        assert_eq!(clicks(&app, &link).await.human, 2, "after an hour the same visitor counts again");
    }

    async fn the_sharers_own_click_is_no_click(app: TestApp) {
        let ada = app.actor("ada@example.com", &[Role::Advocate]).await;
        let (_, _, link) = a_link(&app).await;
        let answer = ada.client().get(format!("{}/r/{}", app.url, link.slug)).header("user-agent", CHROME).header("accept-language", "en").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        assert_eq!(clicks(&app, &link).await, Clicks { own: 1, ..Clicks::default() });
    }

    async fn unknown_and_malformed_links_get_a_page_and_lead_nowhere(app: TestApp) {
        for slug in ["Ab3dE5g", "short", "0OIl0OI", "%00%00%00%00%00%00%00", "https:%2F%2Fevil.example", &"x".repeat(500)] {
            let answer = follow(&app, slug, CHROME).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{slug}");
            assert!(!answer.headers().contains_key("location"));
            assert!(answer.text().await.unwrap().contains("There is no such link"));
        }
    }

    async fn a_recalled_link_becomes_a_notice_everywhere(app: TestApp) {
        let (_, item, link) = a_link(&app).await;
        assert_eq!(follow(&app, &link.slug, CHROME).await.status(), StatusCode::FOUND);
        app.app.write(Actor::system("test"), move |tx| tracking::recall_links(tx, item)).await.unwrap();
        let mut answer = follow(&app, &link.slug, CHROME).await;
        for _ in 0..40 {
            if answer.status() == StatusCode::GONE { break; }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            answer = follow(&app, &link.slug, CHROME).await;
        }
        assert_eq!(answer.status(), StatusCode::GONE, "still not a notice after two seconds");
        assert!(answer.text().await.unwrap().contains("no longer available"));
    }

    async fn nothing_kept_tells_who_a_visitor_was(app: TestApp) {
        let (_, _, link) = a_link(&app).await;
        follow(&app, &link.slug, CHROME).await;
        app.run_jobs().await;
        let salts = app.app.read(|db| Ok(visitor_salts::table.count().get_result::<i64>(db)?)).await.unwrap();
        assert_eq!(salts, 1);
        app.wait(chrono::Duration::days(2));
        app.run_jobs().await;
        let salts = app.app.read(|db| Ok(visitor_salts::table.count().get_result::<i64>(db)?)).await.unwrap();
        assert_eq!(salts, 0, "the salt of a day gone by is destroyed");
    }

    async fn two_writers_at_once_lose_and_double_nothing(app: TestApp) {
        let (_, _, link) = a_link(&app).await;
        let answered: Vec<_> = futures_util::future::join_all((0..300).map(|n| {
            let agent = CHROME.replace("140", &(1000 + n).to_string());
            let (app, link) = (&app, &link);
            async move { follow(app, &link.slug, &agent).await.status() }
        })).await;
        assert!(answered.iter().all(|s| *s == StatusCode::FOUND));
        let (first, second) = (app.run_jobs(), app.run_jobs());
        tokio::join!(first, second);
        assert_eq!(clicks(&app, &link).await.human, 300);
    }
}

fn answered_are_stored(db: &mut Db, answered: &HashSet<String>) {
    let stored: HashSet<String> = hits::table.select(hits::agent).load::<String>(db).unwrap().into_iter().collect();
    let missing: Vec<_> = answered.difference(&stored).collect();
    assert!(missing.is_empty(), "{} of {} answered redirects are missing", missing.len(), answered.len());
}

/// Kills the process in the middle of 2,000 redirects and looks for each that was answered.
async fn kill_in_the_middle(database: String, folder: &tempfile::TempDir) {
    let url: herald::db::DatabaseUrl = database.parse().unwrap();
    let seeded = url.clone();
    let link = tokio::task::spawn_blocking(move || {
        herald::db::migrate(&mut seeded.connect().unwrap()).unwrap();
        make(&Database::open(seeded, herald::db::Clock::System, 2).unwrap(), "ada@example.com").2
    })
    .await
    .unwrap();
    let mut process = Process::serve(&database, folder.path(), &[]).await;
    let (sent, dead) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let clients: Vec<_> = (0..32)
        .map(|_| {
            let (url, sent, dead) = (format!("{}/r/{}", process.url, link.slug), sent.clone(), dead.clone());
            tokio::spawn(async move {
                let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
                let mut answered = Vec::new();
                while !dead.load(Ordering::SeqCst) {
                    let n = sent.fetch_add(1, Ordering::SeqCst);
                    if n >= 2000 {
                        break;
                    }
                    let agent = format!("Mozilla/5.0 Chrome/{n}.0.0.0 Safari/537.36");
                    match client.get(&url).header("user-agent", &agent).send().await {
                        Ok(answer) if answer.status() == StatusCode::FOUND => answered.push(agent),
                        _ => break,
                    }
                }
                answered
            })
        })
        .collect();
    while sent.load(Ordering::SeqCst) < 1000 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    process.kill();
    dead.store(true, Ordering::SeqCst);
    let mut answered = HashSet::new();
    for client in clients {
        answered.extend(client.await.unwrap());
    }
    assert!((500..2000).contains(&answered.len()), "killed too early or too late: {} answered", answered.len());
    let again = Process::serve(&database, folder.path(), &[]).await;
    tokio::task::spawn_blocking(move || answered_are_stored(&mut url.connect().unwrap(), &answered)).await.unwrap();
    drop(again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_redirects_loses_none_that_was_answered_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    kill_in_the_middle(format!("sqlite://{}", folder.path().join("kill.db").display()), &folder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_redirects_loses_none_that_was_answered_postgres() {
    let folder = tempfile::tempdir().unwrap();
    if let Some(url) = tokio::task::spawn_blocking(postgres::fresh).await.unwrap() {
        kill_in_the_middle(url, &folder).await;
    }
}
