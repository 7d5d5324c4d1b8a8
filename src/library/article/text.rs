//! Text as people read it, from what sites write.

use unicode_segmentation::UnicodeSegmentation;

use super::markup;

/// One line: runs of white space become one space, control and invisible formatting characters go.
pub fn one_line(text: &str) -> String {
    let shown: String = text.chars().filter(|&letter| !is_invisible(letter)).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control characters, and marks that turn the writing direction of what follows or hide text.
/// Joiners (U+200C, U+200D) stay: emoji and some scripts need them.
fn is_invisible(letter: char) -> bool {
    (letter.is_control() && !letter.is_whitespace())
        || matches!(letter, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffd}' | '\u{ad}')
}

/// A title or name: markup removed when there is some, entities decoded, one line.
/// None when nothing is left.
///
/// Titles are often escaped twice, so entities that are still there after the document's own
/// decoding are decoded too. `Vec<T>` is not markup and stays.
pub fn label(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..2 {
        if markup::has_tags(&text) {
            text = markup::to_text(&text).text;
        } else if has_entities(&text) {
            text = markup::decode_entities(&text);
        } else {
            break;
        }
    }
    Some(one_line(&text)).filter(|line| !line.is_empty())
}

fn has_entities(text: &str) -> bool {
    text.split('&').skip(1).any(|after| {
        after.split_once(';').is_some_and(|(name, _)| {
            let name = name.strip_prefix('#').unwrap_or(name);
            (1..=31).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    })
}

/// Whole sentences, up to about `limit` characters; when the first sentence alone is longer, whole
/// words and an ellipsis. The answer never has more than `limit` characters.
pub fn sentences(text: &str, limit: usize) -> String {
    let text = text.trim();
    // What lies far beyond the limit is not even looked at.
    let text = text.char_indices().nth(limit + 1).map_or(text, |_| {
        let end = text.char_indices().nth(limit * 4).map_or(text.len(), |(at, _)| at);
        text.get(..end).unwrap_or(text)
    });
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    // A summary of one short sentence says less than a cut longer one.
    take_while_fits(text.split_sentence_bounds(), limit)
        .filter(|whole| whole.chars().count() * 3 >= limit && ends_a_sentence(whole))
        .unwrap_or_else(|| {
            let words = take_while_fits(text.split_word_bounds(), limit.saturating_sub(1));
            let words = words.unwrap_or_else(|| text.chars().take(limit.saturating_sub(1)).collect());
            format!("{}…", words.trim_end_matches([' ', ',', ';', ':', '-', '–', '—', '(']))
        })
}

fn ends_a_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '\'', '”', '’', '»', '“', ')']);
    text.ends_with(['.', '!', '?', '…', '。', '！', '？'])
}

fn take_while_fits<'a>(parts: impl Iterator<Item = &'a str>, limit: usize) -> Option<String> {
    let mut out = String::new();
    let mut used = 0;
    for part in parts {
        used += part.chars().count();
        if used - trailing_space(part) > limit {
            break;
        }
        out.push_str(part);
    }
    let out = out.trim_end();
    (!out.is_empty()).then(|| out.to_owned())
}

fn trailing_space(part: &str) -> usize {
    part.chars().rev().take_while(|c| c.is_whitespace()).count()
}

/// The primary subtag of a language tag as BCP 47 writes it: `de_AT` -> `de`, `IT-it` -> `it`.
/// None for what is no language ("und", "x-default", words).
pub fn primary_language(tag: &str) -> Option<String> {
    let first = tag.split([',', ';']).next().unwrap_or_default().trim();
    let primary = first.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let is_tag = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_lowercase());
    if !is_tag || matches!(primary.as_str(), "und" | "mul" | "zxx" | "mis" | "root") {
        return None;
    }
    // Withdrawn codes that are still written.
    Some(match primary.as_str() {
        "iw" => "he".to_owned(),
        "in" => "id".to_owned(),
        "ji" => "yi".to_owned(),
        _ => primary,
    })
}
