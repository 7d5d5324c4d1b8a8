use super::reading::{decode, read};
use super::{Fate, Row};

fn rows(text: &str) -> Vec<Row> {
    read(text).map(|s| s.rows).unwrap_or_default()
}

fn problem(text: &str) -> String {
    rows(text).iter().flat_map(|r| &r.problems).map(|p| format!("{}: {}", p.column, p.message)).collect::<Vec<_>>().join(" | ")
}

#[test]
fn separators_marks_and_headings_are_recognised() {
    for text in [
        "email,name,department\nada@x.org,Ada L,Research\n",
        "\u{feff}E-Mail;Full name;Dept.\r\nADA@x.org; Ada  L ;Research\r\n",
        "First name\tLast name\tMail\tDEPARTMENT\nAda\tL\tada@x.org\tResearch",
    ] {
        let found = rows(text);
        let first = found.first();
        assert_eq!(found.len(), 1, "{text}");
        assert!(
            first.is_some_and(|r| r.email == "ada@x.org"
                && r.name == "Ada L"
                && r.department.as_deref() == Some("Research")
                && r.fate == Fate::Create),
            "{first:?}"
        );
    }
}

#[test]
fn a_quoted_newline_keeps_the_line_numbers_of_the_file() {
    let found = rows("email,name,title\na@x.org,A,\"Head of\nsomething, and more\"\nbad,B,\n");
    let lines: Vec<(u64, Fate)> = found.iter().map(|r| (r.line, r.fate)).collect();
    assert_eq!(lines, [(2, Fate::Create), (4, Fate::Bad)]);
    assert_eq!(found.first().and_then(|r| r.title.as_deref()), Some("Head of something, and more"));
}

#[test]
fn every_bad_field_is_named_by_its_column() {
    let text = "Email,Name,Country,Time zone,Start date,Roles,Language\nada,,Germany,Mars/Base,21.11.2026,king,x\n";
    let found = problem(text);
    for part in ["Email: ", "Name: ", "Country: ", "Time zone: ", "Start date: ", "Roles: ", "Language: "] {
        assert!(found.contains(part), "{part} is missing in {found}");
    }
}

#[test]
fn the_same_address_twice_names_the_first_line() {
    assert!(problem("email,name\nada@x.org,Ada\nADA@X.org,Ada again\n").contains("line 2"));
}

#[test]
fn fields_too_many_or_too_few_are_told() {
    assert!(problem("email,name\nada@x.org,Ada,Extra\n").contains("3 fields where the heading has 2"));
    assert!(problem("email,name\nada@x.org\n").contains("1 fields where the heading has 2"));
}

#[test]
fn a_file_that_cannot_be_used_says_why() {
    for (text, word) in [
        ("", "empty"),
        ("name,department\nAda,Research\n", "email"),
        ("email,mail\na@x.org,b@x.org\n", "mean the same"),
        ("email,name\n\n", "no rows"),
    ] {
        assert!(read(text).err().is_some_and(|e| e.contains(word)), "{text}");
    }
}

#[test]
fn roles_are_read_by_word_or_label() {
    let found = rows("email,name,roles\na@x.org,A,\"Curator, HR\"\nb@x.org,B,admin|approver\nc@x.org,C,\n");
    let words: Vec<Vec<&str>> = found.iter().map(|r| r.roles.iter().map(|role| role.as_str()).collect()).collect();
    assert_eq!(words, [vec!["curator", "hr"], vec!["admin", "approver"], vec!["advocate"]]);
}

#[test]
fn other_encodings_are_read_or_refused_with_the_place() {
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("email,name\nä@x.org,Ä".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(decode(&utf16).as_deref(), Ok("email,name\nä@x.org,Ä"));
    let latin = decode(b"email,name\na@x.org,Andr\xe9\n").err().unwrap_or_default();
    assert!(latin.contains("line 2, character 13"), "{latin}");
}
