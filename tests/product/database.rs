//! Migrations and the connection helpers on both databases.

use diesel::prelude::*;
use herald::db::{self, DatabaseUrl, Db};

use crate::support::postgres;

fn both() -> Vec<(DatabaseUrl, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite: DatabaseUrl = format!("sqlite://{}", folder.path().join("t.db").display()).parse().unwrap();
    let mut all = vec![(sqlite, Some(folder))];
    all.extend(postgres::empty().map(|url| (url.parse().unwrap(), None)));
    all
}

#[derive(QueryableByName, PartialEq, Eq, Debug, PartialOrd, Ord)]
struct Column {
    #[diesel(sql_type = diesel::sql_types::Text)]
    tbl: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    col: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    required: bool,
}

/// Every column with whether it must be filled, in the order of names.
fn columns(db: &mut Db) -> Vec<Column> {
    let sql = if db.is_sqlite() {
        "SELECT m.name AS tbl, c.name AS col, (c.\"notnull\" = 1 OR c.pk > 0) AS required FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND m.name NOT LIKE 'item_search%' ORDER BY 1, 2"
    } else {
        "SELECT table_name::text AS tbl, column_name::text AS col, is_nullable = 'NO' AS required FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%' AND table_name <> 'item_search' ORDER BY 1, 2"
    };
    let query = db.raw(sql);
    let mut found: Vec<Column> = query.load(db).unwrap();
    found.sort();
    found
}

#[test]
fn migrations_go_up_down_and_up_again() {
    for (url, _folder) in both() {
        let mut db = url.connect().unwrap();
        let ran = db::migrate(&mut db).unwrap();
        let first = columns(&mut db);
        db::revert_all(&mut db).unwrap();
        assert!(columns(&mut db).is_empty(), "something stays after down on {url:?}");
        assert_eq!(db::migrate(&mut db).unwrap(), ran);
        assert_eq!(columns(&mut db), first);
        assert!(db::migrate(&mut db).unwrap().is_empty() && db::pending(&mut db).unwrap().is_empty());
    }
}

#[test]
fn both_databases_have_the_same_schema_and_the_same_migrations() {
    let names = |folder: &str| {
        let mut names: Vec<_> = std::fs::read_dir(format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR")))
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    let schemas: Vec<Vec<Column>> = both()
        .into_iter()
        .map(|(url, _folder)| {
            let mut db = url.connect().unwrap();
            db::migrate(&mut db).unwrap();
            columns(&mut db)
        })
        .collect();
    assert!(schemas[0].len() > 150);
    for schema in &schemas {
        assert_eq!(schema, &schemas[0]);
    }
}
