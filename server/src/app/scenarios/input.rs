//! From a question to a siting problem: demand of late, places where outlets stand or could stand, ways on foot.

use std::collections::{BTreeMap, BTreeSet};

use h3o::CellIndex;
use huilu_api_spec::common::Position;
use huilu_api_spec::scenario::{CandidateKind, ChosenSite, CreateScenario, SitingResult};
use huilu_model::site::{SiteSolution, SiteStatus};
use huilu_model::{StreamSet, Wgs84};
use huilu_optimizer::cells::{CellFlow, centre};
use huilu_optimizer::siting::city::{CandidateSite, CityProblem, CityQuestion};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::question_of;
use super::walked::{Walked, walked};
use crate::app::error::{AppError, AppResult};
use crate::app::services::{Actor, Services};
use crate::app::{days, wire};
use crate::db::{bookings, buildings, catalogue, outlets};
use crate::domain::amount::{Fen, Names};
use crate::domain::area::{Building, BuildingKind};
use crate::domain::catalogue::{Catalogue, Material, MaterialFlag, WasteClass};
use crate::domain::outlet::{HostType, Outlet, OutletKind};
use crate::domain::scenario::Scenario;
use crate::domain::travel::TravelSource;
use crate::domain::{OperatorId, OutletId};

/// Demand is what was booked in so many days.
const PAST_DAYS: u64 = 28;
/// A city that starts has no past yet: then what is booked ahead counts.
const COMING_DAYS: u64 = 14;

/// Rent of some ten square metres, power and a share of an attendant for each day a new outlet is open. Assumed; the
/// planner's own sites carry their own figure.
const OPENING_MALL: Fen = Fen(14_000);
const OPENING_CAMPUS: Fen = Fen(7_000);
const OPENING_ELSEWHERE: Fen = Fen(9_000);

/// What a run computes with, kept beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub(super) city: CityProblem,
    /// By site of the problem.
    pub(super) sites: Vec<Spot>,
    /// Where the walking distances came from.
    pub(super) travel: TravelSource,
}

/// A place where an outlet stands or could stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spot {
    pub(super) id: String,
    pub(super) names: Names,
    pub(super) kind: OutletKind,
    /// Where it exists today.
    pub(super) outlet: Option<OutletId>,
    /// As it was entered.
    pub(super) place: Position,
    pub(super) at: Wgs84,
    pub(super) host: Option<HostType>,
    /// Codes.
    pub(super) streams: Vec<String>,
    pub(super) opening: Fen,
    /// In a day, over all streams.
    pub(super) capacity_g: Option<i64>,
}

#[derive(PartialEq)]
struct Facts {
    at: (i64, i64),
    streams: Vec<String>,
    opening: Fen,
    capacity_g: Option<i64>,
}

impl Input {
    /// Reads what the question needs from the database and the roads.
    ///
    /// # Errors
    /// Conflicts `NO_ROADS` and `NO_DEMAND`; [`AppError::Travel`] where the operator's service for walks failed.
    pub(super) async fn gather(services: &Services, actor: &Actor, scenario: &Scenario) -> AppResult<Self> {
        let read = services.db.read();
        let operator = actor.operator_id();
        let question = question_of(scenario)?;
        let catalogue = catalogue::load(read, operator).await?;
        let flows = demand(services, actor, &catalogue).await?;
        let sites = spots(read, operator, &question, &catalogue, &flows).await?;
        let cells = flows.iter().map(|flow| flow.cell).collect();
        let places = sites.iter().map(|spot| spot.at).collect();
        let (walks, travel) = walked(services, &actor.operator, cells, places, question.radius_m).await?;
        let measure = move || Self::measure(&question, &catalogue, &flows, sites, &walks, travel);
        tokio::task::spawn_blocking(measure).await.map_err(AppError::internal)
    }

    fn measure(
        question: &CreateScenario,
        catalogue: &Catalogue,
        flows: &[CellFlow],
        sites: Vec<Spot>,
        walks: &Walked,
        travel: TravelSource,
    ) -> Self {
        let mut asked = CityQuestion::new(question.name.clone(), question.radius_m);
        asked.sites_max = question.sites_max.map(|n| n as usize);
        asked.budget_fen_per_day = question.budget_fen_per_day.map(|fen| fen as f64);
        if let Some(fen) = question.unserved_fen_per_kg {
            asked.unserved_fen_per_kg = Some(fen as f64);
        }
        let candidates: Vec<CandidateSite> =
            sites.iter().map(|spot| spot.candidate(catalogue, question.keep_existing)).collect();
        let walk_m = |cell: CellIndex, site: usize| {
            walks.get(&cell).and_then(|ways| ways.get(site).copied().flatten()).map(|metres| metres as f64)
        };
        Self { city: CityProblem::new(&asked, flows, &candidates, &walk_m), sites, travel }
    }

    /// Whether today's outlets for residents are those that the question was about, as far as the answer depends on them.
    pub(super) fn stands_on(&self, open: &[Outlet]) -> bool {
        let today: Vec<Spot> = for_residents(open).collect();
        let known = |spots: &[Spot]| spots.iter().filter_map(Spot::facts).collect::<BTreeMap<_, _>>();
        known(&self.sites) == known(&today)
    }

    /// The answer in the words of the API.
    pub(super) fn result(&self, solution: &SiteSolution) -> SitingResult {
        let summary = self.city.summary(solution);
        let chosen = summary.open.iter().filter_map(|open| {
            let spot = self.sites.get(open.site)?;
            Some(ChosenSite {
                id: spot.id.clone(),
                name: wire::name(&spot.names),
                kind: spot.kind.into(),
                outlet_id: spot.outlet.map(|outlet| outlet.to_string()),
                place: wire::position(spot.at),
                opening_fen: open.opening_fen_per_day.round() as i64,
                mass_g: open.grams_per_day.round() as i64,
            })
        });
        SitingResult {
            feasible: summary.feasible,
            cost_fen: summary.cost_fen_per_day.round() as i64,
            // Down, so that it stays a bound.
            lower_bound_fen: summary.lower_bound_fen_per_day.map(|bound| bound.floor() as i64),
            gap: summary.gap,
            opening_fen: summary.opening_fen_per_day.round() as i64,
            served_share: summary.served_share,
            open: chosen.collect(),
            travel: wire::travel_source(&self.travel),
        }
    }
}

impl Spot {
    fn candidate(&self, catalogue: &Catalogue, keep_existing: bool) -> CandidateSite {
        let mut streams = StreamSet::default();
        for (index, stream) in catalogue.streams.iter().enumerate() {
            if self.streams.contains(&stream.code) {
                streams.insert(index);
            }
        }
        let kept = keep_existing && self.outlet.is_some();
        CandidateSite {
            id: self.id.clone(),
            position: self.at,
            streams,
            opening_fen_per_day: self.opening.0 as f64,
            capacity_g_per_day: self.capacity_g,
            status: if kept { SiteStatus::Required } else { SiteStatus::Candidate },
        }
    }

    /// What an answer takes from an outlet that exists.
    fn facts(&self) -> Option<(OutletId, Facts)> {
        // JSON may give back another last digit.
        let tenth_millionths = |degrees: f64| (degrees * 1e7).round() as i64;
        let facts = Facts {
            at: (tenth_millionths(self.at.lat), tenth_millionths(self.at.lon)),
            streams: self.streams.clone(),
            opening: self.opening,
            capacity_g: self.capacity_g,
        };
        Some((self.outlet?, facts))
    }

    pub(super) fn existing(outlet: &Outlet) -> Self {
        let limited = outlet.streams.iter().all(|code| outlet.capacity.iter().any(|limit| limit.stream == *code));
        let capacity = outlet.capacity.iter().map(|limit| limit.grams.0).sum();
        Self {
            id: outlet.id.to_string(),
            names: outlet.names.clone(),
            kind: outlet.kind,
            outlet: Some(outlet.id),
            place: wire::position(outlet.place.at),
            at: outlet.place.at,
            host: outlet.host,
            streams: outlet.streams.clone(),
            opening: outlet.opening_cost,
            capacity_g: limited.then_some(capacity),
        }
    }

    /// A collection point that could be opened.
    fn new(id: String, names: Names, at: Wgs84, streams: &[String]) -> Self {
        Self {
            id,
            names,
            kind: OutletKind::CollectionPoint,
            outlet: None,
            place: wire::position(at),
            at,
            host: None,
            streams: streams.to_vec(),
            opening: OPENING_ELSEWHERE,
            capacity_g: None,
        }
    }
}

/// What residents carry to an outlet: not what needs two persons, a truck or a licence.
fn carried(material: &Material) -> bool {
    let fetched = matches!(material.class, WasteClass::Hazardous | WasteClass::Bulky);
    !fetched && !material.flags.contains(&MaterialFlag::TwoPersons)
}

/// Grams on an average day with bookings, by cell and stream.
async fn demand(services: &Services, actor: &Actor, catalogue: &Catalogue) -> AppResult<Vec<CellFlow>> {
    let today = days::today(services, actor);
    let past = (1..=PAST_DAYS).filter_map(|days| today.checked_sub_days(chrono::Days::new(days)));
    let coming = (0..COMING_DAYS).map(|ahead| days::after(today, ahead));
    let spans: [Vec<chrono::NaiveDate>; 2] = [past.collect(), coming.collect()];
    for dates in spans {
        let mut sums: BTreeMap<(CellIndex, usize), i64> = BTreeMap::new();
        let mut days_booked = 0_u32;
        // Day by day, because only days with bookings count: a city that rests on Sundays collects more on the others.
        for date in dates {
            let rows = bookings::demand(services.db.read(), actor.operator_id(), date, date).await?;
            days_booked += u32::from(!rows.is_empty());
            for row in rows {
                let material = catalogue.material(&row.material).filter(|material| carried(material));
                let stream = material.and_then(|material| stream_index(catalogue, &material.stream));
                if let Some(stream) = stream {
                    *sums.entry((row.cell, stream)).or_default() += row.grams.0;
                }
            }
        }
        if !sums.is_empty() {
            let days = f64::from(days_booked.max(1));
            let flow = |((cell, stream), grams)| CellFlow { cell, stream, grams_per_day: grams as f64 / days };
            return Ok(sums.into_iter().map(flow).collect());
        }
    }
    let detail = format!("Nothing was booked in the past {PAST_DAYS} days or is booked for the next {COMING_DAYS}.");
    Err(AppError::conflict("NO_DEMAND", detail))
}

fn stream_index(catalogue: &Catalogue, code: &str) -> Option<usize> {
    catalogue.streams.iter().position(|stream| stream.code == code)
}

/// Transfer stations and sorting centres serve vehicles; how far residents walk says nothing about them.
fn for_residents(open: &[Outlet]) -> impl Iterator<Item = Spot> {
    open.iter().filter(|outlet| outlet.kind.tier() <= 1).map(Spot::existing)
}

/// Today's outlets for residents, and wherever else the question allows one.
async fn spots(
    c: &impl ConnectionTrait,
    operator: OperatorId,
    question: &CreateScenario,
    catalogue: &Catalogue,
    flows: &[CellFlow],
) -> AppResult<Vec<Spot>> {
    let mut spots: Vec<Spot> = for_residents(&outlets::open(c, operator).await?).collect();
    let streams: Vec<String> = catalogue
        .streams
        .iter()
        .filter(|stream| catalogue.materials.iter().any(|one| one.stream == stream.code && carried(one)))
        .map(|stream| stream.code.clone())
        .collect();
    let kinds = match &question.candidates {
        Some(candidates) => candidates.kinds.clone(),
        None => vec![CandidateKind::Mall, CandidateKind::Campus, CandidateKind::CellCentre],
    };
    let mut wanted = Vec::new();
    if kinds.contains(&CandidateKind::Mall) {
        wanted.push(BuildingKind::Mall);
    }
    if kinds.contains(&CandidateKind::Campus) {
        wanted.push(BuildingKind::Campus);
    }
    if !wanted.is_empty() {
        let found = buildings::of_kinds(c, operator, &wanted).await?;
        spots.extend(found.iter().map(|building| in_building(building, &streams)));
    }
    if kinds.contains(&CandidateKind::CellCentre) {
        let cells: BTreeSet<CellIndex> = flows.iter().map(|flow| flow.cell).collect();
        spots.extend(cells.into_iter().map(|cell| in_cell(cell, &streams)));
    }
    for (k, site) in question.candidates.iter().flat_map(|all| &all.sites).enumerate() {
        let at = wire::datum(site.place.datum).to_wgs84(site.place.lat, site.place.lon).map_err(AppError::internal)?;
        let names = Names { zh: site.name.zh.clone(), en: site.name.en.clone() };
        spots.push(Spot {
            place: site.place,
            opening: Fen(site.opening_fen_per_day),
            capacity_g: site.capacity_g_per_day,
            ..Spot::new(format!("site-{}", k + 1), names, at, &streams)
        });
    }
    Ok(spots)
}

fn in_building(building: &Building, streams: &[String]) -> Spot {
    let at = building.gate.unwrap_or(building.at);
    let (host, opening, zh, en) = match building.kind {
        BuildingKind::Mall => (HostType::Mall, OPENING_MALL, "商场", "Mall"),
        _ => (HostType::Campus, OPENING_CAMPUS, "校园", "Campus"),
    };
    let names = building.name.clone().unwrap_or_else(|| Names { zh: zh.to_owned(), en: en.to_owned() });
    Spot { host: Some(host), opening, ..Spot::new(building.id.to_string(), names, at, streams) }
}

fn in_cell(cell: CellIndex, streams: &[String]) -> Spot {
    let names = Names { zh: format!("新交投点 {cell}"), en: format!("New point {cell}") };
    Spot { host: Some(HostType::Street), ..Spot::new(cell.to_string(), names, centre(cell), streams) }
}
