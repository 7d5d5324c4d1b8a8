//! A real, headless Chromium driven over WebDriver.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};

/// One browser window with a profile of its own.
pub struct Chromium {
    pub page: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// None, said aloud, where Chromium or its driver is missing.
    pub async fn start() -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver").arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let Ok(driver) = driver else {
            super::skip("a test in a browser", "chromedriver is not installed (Debian: chromium chromium-driver)");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,1200",
            "--disable-dev-shm-usage",
            "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let capabilities = serde_json::json!({"goog:chromeOptions": {"args": arguments}});
        let end = Instant::now() + Duration::from_secs(40);
        loop {
            let mut builder = ClientBuilder::rustls().unwrap();
            builder.capabilities(capabilities.as_object().unwrap().clone());
            match builder.connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(page) => return Some(Self { page, driver, _profile: profile }),
                Err(error) => assert!(Instant::now() < end, "Chromium did not start: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    pub async fn open(&self, url: &str) {
        self.page.goto(url).await.unwrap();
    }

    /// Waits until an element is there and returns its text.
    pub async fn see(&self, css: &str) -> String {
        let found = self.page.wait().at_most(Duration::from_secs(15)).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element.text().await.unwrap_or_default(),
            Err(_) => panic!("no {css} on {}: {}", self.page.current_url().await.unwrap(), self.body().await),
        }
    }

    pub async fn body(&self) -> String {
        match self.page.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the page says something.
    pub async fn reads(&self, text: &str) {
        let end = Instant::now() + Duration::from_secs(15);
        while !self.body().await.contains(text) {
            assert!(Instant::now() < end, "“{text}” is not on {}: {}", self.page.current_url().await.unwrap(), self.body().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub async fn click(&self, css: &str) {
        self.see(css).await;
        self.page.find(Locator::Css(css)).await.unwrap().click().await.unwrap_or_else(|e| panic!("cannot click {css}: {e}"));
    }

    /// Clicks the first link or button with this text.
    pub async fn press(&self, text: &str) {
        let path = format!(
            "//main//*[self::a or self::button][contains(normalize-space(.), '{text}')] | //*[self::a or self::button][normalize-space(.)='{text}']"
        );
        let element = self.page.wait().at_most(Duration::from_secs(15)).for_element(Locator::XPath(&path)).await;
        let Ok(element) = element else {
            panic!("no “{text}” to press on {}: {}", self.page.current_url().await.unwrap(), self.body().await)
        };
        element.click().await.unwrap_or_else(|e| panic!("cannot press “{text}”: {e}"));
    }

    pub async fn fill(&self, name: &str, value: &str) {
        let css = format!("[name=\"{name}\"]");
        self.see(&css).await;
        let element = self.page.find(Locator::Css(&css)).await.unwrap();
        element.clear().await.unwrap();
        element.send_keys(value).await.unwrap();
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
