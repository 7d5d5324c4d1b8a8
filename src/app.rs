//! The whole program as one value, the same for `serve`, `worker`, commands and tests.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use parking_lot::RwLock;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::db::{Actor, Clock, Database, DatabaseUrl, Db, Ts, Tx};
use crate::error::AppError;
use crate::jobs::Registry;
use crate::web::metrics::Metrics;
use crate::web::outbound::{Outbound, OutboundConfig};
use crate::web::{Limits, Templates};

/// Everything a request or a job may need.
pub struct App {
    pub config: Config,
    pub db: Database,
    pub keys: Keys,
    pub templates: Templates,
    pub registry: Registry,
    pub limits: Limits,
    pub metrics: Metrics,
    pub outbound: Outbound,
    pub recorder: crate::tracking::Recorder,
    organisation: RwLock<String>,
}

/// How an [`App`] is built other than for production.
#[derive(Default)]
pub struct Options {
    pub clock: Clock,
    /// Never answer 429: tests and load runs.
    pub no_limits: bool,
}

impl App {
    /// Opens the database (migrating it under a lock), the keys and everything else.
    ///
    /// # Errors
    /// What is missing or refused, in words for the administrator.
    pub fn build(config: Config, options: Options) -> anyhow::Result<Arc<Self>> {
        fs::create_dir_all(&config.data).with_context(|| format!("cannot make the data folder {}", config.data.display()))?;
        let keys = Keys::from_config(&config)?;
        migrate(&config)?;
        let pool_size = if matches!(config.database, DatabaseUrl::Sqlite(_)) { 8 } else { 12 };
        let db = Database::open(config.database.clone(), options.clock, pool_size).context("cannot open the database")?;
        let outbound = Outbound::new(OutboundConfig {
            allow_private: config.allow_private,
            user_agent: format!("Herald/{} (+{})", env!("CARGO_PKG_VERSION"), config.base_url),
            timeout: std::time::Duration::from_secs(10),
            max_redirects: 5,
        });
        let recorder = crate::tracking::Recorder::start(&db)?;
        let organisation = db.read(crate::identity::settings::organisation).unwrap_or_default();
        Ok(Arc::new(Self {
            keys,
            db,
            outbound,
            recorder,
            templates: Templates::load()?,
            registry: crate::routes::jobs(),
            limits: if options.no_limits || !config.rate_limits { Limits::wide() } else { Limits::default() },
            metrics: Metrics::new()?,
            organisation: RwLock::new(organisation),
            config,
        }))
    }

    /// Ends the background parts after everything accepted has been written.
    pub fn close(&self) {
        self.recorder.close();
    }

    pub fn now(&self) -> Ts {
        self.db.now()
    }
    /// The name of the company that runs this deployment.
    pub fn organisation(&self) -> String {
        self.organisation.read().clone()
    }
    pub fn set_organisation(&self, name: String) {
        *self.organisation.write() = name;
    }

    /// Reads off the async threads.
    ///
    /// # Errors
    /// The closure's own, or 503 when no connection comes free.
    pub async fn read<T: Send + 'static>(&self, f: impl FnOnce(&mut Db) -> Result<T, AppError> + Send + 'static) -> Result<T, AppError> {
        let db = self.db.clone();
        blocking(move || db.read(f)).await
    }

    /// Runs one use case in one transaction, off the async threads.
    ///
    /// # Errors
    /// The closure's own; then nothing was written.
    pub async fn write<T: Send + 'static>(
        &self,
        actor: Actor,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let db = self.db.clone();
        blocking(move || db.write(actor, f)).await
    }
}

/// Runs slow or blocking work (hashing, pictures, the database) beside the async threads.
///
/// # Errors
/// The closure's own; internal when it panicked.
pub async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T, AppError> + Send + 'static) -> Result<T, AppError> {
    tokio::task::spawn_blocking(f).await.map_err(AppError::internal)?
}

/// Brings the schema up to date; one process at a time, and returns what ran.
///
/// # Errors
/// The database cannot be opened, or a migration failed.
pub fn migrate(config: &Config) -> anyhow::Result<Vec<String>> {
    let _lock = if let DatabaseUrl::Sqlite(path) = &config.database {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let file = fs::File::create(folder.join(".migrate.lock"))?;
        file.lock()?;
        Some(file)
    } else {
        None
    };
    let mut db = config.database.connect().with_context(|| format!("cannot open {:?}", config.database))?;
    crate::db::migrate(&mut db)
}

/// The secret keys of the deployment: they seal what is kept, and sign what goes out.
pub struct Keys(Vec<Key>);

struct Key {
    id: String,
    seal: XChaCha20Poly1305,
    tags: [u8; 32],
}

impl Keys {
    /// The configured keys, or the one kept in the data folder, made on first start.
    fn from_config(config: &Config) -> anyhow::Result<Self> {
        let secrets =
            if config.secret_keys.is_empty() { vec![kept_key(&config.data.join("secret.key"))?] } else { config.secret_keys.clone() };
        secrets.iter().map(Key::derive).collect::<anyhow::Result<Vec<_>>>().map(Self)
    }

    /// Encrypts and authenticates `text` for one purpose: `v1.<key id>.<nonce and ciphertext>`.
    ///
    /// # Errors
    /// Internal; it does not happen with a working random source.
    pub fn seal(&self, purpose: &str, text: &str) -> Result<String, AppError> {
        let key = self.0.first().ok_or_else(|| AppError::Internal(anyhow::anyhow!("no secret key")))?;
        let mut nonce = [0_u8; 24];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = key.seal.encrypt(&XNonce::from(nonce), Payload { msg: text.as_bytes(), aad: purpose.as_bytes() });
        let sealed = sealed.map_err(|_| AppError::Internal(anyhow::anyhow!("sealing failed")))?;
        Ok(format!("v1.{}.{}", key.id, B64.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// What [`Self::seal`] sealed for the same purpose; None for anything else.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<String> {
        let (id, body) = sealed.strip_prefix("v1.")?.split_once('.')?;
        let key = self.0.iter().find(|k| k.id == id)?;
        let bytes = B64.decode(body).ok()?;
        let (nonce, text) = bytes.split_at_checked(24)?;
        let nonce: [u8; 24] = nonce.try_into().ok()?;
        let plain = key.seal.decrypt(&XNonce::from(nonce), Payload { msg: text, aad: purpose.as_bytes() }).ok()?;
        String::from_utf8(plain).ok()
    }

    /// A keyed tag of `text`, for tokens that need no storage.
    pub fn tag(&self, purpose: &str, text: &str) -> String {
        self.0
            .first()
            .map(|key| {
                let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&key.tags)
                    .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
                mac.update(purpose.as_bytes());
                mac.update(&[0]);
                mac.update(text.as_bytes());
                B64.encode(mac.finalize().into_bytes())
            })
            .unwrap_or_default()
    }
}

impl Key {
    fn derive(secret: &SecretString) -> anyhow::Result<Self> {
        let hkdf = Hkdf::<Sha256>::new(None, secret.expose_secret().as_bytes());
        let (mut seal, mut tags) = ([0_u8; 32], [0_u8; 32]);
        hkdf.expand(b"herald seal v1", &mut seal).map_err(|e| anyhow::anyhow!("{e}"))?;
        hkdf.expand(b"herald tags v1", &mut tags).map_err(|e| anyhow::anyhow!("{e}"))?;
        let id: String = hex(&Sha256::digest(seal)).chars().take(8).collect();
        Ok(Self { id, seal: XChaCha20Poly1305::new(&seal.into()), tags })
    }
}

fn kept_key(path: &Path) -> anyhow::Result<SecretString> {
    if let Ok(text) = fs::read_to_string(path) {
        let text = text.trim();
        anyhow::ensure!(text.len() >= 32, "{} is damaged: it holds fewer than 32 characters", path.display());
        return Ok(SecretString::from(text));
    }
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let text = hex(&bytes);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            Ok(SecretString::from(text))
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => kept_key(path),
        Err(e) => Err(e).with_context(|| format!("cannot keep the secret key in {}", path.display())),
    }
}

/// SHA-256 in hex of a random token that we issued; what is stored in its place.
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// A fresh random token of 256 bits, with a prefix that says what it is.
pub fn new_token(prefix: &str) -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    format!("{prefix}{}", B64.encode(bytes))
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
