//! What a plan is computed from: gathered before anything is written, kept beside the plan, compared at publication.

use chrono::NaiveDate;
use huilu_model::Problem;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::no_roads;
use crate::app::error::{AppError, AppResult};
use crate::app::problem;
use crate::db::plans::{PackedSnapshot, pack};
use crate::domain::operator::Operator;

/// The problem, and the roads by the digest of the file they came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app) struct Snapshot {
    pub(in crate::app) roads: String,
    pub(in crate::app) problem: Problem,
}

/// A snapshot ready to be stored with its plan.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) packed: PackedSnapshot,
    /// SHA-256 in hexadecimal.
    pub(super) hash: String,
    pub(super) bookings: usize,
}

/// The day as it is now. Thousands of bookings take a while to read and to pack, so nobody should hold a write
/// transaction meanwhile; what changes until the plan is written shows when it is published.
///
/// # Errors
/// The conflicts of [`problem::of_day`]; `NO_ROADS` where no road network was imported.
pub(super) async fn gather(c: &impl ConnectionTrait, operator: &Operator, date: NaiveDate) -> AppResult<Gathered> {
    let snapshot = of_day(c, operator, date).await?;
    let bookings = snapshot.problem.jobs.len();
    let packing = tokio::task::spawn_blocking(move || -> AppResult<_> {
        let text = text(&snapshot)?;
        Ok((pack(&text)?, sha256(&text)))
    });
    let (packed, hash) = packing.await.map_err(AppError::internal)??;
    Ok(Gathered { packed, hash, bookings })
}

/// The hash that a plan of the day would have if it were ordered now; absent where none could be ordered any more.
///
/// # Errors
/// Where the database does not answer.
pub(super) async fn hash_of_day(
    c: &impl ConnectionTrait,
    operator: &Operator,
    date: NaiveDate,
) -> AppResult<Option<String>> {
    match of_day(c, operator, date).await {
        Ok(snapshot) => Ok(Some(sha256(&text(&snapshot)?))),
        Err(AppError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn of_day(c: &impl ConnectionTrait, operator: &Operator, date: NaiveDate) -> AppResult<Snapshot> {
    let roads = operator.roads.clone().ok_or_else(no_roads)?;
    Ok(Snapshot { roads, problem: problem::of_day(c, operator, date).await? })
}

fn text(snapshot: &Snapshot) -> AppResult<String> {
    serde_json::to_string(snapshot).map_err(AppError::internal)
}

/// In hexadecimal.
pub(in crate::app) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
