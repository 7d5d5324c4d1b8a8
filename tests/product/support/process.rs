//! The real binary as its own process, to be killed without warning.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `herald serve` on a free port.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    /// Starts the binary on a database and waits until it is ready.
    pub async fn serve(database: &str, data: &std::path::Path, more: &[(&str, &str)]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_herald"));
        command
            .arg("serve")
            .env("DATABASE_URL", database)
            .env("HERALD_DATA", data)
            .env("HERALD_LISTEN", format!("127.0.0.1:{port}"))
            .env("HERALD_RATE_LIMITS", "no")
            .env("HERALD_ALLOW_PRIVATE_ADDRESSES", "yes")
            .env("HERALD_LOG", "error")
            .stdout(Stdio::null());
        for (name, value) in more {
            command.env(name, value);
        }
        let process = Self { child: command.spawn().unwrap(), url: format!("http://127.0.0.1:{port}") };
        let end = Instant::now() + Duration::from_secs(20);
        while !reqwest::get(format!("{}/readyz", process.url)).await.is_ok_and(|r| r.status().is_success()) {
            assert!(Instant::now() < end, "herald serve did not become ready");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        process
    }

    /// SIGKILL: nothing is flushed, nothing is said.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
