//! Finding web addresses in a text the way X and Mastodon do, with and without `https://`.
//!
//! The rules are those of twitter-text (reference/networks.md, section 4.4): what may stand before,
//! which labels make a host, which character may end a path. An address without scheme needs a known
//! top-level domain, which the compiled public suffix list answers. X carries its own, older list of
//! the same names; the suffix list is kept up to date by a library and was in the tree anyway. It
//! accepts unknown names as a suffix, so only *known* ones count.

use std::ops::Range;

mod tail;

/// The longest address, in UTF-16 units, with its scheme.
const MAX_ADDRESS: usize = 4096;
const MAX_LABEL: usize = 63;
/// More labels than a host name can have.
const MAX_LABELS: usize = 128;
/// Longer than any top-level domain that is written in its own script.
const MAX_TLD: usize = 24;
const MAX_TCO_SLUG: usize = 40;

/// Which addresses are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// Only those that start with `http://` or `https://` (Mastodon).
    WithScheme,
    /// Also `example.com` and `example.com/path` (X).
    WithOrWithoutScheme,
}

/// The byte ranges of the web addresses in `text`, in order, without overlaps.
/// X counts in NFC, so give it a text in that form.
pub fn addresses(text: &str, which: Addresses) -> Vec<Range<usize>> {
    if !text.contains('.') {
        return Vec::new();
    }
    let scan = Scan::new(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < scan.letters.len() {
        match scan.starting_after(at).or_else(|| (at == 0).then(|| scan.matching(0)).flatten()) {
            Some(candidate) => {
                scan.accept(&candidate, which, &mut found);
                at = candidate.end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found.into_iter().filter_map(|range| Some(scan.byte_at(range.start)?..scan.byte_at(range.end)?)).collect()
}

/// A possible address; all positions are indices of characters.
struct Candidate {
    start: usize,
    has_scheme: bool,
    host: Range<usize>,
    has_path: bool,
    end: usize,
}

struct Scan {
    letters: Vec<char>,
    bytes: Vec<usize>,
    /// For each position, where the run of host label characters through it ends.
    label_end: Vec<usize>,
    /// For each position, where the next underscore is.
    next_underscore: Vec<usize>,
    /// For each dot, where the top-level domain after it ends.
    tld_after: Vec<Option<usize>>,
}

impl Scan {
    fn new(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let bytes = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let next = |wanted: &dyn Fn(char) -> bool| {
            let mut next = vec![letters.len(); letters.len()];
            let mut nearest = letters.len();
            for (slot, (at, letter)) in next.iter_mut().zip(letters.iter().enumerate()).rev() {
                if wanted(*letter) {
                    nearest = at;
                }
                *slot = nearest;
            }
            next
        };
        let label_end = next(&|letter| !in_label(letter));
        let next_underscore = next(&|letter| letter == '_');
        let mut scan = Self { letters, bytes, label_end, next_underscore, tld_after: Vec::new() };
        let after = |(at, letter): (usize, &char)| {
            if *letter == '.' { scan.tld_end(at + 1, scan.letters.len()) } else { None }
        };
        scan.tld_after = scan.letters.iter().enumerate().map(after).collect();
        scan
    }

    fn letter(&self, at: usize) -> Option<char> {
        self.letters.get(at).copied()
    }

    fn byte_at(&self, at: usize) -> Option<usize> {
        self.bytes.get(at).copied()
    }

    /// An address right after the character at `before`, if that character may stand there.
    fn starting_after(&self, before: usize) -> Option<Candidate> {
        let letter = self.letter(before)?;
        let allowed = !letter.is_ascii_alphanumeric() && !matches!(letter, '@' | '＠' | '$' | '#' | '＃') && !is_never(letter);
        if allowed { self.matching(before + 1) } else { None }
    }

    fn matching(&self, start: usize) -> Option<Candidate> {
        let after_scheme = self.after_scheme(start);
        let (host_start, has_scheme, host_end) = after_scheme
            .and_then(|from| Some((from, true, self.host_end(from)?)))
            .or_else(|| Some((start, false, self.host_end(start)?)))?;
        let tail = tail::after_host(&self.letters, host_end);
        Some(Candidate { start, has_scheme, host: host_start..host_end, has_path: tail.has_path, end: tail.end })
    }

    fn after_scheme(&self, start: usize) -> Option<usize> {
        let matches_here =
            |scheme: &str| scheme.chars().enumerate().all(|(i, c)| self.letter(start + i).is_some_and(|l| l.eq_ignore_ascii_case(&c)));
        ["https://", "http://"].into_iter().find(|s| matches_here(s)).map(|s| start + s.len())
    }

    /// Where the longest host that starts at `start` ends: labels, then a known top-level domain.
    fn host_end(&self, start: usize) -> Option<usize> {
        let mut best = None;
        let mut label_start = start;
        for _ in 0..MAX_LABELS {
            let Some(&label_end) = self.label_end.get(label_start) else { break };
            let Some(label) = self.letters.get(label_start..label_end) else { break };
            let joins = |letter: Option<&char>| letter.is_none_or(|l| matches!(l, '-' | '_'));
            if joins(label.first()) || joins(label.last()) || self.letter(label_end) != Some('.') {
                break;
            }
            // An underscore is for subdomains only, so not in the label before the top-level domain.
            if self.next_underscore.get(label_start).is_some_and(|at| *at >= label_end) {
                best = self.tld_after.get(label_end).copied().flatten().or(best);
            }
            label_start = label_end + 1;
        }
        best
    }

    /// Where the top-level domain that starts at `start` ends, looking no further than `limit`.
    fn tld_end(&self, start: usize, limit: usize) -> Option<usize> {
        let run_end = (*self.label_end.get(start)?).min(limit);
        let run: String = self.letters.get(start..run_end.min(start + MAX_TLD))?.iter().collect();
        let mut ends: Vec<usize> = run.char_indices().map(|(at, l)| at + l.len_utf8()).collect();
        while let Some(bytes) = ends.pop() {
            let end = start + ends.len() + 1;
            let next = if end < limit { self.letter(end) } else { None };
            let is_over = next.is_none_or(|l| !l.is_ascii_alphanumeric() && !matches!(l, '@' | '+' | '-'));
            if is_over && run.get(..bytes).is_some_and(is_known_tld) {
                return Some(end);
            }
        }
        self.punycode_end(start, limit)
    }

    fn punycode_end(&self, start: usize, limit: usize) -> Option<usize> {
        let run = self.letters.get(start..limit)?;
        let is_prefix = "xn--".chars().enumerate().all(|(i, c)| run.get(i).is_some_and(|l| l.eq_ignore_ascii_case(&c)));
        let length = run.iter().take_while(|l| l.is_ascii_alphanumeric() || **l == '-').count();
        (is_prefix && length > 4).then_some(start + length)
    }

    /// Checks a candidate and notes the addresses in it (a host in another script may hold several).
    fn accept(&self, candidate: &Candidate, which: Addresses, found: &mut Vec<Range<usize>>) {
        if !self.is_sound(candidate) {
            return;
        }
        if candidate.has_scheme {
            if let Some(end) = self.end_of_tco(candidate) {
                found.push(candidate.start..end);
            }
            return;
        }
        let before = candidate.start.checked_sub(1).and_then(|at| self.letter(at));
        if which == Addresses::WithScheme || matches!(before, Some('-' | '_' | '.' | '/')) {
            return;
        }
        let mut parts = self.latin_hosts(&candidate.host);
        if let Some(last) = parts.last_mut()
            && candidate.has_path
        {
            last.end = candidate.end;
        }
        found.append(&mut parts);
    }

    fn is_sound(&self, candidate: &Candidate) -> bool {
        let units = |range: Range<usize>| -> usize { self.letters.get(range).unwrap_or_default().iter().map(|l| l.len_utf16()).sum() };
        // The scheme is counted twice, as twitter-text does; without one, `https://` is assumed.
        let scheme = if candidate.has_scheme { candidate.host.start - candidate.start } else { 8 };
        if units(candidate.start..candidate.end) + scheme > MAX_ADDRESS {
            return false;
        }
        let host: String = self.letters.get(candidate.host.clone()).unwrap_or_default().iter().collect();
        let is_bad_punycode = host.starts_with("xn--") && self.latin_hosts(&candidate.host).is_empty();
        !is_bad_punycode && host.split('.').all(is_short_enough)
    }

    /// The parts of a host that are Latin throughout: in running text of another script, only
    /// these are an address.
    fn latin_hosts(&self, host: &Range<usize>) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = host.start;
        while at < host.end {
            match self.latin_host_end(at, host.end) {
                Some(end) => {
                    found.push(at..end);
                    at = end;
                }
                None => at += 1,
            }
        }
        found
    }

    fn latin_host_end(&self, start: usize, limit: usize) -> Option<usize> {
        let mut best = None;
        let mut at = start;
        loop {
            let label_start = at;
            while at < limit && self.letter(at).is_some_and(in_latin_label) {
                at += 1;
            }
            if at == label_start || at >= limit || self.letter(at) != Some('.') {
                return best;
            }
            at += 1;
            best = self.tld_end(at, limit).or(best);
        }
    }

    /// X's own short links end after their slug, and one with too long a slug is none.
    fn end_of_tco(&self, candidate: &Candidate) -> Option<usize> {
        let text: String = self.letters.get(candidate.start..candidate.end)?.iter().collect();
        let lower = text.to_ascii_lowercase();
        let Some(rest) = lower.strip_prefix("https://t.co/").or_else(|| lower.strip_prefix("http://t.co/")) else {
            return Some(candidate.end);
        };
        let slug = rest.chars().take_while(char::is_ascii_alphanumeric).count();
        match slug {
            0 => Some(candidate.end),
            1..=MAX_TCO_SLUG => {
                let slug_end = candidate.start + (lower.len() - rest.len()) + slug;
                Some(tail::query_end(&self.letters, slug_end).unwrap_or(slug_end))
            }
            _ => None,
        }
    }
}

/// Whether the name is a top-level domain that exists.
fn is_known_tld(name: &str) -> bool {
    // Some registries list only names below them, so the question is asked for a name in the domain.
    let host = format!("x.{}", name.to_lowercase());
    psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

fn is_short_enough(label: &str) -> bool {
    let length = if label.is_ascii() {
        label.len()
    } else {
        match url::Host::parse(label) {
            Ok(url::Host::Domain(encoded)) => encoded.len(),
            // A label that no registry would take, such as one that begins with a combining mark, is
            // still read as part of a host; its encoded length is then at least this.
            Ok(_) | Err(_) => label.chars().count() + "xn--".len(),
        }
    };
    (1..=MAX_LABEL).contains(&length)
}

/// X refuses texts with these, and they are never part of an address.
fn is_never(letter: char) -> bool {
    matches!(letter, '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}')
}

fn in_label(letter: char) -> bool {
    matches!(letter, '-' | '_') || is_host_letter(letter)
}

fn is_host_letter(letter: char) -> bool {
    let is_mark = matches!(
        letter,
        '!' | '#'
            | '%'
            | '&'
            | '\''
            | '('
            | ')'
            | '*'
            | '+'
            | ','
            | '\\'
            | '-'
            | '.'
            | '/'
            | ':'
            | ';'
            | '<'
            | '='
            | '>'
            | '?'
            | '@'
            | '['
            | ']'
            | '^'
            | '_'
            | '{'
            | '|'
            | '}'
            | '~'
            | '$'
    );
    let is_space = matches!(
        letter,
        '\u{9}'..='\u{D}' | ' ' | '\u{85}' | '\u{A0}' | '\u{1680}' | '\u{180E}'
            | '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    );
    let is_direction = matches!(
        letter,
        '\u{202A}'..='\u{202E}' | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2066}'..='\u{2069}'
    );
    !is_mark && !is_space && !is_direction && !is_never(letter)
}

fn in_latin_label(letter: char) -> bool {
    letter == '-' || letter.is_ascii_alphanumeric() || tail::is_accented_latin(letter)
}
