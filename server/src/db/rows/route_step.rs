//! Table `route_steps`.

use huilu_model::{Metres, Seconds, Wgs84};
use sea_orm::entity::prelude::*;

use crate::db::codec::{fits, json, json_text};
use crate::db::error::{DbError, DbResult};
use crate::domain::plan::{Route, RouteStep, StepKind};
use crate::domain::report::ReportKind;
use crate::domain::{BookingId, OutletId, StepId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "route_steps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub route_id: Uuid,
    pub position: i32,
    pub kind: String,
    pub booking_id: Option<Uuid>,
    pub outlet_id: Option<Uuid>,
    pub lat: f64,
    pub lon: f64,
    pub arrival_s: i64,
    pub start_s: i64,
    pub departure_s: i64,
    pub distance_m: i64,
    pub load: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// All of a route, in its order.
    pub(in crate::db) fn of(route: &Route) -> impl Iterator<Item = DbResult<Self>> {
        route.steps.iter().enumerate().map(|(position, step)| {
            let (kind, booking_id, outlet_id) = match step.kind {
                StepKind::Start => ("start", None, None),
                StepKind::Job(booking) => ("job", Some(booking.0), None),
                StepKind::Unload(outlet) => ("unload", None, Some(outlet.0)),
                StepKind::Clear(outlet) => ("clear", None, Some(outlet.0)),
                StepKind::Break => ("break", None, None),
                StepKind::End => ("end", None, None),
            };
            Ok(Self {
                id: step.id.0,
                operator_id: route.operator.0,
                route_id: route.id.0,
                position: fits("position", position)?,
                kind: kind.to_owned(),
                booking_id,
                outlet_id,
                lat: step.at.lat,
                lon: step.at.lon,
                arrival_s: step.arrival.0,
                start_s: step.start.0,
                departure_s: step.departure.0,
                distance_m: step.distance.0,
                load: json_text("load", &step.load)?,
            })
        })
    }

    pub(in crate::db) fn into_domain(self, reported: Option<ReportKind>) -> DbResult<RouteStep> {
        let kind = match (self.kind.as_str(), self.booking_id, self.outlet_id) {
            ("start", None, None) => StepKind::Start,
            ("job", Some(booking), None) => StepKind::Job(BookingId(booking)),
            ("unload", None, Some(outlet)) => StepKind::Unload(OutletId(outlet)),
            ("clear", None, Some(outlet)) => StepKind::Clear(OutletId(outlet)),
            ("break", None, None) => StepKind::Break,
            ("end", None, None) => StepKind::End,
            _ => return Err(DbError::unreadable("kind")),
        };
        Ok(RouteStep {
            id: StepId(self.id),
            kind,
            at: Wgs84 { lat: self.lat, lon: self.lon },
            arrival: Seconds(self.arrival_s),
            start: Seconds(self.start_s),
            departure: Seconds(self.departure_s),
            distance: Metres(self.distance_m),
            load: json("load", &self.load)?,
            reported,
        })
    }
}
