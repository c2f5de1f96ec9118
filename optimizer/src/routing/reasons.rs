//! Why a job was left out, as a plan says it in short; `crate::explain` says more.
//!
//! `ProvenInfeasible` is said only where every kind of vehicle was proven unable to serve the job in any company.

use std::collections::BTreeMap;

use huilu_model::{Reason, ReasonCode, Unassigned, Verdict};

use super::beginnings;
use super::feasibility;
use super::model::{Model, Node};
use super::route::Route;
use super::solution::Solution;
use crate::explain::alone::{Question, Verdict as Alone};
use crate::explain::ways::{Patience, Ways};

/// Gaps that are looked at for all jobs left out together by a search that has been told to end: a hundredth of a second or two.
const GLANCES: usize = 30_000;
/// Among vehicles whose days may not be too unlike, an open gap is drafted: as much work as so many looks.
const LOOKS_OF_A_DRAFT: usize = 32;

/// The words on all jobs that a plan leaves out. Once the patience is over nothing more is proven, and the routes get no more than a glance:
/// whoever waits for the plan does not wait for jobs times routes.
pub(crate) fn explain_all(model: &Model<'_>, solution: &Solution, patience: Patience<'_>) -> Vec<Unassigned> {
    let ways = Ways::within(model, patience);
    let absent: Vec<usize> = solution.absent().collect();
    let glances = (GLANCES / absent.len().max(1)).max(1);
    let speakers = speakers(model, solution);
    let word = |&job: &usize| {
        let alone = verdicts(model, &ways, job);
        // Rules that seem to stand against it say nothing once ways have been cut short.
        let alone = if ways.given_up() { Vec::new() } else { alone };
        let known = !alone.is_empty() || model.kinds.is_empty();
        if let Some(proven) = proven(model, job, &alone).filter(|_| known) {
            return proven;
        }
        let mut looks = if (patience.over)() || ways.given_up() { glances } else { usize::MAX };
        unproven(model, solution, job, &alone, &speakers, &mut looks)
    };
    absent.iter().map(word).collect()
}

/// What was met most often on the routes as they are, as many gaps as there are `looks` left; nothing where none of them refused.
fn unproven(
    model: &Model<'_>,
    solution: &Solution,
    job: usize,
    alone: &[Alone],
    speakers: &[(u32, usize)],
    looks: &mut usize,
) -> Unassigned {
    let mut seen: BTreeMap<ReasonCode, usize> = BTreeMap::new();
    for verdict in alone {
        if let Alone::Proven(causes) | Alone::Unclear(causes) = verdict {
            causes.codes().into_iter().for_each(|code| *seen.entry(code).or_default() += 1);
        }
    }
    // Where there are looks at a few routes only, jobs next to each other look at different ones.
    let first = if *looks == usize::MAX { 0 } else { job % speakers.len().max(1) };
    let (before, after) = speakers.split_at(first);
    for &(vehicle, like) in after.iter().chain(before) {
        if *looks == 0 {
            break;
        }
        if let Some(code) = refusal_within(model, solution, vehicle, job, looks) {
            *seen.entry(code).or_default() += like;
        }
    }
    let mut ranked: Vec<(usize, ReasonCode)> = seen.into_iter().map(|(code, times)| (times, code)).collect();
    ranked.sort_by_key(|&(times, code)| (std::cmp::Reverse(times), code));
    let reasons = ranked.into_iter().take(2).map(|(_, code)| Reason { code, vehicle: None }).collect();
    Unassigned { job: model.instance.jobs[job].id.clone(), verdict: Verdict::SearchLimit, reasons }
}

/// One vehicle for all that say the same to any job, and how many these are: vehicles of a kind that are at home, unless they are told apart by
/// locks or by the days of others.
fn speakers(model: &Model<'_>, solution: &Solution) -> Vec<(u32, usize)> {
    let alike = !model.locks.any && model.instance.balance.is_empty();
    let mut at_home: Vec<Option<usize>> = vec![None; model.kinds.len()];
    let mut speakers: Vec<(u32, usize)> = Vec::new();
    for (vehicle, route) in solution.routes.iter().enumerate() {
        match at_home[route.kind].filter(|_| alike && route.is_empty()) {
            Some(at) => speakers[at].1 += 1,
            None => {
                if route.is_empty() {
                    at_home[route.kind] = Some(speakers.len());
                }
                speakers.push((vehicle as u32, 1));
            }
        }
    }
    speakers
}

/// The verdict on a job that no vehicle can serve; `None` where that is not proven.
pub(crate) fn impossible_alone(model: &Model<'_>, ways: &Ways<'_, '_>, job: usize) -> Option<Unassigned> {
    proven(model, job, &verdicts(model, ways, job))
}

/// By kind of vehicle, as far as there is patience for it.
fn verdicts(model: &Model<'_>, ways: &Ways<'_, '_>, job: usize) -> Vec<Alone> {
    let asked = (0..model.kinds.len()).take_while(|_| ways.may_ask());
    asked.map(|kind| Question { model, ways, kind, job }.verdict()).collect()
}

fn proven(model: &Model<'_>, job: usize, alone: &[Alone]) -> Option<Unassigned> {
    if !alone.iter().all(|verdict| matches!(verdict, Alone::Proven(_))) {
        return None;
    }
    let mut reasons: Vec<Reason> = Vec::new();
    for (kind, verdict) in model.kinds.iter().zip(alone) {
        if let Alone::Proven(causes) = verdict {
            for &vehicle in &kind.members {
                let id = &model.instance.vehicles[vehicle].id;
                reasons.extend(causes.codes().into_iter().map(|code| Reason { code, vehicle: Some(id.clone()) }));
            }
        }
    }
    if model.kinds.is_empty() {
        reasons.push(Reason { code: ReasonCode::NoVehicle, vehicle: None });
    }
    let job = model.instance.jobs[job].id.clone();
    Some(Unassigned { job, verdict: Verdict::ProvenInfeasible, reasons: joined(reasons) })
}

/// One reason for the whole fleet where all vehicles have the same.
fn joined(reasons: Vec<Reason>) -> Vec<Reason> {
    match reasons.first() {
        Some(first) if reasons.iter().all(|reason| reason.code == first.code) => {
            vec![Reason { code: first.code, vehicle: None }]
        }
        _ => reasons,
    }
}

/// What most often stands against the job on this route as it is; `None` where it has a place.
pub(crate) fn refusal(model: &Model<'_>, solution: &Solution, vehicle: u32, job: usize) -> Option<ReasonCode> {
    let mut looks = usize::MAX;
    refusal_within(model, solution, vehicle, job, &mut looks)
}

/// [`refusal`] by the first gaps of the route, as many as there are `looks` left.
fn refusal_within(
    model: &Model<'_>,
    solution: &Solution,
    vehicle: u32,
    job: usize,
    looks: &mut usize,
) -> Option<ReasonCode> {
    let route = &solution.routes[vehicle as usize];
    let kind = &model.kinds[route.kind];
    if !kind.serves[job] {
        *looks = looks.saturating_sub(1);
        let skills = kind.members.first().map_or(0, |&v| model.instance.vehicles[v].skills);
        let data = &model.instance.jobs[job];
        let may = kind.members.iter().all(|&vehicle| model.locks.may_serve(vehicle, job));
        return Some(match () {
            () if data.skills & !skills != 0 => ReasonCode::Skill,
            () if !may => ReasonCode::Lock,
            () if model.windows_of(kind, job as Node).is_empty() => ReasonCode::Area,
            () => ReasonCode::Capacity,
        });
    }
    let mut seen: BTreeMap<ReasonCode, usize> = BTreeMap::new();
    let (limited, mut unlike) = (solution.fairness.has_limits(), None);
    for gap in kind.locked_rows()..=route.visits.len() {
        if *looks == 0 {
            break;
        }
        *looks -= 1;
        if model.locks.any && beginnings::forbids(model, solution, job, vehicle, gap) {
            *seen.entry(ReasonCode::Lock).or_default() += 1;
            continue;
        }
        match feasibility::refusal(model, solution, vehicle, gap, job) {
            Some(code) => *seen.entry(code).or_default() += 1,
            None if limited => {
                *looks = looks.saturating_sub(LOOKS_OF_A_DRAFT);
                unlike = Some(unlike_others(model, solution, vehicle, gap, job)?);
            }
            None => return None,
        }
    }
    // There was a place for it, but for the others.
    if unlike.is_some() {
        return unlike;
    }
    // Where the time was there, what was missing then is the firmer reason.
    let firm = [ReasonCode::Capacity, ReasonCode::MaxDistance].into_iter().find(|code| seen.contains_key(code));
    firm.or_else(|| seen.into_iter().max_by_key(|&(_, times)| times).map(|(code, _)| code))
}

/// Why the job cannot stand at a gap that is open to it by itself: limits on how unlike the days of vehicles may be, or the hours of
/// the route as a whole.
fn unlike_others(model: &Model<'_>, solution: &Solution, vehicle: u32, gap: usize, job: usize) -> Option<ReasonCode> {
    let mut trial = Route::default();
    trial.copy_visits(&solution.routes[vehicle as usize]);
    trial.visits.insert(gap, job as Node);
    match trial.draft(model) && trial.settle(model) {
        true => solution.fairness.refusal(vehicle as usize, &trial),
        false => Some(ReasonCode::ShiftEnd),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use huilu_model::{Cost, Grams, Instance, Litres, Load, Verdict};

    use crate::explain::ways::Patience;
    use crate::limits::{Clock, Limits};
    use crate::routing::cases::random;
    use crate::routing::model::{Model, Node};
    use crate::routing::output;
    use crate::routing::solution::Solution;
    use crate::routing::{Params, solve};

    /// Each look takes a hundredth of a second.
    struct Ticking(AtomicU64);

    impl Clock for Ticking {
        fn elapsed_s(&self) -> f64 {
            self.0.fetch_add(1, Ordering::Relaxed) as f64 / 100.0
        }
    }

    /// A search that ends by its seconds proves what it can soon after; one that ends before proves all.
    #[test]
    fn proofs_end_with_the_time() {
        let mut parts = (*random(3, 40, 2, 1)).clone();
        for job in &mut parts.jobs {
            job.loads = vec![Load { stream: 0, grams: Grams(1_000_000), litres: Litres(1) }];
            job.penalty = Some(Cost(20));
        }
        let instance = Instance::new(parts).expect("as valid as before");
        let cancel = AtomicBool::new(false);
        let proven = |seconds: f64, iterations: Option<u64>| {
            let clock = Ticking(AtomicU64::new(0));
            let limits = Limits { clock: &clock, seconds: Some(seconds), iterations, cancel: &cancel };
            let plan = solve(&instance, &Params::default(), 1, &limits, &mut |_| {}).plan;
            assert_eq!(plan.unassigned.len(), 40);
            plan.unassigned.iter().filter(|left| left.verdict == Verdict::ProvenInfeasible).count()
        };
        assert_eq!(proven(1e6, Some(10)), 40);
        let late = proven(2.0, None);
        assert!(late <= 6, "{late} proofs");
    }

    /// Haste leaves out proofs, and nothing else of a plan.
    #[test]
    fn a_plan_in_haste_differs_in_verdicts_alone() {
        let (mut proven, mut left_out) = (0, 0);
        for seed in 0..200 {
            let instance = random(seed, 8, 2, 2);
            let model = Model::new(&instance);
            let mut solution = Solution::new(&model);
            for job in (0..model.n_jobs as Node).step_by(2) {
                let outlet = model.outlet_node(0);
                (0..2).any(|vehicle| {
                    solution.replace(&model, vehicle, |own| own.splice(0..0, [job, outlet]).for_each(drop))
                });
            }
            let (plan, hasty) =
                (output::plan(&model, &solution), output::plan_within(&model, &solution, Patience::SPENT));
            assert_eq!((&plan.routes, plan.cost), (&hasty.routes, hasty.cost), "seed {seed}");
            assert_eq!(plan.unassigned.len(), hasty.unassigned.len(), "seed {seed}");
            for (careful, hasty) in plan.unassigned.iter().zip(&hasty.unassigned) {
                assert_eq!((&careful.job, hasty.verdict), (&hasty.job, Verdict::SearchLimit), "seed {seed}");
                proven += usize::from(careful.verdict == Verdict::ProvenInfeasible);
                left_out += 1;
            }
        }
        assert!(proven > 20 && left_out > 200, "{proven} of {left_out} proven: the cases are too poor");
    }
}
