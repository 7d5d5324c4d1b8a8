//! The redirect with its hit durable, against a bare actix 302, in one run on each database.
//!
//! `cargo bench --bench redirect` prints one line a database and load, such as
//! `sqlite ratio 0.71 at 64 connections …`. The ratio is the median over rounds; each round measures
//! both servers one after the other. Server and load generator are processes of their own (this
//! program again, under another role); every answered redirect is then looked up in the database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a bench that cannot go on should stop loudly"
)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use herald::app::{App, Options};
use herald::config::Config;
use herald::db::schema::{hits, items};
use herald::db::{Actor, ItemId};
use herald::identity::{self, NewMember};
use herald::tracking::{self, NewLink};
use rand::RngExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[path = "../tests/product/support/postgres.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod postgres;

const LINKS: usize = 20_000;
const ROUNDS: usize = 3;
const SECONDS: u64 = 3;

fn skip(what: &str, why: &str) {
    assert!(std::env::var("HERALD_TEST_REQUIRE_ALL").is_err(), "{what} may not be skipped here: {why}");
    println!("SKIPPED {what}: {why}");
}

fn main() {
    match std::env::var("HERALD_BENCH_ROLE").as_deref() {
        Ok("bare") => serve_bare(),
        Ok("herald") => serve_herald(),
        Ok("load") => load(),
        _ => measure(),
    }
}

fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", folder.path().join("bench.db").display());
    on("sqlite", &sqlite, folder.path());
    if let Some(url) = postgres::fresh() {
        on("postgres", &url, folder.path());
    }
}

fn on(name: &str, database: &str, folder: &std::path::Path) {
    let data = folder.join(name);
    let slugs = seed(database, &data);
    let list = folder.join(format!("{name}.slugs"));
    std::fs::write(&list, slugs.join("\n")).unwrap();
    for connections in [64, 256] {
        let mut ratios = Vec::new();
        let (mut answered, mut last) = (0, None);
        for _ in 0..ROUNDS {
            let bare = run("bare", database, &data, &list, connections);
            let whole = run("herald", database, &data, &list, connections);
            ratios.push(whole.per_second / bare.per_second);
            answered += whole.answered;
            last = Some((bare, whole));
        }
        ratios.sort_by(f64::total_cmp);
        let (bare, whole) = last.unwrap();
        let stored = count(database, &data);
        assert!(stored >= answered, "{answered} answered, only {stored} stored");
        println!(
            "{name} ratio {:.2} at {connections} connections: {:.0} redirects/s (p50 {:.2} ms, p99 {:.2} ms) against {:.0} bare; {answered} answered, none missing",
            ratios[ROUNDS / 2],
            whole.per_second,
            whole.p50,
            whole.p99,
            bare.per_second
        );
        clear(database, &data);
    }
}

fn config(database: &str, data: &std::path::Path) -> Config {
    let (database, data) = (database.to_owned(), data.display().to_string());
    Config::read(&move |name| match name {
        "DATABASE_URL" => Some(database.clone()),
        "HERALD_DATA" => Some(data.clone()),
        _ => None,
    })
    .map_err(|p| format!("{p:?}"))
    .unwrap()
}

fn app(database: &str, data: &std::path::Path) -> std::sync::Arc<App> {
    App::build(config(database, data), Options { no_limits: true, ..Options::default() }).unwrap()
}

/// 20,000 links on one live item, made through the product's own use case.
fn seed(database: &str, data: &std::path::Path) -> Vec<String> {
    let app = app(database, data);
    let slugs = app
        .db
        .write(Actor::system("bench"), |tx| {
            let member = identity::create(tx, &NewMember::named("ada@example.com".parse().unwrap(), "Ada".parse().unwrap()))?;
            let item: ItemId = tx.id();
            diesel::insert_into(items::table)
                .values((
                    items::id.eq(item),
                    items::kind.eq("article"),
                    items::status.eq("approved"),
                    items::pinned.eq(false),
                    items::created_at.eq(tx.now),
                    items::updated_at.eq(tx.now),
                    items::version.eq(1_i64),
                ))
                .execute(tx.db)?;
            (0..LINKS)
                .map(|n| {
                    let target = format!("https://example.com/a/rather/long/article/{n}?utm_source=linkedin&utm_medium=social");
                    let link = NewLink { share_id: tx.id(), item_id: item, member_id: member, target };
                    Ok(tracking::create_link(tx, &link)?.slug)
                })
                .collect::<Result<Vec<_>, herald::error::AppError>>()
        })
        .unwrap();
    app.close();
    slugs
}

fn count(database: &str, data: &std::path::Path) -> u64 {
    let mut db = config(database, data).database.connect().unwrap();
    u64::try_from(hits::table.count().get_result::<i64>(&mut db).unwrap()).unwrap()
}

fn clear(database: &str, data: &std::path::Path) {
    let mut db = config(database, data).database.connect().unwrap();
    diesel::delete(hits::table).execute(&mut db).unwrap();
}

struct Measured {
    per_second: f64,
    p50: f64,
    p99: f64,
    answered: u64,
}

fn child(role: &str, more: &[(&str, String)]) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env("HERALD_BENCH_ROLE", role).stdout(Stdio::piped());
    for (name, value) in more {
        command.env(name, value);
    }
    command.spawn().unwrap()
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

fn run(role: &str, database: &str, data: &std::path::Path, slugs: &std::path::Path, connections: usize) -> Measured {
    let mut server = child(role, &[("BENCH_DATABASE", database.to_owned()), ("BENCH_DATA", data.display().to_string())]);
    let port = first_line(&mut server);
    let mut load = child(
        "load",
        &[("BENCH_PORT", port), ("BENCH_SLUGS", slugs.display().to_string()), ("BENCH_CONNECTIONS", connections.to_string())],
    );
    let line = first_line(&mut load);
    load.wait().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    let numbers: Vec<f64> = line.split(' ').map(|n| n.parse().unwrap_or_else(|_| panic!("the load generator said “{line}”"))).collect();
    Measured { answered: numbers[0] as u64, per_second: numbers[1], p50: numbers[2], p99: numbers[3] }
}

async fn bare() -> actix_web::HttpResponse {
    actix_web::HttpResponse::Found()
        .insert_header(("location", "https://example.com/a/rather/long/article/1?utm_source=linkedin&utm_medium=social"))
        .finish()
}

fn serve_bare() {
    actix_web::rt::System::new().block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        let app = || actix_web::App::new().route("/r/{slug}", actix_web::web::get().to(bare));
        actix_web::HttpServer::new(app).listen(listener).unwrap().run().await.unwrap();
    });
}

fn serve_herald() {
    let app = app(&std::env::var("BENCH_DATABASE").unwrap(), std::path::Path::new(&std::env::var("BENCH_DATA").unwrap()));
    actix_web::rt::System::new().block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        herald::server::http(app, listener).unwrap().await.unwrap();
    });
}

/// Connections that follow links one after the other for three seconds after a second of warm-up;
/// prints answered redirects in all, per second, and the latency in milliseconds.
fn load() {
    let port: u16 = std::env::var("BENCH_PORT").unwrap().parse().unwrap();
    let connections: usize = std::env::var("BENCH_CONNECTIONS").unwrap().parse().unwrap();
    let slugs: std::sync::Arc<Vec<String>> =
        std::sync::Arc::new(std::fs::read_to_string(std::env::var("BENCH_SLUGS").unwrap()).unwrap().lines().map(str::to_owned).collect());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let warm = Instant::now() + Duration::from_secs(1);
        let end = warm + Duration::from_secs(SECONDS);
        let tasks: Vec<_> = (0..connections).map(|_| tokio::spawn(follow(port, slugs.clone(), warm, end))).collect();
        let (mut all, mut times) = (0, Vec::new());
        for task in tasks {
            let (answered, measured) = task.await.unwrap();
            all += answered;
            times.extend(measured);
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("{all} {:.1} {:.3} {:.3}", times.len() as f64 / SECONDS as f64, at(0.5), at(0.99));
    });
}

async fn follow(port: u16, slugs: std::sync::Arc<Vec<String>>, warm: Instant, end: Instant) -> (u64, Vec<f64>) {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut answered, mut times, mut buffer) = (0, Vec::new(), vec![0_u8; 8192]);
    while Instant::now() < end {
        let (slug, version) = {
            let mut chance = rand::rng();
            (&slugs[chance.random_range(0..slugs.len())], chance.random_range(100..100_000))
        };
        let request = format!(
            "GET /r/{slug} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36\r\nAccept-Language: en\r\nSec-Fetch-Mode: navigate\r\nReferer: https://www.linkedin.com/\r\n\r\n"
        );
        let started = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = 0;
        while !buffer[..read].ends_with(b"\r\n\r\n") {
            let n = stream.read(&mut buffer[read..]).await.unwrap();
            assert!(n > 0, "the server closed the connection");
            read += n;
        }
        assert!(buffer.starts_with(b"HTTP/1.1 302"), "{}", String::from_utf8_lossy(&buffer[..read]));
        answered += 1;
        if started >= warm {
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    (answered, times)
}
