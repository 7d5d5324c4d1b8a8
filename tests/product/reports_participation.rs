//! Participation: head counts that stay, small groups, CSV, and who may look.

use chrono::Duration;
use diesel::prelude::*;
use herald::db::MemberId;
use herald::db::schema::{head_counts, members};
use herald::identity::Role;
use herald::network::Network;
use reqwest::StatusCode;

use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::{START, ts};

/// Six members in Sales, of whom two share in the week of the start, and two in Legal.
async fn company(app: &TestApp) -> Vec<MemberId> {
    let mut all = Vec::new();
    for i in 0..8 {
        all.push(app.member(&format!("m{i}@example.com"), &[Role::Advocate]).await);
    }
    app.group("Sales", "department", &all[..6]).await;
    app.group("=Legal()", "department", &all[6..]).await;
    let item = app.piece("A story").await;
    for member in &all[..2] {
        app.posted(*member, item, Network::Linkedin, ts(START).minus(Duration::days(2))).await;
    }
    app.posted(all[7], item, Network::Linkedin, ts(START)).await;
    app.actor("hr@example.com", &[Role::Hr]).await;
    app.run_jobs().await;
    all
}

fn group<'a>(report: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    report["groups"].as_array().unwrap().iter().find(|g| g["name"] == name).unwrap()
}

on_each_backend! {
    async fn participation_is_the_active_of_the_enrolled(app: TestApp) {
        company(&app).await;
        let hr = app.api("hr@example.com").await;
        let report = hr.get("/reports/participation").await;
        let week = &report["company"]["weeks"][0];
        assert_eq!(report["company"]["weeks"].as_array().unwrap().len(), 1, "weeks before the beginning are left out");
        assert_eq!((week["week"].as_str(), week["people"].as_i64(), week["enrolled"].as_i64()), (Some("2026-11-16"), Some(9), Some(9)));
        assert_eq!((week["active"].as_i64(), week["shares"].as_i64(), week["participation"].as_f64()), (Some(3), Some(3), Some(33.3)));
        let sales = group(&report, "Sales");
        assert_eq!((sales["participation"].as_f64(), sales["activation"].as_f64(), sales["active"].as_f64()), (Some(33.3), Some(33.3), Some(2.0)));
        let page = app.signed_in("hr@example.com").await.page("/reports/participation").await;
        assert!(page.contains("33.3 %") && page.contains("Sales") && page.contains("fewer than 5 people"));
    }

    async fn groups_of_fewer_than_five_have_no_numbers(app: TestApp) {
        company(&app).await;
        let report = app.api("hr@example.com").await.get("/reports/participation").await;
        let legal = group(&report, "=Legal()");
        assert_eq!((legal["people"].as_i64(), legal["hidden"].as_str()), (Some(2), Some("fewer than 5 people")));
        for hidden in ["enrolled", "active", "shares", "participation", "activation"] {
            assert!(legal[hidden].is_null() && legal["weeks"][0][hidden].is_null(), "{hidden}: {legal}");
        }
    }

    async fn last_weeks_percentage_stays_when_people_leave(app: TestApp) {
        let all = company(&app).await;
        let hr = app.api("hr@example.com").await;
        let before = hr.get("/reports/participation").await["company"]["weeks"][0].clone();
        app.set_clock("2026-11-25T12:00:00Z");
        let leaving = all[2..6].to_vec();
        app.app.write(herald::db::Actor::system("test"), move |tx| {
            diesel::update(members::table.filter(members::id.eq_any(leaving))).set(members::status.eq("disabled")).execute(tx.db)?;
            Ok(())
        }).await.unwrap();
        app.run_jobs().await;
        let after = hr.get("/reports/participation?stretch=half_year").await;
        assert_eq!(after["company"]["weeks"][0], before);
        assert_eq!((after["company"]["weeks"][1]["enrolled"].as_i64(), after["company"]["enrolled"].as_i64()), (Some(5), Some(5)));
        let days: Vec<(chrono::NaiveDate, i32)> = app.app.read(|db| {
            Ok(head_counts::table.filter(head_counts::group_id.eq(0)).order(head_counts::day.asc()).select((head_counts::day, head_counts::enrolled)).load(db)?)
        }).await.unwrap();
        assert_eq!(days, [("2026-11-21".parse().unwrap(), 9), ("2026-11-25".parse().unwrap(), 5)]);
    }

    async fn the_csv_holds_no_formula(app: TestApp) {
        company(&app).await;
        let hr = app.api("hr@example.com").await;
        let csv = hr.get("/reports/participation.csv").await;
        let text = csv.as_str().unwrap();
        assert!(text.starts_with("group,kind,week,people,enrolled,active,shares,participation_percent,activation_percent,note\r\n"), "{text}");
        assert!(text.contains("'=Legal(),department,2026-11-16,2,,,,,,fewer than 5 people") && text.contains("Whole company,company,2026-11-16,9,9,3,3,33.3,33.3,"), "{text}");
        let accepted = hr.client.get(format!("{}/api/v1/reports/participation", hr.url)).bearer_auth(&hr.token).header("accept", "text/csv").send().await.unwrap();
        assert_eq!(accepted.headers()["content-type"], "text/csv; charset=utf-8");
        let page = app.signed_in("hr@example.com").await.get("/reports/participation.csv?stretch=year").await;
        assert!(page.headers()["content-disposition"].to_str().unwrap().contains("participation.csv"));
    }

    async fn only_hr_sees_participation_and_marketing_sees_content(app: TestApp) {
        for (email, role, participation, content) in [
            ("ada@example.com", Role::Advocate, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
            ("cara@example.com", Role::Curator, StatusCode::FORBIDDEN, StatusCode::OK),
            ("hr@example.com", Role::Hr, StatusCode::OK, StatusCode::OK),
            ("root@example.com", Role::Admin, StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        ] {
            let browser = app.actor(email, &[role]).await;
            let api = app.api(email).await;
            for (path, status) in [("/reports/participation", participation), ("/reports/participation.csv", participation), ("/reports/content", content), ("/reports/content.csv", content)] {
                assert_eq!(browser.get(path).await.status(), status, "{email} {path}");
                assert_eq!(api.send(reqwest::Method::GET, path, None).await.0, status, "{email} api {path}");
            }
        }
    }
}
