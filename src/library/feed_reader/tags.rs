//! Single tags and references of a feed's XML.

use super::super::article;

/// Namespaces that feeds use without declaring them.
const PREFIXES: &[(&str, &str)] = &[
    ("atom", "http://www.w3.org/2005/Atom"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
];

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    /// Everything between the name and the end of the tag.
    inside: &'a str,
    /// The length of the whole tag in bytes.
    pub(super) length: usize,
    pub(super) closes_itself: bool,
    pub(super) attributes: usize,
    /// How many of the attributes declare a namespace.
    pub(super) declared: usize,
}

impl Tag<'_> {
    /// The value of an attribute, with its entities decoded.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let (start, end) = self.place(name)?;
        article::label(self.inside.get(start..end)?)
    }

    /// Where the value of an attribute stands in `inside`.
    fn place(&self, name: &str) -> Option<(usize, usize)> {
        let mut from = 0;
        loop {
            let at = from + self.inside.get(from..)?.find(name)?;
            from = at + name.len();
            let before = self.inside.get(..at)?;
            let after = self.inside.get(from..)?.trim_start().strip_prefix('=')?.trim_start();
            let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                continue;
            };
            if !before.ends_with(char::is_whitespace) {
                continue;
            }
            let start = self.inside.len() - after.len() + 1;
            let length = self.inside.get(start..)?.find(quote)?;
            return Some((start, start + length));
        }
    }
}

/// The name of the element that begins here, when `rest` begins with a start tag.
pub(super) fn name(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix('<')?;
    let is_first = |c: char| c.is_alphabetic() || c == '_';
    after.chars().next().filter(|&c| is_first(c))?;
    let end = after.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<' | '"' | '\'' | '=' | '&'));
    after.get(..end.unwrap_or(after.len()))
}

/// The start tag at the beginning of `rest`; None when it does not end.
pub(super) fn read(rest: &str) -> Option<Tag<'_>> {
    let name = name(rest)?;
    let mut quote = None;
    let mut attributes = 0;
    let from = 1 + name.len();
    for (at, byte) in rest.bytes().enumerate().skip(from) {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'=') => attributes += 1,
            // A tag that never ended, before the next one.
            (None, b'<') => return None,
            (None, b'>') => {
                let inside = rest.get(from..at)?;
                let closes_itself = inside.ends_with('/');
                return Some(Tag {
                    name,
                    inside: inside.strip_suffix('/').unwrap_or(inside),
                    length: at + 1,
                    closes_itself,
                    attributes,
                    declared: inside.matches("xmlns").count(),
                });
            }
            (None, _) => {}
        }
    }
    None
}

/// The name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// FeedBurner keeps the real link of an entry under a name of its own.
pub(super) fn renamed(name: &str) -> &str {
    if name == "feedburner:origLink" { "link" } else { name }
}

/// The root with the namespaces that the feed uses and does not declare. RSS without a version, or
/// with one that was never given out, is read as 2.0; a default namespace on it says nothing.
pub(super) fn root(tag: &Tag<'_>, text: &str) -> String {
    let mut inside = tag.inside.to_owned();
    if tag.name == "rss" {
        for drop in ["version", "xmlns"] {
            let known = ["2.0", "0.91", "0.92"];
            if let Some((start, end)) = tag.place(drop)
                && !known.contains(&tag.inside.get(start..end).unwrap_or_default())
                && let Some(attribute) = tag.inside.get(..start).and_then(|before| before.rfind(drop))
                && let Some(whole) = tag.inside.get(attribute..=end)
            {
                inside = inside.replacen(whole, "", 1);
            }
        }
        if !inside.contains("version") {
            inside.push_str(" version=\"2.0\"");
        }
    }
    for (prefix, namespace) in PREFIXES {
        if text.contains(&format!("<{prefix}:")) && !text.contains(&format!("xmlns:{prefix}")) {
            inside.push_str(&format!(" xmlns:{prefix}=\"{namespace}\""));
        }
    }
    format!("<{}{inside}{}>", tag.name, if tag.closes_itself { "/" } else { "" })
}

/// Another tag, with the types that the parser does not know named as it knows them.
pub(super) fn inner(tag: &Tag<'_>, name: &str) -> String {
    let mut inside = tag.inside.to_owned();
    if matches!(name, "title" | "subtitle" | "summary" | "rights")
        && let Some((start, end)) = tag.place("type")
        && let Some(kind) = tag.inside.get(start..end)
    {
        let known = match kind {
            "html" | "text/html" => "html",
            "xhtml" | "application/xhtml+xml" => "xhtml",
            _ => "text",
        };
        inside.replace_range(start..end, known);
    }
    format!("<{name}{inside}{}>", if tag.closes_itself { "/" } else { "" })
}

/// What follows an ampersand.
pub(super) enum Reference<'a> {
    /// An entity or character reference that can stay.
    Good,
    /// No reference: the ampersand itself is meant.
    None,
    /// A reference to a character that XML forbids; the text after it.
    Bad(&'a str),
}

pub(super) fn reference(after: &str) -> Reference<'_> {
    let Some((name, rest)) = after.split_once(';') else {
        return Reference::None;
    };
    let Some(number) = name.strip_prefix('#') else {
        let is_name = (1..=31).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
        return if is_name { Reference::Good } else { Reference::None };
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    match code {
        Ok(0..=8 | 11 | 12 | 14..=31 | 0xfffe | 0xffff) => Reference::Bad(rest),
        // A capital X is none of XML's ways to write it.
        Ok(code) if char::from_u32(code).is_some() && !number.starts_with('X') => Reference::Good,
        Ok(_) => Reference::Bad(rest),
        Err(_) => Reference::None,
    }
}
