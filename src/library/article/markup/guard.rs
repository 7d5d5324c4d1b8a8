//! Takes out tags that no page needs and that exist to keep a reader busy.

use std::borrow::Cow;

/// More separators than this inside one tag, and the tag is taken out. The tokenizer compares each
/// attribute with all before it, so its time would grow with their square.
const MOST_SEPARATORS: usize = 2_000;

/// The markup without tags that carry thousands of attributes; nearly always the markup itself.
pub(super) fn bounded(html: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(start) = find(html, at, "<") {
        let rest = html.get(start..).unwrap_or_default();
        if rest.starts_with("<!--") {
            at = find(html, start + 4, "-->").map_or(html.len(), |end| end + 3);
            continue;
        }
        let name = tag_name(rest);
        if name.is_empty() {
            at = start + 1;
            continue;
        }
        let (end, separators) = tag_end(rest.as_bytes());
        let end = start + end;
        if separators > MOST_SEPARATORS {
            kept.push_str(html.get(copied..start).unwrap_or_default());
            copied = end;
        }
        at = if matches!(name.as_str(), "script" | "style" | "textarea" | "title") { end_of_raw(html, end, &name) } else { end };
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    kept.push_str(html.get(copied..).unwrap_or_default());
    Cow::Owned(kept)
}

fn find(html: &str, from: usize, what: &str) -> Option<usize> {
    html.get(from..)?.find(what).map(|offset| from + offset)
}

fn tag_name(rest: &str) -> String {
    let after = rest.trim_start_matches('<');
    let name = after.bytes().take(12).take_while(u8::is_ascii_alphanumeric);
    let name: String = name.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    // End tags may carry attributes too.
    if name.is_empty() && after.starts_with('/') { "/".to_owned() } else { name }
}

/// The length of the tag, and how many attributes it could have at most.
fn tag_end(tag: &[u8]) -> (usize, usize) {
    let mut quote = None;
    let mut separators = 0;
    let mut last = b' ';
    for (at, &byte) in tag.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => continue,
            (None, b'>') => return (at + 1, separators),
            (None, b'"' | b'\'') if last == b'=' => {
                quote = Some(byte);
                separators += 1;
            }
            (None, b'/' | b'"' | b'\'') => separators += 1,
            (None, _) if byte.is_ascii_whitespace() => {
                separators += 1;
                continue;
            }
            (None, _) => {}
        }
        last = byte;
    }
    (tag.len(), separators)
}

/// Where the content of a script or style ends: before its end tag, whatever looks like tags inside.
fn end_of_raw(html: &str, from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(found) = find(html, at, "</") {
        let candidate = html.get(found + 2..found + 2 + name.len());
        if candidate.is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return found;
        }
        at = found + 2;
    }
    html.len()
}
