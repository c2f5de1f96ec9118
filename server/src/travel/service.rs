//! A travel service of the operator's over HTTP: time-outs, retries, and errors that say who failed.

use std::fmt;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::provider::ServiceError;

/// How patient a service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    pub connect: Duration,
    /// From the question to the last byte of the answer.
    pub answer: Duration,
    pub attempts: u32,
    /// Before the second attempt; doubled for each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(60),
            attempts: 4,
            pause: Duration::from_millis(250),
        }
    }
}

/// More is no table of any block that is asked for.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// Base address of a service. What may be secret in it (user, password, query) is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceUrl(Url);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no http:// or https:// address")]
pub struct BadServiceUrl(String);

impl ServiceUrl {
    /// The address without user, password, query and fragment.
    pub fn public(&self) -> Self {
        let mut url = self.0.clone();
        // Both work on every address that has a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        Self(url)
    }

    /// The address of one of the service's resources; the base address's query stays.
    fn join(&self, path: &str, query: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
        let queries: Vec<&str> = self.0.query().into_iter().chain((!query.is_empty()).then_some(query)).collect();
        url.set_query((!queries.is_empty()).then(|| queries.join("&")).as_deref());
        url
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.public().0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{self}\"")
    }
}

impl TryFrom<String> for ServiceUrl {
    type Error = BadServiceUrl;

    fn try_from(text: String) -> Result<Self, BadServiceUrl> {
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Self(url)),
            Ok(url) => Err(BadServiceUrl(format!("{}:...", url.scheme()))),
            // It cannot be told what of it is secret.
            Err(cause) => Err(BadServiceUrl(format!("... ({cause})"))),
        }
    }
}

impl From<ServiceUrl> for String {
    fn from(url: ServiceUrl) -> String {
        url.0.into()
    }
}

/// An answer that is not worth another attempt: its status and its first bytes for the error, all of them for who knows
/// what the service's refusals mean.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// One service with its name for errors.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) url: ServiceUrl,
    client: Client,
    patience: Patience,
}

impl Service {
    /// # Errors
    /// [`ServiceError`] where no connection could ever be made, as on a machine without certificates.
    pub(super) fn new(name: &'static str, url: ServiceUrl, patience: Patience) -> Result<Self, ServiceError> {
        // Fails where the process has one already; then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let built = Client::builder()
            .connect_timeout(patience.connect)
            .timeout(patience.answer)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("huilu/", env!("CARGO_PKG_VERSION")))
            .build();
        let failed = |cause: reqwest::Error| ServiceError {
            service: name,
            url: url.to_string(),
            status: None,
            cause: format!("cannot be asked: {}", root_cause(&cause)),
        };
        let client = built.map_err(failed)?;
        Ok(Self { name, url, client, patience })
    }

    pub(super) async fn get(&self, path: &str, query: &str) -> Result<Answer, ServiceError> {
        let url = self.url.join(path, query);
        self.ask(|| self.client.request(Method::GET, url.clone())).await
    }

    pub(super) async fn post(&self, path: &str, body: &serde_json::Value) -> Result<Answer, ServiceError> {
        let url = self.url.join(path, "");
        self.ask(|| self.client.request(Method::POST, url.clone()).json(body)).await
    }

    /// Asks until there is an answer that another attempt would not better: connections that fail, time-outs and
    /// statuses of a service in trouble (429, 5xx) pass.
    async fn ask(&self, request: impl Fn() -> RequestBuilder) -> Result<Answer, ServiceError> {
        let mut pause = self.patience.pause;
        for attempt in 1.. {
            let last = attempt >= self.patience.attempts;
            let after = if attempt == 1 { String::new() } else { format!(" after {attempt} attempts") };
            let failure = match self.attempt(request()).await {
                Ok(answer) if !in_trouble(answer.status) => return Ok(answer),
                Ok(answer) => {
                    let cause = format!("answered {}{after}{}", answer.status, excerpt(&answer.body));
                    self.error(Some(answer.status), cause)
                }
                Err(Failure { cause, passing }) => {
                    let error = self.error(None, format!("{cause}{after}"));
                    if !passing {
                        return Err(error);
                    }
                    error
                }
            };
            if last {
                return Err(failure);
            }
            tracing::warn!(service = self.name, attempt, cause = %failure.cause, "a travel service is asked again");
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(self.error(None, "was not asked".to_owned()))
    }

    async fn attempt(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let response = request.send().await.map_err(|cause| self.failure(&cause))?;
        let status = response.status();
        let body = self.body(response).await?;
        Ok(Answer { status, body })
    }

    async fn body(&self, response: Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|cause| self.failure(&cause))?;
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                let cause = format!("answered with more than {} MiB", ANSWER_BYTES_MAX >> 20);
                return Err(Failure { cause, passing: false });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failure(&self, cause: &reqwest::Error) -> Failure {
        let told = if cause.is_connect() {
            format!("cannot be reached: {}", root_cause(cause))
        } else if cause.is_timeout() {
            format!("did not answer within {} s", self.patience.answer.as_secs_f64())
        } else {
            format!("broke off: {}", root_cause(cause))
        };
        Failure { cause: told, passing: !cause.is_builder() }
    }

    /// The service answered what makes no sense.
    pub(super) fn garbled(&self, answer: &Answer, cause: impl fmt::Display) -> ServiceError {
        self.error(Some(answer.status), format!("answered {}, but {cause}{}", answer.status, excerpt(&answer.body)))
    }

    /// The service refused.
    pub(super) fn refused(&self, answer: &Answer) -> ServiceError {
        self.error(Some(answer.status), format!("answered {}{}", answer.status, excerpt(&answer.body)))
    }

    /// The service answers, but with nothing that could be used.
    pub(super) fn unusable(&self, cause: &str) -> ServiceError {
        self.error(None, cause.to_owned())
    }

    fn error(&self, status: Option<StatusCode>, cause: String) -> ServiceError {
        let status = status.map(|status| status.as_u16());
        ServiceError { service: self.name, url: self.url.to_string(), status, cause }
    }
}

/// Why there was no answer, and whether it may be better the next time.
struct Failure {
    cause: String,
    passing: bool,
}

fn in_trouble(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// The innermost error says what happened; the outer ones repeat the address, with what is secret in it.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) { "no cause was given".to_owned() } else { cause.to_string() }
}

/// The begin of an answer, on one line.
fn excerpt(body: &[u8]) -> String {
    const EXCERPT_CHARS: usize = 120;
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * EXCERPT_CHARS)]);
    let printable = |letter: char| if letter.is_control() { ' ' } else { letter };
    let line: String = text.chars().map(printable).take(EXCERPT_CHARS).collect();
    match line.trim() {
        "" => String::new(),
        line => format!(": {line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> ServiceUrl {
        ServiceUrl::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn secrets_of_an_address_are_kept_but_never_shown() {
        let secret = url("https://me:pass@maps.example/valhalla/?api_key=k123");
        assert_eq!(secret.to_string(), "https://maps.example/valhalla");
        assert_eq!(format!("{secret:?}"), "\"https://maps.example/valhalla\"");
        assert_eq!(
            secret.join("route", "a=1").as_str(),
            "https://me:pass@maps.example/valhalla/route?api_key=k123&a=1"
        );
        assert_eq!(url(&String::from(secret.clone())), secret, "it travels whole");
        assert_eq!(
            url("http://localhost:5000").join("table/v1/x/1,2;3,4", "").as_str(),
            "http://localhost:5000/table/v1/x/1,2;3,4"
        );
        for wrong in ["", "localhost:5000", "ftp://x", "http://", "file:///etc/passwd"] {
            let error = ServiceUrl::try_from(wrong.to_owned()).unwrap_err().to_string();
            assert!(error.contains("is no http:// or https:// address"), "{wrong}: {error}");
        }
    }
}
