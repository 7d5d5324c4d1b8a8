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

    fn parsed<T>(&mut self, variable: &'static str, default: &str, cure: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(variable).unwrap_or_else(|| default.to_owned());
        parse(&text).map_err(|why| self.problems.push(ConfigProblem { variable, message: format!("{why}. {cure}") })).ok()
    }
}

fn web_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("“{text}” is no web address ({e})"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("“{text}” is no http or https address"));
    }
    Ok(url)
}

impl Config {
    /// Reads the configuration through `get` (the environment in the program, a map in tests).
    ///
    /// # Errors
    /// Every problem found, each with its variable and the cure.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<ConfigProblem>> {
        let mut r = Reader { get, problems: Vec::new() };
        let listen = r.parsed("HERALD_LISTEN", "127.0.0.1:8080", "Write an address and a port, such as 127.0.0.1:8080.", |t| {
            t.parse::<SocketAddr>().map_err(|_| format!("“{t}” is no address with a port"))
        });
        let fallback = format!("http://{}", listen.map_or_else(|| "127.0.0.1:8080".into(), |l| l.to_string()));
        let base_url = r.parsed("HERALD_BASE_URL", &fallback, "Write the address people type, such as https://herald.example.com.", |t| {
            let url = web_address(t)?;
            if url.path() == "/" && url.query().is_none() { Ok(url) } else { Err(format!("“{t}” has a path or a query")) }
        });
        let data = PathBuf::from(r.text("HERALD_DATA").unwrap_or_else(|| "./data".into()));
        let local = format!("sqlite://{}", data.join("herald.db").display());
        let database = r.parsed("DATABASE_URL", &local, "Leave it out for the embedded SQLite file.", str::parse);
        let secret_keys = r.parsed(
            "HERALD_SECRET_KEY",
            "",
            "Make one with: openssl rand -hex 32. Several are separated by commas, the newest first.",
            |t| {
                t.split(',')
                    .map(str::trim)
                    .filter(|k| !k.is_empty())
                    .map(|k| if k.len() >= 32 { Ok(SecretString::from(k)) } else { Err("has fewer than 32 characters".to_owned()) })
                    .collect::<Result<Vec<_>, _>>()
            },
        );
        let smtp = r.parsed("HERALD_SMTP_URL", "", "Write smtp://user:password@host:587 or leave it out.", |t| match t {
            "" => Ok(None),
            t if t.starts_with("smtp://") || t.starts_with("smtps://") => Ok(Some(SecretString::from(t))),
            _ => Err("does not begin with smtp:// or smtps://".into()),
        });
        let from = r.parsed("HERALD_MAIL_FROM", "Herald <herald@localhost>", "Write a sender such as Herald <herald@example.com>.", |t| {
            t.parse::<lettre::message::Mailbox>().map(|_| t.to_owned()).map_err(|e| format!("“{t}” is no sender ({e})"))
        });
        let entryway = r.parsed("HERALD_BLUESKY_URL", "https://bsky.social", "Leave it out.", web_address);
        let plc = r.parsed("HERALD_PLC_URL", "https://plc.directory", "Leave it out.", web_address);
        let trusted_proxies = r.parsed("HERALD_TRUSTED_PROXIES", "", "Write the addresses of your proxies, separated by commas.", |t| {
            t.split(',')
                .map(str::trim)
                .filter(|p| !p.is_empty())
                .map(|p| p.parse::<IpAddr>().map_err(|_| format!("“{p}” is no IP address")))
                .collect::<Result<Vec<_>, _>>()
        });
        let allow_private = r.parsed("HERALD_ALLOW_PRIVATE_ADDRESSES", "no", "Write yes or no; yes is for tests only.", |t| match t {
            "yes" => Ok(true),
            "no" => Ok(false),
            other => Err(format!("“{other}” is neither yes nor no")),
        });
        match (listen, base_url, database, secret_keys, smtp, from, entryway, plc, trusted_proxies, allow_private) {
            (
                Some(listen),
                Some(base_url),
                Some(database),
                Some(secret_keys),
                Some(smtp),
                Some(from),
                Some(bluesky_entryway),
                Some(plc_directory),
                Some(trusted_proxies),
                Some(allow_private),
            ) => Ok(Self {
                listen,
                base_url,
                data,
                database,
                secret_keys,
                trusted_proxies,
                allow_private,
                mail: Mail { smtp, from },
                networks: Networks { bluesky_entryway, plc_directory },
                demo: false,
            }),
            _ => Err(r.problems),
        }
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
