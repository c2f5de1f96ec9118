//! What it is worth to empty an outlet today rather than at a later run.
//!
//! The view is that of inventory routing cut to one day: a visit today saves the later one, but the sooner it comes the
//! more visits a year has. A visit after `elapsed` of the `elapsed + left` days that it could have waited is worth that
//! share of a visit (Dror and Ball 1987, *Inventory/routing: reduction from an annual to a short-period problem*, Naval
//! Research Logistics 34(6), 891-905), the haul, which has to be driven some day in any case, is worth all it costs, and
//! the chance of an overflow counts with its price (Trudeau and Dror 1992, *Stochastic inventory routing*, Transportation
//! Science 26(3), 171-184). Must-go and may-go outlets for waste: Mes, Schutten and Perez Rivera (2014), *Inventory routing for
//! dynamic waste collection*, Waste Management 34(9), 1564-1576.

use huilu_model::clearing::{Network, OutletState};
use huilu_model::problem::VehicleSpec;
use huilu_model::{Instance, Seconds};

use super::parts::Hold;
use super::stock::Stock;

/// Mandatory outlets cost this many of the longest round trips when they are left out: more than any way to them.
const MANDATORY_TRIPS: f64 = 20.0;

/// Fen by the hour and the kilometre, and the ways, of the vehicles of one tier.
#[derive(Debug)]
pub(super) struct Economics<'a> {
    ways: &'a Instance,
    vehicle: &'a VehicleSpec,
    profile: usize,
    hold: Hold,
    /// Places of the outlets of the tier.
    neighbours: Vec<usize>,
    /// Place, seconds to unload and fen for it, where the vehicles unload.
    receivers: Vec<(usize, Seconds, i64)>,
    /// Fen.
    mandatory: f64,
}

impl<'a> Economics<'a> {
    /// By the vehicle with the lowest price by the kilometre; `None` where the tier has no vehicle.
    pub(super) fn new(
        network: &Network,
        ways: &'a Instance,
        vehicles: &'a [VehicleSpec],
        outlets: &[&OutletState],
        receivers: &[&OutletState],
    ) -> Option<Self> {
        let vehicle = vehicles.iter().min_by_key(|vehicle| vehicle.costs.per_km)?;
        let profile = ways.travel.iter().position(|travel| travel.profile() == vehicle.profile)?;
        let longest = &ways.travel[profile];
        let shift = (vehicle.shift.end - vehicle.shift.start).0.max(0) as f64;
        let trip = vehicle.costs.fixed as f64
            + vehicle.costs.per_km as f64 * 2.0 * f64::from(longest.longest_metres()) / 1_000.0
            + vehicle.costs.per_hour as f64 * shift / 3_600.0
            + network.settings.overflow_price as f64;
        Some(Self {
            ways,
            vehicle,
            profile,
            hold: Hold::of(vehicle, &network.streams),
            neighbours: outlets.iter().filter_map(|outlet| place(ways, outlet)).collect(),
            receivers: receivers
                .iter()
                .filter_map(|outlet| Some((place(ways, outlet)?, outlet.unload_s, outlet.gate_fee)))
                .collect(),
            // Within what an instance may hold in its finest unit.
            mandatory: (MANDATORY_TRIPS * trip).clamp(1_000.0, 1e8),
        })
    }

    /// Fen for leaving a mandatory outlet out; those that overflow already come before all others.
    pub(super) fn mandatory(&self, risk: f64, overfull: bool) -> f64 {
        self.mandatory * (1.0 + risk) * if overfull { 3.0 } else { 1.0 }
    }

    /// Fen that emptying `stock` today is worth where `ripe` is the elapsed share of the days it could wait.
    pub(super) fn worth(&self, outlet: &OutletState, stock: &Stock, ripe: f64, risk: f64, overflow_price: i64) -> f64 {
        let Some(here) = place(self.ways, outlet) else { return 0.0 };
        ripe * self.visit(here, outlet) + self.haul(here, outlet, stock) + risk * overflow_price as f64
    }

    /// The way to one more outlet and on from it, and the time there, however much it holds.
    fn visit(&self, here: usize, outlet: &OutletState) -> f64 {
        let mut legs: Vec<f64> =
            self.neighbours.iter().filter(|&&other| other != here).filter_map(|&other| self.leg(here, other)).collect();
        legs.sort_unstable_by(f64::total_cmp);
        let nearest = &legs[..legs.len().min(2)];
        self.seconds(outlet.clearing_s.0 as f64) + nearest.iter().sum::<f64>()
    }

    /// The share of a round trip to the nearest receiver that the stock fills, and the time that its mass takes.
    fn haul(&self, here: usize, outlet: &OutletState, stock: &Stock) -> f64 {
        let share = self.hold.share(stock);
        let share = if share.is_finite() { share } else { 1.0 };
        let trip = |&(there, unload, fee): &(usize, Seconds, i64)| {
            Some(self.leg(here, there)? + self.leg(there, here)? + self.seconds(unload.0 as f64) + fee as f64)
        };
        let trip = self.receivers.iter().filter_map(trip).fold(f64::INFINITY, f64::min);
        let by_mass = outlet.clearing_per_100kg_s.0 as f64 * stock.grams() as f64 / 100_000.0;
        self.seconds(by_mass) + if trip.is_finite() { share * trip } else { 0.0 }
    }

    fn leg(&self, from: usize, to: usize) -> Option<f64> {
        let travel = &self.ways.travel[self.profile];
        travel.reachable(from, to).then(|| {
            self.seconds(f64::from(travel.seconds(from, to)))
                + self.vehicle.costs.per_km as f64 * f64::from(travel.metres(from, to)) / 1_000.0
        })
    }

    fn seconds(&self, seconds: f64) -> f64 {
        self.vehicle.costs.per_hour as f64 * seconds / 3_600.0
    }

    /// Seconds of the way from an outlet to another; `None` where there is none.
    pub(super) fn way(&self, from: &OutletState, to: &OutletState) -> Option<u32> {
        let (from, to) = (place(self.ways, from)?, place(self.ways, to)?);
        let travel = &self.ways.travel[self.profile];
        travel.reachable(from, to).then(|| travel.seconds(from, to))
    }
}

fn place(ways: &Instance, outlet: &OutletState) -> Option<usize> {
    ways.places.iter().position(|place| place.id == outlet.place)
}
