//! Table `vehicles`.

use huilu_model::{Grams, Seconds};
use sea_orm::entity::prelude::*;

use crate::db::codec::{code, json, json_text};
use crate::db::error::{DbError, DbResult};
use crate::db::query::Row;
use crate::domain::amount::Fen;
use crate::domain::fleet::{Pause, Vehicle, VehicleCosts};
use crate::domain::outlet::DailyHours;
use crate::domain::{DepotId, Instant, OperatorId, VehicleId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "vehicles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub name: String,
    pub preset: Option<String>,
    pub profile: String,
    pub depot_id: Uuid,
    pub capacity_g: i64,
    pub compartments: String,
    pub shift_start_s: i64,
    pub shift_end_s: i64,
    pub pause_from_s: Option<i64>,
    pub pause_until_s: Option<i64>,
    pub pause_s: Option<i64>,
    pub fixed_fen: i64,
    pub per_hour_fen: i64,
    pub per_km_fen: i64,
    pub skills: String,
    pub active: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Vehicle;

    fn of(vehicle: &Vehicle) -> DbResult<Self> {
        Ok(Self {
            id: vehicle.id.0,
            operator_id: vehicle.operator.0,
            name: vehicle.name.clone(),
            preset: vehicle.preset.clone(),
            profile: vehicle.profile.to_string(),
            depot_id: vehicle.depot.0,
            capacity_g: vehicle.capacity.0,
            compartments: json_text("compartments", &vehicle.compartments)?,
            shift_start_s: vehicle.shift.start.0,
            shift_end_s: vehicle.shift.end.0,
            pause_from_s: vehicle.pause.map(|pause| pause.begins.start.0),
            pause_until_s: vehicle.pause.map(|pause| pause.begins.end.0),
            pause_s: vehicle.pause.map(|pause| pause.duration.0),
            fixed_fen: vehicle.costs.fixed.0,
            per_hour_fen: vehicle.costs.per_hour.0,
            per_km_fen: vehicle.costs.per_km.0,
            skills: json_text("skills", &vehicle.skills)?,
            active: vehicle.active,
            created_at: vehicle.created.0,
            updated_at: vehicle.updated.0,
            version: vehicle.version,
        })
    }

    fn into_domain(self) -> DbResult<Vehicle> {
        let pause = match (self.pause_from_s, self.pause_until_s, self.pause_s) {
            (None, None, None) => None,
            (Some(from), Some(until), Some(span)) => Some(Pause {
                begins: DailyHours { start: Seconds(from), end: Seconds(until) },
                duration: Seconds(span),
            }),
            _ => return Err(DbError::unreadable("pause_s")),
        };
        Ok(Vehicle {
            id: VehicleId(self.id),
            operator: OperatorId(self.operator_id),
            name: self.name,
            preset: self.preset,
            profile: code("profile", &self.profile)?,
            depot: DepotId(self.depot_id),
            capacity: Grams(self.capacity_g),
            compartments: json("compartments", &self.compartments)?,
            shift: DailyHours { start: Seconds(self.shift_start_s), end: Seconds(self.shift_end_s) },
            pause,
            costs: VehicleCosts {
                fixed: Fen(self.fixed_fen),
                per_hour: Fen(self.per_hour_fen),
                per_km: Fen(self.per_km_fen),
            },
            skills: json("skills", &self.skills)?,
            active: self.active,
            created: Instant(self.created_at),
            updated: Instant(self.updated_at),
            version: self.version,
        })
    }
}
