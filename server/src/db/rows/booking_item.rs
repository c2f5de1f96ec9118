//! Table `booking_items`.

use huilu_model::{Grams, Litres};
use sea_orm::entity::prelude::*;

use crate::db::codec::fits;
use crate::db::error::DbResult;
use crate::domain::amount::Fen;
use crate::domain::booking::{Booking, BookingItem};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "booking_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub booking_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub material: String,
    pub operator_id: Uuid,
    pub position: i32,
    pub grams: i64,
    pub litres: i64,
    pub pieces: Option<i64>,
    pub price_fen: i64,
    pub weighed_g: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// All of a booking, in its order.
    pub(in crate::db) fn of(booking: &Booking) -> impl Iterator<Item = DbResult<Self>> {
        booking.items.iter().enumerate().map(|(position, item)| {
            Ok(Self {
                booking_id: booking.id.0,
                material: item.material.clone(),
                operator_id: booking.operator.0,
                position: fits("position", position)?,
                grams: item.grams.0,
                litres: item.litres.0,
                pieces: item.pieces,
                price_fen: item.price.0,
                weighed_g: item.weighed.map(|grams| grams.0),
            })
        })
    }

    pub(in crate::db) fn into_domain(self) -> BookingItem {
        BookingItem {
            material: self.material,
            grams: Grams(self.grams),
            litres: Litres(self.litres),
            pieces: self.pieces,
            price: Fen(self.price_fen),
            weighed: self.weighed_g.map(Grams),
        }
    }
}
