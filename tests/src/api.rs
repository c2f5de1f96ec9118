//! HTTP calls in one role, with answers that explain themselves when a test did not expect them.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::events::{self, Event};

/// A caller: the server's address and, usually, the token of a role.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    token: Option<String>,
    client: Client,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub request: String,
    pub status: u16,
    pub content_type: String,
    pub text: String,
}

impl Api {
    pub(crate) fn new(base: &str, token: Option<&str>) -> Self {
        // The client insists on one although no test speaks TLS. Fails where another test of the process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(Duration::from_secs(120)).build().expect("an HTTP client can be made");
        Self { base: base.into(), token: token.map(Into::into), client }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body.to_string()), None).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body.to_string()), None).await
    }

    /// A POST that the server carries out once however often it comes with the same key.
    pub async fn post_once(&self, path: &str, key: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body.to_string()), Some(key)).await
    }

    /// A body that need not be JSON.
    pub async fn post_text(&self, path: &str, body: String) -> Answer {
        self.send(Method::POST, path, Some(body), None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>, key: Option<&str>) -> Answer {
        let request_line = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body);
        }
        let response = request.send().await.unwrap_or_else(|e| panic!("{request_line}: no answer: {e:?}"));
        let status = response.status().as_u16();
        let header = response.headers().get("Content-Type").and_then(|h| h.to_str().ok()).unwrap_or_default();
        let content_type = header.to_owned();
        let text = response.text().await.unwrap_or_else(|e| panic!("{request_line}: the answer broke off: {e:?}"));
        Answer { request: request_line, status, content_type, text }
    }

    /// Reads server-sent events until `last` says that one was the last, or the stream ends.
    ///
    /// # Panics
    /// When the stream cannot be opened, breaks off, or is not over within `limit`.
    pub async fn events(&self, path: &str, limit: Duration, last: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut request = self.client.get(format!("{}{path}", self.base)).header("Accept", "text/event-stream");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let reading = async {
            let response =
                request.timeout(limit).send().await.unwrap_or_else(|e| panic!("GET {path}: no answer: {e:?}"));
            assert_eq!(response.status(), 200, "GET {path}");
            events::read(response, last).await
        };
        tokio::time::timeout(limit, reading).await.unwrap_or_else(|_| panic!("GET {path}: not over within {limit:?}"))
    }
}

impl Answer {
    /// The JSON of an answer with this status.
    ///
    /// # Panics
    /// With the whole answer, when the status is another or the body is no JSON.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}\n{}", self.request, self.text);
        if self.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{}: {e}\n{}", self.request, self.text))
    }

    /// The problem document of a refusal (RFC 9457), checked for what every one of ours has.
    ///
    /// # Panics
    /// When it is no problem, or one without type, code, detail and (for each fault) message and remedy.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        let problem = self.expect(status);
        assert!(self.content_type.starts_with("application/problem+json"), "{}: {}", self.request, self.content_type);
        assert_eq!(problem["status"], status, "{}\n{}", self.request, self.text);
        for field in ["type", "title", "detail", "code"] {
            assert!(
                problem[field].as_str().is_some_and(|s| !s.is_empty()),
                "{}: no {field}\n{}",
                self.request,
                self.text
            );
        }
        for fault in problem["errors"].as_array().into_iter().flatten() {
            for field in ["code", "message", "remedy"] {
                assert!(fault[field].as_str().is_some_and(|s| !s.is_empty()), "{}: {fault}", self.request);
            }
        }
        problem
    }

    /// The codes of a problem's faults, sorted.
    #[track_caller]
    pub fn fault_codes(&self, status: u16) -> Vec<String> {
        let problem = self.problem(status);
        let faults = problem["errors"].as_array().cloned().unwrap_or_default();
        let mut codes: Vec<String> = faults.iter().filter_map(|f| f["code"].as_str().map(Into::into)).collect();
        codes.sort();
        codes
    }
}
