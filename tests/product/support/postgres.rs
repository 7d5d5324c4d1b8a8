//! A PostgreSQL for the tests: `HERALD_TEST_POSTGRES` names one (a URL of a database whose user may
//! create databases), else a throw-away server is started from the installed programs. Each test
//! gets a database of its own, copied from a migrated template.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

static SERVER: OnceLock<Option<String>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);
static CREATE: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .map(|e| e.path().join("bin"))
        .filter(|p| p.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

fn as_postgres(program: &Path, args: &[&str]) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
    let mut command = if root {
        let mut c = Command::new("runuser");
        c.args(["-u", "postgres", "--"]).arg(program);
        c
    } else {
        Command::new(program)
    };
    command.args(args).current_dir("/tmp");
    command
}

/// Starts a server under the temporary folder, on a Unix socket and a free port, and stops it when
/// this process ends.
fn start() -> Option<String> {
    let bin = programs()?;
    let dir = std::env::temp_dir().join(format!("herald-test-pg-{}", std::process::id()));
    std::fs::create_dir_all(&dir).ok()?;
    Command::new("chmod").args(["777", dir.to_str()?]).status().ok()?;
    let data = dir.join("data");
    let made = as_postgres(&bin.join("initdb"), &["-D", data.to_str()?, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8"])
        .output()
        .ok()?;
    assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
    let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let options = format!(
        "-p {port} -h 127.0.0.1 -k {} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB",
        dir.display()
    );
    let log = dir.join("log");
    let started = as_postgres(&bin.join("pg_ctl"), &["-D", data.to_str()?, "-l", log.to_str()?, "-w", "-o", &options, "start"])
        .stdout(std::process::Stdio::null())
        .status()
        .ok()?;
    assert!(started.success(), "the test PostgreSQL did not start: {}", std::fs::read_to_string(&log).unwrap_or_default());
    watch(&bin, &data, &dir);
    Some(format!("postgres://postgres@127.0.0.1:{port}"))
}

/// A shell that waits for the end of this process, however it ends, and stops the server.
fn watch(bin: &Path, data: &Path, dir: &Path) {
    let pid = std::process::id();
    let stop = format!("{}/pg_ctl -D {} -m immediate stop", bin.display(), data.display());
    let script = format!(
        "while kill -0 {pid} 2>/dev/null; do sleep 1; done; if [ \"$(id -u)\" = 0 ]; then runuser -u postgres -- {stop}; else {stop}; fi; rm -rf {}",
        dir.display()
    );
    let _ = Command::new("setsid")
        .args(["sh", "-c", &script])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
}

fn server() -> Option<&'static String> {
    SERVER
        .get_or_init(|| {
            let url = std::env::var("HERALD_TEST_POSTGRES")
                .ok()
                .map(|u| u.trim_end_matches('/').rsplit_once('/').map_or(u.clone(), |(base, _)| base.to_owned()))
                .or_else(start)?;
            let mut admin = PgConnection::establish(&format!("{url}/postgres")).unwrap();
            admin.batch_execute(&format!("DROP DATABASE IF EXISTS {}", template())).unwrap();
            admin.batch_execute(&format!("CREATE DATABASE {}", template())).unwrap();
            let address: herald::db::DatabaseUrl = format!("{url}/{}", template()).parse().unwrap();
            herald::db::migrate(&mut address.connect().unwrap()).unwrap();
            Some(url)
        })
        .as_ref()
}

fn template() -> String {
    format!("herald_template_{}", std::process::id())
}

/// The URL of a fresh, migrated database; None (said aloud) where there is no PostgreSQL.
pub fn fresh() -> Option<String> {
    create(Some(&template()))
}

/// The URL of a fresh, empty database.
pub fn empty() -> Option<String> {
    create(None)
}

fn create(template: Option<&str>) -> Option<String> {
    let Some(url) = server() else {
        super::skip("a test on PostgreSQL", "no PostgreSQL programs under /usr/lib/postgresql and no HERALD_TEST_POSTGRES");
        return None;
    };
    let name = format!("herald_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let from = template.map(|t| format!(" TEMPLATE {t}")).unwrap_or_default();
    let _turn = CREATE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut admin = PgConnection::establish(&format!("{url}/postgres")).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}{from}")).unwrap();
    Some(format!("{url}/{name}"))
}
