//! What an administrator sees and does: health, dead jobs, the audit chain, settings.

use diesel::prelude::*;
use herald::db::schema::{audit_entries, jobs, mails};
use herald::db::{Actor, JobId, MailId};
use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::on_each_backend;
use crate::support::TestApp;

async fn trouble(app: &TestApp) -> JobId {
    app.app
        .write(Actor::system("test"), |tx| {
            let (job, mail): (JobId, MailId) = (tx.id(), tx.id());
            diesel::insert_into(jobs::table)
                .values((
                    (jobs::id.eq(job), jobs::name.eq("reports.count_heads"), jobs::payload.eq("{}"), jobs::state.eq("dead")),
                    (jobs::run_at.eq(tx.now), jobs::attempts.eq(10), jobs::last_error.eq("<b>it broke</b>"), jobs::created_at.eq(tx.now)),
                ))
                .execute(tx.db)?;
            diesel::insert_into(mails::table)
                .values((
                    (mails::id.eq(mail), mails::recipient.eq("bo@example.com"), mails::subject.eq("Welcome"), mails::text_body.eq("")),
                    (mails::html_body.eq(""), mails::state.eq("failed"), mails::created_at.eq(tx.now), mails::last_error.eq("no route")),
                ))
                .execute(tx.db)?;
            Ok(job)
        })
        .await
        .unwrap()
}

on_each_backend! {
    async fn a_dead_job_is_shown_and_run_again(app: TestApp) {
        let root = app.actor("root@example.com", &[Role::Admin]).await;
        let job = trouble(&app).await;
        let page = root.page("/system").await;
        for shown in ["Reports: count heads", "&lt;b&gt;it broke&lt;/b&gt;", "bo@example.com", "no route", "up to date", "1 given up"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        let home = root.page("/").await;
        assert!(home.contains("1 job was given up") && home.contains("1 mail could not leave"), "{home}");
        let api = app.api("root@example.com").await;
        assert_eq!(api.get("/jobs/counts").await["dead"], 1);
        assert_eq!(api.get("/jobs?state=dead").await["items"][0]["id"], job.to_string());
        assert_eq!(root.submit(&format!("/system/jobs/{job}/rerun"), &[]).await, "/system");
        app.run_jobs().await;
        assert_eq!(api.get("/jobs/counts").await["dead"], 0);
        assert_eq!(api.send(Method::POST, &format!("/jobs/{job}/rerun"), None).await.0, StatusCode::NOT_FOUND);
        assert_eq!(root.post("/system/jobs/nonsense/rerun", &[]).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(api.get(&format!("/audit?subject={job}")).await["items"][0]["action"], "job.rerun");
    }

    async fn the_audit_log_is_paged_and_its_chain_verified(app: TestApp) {
        let root = app.actor("root@example.com", &[Role::Admin]).await;
        for i in 0..30 {
            root.submit("/settings/organisation", &[("name", &format!("Company {i}"))]).await;
        }
        let api = app.api("root@example.com").await;
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = api.get(&format!("/audit?limit=15{after}")).await;
            seen.extend(page["items"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(seen.last(), Some(&1));
        assert!(seen.len() >= 30 && seen.windows(2).all(|w| w[0] == w[1] + 1), "newest first, none left out");
        let page = root.page("/system?subject=organisation").await;
        assert!(page.contains("setting changed") && page.contains("rel=\"next\""));
        assert_eq!(api.post("/audit/verify", json!({})).await["whole"], true);
        assert_eq!(root.submit("/system/verify", &[]).await, "/system");
        assert!(root.page("/system").await.contains("The chain is whole"));
        app.app.write(Actor::system("test"), |tx| {
            diesel::update(audit_entries::table.filter(audit_entries::seq.eq(7))).set(audit_entries::actor.eq("somebody else")).execute(tx.db)?;
            Ok(())
        }).await.unwrap();
        let broken = api.post("/audit/verify", json!({})).await;
        assert_eq!((broken["whole"].as_bool(), broken["broken_at"].as_i64()), (Some(false), Some(7)));
        root.submit("/system/verify", &[]).await;
        assert!(root.page("/system").await.contains("broken at entry 7"));
    }

    async fn settings_name_the_company_and_date_the_rules(app: TestApp) {
        let root = app.actor("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        assert_eq!(root.submit("/settings/organisation", &[("name", "  Nordwind   AG ")]).await, "/settings");
        assert!(root.page("/settings").await.contains("Nordwind AG"));
        assert_eq!(api.get("/settings/organisation").await["name"], "Nordwind AG");
        let refused = root.post("/settings/organisation", &[("name", " ")]).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().await.unwrap().contains("Enter the company"));
        assert_eq!(api.send(Method::PUT, "/settings/organisation", Some(json!({"name": ""}))).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(api.send(Method::PUT, "/settings/organisation", Some(json!({"name": "Südwind"}))).await.1["name"], "Südwind");
        let fields = [("event", "human_click"), ("amount", "4"), ("daily_cap", "30"), ("valid_from", "2026-12-01")];
        assert_eq!(root.submit("/settings/points", &fields).await, "/settings#points");
        assert!(root.page("/settings").await.contains("from then on"));
        let wrong = root.post("/settings/points", &[("event", "human_click"), ("amount", "many"), ("daily_cap", "30"), ("valid_from", "")]).await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = wrong.text().await.unwrap();
        assert!(text.contains("Enter a whole number.") && text.contains("value=\"many\""), "what was typed stays");
        let past = root.post("/settings/points", &[("event", "human_click"), ("amount", "4"), ("daily_cap", "30"), ("valid_from", "2026-01-01")]).await;
        assert!(past.text().await.unwrap().contains("Choose today or a later day"));
    }

    async fn all_of_it_is_for_administrators(app: TestApp) {
        let ada = app.actor("ada@example.com", &[Role::Advocate, Role::Curator, Role::Approver, Role::Hr]).await;
        let api = app.api("ada@example.com").await;
        for path in ["/system", "/settings"] {
            assert_eq!(ada.get(path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
        for path in ["/system/verify", "/system/jobs/job_0000000000001/rerun", "/settings/organisation", "/settings/points"] {
            assert_eq!(ada.post(path, &[("name", "x")]).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
        for (method, path) in [(Method::GET, "/jobs"), (Method::GET, "/jobs/counts"), (Method::GET, "/audit"), (Method::POST, "/audit/verify"), (Method::GET, "/settings/organisation")] {
            assert_eq!(api.send(method, path, None).await.0, StatusCode::FORBIDDEN, "{path}");
        }
    }
}
