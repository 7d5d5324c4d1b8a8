//! The rules, one function each.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    CaptionKind, CheckInput, Finding, Fix, Position, Severity, Span,
    check::{CompiledPolicy, link_separator, scalar_span},
    codes,
    folded::{Folded, Unseen, is_word},
    terms::is_inside,
};
use crate::networks::Network;
use crate::sharing::counting::{self, Addresses, addresses};
use crate::sharing::placing::{LinkPlace, has_link, link_place, with_link};

/// More findings of one rule than anybody reads; the text stays blocked either way.
const MOST: usize = 50;
/// Threads refuses a post with more distinct links (reference/networks.md, section 6.2).
const THREADS_LINKS: usize = 5;

/// A text under check, with what is known about it.
pub(super) struct Subject<'a> {
    pub(super) policy: &'a CompiledPolicy,
    pub(super) input: &'a CheckInput<'a>,
    /// Whether an accepted disclosure is in the text.
    pub(super) discloses: bool,
    /// The text, folded with unseen characters kept.
    pub(super) folded: &'a Folded,
}

impl Subject<'_> {
    /// Every finding but the length.
    pub(super) fn findings(&self, final_text: &str) -> Vec<Finding> {
        let hidden_removed = Folded::new(self.input.text, Unseen::Removed);
        let mut findings = Vec::new();
        findings.extend(self.empty());
        findings.extend(self.invalid_characters());
        findings.extend(self.caption());
        findings.extend(self.disclosure());
        findings.extend(self.hashtags());
        findings.extend(self.banned(&hidden_removed));
        findings.extend(mixed_scripts(&hidden_removed));
        findings.extend(self.link());
        findings.extend(self.too_many_links(final_text));
        findings
    }

    fn own_words(&self, text: &str, keep_hashtags: bool) -> String {
        self.policy.own_words(text, self.input.link, keep_hashtags)
    }

    fn empty(&self) -> Option<Finding> {
        let own = self.own_words(self.input.text, true);
        let is_empty = Folded::new(&own, Unseen::Removed).text().trim().is_empty();
        // These two never take a text from Herald, so a link alone is a whole share there.
        let severity = match self.input.network {
            Network::Facebook | Network::Xing => Severity::Warn,
            _ => Severity::Block,
        };
        is_empty.then(|| Finding {
            code: codes::EMPTY_TEXT,
            severity,
            message: "Write a sentence of your own: there is no text to share yet.".to_owned(),
            span: None,
            fix: None,
        })
    }

    fn invalid_characters(&self) -> Option<Finding> {
        let text = self.input.text;
        let at = text.chars().position(counting::is_refused_character)?;
        Some(Finding {
            code: codes::INVALID_CHARACTERS,
            severity: Severity::Block,
            message: "Remove the invisible control characters: networks refuse them.".to_owned(),
            span: Some(Span { start: at, end: at + 1 }),
            fix: Some(Fix {
                label: "Remove them".to_owned(),
                text: text.chars().filter(|l| !counting::is_refused_character(*l)).collect(),
            }),
        })
    }

    fn caption(&self) -> Option<Finding> {
        let rule = self.input.caption?;
        match rule.kind {
            CaptionKind::Free => None,
            CaptionKind::Locked => {
                let same = |text: &str| one_spaced(&self.own_words(text, false));
                (same(self.input.text) != same(rule.text)).then(|| Finding {
                    code: codes::CAPTION_LOCKED,
                    severity: Severity::Block,
                    message: "This text may not be changed. Put the approved wording back.".to_owned(),
                    span: None,
                    fix: Some(Fix { label: "Put it back".to_owned(), text: rule.text.to_owned() }),
                })
            }
            CaptionKind::MustEdit => {
                let own = self.own_words(self.input.text, false);
                let given = self.own_words(rule.text, false);
                let is_same = !own.trim().is_empty() && bare_words(&own) == bare_words(&given);
                is_same.then(|| Finding {
                    code: codes::CAPTION_UNCHANGED,
                    severity: Severity::Block,
                    message: "Say it in your own words: this is still the text from the library.".to_owned(),
                    span: None,
                    fix: None,
                })
            }
        }
    }

    fn disclosure(&self) -> Option<Finding> {
        let own = self.policy.disclosure.as_ref().filter(|_| !self.discloses)?;
        let fix = Some(Fix { label: format!("Add \u{201C}{}\u{201D}", own.text), text: self.policy.with_disclosure(self.input.text) });
        if self.input.network == Network::X {
            return Some(Finding {
                code: codes::DISCLOSURE_MISSING,
                severity: Severity::Block,
                message: format!("Say that you work here: add \u{201C}{}\u{201D}. On X nothing is added for you.", own.text),
                span: None,
                fix,
            });
        }
        let place = match own.position {
            Position::Prefix => "in front of",
            Position::Suffix => "after",
        };
        Some(Finding {
            code: codes::DISCLOSURE_ADDED,
            severity: Severity::Warn,
            message: format!("\u{201C}{}\u{201D} will be put {place} your text, because readers must know that you work here.", own.text),
            span: None,
            fix,
        })
    }

    fn hashtags(&self) -> Vec<Finding> {
        let missing = self.policy.hashtags.iter().filter(|(_, needle)| !needle.is_in(self.folded));
        missing
            .map(|(tag, _)| Finding {
                code: codes::HASHTAG_MISSING,
                severity: Severity::Block,
                message: format!("Add the hashtag {tag}."),
                span: None,
                fix: Some(Fix {
                    label: format!("Add {tag}"),
                    text: format!("{} {tag}", self.input.text.trim_end()).trim_start().to_owned(),
                }),
            })
            .collect()
    }

    fn banned(&self, folded: &Folded) -> Vec<Finding> {
        let input = self.input;
        let protected = |text: &str| self.policy.protected(text, input.link);
        let safe = protected(input.text);
        let mut cleaned = BTreeMap::new();
        let mut hits = self.policy.terms.find(folded);
        // Blocks first, so that no crowd of warnings pushes one out of the list.
        hits.sort_by_key(|hit| self.policy.terms.get(hit.term).map(|term| term.severity));
        hits.into_iter()
            .filter(|hit| !is_inside(hit.span, &safe))
            .filter_map(|hit| {
                let term = self.policy.terms.get(hit.term)?;
                let verdict = match term.severity {
                    Severity::Block => "may not be used",
                    Severity::Warn => "is better avoided",
                };
                let advice = match term.advice.as_deref().map(str::trim) {
                    Some(advice) if !advice.is_empty() => advice,
                    _ => "Take it out, or say it another way.",
                };
                let without = cleaned.entry(hit.term).or_insert_with(|| self.policy.terms.without(input.text, hit.term, protected));
                Some(Finding {
                    code: codes::BANNED_TERM,
                    severity: term.severity,
                    message: format!("\u{201C}{}\u{201D} {verdict}. {advice}", term.term.trim()),
                    span: Some(hit.span),
                    fix: without.clone().map(|text| Fix { label: format!("Take out \u{201C}{}\u{201D}", term.term.trim()), text }),
                })
            })
            .take(MOST)
            .collect()
    }

    fn link(&self) -> Option<Finding> {
        let link = self.input.link.trim();
        if link.is_empty() {
            return self.policy.link_required.then(|| Finding {
                code: codes::LINK_MISSING,
                severity: Severity::Block,
                message: "This share needs a link, and the content has none. Ask its curator.".to_owned(),
                span: None,
                fix: None,
            });
        }
        let network = self.input.network;
        let is_added = link_place(network) == LinkPlace::InText && !has_link(self.input.text, link);
        is_added.then(|| Finding {
            code: codes::LINK_ADDED,
            severity: Severity::Warn,
            message: "Your link will be put at the end of your text.".to_owned(),
            span: None,
            fix: Some(Fix { label: "Put the link in".to_owned(), text: with_link(self.input.text, link, link_separator(network)) }),
        })
    }

    fn too_many_links(&self, final_text: &str) -> Option<Finding> {
        if self.input.network != Network::Threads {
            return None;
        }
        let link = self.input.link.trim();
        let apart = usize::from(!link.is_empty() && !has_link(final_text, link));
        let mut seen = BTreeSet::new();
        let text = self.input.text;
        let one_too_many = addresses(text, Addresses::WithScheme).into_iter().find(|range| {
            seen.insert(text.get(range.clone()).unwrap_or_default());
            seen.len() + apart > THREADS_LINKS
        })?;
        Some(Finding {
            code: codes::TOO_MANY_LINKS,
            severity: Severity::Block,
            message: "Threads takes at most five links, with your own. Remove the rest.".to_owned(),
            span: Some(scalar_span(text, one_too_many)),
            fix: None,
        })
    }
}

/// Words that mix Latin with Cyrillic or Greek letters, as a disguise would. Short mixtures with
/// Greek are units and formulas.
fn mixed_scripts(folded: &Folded) -> Vec<Finding> {
    let is_mixed = |word: &str| {
        let has = |script: fn(char) -> bool| word.chars().any(script);
        has(is_latin) && (has(is_cyrillic) || (has(is_greek) && word.chars().count() > 3))
    };
    let words = folded.text().unicode_word_indices().filter(|(_, word)| is_mixed(word));
    words
        .filter_map(|(at, word)| folded.span(&(at..at + word.len())))
        .take(MOST)
        .map(|span| Finding {
            code: codes::MIXED_SCRIPTS,
            severity: Severity::Warn,
            message: "This word mixes letters of two alphabets. Type it again with one.".to_owned(),
            span: Some(span),
            fix: None,
        })
        .collect()
}

fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic() || (matches!(letter, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}') && letter.is_alphabetic())
}

fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{A640}'..='\u{A69F}')
}

fn is_greek(letter: char) -> bool {
    matches!(letter, '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}')
}

/// The text with single spaces, to compare a locked caption.
fn one_spaced(text: &str) -> String {
    let text: String = text.nfc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The letters and digits of a text alone; the text itself if it has none.
fn bare_words(text: &str) -> String {
    let words: String = Folded::new(text, Unseen::Removed).text().chars().filter(|l| is_word(*l)).collect();
    if words.is_empty() { one_spaced(text) } else { words }
}
