//! The worker: leases jobs one after the other, has each solved by a child process, and writes what came of it.
//!
//! Everything it writes is fenced: the transaction first checks that the lease is still its own. A worker that was
//! stopped for a while and wakes up late finds its lease lost and writes nothing.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Shared;
use huilu_model::Seconds;

use super::child::{self, WorkError};
use super::progress;
use super::protocol::{WorkEvent, WorkOrder};
use super::pulse::{Pulse, Stop};
use crate::app::{AppError, AppResult, Services, once, runs};
use crate::db::{Tx, jobs};
use crate::domain::Instant;
use crate::domain::job::{Job, JobState};
use crate::domain::plan::{Progress, RunState};

/// How often answers of repeated requests are looked through for old ones.
const TIDY_EVERY: Seconds = Seconds(3_600);

#[derive(Clone, Debug)]
pub struct Options {
    /// How often to look for jobs while no bell rings.
    pub poll: Duration,
    /// A worker that is silent for so long has lost its job.
    pub lease: Seconds,
    /// How often the lease is renewed and progress written; a cancellation is seen no later.
    pub beat: Duration,
    /// Before a job is tried again whose child died.
    pub retry_pause: Seconds,
    /// Address space of a child.
    pub memory_mib: Option<u64>,
    /// A child that says nothing final for so long after the seconds of its run hangs: it counts as one that died. Between two words
    /// of its preparation, which is not counted, it may be as long.
    pub grace: Duration,
    /// How often a result is offered to a database that does not answer, and how long is waited in between.
    pub save_attempts: u32,
    pub save_pause: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(250),
            lease: Seconds(15),
            beat: Duration::from_secs(1),
            retry_pause: Seconds(2),
            memory_mib: Some(8 << 10),
            grace: Duration::from_secs(600),
            save_attempts: 20,
            save_pause: Duration::from_millis(500),
        }
    }
}

/// Works until `shutdown` resolves. A job in hand then goes back to the queue and keeps its attempts.
///
/// Between jobs, at the start and about once an hour, it forgets answers of requests that nobody will repeat any more.
pub async fn run(services: Services, binary: PathBuf, options: Options, shutdown: impl Future<Output = ()> + Send) {
    let shutdown = shutdown.shared();
    let worker = Worker { services, binary, options };
    let mut tidied = None;
    while shutdown.clone().now_or_never().is_none() {
        worker.tidy(&mut tidied).await;
        match worker.lease().await {
            Ok(Some(job)) => worker.work(&job, shutdown.clone()).await,
            Ok(None) => worker.wait(shutdown.clone()).await,
            Err(cause) => {
                tracing::warn!(%cause, "no job could be leased");
                worker.wait(shutdown.clone()).await;
            }
        }
    }
}

/// How the work on a job came out.
#[derive(Debug)]
enum Outcome {
    Done(Box<WorkEvent>),
    /// Trying again would not help.
    Failed(String),
    /// The child died, which another attempt may not.
    Crashed(String),
    Cancelled,
    LeaseLost,
    Shutdown,
}

#[derive(Debug)]
struct Worker {
    services: Services,
    binary: PathBuf,
    options: Options,
}

impl Worker {
    async fn wait<F: Future<Output = ()>>(&self, shutdown: Shared<F>) {
        tokio::select! {
            () = shutdown => {}
            () = self.services.jobs_due.notified() => {}
            () = tokio::time::sleep(self.options.poll) => {}
        }
    }

    /// A failure is no reason to stop; the next hour comes.
    async fn tidy(&self, last: &mut Option<Instant>) {
        let now = self.services.clock.now();
        if last.is_some_and(|last| now.since(last) < TIDY_EVERY) {
            return;
        }
        *last = Some(now);
        match once::forget_old(&self.services).await {
            Ok(forgotten) => tracing::debug!(forgotten, "old answers were looked for"),
            Err(cause) => tracing::warn!(%cause, "old answers could not be forgotten"),
        }
    }

    /// The next job, after those whose workers died too often were given up.
    async fn lease(&self) -> AppResult<Option<Job>> {
        let now = self.services.clock.now();
        let tx = self.services.db.begin().await?;
        for dead in jobs::dead(&*tx, now).await? {
            let cause = dead.error.clone().unwrap_or_else(|| format!("its worker was lost {} times", dead.attempt));
            tracing::error!(job = %dead.id, %cause, "a job was given up");
            runs::ended(&self.services, &tx, &dead, RunState::Failed, Some(&cause)).await?;
        }
        let leased = jobs::lease(&*tx, now, now.plus(self.options.lease)).await?;
        tx.commit().await?;
        Ok(leased)
    }

    async fn work<F: Future<Output = ()> + Send>(&self, job: &Job, shutdown: Shared<F>) {
        tracing::info!(job = %job.id, kind = %job.kind, attempt = job.attempt, "a job begins");
        let known = match self.begin(job).await {
            Ok(Some(known)) => known,
            Ok(None) => return,
            Err(cause) => return tracing::warn!(job = %job.id, %cause, "a job could not begin; its lease will run out"),
        };
        let pulse = Pulse::start(self.services.clone(), job.clone(), known, &self.options);
        let order = runs::order(&self.services, job, self.options.memory_mib).await;
        let outcome = match &order {
            Ok(order) => self.solve(order, &pulse, shutdown).await,
            Err(AppError::Unavailable(cause)) => Outcome::Crashed(cause.clone()),
            Err(cause) => Outcome::Failed(cause.to_string()),
        };
        let known = pulse.end().await;
        self.save(job, order.as_ref().ok(), &known, outcome).await;
    }

    /// Marks the run as running; absent where the job is not ours any more.
    async fn begin(&self, job: &Job) -> AppResult<Option<Progress>> {
        let tx = self.services.db.begin().await?;
        let until = self.services.clock.now().plus(self.options.lease);
        if jobs::renew(&*tx, job.lease(), until, None).await? == jobs::Renewal::Lost {
            return Ok(None);
        }
        let known = runs::started(&self.services, &tx, job).await?;
        tx.commit().await?;
        Ok(Some(known))
    }

    async fn solve<F: Future<Output = ()> + Send>(
        &self,
        order: &WorkOrder,
        pulse: &Pulse,
        shutdown: Shared<F>,
    ) -> Outcome {
        let early = Mutex::new(None);
        let stopped = pulse.stopped();
        let cancelled = async {
            let why = tokio::select! {
                stop = stopped => match stop {
                    Stop::Cancelled => Outcome::Cancelled,
                    Stop::LeaseLost => Outcome::LeaseLost,
                },
                () = shutdown => Outcome::Shutdown,
            };
            if let Ok(mut early) = early.lock() {
                *early = Some(why);
            }
        };
        let on_event = |event: WorkEvent| pulse.tell(|known| progress::after(known, &event));
        let solved = child::run(&self.binary, order, self.options.grace, on_event, cancelled).await;
        match solved {
            Ok(last) => {
                pulse.tell(|known| progress::after(known, &last));
                Outcome::Done(Box::new(last))
            }
            Err(WorkError::Cancelled) => early.into_inner().ok().flatten().unwrap_or(Outcome::LeaseLost),
            Err(WorkError::Refused(cause)) => Outcome::Failed(cause),
            Err(
                cause @ (WorkError::Start(_) | WorkError::Ended { .. } | WorkError::Garbled(_) | WorkError::Overdue(_)),
            ) => Outcome::Crashed(cause.to_string()),
        }
    }

    /// Writes how a job came out. A database that is away for a moment is waited for, as long as the lease may hold.
    async fn save(&self, job: &Job, order: Option<&WorkOrder>, known: &Progress, outcome: Outcome) {
        let mut outcome = outcome;
        for attempt in 1..=self.options.save_attempts {
            match self.write(job, order, known, &outcome).await {
                Ok(true) => return tracing::info!(job = %job.id, sequence = known.sequence, "a job was left"),
                Ok(false) => return tracing::warn!(job = %job.id, "the lease is lost; nothing was written"),
                Err(AppError::Unavailable(cause)) => {
                    tracing::warn!(job = %job.id, %cause, attempt, "a job's end could not be written yet");
                    tokio::time::sleep(self.options.save_pause).await;
                }
                Err(cause) => outcome = Outcome::Failed(cause.to_string()),
            }
        }
        tracing::error!(job = %job.id, "a job's end could not be written; it will be leased again");
    }

    /// False where the lease is lost; then nothing is written.
    async fn write(
        &self,
        job: &Job,
        order: Option<&WorkOrder>,
        known: &Progress,
        outcome: &Outcome,
    ) -> AppResult<bool> {
        let services = &self.services;
        let found = match outcome {
            Outcome::Done(result) => Some(runs::Found::of(result)?),
            _ => None,
        };
        let tx = services.db.begin().await?;
        let held = match outcome {
            Outcome::Done(_) => {
                let held = self.finish(&tx, job, JobState::Succeeded, None).await?;
                if held && let Some((order, found)) = order.zip(found) {
                    runs::succeeded(services, &tx, job, order, known, found).await?;
                }
                held
            }
            Outcome::Failed(cause) => self.end(&tx, job, (JobState::Failed, RunState::Failed), Some(cause)).await?,
            Outcome::Cancelled => self.end(&tx, job, (JobState::Cancelled, RunState::Cancelled), None).await?,
            Outcome::Crashed(cause) if job.attempt >= job.max_attempts => {
                self.end(&tx, job, (JobState::Dead, RunState::Failed), Some(cause)).await?
            }
            Outcome::Crashed(cause) => {
                tracing::warn!(job = %job.id, attempt = job.attempt, %cause, "a solving process died; once more");
                // The lease runs out after the pause, and whoever looks next has the next attempt.
                let until = services.clock.now().plus(self.options.retry_pause);
                jobs::renew(&*tx, job.lease(), until, None).await? != jobs::Renewal::Lost
            }
            Outcome::Shutdown => {
                let held = jobs::release(&*tx, job.lease(), services.clock.now()).await?;
                if held {
                    runs::handed_back(&tx, job).await?;
                }
                held
            }
            Outcome::LeaseLost => false,
        };
        if held {
            tx.commit().await?;
        }
        Ok(held)
    }

    async fn end(&self, tx: &Tx, job: &Job, states: (JobState, RunState), cause: Option<&str>) -> AppResult<bool> {
        let held = self.finish(tx, job, states.0, cause).await?;
        if held {
            runs::ended(&self.services, tx, job, states.1, cause).await?;
        }
        Ok(held)
    }

    async fn finish(&self, tx: &Tx, job: &Job, state: JobState, cause: Option<&str>) -> AppResult<bool> {
        Ok(jobs::finish(&**tx, job.lease(), state, cause, self.services.clock.now()).await?)
    }
}
