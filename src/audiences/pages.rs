//! The HTML pages of the slice.

mod groups;
mod interests;
mod topics;

use actix_web::web::ServiceConfig;

pub fn routes(config: &mut ServiceConfig) {
    groups::routes(config);
    topics::routes(config);
    interests::routes(config);
}
