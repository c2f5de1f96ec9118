//! Table `jobs`.

use sea_orm::entity::prelude::*;

use crate::db::codec::{code, json};
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::job::Job;
use crate::domain::{Instant, JobId, OperatorId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub kind: String,
    pub payload: String,
    pub state: String,
    pub run_at: i64,
    pub lease_until: Option<i64>,
    pub attempt: i32,
    pub max_attempts: i32,
    pub progress: Option<String>,
    pub cancel_requested: bool,
    pub error: Option<String>,
    pub created_at: i64,
    pub ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Job;

    fn of(job: &Job) -> DbResult<Self> {
        Ok(Self {
            id: job.id.0,
            operator_id: job.operator.0,
            kind: job.kind.to_string(),
            payload: job.payload.to_string(),
            state: job.state.to_string(),
            run_at: job.run_at.0,
            lease_until: job.lease_until.map(|at| at.0),
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            progress: job.progress.as_ref().map(ToString::to_string),
            cancel_requested: job.cancel_requested,
            error: job.error.clone(),
            created_at: job.created.0,
            ended_at: job.ended.map(|at| at.0),
        })
    }

    fn into_domain(self) -> DbResult<Job> {
        Ok(Job {
            id: JobId(self.id),
            operator: OperatorId(self.operator_id),
            kind: code("kind", &self.kind)?,
            payload: json("payload", &self.payload)?,
            state: code("state", &self.state)?,
            run_at: Instant(self.run_at),
            lease_until: self.lease_until.map(Instant),
            attempt: self.attempt,
            max_attempts: self.max_attempts,
            progress: self.progress.map(|text| json("progress", &text)).transpose()?,
            cancel_requested: self.cancel_requested,
            error: self.error,
            created: Instant(self.created_at),
            ended: self.ended_at.map(Instant),
        })
    }
}
