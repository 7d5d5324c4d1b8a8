//! Full-text search with the same answers on both databases.
//!
//! Words are folded here, before indexing and before asking: lower case, without accents, and
//! written in ASCII letters and digits only, so that neither database's own idea of a word matters.
//! Scripts without spaces (Chinese, Japanese) are indexed sign by sign. Every word asked must be
//! there, whole or as a beginning.

use std::fmt::Write;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::queries;
use super::sql::Sql;
use crate::by_db;
use crate::db::schema::{item_topics, topics};
use crate::db::{Db, Id, ItemId};
use crate::error::AppError;

/// How many words of a question count.
const MOST_WORDS: usize = 12;
/// How many characters of a word count.
const LONGEST_WORD: usize = 40;

/// A question, folded. Without any word it matches nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question(Vec<String>);

impl Question {
    /// None when nothing was asked, so that nothing is left out.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.trim().is_empty() {
            return None;
        }
        let start: String = typed.chars().take(400).collect();
        Some(Self(words(&start).into_iter().take(MOST_WORDS).collect()))
    }

    pub fn is_impossible(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends `WITH hits AS (…)`: `item_id` and `rank`, 3 when all words stand in the title, 2 in
    /// title and topics, 1 anywhere.
    pub(super) fn hits(&self, sql: &mut Sql, sqlite: bool) {
        if sqlite {
            let all: String = self.0.iter().map(|w| format!("\"{w}\"*")).collect::<Vec<_>>().join(" AND ");
            sql.push("WITH hits AS (SELECT item_id, MAX(rank) AS rank FROM (");
            for (rank, columns) in [(3, "{title} : "), (2, "{title topics} : "), (1, "")] {
                let asked = if columns.is_empty() { all.clone() } else { format!("{columns}({all})") };
                let place = sql.words(asked);
                let joint = if rank == 3 { "" } else { " UNION ALL " };
                sql.push(&format!("{joint}SELECT rowid AS item_id, {rank} AS rank FROM item_search WHERE item_search MATCH {place}"));
            }
            sql.push(") AS found GROUP BY item_id) ");
        } else {
            let asked = |weights: &str| self.0.iter().map(|w| format!("{w}:*{weights}")).collect::<Vec<_>>().join(" & ");
            let (title, tagged, all) = (sql.words(asked("A")), sql.words(asked("AB")), sql.words(asked("")));
            sql.push(&format!(
                "WITH hits AS (SELECT item_id, CAST(CASE WHEN doc @@ to_tsquery('simple', {title}) THEN 3 \
                 WHEN doc @@ to_tsquery('simple', {tagged}) THEN 2 ELSE 1 END AS BIGINT) AS rank \
                 FROM item_search WHERE doc @@ to_tsquery('simple', {all})) "
            ));
        }
    }
}

/// The words of a text, folded.
pub fn words(text: &str) -> Vec<String> {
    let lower = text.nfkc().flat_map(char::to_lowercase).collect::<String>();
    let plain = lower.nfkd().filter(|c| !is_combining_mark(*c));
    let mut found = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for c in plain {
        if !c.is_alphanumeric() || stands_alone(c) {
            finish(&mut word, &mut found);
            length = 0;
        }
        if c.is_alphanumeric() && length < LONGEST_WORD {
            write_folded(&mut word, c);
            length += 1;
        }
        if stands_alone(c) {
            finish(&mut word, &mut found);
            length = 0;
        }
    }
    finish(&mut word, &mut found);
    found
}

/// A letter in front keeps PostgreSQL's parser from seeing numbers, versions or addresses.
fn finish(word: &mut String, found: &mut Vec<String>) {
    if !word.is_empty() {
        found.push(format!("w{word}"));
        word.clear();
    }
}

fn write_folded(word: &mut String, c: char) {
    match c {
        'a'..='z' | '0'..='9' => word.push(c),
        'ß' => word.push_str("ss"),
        'æ' => word.push_str("ae"),
        'œ' => word.push_str("oe"),
        'ø' => word.push('o'),
        'ł' => word.push('l'),
        'đ' | 'ð' => word.push('d'),
        'þ' => word.push_str("th"),
        'ı' => word.push('i'),
        other => {
            let _ = write!(word, "z{:05x}", u32::from(other));
        }
    }
}

/// Han, Hiragana, Katakana: written without spaces between words.
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3134f)
}

fn folded(text: &str) -> String {
    words(text).join(" ")
}

/// Writes an item's entry of the index: its approved revision, else the one being worked on. In
/// the transaction that changed it.
///
/// # Errors
/// The database's.
pub fn index(db: &mut Db, item: ItemId) -> Result<(), AppError> {
    let Some(row) = queries::item(db, item)? else { return Ok(()) };
    let Some(shown) = row.live_revision_id.or(row.working_revision_id) else { return Ok(()) };
    let revision = queries::revision(db, shown)?;
    let captions: Vec<String> = queries::captions(db, &[shown])?.into_iter().map(|c| c.text).collect();
    let named: Vec<String> = topics::table
        .inner_join(item_topics::table)
        .filter(item_topics::item_id.eq(item))
        .order(topics::id)
        .select(topics::name)
        .load(db)?;
    let row = [&revision.title, &revision.summary, &captions.join("\n"), &named.join(" ")].map(|text| folded(text));
    write(db, item, &row)?;
    Ok(())
}

fn write(db: &mut Db, item: ItemId, [title, summary, captions, topics]: &[String; 4]) -> QueryResult<()> {
    let statements: [&str; 2] = by_db!(db;
        pg(_p) => [
            "DELETE FROM item_search WHERE item_id = $1",
            "INSERT INTO item_search (item_id, title, summary, captions, topics) VALUES ($1, $2, $3, $4, $5)",
        ];
        sqlite(_s) => [
            // The row's number is the item's id: an FTS5 table finds nothing else without reading all of it.
            "DELETE FROM item_search WHERE rowid = $1",
            "INSERT INTO item_search (rowid, item_id, title, summary, captions, topics) VALUES ($1, $1, $2, $3, $4, $5)",
        ]
    );
    let [delete, insert] = statements.map(|text| db.raw(text));
    delete.bind::<BigInt, _>(item.i64()).execute(db)?;
    insert
        .bind::<BigInt, _>(item.i64())
        .bind::<Text, _>(title)
        .bind::<Text, _>(summary)
        .bind::<Text, _>(captions)
        .bind::<Text, _>(topics)
        .execute(db)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_case_accents_and_everything_odd() {
        assert_eq!(words("Crème-brûlée, STRASSE/Straße 3D"), ["wcreme", "wbrulee", "wstrasse", "wstrasse", "w3d"]);
        assert_eq!(words("İstanbul Łódź"), ["wistanbul", "wlodz"]);
        assert_eq!(words("日本"), ["wz065e5", "wz0672c"]);
        assert_eq!(words("Привет").len(), 1);
        assert!(words("\"; DROP TABLE -- \u{0} ' ' & | ! ( )").iter().all(|w| w.bytes().all(|b| b.is_ascii_alphanumeric())));
    }

    #[test]
    fn nothing_asked_is_not_the_same_as_nothing_that_could_be_found() {
        assert_eq!(Question::parse("  "), None);
        assert!(Question::parse("!!!").unwrap().is_impossible());
    }
}
