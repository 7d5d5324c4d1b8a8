//! Addresses as Herald keeps them: absolute, without what only tracks readers.

use percent_encoding::percent_decode_str;
use url::Url;

/// Names of query parameters that say where a reader came from and change nothing about the page.
const TRACKING: &[&str] = &[
    "_branch_match_id",
    "_ga",
    "_gl",
    "_openstat",
    "cmpid",
    "dclid",
    "fbclid",
    "ga_campaign",
    "ga_medium",
    "ga_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "igsh",
    "igshid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "oly_anon_id",
    "oly_enc_id",
    "s_kwcid",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_conv",
    "vero_id",
    "wbraid",
    "wickedid",
    "wt_mc",
    "wt_zmc",
    "xtor",
    "yclid",
];
/// Beginnings of such names.
const TRACKING_FAMILIES: &[&str] = &["utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "_hs", "at_"];

/// An http or https address, made absolute against the page it stands on. Spaces and line breaks
/// inside are dropped, and so are user names and passwords. None for everything else.
pub fn resolve(base: &Url, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let mut url = base.join(href).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url)
}

/// The address without tracking parameters and without a fragment that only tracks or highlights.
/// The order of the remaining parameters, and how they are written, stays.
pub fn without_tracking(mut url: Url) -> Url {
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
        let kept = kept.join("&");
        if kept != query {
            url.set_query(Some(kept.as_str()).filter(|rest| !rest.is_empty()));
        }
    }
    if url.query() == Some("") {
        url.set_query(None);
    }
    if url.fragment().is_some_and(|fragment| fragment.is_empty() || fragment.starts_with(":~:") || is_tracking(fragment)) {
        url.set_fragment(None);
    }
    url
}

fn is_tracking(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let name = percent_decode_str(name).decode_utf8_lossy().to_ascii_lowercase();
    TRACKING.contains(&name.as_str())
        || TRACKING_FAMILIES.iter().any(|family| name.starts_with(family))
        // Medium marks the readers of its feeds so: `source=rss----0a1b2c---4`.
        || (name == "source" && value.starts_with("rss-"))
}

/// The key by which two addresses are recognised as the same article, for de-duplication only;
/// it is no address to open.
///
/// Folded: http and https; a leading `www.`; letter case of the host; default ports; one or more
/// trailing slashes; tracking parameters; the order of the parameters; how unreserved letters are
/// escaped; the fragment, except routes written as `#!...` or `#/...`, which are pages of their own.
/// Not folded: letter case of the path, `index.html`, and mobile or AMP hosts, because on some
/// sites these differ.
pub fn same_item_key(link: &Url) -> String {
    let link = without_tracking(link.clone());
    let host = link.host_str().unwrap_or_default().trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let mut key = host.to_owned();
    if let Some(port) = link.port().filter(|port| !matches!(port, 80 | 443)) {
        key.push_str(&format!(":{port}"));
    }
    key.push_str(unescaped(link.path()).trim_end_matches('/'));
    let mut pairs: Vec<String> = link.query().unwrap_or_default().split('&').map(unescaped).collect();
    pairs.retain(|pair| !pair.is_empty());
    pairs.sort_unstable();
    if !pairs.is_empty() {
        key.push('?');
        key.push_str(&pairs.join("&"));
    }
    if let Some(route) = link.fragment().filter(|f| f.starts_with(['!', '/'])) {
        key.push('#');
        key.push_str(&unescaped(route));
    }
    key
}

/// Letters, digits and `-._~` mean the same escaped or not (RFC 3986, section 2.3); other escapes
/// are kept, with their hexadecimal digits in capitals.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let code = after.get(..2).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (code, after.get(2..)) {
            (Some(byte), Some(tail)) => {
                let letter = char::from(byte);
                if letter.is_ascii_alphanumeric() || "-._~".contains(letter) {
                    out.push(letter);
                } else {
                    out.push_str(&format!("%{byte:02X}"));
                }
                rest = tail;
            }
            _ => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// True when both addresses belong to one owner: the same registrable domain by the public
/// suffix list, or the same host where there is none.
pub fn same_site(a: &Url, b: &Url) -> bool {
    match (a.host_str(), b.host_str()) {
        (Some(a), Some(b)) => a == b || registrable(a).is_some_and(|site| registrable(b) == Some(site)),
        _ => false,
    }
}

/// `blog.example.co.uk` -> `example.co.uk`; None for numbers and names without a dot.
pub fn registrable(host: &str) -> Option<&str> {
    let is_number = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    if is_number { None } else { psl::domain_str(host) }
}
