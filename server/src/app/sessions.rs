//! Who a token belongs to, and what a page is told about its session.

use std::sync::Arc;

use huilu_api_spec::session::{Role as WireRole, Session};
use sha2::{Digest, Sha256};

use super::error::AppResult;
use super::services::{Actor, Services};
use crate::db::{operators, tokens};
use crate::domain::access::Role;

/// The caller behind a bearer token or session cookie; absent where the token is unknown or revoked.
///
/// # Errors
/// Where the database does not answer.
pub async fn who(services: &Services, token: &str) -> AppResult<Option<Actor>> {
    let read = services.db.read();
    let Some(found) = tokens::by_hash(read, &digest(token)).await?.filter(|found| found.revoked.is_none()) else {
        return Ok(None);
    };
    let Some(operator) = operators::by_id(read, found.operator).await? else {
        return Ok(None);
    };
    let role = match found.role {
        Role::Resident => WireRole::Resident,
        Role::Collector => WireRole::Collector,
        Role::Planner => WireRole::Planner,
    };
    Ok(Some(Actor { token: found.id, role, vehicle: found.vehicle, operator: Arc::new(operator) }))
}

/// What is stored of a token: SHA-256 in hexadecimal.
pub fn digest(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the page shows about the session.
pub fn session(services: &Services, actor: &Actor) -> Session {
    let zone = actor.operator.zone;
    Session {
        role: actor.role,
        vehicle_id: actor.vehicle.map(|vehicle| vehicle.to_string()),
        operator: actor.operator.key.clone(),
        time_zone: zone.to_string(),
        today: zone.date_of(services.clock.now()).to_string(),
    }
}
