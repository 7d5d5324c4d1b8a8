//! The writer of hits: one thread, group commit. Whatever arrived while the last batch was being
//! made durable goes into the next one; each request is answered after its batch has committed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use chrono::NaiveDate;
use diesel::prelude::*;
use moka::sync::Cache;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::counts::CountHits;
use super::link::{self, Target};
use super::slug::Slug;
use super::verdict::{self, Judgement, Signals, Verdict};
use super::visitor::{DaySalt, visitor_hash};
use crate::app::App;
use crate::by_db;
use crate::db::schema::{hits, visitor_salts};
use crate::db::{Actor, Database, Db, Exec, HitId, LinkId, Ts};
use crate::error::AppError;
use crate::jobs::{Failed, Job};

/// How many hits may wait; more of them wait outside, and after two seconds get 503.
const QUEUE: usize = 8192;
/// The largest batch of one commit.
const BATCH: usize = 2048;
/// A second hit of one visitor on one link within the hour is a repeat (rule of the trade: one
/// click per link and visitor per hour).
const REPEAT: chrono::Duration = chrono::Duration::hours(1);

/// One request on a short link, as it came. The address lives in memory until the batch is made.
pub(super) struct Arrival {
    pub link: LinkId,
    pub at: Ts,
    pub method: String,
    pub agent: String,
    pub referer_host: String,
    pub address: IpAddr,
    pub judged: Judgement,
    pub done: oneshot::Sender<bool>,
}

#[derive(Insertable)]
#[diesel(table_name = hits, treat_none_as_default_value = false)]
struct NewHit {
    id: HitId,
    link_id: LinkId,
    at: Ts,
    method: String,
    agent: String,
    referer_host: String,
    visitor: i64,
    verdict: &'static str,
    reason: &'static str,
    rule_version: i32,
    counted: bool,
}

/// The recorder of this process, with the cache of link targets.
pub struct Recorder {
    queue: Mutex<Option<mpsc::Sender<Arrival>>>,
    links: Cache<Slug, Option<Arc<Target>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Recorder {
    /// Starts the writer on a connection of its own, and the watch over changed links.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub fn start(db: &Database) -> anyhow::Result<Self> {
        let (send, receive) = mpsc::channel(QUEUE);
        let conn = db.url().connect().context("the recorder cannot open the database")?;
        let mut writer = Writer { conn, db: db.clone(), salt: None, seen: HashMap::new() };
        let handle = std::thread::Builder::new().name("recorder".into()).spawn(move || writer.run(receive))?;
        let links = Cache::builder().max_capacity(200_000).time_to_live(Duration::from_mins(10)).build();
        watch_changes(db.clone(), links.clone(), send.downgrade())?;
        Ok(Self { queue: Mutex::new(Some(send)), links, writer: Mutex::new(Some(handle)) })
    }

    /// The target behind a slug, from the cache or the database; None for an unknown one. Unknown
    /// ones are not kept, so that a link works from the moment it is made.
    pub(super) async fn target(&self, app: &App, slug: Slug) -> Result<Option<Arc<Target>>, AppError> {
        if let Some(found) = self.links.get(&slug) {
            return Ok(found);
        }
        let found = app.read(move |db| link::target(db, slug)).await?.map(Arc::new);
        if found.is_some() {
            self.links.insert(slug, found.clone());
        }
        Ok(found)
    }

    /// Hands a hit over and waits until it is durable. False when it could not be written.
    pub(super) async fn record(&self, make: impl FnOnce(oneshot::Sender<bool>) -> Arrival) -> bool {
        let Some(queue) = self.queue.lock().clone() else { return false };
        let (done, written) = oneshot::channel();
        let sent = queue.send_timeout(make(done), Duration::from_secs(2)).await;
        drop(queue);
        sent.is_ok() && written.await.unwrap_or(false)
    }

    /// Takes no more hits and returns once everything taken has been written.
    pub fn close(&self) {
        drop(self.queue.lock().take());
        if let Some(writer) = self.writer.lock().take() {
            let _ = writer.join();
        }
    }
}

/// Empties the cache when another machine has changed links. Ends with the recorder.
fn watch_changes(db: Database, links: Cache<Slug, Option<Arc<Target>>>, alive: mpsc::WeakSender<Arrival>) -> anyhow::Result<()> {
    let (_never, tick) = std::sync::mpsc::channel::<()>();
    let watch = move || {
        let _keep = &_never;
        let mut known = db.read(link::epoch).unwrap_or_default();
        while alive.upgrade().is_some() {
            let _ = tick.recv_timeout(Duration::from_millis(500));
            if let Ok(now) = db.read(link::epoch)
                && now != known
            {
                links.invalidate_all();
                known = now;
            }
        }
    };
    std::thread::Builder::new().name("links watch".into()).spawn(watch)?;
    Ok(())
}

struct Writer {
    conn: Db,
    db: Database,
    salt: Option<(NaiveDate, DaySalt)>,
    /// When a visitor last counted as a person on a link.
    seen: HashMap<(LinkId, i64), Ts>,
}

impl Writer {
    fn run(&mut self, mut queue: mpsc::Receiver<Arrival>) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            let arrivals = std::mem::take(&mut batch);
            match self.write(&arrivals) {
                Ok(()) => answer(arrivals, true),
                Err(error) => self.write_singly(arrivals, &error),
            }
        }
    }

    /// A batch failed: the connection may be gone, or one hit may be bad. Each is tried alone on a
    /// fresh connection, so that one bad hit does not take others with it.
    fn write_singly(&mut self, arrivals: Vec<Arrival>, error: &AppError) {
        tracing::error!(%error, hits = arrivals.len(), "a batch of hits failed; trying them one by one");
        match self.db.url().connect() {
            Ok(fresh) => self.conn = fresh,
            Err(error) => {
                tracing::error!(%error, "no database for the recorder");
                return answer(arrivals, false);
            }
        }
        for arrival in arrivals {
            let one = [arrival];
            let written = self.write(&one).is_ok();
            answer(one, written);
        }
    }

    fn write(&mut self, arrivals: &[Arrival]) -> Result<(), AppError> {
        let rows = self.judge(arrivals)?;
        let people: Vec<(LinkId, i64, Ts)> =
            rows.iter().filter(|r| r.verdict == Verdict::Human.as_str()).map(|r| (r.link_id, r.visitor, r.at)).collect();
        self.db.write_on(&mut self.conn, Actor::system("recorder"), |tx| {
            insert(tx.db, rows)?;
            crate::jobs::enqueue(tx, &CountHits {})
        })?;
        for (link, visitor, at) in people {
            self.seen.insert((link, visitor), at);
        }
        Ok(())
    }

    fn judge(&mut self, arrivals: &[Arrival]) -> Result<Vec<NewHit>, AppError> {
        let mut visitors = Vec::with_capacity(arrivals.len());
        for arrival in arrivals {
            let salt = self.salt_of(arrival.at.day())?;
            visitors.push(visitor_hash(salt, arrival.link, arrival.address, &arrival.agent));
        }
        self.remember(arrivals, &visitors)?;
        let mut rows = Vec::with_capacity(arrivals.len());
        let mut here: HashMap<(LinkId, i64), Ts> = HashMap::new();
        for (arrival, visitor) in arrivals.iter().zip(visitors) {
            let (mut verdict, mut reason) = (arrival.judged.verdict, arrival.judged.reason);
            if verdict == Verdict::Human {
                let key = (arrival.link, visitor);
                let repeated = self.seen.get(&key).max(here.get(&key)).is_some_and(|last| arrival.at.since(*last) < REPEAT);
                if repeated {
                    let again = verdict::judge(&Signals {
                        repeated_within_hour: true,
                        method: "GET",
                        accept_language: true,
                        sec_fetch: true,
                        user_agent: &arrival.agent,
                        ..Signals::default()
                    });
                    (verdict, reason) = (again.verdict, again.reason);
                } else {
                    here.insert(key, arrival.at);
                }
            }
            rows.push(NewHit {
                id: self.db.ids().next(arrival.at),
                link_id: arrival.link,
                at: arrival.at,
                method: arrival.method.clone(),
                agent: arrival.agent.clone(),
                referer_host: arrival.referer_host.clone(),
                visitor,
                verdict: verdict.as_str(),
                reason,
                rule_version: i32::from(arrival.judged.rule_version),
                counted: false,
            });
        }
        Ok(rows)
    }

    /// Looks up who of the batch was here within the hour but is not in memory: after a restart, or
    /// when another machine took the first hit.
    fn remember(&mut self, arrivals: &[Arrival], visitors: &[i64]) -> Result<(), AppError> {
        let Some(newest) = arrivals.iter().map(|a| a.at).max() else { return Ok(()) };
        let since = newest.minus(REPEAT);
        if self.seen.len() > 500_000 {
            self.seen.retain(|_, at| *at > since);
        }
        let asked: Vec<i64> = arrivals
            .iter()
            .zip(visitors)
            .filter(|(a, v)| a.judged.verdict == Verdict::Human && !self.seen.contains_key(&(a.link, **v)))
            .map(|(_, v)| *v)
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let found: Vec<(LinkId, i64, Ts)> = hits::table
            .filter(hits::visitor.eq_any(asked))
            .filter(hits::at.gt(since))
            .filter(hits::verdict.eq(Verdict::Human.as_str()))
            .select((hits::link_id, hits::visitor, hits::at))
            .load(&mut self.conn)?;
        for (link, visitor, at) in found {
            let last = self.seen.entry((link, visitor)).or_insert(at);
            *last = (*last).max(at);
        }
        Ok(())
    }

    fn salt_of(&mut self, day: NaiveDate) -> Result<&DaySalt, AppError> {
        if self.salt.as_ref().is_none_or(|(known, _)| *known != day) {
            let fresh = B64.encode(DaySalt::random(&mut rand::rng()).as_bytes());
            diesel::insert_into(visitor_salts::table)
                .values((visitor_salts::day.eq(day), visitor_salts::salt.eq(&fresh)))
                .on_conflict_do_nothing()
                .exec(&mut self.conn)?;
            let kept: String = visitor_salts::table.find(day).select(visitor_salts::salt).first(&mut self.conn)?;
            let bytes = B64
                .decode(kept)
                .ok()
                .and_then(|b| <[u8; 32]>::try_from(b).ok())
                .ok_or_else(|| AppError::Internal(anyhow::anyhow!("a damaged visitor salt")))?;
            self.salt = Some((day, DaySalt::from_bytes(bytes)));
        }
        self.salt.as_ref().map(|(_, salt)| salt).ok_or_else(|| AppError::Internal(anyhow::anyhow!("no salt")))
    }
}

fn insert(db: &mut Db, rows: Vec<NewHit>) -> Result<(), AppError> {
    by_db!(db;
        pg(c) => {
            diesel::copy_from(hits::table).from_insertable(&rows).execute(c)?;
        };
        sqlite(c) => {
            for row in &rows {
                diesel::insert_into(hits::table).values(row).execute(c)?;
            }
        }
    );
    Ok(())
}

fn answer(arrivals: impl IntoIterator<Item = Arrival>, written: bool) {
    for arrival in arrivals {
        let _ = arrival.done.send(written);
    }
}

/// Destroys the salts of days gone by: from then on nobody can tell who a visitor was.
#[derive(Serialize, Deserialize)]
pub struct ForgetSalts {}

impl Job for ForgetSalts {
    const NAME: &'static str = "tracking.forget_salts";
    fn unique_key(&self) -> Option<String> {
        Some(Self::NAME.into())
    }
}

pub(super) async fn forget_salts(app: Arc<App>, _job: ForgetSalts) -> Result<(), Failed> {
    app.write(Actor::system("tracking"), |tx| {
        let today = tx.now.minus(REPEAT).day();
        diesel::delete(visitor_salts::table.filter(visitor_salts::day.lt(today))).execute(tx.db)?;
        Ok(())
    })
    .await?;
    Ok(())
}
