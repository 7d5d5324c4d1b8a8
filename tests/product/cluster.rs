//! The arrangement for more than one machine: two processes, PostgreSQL, a proxy that balances, and a
//! real mail server, as in docker-compose.yml.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;

use crate::support::skip;

struct Cluster {
    script: Child,
    said: HashMap<String, String>,
    _folder: tempfile::TempDir,
}

impl Cluster {
    fn start() -> Option<Self> {
        let folder = tempfile::Builder::new().permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755)).tempdir().unwrap();
        let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/cluster.sh"))
            .arg(env!("CARGO_BIN_EXE_herald"))
            .arg(folder.path().join("c"))
            .env("HERALD_RATE_LIMITS", "no")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if !line.starts_with("READY") {
            let code = script.wait().unwrap().code();
            assert_eq!(code, Some(77), "cluster.sh failed");
            skip("two machines behind a proxy", "nginx, aiosmtpd or PostgreSQL is missing; run tests/peers/install.sh");
            return None;
        }
        let said = line.split_whitespace().filter_map(|w| w.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Some(Self { script, said, _folder: folder })
    }

    fn at(&self, name: &str) -> &str {
        &self.said[name]
    }

    /// Waits for a mail to this address and returns it as it was delivered.
    async fn mail_to(&self, address: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let files: Vec<PathBuf> =
                std::fs::read_dir(self.at("mail")).map(|d| d.flatten().map(|e| e.path()).collect()).unwrap_or_default();
            for file in files {
                let text = std::fs::read_to_string(file).unwrap_or_default();
                if text.contains(&format!("To: {address}")) {
                    return text;
                }
            }
            assert!(Instant::now() < end, "no mail to {address}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn member_create(&self, email: &str, roles: &str) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_herald"))
            .args(["member", "create", email, "--name", "Ada Brenner", "--roles", roles, "--password-stdin"])
            .env("DATABASE_URL", self.at("pg"))
            .env("HERALD_DATA", format!("{}/cli", self.at("dir")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"correct horse battery").unwrap();
        assert!(child.wait().unwrap().success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.script.id().to_string()]).status();
        let _ = self.script.wait();
    }
}

fn decoded(mail: &str) -> String {
    mail.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_serve_one_deployment() {
    let Some(cluster) = tokio::task::spawn_blocking(Cluster::start).await.unwrap() else { return };
    cluster.member_create("ada@example.com", "admin,advocate");
    let client = reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = cluster.at("url").to_owned();
    let sign_in = |password: &'static str| {
        let (client, url) = (client.clone(), url.clone());
        async move {
            client
                .post(format!("{url}/sign-in"))
                .form(&[("email", "ada@example.com"), ("password", password)])
                .send()
                .await
                .unwrap()
                .status()
        }
    };
    assert_eq!(sign_in("correct horse battery").await, StatusCode::SEE_OTHER);
    for _ in 0..6 {
        let page = client.get(format!("{url}/account")).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "a session holds on both machines");
    }

    let stranger = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let asked = stranger.post(format!("{url}/forgot")).form(&[("email", "ada@example.com")]).send().await.unwrap();
    assert!(asked.status().is_success() || asked.status().is_redirection(), "{}", asked.status());
    let mail = decoded(&cluster.mail_to("ada@example.com").await);
    assert!(mail.contains("multipart/alternative") && mail.contains("From: Herald <herald@nordwind.example>"), "{mail}");
    let link =
        regex::Regex::new(r"http://[^\s]+/reset/[A-Za-z0-9_-]+").unwrap().find(&mail).expect("a link in the mail").as_str().to_owned();
    assert!(link.starts_with(&url), "{link}");
    for _ in 0..2 {
        assert_eq!(
            stranger.get(&link).send().await.unwrap().status(),
            StatusCode::OK,
            "a mail scanner that opens the link uses nothing up"
        );
    }
    let set = stranger.post(&link).form(&[("password", "another fine secret")]).send().await.unwrap();
    assert_eq!(set.status(), StatusCode::SEE_OTHER, "{}", set.text().await.unwrap());
    assert_eq!(sign_in("correct horse battery").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_in("another fine secret").await, StatusCode::SEE_OTHER);

    let pid = std::fs::read_to_string(format!("{}/a.pid", cluster.at("dir"))).unwrap();
    assert!(Command::new("kill").args(["-9", pid.trim()]).status().unwrap().success());
    for _ in 0..10 {
        let page = client.get(format!("{url}/account")).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "one machine is gone, the other serves");
    }
}
