//! Mails as rows and jobs: kept without a mail server, sent with one, tried again, tidied away.

use std::sync::Arc;

use herald::db::Actor;
use herald::identity::{self, Role};
use herald::notifications::{self, Letter, MailState};
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::on_each_backend;
use crate::support::TestApp;
use crate::support::app::Backend;

/// A mail server that takes what comes, or answers every recipient with one line.
async fn mail_server(refusal: Arc<Mutex<Option<&'static str>>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let kept = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (kept, refusal) = (kept.clone(), refusal.clone());
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                write.write_all(b"220 here\r\n").await.unwrap();
                let mut body: Option<String> = None;
                while let Ok(Some(line)) = lines.next_line().await {
                    if let Some(text) = &mut body {
                        if line == "." {
                            kept.lock().push(body.take().unwrap());
                            write.write_all(b"250 taken\r\n").await.unwrap();
                        } else {
                            text.push_str(&line);
                            text.push('\n');
                        }
                        continue;
                    }
                    let upper = line.to_uppercase();
                    let answer = if upper.starts_with("RCPT") {
                        (*refusal.lock()).unwrap_or("250 ok").to_owned()
                    } else if upper.starts_with("DATA") {
                        body = Some(String::new());
                        "354 go on".into()
                    } else {
                        "250 ok".to_owned()
                    };
                    if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || upper.starts_with("QUIT") {
                        break;
                    }
                }
            });
        }
    });
    (url, taken)
}

async fn write(app: &TestApp) -> herald::db::MailId {
    let letter = Letter {
        subject: "Grüße".into(),
        heading: "Hello <b>Ada</b>".into(),
        paragraphs: vec!["Something happened.".into()],
        button: Some(notifications::Button { label: "See it".into(), address: "http://127.0.0.1/secret-path".into() }),
        after: vec!["Bye".into()],
        footer: "Why you get this".into(),
    };
    let shared = app.app.clone();
    app.app.write(Actor::system("test"), move |tx| notifications::write(tx, &shared, "ada@example.com", &letter)).await.unwrap()
}

async fn state(app: &TestApp, id: herald::db::MailId) -> notifications::Mail {
    app.app.read(move |db| notifications::read(db, id)).await.unwrap()
}

on_each_backend! {
    async fn without_a_mail_server_mails_are_kept_for_a_week(app: TestApp) {
        let id = write(&app).await;
        app.run_jobs().await;
        let kept = app.app.read(|db| notifications::kept(db, None, 10)).await.unwrap();
        assert_eq!((kept.len(), kept[0].id, kept[0].state), (1, id, MailState::Kept));
        assert!(kept[0].text_body.contains("http://127.0.0.1/secret-path"));
        assert!(kept[0].html_body.contains("Hello &lt;b&gt;Ada&lt;/b&gt;") && kept[0].html_body.contains("href=\"http://127.0.0.1/secret-path\""), "{}", kept[0].html_body);
        let second = write(&app).await;
        app.run_jobs().await;
        let older = app.app.read(move |db| notifications::kept(db, Some(second), 10)).await.unwrap();
        assert_eq!(older.iter().map(|m| m.id).collect::<Vec<_>>(), [id]);
        app.wait(chrono::Duration::days(8));
        app.run_jobs().await;
        assert!(state(&app, id).await.text_body.is_empty(), "its links have ended");
        app.wait(chrono::Duration::days(90));
        app.run_jobs().await;
        assert!(app.app.read(|db| notifications::kept(db, None, 10)).await.unwrap().is_empty());
    }

    async fn a_job_that_runs_twice_writes_one_mail(app: TestApp) {
        app.member("ada@example.com", &[Role::Advocate]).await;
        let shared = app.app.clone();
        app.app
            .write(Actor::system("test"), move |tx| {
                use diesel::prelude::*;
                use herald::db::schema::jobs;
                let ada = identity::by_email(tx.db, &"ada@example.com".parse().unwrap())?.unwrap();
                identity::send_reset(tx, &shared.keys, ada.id)?;
                let payload: String = jobs::table.filter(jobs::name.eq("mail.reset")).select(jobs::payload).first(tx.db)?;
                let again: identity::ResetMail = serde_json::from_str(&payload)?;
                herald::jobs::enqueue(tx, &again)
            })
            .await
            .unwrap();
        app.run_jobs().await;
        assert_eq!(app.app.read(|db| notifications::kept(db, None, 10)).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_is_sent_with_both_parts_and_then_emptied() {
    let (url, taken) = mail_server(Arc::default()).await;
    let app = TestApp::start_with(Backend::Sqlite, &[("HERALD_SMTP_URL", &url), ("HERALD_MAIL_FROM", "Herald <herald@example.com>")])
        .await
        .unwrap();
    let id = write(&app).await;
    app.run_jobs().await;
    let mail = state(&app, id).await;
    assert_eq!((mail.state, mail.text_body.as_str(), mail.html_body.as_str()), (MailState::Sent, "", ""));
    assert!(mail.sent_at.is_some());
    let sent = taken.lock().clone();
    assert_eq!(sent.len(), 1);
    for part in [
        "From: Herald <herald@example.com>",
        "To: ada@example.com",
        "Auto-Submitted: auto-generated",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "secret-path",
    ] {
        assert!(sent[0].contains(part), "{part} is missing in {}", sent[0]);
    }
    app.run_jobs().await;
    assert_eq!(taken.lock().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_cannot_just_now_is_asked_again() {
    let refusal = Arc::new(Mutex::new(Some("451 come back later")));
    let (url, taken) = mail_server(refusal.clone()).await;
    let app = TestApp::start_with(Backend::Sqlite, &[("HERALD_SMTP_URL", &url)]).await.unwrap();
    let id = write(&app).await;
    app.run_jobs().await;
    let mail = state(&app, id).await;
    assert_eq!(mail.state, MailState::Queued);
    assert!(mail.last_error.unwrap().contains("come back later"));
    app.run_jobs().await;
    assert!(taken.lock().is_empty(), "not before the wait is over");
    *refusal.lock() = None;
    app.wait(chrono::Duration::minutes(1));
    app.run_jobs().await;
    assert_eq!((state(&app, id).await.state, taken.lock().len()), (MailState::Sent, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_good_is_shown_and_a_silent_server_gives_up_after_a_day() {
    let refusal = Arc::new(Mutex::new(Some("550 nobody here")));
    let (url, _) = mail_server(refusal.clone()).await;
    let app = TestApp::start_with(Backend::Sqlite, &[("HERALD_SMTP_URL", &url)]).await.unwrap();
    let id = write(&app).await;
    herald::jobs::run_due(&app.app).await.unwrap();
    assert_eq!(state(&app, id).await.state, MailState::Failed);
    assert!(app.app.read(|db| notifications::kept(db, None, 10)).await.unwrap()[0].last_error.as_ref().unwrap().contains("nobody here"));
    *refusal.lock() = Some("451 later");
    let late = write(&app).await;
    for _ in 0..30 {
        herald::jobs::run_due(&app.app).await.unwrap();
        app.wait(chrono::Duration::hours(1));
    }
    assert_eq!(state(&app, late).await.state, MailState::Failed);
}
