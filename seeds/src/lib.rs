//! Cities as data: a generated demo city and readers of real files.
//!
//! Pure: `(seed, date)` or files in, records and the bytes of an `.osm.pbf` file out. Knows no server, no database and
//! no network.

pub mod amounts;
pub mod catalogue;
mod codes;
pub mod demo;
pub mod fleet;
pub mod osm_pbf;
mod polygon;
pub mod real;
mod records;

pub use catalogue::{Catalogue, CatalogueFaults};
pub use codes::UnknownCode;
pub use polygon::geojson_geometry;
pub use records::*;
