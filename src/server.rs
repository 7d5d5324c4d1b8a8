//! `serve`: the web server with a worker inside, until it is told to stop.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::HttpServer;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, FormConfig, PathConfig, PayloadConfig, QueryConfig};
use anyhow::Context;
use tokio::sync::watch;

use crate::app::App;
use crate::error::AppError;
use crate::jobs;
use crate::routes;
use crate::web::{middleware, openapi};

/// The server on a listener already bound; the caller awaits it. Body limit 1 MB unless a handler
/// says otherwise.
///
/// # Errors
/// The listener cannot be used.
pub fn http(app: Arc<App>, listener: TcpListener) -> std::io::Result<Server> {
    let data = Data::from(app);
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(data.clone())
            .app_data(PayloadConfig::new(1 << 20))
            .app_data(FormConfig::default().limit(1 << 20))
            .app_data(PathConfig::default().error_handler(|_, request| openapi::not_an_id(request)))
            .app_data(
                QueryConfig::default().error_handler(|e, _| AppError::Malformed(format!("The address could not be read: {e}")).into()),
            )
            .wrap(from_fn(middleware::outer))
            .configure(routes::all)
    });
    Ok(server.listen(listener)?.shutdown_timeout(15).run())
}

/// Runs the server and, unless told otherwise, a worker, until SIGTERM or SIGINT; then drains.
///
/// # Errors
/// The address is taken, or the server failed.
pub async fn run(app: Arc<App>, with_worker: bool) -> anyhow::Result<()> {
    let address = app.config.listen;
    let listener = TcpListener::bind(address)
        .with_context(|| format!("HERALD_LISTEN: cannot listen on {address}. Is another Herald running there?"))?;
    let (stop, stopped) = watch::channel(false);
    let worker = with_worker.then(|| tokio::spawn(jobs::run_worker(app.clone(), stopped)));
    tracing::info!(%address, "ready");
    let served = http(app.clone(), listener)?.await;
    let _ = stop.send(true);
    if let Some(worker) = worker {
        let _ = worker.await;
    }
    app.close();
    Ok(served?)
}
