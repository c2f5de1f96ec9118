//! A CSV file as rows whose fields are asked for by name.
//!
//! Comma-separated with a header line. Names of columns are compared in lower case; each field that is asked for has
//! several accepted names, the first of them ours.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use csv::StringRecord;
use huilu_model::{Datum, Wgs84};

use super::bytes::text_of;
use super::fault::{Faults, ReadError};
use crate::records::Entered;

/// Accepted names of a column, ours first.
pub(super) type Names = &'static [&'static str];

pub(super) const LON: Names = &["lon", "lng", "longitude", "lgt"];
pub(super) const LAT: Names = &["lat", "latitude"];

/// Keeps what lies within reach of integer arithmetic, whatever a file claims.
pub(super) const COUNT: RangeInclusive<i64> = 0..=1_000_000_000_000;

#[derive(Debug)]
pub(super) struct Table {
    header: Vec<String>,
    rows: Vec<(u64, StringRecord)>,
}

impl Table {
    /// Rows whose number of fields differs from the header's are faults and are left out.
    ///
    /// # Errors
    /// [`ReadError`] where there is no table at all: see [`text_of`], or one of `required` is no column.
    pub(super) fn read(file: &str, bytes: &[u8], required: &[Names], faults: &mut Faults) -> Result<Self, ReadError> {
        let text = text_of(file, bytes)?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = match reader.headers() {
            Ok(names) => names.iter().map(|name| name.trim().to_ascii_lowercase()).collect::<Vec<_>>(),
            Err(cause) => return Err(ReadError::of_file(file, cause)),
        };
        let mut table = Self { header, rows: Vec::new() };
        let mut missing = Faults::of(file);
        for names in required.iter().filter(|names| table.column(names).is_none()) {
            missing.add(Some(1), format!("no column `{}`", names.join("` or `")));
        }
        missing.or(())?;
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(cause) => {
                    faults.add(cause.position().map(csv::Position::line), &cause);
                    continue;
                }
            };
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != table.header.len() {
                faults.add(Some(line), format!("{} fields, but the header has {}", record.len(), table.header.len()));
            } else {
                table.rows.push((line, record));
            }
        }
        Ok(table)
    }

    fn column(&self, names: Names) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|own| own == name))
    }

    pub(super) fn has(&self, names: Names) -> bool {
        self.column(names).is_some()
    }

    /// Whether a column goes by our own name, the first.
    pub(super) fn is_ours(&self, names: Names) -> bool {
        names.first().is_some_and(|own| self.header.iter().any(|name| name == own))
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { table: self, line: *line, record })
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    table: &'a Table,
    pub(super) line: u64,
    record: &'a StringRecord,
}

impl<'a> Row<'a> {
    pub(super) fn has(&self, names: Names) -> bool {
        self.table.has(names)
    }

    /// The trimmed field; `None` where it is empty or the table has no such column.
    pub(super) fn text(&self, names: Names) -> Option<&'a str> {
        let field = self.record.get(self.table.column(names)?)?.trim();
        (!field.is_empty()).then_some(field)
    }

    /// A number within a range. An empty field is `None`; anything else that is no such number is a fault.
    pub(super) fn number<T>(&self, names: Names, range: RangeInclusive<T>, faults: &mut Faults) -> Option<T>
    where
        T: FromStr + PartialOrd + Display,
    {
        let field = self.text(names)?;
        match field.parse::<T>() {
            Ok(number) if range.contains(&number) => Some(number),
            _ => {
                let (low, high) = range.into_inner();
                faults.add(Some(self.line), format!("{} `{field}` is no number from {low} to {high}", names[0]));
                None
            }
        }
    }

    /// One of a list of codes; an unknown one is a fault.
    pub(super) fn code<T: FromStr<Err: Display>>(&self, names: Names, faults: &mut Faults) -> Option<T> {
        match self.text(names)?.parse() {
            Ok(code) => Some(code),
            Err(cause) => {
                faults.add(Some(self.line), cause);
                None
            }
        }
    }

    /// `true` or `false`, also `yes` and `no`, `1` and `0`.
    pub(super) fn flag(&self, names: Names, faults: &mut Faults) -> Option<bool> {
        match self.text(names)?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            other => {
                faults.add(Some(self.line), format!("{} `{other}` is neither true nor false", names[0]));
                None
            }
        }
    }

    /// The coordinates as they stand and where that is; both columns are required.
    pub(super) fn place(&self, datum: Datum, faults: &mut Faults) -> Option<(Wgs84, Entered)> {
        let lat = self.degrees(LAT, faults);
        let lon = self.degrees(LON, faults);
        let (lat, lon) = (lat?, lon?);
        match datum.to_wgs84(lat, lon) {
            Ok(place) => Some((place, Entered { lat, lon, datum })),
            Err(cause) => {
                faults.add(Some(self.line), cause);
                None
            }
        }
    }

    fn degrees(&self, names: Names, faults: &mut Faults) -> Option<f64> {
        match self.text(names).map(str::parse::<f64>) {
            Some(Ok(degrees)) if degrees.is_finite() => return Some(degrees),
            Some(_) => faults.add(Some(self.line), format!("{} is no number", names[0])),
            None => faults.add(Some(self.line), format!("{} is missing", names[0])),
        }
        None
    }
}
