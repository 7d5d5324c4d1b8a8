#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::{
    io::Write,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// A server that answers each connection with what `answer` writes, given the path and the
/// number of the connection.
async fn server<F, R>(answer: F) -> SocketAddr
where
    F: Fn(TcpStream, String, usize) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            tokio::spawn(answer(stream, head, count.fetch_add(1, Ordering::SeqCst)));
        }
    });
    address
}

/// A server that always writes the same bytes.
async fn fixed(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes: Arc<Vec<u8>> = Arc::new(bytes.into());
    server(move |mut stream, _, _| {
        let bytes = Arc::clone(&bytes);
        async move {
            let _gone = stream.write_all(&bytes).await;
        }
    })
    .await
}

fn guarded(server: SocketAddr) -> Outbound {
    let mut outbound = Outbound::new(OutboundConfig {
        allow_private: false,
        user_agent: "HeraldTest/1.0".into(),
        timeout: Duration::from_secs(2),
        max_redirects: 5,
    });
    outbound.test_server = Some(server);
    outbound
}

async fn page(server: SocketAddr) -> Result<Fetched, FetchError> {
    let ask = Ask::new(ACCEPT_PAGE, 2_000_000);
    guarded(server).get(&format!("http://{server}/a"), ask).await
}

fn html(extra: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n{extra}\r\n{body}")
}

#[tokio::test]
async fn a_page_is_read() {
    let at = fixed(html("etag: W/\"x y\"\r\ncontent-length: 5\r\n", "hello")).await;
    let fetched = page(at).await.unwrap();
    assert_eq!((fetched.status, fetched.body.as_slice()), (200, &b"hello"[..]));
    assert_eq!(fetched.etag.as_deref(), Some("W/\"x y\""));
    assert!(fetched.redirects.is_empty() && !fetched.not_modified);
}

#[tokio::test]
async fn what_is_known_is_said_and_304_is_understood() {
    let at = server(|mut stream, head, _| async move {
        let knows = head.contains("if-none-match: \"7\"") && head.contains("if-modified-since: Tue");
        let answer = if knows { "HTTP/1.1 304 Not Modified\r\n\r\n" } else { "HTTP/1.1 500 No\r\n\r\n" };
        let _gone = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let ask =
        Ask { etag: Some("\"7\"".into()), last_modified: Some("Tue, 01 Sep 2026 10:00:00 GMT".into()), ..Ask::new(ACCEPT_FEED, 1000) };
    let fetched = guarded(at).get(&format!("http://{at}/feed"), ask).await.unwrap();
    assert!(fetched.not_modified && fetched.body.is_empty());
}

#[tokio::test]
async fn forty_megabytes_are_stopped_early() {
    let at = server(|mut stream, _, _| async move {
        let head = html("transfer-encoding: chunked\r\n", "");
        let _gone = stream.write_all(head.as_bytes()).await;
        let mut chunk = b"10000\r\n".to_vec();
        chunk.extend(vec![b'x'; 0x10000]);
        chunk.extend(b"\r\n");
        for _ in 0..640 {
            if stream.write_all(&chunk).await.is_err() {
                return;
            }
        }
        let _gone = stream.write_all(b"0\r\n\r\n").await;
    })
    .await;
    assert_eq!(page(at).await.unwrap_err(), FetchError::TooLarge(2_000_000));
    let honest = fixed(html("content-length: 41943040\r\n", "")).await;
    let error = page(honest).await.unwrap_err();
    assert_eq!(error.to_string(), "The page is larger than 2 MB, which is more than Herald reads.");
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_by_what_it_becomes() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        packer.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 500_000, "the bomb is small on the wire");
    let mut answer = html(&format!("content-encoding: gzip\r\ncontent-length: {}\r\n", bomb.len()), "").into_bytes();
    answer.extend(bomb);
    let started = Instant::now();
    assert_eq!(page(fixed(answer).await).await.unwrap_err().code(), "too_large");
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn redirects_are_followed_counted_and_remembered() {
    let at = server(|mut stream, head, _| async move {
        let answer = match head.split(' ').nth(1) {
            Some("/a") => "HTTP/1.1 301 Moved\r\nlocation: /b?x=1\r\n\r\n".to_owned(),
            Some("/b?x=1") => "HTTP/1.1 302 Found\r\nlocation: ./c\r\n\r\n".to_owned(),
            _ => html("content-length: 2\r\n", "ok"),
        };
        let _gone = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let fetched = page(at).await.unwrap();
    assert_eq!(fetched.final_url.path(), "/c");
    let paths: Vec<&str> = fetched.redirects.iter().map(Url::path).collect();
    assert_eq!(paths, ["/a", "/b"]);
    assert_eq!(fetched.moved_to.unwrap().path(), "/b", "302 is not for good");
}

#[tokio::test]
async fn endless_redirects_end() {
    let on = server(|mut stream, _, number| async move {
        let answer = format!("HTTP/1.1 302 Found\r\nlocation: /{number}\r\n\r\n");
        let _gone = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    assert_eq!(page(on).await.unwrap_err(), FetchError::TooManyRedirects(5));
    let round = fixed("HTTP/1.1 302 Found\r\nlocation: /a\r\n\r\n").await;
    assert_eq!(page(round).await.unwrap_err(), FetchError::RedirectCircle);
    let lost = fixed("HTTP/1.1 302 Found\r\n\r\n").await;
    assert_eq!(page(lost).await.unwrap_err().code(), "bad_redirect");
}

#[tokio::test]
async fn a_redirect_never_leads_inside() {
    for inside in [
        "http://127.0.0.1/",
        "http://localhost:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
    ] {
        let at = fixed(format!("HTTP/1.1 302 Found\r\nlocation: {inside}\r\n\r\n")).await;
        assert_eq!(page(at).await.unwrap_err(), FetchError::PrivateNetwork, "{inside}");
    }
    for (elsewhere, code) in [
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("gopher://example.org/", "scheme_not_allowed"),
        ("http://a:b@example.org/", "credentials_in_address"),
        ("http://127.0.0.1:22/", "port_not_allowed"),
    ] {
        let at = fixed(format!("HTTP/1.1 302 Found\r\nlocation: {elsewhere}\r\n\r\n")).await;
        assert_eq!(page(at).await.unwrap_err().code(), code, "{elsewhere}");
    }
}

#[tokio::test]
async fn an_answer_of_another_type_is_refused() {
    let at = fixed("HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 1\r\n\r\nx").await;
    let error = page(at).await.unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1 answered with image/png where a web page was expected.");
    let ask = Ask::new(ACCEPT_PICTURE, 1000);
    assert!(guarded(at).get(&format!("http://{at}/"), ask).await.is_ok());
}

#[tokio::test]
async fn a_slow_body_ends_with_the_time_limit() {
    let at = server(|mut stream, _, _| async move {
        let _gone = stream.write_all(html("content-length: 1000\r\n", "").as_bytes()).await;
        loop {
            if stream.write_all(b"x").await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
    let started = Instant::now();
    let error = page(at).await.unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1 did not answer within 2 seconds. Try again later.");
    assert!(started.elapsed() < Duration::from_secs(4) && error.is_passing());
}

#[tokio::test]
async fn a_lying_content_length_changes_nothing() {
    let too_long = fixed(html("content-length: 5000\r\n", "short")).await;
    assert_eq!(page(too_long).await.unwrap_err().code(), "broken_answer");
    let too_short = fixed(html("content-length: 2\r\n", "longer than said")).await;
    assert_eq!(page(too_short).await.unwrap().body, b"lo");
}

#[tokio::test]
async fn statuses_and_dead_ends_are_told() {
    let at = fixed("HTTP/1.1 429 Slow Down\r\nretry-after: 120\r\n\r\n").await;
    let error = page(at).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    assert_eq!(error.status(), Some(429));
    let at = fixed("HTTP/1.1 403 No\r\n\r\n").await;
    assert!(page(at).await.unwrap_err().to_string().starts_with("127.0.0.1 answered 403. "));
    let mail = fixed("220 mail.example.org ESMTP\r\n").await;
    assert_eq!(page(mail).await.unwrap_err().code(), "broken_answer");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(page(closed).await.unwrap_err().code(), "unreachable");
    let error = guarded(closed).get(&format!("https://{closed}/"), Ask::new(ACCEPT_PAGE, 9)).await;
    assert_eq!(error.unwrap_err().code(), "unreachable");
    let plain = fixed("HTTP/1.1 200 OK\r\n\r\n").await;
    let error = guarded(plain).get(&format!("https://{plain}/"), Ask::new(ACCEPT_PAGE, 9)).await;
    assert_eq!(error.unwrap_err().code(), "certificate");
    let error = guarded(plain).get("https://no-such-host.invalid/", Ask::new(ACCEPT_PAGE, 9)).await;
    assert_eq!(error.unwrap_err(), FetchError::NoSuchHost("no-such-host.invalid".into()));
}

#[test]
fn typed_addresses_are_read_kindly() {
    assert_eq!(parse(" example.org/a ").unwrap().as_str(), "https://example.org/a");
    assert_eq!(parse("example.org:8080/a").unwrap().as_str(), "https://example.org:8080/a");
    assert_eq!(parse("hello").unwrap_err(), FetchError::NotAnAddress);
    assert_eq!(parse("two words.org").unwrap_err(), FetchError::NotAnAddress);
    assert_eq!(parse("javascript:alert(1)").unwrap_err().code(), "scheme_not_allowed");
}

#[test]
fn only_public_addresses_are_public() {
    let inside = "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.8.8.8 169.254.169.254 \
        172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.9.9 \
        198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 \
        :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::8.8.8.8 64:ff9b::808:808 64:ff9b:1::1 100::1 \
        2001::1 2001:10::1 2001:20::1 2001:2::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 \
        5f00::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1";
    for address in inside.split_whitespace() {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
    let outside = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 192.167.1.1 \
        198.17.1.1 198.20.0.1 223.255.255.254 2606:4700::1111 2a00:1450::1 2001:4860:4860::8888 2001:200::1 \
        2003::1 3ffe::1";
    for address in outside.split_whitespace() {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}
