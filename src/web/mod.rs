//! What every page and JSON endpoint needs, and nothing that belongs to a slice: templates and the
//! page shell, forms with their CSRF token, JSON bodies, paging, rate limits, idempotency keys,
//! request ids, security headers, static files, health and metrics, and the SSRF-safe client.

pub mod assets;
pub mod chart;
mod csrf;
mod etag;
mod form;
mod idempotency;
mod json;
mod limits;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod outbound;
mod page;
mod paging;
mod proxy;
mod templates;
mod upload;

pub use csrf::Csrf;
pub use etag::{IfMatch, etag};
pub use form::{Form, FormErrors};
pub use idempotency::{IdempotencyKey, forget_old_keys, once};
pub use json::JsonBody;
pub use limits::Limits;
pub use page::{Flash, FlashKind, Html, NavGroup, NavItem, Shown, Viewer, When, redirect};
pub use paging::{Page, PageQuery};
pub use proxy::client_address;
pub use templates::{Templates, grouped};
pub use upload::Upload;
