//! Makes XML readable that is not quite XML, and refuses XML that is meant to do harm.
//!
//! Real feeds have white space before the declaration, stray control characters, bare ampersands,
//! prefixes that nobody declared, and break off in the middle. What is whole before the first
//! fault is kept. Declarations, document types (and with them every entity definition) and comments
//! are dropped, so nothing external is ever looked at and no entity expands.

use std::collections::HashSet;

use super::{FeedError, tags};

/// More entries than this are not even looked at.
const MOST_ENTRIES: usize = 5_000;
/// XHTML inside of Atom nests; nothing honest nests deeper.
const DEEPEST: usize = 200;
/// Attributes on one tag, and namespace declarations in force at one place.
const MOST_ATTRIBUTES: usize = 256;

/// XML that the parser can read.
#[derive(Debug, Default)]
pub(super) struct Tidied {
    pub(super) xml: String,
    /// The feed broke off, or was malformed, after the last entry that was kept.
    pub(super) broken_off: bool,
    /// `xml:lang` of the root.
    pub(super) language: Option<String>,
    /// The guids that say they are no address.
    pub(super) not_links: HashSet<String>,
}

pub(super) fn tidy(text: &str) -> Result<Tidied, FeedError> {
    let text: String = text.chars().filter(|&c| is_xml(c)).collect();
    let mut scan = Scan { text: &text, rest: &text, out: Tidied::default(), open: Vec::new(), declared: 0, entries: 0, whole: None };
    scan.skip_to_markup();
    let end = scan.run()?;
    scan.finish(end)
}

/// The characters that XML 1.0 allows.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[derive(PartialEq)]
enum End {
    Whole,
    Fault,
}

struct Open {
    name: String,
    declared: usize,
}

struct Scan<'a> {
    text: &'a str,
    rest: &'a str,
    out: Tidied,
    open: Vec<Open>,
    /// Namespace declarations in force.
    declared: usize,
    entries: usize,
    /// Where the last whole entry ends in the output, and what was open there.
    whole: Option<(usize, Vec<String>)>,
}

impl<'a> Scan<'a> {
    fn skip_to_markup(&mut self) {
        self.rest = self.text.find('<').and_then(|at| self.text.get(at..)).unwrap_or_default();
    }

    /// Copies and mends until the root closes, the text ends, or something is past mending.
    fn run(&mut self) -> Result<End, FeedError> {
        loop {
            let rest = self.rest;
            let done = if rest.is_empty() {
                Some(if self.open.is_empty() { End::Whole } else { End::Fault })
            } else if let Some(after) = rest.strip_prefix("<![CDATA[") {
                self.cdata(after)
            } else if let Some(after) = rest.strip_prefix("<!--") {
                self.skip(after, "-->")
            } else if let Some(after) = rest.strip_prefix("<?") {
                self.skip(after, "?>")
            } else if let Some(after) = rest.strip_prefix("<!") {
                self.document_type(after)
            } else if let Some(after) = rest.strip_prefix("</") {
                self.close(after)
            } else if rest.starts_with('<') && tags::name(rest).is_some() {
                self.start(rest)?
            } else {
                self.characters(rest)
            };
            if let Some(end) = done {
                return Ok(end);
            }
        }
    }

    fn skip(&mut self, after: &'a str, end: &str) -> Option<End> {
        let Some((_, rest)) = after.split_once(end) else {
            return Some(End::Fault);
        };
        self.rest = rest;
        None
    }

    fn cdata(&mut self, after: &'a str) -> Option<End> {
        let Some((inside, rest)) = after.split_once("]]>") else {
            return Some(End::Fault);
        };
        self.out.xml.push_str("<![CDATA[");
        self.out.xml.push_str(inside);
        self.out.xml.push_str("]]>");
        self.rest = rest;
        None
    }

    /// Drops a document type with its internal subset.
    fn document_type(&mut self, after: &'a str) -> Option<End> {
        let mut depth = 0_usize;
        for (at, c) in after.char_indices() {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                '>' if depth == 0 => {
                    self.rest = after.get(at + 1..).unwrap_or_default();
                    return None;
                }
                _ => {}
            }
        }
        Some(End::Fault)
    }

    fn close(&mut self, after: &'a str) -> Option<End> {
        let Some((name, rest)) = after.split_once('>') else {
            return Some(End::Fault);
        };
        let name = tags::renamed(name.trim());
        match self.open.pop() {
            Some(open) if open.name == name => self.declared -= open.declared,
            _ => return Some(End::Fault),
        }
        self.out.xml.push_str("</");
        self.out.xml.push_str(name);
        self.out.xml.push('>');
        self.rest = rest;
        if matches!(tags::local(name), "item" | "entry") && self.open.len() <= 2 {
            self.entries += 1;
            let open = self.open.iter().map(|open| open.name.clone()).collect();
            self.whole = Some((self.out.xml.len(), open));
            if self.entries >= MOST_ENTRIES {
                return Some(End::Fault);
            }
        }
        // What follows the root is not looked at.
        self.open.is_empty().then_some(End::Whole)
    }

    fn start(&mut self, rest: &'a str) -> Result<Option<End>, FeedError> {
        let Some(tag) = tags::read(rest) else {
            return Ok(Some(End::Fault));
        };
        if tag.attributes > MOST_ATTRIBUTES || self.declared + tag.declared > MOST_ATTRIBUTES {
            return Err(FeedError::Malformed("too many attributes"));
        }
        let name = tags::renamed(tag.name);
        if self.open.is_empty() {
            self.out.language = tag.attribute("xml:lang");
            let tidied = tags::root(&tag, self.text);
            self.out.xml.push_str(&tidied);
        } else {
            self.out.xml.push_str(&tags::inner(&tag, name));
        }
        self.rest = rest.get(tag.length..).unwrap_or_default();
        if tag.closes_itself {
            return Ok(self.open.is_empty().then_some(End::Whole));
        }
        if self.open.len() >= DEEPEST {
            return Err(FeedError::Malformed("nested too deep"));
        }
        if name == "guid" && tag.attribute("isPermaLink").is_some_and(|it| it.eq_ignore_ascii_case("false")) {
            let guid = self.rest.split("</").next().unwrap_or_default().trim();
            let guid = guid.strip_prefix("<![CDATA[").and_then(|g| g.strip_suffix("]]>")).unwrap_or(guid);
            self.out.not_links.insert(guid.trim().to_owned());
        }
        self.declared += tag.declared;
        self.open.push(Open { name: name.to_owned(), declared: tag.declared });
        Ok(None)
    }

    /// Text up to the next tag, with bare ampersands and angle brackets escaped.
    fn characters(&mut self, rest: &'a str) -> Option<End> {
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let length = rest.get(first..).and_then(|tail| tail.find('<')).map_or(rest.len(), |at| at + first);
        let text = rest.get(..length).unwrap_or(rest);
        let text = match text.strip_prefix('<') {
            Some(after) => {
                self.out.xml.push_str("&lt;");
                after
            }
            None => text,
        };
        let mut parts = text.split('&');
        self.out.xml.push_str(parts.next().unwrap_or_default());
        for part in parts {
            match tags::reference(part) {
                tags::Reference::Good => self.out.xml.push('&'),
                tags::Reference::None => self.out.xml.push_str("&amp;"),
                tags::Reference::Bad(after) => {
                    self.out.xml.push_str(after);
                    continue;
                }
            }
            self.out.xml.push_str(part);
        }
        self.rest = rest.get(length..).unwrap_or_default();
        None
    }

    fn finish(mut self, end: End) -> Result<Tidied, FeedError> {
        if end == End::Whole {
            return Ok(self.out);
        }
        let (length, open) = self.whole.ok_or(FeedError::BrokenOff)?;
        self.out.xml.truncate(length);
        for name in open.iter().rev() {
            self.out.xml.push_str(&format!("</{name}>"));
        }
        self.out.broken_off = true;
        Ok(self.out)
    }
}
