//! A hashtag or a sentence that is looked for in a text.

use std::ops::Range;

use super::folded::{Folded, Unseen, is_word};

/// Marks that may end a sentence and do not matter for finding it.
const SENTENCE_ENDS: [char; 5] = ['.', '!', '?', '\u{3002}', ' '];

/// Something to find: a hashtag only as a whole tag, a sentence only between words.
pub(super) struct Needle {
    text: String,
    is_tag: bool,
}

impl Needle {
    /// None if there is nothing in the text that could be found.
    pub(super) fn new(text: &str) -> Option<Self> {
        let folded = Folded::new(text, Unseen::Kept);
        let text = folded.text().trim().trim_end_matches(SENTENCE_ENDS).to_owned();
        let is_tag = text.strip_prefix('#').is_some_and(|name| !name.is_empty() && name.chars().all(in_tag));
        (!text.is_empty()).then_some(Self { text, is_tag })
    }

    /// Whether this is a hashtag.
    pub(super) fn is_tag(&self) -> bool {
        self.is_tag
    }

    /// The byte ranges in a text that was folded with [`Unseen::Kept`].
    pub(super) fn find(&self, folded: &Folded) -> Vec<Range<usize>> {
        let text = folded.text();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(&self.text)) {
            let start = from + at;
            let end = start + self.text.len();
            if self.stands_alone(text, start, end) {
                found.push(start..end);
            }
            from = start + self.text.chars().next().map_or(1, char::len_utf8);
        }
        found
    }

    pub(super) fn is_in(&self, folded: &Folded) -> bool {
        !self.find(folded).is_empty()
    }

    fn stands_alone(&self, text: &str, start: usize, end: usize) -> bool {
        let head = text.get(..start).unwrap_or_default();
        let before = head.chars().next_back();
        let after = text.get(end..).unwrap_or_default().chars().next();
        if self.is_tag {
            let starts = before.is_none_or(|letter| !in_tag(letter) && !matches!(letter, '#' | '/' | '&' | '=' | '?' | '@' | '%'));
            return starts && after.is_none_or(|l| !in_tag(l) && l != '#') && !in_address(head);
        }
        let first = self.text.chars().next();
        let last = self.text.chars().next_back();
        let joined = |left: Option<char>, right: Option<char>| left.is_some_and(is_word) && right.is_some_and(is_word);
        !joined(before, first) && !joined(last, after)
    }
}

/// The name of a hashtag as it is written, with its `#`; none if nothing is left of it.
pub(super) fn as_hashtag(name: &str) -> Option<String> {
    let name: String = name.chars().filter(|letter| in_tag(*letter)).collect();
    (!name.is_empty()).then(|| format!("#{name}"))
}

fn in_tag(letter: char) -> bool {
    is_word(letter) || letter == '_'
}

/// Whether a text ends inside an address, where a `#` starts a fragment and not a hashtag.
fn in_address(head: &str) -> bool {
    head.rsplit(' ').next().is_some_and(|word| word.contains("://") || word.starts_with("www."))
}
