//! Leaderboards: places, groups, the choice not to be listed, and who may change rules.

use herald::identity::Role;
use herald::network::Network;
use herald::recognition::PointEvent;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::on_each_backend;
use crate::recognition_ledger::{award, event};
use crate::support::TestApp;
use crate::support::app::{START, ts};

/// Members with 10, 20, 20 and 30 points.
async fn four(app: &TestApp) -> Vec<herald::db::MemberId> {
    let mut members = Vec::new();
    for (name, shares) in [("ada", 1), ("bo", 2), ("cy", 2), ("di", 3)] {
        let member = app.member(&format!("{name}@example.com"), &[Role::Advocate]).await;
        award(app, (0..shares).map(|i| event(&format!("share:{name}{i}"), member, PointEvent::ShareConfirmed, ts(START))).collect()).await;
        members.push(member);
    }
    members
}

fn places(board: &serde_json::Value) -> Vec<(String, i64, i64)> {
    let rows = board["rows"].as_array().unwrap();
    rows.iter().map(|r| (r["name"].as_str().unwrap().to_owned(), r["place"].as_i64().unwrap(), r["points"].as_i64().unwrap())).collect()
}

fn said(rows: &[(&str, i64, i64)]) -> Vec<(String, i64, i64)> {
    rows.iter().map(|(name, place, points)| ((*name).to_owned(), *place, *points)).collect()
}

on_each_backend! {
    async fn members_with_the_same_points_share_a_place(app: TestApp) {
        four(&app).await;
        let api = app.api("ada@example.com").await;
        for period in ["week", "month", "quarter", "year", "all", "W2026-47"] {
            let board = api.get(&format!("/leaderboard?period={period}")).await;
            assert_eq!(places(&board), said(&[("di", 1, 30), ("bo", 2, 20), ("cy", 2, 20), ("ada", 4, 10)]), "{period}");
            assert_eq!(board["own"], json!({"place": 4, "of": 4, "points": 10}));
        }
        assert_eq!(places(&api.get("/leaderboard?period=M2026-10").await), said(&[]));
        let page = app.signed_in("ada@example.com").await.page("/leaderboard").await;
        assert!(page.contains("Why am I 4th?") && page.contains("10 more and you are 2nd."), "{page}");
    }

    async fn a_group_has_places_of_its_own(app: TestApp) {
        let members = four(&app).await;
        let group = app.group("Sales", "department", &members[..2]).await;
        let api = app.api("ada@example.com").await;
        let board = api.get(&format!("/leaderboard?group={group}")).await;
        assert_eq!(places(&board), said(&[("bo", 1, 20), ("ada", 2, 10)]));
        assert_eq!(board["own"], json!({"place": 2, "of": 2, "points": 10}));
        let browser = app.signed_in("ada@example.com").await;
        assert!(browser.page(&format!("/leaderboard?group={group}")).await.contains("Sales"));
        let other = app.signed_in("di@example.com").await;
        assert_eq!(other.get(&format!("/leaderboard?group={group}")).await.status(), StatusCode::NOT_FOUND, "pages compare with own groups");
        assert_eq!(api.send(Method::GET, "/leaderboard?group=grp_0000000000001", None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(api.send(Method::GET, "/leaderboard?period=fortnight", None).await.0, StatusCode::BAD_REQUEST);
    }

    async fn who_leaves_the_list_still_counts(app: TestApp) {
        four(&app).await;
        let di = app.signed_in("di@example.com").await;
        assert_eq!(di.submit("/leaderboard/listed", &[("listed", "no"), ("back", "/leaderboard?period=week")]).await, "/leaderboard?period=week");
        let page = di.page("/leaderboard").await;
        assert!(page.contains("You are off the list") && page.contains("Why am I 1st?"));
        assert!(di.page("/leaderboard/why").await.contains("You are off the leaderboards"));
        let api = app.api("ada@example.com").await;
        let board = api.get("/leaderboard").await;
        assert_eq!(places(&board), said(&[("bo", 2, 20), ("cy", 2, 20), ("ada", 4, 10)]), "the place stays taken");
        assert_eq!(board["own"]["place"], 4);
        assert!(!app.signed_in("ada@example.com").await.page("/leaderboard").await.contains(">di"));
        let own = app.api("di@example.com").await;
        assert_eq!(own.get("/me/points").await["listed"], false);
        assert_eq!(own.send(Method::PUT, "/me/leaderboard", Some(json!({"listed": true}))).await.0, StatusCode::OK);
        assert_eq!(places(&api.get("/leaderboard").await)[0], ("di".into(), 1, 30));
    }

    async fn the_reasons_are_shown_entry_by_entry(app: TestApp) {
        let ada = app.member("ada@example.com", &[Role::Advocate]).await;
        let item = app.piece("How we made it").await;
        let posted = app.posted(ada, item, Network::Linkedin, ts(START)).await;
        app.hits(posted.link, "human", 3, ts(START)).await;
        herald::recognition::share_confirmed(app.app.clone(), posted.share, ada, Network::Linkedin, ts(START)).await.unwrap();
        award(&app, (0..35).map(|i| event(&format!("hit:{i}"), ada, PointEvent::HumanClick, ts(START))).collect()).await;
        let api = app.api("ada@example.com").await;
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = api.get(&format!("/me/points/entries?limit=20{after}")).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(seen.len(), 36);
        assert!(seen.windows(2).all(|w| w[0] > w[1]), "newest first, none twice");
        let browser = app.signed_in("ada@example.com").await;
        let first = browser.page("/leaderboard/why").await;
        assert!(first.contains("35 clicks") && first.contains("1 share") && first.contains("rel=\"next\""), "{first}");
        let next = first.split("href=\"").find(|part| part.contains("after")).and_then(|part| part.split('"').next()).unwrap().replace("&amp;", "&").replace("&#x3D;", "=");
        let second = browser.page(&next).await;
        assert!(second.contains("Posted on LinkedIn") && second.contains("How we made it") && second.contains(&format!("/shares/{}", posted.share)));
        let board = api.get("/leaderboard").await;
        assert_eq!((board["rows"][0]["shares"].as_i64(), board["rows"][0]["clicks"].as_i64()), (Some(1), Some(3)));
    }

    async fn rules_are_read_by_all_and_made_by_administrators(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        app.member("root@example.com", &[Role::Admin]).await;
        let (ada, root) = (app.api("ada@example.com").await, app.api("root@example.com").await);
        assert_eq!(ada.get("/points/rules").await["items"].as_array().unwrap().len(), 2);
        let new = json!({"event": "human_click", "amount": 3, "daily_cap": 40, "valid_from": "2026-12-01T00:00:00Z"});
        for path in ["/points/rules", "/points/rebuild", "/points/entries/pts_0000000000001/reversal"] {
            assert_eq!(ada.send(Method::POST, path, Some(new.clone())).await.0, StatusCode::FORBIDDEN, "{path}");
        }
        assert_eq!(root.post("/points/rules", new).await["amount"], 3);
        assert_eq!(ada.get("/points/rules").await["items"].as_array().unwrap().len(), 3);
        for wrong in [json!({"event": "human_click", "amount": -1, "daily_cap": 1}), json!({"event": "like", "amount": 1, "daily_cap": 1})] {
            assert_eq!(root.send(Method::POST, "/points/rules", Some(wrong)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(root.post("/points/rebuild", json!({})).await["totals"], 0);
        assert!(app.signed_in("ada@example.com").await.page("/leaderboard").await.contains("2 for each person who clicks, for up to 50 a day"));
    }
}
