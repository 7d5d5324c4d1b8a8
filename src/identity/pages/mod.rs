//! The HTML pages of the slice.

mod account;
mod imports;
mod links;
mod list;
mod member;
mod parts;
mod sessions;
mod tokens;

use actix_web::web::ServiceConfig;

/// Fixed paths come before those with an id.
pub fn routes(config: &mut ServiceConfig) {
    links::routes(config);
    account::routes(config);
    sessions::routes(config);
    tokens::routes(config);
    imports::routes(config);
    list::routes(config);
    member::routes(config);
}
