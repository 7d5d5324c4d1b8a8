//! The JSON endpoints of the slice.

mod auth;
mod imports;
mod me;
mod members;

pub use me::{set_own_password, token_name};
pub use members::NewMemberBody;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    auth::routes(config);
    me::routes(config);
    imports::routes(config);
    members::routes(config);
}
