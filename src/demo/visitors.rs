//! Who follows a short link: people in browsers and apps, and the machines that come with each network.

use std::net::{IpAddr, Ipv4Addr};

use rand::RngExt;
use rand::rngs::StdRng;

use crate::network::Network;
use crate::tracking::Visit;

const BROWSERS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.{v} Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E{v} Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
];

/// The machines that a network sends after a post: agent, the fewest, the most.
fn machines(network: Network) -> &'static [(&'static str, u32, u32)] {
    match network {
        Network::Linkedin => &[("LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", 1, 3)],
        Network::X => &[("Twitterbot/1.0", 2, 4), ("Mozilla/5.0 (compatible; bot/1.0)", 1, 3), ("", 0, 2)],
        Network::Facebook => &[("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", 1, 4)],
        Network::Threads => &[("meta-externalagent/1.1", 1, 3)],
        Network::Mastodon => &[("Mastodon/4.5.1 (http.rb/5.3.1; +https://town.example/)", 9, 26), ("SummalyBot/5.2", 0, 3)],
        Network::Bluesky => {
            &[("Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)", 1, 2), ("python-requests/2.32", 0, 2)]
        }
        Network::Whatsapp => &[("WhatsApp/2.25.1 A", 1, 1)],
        Network::Telegram => &[("TelegramBot (like TwitterBot)", 1, 2)],
        Network::Email => &[("curl/8.5.0", 0, 1)],
        Network::Reddit => &[("redditbot/1.0", 1, 2)],
        Network::Xing => &[("Mozilla/5.0 Xing Bot", 1, 1)],
    }
}

fn visit(agent: String, address: IpAddr, network: Network, person: bool) -> Visit {
    let referer_host = match network {
        Network::Linkedin if person => "www.linkedin.com",
        Network::X if person => "t.co",
        Network::Bluesky if person => "bsky.app",
        Network::Facebook if person => "l.facebook.com",
        _ => "",
    };
    Visit {
        method: "GET".into(),
        user_agent: agent,
        referer_host: referer_host.into(),
        address,
        purposes: [None, None, None, None],
        accept_language: person,
        sec_fetch: person,
        own: false,
    }
}

fn somewhere(chance: &mut StdRng) -> IpAddr {
    Ipv4Addr::new(chance.random_range(11..200), chance.random(), chance.random(), chance.random()).into()
}

/// One person, somewhere, in a browser of today.
pub fn person(chance: &mut StdRng, network: Network) -> Visit {
    let place = chance.random_range(0..BROWSERS.len());
    let agent = BROWSERS.get(place).copied().unwrap_or_default().replace("{v}", &chance.random_range(128..146).to_string());
    visit(agent, somewhere(chance), network, true)
}

/// The machines that come within minutes of a post.
pub fn crowd(chance: &mut StdRng, network: Network) -> Vec<Visit> {
    let mut all = Vec::new();
    for &(agent, least, most) in machines(network) {
        for _ in 0..chance.random_range(least..=most) {
            all.push(visit(agent.into(), somewhere(chance), network, false));
        }
    }
    all
}
