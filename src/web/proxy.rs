use std::net::IpAddr;

use actix_web::HttpRequest;

use crate::config::Config;

/// The address of the person: the peer's, or what trusted proxies say stood before them. A
/// forged `X-Forwarded-For` from anybody else is ignored.
pub fn client_address(request: &HttpRequest, config: &Config) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |a| a.ip());
    if config.trusted_proxies.is_empty() || !config.trusted_proxies.contains(&peer) {
        return peer;
    }
    let hops = request.headers().get_all("x-forwarded-for").filter_map(|v| v.to_str().ok());
    let hops: Vec<IpAddr> = hops.flat_map(|v| v.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter().rev().find(|hop| !config.trusted_proxies.contains(hop)).unwrap_or(peer)
}
