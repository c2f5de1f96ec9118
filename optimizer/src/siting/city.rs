//! From a city's demand cells and candidate sites to a [`SiteProblem`], and from its solution back to figures a planner
//! reads. Masses are grams a day, money is fen a day, distances are metres on foot.
//!
//! How far it is from a cell to a site is asked of the caller: this module knows no streets.

use std::collections::{BTreeMap, HashMap};

use h3o::CellIndex;
use huilu_model::instance::STREAMS_MAX;
use huilu_model::site::{Arc, DemandPoint, Site, SiteProblem, SiteSolution, SiteStatus};
use huilu_model::{StreamIdx, StreamSet, Wgs84};
use serde::{Deserialize, Serialize};

use crate::cells::{CellFlow, centre};

/// What it is worth to spare residents a kilometre's walk with a kilogram, in fen. An assumption, and small on purpose:
/// at 5 km/h, 20 CNY an hour and 5 kg in the hands a walk of its own would cost 80 fen one way; a quarter is counted,
/// because most walks to an outlet lie on the way to somewhere else.
pub const WALKING_FEN_PER_KG_KM: f64 = 20.0;
/// Price of a kilogram that no open site takes where the planner names none, in fen. An assumption, some twenty times
/// what a kilogram of cardboard sells for: coverage comes first.
pub const UNSERVED_FEN_PER_KG: f64 = 2_000.0;

/// What the planner asks.
#[derive(Clone, Debug, PartialEq)]
pub struct CityQuestion {
    pub name: String,
    /// Residents walk no farther to a site.
    pub radius_m: u32,
    /// At most so many open sites, required ones counted.
    pub sites_max: Option<usize>,
    /// At most so much opening cost in all, required sites counted.
    pub budget_fen_per_day: Option<f64>,
    /// Price of a kilogram that no open site takes; `None`: all must be served, or the answer is not feasible.
    pub unserved_fen_per_kg: Option<f64>,
    /// See [`WALKING_FEN_PER_KG_KM`].
    pub walking_fen_per_kg_km: f64,
}

impl CityQuestion {
    /// No limits but the radius, and the prices of this module.
    pub fn new(name: impl Into<String>, radius_m: u32) -> Self {
        Self {
            name: name.into(),
            radius_m,
            sites_max: None,
            budget_fen_per_day: None,
            unserved_fen_per_kg: Some(UNSERVED_FEN_PER_KG),
            walking_fen_per_kg_km: WALKING_FEN_PER_KG_KM,
        }
    }
}

/// A place where an outlet stands or could stand.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateSite {
    pub id: String,
    pub position: Wgs84,
    pub streams: StreamSet,
    /// Rent, staff and machine for each day it is open.
    pub opening_fen_per_day: f64,
    /// Over all streams together; `None` is unlimited.
    pub capacity_g_per_day: Option<i64>,
    pub status: SiteStatus,
}

/// A siting problem together with what its indices mean. It can be written down and read again between asking and
/// answering.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityProblem {
    pub problem: SiteProblem,
    /// By demand point: whose demand it is.
    pub demand: Vec<CellFlow>,
    /// By demand point, beside `problem.arcs`: metres on foot.
    pub walk_m: Vec<Vec<f64>>,
}

/// The answer in the words of the question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CitySummary {
    pub feasible: bool,
    /// Opening, walking and unserved together.
    pub cost_fen_per_day: f64,
    pub lower_bound_fen_per_day: Option<f64>,
    /// Fraction of the cost.
    pub gap: Option<f64>,
    pub opening_fen_per_day: f64,
    pub walking_fen_per_day: f64,
    pub unserved_fen_per_day: f64,
    /// Share of the mass that open sites take, 0 to 1.
    pub served_share: f64,
    /// Share of the mass with an open site of its stream within the radius, whether or not that has room, 0 to 1.
    pub covered_share: f64,
    /// Of the mass that is served; `None` where nothing is.
    pub mean_walk_m: Option<f64>,
    /// In the order of the candidates.
    pub open: Vec<OpenSite>,
    /// What stays unserved, by cell and stream.
    pub unserved: Vec<CellFlow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenSite {
    /// Index of the candidate.
    pub site: usize,
    pub id: String,
    pub opening_fen_per_day: f64,
    pub grams_per_day: f64,
    /// The same by stream, those with any.
    pub by_stream: BTreeMap<StreamIdx, f64>,
}

impl CityProblem {
    /// Puts the problem together. `walk_m(cell, site)` gives the metres on foot from the centre of a cell to the
    /// candidate of that index, `None` where there is no way; it is asked only where the straight line is within the
    /// radius and the site may be open.
    ///
    /// Demand of the same cell and stream is summed, demand of nothing is dropped. What else is wrong with the numbers
    /// [`validate`](super::validate) says.
    pub fn new(
        question: &CityQuestion,
        flows: &[CellFlow],
        sites: &[CandidateSite],
        walk_m: &dyn Fn(CellIndex, usize) -> Option<f64>,
    ) -> Self {
        let mut sums: BTreeMap<(CellIndex, StreamIdx), f64> = BTreeMap::new();
        for flow in flows.iter().filter(|flow| flow.grams_per_day != 0.0) {
            *sums.entry((flow.cell, flow.stream)).or_default() += flow.grams_per_day;
        }
        let demand: Vec<CellFlow> =
            sums.into_iter().map(|((cell, stream), grams_per_day)| CellFlow { cell, stream, grams_per_day }).collect();

        // The streams of a cell walk the same ways.
        let mut ways: HashMap<CellIndex, Vec<(usize, f64)>> = HashMap::new();
        for flow in &demand {
            ways.entry(flow.cell).or_insert_with(|| within_reach(question, flow.cell, sites, walk_m));
        }
        let mut arcs = Vec::with_capacity(demand.len());
        let mut metres = Vec::with_capacity(demand.len());
        for flow in &demand {
            let taking = ways[&flow.cell].iter().filter(|(site, _)| takes(&sites[*site], flow.stream));
            let (list, walks): (Vec<Arc>, Vec<f64>) = taking
                .map(|&(site, m)| {
                    let kg_km = flow.grams_per_day / 1_000.0 * m / 1_000.0;
                    (Arc { site, cost: question.walking_fen_per_kg_km * kg_km }, m)
                })
                .unzip();
            arcs.push(list);
            metres.push(walks);
        }
        let problem = SiteProblem {
            name: question.name.clone(),
            sites: sites.iter().map(site).collect(),
            demand: demand.iter().map(point).collect(),
            arcs,
            sites_max: question.sites_max,
            budget: question.budget_fen_per_day,
            unserved_cost: question.unserved_fen_per_kg.map(|fen| fen / 1_000.0),
            single_source: false,
        };
        Self { problem, demand, walk_m: metres }
    }

    /// What a solution of `problem` means for the city. Flows along arcs that the problem does not have are passed over;
    /// [`verify`](super::verify::verify) finds those.
    pub fn summary(&self, solution: &SiteSolution) -> CitySummary {
        let problem = &self.problem;
        let mut open: BTreeMap<usize, OpenSite> = BTreeMap::new();
        for &site in &solution.open {
            if let Some(of) = problem.sites.get(site) {
                let (id, opening_fen_per_day) = (of.id.clone(), of.opening_cost);
                let by_stream = BTreeMap::new();
                open.insert(site, OpenSite { site, id, opening_fen_per_day, grams_per_day: 0.0, by_stream });
            }
        }
        let mut left: Vec<f64> = self.demand.iter().map(|flow| flow.grams_per_day).collect();
        let (mut walking, mut gram_metres, mut served) = (0.0, 0.0, 0.0);
        for flow in &solution.flows {
            let arcs = problem.arcs.get(flow.demand);
            let arc = arcs.and_then(|arcs| arcs.iter().position(|arc| arc.site == flow.site));
            let (Some(arc), Some(site)) = (arc, open.get_mut(&flow.site)) else { continue };
            let grams = self.demand[flow.demand].grams_per_day * flow.share;
            site.grams_per_day += grams;
            *site.by_stream.entry(self.demand[flow.demand].stream).or_default() += grams;
            left[flow.demand] -= grams;
            walking += problem.arcs[flow.demand][arc].cost * flow.share;
            gram_metres += self.walk_m[flow.demand][arc] * grams;
            served += grams;
        }
        let total: f64 = self.demand.iter().map(|flow| flow.grams_per_day).sum();
        let covered =
            self.demand.iter().zip(&problem.arcs).filter(|(_, arcs)| arcs.iter().any(|a| open.contains_key(&a.site)));
        let covered: f64 = covered.map(|(flow, _)| flow.grams_per_day).sum();
        let share = |part: f64| if total > 0.0 { (part / total).clamp(0.0, 1.0) } else { 1.0 };
        // A millionth of a demand point is rounding.
        let unserved: Vec<CellFlow> = self
            .demand
            .iter()
            .zip(left)
            .filter(|(flow, left)| *left > 1e-6 * flow.grams_per_day)
            .map(|(flow, left)| CellFlow { grams_per_day: left, ..*flow })
            .collect();
        let unserved_g: f64 = unserved.iter().map(|flow| flow.grams_per_day).sum();
        CitySummary {
            feasible: solution.feasible,
            cost_fen_per_day: solution.cost,
            lower_bound_fen_per_day: solution.lower_bound,
            gap: solution.gap(),
            opening_fen_per_day: open.values().map(|site| site.opening_fen_per_day).sum(),
            walking_fen_per_day: walking,
            unserved_fen_per_day: problem.unserved_cost.unwrap_or(0.0) * unserved_g,
            served_share: share(served),
            covered_share: share(covered),
            mean_walk_m: (served > 0.0).then(|| gram_metres / served),
            open: open.into_values().collect(),
            unserved,
        }
    }
}

fn within_reach(
    question: &CityQuestion,
    cell: CellIndex,
    sites: &[CandidateSite],
    walk_m: &dyn Fn(CellIndex, usize) -> Option<f64>,
) -> Vec<(usize, f64)> {
    let (from, radius_m) = (centre(cell), f64::from(question.radius_m));
    let may_open = sites.iter().enumerate().filter(|(_, site)| site.status != SiteStatus::Closed);
    may_open
        .filter(|(_, site)| from.distance_m(site.position) <= radius_m)
        .filter_map(|(at, _)| walk_m(cell, at).filter(|&m| m <= radius_m).map(|m| (at, m)))
        .collect()
}

fn takes(site: &CandidateSite, stream: StreamIdx) -> bool {
    stream < STREAMS_MAX && site.streams.contains(stream)
}

fn site(of: &CandidateSite) -> Site {
    Site {
        id: of.id.clone(),
        position: Some(of.position),
        status: of.status,
        opening_cost: of.opening_fen_per_day,
        capacity: of.capacity_g_per_day.map(|grams| grams as f64),
    }
}

fn point(flow: &CellFlow) -> DemandPoint {
    let id = format!("{}:{}", flow.cell, flow.stream);
    DemandPoint { id, position: Some(centre(flow.cell)), flow: flow.grams_per_day }
}
