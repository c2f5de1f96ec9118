//! Problem details (RFC 9457), the one shape of every answer that is not a success.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `application/problem+json`. `errors` lists every fault found, not only the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem; a relative reference, stable.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-request")]
    pub kind: String,
    #[schema(example = "The request is not valid")]
    pub title: String,
    #[schema(example = 422)]
    pub status: u16,
    /// This occurrence in a sentence.
    pub detail: String,
    /// Stable code of the problem, for programs.
    #[schema(example = "INVALID_REQUEST")]
    pub code: String,
    /// Every fault of the request; empty where the problem lies elsewhere.
    pub errors: Vec<Fault>,
    /// Finds this request in the server's log.
    #[schema(example = "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10")]
    pub trace: String,
}

/// One fault and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// Stable code, for programs.
    #[schema(example = "UNKNOWN_MATERIAL")]
    pub code: String,
    /// JSON pointer (RFC 6901) into the request body; empty where a query parameter or header is meant.
    #[schema(example = "/items/0/material")]
    pub pointer: String,
    /// Name of the query parameter or header that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What would put it right.
    pub remedy: String,
}
