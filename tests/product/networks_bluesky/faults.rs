//! Everything that can go wrong between us and Bluesky, played by the fake.

use herald::networks::bluesky::{AppPassword, BlueskyClient, BlueskyError, Session, Settings, parse_identifier};
use herald::networks::outcome::Outcome;
use serde_json::json;

use super::{LINK, PASSWORD, attempt, attempt_with_picture, client, now, sign_in};
use crate::support::fake_bluesky::{CREATE, FakeBluesky, Fault};

const LOOK_UP: &str = "com.atproto.repo.getRecord";
const REFRESH: &str = "com.atproto.server.refreshSession";
const UPLOAD: &str = "com.atproto.repo.uploadBlob";

async fn ready() -> (FakeBluesky, BlueskyClient, Session) {
    let fake = FakeBluesky::start().await;
    fake.create_account("alice.test", PASSWORD);
    let client = client(Settings::test_server(&fake.url(), &fake.url()).unwrap());
    let mut session = sign_in(&client, "@Alice.test", PASSWORD).await;
    assert!(session.take_changed(), "a new session is to be stored");
    (fake, client, session)
}

fn is_published(outcome: &Outcome, session: &Session) -> bool {
    let id = format!("at://{}/app.bsky.feed.post/", session.did);
    let address = format!("https://bsky.app/profile/{}/post/", session.did);
    matches!(outcome, Outcome::Published { remote_id, url } if remote_id.starts_with(&id) && url.starts_with(&address))
}

#[actix_web::test]
async fn a_post_arrives_with_its_card_and_marks() {
    let (fake, client, mut session) = ready().await;
    let attempt = attempt_with_picture(1, vec![7; 1_000_000]);
    let outcome = client.publish(&mut session, &attempt, now()).await;
    assert!(is_published(&outcome, &session), "{outcome:?}");
    let posts = fake.posts();
    assert_eq!(posts.len(), 1);
    let record = &posts[0].record;
    assert_eq!(record["text"], json!(attempt.text));
    assert_eq!(record["embed"]["external"]["uri"], json!(LINK));
    assert_eq!(record["embed"]["external"]["thumb"]["size"], json!(1_000_000));
    assert_eq!(posts[0].rkey, attempt.rkey.to_string());
    assert!(!session.take_changed());
}

#[actix_web::test]
async fn an_expired_token_is_renewed_once_and_the_post_repeated() {
    let (fake, client, mut session) = ready().await;
    fake.expire_access();
    let outcome = client.publish(&mut session, &attempt(1), now()).await;
    assert!(is_published(&outcome, &session), "{outcome:?}");
    assert_eq!((fake.calls(REFRESH), fake.calls(CREATE), fake.posts().len()), (1, 2, 1));
    assert!(session.take_changed(), "the new pair is to be stored");

    // A server that refuses every token is asked to renew once, not for ever.
    for _ in 0..4 {
        fake.fault(Fault::ExpiredToken);
    }
    let outcome = client.publish(&mut session, &attempt(2), now()).await;
    assert!(matches!(outcome, Outcome::NeedsReauth { .. }), "{outcome:?}");
    assert_eq!((fake.calls(REFRESH), fake.posts().len()), (2, 1));
    assert!(session.take_changed(), "also after a failure");
}

#[actix_web::test]
async fn a_lost_answer_is_settled_by_one_look_up() {
    for fault in [Fault::DropAfter, Fault::After(500), Fault::After(502), Fault::After(504), Fault::CutAnswer, Fault::Oversized] {
        let (fake, client, mut session) = ready().await;
        fake.fault(fault.clone());
        let outcome = client.publish(&mut session, &attempt(1), now()).await;
        assert!(is_published(&outcome, &session), "{fault:?}: {outcome:?}");
        assert_eq!((fake.calls(CREATE), fake.calls(LOOK_UP), fake.posts().len()), (1, 1, 1), "{fault:?}");
    }
}

#[actix_web::test]
async fn a_request_that_never_arrived_is_unknown_and_its_repeat_makes_one_post() {
    for fault in [Fault::DropBefore, Fault::Before(500), Fault::Before(503), Fault::Html(502), Fault::Html(200)] {
        let (fake, client, mut session) = ready().await;
        fake.fault(fault.clone());
        let mut attempt = attempt(1);
        let outcome = client.publish(&mut session, &attempt, now()).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{fault:?}: {outcome:?}");
        assert!(fake.posts().is_empty());
        attempt.sent_before = true;
        let outcome = client.publish(&mut session, &attempt, now()).await;
        assert!(is_published(&outcome, &session), "{fault:?}: {outcome:?}");
        assert_eq!((fake.calls(LOOK_UP), fake.posts().len()), (2, 1), "looked up before the repeat");
    }
}

#[actix_web::test]
async fn nothing_is_repeated_while_the_look_up_has_no_answer() {
    let (fake, client, mut session) = ready().await;
    fake.fault(Fault::DropAfter);
    fake.fault_on(LOOK_UP, Fault::Before(503));
    fake.fault_on(LOOK_UP, Fault::TooMany { reset: now().timestamp() + 60 });
    let mut attempt = attempt(1);
    assert!(matches!(client.publish(&mut session, &attempt, now()).await, Outcome::Unknown { .. }));
    attempt.sent_before = true;
    assert!(matches!(client.publish(&mut session, &attempt, now()).await, Outcome::Unknown { .. }));
    let outcome = client.publish(&mut session, &attempt, now()).await;
    assert!(is_published(&outcome, &session), "{outcome:?}");
    assert_eq!((fake.calls(CREATE), fake.posts().len()), (1, 1));
}

#[actix_web::test]
async fn a_throttled_post_waits_until_the_server_says() {
    let (fake, client, mut session) = ready().await;
    fake.fault(Fault::TooMany { reset: now().timestamp() + 1234 });
    let outcome = client.publish(&mut session, &attempt(1), now()).await;
    assert_eq!(outcome, Outcome::RetryAt(now() + chrono::Duration::seconds(1234)));
    assert!(fake.posts().is_empty());
}

#[actix_web::test]
async fn trouble_before_the_post_is_sent_never_counts_as_unknown() {
    let (fake, client, mut session) = ready().await;
    for fault in [Fault::Before(502), Fault::DropBefore, Fault::After(500), Fault::Oversized] {
        fake.fault_on(UPLOAD, fault.clone());
        let outcome = client.publish(&mut session, &attempt_with_picture(1, vec![1]), now()).await;
        assert!(matches!(outcome, Outcome::RetryAt(_)), "{fault:?}: {outcome:?}");
    }
    // The renewal itself fails: the post was refused before, so nothing is in doubt.
    fake.expire_access();
    fake.fault_on(REFRESH, Fault::DropBefore);
    let outcome = client.publish(&mut session, &attempt(2), now()).await;
    assert!(matches!(outcome, Outcome::RetryAt(_)), "{outcome:?}");
    fake.fault(Fault::Redirect("http://127.0.0.1:1/elsewhere".to_owned()));
    let outcome = client.publish(&mut session, &attempt(3), now()).await;
    assert!(matches!(outcome, Outcome::RetryAt(_)), "a redirect is not followed: {outcome:?}");
    assert_eq!((fake.calls(LOOK_UP), fake.posts().len()), (0, 0));
}

#[actix_web::test]
async fn a_server_that_is_gone_means_later() {
    let (fake, client, session) = ready().await;
    let json = session.to_json().unwrap();
    let moved = secrecy::ExposeSecret::expose_secret(&json).replace(&fake.url(), "http://127.0.0.1:1");
    let mut session = Session::from_json(&moved).unwrap();
    let outcome = client.publish(&mut session, &attempt(1), now()).await;
    assert!(matches!(outcome, Outcome::RetryAt(_)), "{outcome:?}");
}

#[actix_web::test]
async fn refusals_are_told_apart() {
    let (fake, client, mut session) = ready().await;
    for (fault, name) in [
        (Fault::Named(400, "InvalidRequest", "Record/text must not be longer"), "permanent"),
        (Fault::Named(413, "PayloadTooLarge", "request entity too large"), "permanent"),
        (Fault::Html(413), "permanent"),
        (Fault::Html(403), "retry_at"),
        (Fault::Html(404), "retry_at"),
        (Fault::Named(403, "ScopeMissingError", "Missing scope"), "needs_reauth"),
        (Fault::Named(400, "AccountTakedown", "gone"), "needs_reauth"),
        (Fault::Named(400, "InvalidSwap", "Commit was at"), "retry_at"),
    ] {
        fake.fault(fault.clone());
        let outcome = client.publish(&mut session, &attempt(1), now()).await;
        assert_eq!(outcome.name(), name, "{fault:?}: {outcome:?}");
        if let Outcome::Permanent { code, message } = outcome {
            assert!(["invalid_request", "too_large"].contains(&code.as_str()) && message.ends_with('.'), "{code} {message}");
        }
    }
    assert!(fake.posts().is_empty());
}

#[actix_web::test]
async fn a_session_that_ended_asks_the_member() {
    let (fake, client, mut session) = ready().await;
    let mut twin = Session::from_json(secrecy::ExposeSecret::expose_secret(&session.to_json().unwrap())).unwrap();
    client.refresh_session(&mut session).await.unwrap();
    assert_eq!(client.refresh_session(&mut twin).await, Err(BlueskyError::SignInNeeded), "a refresh token serves once");
    let outcome = client.publish(&mut session, &attempt(1), now()).await;
    assert!(matches!(outcome, Outcome::NeedsReauth { .. }), "its replay ended the session: {outcome:?}");

    let mut session = sign_in(&client, "alice.test", PASSWORD).await;
    fake.set_status("alice.test", Some("takendown"));
    let outcome = client.publish(&mut session, &attempt(1), now()).await;
    assert!(matches!(outcome, Outcome::NeedsReauth { .. }), "{outcome:?}");
    assert!(client.delete_session(&session).await.is_err());
    fake.set_status("alice.test", None);
    client.delete_session(&session).await.unwrap();
    client.delete_session(&session).await.expect("signing out twice is fine");
}

#[actix_web::test]
async fn a_taken_key_is_ours_only_with_our_text() {
    let (fake, client, mut session) = ready().await;
    let did = session.did.to_string();
    let (mine, other) = (attempt(1), attempt(2));
    fake.put_record(&did, &mine.rkey.to_string(), json!({"text": mine.text}));
    fake.put_record(&did, &other.rkey.to_string(), json!({"text": "something else"}));
    let outcome = client.publish(&mut session, &mine, now()).await;
    assert!(is_published(&outcome, &session), "{outcome:?}");
    let outcome = client.publish(&mut session, &other, now()).await;
    assert!(matches!(&outcome, Outcome::Permanent { code, .. } if code == "record_key_taken"), "{outcome:?}");
    assert_eq!(fake.posts().len(), 2);
}

#[actix_web::test]
async fn accounts_resolve_both_ways_or_not_at_all() {
    let (fake, client, session) = ready().await;
    let by_did = client.resolve(&parse_identifier(session.did.as_str()).unwrap()).await.unwrap();
    assert_eq!((by_did.handle.as_str(), &by_did.did), ("alice.test", &session.did));
    let nobody = client.resolve(&parse_identifier("bob.test").unwrap()).await;
    assert_eq!(nobody, Err(BlueskyError::NoSuchHandle));
    // An entryway that is out of order is not "no such handle".
    fake.fault_on("com.atproto.identity.resolveHandle", Fault::Before(503));
    assert!(matches!(client.resolve(&parse_identifier("bob.test").unwrap()).await, Err(BlueskyError::Refused(no)) if no.status == 503));
    let found = client.resolve(&parse_identifier("alice.test").unwrap()).await.unwrap();
    let wrong = AppPassword::parse("aaaa-bbbb-cccc-dddd").unwrap();
    assert!(matches!(client.create_session(&found, &wrong).await, Err(BlueskyError::WrongPassword)));
}

#[actix_web::test]
async fn somebody_elses_account_cannot_be_claimed_by_a_domain() {
    let (fake, client, session) = ready().await;
    fake.claim_handle("evil.test", session.did.as_str());
    assert_eq!(client.resolve(&parse_identifier("evil.test").unwrap()).await, Err(BlueskyError::HandleDisagrees));
}

#[actix_web::test]
async fn the_handles_own_web_server_is_asked_when_the_entryway_does_not_know() {
    let (fake, client, session) = ready().await;
    fake.fault_on("com.atproto.identity.resolveHandle", Fault::Named(400, "HandleNotFound", "Unable to resolve handle"));
    let found = client.resolve(&parse_identifier("alice.test").unwrap()).await.unwrap();
    assert_eq!(found.did, session.did);
}

#[actix_web::test]
async fn mentions_become_links_to_accounts_when_they_resolve() {
    let (fake, client, mut session) = ready().await;
    let bob = fake.create_account("bob.test", "mnop-qrst-2345-uvwx");
    let mut attempt = attempt(1);
    attempt.text = "Danke @bob.test und @nobody.test!".to_owned();
    assert!(is_published(&client.publish(&mut session, &attempt, now()).await, &session));
    let facets = fake.posts()[0].record["facets"].clone();
    assert_eq!(
        facets,
        json!([{"index": {"byteStart": 6, "byteEnd": 15}, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": bob}]}])
    );
}

#[actix_web::test]
async fn counts_are_read_for_the_posts_that_the_view_knows() {
    let (fake, client, mut session) = ready().await;
    let mut uris = vec!["at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/2222222222222".to_owned()];
    for number in 1..=30 {
        assert!(is_published(&client.publish(&mut session, &attempt(number), now()).await, &session));
    }
    uris.extend(fake.posts().into_iter().map(|post| post.uri));
    assert!(client.counts(&uris).await.unwrap().is_empty(), "the view lags behind");
    fake.set_counts(&uris[1], json!({"likeCount": 3, "repostCount": 1, "indexedAt": "2026-11-21T10:00:05Z"}));
    let counts = client.counts(&uris).await.unwrap();
    assert_eq!(counts.len(), 1);
    assert_eq!((counts[0].likes, counts[0].reposts, counts[0].replies), (3, 1, 0));
}

#[actix_web::test]
async fn no_secret_reaches_an_outcome_or_an_error() {
    let (fake, client, mut session) = ready().await;
    let json = session.to_json().unwrap();
    let stored = secrecy::ExposeSecret::expose_secret(&json);
    assert!(stored.contains("access-") && stored.contains("refresh-"));
    fake.revoke_all();
    let outcome = client.publish(&mut session, &attempt(1), now()).await;
    let error = client.refresh_session(&mut session).await.unwrap_err();
    let seen = format!("{outcome:?} {error:?} {error} {session:?} {client:?} {:?}", AppPassword::parse(PASSWORD));
    for secret in ["access-", "refresh-", PASSWORD] {
        assert!(!seen.contains(secret), "{seen}");
    }
}
