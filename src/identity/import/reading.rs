use std::collections::HashMap;

use super::super::{Email, PersonName, Role, profile};
use super::{Fate, MAX_ROWS, Row, RowProblem, Sheet};

/// Text from the bytes of a file: UTF-8, with or without its mark, or UTF-16 with its mark.
///
/// # Errors
/// A sentence with the line and column of the first byte that is no UTF-8.
pub fn decode(bytes: &[u8]) -> Result<String, String> {
    let utf16 = match bytes {
        [0xff, 0xfe, ..] => Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    if let Some(encoding) = utf16 {
        let (text, _, broken) = encoding.decode(bytes);
        return if broken { Err("The file is damaged UTF-16. Save it again as “CSV UTF-8”.".into()) } else { Ok(text.into_owned()) };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = good.iter().filter(|b| **b == b'\n').count() + 1;
            let last = good.rsplit(|b| *b == b'\n').next().unwrap_or_default();
            let place = String::from_utf8_lossy(last).chars().count() + 1;
            Err(format!("The file is not in UTF-8: line {line}, character {place}. In Excel, save it as “CSV UTF-8 (Comma delimited)”."))
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Column {
    Email,
    Name,
    First,
    Last,
    Department,
    Region,
    Title,
    Country,
    Language,
    TimeZone,
    StartedOn,
    Roles,
}

/// What a heading means, however it is written.
fn column(heading: &str) -> Option<Column> {
    let key: String = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    Some(match key.as_str() {
        "email" | "mail" | "emailaddress" => Column::Email,
        "name" | "fullname" | "displayname" => Column::Name,
        "firstname" | "givenname" => Column::First,
        "lastname" | "surname" | "familyname" => Column::Last,
        "department" | "dept" => Column::Department,
        "region" | "location" | "site" => Column::Region,
        "title" | "jobtitle" | "position" => Column::Title,
        "country" | "countrycode" => Column::Country,
        "language" | "lang" | "locale" => Column::Language,
        "timezone" | "tz" => Column::TimeZone,
        "startedon" | "startdate" | "started" | "hiredate" => Column::StartedOn,
        "roles" | "role" => Column::Roles,
        _ => return None,
    })
}

/// The separator that the heading uses most: comma, semicolon or tab.
fn separator(text: &str) -> u8 {
    let heading = text.lines().next().unwrap_or_default();
    [b',', b';', b'\t'].into_iter().max_by_key(|s| (heading.bytes().filter(|b| b == s).count(), *s == b',')).unwrap_or(b',')
}

/// Reads a whole file; every row gets its fate, as far as the file alone can tell.
///
/// # Errors
/// A sentence when the file as a whole cannot be used.
pub fn read(text: &str) -> Result<Sheet, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err("The file is empty. Its first line names the columns: email, name, department, …".into());
    }
    let mut reader = csv::ReaderBuilder::new().delimiter(separator(text)).flexible(true).from_reader(text.as_bytes());
    let headings: Vec<String> =
        reader.headers().map_err(|e| format!("The first line could not be read: {e}"))?.iter().map(|h| h.trim().to_owned()).collect();
    let columns: Vec<Option<Column>> = headings.iter().map(|h| column(h)).collect();
    if let Some(twice) = twice(&columns, &headings) {
        return Err(format!("Two columns mean the same: “{twice}”. Take one of them out."));
    }
    if !columns.contains(&Some(Column::Email)) {
        return Err(format!("No column is called email. The first line reads: {}.", headings.join(", ")));
    }
    let ignored = headings.iter().zip(&columns).filter(|(h, c)| c.is_none() && !h.is_empty()).map(|(h, _)| h.clone()).collect();
    let mut rows = Vec::new();
    let mut seen: HashMap<String, u64> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|e| format!("The file could not be read: {e}"))?;
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if rows.len() == MAX_ROWS {
            return Err(format!("The file has more than {MAX_ROWS} rows. Divide it and import the parts one after the other."));
        }
        rows.push(row(&headings, &columns, &record, &mut seen));
    }
    if rows.is_empty() {
        return Err("The file has a heading but no rows.".into());
    }
    Ok(Sheet { ignored, rows })
}

fn twice<'h>(columns: &[Option<Column>], headings: &'h [String]) -> Option<&'h str> {
    columns
        .iter()
        .enumerate()
        .find(|(i, c)| c.is_some() && columns.iter().take(*i).any(|earlier| earlier == *c))
        .and_then(|(i, _)| headings.get(i).map(String::as_str))
}

/// The fields of one row by their column, and what was found wrong with them so far.
struct Fields<'a> {
    headings: &'a [String],
    columns: &'a [Option<Column>],
    record: &'a csv::StringRecord,
    problems: Vec<RowProblem>,
}

impl Fields<'_> {
    fn text(&self, wanted: Column) -> &str {
        let at = self.columns.iter().position(|c| *c == Some(wanted));
        at.and_then(|i| self.record.get(i)).unwrap_or_default().trim()
    }
    /// The parsed field, or its default with the sentence noted at the column.
    fn parsed<T: Default>(&mut self, wanted: Column, parsed: Result<T, String>) -> T {
        parsed.unwrap_or_else(|message| {
            let at = self.columns.iter().position(|c| *c == Some(wanted));
            let column = at.and_then(|i| self.headings.get(i)).cloned().unwrap_or_default();
            self.problems.push(RowProblem { column, message });
            T::default()
        })
    }
}

fn row(headings: &[String], columns: &[Option<Column>], record: &csv::StringRecord, seen: &mut HashMap<String, u64>) -> Row {
    let line = record.position().map_or(0, csv::Position::line);
    let mut f = Fields { headings, columns, record, problems: Vec::new() };
    if record.len() != headings.len() {
        let message = format!("has {} fields where the heading has {}", record.len(), headings.len());
        f.problems.push(RowProblem { column: String::new(), message });
    }
    let typed = f.text(Column::Email).to_owned();
    let mut email =
        f.parsed(Column::Email, if typed.is_empty() { Err("is missing".into()) } else { typed.parse::<Email>().map(|e| e.to_string()) });
    if email.is_empty() {
        email = typed;
    } else if let Some(first) = seen.get(&email) {
        let message = format!("the same address stands in line {first}");
        f.problems.push(RowProblem { column: "email".into(), message });
    } else {
        seen.insert(email.clone(), line);
    }
    let name = full_name(&mut f);
    let department = profile::short_text(f.text(Column::Department));
    let region = profile::short_text(f.text(Column::Region));
    let title = profile::short_text(f.text(Column::Title));
    let country = profile::country(f.text(Column::Country));
    let language = or_default(f.text(Column::Language), "en", profile::language);
    let time_zone = or_default(f.text(Column::TimeZone), "UTC", |t| profile::time_zone(t).map(|z| z.name().to_owned()));
    let started_on = profile::day(f.text(Column::StartedOn)).map(|d| d.map(|d| d.to_string()));
    let roles = roles(f.text(Column::Roles));
    Row {
        line,
        email,
        name,
        department: f.parsed(Column::Department, department),
        region: f.parsed(Column::Region, region),
        title: f.parsed(Column::Title, title),
        country: f.parsed(Column::Country, country),
        language: f.parsed(Column::Language, language),
        time_zone: f.parsed(Column::TimeZone, time_zone),
        started_on: f.parsed(Column::StartedOn, started_on),
        roles: f.parsed(Column::Roles, roles),
        fate: if f.problems.is_empty() { Fate::Create } else { Fate::Bad },
        problems: f.problems,
    }
}

fn or_default(text: &str, default: &str, parse: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    if text.is_empty() { Ok(default.to_owned()) } else { parse(text) }
}

/// The name column, or first and last name together.
fn full_name(f: &mut Fields<'_>) -> String {
    let whole = f.text(Column::Name).to_owned();
    let (text, at) = if whole.is_empty() && f.columns.contains(&Some(Column::First)) {
        (format!("{} {}", f.text(Column::First), f.text(Column::Last)), Column::First)
    } else {
        (whole, Column::Name)
    };
    if !f.columns.contains(&Some(at)) {
        f.problems.push(RowProblem { column: "name".into(), message: "The file has no column called name.".into() });
        return String::new();
    }
    let parsed = text.parse::<PersonName>().map(|n| n.as_str().to_owned());
    f.parsed(at, parsed)
}

/// Roles by their words or labels, separated by `|`, `/`, `+` or a comma inside quotes; advocate when empty.
fn roles(text: &str) -> Result<Vec<Role>, String> {
    let mut found = Vec::new();
    for word in text.split(['|', '/', '+', ',', ';']).map(str::trim).filter(|w| !w.is_empty()) {
        let by_label = Role::ALL.iter().copied().find(|r| r.label().eq_ignore_ascii_case(word));
        let role = by_label.map_or_else(|| word.to_lowercase().parse::<Role>(), Ok)?;
        if !found.contains(&role) {
            found.push(role);
        }
    }
    if found.is_empty() {
        found.push(Role::Advocate);
    }
    Ok(found)
}
