//! Readers of real cities' files: areas, buildings, outlets and bookings in any of the three datums, and two whole
//! cities put together from public data.
//!
//! Bytes and a datum in, records or every fault out. A reader never guesses a datum, never panics on garbage and says
//! in its notes what it assumed or left out. The columns and properties that are understood stand at the top of each
//! reader's file.

mod areas;
mod assemble;
mod bookings;
mod buildings;
mod bytes;
mod chengdu;
mod day;
mod fault;
mod files;
mod homes;
mod macau;
mod moment;
mod network;
mod opening;
mod osm;
mod outlets;
mod table;
mod windows;

#[cfg(test)]
mod tests;

pub use areas::areas;
pub use bookings::bookings;
pub use buildings::buildings;
pub use chengdu::chengdu;
pub use fault::{ReadError, ReadFault};
pub use files::{ChengduFiles, InputFile, MacauFiles};
pub use macau::macau;
pub use outlets::outlets;

/// The records of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    pub records: Vec<T>,
    /// What was assumed or left out, for people to read.
    pub notes: Vec<String>,
}
