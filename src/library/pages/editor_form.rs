//! The editor's form: what the fields carry, and how they become an item's input and back.

use chrono::{LocalResult, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::db::Ts;
use crate::error::FieldError;
use crate::library::{CaptionInput, CaptionKind, ItemInput, ItemKind};
use crate::network::Network;

/// How a form writes a moment: local time to the minute.
const MINUTE: &str = "%Y-%m-%dT%H:%M";
/// How many rows of ready texts a form may have.
const ROWS: usize = 15;

#[derive(Debug, Clone, Default, Deserialize)]
pub struct EditorForm {
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub link: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub language: String,
    #[serde(default)]
    pub image_id: String,
    #[serde(default)]
    pub image_alt: String,
    #[serde(default)]
    pub remove_image: String,
    #[serde(default)]
    pub regulated: String,
    #[serde(default)]
    pub topic: Vec<String>,
    #[serde(default)]
    pub audience: Vec<String>,
    #[serde(default)]
    pub caption_network: Vec<String>,
    #[serde(default)]
    pub caption_language: Vec<String>,
    #[serde(default)]
    pub caption_kind: Vec<String>,
    #[serde(default)]
    pub caption_text: Vec<String>,
    #[serde(default)]
    pub release_at: String,
    #[serde(default)]
    pub expires_at: String,
    #[serde(default)]
    pub version: String,
    /// What the pressed button wants: save, submit, `add_caption`, `remove_caption_2`.
    #[serde(default, rename = "do")]
    pub act: String,
}

/// One row of the ready texts.
#[derive(Debug, Clone, Default)]
pub struct CaptionFields {
    pub network: String,
    pub language: String,
    pub kind: String,
    pub text: String,
}

impl EditorForm {
    /// The form of an item as it is.
    pub fn of(input: &ItemInput, version: i64, zone: Tz) -> Self {
        let local = |at: Option<Ts>| at.map(|at| at.utc().with_timezone(&zone).format(MINUTE).to_string()).unwrap_or_default();
        let mut form = Self {
            title: input.title.clone(),
            summary: input.summary.clone(),
            link: input.link.clone(),
            kind: input.kind.as_str().into(),
            language: input.language.clone(),
            image_id: input.image_id.map(|id| id.to_string()).unwrap_or_default(),
            image_alt: input.image_alt.clone(),
            regulated: if input.regulated { "on".into() } else { String::new() },
            topic: input.topics.iter().map(ToString::to_string).collect(),
            audience: input.audiences.iter().map(ToString::to_string).collect(),
            release_at: local(input.release_at),
            expires_at: local(input.expires_at),
            version: version.to_string(),
            ..Self::default()
        };
        let row = |c: &CaptionInput| CaptionFields {
            network: c.network.map(|n| n.as_str().to_owned()).unwrap_or_default(),
            language: c.language.clone(),
            kind: c.kind.as_str().into(),
            text: c.text.clone(),
        };
        form.set_rows(input.captions.iter().map(row).collect());
        form
    }

    pub fn rows(&self) -> Vec<CaptionFields> {
        let at = |list: &[String], i: usize| list.get(i).cloned().unwrap_or_default();
        let row = |(i, text): (usize, &String)| CaptionFields {
            network: at(&self.caption_network, i),
            language: at(&self.caption_language, i),
            kind: at(&self.caption_kind, i),
            text: text.clone(),
        };
        self.caption_text.iter().take(ROWS + 1).enumerate().map(row).collect()
    }

    pub fn set_rows(&mut self, rows: Vec<CaptionFields>) {
        self.caption_network = rows.iter().map(|r| r.network.clone()).collect();
        self.caption_language = rows.iter().map(|r| r.language.clone()).collect();
        self.caption_kind = rows.iter().map(|r| r.kind.clone()).collect();
        self.caption_text = rows.into_iter().map(|r| r.text).collect();
    }

    /// Adds or takes away a row of the ready texts, when that is what the button wants.
    pub fn rearranged(&mut self) -> bool {
        let mut rows = self.rows();
        if self.act == "add_caption" {
            if rows.len() < ROWS {
                rows.push(CaptionFields { language: self.language.clone(), ..CaptionFields::default() });
            }
        } else if let Some(place) = self.act.strip_prefix("remove_caption_").and_then(|n| n.parse::<usize>().ok()) {
            if place < rows.len() {
                rows.remove(place);
            }
        } else {
            return false;
        }
        self.set_rows(rows);
        true
    }

    /// What the fields say; rows without a text are left out.
    pub fn input(&self, zone: Tz) -> Result<ItemInput, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut moment = |field: &str, typed: &str| {
            let read = moment(typed, zone);
            if read.is_err() {
                errors.push(FieldError { field: field.into(), message: "Give day and time, such as 2026-11-21T14:00.".into() });
            }
            read.unwrap_or_default()
        };
        let (release_at, expires_at) = (moment("release_at", &self.release_at), moment("expires_at", &self.expires_at));
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(ItemInput {
            title: self.title.clone(),
            summary: self.summary.clone(),
            link: self.link.clone(),
            kind: self.kind.parse().unwrap_or(ItemKind::Article),
            language: self.language.clone(),
            image_id: self.image_id.parse().ok().filter(|_| self.remove_image.is_empty()),
            image_alt: if self.remove_image.is_empty() { self.image_alt.clone() } else { String::new() },
            regulated: !self.regulated.is_empty(),
            captions: self.captions(),
            topics: self.topic.iter().filter_map(|t| t.parse().ok()).collect(),
            audiences: self.audience.iter().filter_map(|g| g.parse().ok()).collect(),
            release_at,
            expires_at,
        })
    }

    fn captions(&self) -> Vec<CaptionInput> {
        let rows = self.rows().into_iter().filter(|row| !row.text.trim().is_empty());
        rows.map(|row| CaptionInput {
            network: row.network.parse::<Network>().ok(),
            language: row.language,
            kind: row.kind.parse().unwrap_or(CaptionKind::Free),
            text: row.text,
        })
        .collect()
    }

    /// Where in the form a refused field of the input stands.
    pub fn place_of(&self, field: &str) -> String {
        let row = field.strip_prefix("captions[").and_then(|rest| rest.split_once(']'));
        let Some((number, part)) = row else {
            return match field {
                "topics" => "topic".into(),
                "audiences" => "audience".into(),
                "image_id" => "file".into(),
                other => other.into(),
            };
        };
        let filled = self.rows().into_iter().enumerate().filter(|(_, row)| !row.text.trim().is_empty()).map(|(i, _)| i);
        let place = number.parse::<usize>().ok().and_then(|n| filled.into_iter().nth(n)).unwrap_or_default();
        format!("caption_{}-{place}", part.trim_start_matches('.'))
    }
}

/// A local time as a browser sends it; of two that are the same on the clock, the earlier.
fn moment(typed: &str, zone: Tz) -> Result<Option<Ts>, ()> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let read = NaiveDateTime::parse_from_str(typed, MINUTE).or_else(|_| NaiveDateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M:%S"));
    let local = read.map_err(|_| ())?;
    if !(1970..=2200).contains(&chrono::Datelike::year(&local)) {
        return Err(());
    }
    let at = match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at,
        // The hour that daylight saving leaves out: an hour later exists.
        LocalResult::None => zone.from_local_datetime(&(local + chrono::Duration::hours(1))).earliest().ok_or(())?,
    };
    Ok(Some(at.to_utc().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_read_in_the_members_zone() {
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        let read = |text| moment(text, berlin).map(|at| at.map(Ts::iso));
        assert_eq!(read("2026-11-21T14:00"), Ok(Some("2026-11-21T13:00:00Z".into())));
        assert_eq!(read("2026-03-29T02:30"), Ok(Some("2026-03-29T01:30:00Z".into())), "the hour that is left out");
        assert_eq!(read("2026-10-25T02:30"), Ok(Some("2026-10-25T00:30:00Z".into())), "the hour that comes twice");
        assert_eq!(read(" "), Ok(None));
        assert!(read("soon").is_err() && read("0001-01-01T00:00").is_err());
    }

    #[test]
    fn rows_come_and_go_and_errors_find_them() {
        let texts = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let mut form = EditorForm { caption_text: texts(&["a", "", "c"]), act: "remove_caption_0".into(), ..EditorForm::default() };
        assert_eq!(form.place_of("captions[1].text"), "caption_text-2");
        assert!(form.rearranged());
        assert_eq!(form.caption_text, texts(&["", "c"]));
        form.act = "add_caption".into();
        assert!(form.rearranged());
        assert_eq!(form.caption_text.len(), 3);
        form.act = "save".into();
        assert!(!form.rearranged());
        assert_eq!(form.input(Tz::UTC).unwrap().captions.len(), 1);
    }
}
