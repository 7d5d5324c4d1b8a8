//! Members from a CSV file, through the API and the pages.

use std::fmt::Write;

use herald::identity::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::identity_links::kept;
use crate::on_each_backend;

/// Uploads bytes as the form does; the answer's status, where it leads, and its body.
async fn upload(app: &crate::support::TestApp, browser: &crate::support::Browser, bytes: &[u8]) -> (StatusCode, String, String) {
    let page = browser.page("/members/import").await;
    let token = regex::Regex::new(r#"name="csrf" value="([^"]+)""#).unwrap().captures(&page).unwrap()[1].to_owned();
    let mark = "----------herald-test";
    let mut body = format!("--{mark}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n").into_bytes();
    body.extend(
        format!("--{mark}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\nContent-Type: text/csv\r\n\r\n")
            .bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend(format!("\r\n--{mark}--\r\n").bytes());
    let answer = browser
        .client()
        .post(format!("{}/members/import", app.url))
        .header("content-type", format!("multipart/form-data; boundary={mark}"))
        .header("origin", &app.url)
        .header("accept", "text/html")
        .body(body)
        .send()
        .await
        .unwrap();
    let to = answer.headers().get("location").map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status(), to, answer.text().await.unwrap())
}

on_each_backend! {
    async fn a_preview_names_every_bad_row_and_writes_nobody(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        let csv = "E-Mail;Name;Department;Country;Shoe size\nada@example.com;Ada;Research;GB;38\nROOT@example.com;Root;;;\nno address;Nobody;;Germany;\nada@example.com;Ada again;;;\n";
        let preview = api.post("/members/imports", json!({"csv": csv, "file_name": "people.csv"})).await;
        assert_eq!((&preview["create"], &preview["known"], &preview["bad"]), (&json!(1), &json!(1), &json!(2)), "{preview}");
        assert_eq!(preview["ignored_columns"], json!(["Shoe size"]));
        let rows = preview["rows"].as_array().unwrap();
        let lines: Vec<(u64, &str)> = rows.iter().map(|r| (r["line"].as_u64().unwrap(), r["fate"].as_str().unwrap())).collect();
        assert_eq!(lines, [(2, "create"), (3, "known"), (4, "bad"), (5, "bad")]);
        let columns: Vec<&str> = rows[2]["problems"].as_array().unwrap().iter().map(|p| p["column"].as_str().unwrap()).collect();
        assert_eq!(columns, ["E-Mail", "Country"]);
        assert!(rows[3]["problems"][0]["message"].as_str().unwrap().contains("line 2"));
        assert_eq!(api.get("/members").await["items"].as_array().unwrap().len(), 1, "nobody was made");

        let path = format!("/members/imports/{}", preview["id"].as_str().unwrap());
        let done = api.post(&format!("{path}/apply"), json!({})).await;
        assert_eq!(done, json!({"created": 1, "left_out": 3}));
        let (status, body) = api.send(Method::POST, &format!("{path}/apply"), None).await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::CONFLICT, Some("already_applied")));
        let mails = kept(&app).await;
        assert_eq!(mails.iter().map(|m| m.recipient.as_str()).collect::<Vec<_>>(), ["ada@example.com"]);
        assert!(mails[0].subject.starts_with("root invites you"), "{}", mails[0].subject);
        let ada = api.get("/members?q=ada").await["items"][0]["id"].as_str().unwrap().to_owned();
        let ada = api.get(&format!("/members/{ada}")).await;
        assert_eq!((&ada["status"], &ada["country"], &ada["groups"][0]["name"]), (&json!("invited"), &json!("GB"), &json!("Research")));
        assert_eq!(api.get(&path).await["rows"], json!([]), "the rows are no longer kept");
    }

    async fn somebody_who_joined_between_preview_and_import_is_left_alone(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        let preview = api.post("/members/imports", json!({"csv": "email,name\nada@example.com,Ada\nbob@example.com,Bob"})).await;
        app.member("ada@example.com", &[Role::Hr]).await;
        let done = api.post(&format!("/members/imports/{}/apply", preview["id"].as_str().unwrap()), json!({})).await;
        assert_eq!(done, json!({"created": 1, "left_out": 1}));
        assert_eq!(api.get("/members?q=ada").await["items"][0]["roles"], json!(["hr"]));
    }

    async fn five_thousand_rows_are_read_and_imported(app: TestApp) {
        app.member("root@example.com", &[Role::Admin]).await;
        let api = app.api("root@example.com").await;
        let mut csv = String::from("email,name,department,region\n");
        for i in 0..5000 {
            writeln!(csv, "p{i}@example.com,\"Person\n{i}\",Department {},Region {}", i % 40, i % 7).unwrap();
        }
        let started = std::time::Instant::now();
        let preview = api.post("/members/imports", json!({"csv": csv})).await;
        assert_eq!((&preview["create"], &preview["bad"]), (&json!(5000), &json!(0)));
        assert_eq!(preview["rows"][4999]["line"], json!(2 + 4999 * 2));
        let done = api.post(&format!("/members/imports/{}/apply", preview["id"].as_str().unwrap()), json!({})).await;
        assert_eq!(done["created"], 5000);
        eprintln!("5,000 rows checked and made in {:?}", started.elapsed());
        assert_eq!(api.get("/members?q=Person+4999").await["items"][0]["email"], "p4999@example.com");
    }

    async fn the_pages_lead_from_the_file_to_the_members(app: TestApp) {
        let admin = app.actor("root@example.com", &[Role::Admin]).await;
        let (status, to, _) = upload(&app, &admin, "\u{feff}email,name\ncleo@example.com,Cleo\nbad,Bob\n".as_bytes()).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let page = admin.page(&to).await;
        for part in ["people.csv", "1 colleague will be added", "cleo@example.com", "email: ", "Left out"] {
            assert!(page.contains(part), "{part} is missing");
        }
        assert!(!admin.page(&format!("{to}?show=bad")).await.contains("cleo@example.com"));
        assert_eq!(admin.submit(&format!("{to}/apply"), &[]).await, "/members?status=invited");
        assert!(admin.page("/members?status=invited").await.contains("cleo@example.com"));
        assert!(admin.page(&to).await.contains("This import is done"));
    }

    async fn a_file_that_cannot_be_used_is_refused_with_the_reason(app: TestApp) {
        let admin = app.actor("root@example.com", &[Role::Admin]).await;
        for (bytes, reason) in [
            (b"email,name\na@example.com,Andr\xe9\n".as_slice(), "line 2, character 19"),
            (b"".as_slice(), "not empty"),
            (b"name\nAda\n".as_slice(), "No column is called email"),
            (b"email,name\n".as_slice(), "no rows"),
        ] {
            let (status, _, page) = upload(&app, &admin, bytes).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.contains(reason), "{reason} is missing in {page}");
        }
        let forged = admin.client().post(format!("{}/members/import", app.url)).header("content-type", "multipart/form-data; boundary=x").body("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nemail,name\r\n--x--\r\n").send().await.unwrap();
        assert_eq!(forged.status(), StatusCode::FORBIDDEN, "an upload needs the CSRF token too");
    }
}
