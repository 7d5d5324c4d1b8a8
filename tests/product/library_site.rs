//! A web site of our own on loopback, and people who work in the library.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use herald::db::{Actor, GroupId, MemberId, Tx};
use herald::identity::Role;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::app::Api;
use crate::support::{Browser, TestApp};

type Maker = Box<dyn Fn(&Request) -> ResponseTemplate + Send + Sync>;

/// A site whose pages a test sets.
/// The path that was asked for, and the headers.
type Asked = (String, HashMap<String, String>);

#[derive(Clone)]
pub struct Site {
    server: Arc<MockServer>,
    pages: Arc<Mutex<HashMap<String, Maker>>>,
    pub asked: Arc<Mutex<Vec<Asked>>>,
}

impl Site {
    pub async fn start() -> Self {
        let site = Self { server: Arc::new(MockServer::start().await), pages: Arc::default(), asked: Arc::default() };
        let (pages, asked) = (site.pages.clone(), site.asked.clone());
        Mock::given(any())
            .respond_with(move |request: &Request| {
                let headers = request.headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap_or_default().to_owned())).collect();
                asked.lock().unwrap().push((request.url.path().to_owned(), headers));
                let pages = pages.lock().unwrap();
                match pages.get(request.url.path()) {
                    Some(make) => make(request),
                    None if request.url.path().ends_with(".png") || accepts_picture(request) => {
                        ResponseTemplate::new(200).set_body_raw(picture(), "image/png")
                    }
                    None => ResponseTemplate::new(404),
                }
            })
            .mount(&site.server)
            .await;
        site
    }
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.uri())
    }
    pub fn set(&self, path: &str, make: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static) {
        self.pages.lock().unwrap().insert(path.to_owned(), Box::new(make));
    }
    pub fn serve(&self, path: &str, content_type: &'static str, body: impl Into<Vec<u8>>) {
        let body = body.into();
        self.set(path, move |_| ResponseTemplate::new(200).set_body_raw(body.clone(), content_type));
    }
    pub fn times(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|(p, _)| p == path).count()
    }
}

fn accepts_picture(request: &Request) -> bool {
    request.headers.get("accept").is_some_and(|a| a.to_str().unwrap_or_default().starts_with("image/"))
}

/// A drawing of 400 x 300, made anew.
pub fn picture() -> Vec<u8> {
    let mut drawn = image::RgbImage::new(400, 300);
    for (x, y, pixel) in drawn.enumerate_pixels_mut() {
        *pixel = image::Rgb([(x % 256) as u8, (y % 256) as u8, 120]);
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    drawn.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A page with a card and a picture.
pub fn page(title: &str, image: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><title>{title}</title><meta property=og:title content='{title}'>\
         <meta property=og:description content='What it is about.'><meta property=og:image content='{image}'></head><body>Text</body></html>"
    )
}

/// The people of a library: curator Cora, approver Axel, advocate Ada; with tokens and browsers.
pub struct People {
    pub curator: Api,
    pub approver: Api,
    pub advocate: Api,
    pub ada: MemberId,
}

pub async fn people(app: &TestApp) -> People {
    app.member("cora@example.com", &[Role::Curator, Role::Advocate]).await;
    app.member("axel@example.com", &[Role::Approver, Role::Curator]).await;
    let ada = app.member("ada@example.com", &[Role::Advocate]).await;
    People {
        curator: app.api("cora@example.com").await,
        approver: app.api("axel@example.com").await,
        advocate: app.api("ada@example.com").await,
        ada,
    }
}

pub async fn browser(app: &TestApp, email: &str) -> Browser {
    app.signed_in(email).await
}

/// A piece that lacks nothing, under a link of its own.
pub fn piece(title: &str) -> Value {
    let slug: String = title.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    json!({"title": title, "summary": "A summary.", "link": format!("https://example.org/{slug}")})
}

/// Makes, sends and approves a piece; its id.
pub async fn approved(people: &People, body: Value) -> String {
    let made = people.curator.post("/items", body).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let sent = people.curator.post(&format!("/items/{id}/submit"), json!({})).await;
    let revision = sent["working"]["id"].as_str().unwrap();
    people.approver.post(&format!("/revisions/{revision}/approve"), json!({})).await;
    id
}

pub async fn topic(app: &TestApp, name: &str) -> String {
    use diesel::prelude::*;
    use herald::db::schema::topics;
    let name = name.to_owned();
    let make = move |tx: &mut Tx<'_>| {
        let id = tx.id::<herald::db::TopicId>();
        let slug = name.to_lowercase();
        diesel::insert_into(topics::table)
            .values((
                topics::id.eq(id),
                topics::slug.eq(slug),
                topics::name.eq(&name),
                topics::description.eq(""),
                topics::created_at.eq(tx.now),
            ))
            .execute(tx.db)?;
        Ok(id.to_string())
    };
    app.app.write(Actor::system("test"), make).await.unwrap()
}

pub async fn follow(app: &TestApp, member: MemberId, topic: &str) {
    use diesel::prelude::*;
    use herald::db::schema::topic_follows as f;
    let topic: herald::db::TopicId = topic.parse().unwrap();
    let make =
        move |tx: &mut Tx<'_>| Ok(diesel::insert_into(f::table).values((f::member_id.eq(member), f::topic_id.eq(topic))).execute(tx.db)?);
    app.app.write(Actor::system("test"), make).await.unwrap();
}

/// A group with these members; its id.
pub async fn group(app: &TestApp, name: &str, members: &[MemberId]) -> String {
    use diesel::prelude::*;
    use herald::db::schema::{group_members as m, groups as g};
    let (name, members) = (name.to_owned(), members.to_vec());
    let make = move |tx: &mut Tx<'_>| {
        let id = tx.id::<GroupId>();
        diesel::insert_into(g::table)
            .values((g::id.eq(id), g::name.eq(&name), g::kind.eq("other"), g::description.eq(""), g::created_at.eq(tx.now)))
            .execute(tx.db)?;
        for member in members {
            diesel::insert_into(m::table).values((m::group_id.eq(id), m::member_id.eq(member))).execute(tx.db)?;
        }
        Ok(id.to_string())
    };
    app.app.write(Actor::system("test"), make).await.unwrap()
}

/// The titles of a list answer.
pub fn titles(answer: &Value) -> Vec<String> {
    answer["items"].as_array().unwrap().iter().map(|i| i["title"].as_str().unwrap().to_owned()).collect()
}

/// Sends a file to `POST /media`.
pub async fn upload(api: &Api, bytes: &[u8]) -> reqwest::Response {
    let mut body =
        b"--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n".to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--cut--\r\n");
    let request = api.client.post(format!("{}/api/v1/media", api.url)).bearer_auth(&api.token);
    request.header("content-type", "multipart/form-data; boundary=cut").body(body).send().await.unwrap()
}

/// A path with a question.
pub fn asking(path: &str, q: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", q);
    format!("{path}?{}", query.finish())
}
