//! Which internet addresses Herald may connect to when a person typed the address.
//!
//! Source: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// True when the address belongs to the public internet.
///
/// Private, loopback, link-local, shared (CGNAT), multicast, documentation, benchmarking and
/// reserved ranges are not public; neither is any IPv6 form that carries an IPv4 address
/// (mapped, compatible, NAT64, 6to4, Teredo), because it could lead around this check.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let refused = match address.octets() {
        // "This network", private, loopback, multicast and above (240/4 and broadcast included).
        [0 | 10 | 127 | 224..=255, ..] => true,
        // Carrier-grade NAT, 100.64.0.0/10.
        [100, 64..=127, ..] => true,
        [169, 254, ..] => true,
        [172, 16..=31, ..] => true,
        [192, 168, ..] => true,
        // Protocol assignments, documentation, the old 6to4 relays.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] => true,
        // Benchmarking, 198.18.0.0/15, and documentation.
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        _ => false,
    };
    !refused
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is given out as global unicast. Everything else is refused by that:
    // ::1, ::ffff:0:0/96, 64:ff9b::/96, fc00::/7, fe80::/10, fec0::/10, ff00::/8.
    if first & 0xe000 != 0x2000 {
        return false;
    }
    match (first, second) {
        // Protocol assignments 2001::/23: Teredo, ORCHID, benchmarking.
        (0x2001, 0x0000..=0x01ff) => false,
        // Documentation: 2001:db8::/32 and 3fff::/20.
        (0x2001, 0x0db8) => false,
        (0x3fff, 0x0000..=0x0fff) => false,
        // 6to4.
        (0x2002, _) => false,
        _ => true,
    }
}
