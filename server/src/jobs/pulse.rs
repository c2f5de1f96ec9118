//! The heartbeat of a job in work: renews the lease, writes progress, and says when the work has to end.
//!
//! It is a task of its own and is told to end rather than dropped, so that no transaction is torn off in the middle.

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, MissedTickBehavior};

use super::worker::Options;
use crate::app::{AppResult, Services, runs};
use crate::db::jobs::{self, Renewal};
use crate::domain::job::Job;
use crate::domain::plan::Progress;

/// Why a job in work has to end early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Somebody asked for it.
    Cancelled,
    /// Another worker may have the job by now: whatever this one found counts for nothing.
    LeaseLost,
}

/// The worker's side of a running heartbeat.
#[derive(Debug)]
pub(crate) struct Pulse {
    progress: watch::Sender<Progress>,
    stop: watch::Receiver<Option<Stop>>,
    task: JoinHandle<()>,
    end: watch::Sender<bool>,
}

impl Pulse {
    /// Starts beating for a job that was leased just now.
    pub(crate) fn start(services: Services, job: Job, known: Progress, options: &Options) -> Self {
        let (progress, progress_seen) = watch::channel(known);
        let (stop_told, stop) = watch::channel(None);
        let (end, ended) = watch::channel(false);
        let heart = Heart { services, job, options: options.clone(), progress: progress_seen, stop: stop_told };
        Self { progress, stop, task: tokio::spawn(heart.beat(ended)), end }
    }

    /// Takes up what the solving process said.
    pub(crate) fn tell(&self, next: impl FnOnce(&Progress) -> Progress) {
        self.progress.send_modify(|known| *known = next(known));
    }

    /// Resolves when the work has to end early.
    pub(crate) fn stopped(&self) -> impl Future<Output = Stop> + Send + 'static {
        let mut stop = self.stop.clone();
        async move {
            match stop.wait_for(Option::is_some).await {
                Ok(found) => found.unwrap_or(Stop::LeaseLost),
                // The heart is gone without a word, so nobody renews the lease any more.
                Err(_) => Stop::LeaseLost,
            }
        }
    }

    /// Waits until the beat in hand is over; returns the latest progress.
    pub(crate) async fn end(self) -> Progress {
        let _ = self.end.send(true);
        let _ = self.task.await;
        *self.progress.borrow()
    }
}

struct Heart {
    services: Services,
    job: Job,
    options: Options,
    progress: watch::Receiver<Progress>,
    stop: watch::Sender<Option<Stop>>,
}

impl Heart {
    async fn beat(mut self, mut ended: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(self.options.beat);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        let lease = Duration::from_secs(u64::try_from(self.options.lease.0).unwrap_or(0));
        let mut renewed = Instant::now();
        loop {
            tokio::select! {
                _ = ended.wait_for(|&end| end) => return,
                _ = ticks.tick() => {}
            }
            match self.renew().await {
                Ok(Renewal::Held) => renewed = Instant::now(),
                Ok(Renewal::CancelRequested) => return self.say(Stop::Cancelled),
                Ok(Renewal::Lost) => return self.say(Stop::LeaseLost),
                Err(cause) => {
                    tracing::warn!(job = %self.job.id, %cause, "a lease could not be renewed");
                    // Up to then nobody else can have the job.
                    if renewed.elapsed() + self.options.beat >= lease {
                        return self.say(Stop::LeaseLost);
                    }
                }
            }
        }
    }

    async fn renew(&mut self) -> AppResult<Renewal> {
        let progress = self.progress.has_changed().unwrap_or(false).then(|| *self.progress.borrow_and_update());
        let until = self.services.clock.now().plus(self.options.lease);
        let tx = self.services.db.begin().await?;
        let note = progress.as_ref().and_then(|progress| serde_json::to_value(progress).ok());
        let renewal = jobs::renew(&*tx, self.job.lease(), until, note.as_ref()).await?;
        if renewal == Renewal::Held
            && let Some(progress) = &progress
        {
            runs::progressed(&tx, &self.job, progress).await?;
        }
        tx.commit().await?;
        Ok(renewal)
    }

    fn say(&self, stop: Stop) {
        self.stop.send_replace(Some(stop));
    }
}
