//! Days without hours: windows and shifts that never end.

use huilu_model::instance::Parts;
use huilu_model::{Instance, Plan, Seconds, Verdict, Window};

use super::{ask, planned};
use crate::explain::{ExplainParams, Explanations};
use crate::routing::cases::random;

/// What file formats without hours stand for.
const EVER: i64 = 1 << 44;

fn report(instance: &Instance, plan: &Plan) -> Explanations {
    ask(instance, plan, &ExplainParams { relax: false, ..ExplainParams::default() }).expect("the plan fits")
}

fn endless(seed: u64) -> Instance {
    let mut parts = Parts::clone(&random(seed, 6, 2, 1));
    let ever = Window { start: Seconds(0), end: Seconds(EVER) };
    parts.jobs.iter_mut().for_each(|job| (job.windows, job.release) = (vec![ever], None));
    parts.vehicles.iter_mut().for_each(|car| (car.shift, car.pause) = (ever, None));
    parts.outlets.iter_mut().for_each(|outlet| outlet.windows = vec![ever]);
    Instance::new(parts).expect("still valid")
}

#[test]
fn a_day_without_end_has_few_spans() {
    let (mut empty, mut spans) = (0, 0);
    for seed in 0..20 {
        let instance = endless(seed);
        let plan = planned(&instance, 60);
        let found = report(&instance, &plan);
        assert!(found.shortages.len() <= found.jobs.len().max(1), "seed {seed}");
        empty += usize::from(found.jobs.is_empty());
        spans += found.shortages.len();
        for short in &found.shortages {
            assert!(short.from_s.0 >= 0 && short.to_s > short.from_s && short.idle_s.0 >= 0, "seed {seed}: {short:?}");
        }
    }
    assert!(spans > 0, "{empty} days without a job left out: the cases are too poor");
}

#[test]
fn an_appointment_among_jobs_without_hours_keeps_its_hour() {
    let (mut spans, mut appointments) = (0, 0);
    for seed in 0..20 {
        let mut parts = Parts::clone(&endless(seed));
        let day = Window { start: Seconds(28_800), end: Seconds(64_800) };
        parts.vehicles.iter_mut().for_each(|car| car.shift = day);
        parts.jobs[0].windows = vec![Window { start: Seconds(36_000), end: Seconds(39_599) }];
        let instance = Instance::new(parts).expect("still valid");
        let mut plan = planned(&instance, 1);
        plan.routes.clear();
        let found = report(&instance, &plan);
        for short in &found.shortages {
            assert!(short.from_s.0 >= 28_800 && short.to_s.0 <= 64_800, "seed {seed}: {short:?}");
        }
        let served = |verdict| verdict != Verdict::ProvenInfeasible;
        let servable = found.jobs.iter().filter(|left| served(left.verdict)).count();
        let most = found.shortages.iter().map(|short| short.jobs).max().unwrap_or(0);
        assert_eq!(most, servable, "seed {seed}: each is counted in the span around the appointment");
        spans += found.shortages.len();
        appointments += usize::from(found.jobs.iter().any(|left| left.job == "j0" && served(left.verdict)));
    }
    assert!(spans > 10 && appointments > 5, "{spans} spans, {appointments} appointments: the cases are too poor");
}
