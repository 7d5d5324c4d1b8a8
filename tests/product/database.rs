//! Migrations and the connection helpers on both databases.

use diesel::prelude::*;
use herald::db::{self, DatabaseUrl, Db};

use crate::on_each_backend;
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

#[derive(QueryableByName, PartialEq, Eq, Debug, PartialOrd, Ord)]
struct Typed {
    #[diesel(sql_type = diesel::sql_types::Text)]
    tbl: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    col: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    kind: String,
}

#[test]
fn a_backup_knows_every_table_and_column() {
    let Some(url) = postgres::empty() else { return };
    let url: DatabaseUrl = url.parse().unwrap();
    let mut db = url.connect().unwrap();
    db::migrate(&mut db).unwrap();
    let query = db.raw(
        "SELECT table_name::text AS tbl, column_name::text AS col, data_type::text AS kind FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%' AND is_generated = 'NEVER'",
    );
    let mut found: Vec<Typed> = query.load(&mut db).unwrap();
    found.sort();
    let kind = |kind: db::Kind, name: &str| match kind {
        db::Kind::Int if ["integer", "bigint"].contains(&name) => name.to_owned(),
        db::Kind::Int => "bigint".into(),
        db::Kind::Text => "text".into(),
        db::Kind::Day => "date".into(),
        db::Kind::Bool => "boolean".into(),
        db::Kind::Moment => "timestamp with time zone".into(),
        db::Kind::Bytes => "bytea".into(),
    };
    let mut known: Vec<Typed> = db::TABLES
        .iter()
        .flat_map(|t| t.columns.iter().map(|c| (t.name, c)))
        .map(|(tbl, (col, k))| {
            let actual = found.iter().find(|f| f.tbl == tbl && f.col == *col).map(|f| f.kind.clone()).unwrap_or_default();
            Typed { tbl: tbl.into(), col: (*col).into(), kind: kind(*k, &actual) }
        })
        .collect();
    known.sort();
    assert_eq!(known, found);
}

on_each_backend! {
    async fn a_backup_goes_into_either_database_and_back(app: TestApp) {
        use herald::identity::Role;
        app.member("ada@example.com", &[Role::Advocate, Role::Admin]).await;
        app.member("zoë@example.com", &[Role::Hr]).await;
        app.signed_in("ada@example.com").await;
        let now = app.app.now();
        let file = app.app.read(move |db| { let mut out = Vec::new(); db::backup(db, &mut out, now)?; Ok(out) }).await.unwrap();
        let members = columns_of_members(&mut app.app.config.database.connect().unwrap());
        tokio::task::spawn_blocking(move || {
            for (url, _folder) in both() {
                let mut db = url.connect().unwrap();
                db::migrate(&mut db).unwrap();
                assert!(db::restore(&mut db, &file[..file.len() / 2]).is_err(), "a cut-off file is refused");
                assert!(db::restore(&mut db, &b"nonsense"[..]).is_err());
                let rows = db::restore(&mut db, &file[..]).unwrap();
                assert!(rows > 8);
                assert_eq!(columns_of_members(&mut db), members);
                assert!(matches!(herald::audit::verify(&mut db).unwrap(), herald::audit::Verified::Whole { entries, .. } if entries >= 3));
                let again = db::restore(&mut db, &file[..]).unwrap_err().to_string();
                assert!(again.contains("holds 2 members already"), "{again}");
            }
        }).await.unwrap();
    }
}

fn columns_of_members(db: &mut Db) -> Vec<(String, String, herald::db::Ts, Option<herald::db::Ts>)> {
    use herald::db::schema::members as m;
    m::table.order(m::email.asc()).select((m::email, m::name, m::created_at, m::enrolled_at)).load(db).unwrap()
}
