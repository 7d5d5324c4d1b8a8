//! The check itself: what will be published, and what is found in it.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    CheckInput, Checked, Finding, Policy, Position, Severity, Span, codes,
    findings::Subject,
    folded::{Folded, Unseen},
    needle::{Needle, as_hashtag},
    terms::{Terms, cut},
};
use crate::networks::Network;
use crate::sharing::counting::{self, Count, Limits};
use crate::sharing::placing::{LinkPlace, has_link, link_place, link_ranges};

/// The forbidden terms of a policy are too many for one automaton (thousands are fine).
#[derive(Debug, thiserror::Error)]
#[error("The policy has too many forbidden terms. Remove some of them.")]
pub struct PolicyTooLarge(#[from] aho_corasick::BuildError);

/// A policy made ready for many checks. Building it costs far more than a check, so keep it.
pub struct CompiledPolicy {
    pub(super) disclosure: Option<OwnDisclosure>,
    accepted: Vec<Needle>,
    pub(super) hashtags: Vec<(String, Needle)>,
    pub(super) terms: Terms,
    pub(super) link_required: bool,
}

/// The disclosure that is added when it is missing and required.
pub(super) struct OwnDisclosure {
    pub(super) text: String,
    pub(super) position: Position,
    separator: &'static str,
}

/// What will be published: the member's text and what Herald puts around it.
pub(super) struct Placed<'a> {
    disclosure: Option<&'a OwnDisclosure>,
    link: Option<&'a str>,
    link_separator: &'static str,
}

/// Checks one text against a policy. For many texts, compile the policy once instead.
///
/// A policy that cannot be compiled blocks every text, with a finding that says so.
pub fn check(policy: &Policy, input: &CheckInput<'_>) -> Checked {
    match CompiledPolicy::new(policy) {
        Ok(compiled) => compiled.check(input),
        Err(problem) => Checked {
            findings: vec![Finding {
                code: codes::POLICY_UNUSABLE,
                severity: Severity::Block,
                message: problem.to_string(),
                span: None,
                fix: None,
            }],
            count: counting::count(input.network, input.text, input.limits),
            final_text: input.text.to_owned(),
            can_share: false,
        },
    }
}

impl CompiledPolicy {
    /// Builds the automaton and the comparable forms.
    ///
    /// # Errors
    /// When there are more forbidden terms than one automaton holds (some hundred megabytes of them).
    pub fn new(policy: &Policy) -> Result<Self, PolicyTooLarge> {
        let wanted = &policy.disclosure;
        let own = Needle::new(&wanted.text);
        let disclosure = own.as_ref().filter(|_| wanted.required).map(|needle| OwnDisclosure {
            text: wanted.text.trim().to_owned(),
            position: wanted.position,
            separator: if needle.is_tag() { " " } else { "\n" },
        });
        let aliases = wanted.aliases.iter().filter_map(|alias| Needle::new(alias));
        let hashtags = policy
            .required_hashtags
            .iter()
            .filter_map(|name| as_hashtag(name))
            .filter_map(|tag| Some((tag.clone(), Needle::new(&tag)?)))
            .collect();
        Ok(Self {
            disclosure,
            accepted: own.into_iter().chain(aliases).collect(),
            hashtags,
            terms: Terms::new(&policy.banned)?,
            link_required: policy.link_required,
        })
    }

    /// Checks one text.
    pub fn check(&self, input: &CheckInput<'_>) -> Checked {
        let folded = Folded::new(input.text, Unseen::Kept);
        let discloses = self.accepted.iter().any(|needle| needle.is_in(&folded));
        let placed = self.place(input, discloses);
        let final_text = placed.around(input.text.trim());
        let count = counting::count(input.network, &final_text, input.limits);
        let subject = Subject { policy: self, input, discloses, folded: &folded };
        let mut findings = subject.findings(&final_text);
        findings.extend(too_long(input, &placed, &count));
        findings.sort_by_key(|finding| {
            let rule = codes::ALL.iter().position(|code| *code == finding.code);
            (finding.severity, rule, finding.span)
        });
        let can_share = findings.iter().all(|finding| finding.severity != Severity::Block);
        Checked { findings, count, final_text, can_share }
    }

    /// The disclosure with a text around which it goes.
    pub(super) fn with_disclosure(&self, text: &str) -> String {
        let placed = Placed { disclosure: self.disclosure.as_ref(), link: None, link_separator: "" };
        placed.around(text.trim())
    }

    /// The places of disclosure and link in a text, which no rule may cut.
    pub(super) fn protected(&self, text: &str, link: &str) -> Vec<Span> {
        let folded = Folded::new(text, Unseen::Kept);
        let mut spans: Vec<Span> = link_ranges(text, link).into_iter().map(|range| scalar_span(text, range)).collect();
        for needle in &self.accepted {
            let places = needle.find(&folded).into_iter().filter_map(|range| folded.span(&range));
            if needle.is_tag() {
                spans.extend(places);
            } else {
                spans.extend(places.map(|span| with_sentence_end(text, span)));
            }
        }
        spans.sort_unstable();
        spans
    }

    /// What of a text is the member's: no disclosure, no link and, if asked, no required hashtag.
    pub(super) fn own_words(&self, text: &str, link: &str, keep_hashtags: bool) -> String {
        let mut spans = self.protected(text, link);
        if !keep_hashtags {
            let folded = Folded::new(text, Unseen::Kept);
            for (_, needle) in &self.hashtags {
                spans.extend(needle.find(&folded).into_iter().filter_map(|r| folded.span(&r)));
            }
            spans.sort_unstable();
        }
        cut(text, &spans)
    }

    fn place<'a>(&'a self, input: &CheckInput<'a>, discloses: bool) -> Placed<'a> {
        // X wants the member to agree to every word (reference/networks.md, section 1.3), so there
        // the disclosure is asked for instead of added. The link is the share itself.
        let may_add = !discloses && input.network != Network::X;
        let link = input.link.trim();
        let adds_link = link_place(input.network) == LinkPlace::InText && !link.is_empty() && !has_link(input.text, link);
        Placed {
            disclosure: self.disclosure.as_ref().filter(|_| may_add),
            link: adds_link.then_some(link),
            link_separator: link_separator(input.network),
        }
    }
}

/// What stands between text and link. X itself joins them with a space.
pub(super) const fn link_separator(network: Network) -> &'static str {
    match network {
        Network::X => " ",
        _ => "\n",
    }
}

impl Placed<'_> {
    /// The whole text, with `body` as the member's part.
    pub(super) fn around(&self, body: &str) -> String {
        let mut whole = String::with_capacity(body.len() + 64);
        let mut add = |part: &str, separator: &str| {
            if !whole.is_empty() && !part.is_empty() {
                whole.push_str(separator);
            }
            whole.push_str(part);
        };
        match self.disclosure {
            Some(own) if own.position == Position::Prefix => {
                add(&own.text, "");
                add(body, own.separator);
            }
            Some(own) => {
                add(body, "");
                add(&own.text, own.separator);
            }
            None => add(body, ""),
        }
        add(self.link.unwrap_or_default(), self.link_separator);
        whole
    }
}

/// Too long, with the part of the member's own text that has to go.
fn too_long(input: &CheckInput<'_>, placed: &Placed<'_>, count: &Count) -> Option<Finding> {
    if count.fits() {
        return None;
    }
    let label = input.network.label();
    let message = if count.used > count.limit {
        let over = count.used - count.limit;
        format!("This is {over} too long for {label} ({} of {} {}). Shorten it.", count.used, count.limit, count.unit)
    } else {
        let bytes = count.bytes.map_or(0, |bytes| bytes.used.saturating_sub(bytes.limit));
        format!("This is {bytes} bytes too long for {label}. Use fewer emoji, or shorten it.")
    };
    Some(Finding {
        code: codes::TOO_LONG,
        severity: Severity::Block,
        message,
        span: overflow(input.network, input.text, placed, input.limits),
        fix: None,
    })
}

/// The end of the text that does not fit, given what is put around it.
fn overflow(network: Network, text: &str, placed: &Placed<'_>, limits: &Limits) -> Option<Span> {
    let body = text.trim();
    let lead = text.chars().take_while(|letter| letter.is_whitespace()).count();
    let ends: Vec<usize> = body.grapheme_indices(true).map(|(at, cluster)| at + cluster.len()).collect();
    let head = |clusters: usize| -> &str {
        let end = clusters.checked_sub(1).and_then(|last| ends.get(last)).copied().unwrap_or(0);
        body.get(..end).unwrap_or_default()
    };
    let (mut fits, mut exceeds) = (0, ends.len());
    while exceeds - fits > 1 {
        let middle = fits + (exceeds - fits) / 2;
        if counting::count(network, &placed.around(head(middle)), limits).fits() {
            fits = middle;
        } else {
            exceeds = middle;
        }
    }
    let start = lead + head(fits).chars().count();
    let end = lead + body.chars().count();
    (start < end).then_some(Span { start, end })
}

/// A byte range as Unicode scalar values.
pub(super) fn scalar_span(text: &str, range: std::ops::Range<usize>) -> Span {
    let length = |end: usize| text.get(..end).map_or(0, |head| head.chars().count());
    Span { start: length(range.start), end: length(range.end) }
}

fn with_sentence_end(text: &str, span: Span) -> Span {
    let ends = text.chars().skip(span.end).take_while(|l| matches!(l, '.' | '!' | '?' | '\u{3002}'));
    Span { start: span.start, end: span.end + ends.take(3).count() }
}
