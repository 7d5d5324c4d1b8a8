#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

fn visit(user_agent: &str) -> Signals<'_> {
    Signals { method: "GET", user_agent, accept_language: true, sec_fetch: true, seconds_since_posted: Some(600), ..Signals::default() }
}

fn verdict_of(signals: &Signals<'_>) -> (Verdict, &'static str) {
    let judged = judge(signals);
    assert_eq!(judged.rule_version, RULE_VERSION);
    (judged.verdict, judged.reason)
}

/// The agents of the reference, section 14, and those that its sources name.
const MACHINES: &[(&str, &str, &str)] = &[
    ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "agent_preview", "Facebook"),
    ("Facebot/1.0", "agent_preview", "Facebook"),
    ("Mozilla/5.0 (compatible; Meta-ExternalHit/1.1; +http://www.facebook.com/externalhit_uatext.php)", "agent_preview", "Meta"),
    ("meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "agent_preview", "Meta"),
    ("meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "agent_preview", "Meta"),
    ("meta-webindexer/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "agent_preview", "Meta"),
    ("meta-externalads/1.1", "agent_preview", "Meta"),
    ("facebookcatalog/1.0", "agent_preview", "Facebook"),
    ("LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "agent_preview", "LinkedIn"),
    ("Twitterbot/1.0", "agent_preview", "X"),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
        "agent_preview",
        "iMessage",
    ),
    ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "agent_preview", "Slack"),
    ("Slack-ImgProxy (+https://api.slack.com/robots)", "agent_preview", "Slack"),
    ("Slackbot 1.0 (+https://api.slack.com/robots)", "agent_preview", "Slack"),
    ("WhatsApp/2.23.20.0", "agent_preview", "WhatsApp"),
    ("TelegramBot (like TwitterBot)", "agent_preview", "Telegram"),
    ("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "agent_preview", "Discord"),
    ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", "agent_preview", "Teams or Skype"),
    ("MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview", "agent_preview", "Microsoft Office"),
    ("Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b", "agent_preview", "Bing"),
    ("Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "agent_preview", "Microsoft Office"),
    ("Microsoft Office/16.0 (MSOffice 16)", "agent_preview", "Microsoft Office"),
    ("Mastodon/4.5.0 (http.rb/5.3.1; +https://mastodon.example/)", "agent_preview", "Mastodon"),
    ("http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.example/)", "agent_preview", "Mastodon"),
    ("Lemmy/0.19.8; +https://lemmy.example", "agent_preview", "Lemmy"),
    ("SummalyBot/5.1.0", "agent_preview", "Misskey"),
    ("Akkoma 3.10; https://akkoma.example <admin@akkoma.example>", "agent_preview", "Akkoma"),
    ("Pleroma 2.6.0; https://pleroma.example <admin@pleroma.example>", "agent_preview", "Pleroma"),
    ("Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)", "agent_preview", "Bluesky"),
    ("bluesky-domain-status-classifier/1.0", "agent_preview", "Bluesky"),
    ("Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)", "agent_preview", "Reddit"),
    ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:15.0) Xing Bot", "agent_preview", "XING"),
    ("Viber", "agent_preview", "Viber"),
    ("Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)", "agent_preview", "VK"),
    ("Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)", "agent_preview", "Pinterest"),
    ("Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots", "agent_preview", "Snapchat"),
    ("Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)", "agent_preview", "Embedly"),
    ("Iframely/1.3.1 (+https://iframely.com/docs/about)", "agent_preview", "Iframely"),
    ("Synapse (bot; +https://github.com/matrix-org/synapse)", "agent_preview", "Matrix"),
    ("Valve/Steam HTTP Client 1.0 (SteamChatURLLookup)", "agent_preview", "Steam"),
    (
        "Mozilla/5.0 (compatible; EveryoneSocialBot/1.0; support@everyonesocial.com http://everyonesocial.com/)",
        "agent_preview",
        "EveryoneSocial",
    ),
    ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "agent_preview", "Gmail"),
    ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", "agent_preview", "Yahoo Mail"),
    ("Mozilla/5.0 (compatible; Google-Safety; +http://www.google.com/bot.html)", "agent_scanner", "Google"),
    ("virustotal", "agent_scanner", "VirusTotal"),
    ("TwinWaveScanner/1.0", "agent_scanner", "TwinWave"),
    ("CloudflareRadarURLScanner/1.0", "agent_scanner", "Cloudflare Radar"),
    ("BitSightBot/1.0", "agent_scanner", "BitSight"),
    ("Expanse, a Palo Alto Networks company, searches across the global IPv4 space", "agent_scanner", "Palo Alto Expanse"),
    ("Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)", "agent_scanner", "Censys"),
    ("Unshorten.It! 1.0", "agent_scanner", "Unshorten.It"),
    ("BarracudaCentral/1.0", "agent_scanner", "Barracuda"),
    ("curl/8.5.0", "agent_library", "curl"),
    ("Wget/1.21", "agent_library", "Wget"),
    ("python-requests/2.32", "agent_library", "Python"),
    ("Go-http-client/2.0", "agent_library", "Go"),
    ("axios/1.7.2", "agent_library", "axios"),
    ("okhttp/4.12.0", "agent_library", "OkHttp"),
    ("Apache-HttpClient/4.5.14 (Java/17)", "agent_library", "Apache HttpClient"),
    ("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", "agent_library", "node-fetch"),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "agent_crawler", "Google"),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36",
        "agent_crawler",
        "a headless browser",
    ),
    ("Mozilla/5.0 (compatible; NobodyKnowsBot/0.1)", "agent_crawler", "a bot"),
    ("SomeSpider 1.0", "agent_crawler", "a crawler"),
];

/// People, many of them in browsers inside apps, that careless lists take for machines.
const PEOPLE: &[&str] = &[
    CHROME,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/480.0.0.36.110;FBBV/123;FBDV/iPhone15,2]",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0.0.1;]",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10 Pro XL Build/CP1A.260305.018; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/146.0.0.0 Mobile Safari/537.36 MetaIAB Facebook",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 Version/4.0 Chrome/120.0 Mobile Safari/537.36 Instagram 300.0.0.29.110 Android (34/14; 420dpi; 1080x2400; Google/google; Pixel 8; shiba; shiba; en_US)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.30.1234",
    "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36 LinkedInApp/4.1.900",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Twitter for iPhone/10.50",
    "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36 TwitterAndroid",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Barcelona 350.0.0.28.90",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/320.0.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.41.97 Chrome/130.0.0.0 Electron/33.0.0 Safari/537.36 Slack_SSB/4.41.97",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Teams/24295.605 Chrome/128.0 Electron/31 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 9; CUBOT_P40 Build/PPR1; CUBOT) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; Viber) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; arm_64; Android 14; SM-A546E) AppleWebKit/537.36 Chrome/128.0 YaApp_Android/24.90 YaSearchBrowser/24.90 Mobile Safari/537.36",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80; U; en) Presto/2.5.25 Version/10.54",
];

#[test]
fn the_file_of_agents_is_sound() {
    let agents = AGENTS.as_ref().unwrap();
    assert!(agents.lines.len() > 200);
    let mut seen = std::collections::BTreeSet::new();
    for line in include_str!("../agents.txt").lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [fragment, who, _, source] = columns.as_slice() else { unreachable!("four columns: {line}") };
        assert!(fragment.len() >= 4 && !who.is_empty() && !source.is_empty(), "{line}");
        assert!(seen.insert(fragment.to_ascii_lowercase()), "twice: {line}");
    }
}

#[test]
fn every_agent_of_the_reference_is_known() {
    for (user_agent, reason, who) in MACHINES {
        let judged = judge(&visit(user_agent));
        assert_eq!((judged.reason, judged.who), (*reason, Some(*who)), "{user_agent}");
        assert!(!judged.verdict.is_click());
        assert_eq!(judge(&visit(&user_agent.to_uppercase())).reason, *reason, "in capitals: {user_agent}");
    }
}

#[test]
fn people_in_apps_are_people() {
    for user_agent in PEOPLE {
        assert_eq!(verdict_of(&visit(user_agent)), (Verdict::Human, "person"), "{user_agent}");
    }
}

#[test]
fn only_a_get_can_be_a_click() {
    for (method, reason) in [
        ("HEAD", "method_head"),
        ("OPTIONS", "method_not_get"),
        ("POST", "method_not_get"),
        ("get", "method_not_get"),
        ("", "method_not_get"),
    ] {
        let signals = Signals { method, own_click: true, sec_purpose: Some("prefetch"), ..visit(CHROME) };
        assert_eq!(verdict_of(&signals), (Verdict::Machine, reason), "{method}");
    }
    let named = judge(&Signals { method: "HEAD", ..visit("Slackbot 1.0 (+https://api.slack.com/robots)") });
    assert_eq!(named.who, Some("Slack"), "the reason is the method, and still it is told who it was");
}

#[test]
fn a_prefetch_is_not_yet_a_click() {
    let signals = visit(CHROME);
    for ahead in [
        Signals { sec_purpose: Some("prefetch"), ..signals },
        Signals { sec_purpose: Some("Prefetch;Prerender"), ..signals },
        Signals { sec_purpose: Some("prefetch;anonymous-client-ip"), ..signals },
        Signals { purpose: Some("prefetch"), ..signals },
        Signals { x_purpose: Some("preview"), ..signals },
        Signals { x_moz: Some("prefetch"), ..signals },
        Signals { sec_purpose: Some("prefetch"), own_click: true, repeated_within_hour: true, ..signals },
    ] {
        assert_eq!(verdict_of(&ahead), (Verdict::Preview, "prefetch"));
    }
    assert_eq!(verdict_of(&Signals { sec_purpose: Some(""), ..signals }).0, Verdict::Human);
}

#[test]
fn what_only_claims_to_be_a_browser_is_suspect() {
    for (signals, reason) in [
        (visit(""), "agent_empty"),
        (visit("  "), "agent_empty"),
        (visit("Foo/1.0"), "agent_not_a_browser"),
        (Signals { accept_language: false, sec_fetch: false, ..visit(CHROME) }, "browser_without_headers"),
        (Signals { seconds_since_posted: Some(-1), ..visit(CHROME) }, "before_posting"),
        (Signals { seconds_since_posted: Some(0), ..visit(CHROME) }, "burst_after_posting"),
        (Signals { seconds_since_posted: Some(5), repeated_within_hour: true, ..visit(CHROME) }, "burst_after_posting"),
    ] {
        assert_eq!(verdict_of(&signals), (Verdict::Suspect, reason));
    }
    assert_eq!(verdict_of(&Signals { sec_fetch: false, ..visit(CHROME) }).0, Verdict::Human, "plain http has no Sec-Fetch");
    assert_eq!(verdict_of(&Signals { seconds_since_posted: Some(6), ..visit(CHROME) }).0, Verdict::Human);
    assert_eq!(verdict_of(&Signals { seconds_since_posted: None, ..visit(CHROME) }).0, Verdict::Human);
}

#[test]
fn own_clicks_and_repeats_are_told_apart() {
    let own = Signals { own_click: true, repeated_within_hour: true, seconds_since_posted: Some(2), ..visit(CHROME) };
    assert_eq!(verdict_of(&own), (Verdict::Own, "own_click"));
    let again = Signals { repeated_within_hour: true, ..visit(CHROME) };
    assert_eq!(verdict_of(&again), (Verdict::Repeat, "repeat_within_hour"));
    let machine = Signals { repeated_within_hour: true, ..visit("curl/8.5.0") };
    assert_eq!(verdict_of(&machine).0, Verdict::Machine, "a machine is no repeating person");
}

#[test]
fn every_reason_has_a_sentence_and_every_verdict_a_name() {
    for (code, text) in REASONS {
        assert!(reason_text(code) == text && text.ends_with('.'), "{code}");
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    }
    assert_ne!(reason_text("person"), reason_text("no such code"));
    for verdict in Verdict::ALL {
        assert_eq!(verdict.as_str().parse(), Ok(verdict));
    }
    assert!("click".parse::<Verdict>().is_err());
}

#[test]
fn any_agent_is_judged() {
    for text in
        ["é".repeat(5000), "\u{0}\u{1}".to_owned(), "🦋".repeat(400), "bot".to_owned(), format!("Mozilla/5.0 {}", "x".repeat(100_000))]
    {
        assert_eq!(judge(&visit(&text)).rule_version, RULE_VERSION);
    }
    assert_eq!(judge(&visit("Mozilla/5.0 nicebot")).reason, "agent_crawler");
}
