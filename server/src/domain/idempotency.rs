//! Answers kept so that a repeated request acts once.

use super::ids::{OperatorId, TokenId};
use super::time::Instant;

/// A client's key is its own: another client's same key is another key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    pub operator: OperatorId,
    pub actor: TokenId,
    pub key: String,
}

/// The answer to the first request with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// SHA-256 of method, path and body, in hexadecimal: the same key with another request is an error.
    pub request_hash: String,
    /// HTTP status.
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
    pub created: Instant,
}
