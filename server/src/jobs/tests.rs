//! The worker against solving processes that are shell scripts: they speak the protocol, and die, hang or refuse as told.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use huilu_api_spec::plan::CreatePlan;
use huilu_model::{Cost, Seconds};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::protocol::WorkEvent;
use super::worker::{self, Options};
use crate::app::planning;
use crate::app::testing::{City, planned};
use crate::db::jobs as rows;
use crate::db::{plans, routes};
use crate::domain::event::EventKind;
use crate::domain::job::{Job, JobState};
use crate::domain::plan::{BoundSummary, Plan, RunState, StepKind};
use crate::domain::{BookingId, PlanId};

const PATIENCE: Duration = Duration::from_secs(10);

/// A city with an ordered plan, and a script to solve it.
struct Stage {
    city: City,
    plan: PlanId,
    bookings: Vec<BookingId>,
}

/// A running worker.
struct Working {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Working {
    async fn end(self) {
        let _ = self.stop.send(());
        tokio::time::timeout(PATIENCE, self.task).await.expect("the worker ends").expect("the worker does not panic");
    }
}

impl Stage {
    async fn new() -> Self {
        let city = City::new().await;
        let bookings = city.book(2).await;
        let plan = city.order().await.unwrap().id.parse().unwrap();
        Self { city, plan, bookings }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.city.folder.path().join(name)
    }

    /// The lines of a process that improves twice and then serves the first booking.
    async fn good_lines(&self) -> String {
        let incumbent = |seconds, cost| WorkEvent::Incumbent {
            seconds,
            iteration: 10,
            cost: Cost(cost),
            unassigned: 2,
            lower_bound: None,
            gap: None,
        };
        let last = planned(&self.city.problem(self.plan).await, &self.bookings[..1]);
        let events = [WorkEvent::Preparing { done: 1, total: 2 }, incumbent(0.1, 900), incumbent(0.2, 800), last];
        events.map(|event| serde_json::to_string(&event).unwrap()).join("\n")
    }

    /// Starts a worker whose children run `script` after they read their order; `$HERE` is a folder of the test's own,
    /// `$HERE/good` holds the words of a process that succeeds.
    async fn work(&self, script: &str) -> Working {
        self.work_within(script, Duration::from_secs(60)).await
    }

    /// Whose children get a second, as it is ordered, and this grace.
    async fn work_within(&self, script: &str, grace: Duration) -> Working {
        std::fs::write(self.path("good"), self.good_lines().await).unwrap();
        let binary = self.path("solver");
        let here = self.city.folder.path().display();
        let text =
            format!("#!/bin/sh\nHERE={here}\necho $$ > $HERE/pid\nread -r order\necho x >> $HERE/starts\n{script}\n");
        std::fs::write(&binary, text).unwrap();
        std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
        let options = Options {
            poll: Duration::from_millis(10),
            lease: Seconds(15),
            beat: Duration::from_millis(20),
            retry_pause: Seconds(0),
            memory_mib: None,
            grace,
            save_attempts: 3,
            save_pause: Duration::from_millis(10),
        };
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(worker::run(self.city.services.clone(), binary, options, shutdown));
        Working { stop, task }
    }

    async fn plan(&self) -> Plan {
        plans::by_id(self.city.services.db.read(), self.city.operator().id, self.plan).await.unwrap().unwrap()
    }

    async fn job(&self) -> Job {
        let id = self.plan().await.run.job;
        rows::by_id(self.city.services.db.read(), id).await.unwrap().unwrap()
    }

    fn starts(&self) -> usize {
        std::fs::read_to_string(self.path("starts")).map_or(0, |text| text.lines().count())
    }

    /// Waits until the stage looks as wanted.
    async fn until(&self, what: &str, wanted: impl Fn(&Plan, &Job) -> bool) -> (Plan, Job) {
        let waited = tokio::time::Instant::now();
        loop {
            let (plan, job) = (self.plan().await, self.job().await);
            if wanted(&plan, &job) {
                return (plan, job);
            }
            assert!(waited.elapsed() < PATIENCE, "{what} never came: {plan:?} {job:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether the child that started last is alive.
    fn child_lives(&self) -> bool {
        let pid = std::fs::read_to_string(self.path("pid")).unwrap();
        let status = std::fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap_or_default();
        status.contains("State:") && !status.contains("State:\tZ")
    }

    async fn until_child_is_gone(&self) {
        let waited = tokio::time::Instant::now();
        while self.child_lives() {
            assert!(waited.elapsed() < Duration::from_secs(2), "the child still runs");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Says where it is and then hangs for longer than any test waits.
const HANGS: &str = "head -n 2 $HERE/good\nexec sleep 60";

#[tokio::test]
async fn a_job_is_solved_and_its_routes_are_written() {
    let stage = Stage::new().await;
    let working = stage.work("cat $HERE/good").await;
    let (plan, job) = stage.until("success", |plan, _| plan.run.state.is_final()).await;
    working.end().await;

    assert_eq!((plan.run.state, job.state, job.attempt), (RunState::Succeeded, JobState::Succeeded, 1));
    let outcome = plan.outcome.unwrap();
    assert_eq!((outcome.summary.bookings, outcome.summary.served, outcome.summary.unassigned), (2, 1, 1));
    assert_eq!((outcome.summary.unloads, outcome.summary.grams.0), (1, 6_000));
    let progress = plan.run.progress.unwrap();
    assert_eq!((progress.sequence, progress.unassigned, progress.iteration), (4, Some(1), Some(1_000)));
    assert!(plan.run.started.is_some() && plan.run.ended.is_some());

    let read = stage.city.services.db.read();
    let found = routes::of_plan(read, stage.plan).await.unwrap();
    let kinds: Vec<StepKind> = found[0].steps.iter().map(|step| step.kind).collect();
    let (job, unload) = (StepKind::Job(stage.bookings[0]), StepKind::Unload(stage.city.outlet.id));
    assert_eq!(kinds, [StepKind::Start, job, unload, StepKind::End]);
    assert_eq!(found[0].vehicle, stage.city.vehicle.id);
    let left_out = routes::unassigned(read, stage.plan).await.unwrap();
    assert_eq!(left_out.iter().map(|left| left.booking).collect::<Vec<_>>(), stage.bookings[1..]);
    assert_eq!(stage.city.history(stage.plan.0).await, [EventKind::PlanRequested, EventKind::PlanProposed]);
}

#[tokio::test]
async fn bound_and_gap_reach_whoever_watches_and_stay_with_the_plan() {
    let stage = Stage::new().await;
    let incumbent = WorkEvent::Incumbent {
        seconds: 0.2,
        iteration: 10,
        cost: Cost(36_000_000),
        unassigned: 2,
        lower_bound: Some(Cost(17_999_999)),
        // Of half of the cost: the rest belongs to no route.
        gap: Some(0.25),
    };
    let mut last = planned(&stage.city.problem(stage.plan).await, &stage.bookings[..1]);
    if let WorkEvent::Planned { plan, bound, .. } = &mut last {
        plan.cost_parts.fairness = Cost(18_000);
        plan.cost += Cost(18_000);
        plan.lower_bound = Some(Cost(plan.cost_parts.bounded().0 / 2));
        *bound =
            BoundSummary { kind: Some("ng_route".to_owned()), leaves_out: vec!["fairness".to_owned()], cause: None };
    }
    let line = |event: &WorkEvent| serde_json::to_string(event).unwrap();
    std::fs::write(stage.path("first"), line(&incumbent) + "\n").unwrap();
    std::fs::write(stage.path("last"), line(&last) + "\n").unwrap();
    let script = "cat $HERE/first\nwhile [ ! -e $HERE/go ]; do sleep 0.02; done\ncat $HERE/last";
    let working = stage.work(script).await;
    stage.until("the bound", |plan, _| plan.run.progress.is_some_and(|known| known.gap.is_some())).await;
    let (services, planner) = (&stage.city.services, &stage.city.planner);
    let run = planning::run(services, planner, stage.plan).await.unwrap().unwrap();
    assert_eq!((run.cost_fen, run.lower_bound_fen, run.gap), (Some(2_000), Some(999), Some(0.25)), "down to whole fen");
    assert_eq!(run.lower_bound_cause, None);
    std::fs::write(stage.path("go"), "").unwrap();
    stage.until("success", |plan, _| plan.run.state.is_final()).await;
    working.end().await;
    let plan = planning::read(services, planner, stage.plan).await.unwrap();
    let summary = plan.summary.unwrap();
    assert_eq!((summary.gap, plan.run.gap), (Some(0.5), Some(0.5)), "of the covered parts, in both places");
    assert_eq!(summary.lower_bound_kind.as_deref(), Some("ng_route"));
    assert_eq!((summary.lower_bound_leaves_out, summary.lower_bound_cause), (vec!["fairness".to_owned()], None));
}

#[tokio::test]
async fn a_plan_without_a_bound_says_why_and_a_wish_for_a_gap_reaches_the_process() {
    let stage = Stage::new().await;
    let wish = CreatePlan { service_date: stage.city.date.to_string(), stop_gap: Some(0.05), ..CreatePlan::default() };
    let waiting = planning::order(&stage.city.services, &stage.city.planner, wish).await.unwrap();
    assert_eq!(waiting.run.lower_bound_cause, Some(huilu_api_spec::plan::BoundCause::NotReached));
    let working = stage.work("echo \"$order\" >> $HERE/orders\ncat $HERE/good").await;
    let second = waiting.id.parse().unwrap();
    let waited = tokio::time::Instant::now();
    let plan = loop {
        let plan = planning::read(&stage.city.services, &stage.city.planner, second).await.unwrap();
        if plan.summary.is_some() {
            break plan;
        }
        assert!(waited.elapsed() < PATIENCE, "{plan:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    working.end().await;
    let cause = Some(huilu_api_spec::plan::BoundCause::OutOfTime);
    let summary = plan.summary.unwrap();
    assert_eq!((summary.lower_bound_fen, summary.gap, summary.lower_bound_cause), (None, None, cause));
    assert_eq!(plan.run.lower_bound_cause, cause);
    let orders = std::fs::read_to_string(stage.path("orders")).unwrap();
    let wished: Vec<bool> = orders.lines().map(|order| order.contains("\"stop_gap\":0.05")).collect();
    assert_eq!(wished, [false, true]);
}

#[tokio::test]
async fn a_child_that_dies_is_tried_again_and_the_progress_counts_on() {
    let stage = Stage::new().await;
    let script =
        "if [ $(wc -l < $HERE/starts) -lt 3 ]; then head -n 3 $HERE/good; sleep 0.1; exit 3; fi\ncat $HERE/good";
    let working = stage.work(script).await;
    let (plan, job) = stage.until("success", |plan, _| plan.run.state.is_final()).await;
    working.end().await;

    assert_eq!((plan.run.state, job.attempt, stage.starts()), (RunState::Succeeded, 3, 3));
    // Four words of the last child, after those of two that were written while they lived.
    assert!(plan.run.progress.unwrap().sequence > 4, "{:?}", plan.run.progress);
    assert_eq!(routes::of_plan(stage.city.services.db.read(), stage.plan).await.unwrap().len(), 1);
}

/// The plan of a day that kills its proof is not lost: only the first attempt proves. A worker that hands the job back is no loss.
#[tokio::test]
async fn after_a_death_the_next_attempt_does_without_a_proof() {
    let stage = Stage::new().await;
    let working = stage.work("echo \"$order\" >> $HERE/orders\nexec sleep 60").await;
    stage.until("a start", |plan, _| plan.run.state == RunState::Running).await;
    let waited = tokio::time::Instant::now();
    while !stage.path("orders").exists() && waited.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    working.end().await;
    let script =
        "echo \"$order\" >> $HERE/orders\nif [ $(wc -l < $HERE/starts) -lt 4 ]; then exit 134; fi\ncat $HERE/good";
    let working = stage.work(script).await;
    let (plan, _) = stage.until("success", |plan, _| plan.run.state.is_final()).await;
    working.end().await;
    assert_eq!((plan.run.state, stage.starts()), (RunState::Succeeded, 4));
    let orders = std::fs::read_to_string(stage.path("orders")).unwrap();
    let without: Vec<bool> = orders.lines().map(|order| order.contains("\"without_proof\":true")).collect();
    assert_eq!(without, [false, false, true, true]);
}

/// A second is ordered, half a second of grace given. The negative control is a child that is still preparing then.
#[tokio::test]
async fn a_child_that_does_not_end_with_its_time_counts_as_dead() {
    let stage = Stage::new().await;
    let slow = "for k in 1 2 3 4 5 6; do head -n 1 $HERE/good; sleep 0.4; done\ncat $HERE/good";
    let script = format!("if [ $(wc -l < $HERE/starts) -lt 2 ]; then {HANGS}; fi\n{slow}");
    let working = stage.work_within(&script, Duration::from_millis(500)).await;
    let (plan, job) = stage.until("success", |plan, _| plan.run.state.is_final()).await;
    working.end().await;
    assert_eq!((plan.run.state, job.attempt, stage.starts()), (RunState::Succeeded, 2, 2));
}

#[tokio::test]
async fn a_child_that_always_dies_is_given_up_with_its_last_words() {
    let stage = Stage::new().await;
    let working = stage.work("echo 'out of memory' >&2; exit 137").await;
    let (plan, job) = stage.until("the end", |plan, _| plan.run.state.is_final()).await;
    working.end().await;

    assert_eq!((plan.run.state, job.state, stage.starts()), (RunState::Failed, JobState::Dead, 3));
    let error = plan.run.error.unwrap();
    assert!(error.contains("137") && error.contains("out of memory"), "{error}");
    assert_eq!(stage.city.history(stage.plan.0).await, [EventKind::PlanRequested, EventKind::PlanFailed]);
}

#[tokio::test]
async fn what_cannot_be_done_or_makes_no_sense_ends_as_it_should() {
    for (script, state, starts, cause) in [
        ("echo '{\"event\":\"failed\",\"error\":\"no such road\"}'", JobState::Failed, 1, "no such road"),
        ("echo 'hello'", JobState::Dead, 3, "no event"),
        ("tail -n 1 $HERE/good | sed 's/\"feasible\":true/\"feasible\":false/'", JobState::Failed, 1, "no plan fits"),
        ("tail -n 1 $HERE/good | sed 's/\"place\":\"p/\"place\":\"q/g'", JobState::Failed, 1, "unknown place"),
    ] {
        let stage = Stage::new().await;
        let working = stage.work(script).await;
        let (plan, job) = stage.until(script, |plan, _| plan.run.state.is_final()).await;
        working.end().await;
        assert_eq!((plan.run.state, job.state, stage.starts()), (RunState::Failed, state, starts), "{script}");
        assert!(plan.run.error.as_deref().unwrap_or_default().contains(cause), "{script}: {:?}", plan.run.error);
        let written = routes::of_plan(stage.city.services.db.read(), stage.plan).await.unwrap();
        assert!(written.is_empty(), "{script}");
    }
}

#[tokio::test]
async fn a_job_that_waits_is_cancelled_at_once_and_never_starts() {
    let stage = Stage::new().await;
    let ask = crate::app::once::Ask { key: None, request_hash: String::new() };
    planning::cancel(&stage.city.services, &stage.city.planner, &ask, stage.plan).await.unwrap();
    let working = stage.work("cat $HERE/good").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    working.end().await;

    let (plan, job) = (stage.plan().await, stage.job().await);
    assert_eq!((plan.run.state, job.state, stage.starts()), (RunState::Cancelled, JobState::Cancelled, 0));
    let again = planning::cancel(&stage.city.services, &stage.city.planner, &ask, stage.plan).await;
    assert!(again.is_err_and(|error| error.to_string().starts_with("RUN_ENDED")));
}

#[tokio::test]
async fn a_running_job_is_cancelled_within_two_seconds_and_its_child_is_gone() {
    let stage = Stage::new().await;
    let working = stage.work(HANGS).await;
    let running = |plan: &Plan, _: &Job| plan.run.progress.is_some_and(|progress| progress.cost.is_some());
    let (before, _) = stage.until("progress", running).await;
    assert_eq!(before.run.state, RunState::Running);

    let ask = crate::app::once::Ask { key: None, request_hash: String::new() };
    let asked = tokio::time::Instant::now();
    planning::cancel(&stage.city.services, &stage.city.planner, &ask, stage.plan).await.unwrap();
    let (plan, job) = stage.until("the end", |plan, _| plan.run.state.is_final()).await;
    assert!(asked.elapsed() < Duration::from_secs(2));
    stage.until_child_is_gone().await;
    working.end().await;
    assert_eq!((plan.run.state, job.state), (RunState::Cancelled, JobState::Cancelled));
    assert_eq!(stage.city.history(stage.plan.0).await, [EventKind::PlanRequested, EventKind::PlanCancelled]);
}

#[tokio::test]
async fn a_shutdown_hands_the_job_back_with_all_its_attempts() {
    let stage = Stage::new().await;
    let left = |job: &Job| job.max_attempts - job.attempt;
    let before = left(&stage.job().await);
    let working = stage.work(HANGS).await;
    stage.until("a start", |plan, _| plan.run.progress.is_some()).await;
    working.end().await;
    stage.until_child_is_gone().await;

    let (plan, job) = (stage.plan().await, stage.job().await);
    assert_eq!((plan.run.state, job.state, left(&job)), (RunState::Queued, JobState::Queued, before));

    let working = stage.work("cat $HERE/good").await;
    let (plan, _) = stage.until("success", |plan, _| plan.run.state.is_final()).await;
    working.end().await;
    assert_eq!((plan.run.state, stage.starts()), (RunState::Succeeded, 2));
}

/// The negative control is the first test: the same child, whose lease nobody takes, does write its routes.
#[tokio::test]
async fn a_worker_that_lost_its_lease_writes_nothing() {
    let stage = Stage::new().await;
    let working =
        stage.work("head -n 2 $HERE/good; while [ ! -e $HERE/go ]; do sleep 0.01; done; cat $HERE/good").await;
    stage.until("a start", |plan, _| plan.run.progress.is_some()).await;

    // Another worker finds the lease run out and takes the job; the first beat after that learns it.
    let services = &stage.city.services;
    let taken = loop {
        stage.city.clock.advance(Seconds(16));
        let now = services.clock.now();
        let tx = services.db.begin().await.unwrap();
        let leased = rows::lease(&*tx, now, now.plus(Seconds(3_600))).await.unwrap();
        tx.commit().await.unwrap();
        if let Some(job) = leased {
            break job;
        }
    };
    assert_eq!(taken.attempt, 2);
    std::fs::write(stage.path("go"), "").unwrap();
    stage.until_child_is_gone().await;
    tokio::time::sleep(Duration::from_millis(100)).await;

    let (plan, job) = (stage.plan().await, stage.job().await);
    assert_eq!((job.state, job.attempt, plan.run.state), (JobState::Running, 2, RunState::Running));
    assert!(plan.outcome.is_none());
    assert!(routes::of_plan(services.db.read(), stage.plan).await.unwrap().is_empty());
    working.end().await;
}

#[tokio::test]
async fn a_job_whose_workers_vanish_is_given_up_by_the_next_one() {
    let stage = Stage::new().await;
    let services = &stage.city.services;
    for attempt in 1..=3 {
        let now = services.clock.now();
        let tx = services.db.begin().await.unwrap();
        assert_eq!(rows::lease(&*tx, now, now.plus(Seconds(15))).await.unwrap().unwrap().attempt, attempt);
        tx.commit().await.unwrap();
        stage.city.clock.advance(Seconds(16));
    }
    let working = stage.work("cat $HERE/good").await;
    let (plan, job) = stage.until("the end", |plan, _| plan.run.state.is_final()).await;
    working.end().await;
    assert_eq!((plan.run.state, job.state, stage.starts()), (RunState::Failed, JobState::Dead, 0));
    assert_eq!(plan.run.error.as_deref(), Some("its worker was lost 3 times"));
}

#[tokio::test]
async fn a_worker_forgets_answers_that_are_older_than_a_day() {
    use crate::db::idempotency;
    use crate::domain::idempotency::{IdempotencyKey, StoredAnswer};

    let city = City::new().await;
    let services = &city.services;
    let key =
        |key: &str| IdempotencyKey { operator: city.operator().id, actor: city.planner.token, key: key.to_owned() };
    let store = async |name: &str| {
        let answer = StoredAnswer {
            request_hash: String::new(),
            status: 200,
            location: None,
            body: String::new(),
            created: services.clock.now(),
        };
        let tx = services.db.begin().await.unwrap();
        idempotency::store(&*tx, &key(name), &answer).await.unwrap();
        tx.commit().await.unwrap();
    };
    let known = async |name: &str| idempotency::find(services.db.read(), &key(name)).await.unwrap().is_some();
    let forgotten = async |name: &str| {
        let waited = tokio::time::Instant::now();
        while known(name).await && waited.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        !known(name).await
    };
    store("a").await;
    city.clock.advance(Seconds(60));
    store("b").await;
    city.clock.advance(Seconds(86_400 - 59));

    let options = Options { poll: Duration::from_millis(10), ..Options::default() };
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let task = tokio::spawn(worker::run(services.clone(), PathBuf::from("/nonexistent"), options, shutdown));
    assert!(forgotten("a").await);
    assert!(known("b").await, "its day is not over");
    city.clock.advance(Seconds(3_600));
    assert!(forgotten("b").await, "an hour later the worker looks again");
    Working { stop, task }.end().await;
}
