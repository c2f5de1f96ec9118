//! One vehicle's route and one more job as a small instance of its own: what a changed rule does to it is found by changing
//! the rule there, and by the evaluator of the search.

use huilu_model::instance::Parts;
use huilu_model::locks::{Locks, StartLock};
use huilu_model::{Balance, Cost, Grams, Instance, Litres, Matrix, Place};

use super::standing::Standing;
use crate::resources::model::{Model, Node, Workload};
use crate::routing::beginnings;
use crate::routing::solution::Solution;

/// Of the job in the small instance.
pub(crate) const JOB: usize = 0;

/// Vehicle 0 has the route, job [`JOB`] is the one in question, the outlets are those of the whole instance with the room that other
/// routes leave them.
#[derive(Clone, Debug)]
pub(crate) struct Focus {
    pub(crate) parts: Parts,
    /// Of the vehicle's route, in the small instance.
    visits: Vec<Node>,
    /// Places on it that a lock keeps the job from, by the visits before them.
    pub(crate) locked: Vec<bool>,
    /// By group of the balance: the days of the other vehicles.
    others: Vec<Vec<Workload>>,
    /// What the job costs on this vehicle for being no preferred one, which the small instance does not know.
    pub(crate) unpreferred: i64,
}

impl Focus {
    /// The vehicle's own route and the job.
    pub(crate) fn new(standing: &Standing<'_, '_>, vehicle: usize, job: usize) -> Self {
        Self::of(standing, vehicle, Some(vehicle), &standing.solution.routes[vehicle].visits, job)
    }

    /// One more vehicle like this one, beside all that the plan uses.
    pub(crate) fn of_another(standing: &Standing<'_, '_>, vehicle: usize, job: usize) -> Self {
        Self::of(standing, vehicle, None, &[], job)
    }

    fn of(standing: &Standing<'_, '_>, vehicle: usize, own: Option<usize>, visits: &[Node], job: usize) -> Self {
        let (model, instance) = (standing.model, standing.model.instance);
        let route = own;
        let own = visits.iter().filter(|&&node| model.is_job(node)).map(|&node| node as usize);
        let mut places = Places::default();
        let mut at = |place: usize| places.index(place);
        let mut car = instance.vehicles[vehicle].clone();
        let profile = std::mem::take(&mut car.profile);
        (car.start, car.end) = (at(car.start), at(car.end));
        let known: Vec<usize> = [job].into_iter().chain(own).collect();
        // Nobody sets out before what is frozen, and promised starts are kept.
        let starts = instance.locks.starts.iter();
        let starts = starts.filter_map(|lock| {
            let job = known.iter().position(|&k| k == lock.job)?;
            Some(StartLock { job, window: lock.window })
        });
        let locks = Locks { starts: starts.collect(), freeze_before: instance.locks.freeze_before, ..Locks::default() };
        let jobs = known.iter().map(|&k| {
            let mut job = instance.jobs[k].clone();
            job.place = at(job.place);
            // Who else could serve it, and what it is a part of, is not asked here.
            (job.preferred, job.whole) = (Vec::new(), None);
            job
        });
        let jobs: Vec<_> = jobs.collect();
        let outlets = instance.outlets.iter().enumerate().map(|(k, outlet)| {
            let mut outlet = outlet.clone();
            outlet.place = at(outlet.place);
            for (stream, room) in outlet.capacity.iter_mut().enumerate() {
                let taken = standing.received_from_others(route, k, stream);
                *room = room.map(|(grams, litres)| (Grams(grams.0 - taken.0), Litres(litres.0 - taken.1)));
            }
            outlet
        });
        let outlets = outlets.collect();
        let mut next = 0;
        let visits = visits.iter().map(|&node| match model.outlet(node) {
            Some(outlet) => (jobs.len() + outlet) as Node,
            None => {
                next += 1;
                next
            }
        });
        let visits: Vec<Node> = visits.collect();
        let travel = &instance.travel[profile];
        let table = |leg: &dyn Fn(usize, usize) -> u32| {
            let rows = places.0.iter().flat_map(|&from| places.0.iter().map(move |&to| (from, to)));
            rows.map(|(from, to)| leg(from, to)).collect::<Vec<u32>>()
        };
        let matrix = Matrix {
            profile: travel.profile().to_owned(),
            size: places.0.len(),
            seconds: table(&|from, to| travel.seconds(from, to)),
            metres: table(&|from, to| travel.metres(from, to)),
        };
        let place = |&place: &usize| Place { position: None, ..instance.places[place].clone() };
        // Its day may differ from those of others by so much, whatever it costs.
        let groups: Vec<&Balance> =
            instance.balance.iter().filter(|group| route.is_some_and(|own| group.vehicles.contains(&own))).collect();
        let limits = |group: &&Balance| Balance {
            vehicles: vec![0],
            cost_per_second: Cost(0),
            cost_per_gram: Cost(0),
            ..Balance::clone(group)
        };
        let days = |group: &&Balance| {
            let others = group.vehicles.iter().filter(|&&other| Some(other) != route);
            others.map(|&other| standing.solution.fairness.day_of(other)).collect()
        };
        let others = groups.iter().map(days).collect();
        let parts = Parts {
            name: instance.name.clone(),
            cost_scale: instance.cost_scale,
            streams: instance.streams.clone(),
            skills: instance.skills.clone(),
            incompatible: instance.incompatible.clone(),
            zones: instance.zones.clone(),
            places: places.0.iter().map(place).collect(),
            travel: vec![matrix.into()],
            jobs,
            vehicles: vec![car],
            outlets,
            locks,
            balance: groups.iter().map(limits).collect(),
            ..Parts::default()
        };
        let forbidden =
            |gap: usize| route.is_some_and(|v| beginnings::forbids(model, &standing.solution, job, v as u32, gap));
        let locked = (0..=visits.len()).map(|gap| model.locks.any && forbidden(gap)).collect();
        // One more vehicle is nobody's preferred one.
        let wanted = &instance.jobs[job];
        let preferred = wanted.preferred.is_empty() || route.is_some_and(|v| wanted.preferred.contains(&v));
        let unpreferred = if preferred { 0 } else { wanted.other_vehicle.0 };
        Self { parts, visits, locked, others, unpreferred }
    }

    /// Calls `ask` with the small instance as `change` leaves it, its route in place; `None` where the instance or the route does
    /// not stand the change.
    pub(crate) fn with<T>(
        &self,
        change: impl FnOnce(&mut Parts),
        ask: impl FnOnce(&Model<'_>, &mut Solution) -> T,
    ) -> Option<T> {
        let mut parts = self.parts.clone();
        change(&mut parts);
        let instance = Instance::new(parts).ok()?;
        let mut model = Model::new(&instance);
        model.bystanders.clone_from(&self.others);
        let mut solution = Solution::new(&model);
        let stands = self.visits.is_empty() || solution.replace(&model, 0, |own| own.clone_from(&self.visits));
        stands.then(|| ask(&model, &mut solution))
    }
}

/// Places of the whole instance, by index in the small one.
#[derive(Debug, Default)]
struct Places(Vec<usize>);

impl Places {
    fn index(&mut self, place: usize) -> usize {
        self.0.iter().position(|&known| known == place).unwrap_or_else(|| {
            self.0.push(place);
            self.0.len() - 1
        })
    }
}
