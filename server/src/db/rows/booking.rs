//! Table `bookings`; the items stand in their own.

use huilu_model::{Grams, Litres, Seconds};
use sea_orm::entity::prelude::*;

use super::{datum_name, place};
use crate::db::codec::{cell, cell_bits, code, day_text};
use crate::db::error::DbResult;
use crate::domain::amount::Fen;
use crate::domain::booking::{Booking, BookingItem, PickupWindow};
use crate::domain::{AreaId, BookingId, BuildingId, Instant, OperatorId, TokenId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bookings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub state: String,
    pub resident_id: Option<Uuid>,
    pub building_id: Option<Uuid>,
    pub area_id: Option<Uuid>,
    pub cell: i64,
    pub lat: f64,
    pub lon: f64,
    pub entered_lat: f64,
    pub entered_lon: f64,
    pub entered_datum: String,
    pub address: Option<String>,
    pub floor: Option<i32>,
    pub lift: Option<bool>,
    pub note: Option<String>,
    pub service_date: String,
    pub window_start_s: i64,
    pub window_end_s: i64,
    pub window_start_at: i64,
    pub window_end_at: i64,
    pub grams: i64,
    pub litres: i64,
    pub penalty_fen: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(in crate::db) fn of(booking: &Booking) -> DbResult<Self> {
        Ok(Self {
            id: booking.id.0,
            operator_id: booking.operator.0,
            state: booking.state.to_string(),
            resident_id: booking.resident.map(|resident| resident.0),
            building_id: booking.building.map(|building| building.0),
            area_id: booking.area.map(|area| area.0),
            cell: cell_bits(booking.cell),
            lat: booking.place.at.lat,
            lon: booking.place.at.lon,
            entered_lat: booking.place.entered.lat,
            entered_lon: booking.place.entered.lon,
            entered_datum: datum_name(&booking.place)?,
            address: booking.address.clone(),
            floor: booking.floor,
            lift: booking.lift,
            note: booking.note.clone(),
            service_date: day_text(booking.service_date),
            window_start_s: booking.window.start_s.0,
            window_end_s: booking.window.end_s.0,
            window_start_at: booking.window.start.0,
            window_end_at: booking.window.end.0,
            grams: booking.grams.0,
            litres: booking.litres.0,
            penalty_fen: booking.penalty.0,
            created_at: booking.created.0,
            updated_at: booking.updated.0,
            version: booking.version,
        })
    }

    pub(in crate::db) fn into_domain(self, items: Vec<BookingItem>) -> DbResult<Booking> {
        Ok(Booking {
            id: BookingId(self.id),
            operator: OperatorId(self.operator_id),
            state: code("state", &self.state)?,
            resident: self.resident_id.map(TokenId),
            building: self.building_id.map(BuildingId),
            area: self.area_id.map(AreaId),
            cell: cell("cell", self.cell)?,
            place: place(self.lat, self.lon, self.entered_lat, self.entered_lon, self.entered_datum)?,
            address: self.address,
            floor: self.floor,
            lift: self.lift,
            note: self.note,
            service_date: code("service_date", &self.service_date)?,
            window: PickupWindow {
                start_s: Seconds(self.window_start_s),
                end_s: Seconds(self.window_end_s),
                start: Instant(self.window_start_at),
                end: Instant(self.window_end_at),
            },
            grams: Grams(self.grams),
            litres: Litres(self.litres),
            penalty: Fen(self.penalty_fen),
            items,
            created: Instant(self.created_at),
            updated: Instant(self.updated_at),
            version: self.version,
        })
    }
}
