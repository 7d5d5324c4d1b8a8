//! What the fake knows and how it judges: accounts, tokens, blobs and records.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::{Fault, Reply, Request};

const MAX_THUMB: usize = 1_000_000;

pub(super) struct Account {
    pub(super) did: String,
    pub(super) handle: String,
    pub(super) app_password: String,
    pub(super) status: Option<&'static str>,
}

pub(super) struct Token {
    pub(super) did: String,
    pub(super) refresh: bool,
    pub(super) session: u64,
    pub(super) alive: bool,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) url: String,
    pub(super) accounts: Vec<Account>,
    pub(super) tokens: HashMap<String, Token>,
    pub(super) blobs: HashMap<String, Value>,
    pub(super) records: BTreeMap<(String, String), Value>,
    pub(super) claims: HashMap<String, String>,
    pub(super) counts: HashMap<String, Value>,
    pub(super) faults: HashMap<String, VecDeque<Fault>>,
    pub(super) calls: Vec<String>,
    pub(super) made: u64,
}

pub(super) fn ok(body: &Value) -> Reply {
    Reply { status: 200, headers: vec![], content_type: "application/json", body: body.to_string().into_bytes() }
}

pub(super) fn error(status: u16, name: &str, message: &str) -> Reply {
    Reply { status, ..ok(&json!({"error": name, "message": message})) }
}

pub(super) fn invalid(message: &str) -> Reply {
    error(400, "InvalidRequest", message)
}

impl State {
    pub(super) fn answer(&mut self, request: &Request) -> Reply {
        let done = match (request.verb.as_str(), request.path.as_str()) {
            ("POST", "/xrpc/com.atproto.server.createSession") => self.create_session(&request.json()),
            ("POST", "/xrpc/com.atproto.server.refreshSession") => self.refresh_session(request),
            ("POST", "/xrpc/com.atproto.server.deleteSession") => self.delete_session(request),
            ("GET", "/xrpc/com.atproto.identity.resolveHandle") => self.resolve_handle(request.param("handle")),
            ("POST", "/xrpc/com.atproto.repo.uploadBlob") => self.upload_blob(request),
            ("POST", "/xrpc/com.atproto.repo.createRecord") => self.create_record(request),
            ("POST", "/xrpc/com.atproto.repo.deleteRecord") => self.delete_record(request),
            ("GET", "/xrpc/com.atproto.repo.getRecord") => self.get_record(request),
            ("GET", "/xrpc/app.bsky.feed.getPosts") => self.get_posts(request),
            ("GET", path) if path.starts_with("/web/") => return self.well_known(path),
            ("GET", path) => self.document(path),
            _ => Err(error(501, "MethodNotImplemented", "Method Not Implemented")),
        };
        done.map_or_else(|refused| refused, |body| ok(&body))
    }

    fn account(&self, wanted: impl Fn(&Account) -> bool) -> Option<&Account> {
        self.accounts.iter().find(|account| wanted(account))
    }

    fn create_session(&mut self, body: &Value) -> Result<Value, Reply> {
        let (who, password) = (body["identifier"].as_str().unwrap_or(""), body["password"].as_str().unwrap_or(""));
        let found = self.account(|account| (account.did == who || account.handle == who) && account.app_password == password);
        let did = found.ok_or_else(|| error(401, "AuthenticationRequired", "Invalid identifier or password"))?.did.clone();
        self.made += 1;
        let session = self.made;
        self.tokens_for(&did, session)
    }

    fn tokens_for(&mut self, did: &str, session: u64) -> Result<Value, Reply> {
        let account = self.account(|account| account.did == did).ok_or_else(|| invalid("Could not find account"))?;
        let (handle, status) = (account.handle.clone(), account.status);
        if status == Some("takendown") {
            return Err(error(401, "AccountTakedown", "Account has been taken down"));
        }
        self.made += 1;
        let (access, refresh) = (format!("access-{}", self.made), format!("refresh-{}", self.made));
        let mut answer = json!({"accessJwt": access, "refreshJwt": refresh, "did": did, "handle": handle, "active": status.is_none()});
        if let Some(status) = status {
            answer["status"] = json!(status);
        }
        self.tokens.insert(access, Token { did: did.to_owned(), refresh: false, session, alive: true });
        self.tokens.insert(refresh, Token { did: did.to_owned(), refresh: true, session, alive: true });
        Ok(answer)
    }

    fn signed_in(&self, request: &Request, refresh: bool) -> Result<(String, u64), Reply> {
        let name = request.bearer.as_deref().ok_or_else(|| error(401, "AuthMissing", "Authentication Required"))?;
        match self.tokens.get(name).filter(|token| token.refresh == refresh) {
            None => Err(error(400, "InvalidToken", "Token could not be verified")),
            Some(token) if !token.alive => Err(error(400, "ExpiredToken", "Token has expired")),
            Some(token) => {
                let down = self.account(|account| account.did == token.did).is_some_and(|account| account.status == Some("takendown"));
                if down {
                    Err(error(401, "AccountTakedown", "Account has been taken down"))
                } else {
                    Ok((token.did.clone(), token.session))
                }
            }
        }
    }

    fn end_session(&mut self, session: u64) {
        self.tokens.values_mut().filter(|token| token.session == session).for_each(|token| token.alive = false);
    }

    fn refresh_session(&mut self, request: &Request) -> Result<Value, Reply> {
        let used = request
            .bearer
            .as_ref()
            .and_then(|name| self.tokens.get(name))
            .filter(|token| token.refresh && !token.alive)
            .map(|token| token.session);
        if let Some(session) = used {
            self.end_session(session);
            return Err(error(400, "ExpiredToken", "Token has been revoked"));
        }
        let (did, session) = self.signed_in(request, true)?;
        self.end_session(session);
        self.tokens_for(&did, session)
    }

    fn delete_session(&mut self, request: &Request) -> Result<Value, Reply> {
        let (_, session) = self.signed_in(request, true)?;
        self.end_session(session);
        Ok(Value::Null)
    }

    fn resolve_handle(&self, handle: &str) -> Result<Value, Reply> {
        let did = self.did_of(handle).ok_or_else(|| error(400, "HandleNotFound", "Unable to resolve handle"))?;
        Ok(json!({"did": did}))
    }

    fn did_of(&self, handle: &str) -> Option<&String> {
        self.account(|account| account.handle == handle).map(|account| &account.did).or_else(|| self.claims.get(handle))
    }

    fn upload_blob(&mut self, request: &Request) -> Result<Value, Reply> {
        self.signed_in(request, false)?;
        self.made += 1;
        let link = format!("bafkreifake{}", self.made);
        let blob = json!({"$type": "blob", "ref": {"$link": link}, "mimeType": request.content_type, "size": request.body.len()});
        self.blobs.insert(link, blob.clone());
        Ok(json!({"blob": blob}))
    }

    fn create_record(&mut self, request: &Request) -> Result<Value, Reply> {
        let (did, _) = self.signed_in(request, false)?;
        let body = request.json();
        let rkey = body["rkey"].as_str().unwrap_or("").to_owned();
        if body["repo"] != json!(did) || body["collection"] != json!("app.bsky.feed.post") {
            return Err(invalid("Could not find repo"));
        }
        let key_ok = rkey.len() == 13 && rkey.bytes().all(|byte| matches!(byte, b'2'..=b'7' | b'a'..=b'z'));
        if !key_ok {
            return Err(invalid("Invalid record key"));
        }
        self.judge(&body["record"]).map_err(|why| invalid(&format!("Invalid app.bsky.feed.post record: {why}")))?;
        let key = (did.clone(), rkey.clone());
        if self.records.contains_key(&key) {
            return Err(error(500, "InternalServerError", "Internal Server Error"));
        }
        self.records.insert(key, body["record"].clone());
        let uri = format!("at://{did}/app.bsky.feed.post/{rkey}");
        Ok(json!({"uri": uri, "cid": "bafyreifake", "commit": {"cid": "bafyreifake", "rev": rkey}, "validationStatus": "valid"}))
    }

    fn judge(&self, record: &Value) -> Result<(), String> {
        let text = record["text"].as_str().ok_or("text must be a string")?;
        if text.graphemes(true).count() > 300 {
            return Err("text must not be longer than 300 graphemes".to_owned());
        }
        if text.len() > 3000 {
            return Err("text must not be longer than 3000 characters".to_owned());
        }
        let created = record["createdAt"].as_str().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
        created.ok_or("createdAt must be a valid datetime")?;
        if record["langs"].as_array().is_some_and(|langs| langs.len() > 3) {
            return Err("langs must not have more than 3 elements".to_owned());
        }
        record["facets"].as_array().into_iter().flatten().try_for_each(|facet| judge_facet(facet, text))?;
        record.get("embed").map_or(Ok(()), |embed| self.judge_card(embed))
    }

    fn judge_card(&self, embed: &Value) -> Result<(), String> {
        let card = &embed["external"];
        if embed["$type"] != json!("app.bsky.embed.external") {
            return Err("embed is not a card".to_owned());
        }
        if url::Url::parse(card["uri"].as_str().unwrap_or("")).is_err() || !card["title"].is_string() || !card["description"].is_string() {
            return Err("embed/external needs uri, title and description".to_owned());
        }
        let Some(thumb) = card.get("thumb") else { return Ok(()) };
        let link = thumb["ref"]["$link"].as_str().unwrap_or("");
        let known = self.blobs.get(link).ok_or(format!("Could not find blob: {link}"))?;
        if known != thumb {
            return Err("the blob is not as it was uploaded".to_owned());
        }
        if usize::try_from(known["size"].as_u64().unwrap_or(0)).unwrap() > MAX_THUMB {
            return Err(format!("thumb is too large, at most {MAX_THUMB} bytes"));
        }
        if known["mimeType"].as_str().is_some_and(|mime| mime.starts_with("image/")) {
            Ok(())
        } else {
            Err("thumb must be image/*".to_owned())
        }
    }

    fn delete_record(&mut self, request: &Request) -> Result<Value, Reply> {
        let (did, _) = self.signed_in(request, false)?;
        let rkey = request.json()["rkey"].as_str().unwrap_or("").to_owned();
        self.records.remove(&(did, rkey));
        Ok(json!({}))
    }

    fn get_record(&self, request: &Request) -> Result<Value, Reply> {
        let (did, rkey) = (request.param("repo"), request.param("rkey"));
        let uri = format!("at://{did}/app.bsky.feed.post/{rkey}");
        let found = self.records.get(&(did.to_owned(), rkey.to_owned()));
        let value = found.ok_or_else(|| error(400, "RecordNotFound", &format!("Could not locate record: {uri}")))?;
        Ok(json!({"uri": uri, "cid": "bafyreifake", "value": value}))
    }

    fn get_posts(&self, request: &Request) -> Result<Value, Reply> {
        let wanted: Vec<&String> = request.query.iter().filter(|(key, _)| key == "uris").map(|(_, uri)| uri).collect();
        if wanted.len() > 25 {
            return Err(invalid("uris must not have more than 25 elements"));
        }
        let stands = |uri: &str| self.records.keys().any(|(did, rkey)| uri == format!("at://{did}/app.bsky.feed.post/{rkey}"));
        let posts: Vec<Value> = wanted
            .into_iter()
            .filter(|uri| stands(uri))
            .filter_map(|uri| {
                let mut post = self.counts.get(uri)?.clone();
                post["uri"] = json!(uri);
                Some(post)
            })
            .collect();
        Ok(json!({"posts": posts}))
    }

    /// The web servers of handles: `/web/{handle}/.well-known/atproto-did`, plain text.
    fn well_known(&self, path: &str) -> Reply {
        let handle = path.strip_prefix("/web/").and_then(|rest| rest.strip_suffix("/.well-known/atproto-did"));
        match handle.and_then(|handle| self.did_of(handle)) {
            Some(did) => Reply { status: 200, headers: vec![], content_type: "text/plain", body: did.clone().into_bytes() },
            None => Reply { status: 404, headers: vec![], content_type: "text/html", body: b"<h1>Not found</h1>".to_vec() },
        }
    }

    /// The directory at `/{did}`.
    fn document(&self, path: &str) -> Result<Value, Reply> {
        let account =
            self.account(|account| path == format!("/{}", account.did)).ok_or_else(|| error(404, "NotFound", "not registered"))?;
        Ok(json!({
            "id": account.did, "alsoKnownAs": [format!("at://{}", account.handle)],
            "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": self.url}]
        }))
    }
}

fn judge_facet(facet: &Value, text: &str) -> Result<(), String> {
    let place =
        |name: &str| facet["index"][name].as_u64().and_then(|at| usize::try_from(at).ok()).ok_or(format!("facets/index/{name} is missing"));
    let (start, end) = (place("byteStart")?, place("byteEnd")?);
    if start >= end || text.get(start..end).is_none() {
        return Err(format!("facet {start}..{end} does not lie on characters of the text"));
    }
    if facet["features"].as_array().is_none_or(Vec::is_empty) {
        return Err("facets/features is missing".to_owned());
    }
    Ok(())
}
