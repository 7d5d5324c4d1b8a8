//! What works: shares and people, machines apart; by piece, topic and network.

use chrono::Duration;
use herald::identity::Role;
use herald::network::Network;

use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::{START, ts};

async fn a_past(app: &TestApp) {
    let ada = app.member("ada@example.com", &[Role::Advocate]).await;
    app.actor("cara@example.com", &[Role::Curator]).await;
    let (story, job, old) = (app.piece("A story").await, app.piece("+A job").await, app.piece("An old one").await);
    let now = ts(START);
    let first = app.posted(ada, story, Network::Linkedin, now).await;
    let second = app.posted(ada, story, Network::X, now.minus(Duration::days(3))).await;
    let third = app.posted(ada, job, Network::Linkedin, now.minus(Duration::days(29))).await;
    let long_ago = app.posted(ada, old, Network::Linkedin, now.minus(Duration::days(60))).await;
    for (link, verdict, n, days) in [
        (first.link, "human", 5, 0),
        (first.link, "machine", 40, 0),
        (second.link, "human", 2, 1),
        (second.link, "preview", 3, 1),
        (second.link, "repeat", 1, 1),
        (third.link, "human", 9, 29),
        (third.link, "suspect", 4, 29),
        (third.link, "human", 100, 31),
        (long_ago.link, "human", 50, 60),
    ] {
        app.hits(link, verdict, n, now.minus(Duration::days(days))).await;
    }
}

fn lines(report: &serde_json::Value) -> Vec<String> {
    let items = report["items"].as_array().unwrap().iter();
    items.map(|l| format!("{} {} {} {} {}", l["label"].as_str().unwrap(), l["shares"], l["clicks"], l["machine"], l["other"])).collect()
}

on_each_backend! {
    async fn pieces_topics_and_networks_with_machines_apart(app: TestApp) {
        a_past(&app).await;
        let api = app.api("cara@example.com").await;
        let report = api.get("/reports/content").await;
        assert_eq!(lines(&report), ["+A job 1 9 4 0", "A story 2 7 43 1"]);
        assert_eq!((report["sum"]["clicks"].as_i64(), report["sum"]["shares"].as_i64()), (Some(16), Some(3)));
        assert_eq!(lines(&api.get("/reports/content?sort=shares").await)[0], "A story 2 7 43 1");
        assert_eq!(lines(&api.get("/reports/content?sort=per_share").await)[0], "+A job 1 9 4 0");
        assert_eq!(lines(&api.get("/reports/content?window=all&sort=clicks").await), ["+A job 1 109 4 0", "An old one 1 50 0 0", "A story 2 7 43 1"]);
        assert_eq!(lines(&api.get("/reports/content?by=network").await), ["LinkedIn 2 14 44 0", "X 1 2 3 1"]);
        assert_eq!(lines(&api.get("/reports/content?by=topic").await), ["Without a topic 3 16 47 1"]);
        assert_eq!(lines(&api.get("/reports/content?network=x").await), ["A story 1 2 3 1"]);
        let page = api.get("/reports/content?limit=1").await;
        assert_eq!((lines(&page), page["next"].as_str()), (vec!["+A job 1 9 4 0".to_owned()], Some("1")));
        let rest = api.get("/reports/content?limit=1&after=1").await;
        assert_eq!((lines(&rest), rest["next"].as_str()), (vec!["A story 2 7 43 1".to_owned()], None));
    }

    async fn the_page_draws_lists_and_exports(app: TestApp) {
        a_past(&app).await;
        let cara = app.signed_in("cara@example.com").await;
        let page = cara.page("/reports/content").await;
        assert!(page.contains("<svg") && page.contains("was clicked most") && page.contains("Machine hits"));
        for path in ["?by=topic", "?by=network&window=90d", "?topic=&network=x&window=all&sort=machine", "?network=reddit", "?page=99"] {
            cara.page(&format!("/reports/content{path}")).await;
        }
        let csv = cara.get("/reports/content.csv?window=30d").await.text().await.unwrap();
        assert!(csv.contains(",'+A job,1,9,9,4,0\r\n"), "{csv}");
    }
}
