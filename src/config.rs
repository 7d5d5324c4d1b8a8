//! Configuration from the environment: small typed structs, every problem reported at once.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use crate::db::DatabaseUrl;

/// Everything that `serve`, `worker` and the commands need to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    /// The address people type, without a trailing slash.
    pub base_url: Url,
    pub data: PathBuf,
    pub database: DatabaseUrl,
    /// Newest first; the first seals, all open. Kept in the data folder when not set.
    pub secret_keys: Vec<SecretString>,
    pub mail: Mail,
    pub networks: Networks,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Only for tests and the demo: lets importers and connectors open private addresses.
    pub allow_private: bool,
    /// Off only for load runs: then nobody is ever asked to wait.
    pub rate_limits: bool,
    pub demo: bool,
}

#[derive(Clone, Debug)]
pub struct Mail {
    /// `smtp://user:password@host:port` or `smtps://…`; None keeps mails for the administrator.
    pub smtp: Option<SecretString>,
    pub from: String,
}

/// Where the networks answer; other than the defaults only for tests.
#[derive(Clone, Debug)]
pub struct Networks {
    pub bluesky_entryway: Url,
    pub plc_directory: Url,
}

/// One thing wrong with the environment: the variable, what is wrong, and the cure.
#[derive(Debug)]
pub struct ConfigProblem {
    pub variable: &'static str,
    pub message: String,
}

impl std::fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.variable, self.message)
    }
}

struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<ConfigProblem>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
    }

    /// The variable's value, or `unset` when it is not set. A wrong one is noted with its cure, and
    /// `unset` stands in until all problems are told.
    fn read<T>(&mut self, variable: &'static str, unset: T, cure: &str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        let Some(text) = self.text(variable) else { return unset };
        match parse(&text) {
            Ok(value) => value,
            Err(why) => {
                self.problems.push(ConfigProblem { variable, message: format!("{why}. {cure}") });
                unset
            }
        }
    }

    fn yes_or_no(&mut self, variable: &'static str, unset: bool) -> bool {
        self.read(variable, unset, "Write yes or no.", |t| match t {
            "yes" => Ok(true),
            "no" => Ok(false),
            other => Err(format!("“{other}” is neither yes nor no")),
        })
    }
}

fn address_and_port(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("“{text}” is no address with a port"))
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("“{text}” is no web address ({e})"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("“{text}” is no http or https address"));
    }
    Ok(url)
}

fn bare_address(text: &str) -> Result<Url, String> {
    let url = web_address(text)?;
    if url.path() == "/" && url.query().is_none() { Ok(url) } else { Err(format!("“{text}” has a path or a query")) }
}

fn list<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(parse).collect()
}

fn secret(text: &str) -> Result<SecretString, String> {
    if text.len() >= 32 { Ok(SecretString::from(text)) } else { Err("has fewer than 32 characters".into()) }
}

fn smtp(text: &str) -> Result<Option<SecretString>, String> {
    let known = text.starts_with("smtp://") || text.starts_with("smtps://");
    if known { Ok(Some(SecretString::from(text))) } else { Err("does not begin with smtp:// or smtps://".into()) }
}

fn sender(text: &str) -> Result<String, String> {
    text.parse::<lettre::message::Mailbox>().map(|_| text.to_owned()).map_err(|e| format!("“{text}” is no sender ({e})"))
}

impl Config {
    /// Reads the configuration through `get` (the environment in the program, a map in tests).
    ///
    /// # Errors
    /// Every problem found, each with its variable and the cure.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<ConfigProblem>> {
        let mut r = Reader { get, problems: Vec::new() };
        let known = |text: &'static str| Url::parse(text).map_err(|e| vec![ConfigProblem { variable: "HERALD", message: e.to_string() }]);
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let listen = r.read("HERALD_LISTEN", listen, "Write an address and a port, such as 127.0.0.1:8080.", address_and_port);
        let here = Url::parse(&format!("http://{listen}")).or_else(|_| known("http://127.0.0.1:8080"))?;
        let data = PathBuf::from(r.text("HERALD_DATA").unwrap_or_else(|| "./data".into()));
        let embedded = DatabaseUrl::Sqlite(data.join("herald.db"));
        let key_cure = "Make one with: openssl rand -hex 32. Several are separated by commas, the newest first.";
        let config = Self {
            listen,
            base_url: r.read("HERALD_BASE_URL", here, "Write the address people type, such as https://herald.example.com.", bare_address),
            database: r.read("DATABASE_URL", embedded, "Leave it out for the embedded SQLite file.", str::parse),
            data,
            secret_keys: r.read("HERALD_SECRET_KEY", Vec::new(), key_cure, |t| list(t, secret)),
            mail: Mail {
                smtp: r.read("HERALD_SMTP_URL", None, "Write smtp://user:password@host:587 or leave it out.", smtp),
                from: r.read(
                    "HERALD_MAIL_FROM",
                    "Herald <herald@localhost>".into(),
                    "Write a sender such as Herald <herald@example.com>.",
                    sender,
                ),
            },
            networks: Networks {
                bluesky_entryway: r.read("HERALD_BLUESKY_URL", known("https://bsky.social")?, "Leave it out.", web_address),
                plc_directory: r.read("HERALD_PLC_URL", known("https://plc.directory")?, "Leave it out.", web_address),
            },
            trusted_proxies: r.read(
                "HERALD_TRUSTED_PROXIES",
                Vec::new(),
                "Write the addresses of your proxies, separated by commas.",
                |t| list(t, |p| p.parse::<IpAddr>().map_err(|_| format!("“{p}” is no IP address"))),
            ),
            allow_private: r.yes_or_no("HERALD_ALLOW_PRIVATE_ADDRESSES", false),
            rate_limits: r.yes_or_no("HERALD_RATE_LIMITS", true),
            demo: false,
        };
        if r.problems.is_empty() { Ok(config) } else { Err(r.problems) }
    }

    /// An absolute address of this deployment.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Vec<ConfigProblem>> {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::read(&move |name| pairs.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()))
    }

    #[test]
    fn nothing_set_is_a_working_configuration() {
        let config = read(&[]).map_err(|p| format!("{p:?}"));
        assert!(config.is_ok_and(|c| c.database == DatabaseUrl::Sqlite("./data/herald.db".into()) && c.address("/x") == "http://127.0.0.1:8080/x"));
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_variable() {
        let problems = read(&[
            ("HERALD_LISTEN", "here"),
            ("DATABASE_URL", "mysql://x"),
            ("HERALD_SECRET_KEY", "short"),
            ("HERALD_SMTP_URL", "mail.example.com"),
        ])
        .err()
        .unwrap_or_default();
        let variables: Vec<_> = problems.iter().map(|p| p.variable).collect();
        assert_eq!(variables, ["HERALD_LISTEN", "DATABASE_URL", "HERALD_SECRET_KEY", "HERALD_SMTP_URL"]);
    }
}
