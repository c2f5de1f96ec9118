//! Tests of the readers.

mod broken;
mod cities;
mod files;
mod garbage;

use chrono::NaiveDate;

use crate::catalogue::Catalogue;

fn catalogue() -> Catalogue {
    Catalogue::built_in().unwrap()
}

fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 2).unwrap()
}
