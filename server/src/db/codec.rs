//! Values of the domain as columns: codes, days, cells, JSON, compressed documents.

use std::io::{Read, Write};
use std::str::FromStr;

use chrono::NaiveDate;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use h3o::CellIndex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{DbError, DbResult};

/// Reads the code of a closed list, a day or a zone.
pub(super) fn code<T: FromStr>(column: &str, text: &str) -> DbResult<T> {
    text.parse().map_err(|_| DbError::unreadable(column))
}

pub(super) fn code_of_some<T: FromStr>(column: &str, text: Option<&str>) -> DbResult<Option<T>> {
    text.map(|text| code(column, text)).transpose()
}

/// `YYYY-MM-DD`, which sorts as text.
pub(super) fn day_text(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

/// The name by which serde knows a variant without fields.
pub(super) fn name<T: Serialize>(column: &str, variant: &T) -> DbResult<String> {
    match serde_json::to_value(variant) {
        Ok(Value::String(name)) => Ok(name),
        _ => Err(DbError::unreadable(column)),
    }
}

pub(super) fn named<T: DeserializeOwned>(column: &str, name: String) -> DbResult<T> {
    serde_json::from_value(Value::String(name)).map_err(|_| DbError::unreadable(column))
}

pub(super) fn json_text<T: Serialize>(column: &str, value: &T) -> DbResult<String> {
    serde_json::to_string(value).map_err(|_| DbError::unreadable(column))
}

pub(super) fn json<T: DeserializeOwned>(column: &str, text: &str) -> DbResult<T> {
    serde_json::from_str(text).map_err(|_| DbError::unreadable(column))
}

/// The bits of an H3 index; its top bit is never set, so that they stay positive.
pub(super) fn cell_bits(cell: CellIndex) -> i64 {
    u64::from(cell).cast_signed()
}

pub(super) fn cell(column: &str, bits: i64) -> DbResult<CellIndex> {
    CellIndex::try_from(bits.cast_unsigned()).map_err(|_| DbError::unreadable(column))
}

/// A whole number of a narrower or unsigned type.
pub(super) fn whole<T: TryFrom<i64>>(column: &str, value: i64) -> DbResult<T> {
    T::try_from(value).map_err(|_| DbError::unreadable(column))
}

/// What a column is given must fit into it.
pub(super) fn fits<T, C: TryFrom<T>>(column: &str, value: T) -> DbResult<C> {
    C::try_from(value).map_err(|_| DbError::Broken(format!("a value does not fit into `{column}`")))
}

pub(super) fn gzip(text: &str) -> DbResult<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish())
        .map_err(|_| DbError::Broken("a document could not be compressed".to_owned()))
}

pub(super) fn gunzip(column: &str, bytes: &[u8]) -> DbResult<String> {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).map_err(|_| DbError::unreadable(column))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use huilu_model::{Datum, Verdict};

    #[test]
    fn names_and_documents_come_back() {
        assert_eq!(name("datum", &Datum::Gcj02).unwrap(), "gcj02");
        assert_eq!(named::<Verdict>("verdict", "NOT_WORTH_IT".to_owned()).unwrap(), Verdict::NotWorthIt);
        assert!(named::<Verdict>("verdict", "PERHAPS".to_owned()).is_err());
        let text = "回路 ".repeat(10_000);
        let packed = gzip(&text).unwrap();
        assert!(packed.len() * 50 < text.len());
        assert_eq!(gunzip("gzip", &packed).unwrap(), text);
        assert_eq!(gunzip("gzip", &packed[..packed.len() / 2]), Err(DbError::unreadable("gzip")));
    }

    #[test]
    fn days_sort_as_text() {
        let days: Vec<NaiveDate> =
            ["2025-12-31", "2026-02-10", "2026-11-25"].iter().map(|day| day.parse().unwrap()).collect();
        let texts: Vec<_> = days.iter().map(|&day| day_text(day)).collect();
        assert!(texts.is_sorted());
        assert_eq!(code::<NaiveDate>("day", &texts[1]).unwrap(), days[1]);
    }
}
