//! Whether the process can do its work.

use huilu_api_spec::system::Health;

use super::error::AppResult;
use super::services::Services;
use crate::db::operators;

/// # Errors
/// Where the database does not answer.
pub async fn health(services: &Services) -> AppResult<Health> {
    operators::all(services.db.read()).await?;
    Ok(Health { status: "ok".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() })
}
