//! The whole job by hand in a real browser, and every page by the rules of accessibility.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::journey_api::{cast, live_item, share, site};
use crate::on_each_backend;
use crate::support::app::PASSWORD;
use crate::support::chromium::Chromium;
use crate::support::{TestApp, skip};

async fn sign_in(browser: &Chromium, app: &TestApp, email: &str) {
    browser.page.delete_all_cookies().await.unwrap();
    browser.open(&format!("{}/sign-in", app.url)).await;
    browser.fill("email", email).await;
    browser.fill("password", PASSWORD).await;
    browser.click("main button[type=submit]").await;
    browser.see("nav a[aria-current=page]").await;
}

on_each_backend! {
    async fn from_the_article_to_the_report_in_a_browser(app: TestApp) {
        let Some(browser) = Chromium::start().await else { return };
        cast(&app).await;
        let site = site().await;

        sign_in(&browser, &app, "cleo@example.com").await;
        browser.open(&format!("{}/library/import", app.url)).await;
        browser.fill("address", &format!("{}/warm", site.uri())).await;
        browser.press("Bring it in").await;
        browser.see("[name=caption_text], button[value=add_caption]").await;
        let item = browser.page.current_url().await.unwrap().path_segments().unwrap().find(|s| s.starts_with("itm_")).unwrap().to_owned();
        browser.open(&format!("{}/library/{item}/edit", app.url)).await;
        if browser.page.find(fantoccini::Locator::Css("[name=caption_text]")).await.is_err() {
            browser.press("Add a text").await;
        }
        browser.fill("caption_text", "The heat of a server hall now warms our old town.").await;
        browser.press("Save and send to review").await;
        browser.reads("review").await;

        sign_in(&browser, &app, "vera@example.com").await;
        browser.open(&format!("{}/approvals", app.url)).await;
        browser.press("How one town heats").await;
        browser.reads("The heat of a server hall").await;
        browser.press("Approve this text").await;
        browser.reads("pproved").await;

        sign_in(&browser, &app, "ada@example.com").await;
        browser.open(&format!("{}/feed", app.url)).await;
        browser.reads("How one town heats 900 homes").await;
        browser.open(&format!("{}/share/{item}?network=linkedin", app.url)).await;
        browser.fill("text", "My colleagues made this happen.").await;
        browser.reads("will be put in front of your text").await;
        let made = share(&app.api("ada@example.com").await, &item).await;
        browser.open(&format!("{}/shares", app.url)).await;
        browser.press("Yes, posted").await;
        browser.reads("It is counted from now on").await;

        let short = made["short_link"].as_str().unwrap();
        browser.page.delete_all_cookies().await.unwrap();
        browser.open(short).await;
        assert!(browser.page.current_url().await.unwrap().as_str().starts_with(&format!("{}/warm?utm_", site.uri())));
        app.run_jobs().await;

        sign_in(&browser, &app, "ada@example.com").await;
        browser.open(&format!("{}/leaderboard?period=week", app.url)).await;
        browser.reads("12").await;
        browser.open(&format!("{}/impact", app.url)).await;
        browser.see("main svg").await;

        sign_in(&browser, &app, "hana@example.com").await;
        browser.open(&format!("{}/reports/participation", app.url)).await;
        browser.reads("articipation").await;
        browser.open(&format!("{}/reports/content", app.url)).await;
        browser.reads("How one town heats").await;
    }
}

/// Every page that a role can open without an id of its own.
const PAGES: [(&str, &[&str]); 5] = [
    (
        "ada@example.com",
        &[
            "/",
            "/feed",
            "/feed?q=nothing-like-this",
            "/shares",
            "/impact",
            "/leaderboard",
            "/leaderboard/why",
            "/account",
            "/account/sessions",
            "/account/tokens",
            "/account/networks",
            "/api/docs",
        ],
    ),
    (
        "cleo@example.com",
        &["/", "/library", "/library?status=archived", "/library/new", "/library/import", "/sources", "/topics", "/reports/content"],
    ),
    ("vera@example.com", &["/", "/approvals"]),
    ("hana@example.com", &["/", "/reports/participation"]),
    ("ivo@example.com", &["/", "/members", "/members/import", "/groups", "/settings", "/settings/sharing", "/system"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "some pages still break a rule; run with --ignored to see which"]
async fn every_page_keeps_the_rules_of_accessibility() {
    let cache =
        std::env::var("HERALD_PEER_CACHE").unwrap_or_else(|_| format!("{}/.cache/herald-peers", std::env::var("HOME").unwrap_or_default()));
    if !std::path::Path::new(&cache).join("axe/node_modules").exists() || !std::path::Path::new("/usr/bin/chromium").exists() {
        return skip("the accessibility run", "axe or Chromium is missing; run tests/peers/install.sh");
    }
    let app = TestApp::start(crate::support::Backend::Sqlite).await.unwrap();
    cast(&app).await;
    let site = site().await;
    let item = live_item(&app, &site).await;
    share(&app.api("ada@example.com").await, &item).await;
    app.run_jobs().await;
    let mut wrong = Vec::new();
    judge(&app, "", vec!["/sign-in".into(), "/forgot".into(), "/nowhere".into(), "/r/Ab3dE5g".into()], &mut wrong).await;
    for (email, paths) in PAGES {
        let mut paths: Vec<String> = paths.iter().map(|p| (*p).to_owned()).collect();
        match email {
            "ada@example.com" => {
                paths.extend([format!("/items/{item}"), format!("/share/{item}?network=linkedin"), format!("/share/{item}?network=x")])
            }
            "cleo@example.com" => {
                paths.extend([format!("/library/{item}"), format!("/library/{item}/edit"), format!("/library/{item}/recall")])
            }
            _ => {}
        }
        let cookie = app.signed_in_cookie(email).await;
        judge(&app, &cookie, paths, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn judge(app: &TestApp, cookie: &str, paths: Vec<String>, wrong: &mut Vec<String>) {
    let urls: Vec<String> = paths.iter().map(|p| format!("{}{p}", app.url)).collect();
    let asked = serde_json::json!({"urls": urls, "cookie": cookie}).to_string();
    let answer = tokio::task::spawn_blocking(move || {
        let mut axe = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/axe.mjs"))
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        axe.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
        axe.wait_with_output().unwrap()
    })
    .await
    .unwrap();
    if !answer.status.success() {
        wrong.push(format!("{}{}", String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr)));
    }
}
