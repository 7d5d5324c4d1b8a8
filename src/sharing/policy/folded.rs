//! A text in the form in which texts are compared, that still knows where each part came from.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

use super::Span;

/// What happens to characters that nobody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unseen {
    /// They are taken out, so that they cannot hide a word.
    Removed,
    /// They stay, as a network would not read over them either.
    Kept,
}

/// The comparable form of a text.
pub(super) struct Folded {
    text: String,
    /// For each character of `text`: its byte offset there and its place in the original.
    places: Vec<(usize, Span)>,
}

impl Folded {
    pub(super) fn new(original: &str, unseen: Unseen) -> Self {
        let (visible, origins) = visible(original, unseen);
        let mut folded = Self { text: String::with_capacity(visible.len()), places: Vec::new() };
        let mut next = 0;
        for cluster in visible.graphemes(true) {
            let first = next;
            next += cluster.chars().count();
            let start = origins.get(first).map_or(0, |span| span.start);
            let end = origins.get(next.saturating_sub(1)).map_or(start, |span| span.end);
            folded.push_cluster(cluster, Span { start, end });
        }
        folded
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place in the original of a byte range of the folded text; none for an empty range.
    pub(super) fn span(&self, range: &Range<usize>) -> Option<Span> {
        let first = self.places.partition_point(|(at, _)| *at < range.start);
        let after = self.places.partition_point(|(at, _)| *at < range.end);
        let (_, start) = self.places.get(first)?;
        let (_, end) = self.places.get(after.checked_sub(1)?)?;
        (start.start < end.end).then_some(Span { start: start.start, end: end.end })
    }

    fn push_cluster(&mut self, cluster: &str, span: Span) {
        if let &[letter] = cluster.as_bytes()
            && letter.is_ascii_graphic()
        {
            self.push(same_mark(char::from(letter.to_ascii_lowercase())), span);
            return;
        }
        for letter in fold_letters(cluster) {
            self.push(letter, span);
        }
    }

    fn push(&mut self, letter: char, span: Span) {
        let letter = if letter.is_whitespace() { ' ' } else { letter };
        if letter == ' '
            && self.text.ends_with(' ')
            && let Some((_, last)) = self.places.last_mut()
        {
            last.end = span.end;
            return;
        }
        self.places.push((self.text.len(), span));
        self.text.push(letter);
    }
}

/// The characters to compare, each with its place in the original.
fn visible(original: &str, unseen: Unseen) -> (String, Vec<Span>) {
    let mut text = String::with_capacity(original.len());
    let mut origins = Vec::with_capacity(original.len());
    let mut escaped_from = None;
    let mut letters = original.chars().enumerate().peekable();
    while let Some((at, letter)) = letters.next() {
        // LinkedIn escapes these with a backslash (reference/networks.md, section 3.4).
        let escapes_next = letter == '\\' && escaped_from.is_none() && letters.peek().is_some_and(|(_, next)| is_escapable(*next));
        if escapes_next {
            escaped_from = Some(at);
            continue;
        }
        if unseen == Unseen::Removed && is_unseen(letter) {
            continue;
        }
        text.push(letter);
        origins.push(Span { start: escaped_from.take().unwrap_or(at), end: at + 1 });
    }
    (text, origins)
}

fn is_escapable(letter: char) -> bool {
    matches!(letter, '\\' | '|' | '{' | '}' | '@' | '[' | ']' | '(' | ')' | '<' | '>' | '#' | '*' | '_' | '~')
}

/// NFKC and full case folding. Folding by way of the upper case joins what lower case alone keeps
/// apart: `ß` and `ss`, the two forms of the Greek sigma. The four Turkish i become one.
fn fold_letters(cluster: &str) -> Vec<char> {
    let lowered: String = cluster
        .nfkc()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkc()
        .map(same_mark)
        .collect();
    lowered.replace("i\u{307}", "i").chars().collect()
}

/// One dash, one apostrophe, one quotation mark.
fn same_mark(letter: char) -> char {
    match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2BC}' | '\u{2032}' | '`' => '\'',
        '\u{201C}'..='\u{201F}' | '\u{AB}' | '\u{BB}' => '"',
        other => other,
    }
}

/// Characters without a picture: Unicode's default ignorable ones, and controls that are no space.
fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    ) || (letter.is_control() && !letter.is_whitespace())
}

/// Whether a character is part of a word: a letter, a digit or a mark on one.
pub(super) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}
