//! Titles without the name of the site, and titles that are none.

/// What stands between a title and the name of its site.
const BETWEEN: &[&str] = &[" - ", " – ", " — ", " | ", " · ", " • ", " :: ", " » ", " « ", " / ", " ~ "];

/// What guards, consent walls and error pages call themselves, in small letters.
const GUARDS: &[&str] = &[
    "just a moment",
    "attention required",
    "access denied",
    "access to this page has been denied",
    "are you a robot",
    "robot or human",
    "please wait",
    "verify you are human",
    "security check",
    "ddos protection",
    "checking your browser",
    "before you continue",
    "403 forbidden",
    "forbidden",
    "404 not found",
    "page not found",
    "error 404",
    "request rejected",
    "pardon our interruption",
];

/// True when the title is that of a page standing in front of the article.
pub(super) fn is_guard(title: &str) -> bool {
    let title = title.trim().to_lowercase();
    GUARDS.iter().any(|guard| {
        title.strip_prefix(guard).is_some_and(|rest| {
            let rest = rest.trim_start_matches(['.', '!', '?', '…', ' ']);
            rest.is_empty() || rest.starts_with(['|', '-', '–'])
        })
    })
}

/// The title without the site's name at its end or start. `names` is what the site may be called;
/// letter case and everything but letters and digits are ignored in the comparison.
///
/// Only a whole part set apart by a separator goes, so that "Ghost in the Shell | Ghost" loses the
/// last word only, and a title that is nothing but the site's name stays.
pub(super) fn without_site(title: &str, names: &[String]) -> String {
    let is_site = |part: &str| {
        let part = folded(part);
        !part.is_empty() && names.iter().any(|name| folded(name) == part)
    };
    for between in BETWEEN {
        if let Some((rest, last)) = title.rsplit_once(between)
            && is_site(last)
            && !rest.trim().is_empty()
        {
            return rest.trim().to_owned();
        }
        if let Some((first, rest)) = title.split_once(between)
            && is_site(first)
            && !rest.trim().is_empty()
        {
            return rest.trim().to_owned();
        }
    }
    title.to_owned()
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
