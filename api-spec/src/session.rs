//! Signing the page in: a bearer token becomes a cookie that scripts cannot read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Resident,
    Collector,
    Planner,
}

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSession {
    /// A bearer token, as `make run` prints them.
    #[schema(min_length = 1, max_length = 200)]
    pub token: String,
}

/// Never shows the token.
impl std::fmt::Debug for CreateSession {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CreateSession").finish_non_exhaustive()
    }
}

/// Who is signed in, and the operator they belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    pub role: Role,
    /// The collector's vehicle.
    pub vehicle_id: Option<String>,
    pub operator: String,
    /// IANA name, such as `Asia/Macau`.
    pub time_zone: String,
    /// Today on the operator's clock.
    #[schema(format = Date)]
    pub today: String,
}
