//! The Bluesky connector against a fake that can go wrong, and against a real server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

#[path = "networks_bluesky/faults.rs"]
mod faults;
#[path = "networks_bluesky/real.rs"]
pub mod real;

use std::time::Duration;

use chrono::{DateTime, Utc};
use herald::networks::bluesky::{AppPassword, Attempt, BlueskyClient, CardDraft, Picture, Session, Settings, Tid, parse_identifier};
use herald::web::outbound::{Outbound, OutboundConfig};

const PASSWORD: &str = "abcd-efgh-2345-ijkl";
const LINK: &str = "https://go.example.com/x7";

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn client(settings: Settings) -> BlueskyClient {
    let config =
        OutboundConfig { allow_private: true, user_agent: "Herald test".to_owned(), timeout: Duration::from_secs(20), max_redirects: 0 };
    BlueskyClient::new(Outbound::new(config), settings)
}

async fn sign_in(client: &BlueskyClient, handle: &str, password: &str) -> Session {
    let account = client.resolve(&parse_identifier(handle).unwrap()).await.expect("the handle resolves");
    client.create_session(&account, &AppPassword::parse(password).unwrap()).await.expect("the app password is taken")
}

/// An attempt with a link, a hashtag and wide characters before both.
fn attempt(micros: u64) -> Attempt {
    Attempt {
        rkey: Tid::new(micros, 7),
        text: "Grüße 👩‍🔬 aus dem Labor: go.example.com/x7, bitte weitersagen! #Arbeiten_bei_uns".to_owned(),
        link: Some(LINK.to_owned()),
        card: Some(CardDraft { title: "Neues Labor".to_owned(), description: "Was sich ändert".to_owned(), picture: None }),
        langs: vec!["de".to_owned()],
        created_at: now(),
        sent_before: false,
    }
}

/// The same with a picture on its card.
fn attempt_with_picture(micros: u64, picture: Vec<u8>) -> Attempt {
    let mut attempt = attempt(micros);
    attempt.card.as_mut().unwrap().picture = Some(Picture { mime: "image/png".to_owned(), bytes: picture });
    attempt
}
