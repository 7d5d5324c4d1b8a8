//! The connector against Bluesky's own server and Bluesky's own client, from the peer cache.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use herald::networks::bluesky::{AppPassword, BlueskyError, Picture, Settings, Tid, facets, parse_identifier};
use herald::networks::outcome::Outcome;
use serde_json::{Value, json};

use super::{attempt, attempt_with_picture, client, now, sign_in};

/// The peers' Node and cache, unless they are not installed. Then the skip is said aloud, and where
/// nothing may be skipped the test fails.
fn peers(what: &str) -> Option<(PathBuf, PathBuf)> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/herald-peers"));
    let cache = std::env::var_os("HERALD_PEER_CACHE").map(PathBuf::from).or_else(home)?;
    let node = cache.join("node22/node_modules/node/bin/node");
    if node.exists() && cache.join("bluesky/.installed").exists() {
        return Some((node, cache));
    }
    assert!(
        std::env::var("HERALD_TEST_REQUIRE_ALL").as_deref() != Ok("1"),
        "{what}: the peers are not installed; run tests/peers/install.sh bluesky"
    );
    let _ = writeln!(std::io::stderr(), "SKIPPED {what}: the peers are not installed; run tests/peers/install.sh bluesky");
    None
}

fn script(node: &Path, cache: &Path, name: &str) -> Command {
    let mut command = Command::new(node);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name));
    command.env("HERALD_PEER_CACHE", cache).env("LOG_ENABLED", "false").stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// A real server with its directory; it ends when its standard input closes, and this is dropped.
pub struct RealServer {
    child: Child,
    pub pds: String,
    pub plc: String,
}

impl RealServer {
    pub fn start(what: &str) -> Option<Self> {
        let (node, cache) = peers(what)?;
        let ports: Vec<String> = [0, 0]
            .iter()
            .map(|port| TcpListener::bind(("127.0.0.1", *port)).unwrap())
            .map(|free| free.local_addr().unwrap().port().to_string())
            .collect();
        let mut child = script(&node, &cache, "pds.mjs").args(&ports).spawn().unwrap();
        let ready = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok).find(|line| line.starts_with("READY"));
        assert!(ready.is_some(), "the server did not start");
        Some(Self { child, pds: format!("http://localhost:{}", ports[0]), plc: format!("http://localhost:{}", ports[1]) })
    }

    /// A call of the test itself, past the connector.
    pub async fn post(&self, method: &str, token: &str, body: Value) -> Value {
        let request = reqwest::Client::new().post(format!("{}/xrpc/{method}", self.pds)).json(&body);
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{method}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[actix_web::test]
async fn a_real_server_takes_what_the_connector_sends() {
    let Some(server) = RealServer::start("Bluesky connector against a real server") else { return };
    let made = server
        .post(
            "com.atproto.server.createAccount",
            "",
            json!({"handle": "alice.test", "email": "alice@example.com", "password": "a main password"}),
        )
        .await;
    let main_token = made["accessJwt"].as_str().unwrap();
    let password = server.post("com.atproto.server.createAppPassword", main_token, json!({"name": "herald"})).await["password"]
        .as_str()
        .unwrap()
        .to_owned();
    let client = client(Settings::test_server(&server.pds, &server.plc).unwrap());

    // The account, from its handle and from its DID.
    let account = client.resolve(&parse_identifier("@alice.test").unwrap()).await.unwrap();
    assert_eq!(account.did.as_str(), made["did"]);
    assert_eq!(client.resolve(&parse_identifier(account.did.as_str()).unwrap()).await.unwrap(), account);
    assert_eq!(client.resolve(&parse_identifier("bob.test").unwrap()).await, Err(BlueskyError::NoSuchHandle));
    let wrong = client.create_session(&account, &AppPassword::parse("aaaa-bbbb-cccc-dddd").unwrap()).await;
    assert!(matches!(wrong, Err(BlueskyError::WrongPassword)), "{wrong:?}");
    let mut session = sign_in(&client, "alice.test", &password).await;

    // A post with a card and a picture, read back byte by byte.
    let wanted = attempt_with_picture(1_795_255_200_000_000, PNG.to_vec());
    let outcome = client.publish(&mut session, &wanted, now()).await;
    let Outcome::Published { remote_id, .. } = &outcome else { panic!("{outcome:?}") };
    assert_eq!(*remote_id, format!("at://{}/app.bsky.feed.post/{}", account.did, wanted.rkey));
    let stored = client.get_record(&session, wanted.rkey).await.unwrap().expect("the post stands");
    assert_eq!(stored.uri, *remote_id);
    assert_eq!(stored.value["embed"]["external"]["thumb"]["size"], json!(PNG.len()));
    let text = stored.value["text"].as_str().unwrap();
    let marked: Vec<&str> = stored.value["facets"].as_array().unwrap().iter().map(|facet| marked(text, facet)).collect();
    assert_eq!(marked, ["go.example.com/x7", "#Arbeiten_bei_uns"]);

    // The same key again makes no second post, and another text under it is told apart.
    assert!(matches!(client.publish(&mut session, &wanted, now()).await, Outcome::Published { .. }));
    let mut repeated = wanted.clone();
    repeated.sent_before = true;
    assert_eq!(client.publish(&mut session, &repeated, now()).await, outcome);
    repeated.text = "Something else".to_owned();
    assert!(matches!(client.publish(&mut session, &repeated, now()).await, Outcome::Permanent { .. }));
    let listed: Value =
        reqwest::get(format!("{}/xrpc/com.atproto.repo.listRecords?repo={}&collection=app.bsky.feed.post", server.pds, account.did))
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
    assert_eq!(listed["records"].as_array().unwrap().len(), 1);

    // The largest text passes. What we refuse beforehand the server would refuse too, in these words.
    let mut longest = attempt(1_795_255_200_000_001);
    longest.text = "👨‍👩‍👧‍👦".repeat(100) + &"ü".repeat(200);
    assert!(matches!(client.publish(&mut session, &longest, now()).await, Outcome::Published { .. }));
    let too_large = Picture { mime: "image/png".to_owned(), bytes: vec![0; 1_000_001] };
    let blob = client.upload_blob(&mut session, &too_large).await.unwrap();
    let mut too_long = attempt(1);
    too_long.text = "ü".repeat(301);
    for record in [too_long.record(None, &[]), attempt(1).record(Some(&blob), &[])] {
        let refused = client.create_record(&mut session, Tid::new(1, 1), &record).await;
        let Err(BlueskyError::Refused(no)) = &refused else { panic!("{refused:?}") };
        assert_eq!((no.status, no.name.is_empty()), (400, false), "{no:?}");
    }

    // Tokens: a renewal, a broken access token that is renewed by itself, the end of the session.
    client.refresh_session(&mut session).await.unwrap();
    let text = secrecy::ExposeSecret::expose_secret(&session.to_json().unwrap()).replace("\"access\":\"", "\"access\":\"broken");
    let mut broken = herald::networks::bluesky::Session::from_json(&text).unwrap();
    client.delete_record(&mut broken, wanted.rkey).await.expect("renews by itself");
    assert!(broken.take_changed());
    assert_eq!(client.get_record(&broken, wanted.rkey).await.unwrap(), None);
    client.delete_record(&mut broken, wanted.rkey).await.expect("gone already is fine");
    client.delete_session(&broken).await.unwrap();
    assert_eq!(client.refresh_session(&mut broken).await, Err(BlueskyError::SignInNeeded));
    assert_eq!(client.get_record(&broken, Tid::new(5, 5)).await.unwrap(), None);
}

fn marked<'a>(text: &'a str, facet: &Value) -> &'a str {
    let at = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
    text.get(at("byteStart")..at("byteEnd")).expect("on characters")
}

/// Awkward pieces of text.
const PIECES: &[&str] = &[
    "Hallo",
    "Grüße,",
    "👩‍🔬",
    "#tag",
    "#1",
    "#1a",
    "#a_b_",
    "#Köln!",
    "#東京。",
    "##x",
    "#️⃣",
    "#🦋",
    "#",
    "(#in",
    "$AAPL",
    "$aapl,",
    "$5",
    "$TOOLONG",
    "@alice.com",
    "@Bob.bsky.social,",
    "(@alice.com)",
    "@nodots",
    "@a.notatld",
    "me@firm.com",
    "https://foo.com",
    "https://foo.com/a?b=c#d",
    "(https://foo.com)",
    "https://foo.com/a_(b)",
    "http://foo.com/.",
    "foo.com",
    "foo.com/x,",
    "foo.co.uk:",
    "bar.jpg",
    "v1.2",
    "e.g.",
    "my-firm.com",
    "https://foo.com/ü",
    "foo.com.",
    "…",
    "—",
    "#a\u{200d}b",
    "#x\u{ad}y",
    "\u{a0}#nbsp",
    "„https://foo.com“",
    "HTTPS://FOO.COM",
];

/// Our marks against those of Bluesky's own client, over every pair of awkward pieces.
#[test]
fn marks_are_those_of_blueskys_own_client() {
    let Some((node, cache)) = peers("facets against Bluesky's own client") else { return };
    let mut texts: Vec<String> = PIECES.iter().map(|piece| (*piece).to_owned()).collect();
    for first in PIECES {
        for second in PIECES {
            texts.extend([" ", "\n", ""].iter().map(|between| format!("{first}{between}{second}")));
        }
    }
    let mut child = script(&node, &cache, "facets.mjs").spawn().unwrap();
    child.stdin.take().unwrap().write_all(&serde_json::to_vec(&texts).unwrap()).unwrap();
    let theirs: Vec<Vec<Mark>> = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(theirs.len(), texts.len());
    let mut differing = Vec::new();
    for (text, theirs) in texts.iter().zip(theirs) {
        let Some(theirs) = as_we_mean_it(text, theirs) else { continue };
        let handles: Vec<(String, String)> =
            facets::mentions(text).into_iter().map(|mention| (mention.handle.clone(), mention.handle)).collect();
        let ours: Vec<_> = facets::detect(text, None, &handles)
            .into_iter()
            .map(|facet| match facet.feature {
                facets::Feature::Link(uri) => (facet.start, facet.end, "link".to_owned(), uri.to_lowercase()),
                facets::Feature::Tag(tag) => (facet.start, facet.end, "tag".to_owned(), tag.to_lowercase()),
                facets::Feature::Mention(did) => (facet.start, facet.end, "mention".to_owned(), did),
            })
            .collect();
        if ours != theirs {
            differing.push(format!("{text:?}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(
        differing.is_empty(),
        "{} of {} differ:\n{}",
        differing.len(),
        texts.len(),
        differing.iter().take(25).cloned().collect::<Vec<_>>().join("\n")
    );
}

type Mark = (usize, usize, String, String);

/// The marks of Bluesky's client, less where we mean to differ: marks that overlap, since a post may not
/// have any (`None`: not compared); addresses that are none; closing punctuation beyond ASCII.
/// An address in capitals, or in brackets right behind a word, is a link for us and not for it.
fn as_we_mean_it(text: &str, mut marks: Vec<Mark>) -> Option<Vec<Mark>> {
    marks.sort();
    let overlap = marks.windows(2).any(|pair| pair[0].1 > pair[1].0);
    let glued =
        text.split("(https://").next().is_some_and(|before| before.len() < text.len() && before.ends_with(|c: char| !c.is_whitespace()));
    if overlap || glued || text.contains("HTTPS://") {
        return None;
    }
    let kept = marks.into_iter().filter_map(|(start, end, kind, value)| {
        let address = if kind == "link" { facets::strip_trailing(&value) } else { &value };
        let is_address = kind != "link" || url::Url::parse(address).is_ok();
        is_address.then(|| (start, end + address.len() - value.len(), kind.clone(), address.to_lowercase()))
    });
    Some(kept.collect())
}

/// A picture of one pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1f,
    0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1, 0xff, 0x89, 0x99,
    0x3d, 0x1d, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];
