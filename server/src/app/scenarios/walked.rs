//! How far residents walk: metres from the middle of each cell with demand to each site.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use h3o::CellIndex;
use huilu_model::{UNREACHABLE, Wgs84};
use huilu_optimizer::cells::centre;
use huilu_roads::Profile;

use crate::app::error::AppResult;
use crate::app::services::Services;
use crate::domain::operator::Operator;
use crate::domain::travel::TravelSource;
use crate::travel::TableAsk;

/// Metres by cell and then by site; absent where a way is longer than the radius.
pub(super) type Walked = HashMap<CellIndex, Vec<Option<i64>>>;

/// # Errors
/// A conflict `NO_ROADS`; [`AppError::Travel`](crate::app::AppError::Travel) where the operator's service for walks
/// failed and no estimate may stand in.
pub(super) async fn walked(
    services: &Services,
    operator: &Operator,
    cells: BTreeSet<CellIndex>,
    sites: Vec<Wgs84>,
    radius_m: u32,
) -> AppResult<(Walked, TravelSource)> {
    let cells: Vec<CellIndex> = cells.into_iter().collect();
    let points: Arc<[Wgs84]> = cells.iter().map(|&cell| centre(cell)).chain(sites.iter().copied()).collect();
    let ask = TableAsk {
        sources: (0..cells.len()).collect(),
        targets: (cells.len()..points.len()).collect(),
        ..TableAsk::square(Profile::Foot, points)
    };
    let (table, source) = services.table(operator, &ask).await?;
    let within = |&metres: &u32| (metres != UNREACHABLE && metres <= radius_m).then_some(i64::from(metres));
    let rows = table.metres.chunks(table.columns.max(1)).map(|row| row.iter().map(within).collect());
    Ok((cells.into_iter().zip(rows).collect(), source))
}
