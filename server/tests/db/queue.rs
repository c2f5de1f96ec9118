//! The queue: at least once, never twice at the same time, and a worker that lost its lease changes nothing.

use std::collections::BTreeSet;

use huilu_server::db::jobs::{self, Renewal};
use huilu_server::db::{Db, DbError};
use huilu_server::domain::Instant;
use huilu_server::domain::job::{Job, JobState, Lease};
use serde_json::json;
use tokio::task::JoinSet;

use crate::fixtures::{job, operator};

const MINUTE: i64 = 60_000;

fn at(minute: i64) -> Instant {
    Instant(1_800_000_000_000 + minute * MINUTE)
}

async fn enqueue(db: &Db, job: &Job) {
    let tx = db.begin().await.unwrap();
    jobs::enqueue(&*tx, job).await.unwrap();
    tx.commit().await.unwrap();
}

async fn lease(db: &Db, minute: i64) -> Option<Job> {
    let tx = db.begin().await.unwrap();
    let job = jobs::lease(&*tx, at(minute), at(minute + 1)).await.unwrap();
    tx.commit().await.unwrap();
    job
}

async fn finish(db: &Db, lease: Lease, state: JobState, minute: i64) -> bool {
    let tx = db.begin().await.unwrap();
    let done = jobs::finish(&*tx, lease, state, Some("why"), at(minute)).await.unwrap();
    tx.commit().await.unwrap();
    done
}

async fn renew(db: &Db, lease: Lease, minute: i64) -> Renewal {
    let tx = db.begin().await.unwrap();
    let progress = json!({"sequence": minute});
    let renewal = jobs::renew(&*tx, lease, at(minute), Some(&progress)).await.unwrap();
    tx.commit().await.unwrap();
    renewal
}

pub(crate) async fn a_lease_counts_the_attempt_and_hides_the_job(db: &Db) {
    let op = operator(db).await.id;
    let (mut early, mut late) = (job(op, at(1)), job(op, at(2)));
    enqueue(db, &late).await;
    enqueue(db, &early).await;
    assert_eq!(lease(db, 0).await, None, "nothing is due yet");

    for job in [&mut early, &mut late] {
        job.state = JobState::Running;
        job.attempt = 1;
        job.lease_until = Some(at(3));
    }
    assert_eq!(lease(db, 2).await, Some(early.clone()));
    assert_eq!(lease(db, 2).await, Some(late.clone()));
    assert_eq!(lease(db, 2).await, None);

    assert_eq!(renew(db, early.lease(), 5).await, Renewal::Held);
    assert!(finish(db, late.lease(), JobState::Failed, 3).await);
    let ended = jobs::by_id(db.read(), late.id).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.error.as_deref(), ended.ended), (JobState::Failed, Some("why"), Some(at(3))));
    assert_eq!(lease(db, 4).await, None, "the other one was renewed");
    assert_eq!(jobs::by_id(db.read(), early.id).await.unwrap().unwrap().progress, Some(json!({"sequence": 5})));
    assert!(finish(db, early.lease(), JobState::Succeeded, 4).await);
}

pub(crate) async fn a_zombie_can_change_nothing(db: &Db) {
    let op = operator(db).await.id;
    let job = job(op, at(0));
    enqueue(db, &job).await;
    let zombie = lease(db, 0).await.unwrap().lease();
    // Its lease runs out; another worker takes over.
    let second = lease(db, 2).await.unwrap();
    assert_eq!((second.id, second.attempt), (job.id, 2));

    assert_eq!(renew(db, zombie, 9).await, Renewal::Lost);
    assert!(!finish(db, zombie, JobState::Failed, 2).await);
    let tx = db.begin().await.unwrap();
    assert!(!jobs::release(&*tx, zombie, at(2)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(jobs::by_id(db.read(), job.id).await.unwrap(), Some(second.clone()));

    assert!(finish(db, second.lease(), JobState::Succeeded, 3).await);
    assert_eq!(renew(db, second.lease(), 9).await, Renewal::Lost, "it has ended");
    assert!(!finish(db, second.lease(), JobState::Failed, 3).await);
    assert_eq!(jobs::by_id(db.read(), job.id).await.unwrap().unwrap().state, JobState::Succeeded);
    let tx = db.begin().await.unwrap();
    assert!(matches!(jobs::finish(&*tx, second.lease(), JobState::Queued, None, at(3)).await, Err(DbError::Broken(_))));
}

pub(crate) async fn the_last_attempt_ends_dead(db: &Db) {
    let op = operator(db).await.id;
    let job = Job { max_attempts: 2, ..job(op, at(0)) };
    enqueue(db, &job).await;
    assert_eq!(lease(db, 0).await.unwrap().attempt, 1);
    assert_eq!(lease(db, 2).await.unwrap().attempt, 2);
    let buried = async |minute| {
        let tx = db.begin().await.unwrap();
        let dead = jobs::dead(&*tx, at(minute)).await.unwrap();
        tx.commit().await.unwrap();
        dead
    };
    assert_eq!(buried(2).await, [], "its last attempt still runs");
    assert_eq!(lease(db, 4).await, None);
    let dead = buried(4).await;
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].id, dead[0].state, dead[0].ended), (job.id, JobState::Dead, Some(at(4))));
    assert_eq!(buried(4).await, []);
}

pub(crate) async fn handing_back_costs_no_attempt_and_repeats_no_number(db: &Db) {
    let op = operator(db).await.id;
    let job = Job { max_attempts: 1, ..job(op, at(0)) };
    enqueue(db, &job).await;
    let first = lease(db, 0).await.unwrap();
    let tx = db.begin().await.unwrap();
    assert!(jobs::release(&*tx, first.lease(), at(0)).await.unwrap());
    tx.commit().await.unwrap();
    let second = lease(db, 0).await.unwrap();
    assert_eq!(second.id, job.id);
    assert_ne!(second.lease(), first.lease());
    assert!(!finish(db, first.lease(), JobState::Failed, 0).await);
    assert!(finish(db, second.lease(), JobState::Succeeded, 0).await);
}

pub(crate) async fn cancelling(db: &Db) {
    let op = operator(db).await.id;
    let (waiting, mut running) = (job(op, at(90)), job(op, at(0)));
    enqueue(db, &waiting).await;
    enqueue(db, &running).await;
    running = lease(db, 0).await.unwrap();
    let cancel = async |id| {
        let tx = db.begin().await.unwrap();
        let done = jobs::request_cancel(&*tx, id, at(1)).await.unwrap();
        tx.commit().await.unwrap();
        done
    };
    assert!(cancel(waiting.id).await);
    let ended = jobs::by_id(db.read(), waiting.id).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.ended), (JobState::Cancelled, Some(at(1))));
    assert!(!cancel(waiting.id).await, "it has ended");
    assert_eq!(lease(db, 99).await.map(|job| job.id), Some(running.id), "only the running one is taken again");

    let running = jobs::by_id(db.read(), running.id).await.unwrap().unwrap();
    assert!(cancel(running.id).await);
    assert_eq!(renew(db, running.lease(), 100).await, Renewal::CancelRequested);
    assert!(finish(db, running.lease(), JobState::Cancelled, 100).await);
}

/// Eight workers, sixty jobs, short transactions: each job is leased once.
pub(crate) async fn many_workers_share_jobs_without_overlap(db: &Db) {
    let op = operator(db).await.id;
    let tx = db.begin().await.unwrap();
    for _ in 0..60 {
        jobs::enqueue(&*tx, &job(op, at(0))).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let db = db.clone();
        workers.spawn(async move {
            let mut own = Vec::new();
            // On PostgreSQL a worker may find all rows locked by others for a moment; those then have them.
            while let Some(job) = lease(&db, 0).await {
                own.push(job.id);
                assert!(finish(&db, job.lease(), JobState::Succeeded, 0).await);
            }
            own
        });
    }
    let mut taken: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    while let Some(job) = lease(db, 0).await {
        taken.push(job.id);
    }
    assert_eq!(taken.len(), 60);
    assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 60);
}
