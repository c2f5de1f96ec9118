//! From names to indices and from fen to [`Cost`]: an [`Instance`] of a [`Problem`].

use std::collections::HashMap;

use super::{
    BanSpec, COST_SCALE, JobSpec, JobWindowSpec, MetricSpec, OutletSpec, PlaceSpec, Problem, VehicleSpec, locks, money,
};
use crate::balance;
use crate::fault::{FaultCode, Faults};
use crate::instance::{self, Instance, Parts, StreamSet, Window};
use crate::replan::Keep;
use crate::split::split;
use crate::travel::{Metric, Rule, Shape, Travel};
use crate::units::{Cost, Seconds};

impl TryFrom<&Problem> for Instance {
    type Error = Faults;

    /// Resolves names to indices and fen to [`Cost`], then validates.
    ///
    /// # Errors
    /// Every fault found, not only the first.
    fn try_from(problem: &Problem) -> Result<Self, Faults> {
        let mut names = Names::new(problem);
        let vehicle_ids: Vec<String> = problem.vehicles.iter().map(|vehicle| vehicle.id.clone()).collect();
        let parts = Parts {
            name: problem.name.clone(),
            cost_scale: COST_SCALE,
            streams: problem.streams.clone(),
            incompatible: names.pairs(&problem.incompatible_streams),
            places: problem.places.iter().map(|place| names.zoned(place)).collect(),
            travel: names.travel(problem),
            jobs: problem.jobs.iter().enumerate().map(|(k, job)| names.job(k, job)).collect(),
            wholes: Vec::new(),
            vehicles: problem.vehicles.iter().enumerate().map(|(k, vehicle)| names.vehicle(k, vehicle)).collect(),
            outlets: problem.outlets.iter().enumerate().map(|(k, outlet)| names.outlet(k, outlet)).collect(),
            balance: balance::balances(&problem.balance, &vehicle_ids, &mut names.faults),
            compactness: problem.compactness.map(|spec| balance::compactness(spec, &mut names.faults)),
            locks: locks::resolve(problem, &mut names.faults),
            skills: names.skills.clone(),
            zones: names.zones.clone(),
        };
        let splittable: Vec<bool> = problem.jobs.iter().map(|job| job.splittable).collect();
        let mut parts = split(parts, &splittable, &mut names.faults);
        let keep = Keep { freeze_before: problem.freeze_before, max_changed: problem.max_changed };
        keep.lock(&mut parts, problem.warm_start.as_ref(), &mut names.faults);
        let mut faults = names.faults;
        match Instance::new(parts) {
            Ok(instance) => faults.or(instance),
            Err(mut meant) => {
                if !faults.0.is_empty() {
                    // Unresolved names stand as index 0, which says nothing about who can serve whom.
                    let crew = [FaultCode::LockVehicle, FaultCode::LockSequence];
                    meant.0.retain(|fault| !crew.contains(&fault.code));
                }
                faults.extend_elsewhere(meant);
                Err(faults)
            }
        }
    }
}

/// Name tables of one problem, and the faults met while resolving.
struct Names<'a> {
    places: HashMap<&'a str, usize>,
    profiles: HashMap<&'a str, usize>,
    streams: HashMap<&'a str, usize>,
    /// Those that are given twice are counted twice.
    n_streams: usize,
    vehicles: HashMap<&'a str, usize>,
    skills: Vec<String>,
    zones: Vec<String>,
    faults: Faults,
}

impl<'a> Names<'a> {
    fn new(problem: &'a Problem) -> Self {
        let index = |ids: Vec<&'a str>| ids.into_iter().enumerate().map(|(k, id)| (id, k)).collect::<HashMap<_, _>>();
        let mut faults = Faults::default();
        if problem.streams.len() > instance::STREAMS_MAX {
            faults.add(
                FaultCode::TooMany,
                "streams",
                format!("{} given, {} allowed", problem.streams.len(), instance::STREAMS_MAX),
            );
        }
        let profiles = problem.matrices.iter().map(|matrix| matrix.profile.as_str());
        let profiles = profiles.chain(problem.metrics.iter().map(|metric| metric.profile.as_str()));
        Self {
            places: index(problem.places.iter().map(|p| p.id.as_str()).collect()),
            profiles: index(profiles.collect()),
            streams: index(problem.streams.iter().map(String::as_str).take(instance::STREAMS_MAX).collect()),
            n_streams: problem.streams.len(),
            vehicles: index(problem.vehicles.iter().map(|vehicle| vehicle.id.as_str()).collect()),
            skills: Vec::new(),
            zones: Vec::new(),
            faults,
        }
    }

    fn unknown(&mut self, path: String, name: &str, list: &str) {
        self.faults.add(FaultCode::UnknownReference, path, format!("`{name}` is not in `{list}`"));
    }

    fn place(&mut self, path: String, id: &str) -> usize {
        self.places.get(id).copied().unwrap_or_else(|| {
            self.unknown(path, id, "places");
            0
        })
    }

    /// Zones have no list of their own: they are numbered as places name them.
    fn zoned(&mut self, place: &PlaceSpec) -> instance::Place {
        let zone = place.zone.as_ref().map(|zone| {
            self.zones.iter().position(|known| known == zone).unwrap_or_else(|| {
                self.zones.push(zone.clone());
                self.zones.len() - 1
            })
        });
        instance::Place { id: place.id.clone(), position: place.position, zone }
    }

    fn stream(&mut self, path: String, name: &str) -> usize {
        self.streams.get(name).copied().unwrap_or_else(|| {
            self.unknown(path, name, "streams");
            0
        })
    }

    fn stream_set(&mut self, path: &str, names: &[String]) -> StreamSet {
        let mut set = StreamSet::default();
        for (i, name) in names.iter().enumerate() {
            set.insert(self.stream(format!("{path}[{i}]"), name));
        }
        set
    }

    fn pairs(&mut self, pairs: &[(String, String)]) -> Vec<(usize, usize)> {
        let path = |k| format!("incompatible_streams[{k}]");
        pairs.iter().enumerate().map(|(k, (a, b))| (self.stream(path(k), a), self.stream(path(k), b))).collect()
    }

    fn skill_mask(&mut self, path: &str, names: &[String]) -> u64 {
        let mut mask = 0;
        for name in names {
            let at = self.skills.iter().position(|known| known == name).unwrap_or_else(|| {
                self.skills.push(name.clone());
                self.skills.len() - 1
            });
            if at < instance::SKILLS_MAX {
                mask |= 1 << at;
            } else {
                self.faults.add(
                    FaultCode::TooMany,
                    path,
                    format!("more than {} different skills", instance::SKILLS_MAX),
                );
            }
        }
        mask
    }

    fn cost(&mut self, path: String, fen: i64, unit: i64) -> Cost {
        money::cost(&mut self.faults, path, fen, unit)
    }

    /// Matrices first, then metrics, as the profiles are numbered.
    fn travel(&mut self, problem: &Problem) -> Vec<Travel> {
        let mut travel: Vec<Travel> = problem.matrices.iter().cloned().map(Travel::from).collect();
        for (k, spec) in problem.metrics.iter().enumerate() {
            match metric(problem, spec) {
                Ok(metric) => travel.push(metric.into()),
                Err(cause) => {
                    self.faults.add(FaultCode::Contradiction, format!("metrics[{k}]"), cause);
                    // It keeps its number, which vehicles go by.
                    let rule = Rule { factor: 0.0, round: spec.round };
                    let empty = Metric::new(spec.profile.clone(), Shape::Euclidean, Vec::new(), rule, rule);
                    travel.extend(empty.ok().map(Travel::from));
                }
            }
        }
        travel
    }

    fn late(&mut self, path: &str, windows: &[JobWindowSpec]) -> Vec<instance::Late> {
        let mut late = Vec::new();
        for (i, spec) in windows.iter().enumerate() {
            let path = format!("{path}[{i}]");
            match (spec.soft_end, spec.late_cost_per_h) {
                (Some(start), Some(fen)) => late.push(instance::Late {
                    window: Window { start, end: spec.end },
                    per_second: self.cost(format!("{path}.late_cost_per_h"), fen, COST_SCALE / 3_600),
                }),
                (None, None) => {}
                _ => {
                    self.faults.add(FaultCode::Contradiction, path, "`soft_end` and `late_cost_per_h` go together");
                }
            }
        }
        late
    }

    fn preferred(&mut self, path: &str, job: &JobSpec) -> Vec<usize> {
        if job.other_vehicle_cost != 0 && job.preferred_vehicles.is_empty() {
            let message = "is given, but no vehicle is preferred";
            self.faults.add(FaultCode::Contradiction, format!("{path}.other_vehicle_cost"), message);
        }
        let mut known = Vec::new();
        for (i, id) in job.preferred_vehicles.iter().enumerate() {
            match self.vehicles.get(id.as_str()) {
                Some(&vehicle) => known.push(vehicle),
                None => self.unknown(format!("{path}.preferred_vehicles[{i}]"), id, "vehicles"),
            }
        }
        known
    }

    fn bans(&self, bans: &[BanSpec]) -> Vec<instance::Ban> {
        let always = Window { start: Seconds(-instance::NUMBER_LIMIT), end: Seconds(instance::NUMBER_LIMIT) };
        let mut found = Vec::new();
        for ban in bans {
            // A ban holds on days, too, when nobody in its zone has booked.
            let Some(zone) = self.zones.iter().position(|zone| *zone == ban.zone) else { continue };
            if ban.hours.is_empty() {
                found.push(instance::Ban { zone, window: always });
            }
            found.extend(ban.hours.iter().map(|&hours| instance::Ban { zone, window: hours.into() }));
        }
        found
    }

    fn job(&mut self, k: usize, job: &JobSpec) -> instance::Job {
        let path = format!("jobs[{k}]");
        let loads = job.loads.iter().enumerate().map(|(i, load)| instance::Load {
            stream: self.stream(format!("{path}.loads[{i}].stream"), &load.stream),
            grams: load.grams,
            litres: load.litres,
        });
        let loads = loads.collect();
        instance::Job {
            id: job.id.clone(),
            place: self.place(format!("{path}.place"), &job.place),
            loads,
            windows: job.time_windows.iter().map(|&w| w.into()).collect(),
            release: job.release_s,
            setup: job.setup_s,
            service: job.service_s,
            skills: self.skill_mask(&format!("{path}.skills"), &job.skills),
            late: self.late(&format!("{path}.time_windows"), &job.time_windows),
            penalty: job.penalty.map(|fen| self.cost(format!("{path}.penalty"), fen, COST_SCALE)),
            preferred: self.preferred(&path, job),
            other_vehicle: self.cost(format!("{path}.other_vehicle_cost"), job.other_vehicle_cost, COST_SCALE),
            whole: None,
        }
    }

    fn vehicle(&mut self, k: usize, vehicle: &VehicleSpec) -> instance::Vehicle {
        let path = format!("vehicles[{k}]");
        let profile = self.profiles.get(vehicle.profile.as_str()).copied().unwrap_or_else(|| {
            self.unknown(format!("{path}.profile"), &vehicle.profile, "matrices");
            0
        });
        let compartments = vehicle.compartments.iter().enumerate().map(|(i, part)| instance::Compartment {
            streams: self.stream_set(&format!("{path}.compartments[{i}].streams"), &part.streams),
            grams: part.capacity_g,
            litres: part.capacity_l,
        });
        let compartments = compartments.collect();
        instance::Vehicle {
            id: vehicle.id.clone(),
            profile,
            start: self.place(format!("{path}.start"), &vehicle.start),
            end: vehicle.end.as_ref().map_or(0, |end| self.place(format!("{path}.end"), end)),
            open_end: vehicle.end.is_none(),
            grams: vehicle.capacity_g,
            compartments,
            shift: vehicle.shift.into(),
            pause: vehicle.pause.map(|pause| instance::Break {
                window: Window { start: pause.earliest, end: pause.latest },
                duration: pause.duration_s,
            }),
            cost_fixed: self.cost(format!("{path}.costs.fixed"), vehicle.costs.fixed, COST_SCALE),
            cost_per_second: self.cost(format!("{path}.costs.per_hour"), vehicle.costs.per_hour, COST_SCALE / 3_600),
            cost_per_metre: self.cost(format!("{path}.costs.per_km"), vehicle.costs.per_km, COST_SCALE / 1_000),
            overtime_from: vehicle.overtime_from,
            cost_overtime: self.cost(
                format!("{path}.costs.overtime_per_hour"),
                vehicle.costs.overtime_per_hour,
                COST_SCALE / 3_600,
            ),
            bans: self.bans(&vehicle.bans),
            skills: self.skill_mask(&format!("{path}.skills"), &vehicle.skills),
            max_distance: vehicle.max_distance_m,
            max_duration: vehicle.max_duration_s,
            max_jobs: vehicle.max_jobs,
            max_day_grams: vehicle.max_day_g,
            max_day_litres: vehicle.max_day_l,
            end_empty: vehicle.end_empty,
        }
    }

    fn outlet(&mut self, k: usize, outlet: &OutletSpec) -> instance::Outlet {
        let path = format!("outlets[{k}]");
        let mut capacity = vec![None; self.n_streams.min(instance::STREAMS_MAX)];
        for (i, limit) in outlet.capacity.iter().enumerate() {
            let stream = self.stream(format!("{path}.capacity[{i}].stream"), &limit.stream);
            if let Some(entry) = capacity.get_mut(stream) {
                *entry = Some((limit.grams, limit.litres));
            }
        }
        instance::Outlet {
            id: outlet.id.clone(),
            place: self.place(format!("{path}.place"), &outlet.place),
            streams: self.stream_set(&format!("{path}.streams"), &outlet.streams),
            windows: outlet.hours.iter().map(|&w| w.into()).collect(),
            capacity,
            unload: outlet.unload_s,
            unload_per_100kg: outlet.unload_per_100kg_s,
            queues: outlet
                .queues
                .iter()
                .map(|q| instance::Queue { window: Window { start: q.start, end: q.end }, wait: q.wait_s })
                .collect(),
            gate_fee: self.cost(format!("{path}.gate_fee"), outlet.gate_fee, COST_SCALE),
        }
    }
}

fn metric(problem: &Problem, spec: &MetricSpec) -> Result<Metric, String> {
    let points = match (&spec.points, spec.shape) {
        (Some(_), Shape::GreatCircle) => return Err("a great circle goes by positions, not by points".to_owned()),
        (Some(points), _) => points.clone(),
        (None, Shape::Euclidean | Shape::Manhattan) => return Err("needs `points`, one for each place".to_owned()),
        (None, Shape::GreatCircle) => {
            let position = |place: &PlaceSpec| match place.position {
                Some(at) => Ok((at.lon, at.lat)),
                None => Err(format!("place `{}` has no position", place.id)),
            };
            problem.places.iter().map(position).collect::<Result<_, _>>()?
        }
    };
    let rule = |factor: f64| Rule { factor, round: spec.round };
    Metric::new(spec.profile.clone(), spec.shape, points, rule(spec.metres_per_unit), rule(spec.seconds_per_unit))
        .map_err(|cause| cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two places one degree apart on the equator, and a vehicle whose legs follow from `metric`.
    fn read(metric: &str) -> Result<Instance, Faults> {
        let text = format!(
            r#"{{"name": "x", "streams": [], "jobs": [], "metrics": [{metric}],
                "places": [{{"id": "a", "position": {{"lat": 0, "lon": 0}}}}, {{"id": "b", "position": {{"lat": 0, "lon": 1}}}}],
                "vehicles": [{{"id": "v", "profile": "van", "start": "a", "end": "b", "capacity_g": 1, "compartments": [],
                    "shift": {{"start": 0, "end": 9}}}}]}}"#
        );
        Instance::try_from(&serde_json::from_str::<Problem>(&text).expect("well-formed"))
    }

    #[test]
    fn metrics_stand_for_matrices() {
        let roads = r#"{"profile": "van", "shape": "great_circle", "metres_per_unit": 1.5, "seconds_per_unit": 0.1}"#;
        let instance = read(roads).unwrap();
        assert_eq!((instance.travel[0].metres(0, 1), instance.travel[0].seconds(1, 0)), (166_793, 11_120));
        let plane = r#"{"profile": "van", "shape": "manhattan", "points": [[0, 0], [3, 4.5]], "seconds_per_unit": 1, "round": "down"}"#;
        assert_eq!(read(plane).unwrap().travel[0].metres(0, 1), 7);
    }

    #[test]
    fn a_metric_without_the_coordinates_it_needs_is_refused() {
        for (metric, code) in [
            (r#"{"profile": "van", "shape": "euclidean", "seconds_per_unit": 1}"#, FaultCode::Contradiction),
            (r#"{"profile": "van", "shape": "great_circle", "seconds_per_unit": -1}"#, FaultCode::Contradiction),
            (
                r#"{"profile": "van", "shape": "euclidean", "points": [[0, 0]], "seconds_per_unit": 1}"#,
                FaultCode::MatrixSize,
            ),
            (r#"{"profile": "foot", "shape": "great_circle", "seconds_per_unit": 1}"#, FaultCode::UnknownReference),
        ] {
            assert_eq!(read(metric).unwrap_err().0[0].code, code, "{metric}");
        }
    }

    #[test]
    fn a_broken_metric_and_a_stream_given_twice_are_told_and_nothing_that_follows_from_them() {
        let told = |problem: &Problem| {
            let faults = Instance::try_from(problem).unwrap_err();
            faults.0.into_iter().map(|fault| format!("{} {}", fault.code.name(), fault.path)).collect::<Vec<_>>()
        };
        let text = r#"{"name": "x", "streams": ["paper", "paper"], "jobs": [], "places": [{"id": "a"}],
            "metrics": [
                {"profile": "van", "shape": "euclidean", "seconds_per_unit": 1},
                {"profile": "truck", "shape": "manhattan", "points": [], "seconds_per_unit": 1}],
            "outlets": [{"id": "o", "place": "a", "streams": ["glass"], "hours": [{"start": 0, "end": 9}]}],
            "vehicles": [
                {"id": "v", "profile": "van", "start": "a", "capacity_g": 1, "shift": {"start": 0, "end": 9},
                    "compartments": [
                        {"streams": ["paper"], "capacity_g": 1, "capacity_l": 1},
                        {"streams": ["metal"], "capacity_g": -1, "capacity_l": 1}]},
                {"id": "w", "profile": "truck", "start": "a", "capacity_g": 1, "compartments": [], "shift": {"start": 0, "end": 9}}],
            "locks": [
                {"type": "vehicle", "job": "gone", "vehicles": ["v"]},
                {"type": "prefix", "vehicle": "w", "visits": []},
                {"type": "prefix", "vehicle": "w", "visits": [{"type": "unload", "outlet": "o"}]}]}"#;
        let problem: Problem = serde_json::from_str(text).expect("well-formed");
        let expected = [
            "CONTRADICTION metrics[0]",
            "UNKNOWN_REFERENCE vehicles[0].compartments[1].streams[0]",
            "UNKNOWN_REFERENCE outlets[0].streams[0]",
            "UNKNOWN_REFERENCE locks[0]",
            "DUPLICATE_ID streams[1]",
            "MATRIX_SIZE metrics[1]",
            "NEGATIVE_NUMBER vehicles[0].compartments[1].capacity_g",
            "LOCK_TWICE locks",
        ];
        assert_eq!(told(&problem), expected);
    }
}
