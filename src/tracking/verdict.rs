//! Is this hit a click? The verdict of one hit on a short link, with its reason.
//!
//! Everybody is redirected; the verdict only decides what is counted. Each hit keeps its verdict, its
//! reason and the version of the rules, so that the raw number and the human number stand side by side
//! and old hits can be judged again when the rules improve.
//!
//! The order of the rules is part of them: what the request itself admits comes first (its method, a
//! prefetch, its agent), then what we know (own click), then what we guess (burst, bare headers), and
//! last the repeat, so that a machine is never filed as a repeating person.

use std::str::FromStr;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// The version of the rules and of `agents.txt`; stored with each hit.
pub const RULE_VERSION: u16 = 1;

/// A hit this soon after the post is a machine's: the networks' crawlers and mail scanners come within
/// two to five seconds.
pub const BURST_SECONDS: i64 = 5;

/// Only this much of a user agent is looked at; longer ones are made up.
const AGENT_BYTES: usize = 1024;

/// What a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// A click: a person went there. The only verdict that counts for points and earned media value.
    Human,
    /// A program.
    Machine,
    /// A link card or a page being fetched ahead of a person, who may or may not come.
    Preview,
    /// The same visitor on the same link within the hour.
    Repeat,
    /// The member who shared it.
    Own,
    /// Claims to be a person and does not look like one.
    Suspect,
}

impl Verdict {
    /// All verdicts, in the order in which reports list them.
    pub const ALL: [Self; 6] = [Self::Human, Self::Repeat, Self::Own, Self::Preview, Self::Machine, Self::Suspect];

    /// The stable name in database and API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine => "machine",
            Self::Preview => "preview",
            Self::Repeat => "repeat",
            Self::Own => "own",
            Self::Suspect => "suspect",
        }
    }

    /// Whether the hit is a click.
    #[must_use]
    pub fn is_click(self) -> bool {
        self == Self::Human
    }
}

/// The text names no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a verdict")]
pub struct NotAVerdict;

impl FromStr for Verdict {
    type Err = NotAVerdict;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == text).ok_or(NotAVerdict)
    }
}

/// What is known of one hit. Nothing here identifies the visitor.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals<'a> {
    /// The request's method, in capitals.
    pub method: &'a str,
    /// `User-Agent`; empty when there was none.
    pub user_agent: &'a str,
    /// `Sec-Purpose`.
    pub sec_purpose: Option<&'a str>,
    /// `Purpose`, the older form.
    pub purpose: Option<&'a str>,
    /// `X-Purpose`.
    pub x_purpose: Option<&'a str>,
    /// `X-Moz`.
    pub x_moz: Option<&'a str>,
    /// Whether `Accept-Language` was sent.
    pub accept_language: bool,
    /// Whether any `Sec-Fetch-…` was sent.
    pub sec_fetch: bool,
    /// Whether the visitor is signed in as the member who shared the link.
    pub own_click: bool,
    /// Seconds since the post was confirmed; `None` when that is not known. Negative before it.
    pub seconds_since_posted: Option<i64>,
    /// Whether the same visitor followed this link within the last hour.
    pub repeated_within_hour: bool,
}

/// The verdict of one hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// What the hit is.
    pub verdict: Verdict,
    /// A stable code of the rule that decided; [`reason_text`] says it for people.
    pub reason: &'static str,
    /// [`RULE_VERSION`] at the time.
    pub rule_version: u16,
    /// The program, when the user agent names one.
    pub who: Option<&'static str>,
}

/// What kind of agent a line of `agents.txt` describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentKind {
    /// A person in an app that looks like a program.
    Person,
    /// Fetches link cards.
    Preview,
    /// Looks for danger.
    Scanner,
    /// Search, archive, monitoring and bots of all sorts.
    Crawler,
    /// A programming library.
    Library,
}

/// A known agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agent {
    /// Its name for people.
    pub who: &'static str,
    /// What it does.
    pub kind: AgentKind,
}

/// Judges one hit. Pure, and fast enough for the path of the redirect.
#[must_use]
pub fn judge(signals: &Signals<'_>) -> Judgement {
    let agent = agent(signals.user_agent);
    let who = agent.map(|agent| agent.who);
    let (verdict, reason) = decide(signals, agent.map(|agent| agent.kind));
    Judgement { verdict, reason, rule_version: RULE_VERSION, who }
}

fn decide(signals: &Signals<'_>, kind: Option<AgentKind>) -> (Verdict, &'static str) {
    match signals.method {
        "GET" => {}
        "HEAD" => return (Verdict::Machine, "method_head"),
        _ => return (Verdict::Machine, "method_not_get"),
    }
    if is_ahead_of_a_person(signals) {
        return (Verdict::Preview, "prefetch");
    }
    match kind {
        Some(AgentKind::Preview) => return (Verdict::Preview, "agent_preview"),
        Some(AgentKind::Scanner) => return (Verdict::Machine, "agent_scanner"),
        Some(AgentKind::Crawler) => return (Verdict::Machine, "agent_crawler"),
        Some(AgentKind::Library) => return (Verdict::Machine, "agent_library"),
        None if signals.user_agent.trim().is_empty() => return (Verdict::Suspect, "agent_empty"),
        None | Some(AgentKind::Person) => {}
    }
    if signals.own_click {
        return (Verdict::Own, "own_click");
    }
    if kind.is_none() && !is_browser(signals.user_agent) {
        return (Verdict::Suspect, "agent_not_a_browser");
    }
    // Every browser says which languages its reader wants; those of today also say what they fetch for.
    if kind.is_none() && !signals.accept_language && !signals.sec_fetch {
        return (Verdict::Suspect, "browser_without_headers");
    }
    match signals.seconds_since_posted {
        Some(..0) => (Verdict::Suspect, "before_posting"),
        Some(0..=BURST_SECONDS) => (Verdict::Suspect, "burst_after_posting"),
        _ if signals.repeated_within_hour => (Verdict::Repeat, "repeat_within_hour"),
        _ => (Verdict::Human, "person"),
    }
}

/// Every reason with its sentence, in the order of the rules.
pub const REASONS: [(&str, &str); 14] = [
    ("method_head", "The request asked only whether the page exists. People's browsers do not do that."),
    ("method_not_get", "The request used a method that no browser uses to open a link."),
    ("prefetch", "A browser fetched the page ahead, in case the reader would open it."),
    ("agent_preview", "A network or chat app fetched the link to draw its preview."),
    ("agent_scanner", "A security scanner checked the link."),
    ("agent_crawler", "A search engine, monitor or other bot opened the link."),
    ("agent_library", "A program opened the link, not a browser."),
    ("agent_empty", "The visitor did not say which browser it is. Browsers always do."),
    ("own_click", "The member who shared the link opened it."),
    ("agent_not_a_browser", "The visitor names a program that is no known browser."),
    ("browser_without_headers", "The visitor claims to be a browser but does not behave like one."),
    ("before_posting", "The link was opened before the post was published."),
    ("burst_after_posting", "The link was opened within seconds of posting, as crawlers and scanners do."),
    ("repeat_within_hour", "The same visitor opened the same link within the last hour. It counts once."),
];

/// The sentence of a reason, for people. `person` and codes of other versions have a general one.
#[must_use]
pub fn reason_text(code: &str) -> &'static str {
    match code {
        "person" => "A person followed the link.",
        _ => REASONS.iter().find(|(known, _)| *known == code).map_or("Judged by an older rule.", |(_, text)| text),
    }
}

/// The known agent that a user agent names, if any.
#[must_use]
pub fn agent(user_agent: &str) -> Option<Agent> {
    let agents = AGENTS.as_ref()?;
    let end = user_agent.floor_char_boundary(AGENT_BYTES);
    let text = user_agent.get(..end)?.trim();
    agents.find(text)
}

fn is_ahead_of_a_person(signals: &Signals<'_>) -> bool {
    [signals.sec_purpose, signals.purpose, signals.x_purpose, signals.x_moz].into_iter().flatten().any(|value| {
        let value = value.to_ascii_lowercase();
        ["prefetch", "prerender", "preview", "instant"].iter().any(|word| value.contains(word))
    })
}

/// Browsers have begun their user agent with `Mozilla/` for thirty years, some old ones with `Opera/`.
fn is_browser(user_agent: &str) -> bool {
    let text = user_agent.trim_start();
    text.starts_with("Mozilla/") || text.starts_with("Opera/")
}

/// `agents.txt`, compiled once. `None` only if the file were broken, which a test rules out.
static AGENTS: LazyLock<Option<Agents>> = LazyLock::new(|| Agents::compile(include_str!("agents.txt")));

struct Agents {
    automaton: AhoCorasick,
    lines: Vec<Line>,
}

struct Line {
    agent: Agent,
    at_start: bool,
    at_end: bool,
}

impl Agents {
    fn compile(file: &'static str) -> Option<Self> {
        let mut fragments = Vec::new();
        let mut lines = Vec::new();
        for text in file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let mut columns = text.split('\t');
            let (fragment, who, kind) = (columns.next()?, columns.next()?, kind(columns.next()?)?);
            let (fragment, at_start) = fragment.strip_prefix('^').map_or((fragment, false), |rest| (rest, true));
            let (fragment, at_end) = fragment.strip_suffix('$').map_or((fragment, false), |rest| (rest, true));
            fragments.push(fragment);
            lines.push(Line { agent: Agent { who, kind }, at_start, at_end });
        }
        let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).ascii_case_insensitive(true).build(fragments).ok()?;
        Some(Self { automaton, lines })
    }

    /// A person's line wins; else the first line of the file that matches.
    fn find(&self, text: &str) -> Option<Agent> {
        let mut first: Option<(usize, Agent)> = None;
        for found in self.automaton.find_overlapping_iter(text) {
            let place = found.pattern().as_usize();
            let Some(line) = self.lines.get(place) else { continue };
            if (line.at_start && found.start() != 0) || (line.at_end && found.end() != text.len()) {
                continue;
            }
            if line.agent.kind == AgentKind::Person {
                return Some(line.agent);
            }
            if first.is_none_or(|(earlier, _)| place < earlier) {
                first = Some((place, line.agent));
            }
        }
        first.map(|(_, agent)| agent)
    }
}

fn kind(text: &str) -> Option<AgentKind> {
    match text {
        "person" => Some(AgentKind::Person),
        "preview" => Some(AgentKind::Preview),
        "scanner" => Some(AgentKind::Scanner),
        "crawler" => Some(AgentKind::Crawler),
        "library" => Some(AgentKind::Library),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
