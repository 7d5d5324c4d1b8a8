use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::AppError;

/// A cell that no spreadsheet takes for a formula: after `=`, `+`, `-`, `@`, tab or a line break at
/// its start an apostrophe goes before it (OWASP, “CSV Injection”).
pub fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}

/// A CSV file for download; every cell is made safe here.
///
/// # Errors
/// Internal; it does not happen in memory.
pub fn file(name: &str, head: &[&str], rows: Vec<Vec<String>>) -> Result<HttpResponse, AppError> {
    let text = written(head, rows).map_err(AppError::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(text))
}

fn written(head: &[&str], rows: Vec<Vec<String>>) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row.iter().map(|text| cell(text)))?;
    }
    Ok(writer.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)
}

/// Whether the client asks for CSV rather than JSON.
pub fn wanted(request: &HttpRequest) -> bool {
    request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("text/csv"))
}

/// A number or nothing.
pub fn number<T: ToString>(value: Option<T>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn no_cell_begins_a_formula() {
        for bad in ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(cell(bad), format!("'{bad}"));
        }
        for good in ["Sales", "1", "a=b", "", "é"] {
            assert_eq!(cell(good), good);
        }
    }

    #[test]
    fn commas_quotes_and_breaks_stay_in_their_cell() {
        let text = String::from_utf8(written(&["name", "n"], vec![vec!["a, \"b\"\nc".into(), "=2".into()]]).unwrap()).unwrap();
        assert_eq!(text, "name,n\r\n\"a, \"\"b\"\"\nc\",'=2\r\n");
    }
}
