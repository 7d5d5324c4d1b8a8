//! Finding forbidden words and phrases: one automaton for all of them.

use std::{collections::HashMap, ops::Range};

use aho_corasick::AhoCorasick;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    BannedTerm, Severity, Span,
    folded::{Folded, Unseen, is_word},
};

/// The forbidden terms of a policy, ready to be found.
pub(super) struct Terms {
    automaton: AhoCorasick,
    /// Which term each pattern of the automaton stands for.
    owners: Vec<usize>,
    terms: Vec<BannedTerm>,
}

/// One forbidden term in a text.
pub(super) struct Hit {
    /// Which term, by its place in the policy.
    pub(super) term: usize,
    /// Where in the original text.
    pub(super) span: Span,
}

impl Terms {
    pub(super) fn new(terms: &[BannedTerm]) -> Result<Self, aho_corasick::BuildError> {
        let mut patterns: HashMap<String, usize> = HashMap::new();
        for (index, term) in terms.iter().enumerate() {
            let folded = Folded::new(&term.term, Unseen::Removed);
            let words = folded.text().trim();
            if words.is_empty() {
                continue;
            }
            let mut add = |pattern: String| {
                let owner = patterns.entry(pattern).or_insert(index);
                let is_stricter = terms.get(*owner).is_some_and(|had| term.severity < had.severity);
                if is_stricter {
                    *owner = index;
                }
            };
            add(words.to_owned());
            if words.contains(' ') {
                add(format!("#{}", words.replace(' ', "")));
            }
        }
        let (patterns, owners): (Vec<String>, Vec<usize>) = patterns.into_iter().unzip();
        Ok(Self { automaton: AhoCorasick::new(patterns)?, owners, terms: terms.to_vec() })
    }

    pub(super) fn get(&self, term: usize) -> Option<&BannedTerm> {
        self.terms.get(term)
    }

    /// All terms in the text, by place; a term inside a longer one that is no milder is left out.
    pub(super) fn find(&self, folded: &Folded) -> Vec<Hit> {
        let text = folded.text();
        let bounds = WordBounds::new(text);
        let mut matches: Vec<(Range<usize>, usize)> = self
            .automaton
            .find_overlapping_iter(text)
            .filter(|found| bounds.has(found.start()) && bounds.has(found.end()))
            .filter_map(|found| Some((found.range(), *self.owners.get(found.pattern().as_usize())?)))
            .collect();
        matches.sort_by_key(|(range, term)| (range.start, usize::MAX - range.end, *term));
        let mut hits = Vec::new();
        // The furthest end so far, among blocking terms and among all.
        let (mut blocked_to, mut seen_to) = (0, 0);
        for (range, term) in matches {
            let blocks = self.get(term).is_some_and(|term| term.severity == Severity::Block);
            if range.end <= blocked_to || (!blocks && range.end <= seen_to) {
                continue;
            }
            if blocks {
                blocked_to = range.end;
            }
            seen_to = seen_to.max(range.end);
            hits.extend(folded.span(&range).map(|span| Hit { term, span }));
        }
        hits
    }

    /// The text without a term, or none if that does not come to an end. What `protected` names in
    /// each text on the way (disclosure, link) stays.
    pub(super) fn without(&self, text: &str, term: usize, protected: impl Fn(&str) -> Vec<Span>) -> Option<String> {
        let mut text = text.to_owned();
        for _ in 0..20 {
            let safe = protected(&text);
            let spans: Vec<Span> = self
                .find(&Folded::new(&text, Unseen::Removed))
                .into_iter()
                .filter(|hit| hit.term == term && !is_inside(hit.span, &safe))
                .map(|hit| hit.span)
                .collect();
            if spans.is_empty() {
                return Some(text);
            }
            text = cut(&text, &spans);
        }
        None
    }
}

/// Whether a span lies within one of the others.
pub(super) fn is_inside(span: Span, others: &[Span]) -> bool {
    others.iter().any(|other| other.start <= span.start && span.end <= other.end)
}

/// The text without the spans, which are in order. Where a cut leaves two spaces, or a space before
/// a mark that ends a clause, one goes.
pub(super) fn cut(text: &str, spans: &[Span]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut spans = spans.iter().copied().peekable();
    let mut after_cut = false;
    for (at, letter) in text.chars().enumerate() {
        while spans.next_if(|span| span.end <= at).is_some() {}
        if spans.peek().is_some_and(|span| span.start <= at) {
            after_cut = true;
            continue;
        }
        let is_double = after_cut && letter == ' ' && (kept.is_empty() || kept.ends_with(' '));
        if after_cut && kept.ends_with(' ') && matches!(letter, '.' | ',' | ';' | ':' | '!' | '?') {
            kept.pop();
        }
        after_cut = false;
        if !is_double {
            kept.push(letter);
        }
    }
    kept
}

/// Where words begin and end: the boundaries of Unicode TR 29, and each side of anything that is
/// neither letter nor digit, so that `risk-free`, `risk_free` and `risk's` each hold `risk`.
struct WordBounds<'a> {
    text: &'a str,
    bounds: Vec<usize>,
}

impl<'a> WordBounds<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, bounds: text.split_word_bound_indices().map(|(at, _)| at).collect() }
    }

    fn has(&self, at: usize) -> bool {
        let before = self.text.get(..at).and_then(|head| head.chars().next_back());
        let after = self.text.get(at..).and_then(|tail| tail.chars().next());
        !(before.is_some_and(is_word) && after.is_some_and(is_word)) || self.bounds.binary_search(&at).is_ok()
    }
}
