use std::net::TcpListener;
use std::sync::Arc;

use herald::app::{App, Options};
use herald::config::Config;
use herald::db::{Actor, Clock, MemberId, Ts};
use herald::identity::{self, NewMember, Role};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// The real app on a free port, with a clock that stands still until a test moves it.
pub struct TestApp {
    pub app: Arc<App>,
    pub url: String,
    pub backend: Backend,
    _folder: tempfile::TempDir,
    server: tokio::task::JoinHandle<()>,
}

/// Saturday noon in the middle of a quarter.
pub const START: &str = "2026-11-21T12:00:00Z";
pub const PASSWORD: &str = "correct horse battery";

/// argon2 is slow by design, so all test members share one hash.
fn password_hash() -> String {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HASH.get_or_init(|| identity::Password::parse(PASSWORD.into(), "").map_err(|e| e.to_string()).unwrap().hash().unwrap()).clone()
}

pub fn ts(text: &str) -> Ts {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

impl TestApp {
    /// None where the backend is not to be had; that is said aloud.
    pub async fn start(backend: Backend) -> Option<Self> {
        Self::start_with(backend, &[]).await
    }

    /// As [`Self::start`], with further settings of the environment.
    pub async fn start_with(backend: Backend, more: &[(&str, &str)]) -> Option<Self> {
        Self::start_as(backend, more, true).await
    }

    /// As [`Self::start`], with the real rate limits; `X-Forwarded-For` says who asks.
    pub async fn start_limited(backend: Backend) -> Option<Self> {
        Self::start_as(backend, &[("HERALD_TRUSTED_PROXIES", "127.0.0.1")], false).await
    }

    async fn start_as(backend: Backend, more: &[(&str, &str)], no_limits: bool) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let database = match backend {
            Backend::Sqlite => format!("sqlite://{}", folder.path().join("herald.db").display()),
            Backend::Postgres => tokio::task::spawn_blocking(super::postgres::fresh).await.unwrap()?,
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let url = format!("http://{address}");
        let mut set = vec![
            ("DATABASE_URL".to_owned(), database),
            ("HERALD_DATA".into(), folder.path().display().to_string()),
            ("HERALD_LISTEN".into(), address),
            ("HERALD_BASE_URL".into(), url.clone()),
            ("HERALD_ALLOW_PRIVATE_ADDRESSES".into(), "yes".into()),
        ];
        for (name, value) in more {
            set.retain(|(n, _)| n != name);
            set.push(((*name).to_owned(), (*value).to_owned()));
        }
        let config =
            Config::read(&move |name| set.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())).map_err(|p| format!("{p:?}")).unwrap();
        let options = Options { clock: Clock::manual(ts(START)), no_limits };
        let app = tokio::task::spawn_blocking(move || App::build(config, options)).await.unwrap().unwrap();
        let server = serve(app.clone(), listener);
        Some(Self { app, url, backend, _folder: folder, server })
    }

    pub fn set_clock(&self, at: &str) {
        self.app.db.clock().set(ts(at));
    }
    pub fn wait(&self, by: chrono::Duration) {
        self.app.db.clock().set(self.app.now().plus(by));
    }

    /// An active member with these roles, straight through the use case.
    pub async fn member(&self, email: &str, roles: &[Role]) -> MemberId {
        let name = email.split('@').next().unwrap().replace('.', " ");
        let mut new = NewMember::named(email.parse().unwrap(), name.parse().unwrap());
        new.roles = roles.to_vec();
        new.password_hash = Some(password_hash());
        self.app.write(Actor::system("test"), move |tx| identity::create(tx, &new)).await.unwrap()
    }

    /// A browser in which this member has signed in through the form.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let browser = self.browser();
        let answer = browser.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{email} could not sign in");
        browser
    }

    /// The session cookie of a fresh sign-in, for tools that look at the same pages.
    pub async fn signed_in_cookie(&self, email: &str) -> String {
        let answer = self.browser().post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        let set = answer.headers().get_all("set-cookie").iter().filter_map(|v| v.to_str().ok());
        set.filter_map(|c| c.split(';').next()).find(|c| c.starts_with("herald_session=")).unwrap().to_owned()
    }

    /// A new member with these roles, and their browser.
    pub async fn actor(&self, email: &str, roles: &[Role]) -> Browser {
        self.member(email, roles).await;
        self.signed_in(email).await
    }

    pub fn browser(&self) -> Browser {
        let client = reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Browser { client, url: self.url.clone() }
    }

    /// A client of the JSON API with a personal access token for all scopes.
    pub async fn api(&self, email: &str) -> Api {
        let email: identity::Email = email.parse().unwrap();
        let token = self
            .app
            .write(Actor::system("test"), move |tx| {
                let member = identity::by_email(tx.db, &email)?.unwrap();
                let scopes = identity::Scope::ALL.iter().copied().collect();
                Ok(identity::create_personal_token(tx, member.id, "test", &scopes, None)?.1)
            })
            .await
            .unwrap();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Api { client, url: self.url.clone(), token }
    }

    /// Runs everything due now; a dead job fails the test.
    pub async fn run_jobs(&self) {
        herald::jobs::run_due(&self.app).await.unwrap();
        let dead = self.app.read(|db| Ok(herald::jobs::list(db, Some(herald::jobs::JobState::Dead), None, 10)?)).await.unwrap();
        assert!(dead.is_empty(), "dead jobs: {dead:?}");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.close();
        self.server.abort();
    }
}

/// actix wants a runtime of its own kind: one thread with a `System` serves until the test ends.
fn serve(app: Arc<App>, listener: TcpListener) -> tokio::task::JoinHandle<()> {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = herald::server::http(app, listener).unwrap();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    let handle = receive.recv().unwrap();
    tokio::spawn(async move {
        struct Stop(actix_web::dev::ServerHandle);
        impl Drop for Stop {
            fn drop(&mut self) {
                drop(self.0.stop(false));
            }
        }
        let _stop = Stop(handle);
        std::future::pending::<()>().await;
    })
}

/// A browser without scripts: it keeps cookies and fills in the CSRF token of the page it is on.
pub struct Browser {
    client: reqwest::Client,
    url: String,
}

impl Browser {
    pub async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).header("accept", "text/html").send().await.unwrap()
    }

    /// The body of a page that must answer 200.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        let status = answer.status();
        let body = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }

    async fn token(&self) -> String {
        let body = self.get("/account").await.text().await.unwrap();
        let found = scraper::Html::parse_document(&body)
            .select(&scraper::Selector::parse("meta[name=csrf-token], input[name=csrf]").unwrap())
            .find_map(|e| e.attr("content").or(e.attr("value")).map(str::to_owned));
        found.unwrap_or_default()
    }

    /// Sends a form with the CSRF token, without following the redirect.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.token().await;
        let mut all = vec![("csrf", token.as_str())];
        all.extend_from_slice(fields);
        self.client
            .post(format!("{}{path}", self.url))
            .header("accept", "text/html")
            .header("origin", &self.url)
            .form(&all)
            .send()
            .await
            .unwrap()
    }

    /// Sends a form and expects to be led on; returns where to.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        let (status, to) = (answer.status(), answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned()));
        let body = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::SEE_OTHER, "POST {path}: {body}");
        to.unwrap()
    }

    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

/// A client of the JSON API.
pub struct Api {
    pub client: reqwest::Client,
    pub url: String,
    pub token: String,
}

impl Api {
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
    /// A GET that must answer 200.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }
    /// A POST that must succeed.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }
}
