//! The columns of a run, which plans and answers to scenarios share.

use crate::db::codec::{fits, json, json_text, whole};
use crate::db::error::DbResult;
use crate::domain::plan::Run;
use crate::domain::{Instant, JobId};
use sea_orm::entity::prelude::Uuid;

/// What both tables hold of a run, by the names of the columns.
pub(super) struct RunColumns {
    pub(super) run_state: String,
    pub(super) job_id: Uuid,
    pub(super) seed: i64,
    pub(super) threads: i32,
    pub(super) run_seconds: Option<f64>,
    pub(super) run_iterations: Option<i64>,
    pub(super) run_progress: Option<String>,
    pub(super) run_error: Option<String>,
    pub(super) run_created_at: i64,
    pub(super) run_started_at: Option<i64>,
    pub(super) run_ended_at: Option<i64>,
}

impl RunColumns {
    pub(super) fn of(run: &Run) -> DbResult<Self> {
        Ok(Self {
            run_state: run.state.to_string(),
            job_id: run.job.0,
            // All 64 bits of a seed count; the column has a sign.
            seed: run.seed.cast_signed(),
            threads: fits("threads", run.threads)?,
            run_seconds: run.seconds,
            run_iterations: run.iterations.map(|count| fits("run_iterations", count)).transpose()?,
            run_progress: run.progress.as_ref().map(|progress| json_text("run_progress", progress)).transpose()?,
            run_error: run.error.clone(),
            run_created_at: run.created.0,
            run_started_at: run.started.map(|at| at.0),
            run_ended_at: run.ended.map(|at| at.0),
        })
    }

    pub(super) fn into_domain(self) -> DbResult<Run> {
        Ok(Run {
            state: crate::db::codec::code("run_state", &self.run_state)?,
            job: JobId(self.job_id),
            seed: self.seed.cast_unsigned(),
            threads: whole("threads", i64::from(self.threads))?,
            seconds: self.run_seconds,
            iterations: self.run_iterations.map(|count| whole("run_iterations", count)).transpose()?,
            progress: self.run_progress.map(|text| json("run_progress", &text)).transpose()?,
            error: self.run_error,
            created: Instant(self.run_created_at),
            started: self.run_started_at.map(Instant),
            ended: self.run_ended_at.map(Instant),
        })
    }
}

/// Moves the columns of a run between a row, or what is to be set of it, and [`RunColumns`].
macro_rules! run_columns {
    (from $row:expr) => {
        $crate::db::rows::run::RunColumns {
            run_state: $row.run_state,
            job_id: $row.job_id,
            seed: $row.seed,
            threads: $row.threads,
            run_seconds: $row.run_seconds,
            run_iterations: $row.run_iterations,
            run_progress: $row.run_progress,
            run_error: $row.run_error,
            run_created_at: $row.run_created_at,
            run_started_at: $row.run_started_at,
            run_ended_at: $row.run_ended_at,
        }
    };
    (set $run:expr) => {{
        let run = $crate::db::rows::run::RunColumns::of($run)?;
        ActiveModel {
            run_state: Set(run.run_state),
            job_id: Set(run.job_id),
            seed: Set(run.seed),
            threads: Set(run.threads),
            run_seconds: Set(run.run_seconds),
            run_iterations: Set(run.run_iterations),
            run_progress: Set(run.run_progress),
            run_error: Set(run.run_error),
            run_created_at: Set(run.run_created_at),
            run_started_at: Set(run.run_started_at),
            run_ended_at: Set(run.run_ended_at),
            ..Default::default()
        }
    }};
}

pub(super) use run_columns;
