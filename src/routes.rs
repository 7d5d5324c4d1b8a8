//! Where everything is mounted, on one screen.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, get};
use utoipa::OpenApi;
use utoipa_actix_web::service_config::ServiceConfig as ApiConfig;

use crate::administration::health;
use crate::jobs::Registry;
use crate::web::{assets, middleware, openapi};
use crate::{administration, audiences, demo, home, identity, library, networks, notifications, recognition, reports, sharing, tracking};

/// The jobs of every slice.
pub fn jobs() -> Registry {
    let mut registry = Registry::default();
    for add in [
        identity::jobs,
        notifications::jobs,
        audiences::jobs,
        library::jobs,
        networks::jobs,
        tracking::jobs,
        sharing::jobs,
        recognition::jobs,
        reports::jobs,
    ] {
        add(&mut registry);
    }
    registry
}

/// The JSON endpoints of every slice, under `/api/v1`.
fn api(config: &mut ApiConfig) {
    for add in [
        identity::api,
        notifications::api,
        audiences::api,
        library::api,
        networks::api,
        tracking::api,
        sharing::api,
        recognition::api,
        reports::api,
        administration::api,
    ] {
        add(config);
    }
}

/// The OpenAPI document of [`api`].
pub fn document() -> utoipa::openapi::OpenApi {
    use utoipa_actix_web::AppExt;
    let (_, document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(openapi::Document::openapi())
        .service(utoipa_actix_web::scope::scope("/api/v1").configure(api))
        .split_for_parts();
    openapi::complete(document)
}

/// Everything, in the order in which addresses are matched.
pub fn all(config: &mut ServiceConfig) {
    config
        .route("/healthz", get().to(health::healthz))
        .route("/readyz", get().to(health::readyz))
        .route("/metrics", get().to(health::metrics))
        .route("/static/{path:.*}", get().to(assets::serve))
        .configure(tracking::redirects)
        .route("/api/openapi.json", get().to(openapi::serve))
        .service(web::scope("/api/v1").wrap(from_fn(identity::identify)).configure(|plain| {
            api(&mut ApiConfig::new(plain));
            plain.default_service(web::to(openapi::unknown));
        }))
        .service(
            web::scope("")
                .wrap(from_fn(identity::identify))
                .wrap(from_fn(middleware::error_pages))
                .configure(home::pages)
                .configure(identity::pages)
                .configure(notifications::pages)
                .configure(audiences::pages)
                .configure(library::pages)
                .configure(networks::pages)
                .configure(sharing::pages)
                .configure(recognition::pages)
                .configure(reports::pages)
                .configure(administration::pages)
                .configure(demo::pages)
                .configure(openapi::pages)
                .default_service(web::to(openapi::unknown)),
        );
}
