//! On a real socket: answers come, clients that dawdle are cut off, and the end does not wait for idle connections.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::Api;
use crate::http::serve_until;

async fn connect(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// What comes first, up to a few kilobytes.
async fn first_words(stream: &mut TcpStream) -> String {
    let mut buffer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut buffer)).await;
    let length = read.expect("the server cuts off who dawdles").unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[actix_web::test]
async fn a_server_answers_cuts_off_dawdlers_and_ends_promptly() {
    let api = Api::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let until = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(serve_until(api.city.services.clone(), listener, 2, until));

    let mut idle = connect(address, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(first_words(&mut idle).await.starts_with("HTTP/1.1 200 OK"));
    let mut slow_headers = connect(address, "GET /health HTTP/1.1\r\nHos").await;
    let slow_body = "POST /v1/bookings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer resident\r\n\
                     Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"place\":";
    let mut slow_body = connect(address, slow_body).await;
    let (headers, body) = tokio::join!(first_words(&mut slow_headers), first_words(&mut slow_body));
    assert!(headers.starts_with("HTTP/1.1 408"), "{headers}");
    assert!(body.starts_with("HTTP/1.1 408") && body.contains("BODY_TOO_SLOW"), "{body}");

    let mut again = connect(address, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(first_words(&mut again).await.starts_with("HTTP/1.1 200 OK"));
    let asked = Instant::now();
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(8), "an idle connection held up the end: {:?}", asked.elapsed());
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
