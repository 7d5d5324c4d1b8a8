//! The demonstration: a made-up company of sixty with a quarter of history, in a data folder of its
//! own, written through the same use cases as real work, so that audit log, ledger and roll-ups are
//! true. The same seed makes the same quarter.

mod company;
mod fill;
mod ground;
mod people;
mod pictures;
mod quarter;
mod serve;
mod visitors;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use crate::app::{App, Options};
use crate::config::Config;
use crate::db::{Actor, Clock, DatabaseUrl};
use crate::error::AppError;
use crate::identity::{self, Email, Role};
use crate::library::{self, NewSource};

pub use company::Company;
pub use serve::pages;

/// The password of every member of the sample company.
pub const PASSWORD: &str = "try herald today";
/// Written last: without it the folder holds a half-filled demonstration.
const MARK: &str = "demo-is-complete";

/// The configuration of a demonstration in `folder`: always embedded SQLite, never the real data.
pub fn configure(config: Config, folder: &Path) -> Config {
    Config {
        database: DatabaseUrl::Sqlite(folder.join("herald.db")),
        data: PathBuf::from(folder),
        allow_private: true,
        demo: true,
        secret_keys: Vec::new(),
        ..config
    }
}

/// Fills the folder unless it is complete, and returns the app over it, ready to serve. `tell` is
/// called with days done and days in all.
///
/// # Errors
/// The folder cannot be used, or a use case refused what the demonstration does.
pub async fn prepare(config: &Config, reset: bool, tell: &(dyn Fn(u64, u64) + Sync)) -> anyhow::Result<Arc<App>> {
    let mark = config.data.join(MARK);
    if reset || !mark.exists() {
        empty(&config.data)?;
        let now = Clock::System.now();
        let app = App::build(config.clone(), Options { clock: Clock::manual(now), no_limits: true })?;
        fill::fill(&app, now, tell).await?;
        app.close();
        drop(app);
        std::fs::write(&mark, env!("CARGO_PKG_VERSION"))?;
    }
    App::build(config.clone(), Options { clock: Clock::System, no_limits: false })
}

/// Brings in the company's own feed, which the demonstration serves itself, once it is served.
///
/// # Errors
/// The feed cannot be read, or the database's.
pub async fn bring_in_the_newsroom(app: Arc<App>) -> Result<(), AppError> {
    let now = app.now();
    let (company, _) = Company::read()?;
    let Some(curator) = company.sign_in.iter().find(|s| s.role == Role::Curator) else { return Ok(()) };
    let email: Email = curator.email.parse().map_err(|e: String| AppError::Internal(anyhow::anyhow!(e)))?;
    let Some(curator) = app.read(move |db| identity::by_email(db, &email)).await? else { return Ok(()) };
    let new = NewSource { address: app.config.address("/demo/feed.xml"), topics: Vec::new() };
    match library::add_source(&app, Actor::member(curator.id, &curator.name), new).await {
        Ok(source) => tracing::info!(%source, at = %now.iso(), "the newsroom is a source now"),
        Err(AppError::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Removes an earlier demonstration; a folder with anything else in it is left alone.
fn empty(folder: &Path) -> anyhow::Result<()> {
    const OURS: [&str; 6] = ["herald.db", "herald.db-wal", "herald.db-shm", "secret.key", ".migrate.lock", MARK];
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let ours = OURS.iter().any(|known| name == *known);
        anyhow::ensure!(ours, "{} holds {}, which is none of the demonstration's; choose another folder", folder.display(), name.display());
    }
    for name in OURS {
        match std::fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
