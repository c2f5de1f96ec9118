//! What a plan is computed from: gathered before anything is written, kept beside the plan, compared at publication.

use chrono::NaiveDate;
use huilu_model::Problem;
use huilu_model::clearing::Network;
use huilu_model::problem::VehicleSpec;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::replan::Replan;
use super::{closed, no_roads};
use crate::app::error::{AppError, AppResult};
use crate::app::problem;
use crate::app::services::Services;
use crate::db::plans::{Packed, pack};
use crate::db::{closures, operators};
use crate::domain::OperatorId;
use crate::domain::operator::Operator;
use crate::domain::plan::PlanKind;
use crate::domain::travel::ClosedZones;
use crate::travel::{MatrixChoice, MatrixSource};

/// The problem, and where its matrices come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app) struct Snapshot {
    /// The own roads by the digest of the file they came from; absent where the city has none.
    pub(in crate::app) roads: Option<String>,
    /// Without what is secret in addresses.
    pub(in crate::app) matrices: MatrixChoice,
    /// Zones that are closed to vehicles all day.
    pub(in crate::app) closed: Option<ClosedZones>,
    /// Of a clearing plan only its places and vehicles.
    pub(in crate::app) problem: Problem,
    /// Of a clearing plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::app) network: Option<Network>,
}

/// A snapshot ready to be stored with its plan.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) packed: Packed,
    /// SHA-256 in hexadecimal.
    pub(super) hash: String,
    pub(super) bookings: usize,
}

/// The day as it is now. Thousands of bookings take a while to read and to pack, so nobody should hold a write
/// transaction meanwhile; what changes until the plan is written shows when it is published.
///
/// # Errors
/// The conflicts of [`problem::of_day`] and [`Replan::apply`]; `NO_ROADS` where a vehicle needs a road network and none was imported.
pub(super) async fn gather(
    services: &Services,
    operator: &Operator,
    day: (NaiveDate, PlanKind),
    replan: &Replan,
) -> AppResult<Gathered> {
    let mut snapshot = of_day(services, services.db.read(), operator.id, day).await?;
    let as_it_is = (*replan != Replan::default()).then(|| text(&snapshot)).transpose()?;
    replan.apply(services, operator, day.0, &mut snapshot.problem).await?;
    let bookings = snapshot.problem.jobs.len();
    let packing = tokio::task::spawn_blocking(move || -> AppResult<_> {
        let text = text(&snapshot)?;
        // What is asked for beside the day does not make the plan one of another day.
        Ok((pack(&text)?, sha256(as_it_is.as_ref().unwrap_or(&text))))
    });
    let (packed, hash) = packing.await.map_err(AppError::internal)??;
    Ok(Gathered { packed, hash, bookings })
}

/// The hash that a plan of the day would have if it were ordered now; absent where none could be ordered any more.
///
/// # Errors
/// Where the database does not answer.
pub(super) async fn hash_of_day(
    services: &Services,
    c: &impl ConnectionTrait,
    operator: OperatorId,
    day: (NaiveDate, PlanKind),
) -> AppResult<Option<String>> {
    match of_day(services, c, operator, day).await {
        Ok(snapshot) => Ok(Some(sha256(&text(&snapshot)?))),
        Err(AppError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn of_day(
    services: &Services,
    c: &impl ConnectionTrait,
    operator: OperatorId,
    (date, kind): (NaiveDate, PlanKind),
) -> AppResult<Snapshot> {
    // As it is now: roads may have been imported since the caller was let in.
    let operator = &operators::by_id(c, operator).await?.ok_or(AppError::NotFound)?;
    let (problem, network) = match kind {
        PlanKind::Collection => (problem::of_day(c, operator, date).await?, None),
        PlanKind::Clearing => {
            let (problem, network) =
                problem::clearing::of_day(c, operator, date, operator.zone.date_of(services.clock.now())).await?;
            (problem, Some(network))
        }
    };
    let matrices = services.providers.choice().public();
    if operator.roads.is_none() && !matrices.fallback && problem.vehicles.iter().any(|one| on_own_roads(&matrices, one))
    {
        return Err(no_roads());
    }
    let closed = match closures::of_operator(c, operator.id).await? {
        Some(zones) => closed::of_day(&zones, &problem, date)?,
        None => None,
    };
    Ok(Snapshot { roads: operator.roads.clone(), matrices, closed, problem, network })
}

fn on_own_roads(matrices: &MatrixChoice, vehicle: &VehicleSpec) -> bool {
    vehicle.profile.parse().is_ok_and(|profile| *matrices.source(profile) == MatrixSource::Own)
}

fn text(snapshot: &Snapshot) -> AppResult<String> {
    serde_json::to_string(snapshot).map_err(AppError::internal)
}

/// In hexadecimal.
pub(in crate::app) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
