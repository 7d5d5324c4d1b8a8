//! What every test starts from: [`TestApp`] serves the real app on a free port, on a database of its
//! own; [`on_each_backend!`] runs a test on SQLite and, where PostgreSQL is found, on that too.

pub mod app;
pub mod chromium;
pub mod fake_bluesky;
pub mod history;
pub mod postgres;
pub mod process;

pub use app::{Backend, Browser, TestApp};

/// Expands `async fn name(app: TestApp)` into `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_each_backend {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every test names what stands around it")]
            use super::*;
            async fn test($app: $crate::support::TestApp) $body
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let app = $crate::support::TestApp::start($crate::support::Backend::Sqlite).await.unwrap();
                test(app).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(app) = $crate::support::TestApp::start($crate::support::Backend::Postgres).await {
                    test(app).await;
                }
            }
        }
    )+};
}

/// Says aloud that something is left out; under `HERALD_TEST_REQUIRE_ALL=1` that is a failure.
pub fn skip(what: &str, why: &str) {
    assert!(std::env::var("HERALD_TEST_REQUIRE_ALL").is_err(), "{what} may not be skipped here: {why}");
    eprintln!("SKIPPED {what}: {why}");
}
