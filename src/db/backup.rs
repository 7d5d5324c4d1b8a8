//! Backup and restore: one compressed file, taken while Herald runs, that goes back into either
//! database. The secret key is not in it.
//!
//! The file is gzip over lines of JSON: a header, then for each table its name followed by its rows
//! as arrays, and at the end the number of rows, without which the file counts as cut off.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use anyhow::{Context, bail, ensure};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::connection::Db;
use super::database::write_tx;
use super::tables::{Kind, TABLES, Table};
use super::time::Ts;
use crate::by_db;

const FORMAT: i64 = 1;
/// Rows fetched and inserted at a time.
const CHUNK: usize = 1000;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Writes everything to `out` from one consistent snapshot and returns the number of rows.
///
/// # Errors
/// The database's, or the file cannot be written.
pub fn backup(db: &mut Db, out: impl Write, now: Ts) -> anyhow::Result<u64> {
    let mut out = GzEncoder::new(BufWriter::new(out), Compression::default());
    db.batch_execute(if db.is_sqlite() { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" })?;
    let written = dump(db, &mut out, now);
    db.batch_execute("ROLLBACK")?;
    let rows = written?;
    out.finish()?.flush()?;
    Ok(rows)
}

fn dump(db: &mut Db, out: &mut impl Write, now: Ts) -> anyhow::Result<u64> {
    let header = json!({"herald_backup": FORMAT, "version": env!("CARGO_PKG_VERSION"), "taken_at": now});
    writeln!(out, "{header}")?;
    let mut rows = 0;
    for table in TABLES {
        writeln!(out, "{}", json!({"table": table.name, "columns": table.columns.iter().map(|c| c.0).collect::<Vec<_>>()}))?;
        rows += dump_table(db, table, out)?;
    }
    writeln!(out, "{}", json!({"rows": rows}))?;
    Ok(rows)
}

fn dump_table(db: &mut Db, table: &Table, out: &mut impl Write) -> anyhow::Result<u64> {
    let sqlite = db.is_sqlite();
    let columns = table.columns.iter().map(|(name, kind)| read_expression(name, *kind, sqlite)).collect::<Vec<_>>().join(", ");
    let mut rows = 0;
    let mut keep = |line: QueryResult<Line>| -> anyhow::Result<()> {
        rows += 1;
        Ok(writeln!(out, "{}", line?.line)?)
    };
    by_db!(db;
        pg(c) => {
            let query = diesel::sql_query(format!("SELECT json_build_array({columns})::text AS line FROM \"{}\"", table.name));
            for line in query.load_iter::<Line, diesel::pg::PgRowByRowLoadingMode>(c)? {
                keep(line)?;
            }
        };
        sqlite(c) => {
            let query = diesel::sql_query(format!("SELECT json_array({columns}) AS line FROM \"{}\"", table.name));
            for line in query.load_iter::<Line, diesel::connection::DefaultLoadingMode>(c)? {
                keep(line)?;
            }
        }
    );
    Ok(rows)
}

fn read_expression(name: &str, kind: Kind, sqlite: bool) -> String {
    match (kind, sqlite) {
        (Kind::Bytes, true) => format!("hex(\"{name}\")"),
        (Kind::Bytes, false) => format!("encode(\"{name}\", 'hex')"),
        (Kind::Moment, false) => format!("(extract(epoch from \"{name}\") * 1000000)::bigint"),
        (Kind::Bool, false) => format!("\"{name}\"::int"),
        _ => format!("\"{name}\""),
    }
}

/// Puts a backup into an empty, migrated database, all or nothing. Returns the number of rows.
///
/// # Errors
/// The file is none of ours, is cut off, or the database holds members already.
pub fn restore(db: &mut Db, file: impl Read) -> anyhow::Result<u64> {
    let mut lines = BufReader::new(GzDecoder::new(file)).lines();
    let header: Value = serde_json::from_str(&lines.next().context("the file is empty")?.context("the file is no Herald backup")?)?;
    ensure!(header.get("herald_backup").and_then(Value::as_i64) == Some(FORMAT), "the file is no Herald backup of a known format");
    write_tx(db, |db| {
        let query = db.raw("SELECT count(*) AS n FROM members");
        let members: i64 = query.get_result::<Count>(db)?.n;
        ensure!(members == 0, "the database holds {members} members already; restore into an empty one");
        for table in TABLES.iter().rev() {
            db.batch_execute(&format!("DELETE FROM \"{}\"", table.name))?;
        }
        fill(db, lines)
    })
}

fn fill(db: &mut Db, lines: impl Iterator<Item = std::io::Result<String>>) -> anyhow::Result<u64> {
    let mut table: Option<(&Table, Vec<String>)> = None;
    let (mut waiting, mut rows): (Vec<String>, u64) = (Vec::new(), 0);
    for line in lines {
        let line = line.context("the backup is damaged or cut off")?;
        let is_row = line.starts_with('[');
        if let Some((table, columns)) = &table
            && (!is_row || waiting.len() == CHUNK)
        {
            put(db, table, columns, &std::mem::take(&mut waiting))?;
        }
        if is_row {
            rows += 1;
            waiting.push(line);
            continue;
        }
        let said: Value = serde_json::from_str(&line)?;
        if let Some(expected) = said.get("rows").and_then(Value::as_u64) {
            ensure!(expected == rows, "the backup holds {rows} rows and should hold {expected}");
            return Ok(rows);
        }
        let name = said.get("table").and_then(Value::as_str).context("the backup is damaged")?;
        let known = TABLES
            .iter()
            .find(|t| t.name == name)
            .with_context(|| format!("this version knows no table “{name}”; restore with the version that made the backup"))?;
        let columns = said.get("columns").and_then(Value::as_array).context("the backup is damaged")?;
        table = Some((known, columns.iter().filter_map(Value::as_str).map(str::to_owned).collect()));
    }
    bail!("the backup is cut off")
}

/// Inserts rows that come as one JSON array of arrays.
fn put(db: &mut Db, table: &Table, columns: &[String], rows: &[String]) -> anyhow::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let sqlite = db.is_sqlite();
    let mut values = Vec::new();
    for (place, name) in columns.iter().enumerate() {
        let kind = table
            .columns
            .iter()
            .find(|c| c.0 == name)
            .map(|c| c.1)
            .with_context(|| format!("this version knows no column {}.{name}", table.name))?;
        values.push(write_expression(place, kind, sqlite));
    }
    let names = columns.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
    let from = if sqlite { "json_each($1)" } else { "json_array_elements($1::json) AS value" };
    let query = db.raw(&format!("INSERT INTO \"{}\" ({names}) SELECT {} FROM {from}", table.name, values.join(", ")));
    query.bind::<Text, _>(format!("[{}]", rows.join(","))).execute(db)?;
    Ok(())
}

fn write_expression(place: usize, kind: Kind, sqlite: bool) -> String {
    if sqlite {
        let value = format!("value ->> {place}");
        return if kind == Kind::Bytes { format!("unhex({value})") } else { value };
    }
    let value = format!("(value ->> {place})");
    match kind {
        Kind::Text => value,
        Kind::Day => format!("{value}::date"),
        Kind::Int => format!("{value}::bigint"),
        Kind::Bool => format!("{value}::int::boolean"),
        Kind::Moment => format!("'epoch'::timestamptz + {value}::bigint * interval '1 microsecond'"),
        Kind::Bytes => format!("decode({value}, 'hex')"),
    }
}
