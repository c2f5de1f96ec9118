//! A part of a large day as a day of its own: some routes with their vehicles, the jobs left out among them, some vehicles at home, and
//! the room that outlets have for them. All costs and rules are those of the whole, so that what is saved here is saved there.

use huilu_model::instance::Parts;
use huilu_model::{Balance, Instance, Metric, Place, Travel};

use super::model::{Model, Node, Workload};
use super::neighbours::Neighbours;
use super::search::Visits;
use super::solution::Solution;
use super::zoning::Group;

pub(crate) struct Subproblem<'w, 'a> {
    whole: &'w Model<'a>,
    instance: Instance,
    /// Index in the whole of each job, vehicle and outlet here.
    jobs: Vec<usize>,
    vehicles: Vec<usize>,
    outlets: Vec<usize>,
    /// As the routes are now.
    pub(crate) visits: Visits,
    bystanders: Vec<Vec<Workload>>,
}

/// Numbers of the whole in the order in which they were first asked for.
struct Chosen {
    here: Vec<usize>,
    known: Vec<u32>,
}

impl Chosen {
    fn new(n: usize) -> Self {
        Self { here: Vec::new(), known: vec![u32::MAX; n] }
    }

    fn add(&mut self, of_whole: usize) {
        self.index(of_whole);
    }

    fn index(&mut self, of_whole: usize) -> usize {
        if self.known[of_whole] == u32::MAX {
            self.known[of_whole] = self.here.len() as u32;
            self.here.push(of_whole);
        }
        self.known[of_whole] as usize
    }
}

impl<'w, 'a> Subproblem<'w, 'a> {
    /// `idle` vehicles come along; of the room that is free at outlets a `share`th part does. `None` where the part makes no instance.
    pub(crate) fn new(
        whole: &'w Model<'a>,
        neighbours: &Neighbours,
        solution: &Solution,
        group: &Group,
        idle: &[u32],
        share: i64,
    ) -> Option<Self> {
        let mut jobs = Chosen::new(whole.n_jobs);
        let mut outlets = Chosen::new(whole.accepts.len());
        let mut visits: Visits = Vec::with_capacity(group.vehicles.len() + idle.len());
        let routes = || group.vehicles.iter().map(|&vehicle| &solution.routes[vehicle as usize]);
        for route in routes() {
            route.visits.iter().filter(|&&node| whole.is_job(node)).for_each(|&job| jobs.add(job as usize));
        }
        group.absent.iter().for_each(|&job| jobs.add(job as usize));
        let n_jobs = jobs.here.len();
        for route in routes() {
            let node = |&node: &Node| match whole.outlet(node) {
                Some(outlet) => (n_jobs + outlets.index(outlet)) as Node,
                None => jobs.index(node as usize) as Node,
            };
            visits.push(route.visits.iter().map(node).collect());
        }
        visits.resize(group.vehicles.len() + idle.len(), Vec::new());
        for profile in 0..whole.instance.travel.len() {
            let chains = jobs.here.iter().flat_map(|&job| neighbours.unloadings.of(profile, job));
            for &node in chains.flat_map(|unloading| unloading.chain.nodes()) {
                whole.outlet(node).into_iter().for_each(|outlet| outlets.add(outlet));
            }
        }
        let vehicles: Vec<usize> = group.vehicles.iter().chain(idle).map(|&vehicle| vehicle as usize).collect();
        let (jobs, outlets) = (jobs.here, outlets.here);
        let room = rooms(whole, solution, &group.vehicles, &outlets, share);
        let instance = Instance::new(parts(whole.instance, &jobs, &vehicles, &outlets, room)?).ok()?;
        let bystanders = bystanders(&whole.instance.balance, solution, &vehicles, whole);
        Some(Self { whole, instance, jobs, vehicles, outlets, visits, bystanders })
    }

    /// With the prices of the whole where they follow from all of it.
    pub(crate) fn model(&self) -> Model<'_> {
        let mut model = Model::new(&self.instance);
        model.absence = self.jobs.iter().map(|&job| self.whole.absence[job]).collect();
        if !self.whole.grid.is_empty() {
            model.grid = self.jobs.iter().map(|&job| self.whole.grid[job]).collect();
        }
        for kind in &mut model.kinds {
            // Who is preferred may stay outside.
            let like = kind.members.first().map(|&vehicle| self.whole.kind_of[self.vehicles[vehicle]]);
            let unpreferred = like.map_or(&[][..], |like| &self.whole.kinds[like].unpreferred);
            kind.unpreferred = if unpreferred.is_empty() {
                Vec::new()
            } else {
                self.jobs.iter().map(|&job| unpreferred[job]).collect()
            };
        }
        model.bystanders.clone_from(&self.bystanders);
        model
    }

    /// The same visits in the whole, by vehicle of the whole.
    pub(crate) fn in_whole<'v>(&'v self, visits: &'v Visits) -> impl Iterator<Item = (u32, Vec<Node>)> + 'v {
        let node = |&node: &Node| match (node as usize).checked_sub(self.jobs.len()) {
            Some(outlet) => self.whole.outlet_node(self.outlets[outlet]),
            None => self.jobs[node as usize] as Node,
        };
        let route = move |(&vehicle, own): (&usize, &Vec<Node>)| (vehicle as u32, own.iter().map(node).collect());
        self.vehicles.iter().zip(visits).map(route)
    }
}

/// For each outlet and stream what the routes bring now, and their part of what is free.
fn rooms(
    whole: &Model<'_>,
    solution: &Solution,
    vehicles: &[u32],
    outlets: &[usize],
    share: i64,
) -> Vec<Vec<(i64, i64)>> {
    let n_streams = whole.n_streams;
    let mut own = vec![(0, 0); whole.accepts.len() * n_streams];
    for delivery in vehicles.iter().flat_map(|&vehicle| &solution.routes[vehicle as usize].deliveries) {
        let sum: &mut (i64, i64) = &mut own[delivery.outlet * n_streams + delivery.stream];
        *sum = (sum.0 + delivery.grams, sum.1 + delivery.litres);
    }
    let of_stream = |at: usize| {
        let free = solution.free_room(whole, at);
        (own[at].0.saturating_add(free.0 / share), own[at].1.saturating_add(free.1 / share))
    };
    outlets
        .iter()
        .map(|&outlet| (0..n_streams).map(|stream| of_stream(outlet * n_streams + stream)).collect())
        .collect()
}

/// The days of all vehicles of each group of the balance that stay outside.
fn bystanders(balance: &[Balance], solution: &Solution, vehicles: &[usize], whole: &Model<'_>) -> Vec<Vec<Workload>> {
    if balance.is_empty() {
        return Vec::new();
    }
    let mut inside = vec![false; whole.kind_of.len()];
    vehicles.iter().for_each(|&vehicle| inside[vehicle] = true);
    let outside = |group: &Balance| {
        let others = group.vehicles.iter().filter(|&&vehicle| !inside[vehicle]);
        others.map(|&vehicle| solution.fairness.day_of(vehicle)).collect()
    };
    balance.iter().map(outside).collect()
}

fn parts(
    whole: &Instance,
    jobs: &[usize],
    vehicles: &[usize],
    outlets: &[usize],
    room: Vec<Vec<(i64, i64)>>,
) -> Option<Parts> {
    // All fields by name: whoever adds one decides here what becomes of it.
    let Parts {
        name,
        cost_scale,
        streams,
        skills,
        incompatible,
        zones,
        places,
        travel,
        jobs: all_jobs,
        wholes,
        vehicles: all_vehicles,
        outlets: all_outlets,
        balance,
        compactness,
        // There are none: days under locks are not taken apart.
        locks: _,
    } = &**whole;
    let mut chosen = Chosen::new(places.len());
    let jobs = jobs.iter().map(|&job| {
        let job = &all_jobs[job];
        huilu_model::Job { place: chosen.index(job.place), ..job.clone() }
    });
    let mut jobs: Vec<huilu_model::Job> = jobs.collect();
    let mut known = vec![None; all_vehicles.len()];
    let crew = vehicles.iter().enumerate().map(|(k, &vehicle)| {
        known[vehicle] = Some(k);
        let vehicle = &all_vehicles[vehicle];
        huilu_model::Vehicle { start: chosen.index(vehicle.start), end: chosen.index(vehicle.end), ..vehicle.clone() }
    });
    let crew = crew.collect();
    // Where none of those preferred comes along, the model knows what the others cost.
    jobs.iter_mut().for_each(|job| job.preferred = job.preferred.iter().filter_map(|&at| known[at]).collect());
    let outlets = outlets.iter().zip(room).map(|(&outlet, room)| {
        let outlet = &all_outlets[outlet];
        let limit = |(limit, (grams, litres)): (&Option<_>, (i64, i64))| {
            limit.map(|_| (huilu_model::Grams(grams), huilu_model::Litres(litres)))
        };
        let capacity = outlet.capacity.iter().zip(room).map(limit).collect();
        huilu_model::Outlet { place: chosen.index(outlet.place), capacity, ..outlet.clone() }
    });
    let outlets = outlets.collect();
    let here = |group: &Balance| Balance {
        vehicles: group.vehicles.iter().filter_map(|&vehicle| known[vehicle]).collect(),
        ..group.clone()
    };
    Some(Parts {
        name: name.clone(),
        cost_scale: *cost_scale,
        streams: streams.clone(),
        skills: skills.clone(),
        incompatible: incompatible.clone(),
        zones: zones.clone(),
        wholes: wholes.clone(),
        places: chosen.here.iter().map(|&place| Place { ..places[place].clone() }).collect(),
        travel: travel.iter().map(|travel| between(travel, &chosen.here)).collect::<Option<_>>()?,
        jobs,
        vehicles: crew,
        outlets,
        balance: balance.iter().map(here).collect(),
        compactness: *compactness,
        ..Parts::default()
    })
}

/// The ways between some of the places.
fn between(travel: &Travel, places: &[usize]) -> Option<Travel> {
    match travel {
        Travel::Matrix(matrix) => {
            let of = |table: &[u32]| {
                let row = |&from: &usize| places.iter().map(move |&to| table[from * matrix.size + to]);
                places.iter().flat_map(row).collect()
            };
            let (seconds, metres) = (of(&matrix.seconds), of(&matrix.metres));
            let (profile, size) = (matrix.profile.clone(), places.len());
            Some(huilu_model::Matrix { profile, size, seconds, metres }.into())
        }
        Travel::Metric(metric) => {
            let points = places.iter().map(|&place| metric.points()[place]).collect();
            let rules = (metric.metres_rule(), metric.seconds_rule());
            Metric::new(travel.profile().to_owned(), metric.shape(), points, rules.0, rules.1).ok().map(Travel::from)
        }
    }
}
