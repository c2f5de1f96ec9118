//! Can a vehicle serve a job at all, in whatever company? Decided by trying every order of unloads after it.
//!
//! What else is on a route adds load, stops and driving, but can help in four ways, and each is granted: it may offer a shorter
//! way between two places ([`Ways`]), save the setup by a visit at the same place before, let the trip begin at an outlet that
//! is nearer than home, and give the break a place on the way. Where the job cannot be served even so, no route serves it.

use huilu_model::ReasonCode;

use super::timetable::{Stop, Timetable};
use super::ways::Ways;
use crate::resources::model::{FAR, Kind, LoadObstacle, Model, Node, obstacle_of_load};
use crate::routing::route::Route;

/// Stands for "whenever" among instants.
const WHENEVER: i64 = FAR >> 2;
/// Orders of unloads that are tried, complete or not; beyond, nothing is proven.
const ORDERS_MAX: usize = 20_000;

/// A rule that can stand against a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Skill,
    Load,
    Mix,
    Roads,
    Range,
    Bans,
    Windows,
    Hours,
    Shift,
    Break,
    Outlets,
    Lock,
}

impl Rule {
    const ALL: [Self; 12] = [
        Self::Skill,
        Self::Load,
        Self::Mix,
        Self::Roads,
        Self::Range,
        Self::Bans,
        Self::Windows,
        Self::Hours,
        Self::Shift,
        Self::Break,
        Self::Outlets,
        Self::Lock,
    ];

    pub(crate) fn code(self) -> ReasonCode {
        match self {
            Self::Skill => ReasonCode::Skill,
            Self::Load => ReasonCode::Capacity,
            Self::Mix => ReasonCode::IncompatibleLoad,
            Self::Roads => ReasonCode::Unreachable,
            Self::Range => ReasonCode::MaxDistance,
            Self::Bans => ReasonCode::Area,
            Self::Windows | Self::Hours => ReasonCode::TimeWindow,
            Self::Shift => ReasonCode::ShiftEnd,
            Self::Break => ReasonCode::Break,
            Self::Outlets => ReasonCode::OutletFull,
            Self::Lock => ReasonCode::Lock,
        }
    }
}

/// What stands between one kind of vehicle and a job.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    Possible,
    /// No route of the vehicle serves it.
    Proven(Causes),
    /// Not on a route of its own; others on the route might help.
    Unclear(Causes),
}

/// Rules that stand against a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Causes {
    pub(crate) rules: Vec<Rule>,
    /// Only without all of them could the job be served; otherwise without any one of them.
    pub(crate) together: bool,
}

impl Causes {
    /// Each code once, in the order of the rules.
    pub(crate) fn codes(&self) -> Vec<ReasonCode> {
        let mut codes: Vec<ReasonCode> = self.rules.iter().map(|rule| rule.code()).collect();
        codes.dedup();
        codes
    }
}

/// Whom the job shares the route with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Company {
    Nobody,
    Anybody,
}

/// A job and a kind of vehicle, by indices.
#[derive(Debug)]
pub(crate) struct Question<'q, 'm, 'a> {
    pub(crate) model: &'m Model<'a>,
    pub(crate) ways: &'q Ways<'m, 'a>,
    pub(crate) kind: usize,
    pub(crate) job: usize,
}

impl Question<'_, '_, '_> {
    pub(crate) fn verdict(&self) -> Verdict {
        if self.has_route_of_its_own() {
            return Verdict::Possible;
        }
        if self.kind().locked_rows() > 0 && self.kind().serves[self.job] {
            // It has left its start: what it can still do is for the search to say.
            return Verdict::Unclear(Causes { rules: vec![Rule::Lock], together: false });
        }
        if !self.possible(&[], Company::Anybody) {
            return Verdict::Proven(self.causes(Company::Anybody));
        }
        Verdict::Unclear(self.causes(Company::Nobody))
    }

    fn kind(&self) -> &Kind {
        &self.model.kinds[self.kind]
    }

    /// By the evaluator of the search itself, so that no rule is left out.
    pub(crate) fn has_route_of_its_own(&self) -> bool {
        if !self.kind().serves[self.job] {
            return false;
        }
        let drives = |outlets: &[usize]| {
            let mut route = Route::new(self.kind);
            route.visits.push(self.job as Node);
            route.visits.extend(outlets.iter().map(|&outlet| self.model.outlet_node(outlet)));
            route.refresh(self.model)
        };
        self.any_order(&[], &mut |outlets| drives(outlets)) == Some(true)
    }

    fn causes(&self, company: Company) -> Causes {
        if self.possible(&[], company) {
            // On a route of its own it follows nobody.
            if !self.model.locks.follows(self.job).is_empty() {
                return Causes { rules: vec![Rule::Lock], together: false };
            }
            // A timetable knows no queues, which lengthen the hours at outlets, and lets the break fall on a leg and on the waiting after it.
            let breaks = self.model.queues.is_empty() && self.kind().pause.is_some();
            return Causes { rules: vec![if breaks { Rule::Break } else { Rule::Hours }], together: false };
        }
        let single = |rule: &Rule| self.possible(&[*rule], company);
        let rules: Vec<Rule> = Rule::ALL.into_iter().filter(single).collect();
        if !rules.is_empty() {
            return Causes { rules, together: false };
        }
        let mut rules = Rule::ALL.to_vec();
        for rule in Rule::ALL {
            let fewer: Vec<Rule> = rules.iter().copied().filter(|&other| other != rule).collect();
            if self.possible(&fewer, company) {
                rules = fewer;
            }
        }
        Causes { together: rules.len() > 1, rules }
    }

    /// Without these rules the vehicle might serve the job.
    fn possible(&self, without: &[Rule], company: Company) -> bool {
        let (model, kind) = (self.model, self.kind());
        let holds = |rule: Rule| !without.contains(&rule);
        let data = &model.instance.jobs[self.job];
        let skills = kind.members.first().map_or(0, |&v| model.instance.vehicles[v].skills);
        if holds(Rule::Skill) && data.skills & !skills != 0 {
            return false;
        }
        let no_clashes = vec![0; model.clashes.len()];
        let too_much = obstacle_of_load(kind, data, &no_clashes) == Some(LoadObstacle::TooMuch);
        if holds(Rule::Load) && (too_much || kind.jobs_max == 0) {
            return false;
        }
        let may = || kind.members.iter().all(|&vehicle| model.locks.may_serve(vehicle, self.job));
        if holds(Rule::Lock) && !may() {
            return false;
        }
        if holds(Rule::Mix) && self.mixes() {
            return false;
        }
        // Company only helps, so what can be driven alone needs no look at shorter ways, which are dear to find.
        let drivable = |outlets: &[usize]| {
            self.drivable(outlets, without, Company::Nobody)
                || (company == Company::Anybody && self.drivable(outlets, without, company))
        };
        self.any_order(without, &mut |outlets| drivable(outlets)) != Some(false)
    }

    /// Streams of the job itself that may not mix share a compartment.
    fn mixes(&self) -> bool {
        let (model, kind) = (self.model, self.kind());
        let loads = model.loads(self.job);
        loads.iter().any(|one| {
            let together = |other: &&crate::resources::model::Amount| {
                model.clashes[one.stream] >> other.stream & 1 == 1
                    && kind.part_of[one.stream] == kind.part_of[other.stream]
            };
            kind.part_of[one.stream] != usize::MAX && loads.iter().any(|other| together(&other))
        })
    }

    /// Asks for each order of outlets that empties the vehicle of the job, none where it need not; `None` where there are too many, or
    /// the patience is over.
    fn any_order(&self, without: &[Rule], ask: &mut dyn FnMut(&[usize]) -> bool) -> Option<bool> {
        let streams = self.model.streams_of(self.job);
        if !self.kind().end_empty || streams == 0 {
            return Some(ask(&[]));
        }
        if without.contains(&Rule::Outlets) {
            // As if any of them took everything; where there is none, as if nothing had to be unloaded.
            let n_outlets = self.model.accepts.len();
            return Some((0..n_outlets).any(|outlet| ask(&[outlet])) || (n_outlets == 0 && ask(&[])));
        }
        let mut left = ORDERS_MAX;
        self.extend(streams, &mut Vec::new(), &mut left, ask)
    }

    fn extend(
        &self,
        aboard: u32,
        outlets: &mut Vec<usize>,
        left: &mut usize,
        ask: &mut dyn FnMut(&[usize]) -> bool,
    ) -> Option<bool> {
        *left = left.checked_sub(1).filter(|_| self.ways.may_try())?;
        if aboard == 0 {
            return Some(ask(outlets));
        }
        for outlet in 0..self.model.accepts.len() {
            let taken = aboard & self.model.accepts[outlet];
            if taken == 0 || !self.has_room(outlet, taken) {
                continue;
            }
            outlets.push(outlet);
            let found = self.extend(aboard & !taken, outlets, left, ask);
            outlets.pop();
            if found != Some(false) {
                return found;
            }
        }
        Some(false)
    }

    /// Of an outlet that nobody else brings anything.
    fn has_room(&self, outlet: usize, streams: u32) -> bool {
        let model = self.model;
        model.loads(self.job).iter().filter(|load| streams >> load.stream & 1 == 1).all(|load| {
            let room = model.room[outlet * model.n_streams + load.stream];
            load.grams <= room.0 && load.litres <= room.1
        })
    }

    fn drivable(&self, outlets: &[usize], without: &[Rule], company: Company) -> bool {
        let (model, kind) = (self.model, self.kind());
        let holds = |rule: Rule| !without.contains(&rule);
        let nodes = || [self.job as Node].into_iter().chain(outlets.iter().map(|&outlet| model.outlet_node(outlet)));
        let places: Vec<usize> =
            [kind.start].into_iter().chain(nodes().map(|node| model.place(node))).chain([kind.end]).collect();
        let ways: Vec<(i64, i64)> = places.windows(2).map(|pair| self.way(pair[0], pair[1], company)).collect();
        if holds(Rule::Roads) && ways.iter().any(|way| way.0 >= FAR || way.1 >= FAR) {
            return false;
        }
        let known = |length: i64| if length >= FAR { 0 } else { length };
        if holds(Rule::Range) && ways.iter().map(|way| known(way.1)).sum::<i64>() > kind.metres_max {
            return false;
        }
        if !model.timed {
            return true;
        }
        let stop = |(k, node): (usize, Node)| {
            let rule = if k == 0 { Rule::Windows } else { Rule::Hours };
            let windows = match (holds(rule), holds(Rule::Bans)) {
                (true, true) => model.windows_of(kind, node).to_vec(),
                (true, false) => model.windows(node).to_vec(),
                (false, _) => vec![(-WHENEVER, WHENEVER)],
            };
            let (stay, ready) = if k == 0 { self.service(company) } else { (self.unload(&outlets[..k]), -FAR) };
            // Without hours of its own the job needs not wait for its release either.
            Stop { windows, stay, ready: if holds(rule) { ready } else { -FAR } }
        };
        let (mut opens, mut closes) = (kind.opens, kind.closes);
        if company == Company::Nobody {
            opens = opens.max(model.release(self.job));
        }
        if !holds(Rule::Shift) {
            (opens, closes) = (-WHENEVER, WHENEVER);
        }
        let timetable = Timetable {
            opens,
            closes,
            pause: kind.pause.filter(|_| holds(Rule::Break)),
            duration_max: if holds(Rule::Shift) { kind.duration_max } else { FAR },
            stops: nodes().enumerate().map(stop).collect(),
            legs: ways.iter().map(|way| known(way.0)).collect(),
        };
        timetable.exists()
    }

    fn way(&self, from: usize, to: usize, company: Company) -> (i64, i64) {
        match company {
            Company::Nobody => self.ways.direct(self.kind(), from, to),
            Company::Anybody => self.ways.between(self.kind(), from, to),
        }
    }

    /// Seconds of the visit, and its earliest arrival.
    fn service(&self, company: Company) -> (i64, i64) {
        let (model, kind) = (self.model, self.kind());
        let data = &model.nodes[self.job];
        let node = self.job as Node;
        let helped = company == Company::Anybody && self.ways.shares_place(node);
        let stay = if helped { data.service } else { model.stay(kind.start, node) };
        let release = model.release(self.job);
        if release <= -FAR {
            return (stay, -FAR);
        }
        let outlets = (0..model.accepts.len()).map(|outlet| model.place(model.outlet_node(outlet)));
        let origins = [kind.start].into_iter().chain(outlets.filter(|_| company == Company::Anybody));
        let nearest = origins.map(|origin| self.way(origin, data.place, company).0).min().unwrap_or(0);
        (stay, if nearest >= FAR { release } else { release + nearest })
    }

    /// Seconds at the last of these outlets, after the others.
    fn unload(&self, outlets: &[usize]) -> i64 {
        let model = self.model;
        let Some((&outlet, before)) = outlets.split_last() else { return 0 };
        let gone = before.iter().fold(0, |set, &outlet| set | model.accepts[outlet]);
        let taken = model.accepts[outlet] & !gone;
        let grams = model.loads(self.job).iter().filter(|load| taken >> load.stream & 1 == 1).map(|load| load.grams);
        model.nodes[model.n_jobs + outlet].service + model.unload_by_weight(outlet, grams.sum())
    }
}
