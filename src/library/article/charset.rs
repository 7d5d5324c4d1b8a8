//! Which letters the bytes of a page or feed stand for.

use std::sync::LazyLock;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use regex::bytes::Regex;

/// How far into a document its own word about its encoding is looked for, in bytes.
const PRESCAN: usize = 4096;

static META: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?i)<meta[^>]{1,300}?charset\s*=\s*["']?\s*([a-z0-9_:.\-]+)"#).ok());
static XML: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"^\s*<\?xml[^>]{1,300}?encoding\s*=\s*["']([A-Za-z0-9_:.\-]+)"#).ok());

/// Decodes a page or feed: byte order mark, then the `Content-Type` header, then what the
/// document says of itself, then a guess.
///
/// A declaration that does not fit the bytes gives way to the next one: bytes that are valid
/// UTF-8 with letters beyond ASCII are UTF-8 whatever is declared, since no other encoding
/// produces them by chance. Never fails; what cannot be read becomes U+FFFD.
pub fn decode(body: &[u8], content_type: Option<&str>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        let rest = body.get(mark..).unwrap_or_default();
        return encoding.decode_without_bom_handling(rest).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(body)
        && !text.contains('\0')
        && !is_escaped_ascii(body)
    {
        return text.to_owned();
    }
    if let Some(encoding) = utf16_without_mark(body) {
        return encoding.decode_without_bom_handling(body).0.into_owned();
    }
    let declared = [content_type.and_then(from_header), from_document(body)];
    for encoding in declared.into_iter().flatten() {
        if let Some(text) = fitting(encoding, body) {
            return text;
        }
    }
    fitting(UTF_8, body).unwrap_or_else(|| WINDOWS_1252.decode_without_bom_handling(body).0.into_owned())
}

/// The text in this encoding, when nearly all of it can be read so. A body cut at the size limit
/// ends in the middle of a letter, and a few broken letters do not make another encoding.
fn fitting(encoding: &'static Encoding, body: &[u8]) -> Option<String> {
    let (text, had_errors) = encoding.decode_without_bom_handling(body);
    if had_errors {
        let broken = text.chars().filter(|&c| c == '\u{fffd}').count();
        let whole = text.chars().filter(|c| !c.is_ascii()).count() - broken;
        let only_cut = broken == 1 && text.ends_with('\u{fffd}');
        if !only_cut && broken * 4 > whole {
            return None;
        }
    }
    Some(text.into_owned())
}

fn from_header(content_type: &str) -> Option<&'static Encoding> {
    let label = content_type.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    })?;
    Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes())
}

fn from_document(body: &[u8]) -> Option<&'static Encoding> {
    let start = body.get(..PRESCAN).unwrap_or(body);
    let label = [&XML, &META].into_iter().find_map(|pattern| {
        let found = pattern.as_ref()?.captures(start)?;
        Some(found.get(1)?.as_bytes())
    })?;
    // A document whose declaration could be read byte by byte is not UTF-16, as the HTML standard says.
    Encoding::for_label(label).map(|found| if found == UTF_16LE || found == UTF_16BE { UTF_8 } else { found })
}

/// ISO-2022-JP writes Japanese in ASCII bytes with escape sequences, so that it passes for UTF-8.
fn is_escaped_ascii(body: &[u8]) -> bool {
    body.windows(3).any(|three| matches!(three, b"\x1b$B" | b"\x1b$@" | b"\x1b(J"))
}

/// Markup in UTF-16 begins with `<` and a zero byte.
fn utf16_without_mark(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}
