pub fn routes(_config: &mut actix_web::web::ServiceConfig) {}
