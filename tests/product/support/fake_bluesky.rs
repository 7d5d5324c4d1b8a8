//! A Bluesky of our own, on loopback: directory, entryway, account server and app view in one.
//!
//! It follows reference/networks.md, section 16: limits of the post record, facets inside the text and
//! on character boundaries, pictures judged when a record names them, refresh tokens that serve once,
//! `ExpiredToken` as 400, a taken record key as 500 (as the reference server answers), and faults on
//! demand. Stricter than the reference server in two ways: it checks facet bounds, and a refresh token
//! used twice ends the session at once (the reference server is lenient for a while).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test double stops at the first surprise, and not every test uses all of it"
)]

mod rules;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use rules::{Account, State, error};

/// The call that a fault befalls unless another is named.
pub const CREATE: &str = "com.atproto.repo.createRecord";

/// Something that goes wrong, once.
#[derive(Debug, Clone)]
pub enum Fault {
    /// 429 with `RateLimit-Reset` in Unix seconds; nothing is done.
    TooMany { reset: i64 },
    /// This status as protocol JSON; nothing is done.
    Before(u16),
    /// Done, but answered with this status.
    After(u16),
    /// The connection is cut before anything is done.
    DropBefore,
    /// Done, and then the connection is cut without an answer.
    DropAfter,
    /// Done, and then the answer is cut in its middle.
    CutAnswer,
    /// A proxy's HTML page with this status; nothing is done.
    Html(u16),
    /// 400 `ExpiredToken`; nothing is done.
    ExpiredToken,
    /// This protocol error; nothing is done.
    Named(u16, &'static str, &'static str),
    /// Done, and answered with two megabytes.
    Oversized,
    /// A redirect to this address; nothing is done.
    Redirect(String),
}

/// A post that stands on the fake.
#[derive(Debug, Clone)]
pub struct FakePost {
    pub did: String,
    pub rkey: String,
    pub uri: String,
    pub record: Value,
}

/// The fake. It answers until the test's runtime ends.
#[derive(Clone)]
pub struct FakeBluesky {
    state: Arc<Mutex<State>>,
}

struct Request {
    verb: String,
    path: String,
    query: Vec<(String, String)>,
    bearer: Option<String>,
    content_type: String,
    body: Vec<u8>,
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    content_type: &'static str,
    body: Vec<u8>,
}

impl FakeBluesky {
    /// Starts on a free port of loopback.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let fake = Self { state: Arc::new(Mutex::new(State { url, ..State::default() })) };
        let server = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        fake
    }

    /// The address of everything: server, directory, entryway, app view; handles' own web servers are
    /// below `/web/{domain}/`.
    pub fn url(&self) -> String {
        self.lock().url.clone()
    }

    /// Makes an account and returns its DID.
    pub fn create_account(&self, handle: &str, app_password: &str) -> String {
        let mut state = self.lock();
        let number = state.accounts.len();
        let letter = |power: u32| char::from(b'a' + u8::try_from(number / 26_usize.pow(power) % 26).unwrap());
        let did = format!("did:plc:heraldtestaccount2345{}{}{}", letter(2), letter(1), letter(0));
        state.accounts.push(Account { did: did.clone(), handle: handle.to_owned(), app_password: app_password.to_owned(), status: None });
        did
    }

    /// The posts that stand, oldest key first.
    pub fn posts(&self) -> Vec<FakePost> {
        let uri = |did: &str, rkey: &str| format!("at://{did}/app.bsky.feed.post/{rkey}");
        self.lock()
            .records
            .iter()
            .map(|((did, rkey), record)| FakePost { did: did.clone(), rkey: rkey.clone(), uri: uri(did, rkey), record: record.clone() })
            .collect()
    }

    /// The next `createRecord` goes wrong like this; more faults queue up.
    pub fn fault(&self, fault: Fault) {
        self.fault_on(CREATE, fault);
    }

    /// The next call of this method goes wrong like this.
    pub fn fault_on(&self, method: &str, fault: Fault) {
        self.lock().faults.entry(method.to_owned()).or_default().push_back(fault);
    }

    /// How often a method was called, faults included.
    pub fn calls(&self, method: &str) -> usize {
        self.lock().calls.iter().filter(|call| *call == method).count()
    }

    /// Lets every access token expire; refresh tokens live on.
    pub fn expire_access(&self) {
        self.lock().tokens.values_mut().filter(|token| !token.refresh).for_each(|token| token.alive = false);
    }

    /// Ends every session, as removing the app password does.
    pub fn revoke_all(&self) {
        self.lock().tokens.values_mut().for_each(|token| token.alive = false);
    }

    /// Takes an account down (`takendown`, `deactivated`), or puts it back.
    pub fn set_status(&self, handle: &str, status: Option<&'static str>) {
        self.lock().accounts.iter_mut().filter(|account| account.handle == handle).for_each(|account| account.status = status);
    }

    /// What the app view counts for a post, such as `{"likeCount": 3}`. Before this the view has not
    /// seen the post.
    pub fn set_counts(&self, uri: &str, counts: Value) {
        self.lock().counts.insert(uri.to_owned(), counts);
    }

    /// Puts a record in place without asking, as another program of the member could.
    pub fn put_record(&self, did: &str, rkey: &str, record: Value) {
        self.lock().records.insert((did.to_owned(), rkey.to_owned()), record);
    }

    /// Lets a handle point at an account whose document does not claim it.
    pub fn claim_handle(&self, handle: &str, did: &str) {
        self.lock().claims.insert(handle.to_owned(), did.to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some(request) = read_request(&mut stream).await else { return };
        let method = request.path.strip_prefix("/xrpc/").unwrap_or(&request.path).to_owned();
        let fault = {
            let mut state = self.lock();
            state.calls.push(method.clone());
            state.faults.get_mut(&method).and_then(VecDeque::pop_front)
        };
        let reply = match fault {
            None => self.lock().answer(&request),
            Some(Fault::TooMany { reset }) => {
                let mut reply = error(429, "RateLimitExceeded", "Rate Limit Exceeded");
                reply.headers = vec![
                    ("RateLimit-Limit", "5000".into()),
                    ("RateLimit-Remaining", "0".into()),
                    ("RateLimit-Reset", reset.to_string()),
                    ("RateLimit-Policy", "5000;w=3600".into()),
                ];
                reply
            }
            Some(Fault::Before(status)) => error(status, "InternalServerError", "Internal Server Error"),
            Some(Fault::After(status)) => {
                self.lock().answer(&request);
                error(status, "InternalServerError", "Internal Server Error")
            }
            Some(Fault::DropBefore) => return,
            Some(Fault::DropAfter) => {
                self.lock().answer(&request);
                return;
            }
            Some(Fault::CutAnswer) => {
                let reply = self.lock().answer(&request);
                let bytes = reply.bytes();
                let _ = stream.write_all(&bytes[..bytes.len() - 10]).await;
                return;
            }
            Some(Fault::Html(status)) => Reply {
                status,
                headers: vec![],
                content_type: "text/html",
                body: b"<html><body><h1>Bad gateway</h1></body></html>".to_vec(),
            },
            Some(Fault::ExpiredToken) => error(400, "ExpiredToken", "Token has expired"),
            Some(Fault::Named(status, name, message)) => error(status, name, message),
            Some(Fault::Oversized) => {
                self.lock().answer(&request);
                Reply { status: 200, headers: vec![], content_type: "application/json", body: vec![b' '; 2_000_000] }
            }
            Some(Fault::Redirect(to)) => Reply { status: 307, headers: vec![("Location", to)], content_type: "text/plain", body: vec![] },
        };
        let _ = stream.write_all(&reply.bytes()).await;
        let _ = stream.shutdown().await;
    }
}

impl Reply {
    fn bytes(&self) -> Vec<u8> {
        let mut head = format!(
            "HTTP/1.1 {} Status\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
            self.status,
            self.content_type,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let header = |name: &str| {
        head.lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let mut line = head.lines().next()?.split(' ');
    let verb = line.next()?.to_owned();
    let url = url::Url::parse("http://fake").ok()?.join(line.next()?).ok()?;
    Some(Request {
        verb,
        path: url.path().to_owned(),
        query: url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect(),
        bearer: header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned)),
        content_type: header("content-type").unwrap_or_default(),
        body: bytes[end + 4..end + 4 + length].to_vec(),
    })
}

impl Request {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    fn param(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}
