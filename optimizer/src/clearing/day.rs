//! One day of clearing: forecasts, decisions, a routing problem for each tier, one plan of both.

use std::collections::HashSet;

use huilu_model::clearing::{
    Basis, ClearingPlan, ClearingStage, Decision, Due, Network, Order, OutletState, Take, Tier,
};
use huilu_model::problem::{JobSpec, OutletSpec, VehicleSpec, WindowSpec};
use huilu_model::{CostParts, Faults, Instance, Plan, Problem, Seconds, StepKind};

use super::balance::{self, Delivery};
use super::decide::{Prospect, Site, Verdict, decide, hours};
use super::forecast::Series;
use super::outlook::Outlook;
use super::parts::Hold;
use super::price::Economics;
use super::stock::{Pair, Stock};
use crate::limits::Limits;
use crate::routing::{self, Params, Progress};

/// Share of the time that the first tier may take: it has most of the jobs.
const FIRST_SHARE: f64 = 0.6;
const DAY_S: f64 = 86_400.0;

/// Plans the day of a network that has been validated.
///
/// Two routing problems are solved one after the other. Vans first, as a rule: their jobs are collection points, their outlets
/// transfer stations with the room that is left. What they deliver, and when, makes the trucks' jobs: loads that are ready
/// from some moment on. Where the stations' room is too small for what must be emptied, trucks go first, and the stations
/// they relieve open for vans when the last of them has left.
///
/// # Errors
/// Faults of the network, its places, vehicles and ways.
pub fn plan(
    network: &Network,
    params: &Params,
    seed: u64,
    limits: &Limits<'_>,
    on_progress: &mut dyn FnMut(&Progress),
) -> Result<ClearingPlan, Faults> {
    network.validate()?;
    let ways = Instance::try_from(&frame(network))?;
    let day = Day::new(network, &ways);
    let mut run = |tier: Tier, problem: Problem, share: f64| -> Result<ClearingStage, Faults> {
        solved(tier, problem, params, seed, &within(limits, share), on_progress)
    };
    let points = day.points();
    let order = day.order(&points);
    let (vans, trucks, stations) = match order {
        Order::VansFirst => {
            let vans = run(Tier::CollectionPoint, day.vans_problem(&points, None), FIRST_SHARE)?;
            let stations = day.stations(Some(&vans.plan));
            let trucks = run(Tier::TransferStation, day.trucks_problem(&stations), 1.0)?;
            (vans, trucks, stations)
        }
        Order::TrucksFirst => {
            let stations = day.stations(None);
            let trucks = run(Tier::TransferStation, day.trucks_problem(&stations), 1.0 - FIRST_SHARE)?;
            let vans = run(Tier::CollectionPoint, day.vans_problem(&points, Some(&trucks.plan)), 1.0)?;
            (vans, trucks, stations)
        }
    };
    Ok(day.answer(order, points, stations, vec![vans, trucks]))
}

/// What both tiers share: everything but jobs and outlets.
fn frame(network: &Network) -> Problem {
    Problem {
        name: network.name.clone(),
        streams: network.streams.clone(),
        incompatible_streams: network.incompatible_streams.clone(),
        places: network.places.clone(),
        matrices: network.matrices.clone(),
        metrics: network.metrics.clone(),
        vehicles: network.vans.iter().chain(&network.trucks).cloned().collect(),
        ..Problem::default()
    }
}

/// The given share of the time that is left.
fn within<'a>(limits: &Limits<'a>, share: f64) -> Limits<'a> {
    let now = limits.clock.elapsed_s();
    Limits { seconds: limits.seconds_left().map(|left| now + left * share), ..*limits }
}

fn solved(
    tier: Tier,
    problem: Problem,
    params: &Params,
    seed: u64,
    limits: &Limits<'_>,
    on_progress: &mut dyn FnMut(&Progress),
) -> Result<ClearingStage, Faults> {
    let instance = Instance::try_from(&problem)?;
    let plan = if problem.jobs.is_empty() {
        nothing(&instance)
    } else {
        routing::solve(&instance, params, seed, limits, on_progress).plan
    };
    Ok(ClearingStage { tier, problem: Problem { matrices: Vec::new(), ..problem }, plan })
}

/// The plan of an instance without jobs.
fn nothing(instance: &Instance) -> Plan {
    Plan {
        instance: instance.name.clone(),
        cost_scale: instance.cost_scale,
        cost: CostParts::default().total(),
        cost_parts: CostParts::default(),
        lower_bound: None,
        routes: Vec::new(),
        unassigned: Vec::new(),
    }
}

struct Day<'a> {
    network: &'a Network,
    sites: Vec<Site<'a>>,
    /// Indices of `sites`.
    points: Vec<usize>,
    stations: Vec<usize>,
    centers: Vec<usize>,
    vans: Option<Economics<'a>>,
    trucks: Option<Economics<'a>>,
    van_holds: Vec<Hold>,
    truck_holds: Vec<Hold>,
    /// Expected at each station from others than vans, by `stations`.
    reserve: Vec<Stock>,
    notes: Vec<String>,
}

impl<'a> Day<'a> {
    fn new(network: &'a Network, ways: &'a Instance) -> Self {
        let sites: Vec<Site<'a>> = network.outlets.iter().map(|outlet| Site::new(network, outlet)).collect();
        let of = |tier: Tier| (0..sites.len()).filter(|&k| sites[k].state.tier == tier).collect::<Vec<_>>();
        let (points, stations, centers) =
            (of(Tier::CollectionPoint), of(Tier::TransferStation), of(Tier::SortingCenter));
        let states = |indices: &[usize]| indices.iter().map(|&k| sites[k].state).collect::<Vec<&OutletState>>();
        // Without transfer stations vans bring everything to the sorting centres.
        let first = if stations.is_empty() { &centers } else { &stations };
        let vans = Economics::new(network, ways, &network.vans, &states(&points), &states(first));
        let trucks = Economics::new(network, ways, &network.trucks, &states(&stations), &states(&centers));
        let holds = |fleet: &[VehicleSpec]| fleet.iter().map(|one| Hold::of(one, &network.streams)).collect();
        let mut day = Self {
            network,
            van_holds: holds(&network.vans),
            truck_holds: holds(&network.trucks),
            sites,
            points,
            stations,
            centers,
            vans,
            trucks,
            reserve: Vec::new(),
            notes: Vec::new(),
        };
        day.foresee_stations();
        day.note();
        day
    }

    /// A station without a history of its own gets what the points nearest to it are expected to send; one that has more
    /// than that keeps room for it.
    fn foresee_stations(&mut self) {
        let streams = self.network.streams.len();
        let mut sent = vec![vec![[Series::NONE; 2]; streams]; self.stations.len()];
        for &point in &self.points {
            for (stream, &more) in self.sites[point].outlook.streams.iter().enumerate() {
                let nearest = (0..self.stations.len())
                    .filter(|&k| self.takes(self.stations[k], stream))
                    .filter_map(|k| {
                        let way =
                            self.vans.as_ref()?.way(self.sites[point].state, self.sites[self.stations[k]].state)?;
                        Some((way, k))
                    })
                    .min();
                if let Some((_, k)) = nearest {
                    let sum = &mut sent[k][stream];
                    *sum = [sum[0].plus(more[0]), sum[1].plus(more[1])];
                }
            }
        }
        for (k, sent) in sent.into_iter().enumerate() {
            let weekday = usize::from(self.network.weekday);
            let site = &mut self.sites[self.stations[k]];
            let known = sent.iter().flatten().any(|series| series.per_day() > 0.0);
            if known {
                site.outlook = Outlook::of_station(self.network, site.state, &sent);
            }
            let from_points = Outlook { basis: Basis::CollectionPoints, streams: sent };
            let others = site.outlook.expected(weekday, 1.0).minus(&from_points.expected(weekday, 1.0));
            let others = Stock(others.0.iter().map(|pair| pair.map(|amount| amount.max(0))).collect());
            // Where all is known from points, rounding is no reserve; where nothing is, neither is a guess.
            let observed = matches!(site.outlook.basis, Basis::History | Basis::ShortHistory);
            self.reserve.push(if observed { others } else { Stock::empty(streams) });
        }
    }

    fn takes(&self, site: usize, stream: usize) -> bool {
        self.sites[site].state.streams.contains(&self.network.streams[stream])
    }

    /// Streams that one of the outlets takes.
    fn receivable(&self, outlets: &[usize]) -> Vec<usize> {
        (0..self.network.streams.len()).filter(|&stream| outlets.iter().any(|&k| self.takes(k, stream))).collect()
    }

    fn receivers(&self) -> &[usize] {
        if self.stations.is_empty() { &self.centers } else { &self.stations }
    }

    /// The share of the day by whose end the last vehicle is home.
    fn day_share(fleet: &[VehicleSpec]) -> f64 {
        let last = fleet.iter().map(|vehicle| vehicle.shift.end.0).max().unwrap_or(0);
        (last as f64 / DAY_S).clamp(0.0, 1.0)
    }

    fn points(&self) -> Vec<Verdict> {
        let weekday = usize::from(self.network.weekday);
        let share = Self::day_share(&self.network.vans);
        let receivable = self.receivable(self.receivers());
        let verdict = |&k: &usize| {
            let site = &self.sites[k];
            let expected = site.outlook.expected(weekday, share);
            let prospect = Prospect {
                there: site.fill.plus(&expected),
                expected,
                arrivals: Vec::new(),
                content: site.fill.clone(),
                weekday,
                days: f64::from(self.network.next_run_days) + share,
                passed: 0,
            };
            decide(self.network, site, &prospect, &self.van_holds, self.vans.as_ref(), &receivable)
        };
        self.points.iter().map(verdict).collect()
    }

    /// After the vans' plan, or in the morning.
    fn stations(&self, vans: Option<&Plan>) -> Vec<Verdict> {
        let weekday = usize::from(self.network.weekday);
        let share = Self::day_share(&self.network.trucks);
        let receivable = self.receivable(&self.centers);
        let streams = &self.network.streams;
        let deliveries = vans.map(balance::deliveries).unwrap_or_default();
        let verdict = |(k, &at): (usize, &usize)| {
            let site = &self.sites[at];
            let to_here = |delivery: &&Delivery| delivery.outlet == site.state.id;
            let arrivals: Vec<(Seconds, Stock)> = deliveries
                .iter()
                .filter(to_here)
                .map(|delivery| (delivery.done, Stock::read(streams, &delivery.amount)))
                .collect();
            let brought = arrivals.iter().fold(Stock::empty(streams.len()), |sum, (_, more)| sum.plus(more));
            let whole_days = f64::from(self.network.next_run_days);
            let nothing = Stock::empty(streams.len());
            let prospect = match vans {
                Some(_) => Prospect {
                    there: site.fill.clone(),
                    expected: nothing,
                    content: site.fill.plus(&brought).plus(&self.reserve[k]),
                    arrivals,
                    weekday: (weekday + 1) % 7,
                    days: whole_days - 1.0 + share,
                    passed: 1,
                },
                None => Prospect {
                    there: site.fill.clone(),
                    expected: nothing,
                    content: site.fill.clone(),
                    arrivals,
                    weekday,
                    days: whole_days + share,
                    passed: 0,
                },
            };
            decide(self.network, site, &prospect, &self.truck_holds, self.trucks.as_ref(), &receivable)
        };
        self.stations.iter().enumerate().map(verdict).collect()
    }

    /// Trucks go first where what must be emptied finds no room.
    fn order(&self, points: &[Verdict]) -> Order {
        let streams = self.network.streams.len();
        let mut must = Stock::empty(streams);
        for verdict in points {
            for job in verdict.jobs.iter().filter(|job| verdict.must.contains(&job.id)) {
                must = must.plus(&Stock::read(&self.network.streams, &job.loads));
            }
        }
        let short =
            (0..streams).any(|stream| {
                let mut room =
                    self.stations.iter().enumerate().filter(|&(_, &at)| self.takes(at, stream)).map(|(k, &at)| {
                        self.sites[at].capacity[stream].map(|most| self.room(k, at, stream, most, [0; 2]))
                    });
                let sum = room.try_fold([0_i64; 2], |sum, room| room.map(|room| [sum[0] + room[0], sum[1] + room[1]]));
                // Without a sum some station takes any amount.
                sum.is_some_and(|sum| must.0[stream][0] > sum[0] || must.0[stream][1] > sum[1])
            });
        if short && self.trucks.is_some() && !self.stations.is_empty() { Order::TrucksFirst } else { Order::VansFirst }
    }

    fn room(&self, k: usize, at: usize, stream: usize, most: Pair, taken: Pair) -> Pair {
        let (fill, reserve) = (self.sites[at].fill.0[stream], self.reserve[k].0[stream]);
        [0, 1].map(|side| (most[side] - fill[side] + taken[side] - reserve[side]).max(0))
    }

    fn vans_problem(&self, points: &[Verdict], trucks: Option<&Plan>) -> Problem {
        let outlets = if self.stations.is_empty() {
            self.centers.iter().map(|&at| self.center(at)).collect()
        } else {
            self.stations.iter().enumerate().map(|(k, &at)| self.station(k, at, trucks)).collect()
        };
        self.problem(points, &self.network.vans, outlets)
    }

    fn trucks_problem(&self, stations: &[Verdict]) -> Problem {
        self.problem(stations, &self.network.trucks, self.centers.iter().map(|&at| self.center(at)).collect())
    }

    fn problem(&self, verdicts: &[Verdict], vehicles: &[VehicleSpec], outlets: Vec<OutletSpec>) -> Problem {
        let jobs: Vec<JobSpec> = verdicts.iter().flat_map(|verdict| verdict.jobs.iter().cloned()).collect();
        Problem { jobs, vehicles: vehicles.to_vec(), outlets, ..frame(self.network) }
    }

    fn center(&self, at: usize) -> OutletSpec {
        let site = &self.sites[at];
        let held = &site.fill;
        self.outlet(site, hours(site.state), |stream, most| {
            [0, 1].map(|side| (most[side] - held.0[stream][side]).max(0))
        })
    }

    fn station(&self, k: usize, at: usize, trucks: Option<&Plan>) -> OutletSpec {
        let site = &self.sites[at];
        let (taken, left) =
            trucks.map_or_else(|| (Stock::empty(self.network.streams.len()), None), |plan| self.taken_by(plan, site));
        let windows = hours(site.state).into_iter().filter_map(|window| {
            let start = left.map_or(window.start, |left| window.start.max(left));
            (start <= window.end).then_some(WindowSpec { start, end: window.end })
        });
        let windows: Vec<WindowSpec> = windows.collect();
        // Relieved too late for today: the vans' station is what it was in the morning.
        let (windows, taken) = if windows.is_empty() {
            (hours(site.state), Stock::empty(self.network.streams.len()))
        } else {
            (windows, taken)
        };
        self.outlet(site, windows, |stream, most| self.room(k, at, stream, most, taken.0[stream]))
    }

    fn outlet(&self, site: &Site<'_>, hours: Vec<WindowSpec>, room: impl Fn(usize, Pair) -> Pair) -> OutletSpec {
        let mut limits = Stock::empty(self.network.streams.len());
        for (stream, most) in site.capacity.iter().enumerate() {
            limits.0[stream] = most.map_or([0; 2], |most| room(stream, most));
        }
        let limited = |stream: &usize| site.capacity[*stream].is_some();
        let names = &self.network.streams;
        let limit = |stream: usize| huilu_model::plan::StreamLoad {
            stream: names[stream].clone(),
            grams: huilu_model::Grams(limits.0[stream][0]),
            litres: huilu_model::Litres(limits.0[stream][1]),
        };
        OutletSpec {
            id: site.state.id.clone(),
            place: site.state.place.clone(),
            streams: site.state.streams.clone(),
            hours,
            capacity: (0..names.len()).filter(limited).map(limit).collect(),
            unload_s: site.state.unload_s,
            unload_per_100kg_s: site.state.unload_per_100kg_s,
            gate_fee: site.state.gate_fee,
            ..OutletSpec::default()
        }
    }

    /// What trucks take from a station by plan, and when the last of them has left.
    fn taken_by(&self, plan: &Plan, site: &Site<'_>) -> (Stock, Option<Seconds>) {
        let mut taken = Stock::empty(self.network.streams.len());
        let mut left = None;
        for change in balance::pickups(plan, &mut |job| outlet_of(job) == site.state.id) {
            taken = taken.plus(&Stock::read(&self.network.streams, &change.amount));
            left = left.max(Some(change.done));
        }
        (taken, left)
    }

    fn note(&mut self) {
        let mut notes = Vec::new();
        for site in self.sites.iter().filter(|site| site.state.tier != Tier::SortingCenter && site.is_overfull()) {
            notes.push(format!(
                "`{}` holds more than its capacity ({:.0} %): it comes before all others.",
                site.state.id,
                100.0 * super::stock::fill_level(&site.fill, &site.capacity)
            ));
        }
        for (tier, outlets, holds, receivers) in [
            ("vans", &self.points, &self.van_holds, self.receivers()),
            ("trucks", &self.stations, &self.truck_holds, &self.centers[..]),
        ] {
            if outlets.is_empty() {
                continue;
            }
            if holds.is_empty() {
                notes.push(format!("There are no {tier}: nothing of theirs is emptied."));
                continue;
            }
            for (stream, name) in self.network.streams.iter().enumerate() {
                if !outlets.iter().any(|&k| self.takes(k, stream)) {
                    continue;
                }
                if !holds.iter().any(|hold| hold.takes(stream)) {
                    notes.push(format!("No one of the {tier} has room for `{name}`: it stays where it is."));
                } else if !receivers.iter().any(|&k| self.takes(k, stream)) {
                    notes.push(format!("No outlet takes the `{name}` that {tier} would bring: it stays where it is."));
                }
            }
        }
        self.notes = notes;
    }

    fn answer(
        self,
        order: Order,
        points: Vec<Verdict>,
        stations: Vec<Verdict>,
        stages: Vec<ClearingStage>,
    ) -> ClearingPlan {
        let takes: Vec<Take> = stages
            .iter()
            .flat_map(|stage| &stage.problem.jobs)
            .map(|job| Take { job: job.id.clone(), outlet: outlet_of(&job.id).to_owned() })
            .collect();
        let must: HashSet<String> =
            points.iter().chain(&stations).flat_map(|verdict| verdict.must.iter().cloned()).collect();
        let served: HashSet<&str> = stages
            .iter()
            .flat_map(|stage| &stage.plan.routes)
            .flat_map(|route| &route.steps)
            .filter_map(|step| match &step.kind {
                StepKind::Job { job } => Some(job.as_str()),
                _ => None,
            })
            .collect();
        let out_of_reach: Vec<String> = points
            .iter()
            .chain(&stations)
            .filter(|verdict| verdict.beyond_reach)
            .map(|verdict| format!("`{}`", verdict.decision.outlet))
            .collect();
        let all_served = must.iter().all(|job| served.contains(job.as_str()));
        let mut decisions: Vec<Decision> = Vec::with_capacity(points.len() + stations.len());
        for verdict in points.into_iter().chain(stations) {
            let jobs_served = verdict.jobs.iter().filter(|job| served.contains(job.id.as_str())).count() as u32;
            decisions.push(Decision { jobs_served, ..verdict.decision });
        }
        let rank = |decision: &Decision| self.network.outlets.iter().position(|outlet| outlet.id == decision.outlet);
        decisions.sort_by_key(rank);
        let mut notes = self.notes;
        let left: Vec<&str> = decisions
            .iter()
            .filter(|one| one.due <= Due::Mandatory && one.jobs_served < one.jobs)
            .map(|one| one.outlet.as_str())
            .collect();
        if !out_of_reach.is_empty() {
            notes.push(format!(
                "No vehicle can empty {} as it must be: none is free, none has room for it, or it is closed then.",
                out_of_reach.join(", ")
            ));
        }
        if !all_served {
            notes.push(format!(
                "The vehicles do not suffice: {} of the outlets that must be emptied are not, or not wholly.",
                left.len()
            ));
        }
        let feasible = all_served && out_of_reach.is_empty();
        let balance = balance::of_day(self.network, &decisions, &stages);
        ClearingPlan { network: self.network.name.clone(), order, feasible, decisions, notes, stages, takes, balance }
    }
}

/// Jobs are named after their outlet, with a number behind a slash where there are several.
pub(super) fn outlet_of(job: &str) -> &str {
    match job.rsplit_once('/') {
        Some((outlet, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => outlet,
        _ => job,
    }
}
