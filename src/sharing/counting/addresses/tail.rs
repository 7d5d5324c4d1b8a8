//! What follows the host of a web address: port, path and query, and where they stop.

/// Where an address ends.
pub(super) struct Tail {
    pub(super) has_path: bool,
    pub(super) end: usize,
}

/// Reads port, path and query after a host that ends at `host_end`.
pub(super) fn after_host(letters: &[char], host_end: usize) -> Tail {
    let after_port = port_end(letters, host_end).unwrap_or(host_end);
    let after_path = path_end(letters, after_port);
    let before_query = after_path.unwrap_or(after_port);
    Tail { has_path: after_path.is_some(), end: query_end(letters, before_query).unwrap_or(before_query) }
}

fn port_end(letters: &[char], at: usize) -> Option<usize> {
    if letters.get(at) != Some(&':') {
        return None;
    }
    let digits = letters.get(at + 1..)?.iter().take_while(|l| l.is_ascii_digit()).count();
    (digits > 0).then_some(at + 1 + digits)
}

/// A path is everything up to the last character that may end one; brackets only in pairs.
fn path_end(letters: &[char], at: usize) -> Option<usize> {
    if letters.get(at) != Some(&'/') {
        return None;
    }
    let mut end = at + 1;
    let mut next = at + 1;
    while let Some(&letter) = letters.get(next) {
        if let Some(after) = bracket_end(letters, next) {
            next = after;
            end = after;
        } else if in_path(letter) {
            next += 1;
            if ends_path(letter) {
                end = next;
            }
        } else {
            break;
        }
    }
    Some(end)
}

/// The end of a pair of round brackets with path characters in it and at most one pair inside.
fn bracket_end(letters: &[char], at: usize) -> Option<usize> {
    if letters.get(at) != Some(&'(') {
        return None;
    }
    let run = |from: usize| -> usize {
        let rest = letters.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|l| in_path(**l)).count()
    };
    let mut inside = run(at + 1);
    if letters.get(inside) == Some(&'(') {
        let inner_end = run(inside + 1);
        if inner_end == inside + 1 || letters.get(inner_end) != Some(&')') {
            return None;
        }
        inside = run(inner_end + 1);
    } else if inside == at + 1 {
        return None;
    }
    (letters.get(inside) == Some(&')')).then_some(inside + 1)
}

/// A query is everything up to the last character that may end one.
pub(super) fn query_end(letters: &[char], at: usize) -> Option<usize> {
    if letters.get(at) != Some(&'?') {
        return None;
    }
    let run = letters.get(at + 1..)?.iter().take_while(|l| in_query(**l));
    run.enumerate().filter(|(_, l)| ends_query(**l)).last().map(|(index, _)| at + index + 2)
}

fn in_path(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(
            letter,
            '!' | '*'
                | '\''
                | ';'
                | ':'
                | '='
                | '+'
                | ','
                | '.'
                | '$'
                | '/'
                | '%'
                | '#'
                | '['
                | ']'
                | '-'
                | '\u{2013}'
                | '_'
                | '~'
                | '@'
                | '|'
                | '&'
        )
        || is_cyrillic(letter)
        || is_accented_latin(letter)
}

fn ends_path(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(letter, '+' | '-' | '=' | '_' | '#' | '/')
        || is_cyrillic(letter)
        || is_accented_latin(letter)
}

fn in_query(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(
            letter,
            '!' | '?'
                | '*'
                | '\''
                | '@'
                | '('
                | ')'
                | ';'
                | ':'
                | '&'
                | '='
                | '+'
                | '$'
                | '/'
                | '%'
                | '#'
                | '['
                | ']'
                | '-'
                | '_'
                | '.'
                | ','
                | '~'
                | '|'
        )
}

fn ends_query(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '&' | '=' | '#' | '/')
}

fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{4FF}')
}

/// Letters of Latin scripts beyond ASCII, and the combining marks.
pub(super) fn is_accented_latin(letter: char) -> bool {
    matches!(
        letter,
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' | '\u{253}' | '\u{254}'
            | '\u{256}' | '\u{257}' | '\u{259}' | '\u{25B}' | '\u{263}' | '\u{268}' | '\u{26F}'
            | '\u{272}' | '\u{289}' | '\u{28B}' | '\u{2BB}' | '\u{300}'..='\u{36F}'
            | '\u{1E00}'..='\u{1EFF}'
    )
}
