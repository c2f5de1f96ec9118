//! Zones that are closed to vehicles at given hours. The file is the whole truth: it takes the place of the one before.

use std::collections::BTreeMap;

use huilu_model::Datum;
use huilu_roads::{Closure, Profile};
use serde_json::json;

use super::{events, sha256};
use crate::app::error::{AppError, AppResult};
use crate::app::events::before_a_change;
use crate::app::services::Services;
use crate::db;
use crate::domain::operator::Operator;
use crate::domain::travel::ClosedZones;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosuresImported {
    pub zones: usize,
    /// How many of them concern each profile.
    pub by_profile: BTreeMap<Profile, usize>,
    /// Names of those that do not touch the city.
    pub outside: Vec<String>,
    /// The same bytes in the same datum are in use already: nothing was done.
    pub again: bool,
}

/// Reads a GeoJSON file of closed zones and makes it the operator's. Published plans of the days ahead are stale then.
///
/// # Errors
/// A conflict `BAD_FILE` naming every feature that is no closed zone, or where all zones lie outside of the city.
pub async fn closures(
    services: &Services,
    operator: &Operator,
    name: &str,
    bytes: &[u8],
    datum: Datum,
) -> AppResult<ClosuresImported> {
    let bad = |cause: String| AppError::conflict("BAD_FILE", format!("{name}: {cause}"));
    let geojson = std::str::from_utf8(bytes).map_err(|cause| bad(format!("this is no UTF-8 text ({cause})")))?;
    let zones = Closure::read_geojson(geojson, datum).map_err(|cause| bad(cause.to_string()))?;
    let city = operator.bounds;
    let touches = |zone: &&Closure| {
        let (low, high) = zone.bounds();
        low.lat <= city.north && high.lat >= city.south && low.lon <= city.east && high.lon >= city.west
    };
    let outside: Vec<String> = zones.iter().filter(|zone| !touches(zone)).map(|zone| zone.name().to_owned()).collect();
    if !zones.is_empty() && outside.len() == zones.len() {
        return Err(bad(format!("all {} zones lie outside of the city; is the datum right?", zones.len())));
    }
    let mut by_profile: BTreeMap<Profile, usize> = BTreeMap::new();
    for profile in zones.iter().flat_map(Closure::profiles) {
        *by_profile.entry(*profile).or_default() += 1;
    }
    let digest = sha256(bytes);
    let tx = services.db.begin().await?;
    before_a_change(&tx, operator.id).await?;
    let known = db::closures::key(&*tx, operator.id).await?;
    let kept = ClosedZones { datum, geojson: geojson.to_owned() };
    let again = match known {
        Some(_) => db::closures::of_operator(&*tx, operator.id).await?.as_ref() == Some(&kept),
        None => false,
    };
    if !again {
        let now = services.clock.now();
        db::closures::replace(&*tx, operator.id, &kept, &digest, now).await?;
        let data = json!({ "kind": "closures", "datum": datum, "sha256": digest, "rows": zones.len() });
        events::imported(&tx, operator, now, data).await?;
        events::mark_stale_from_today(&tx, operator, now).await?;
        tx.commit().await?;
    }
    Ok(ClosuresImported { zones: zones.len(), by_profile, outside, again })
}
