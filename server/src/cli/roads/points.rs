//! The points of a question: a CSV file with the columns `lat` and `lon`.

use std::path::Path;

use huilu_model::{Datum, Wgs84};

use crate::cli::CliError;

/// # Errors
/// One line that names the file, the line and what is wrong with it.
pub(super) fn read(file: &Path, datum: Datum) -> Result<Vec<Wgs84>, CliError> {
    let fault = |line: u64, cause: String| CliError::Input(format!("{}:{line}: {cause}", file.display()));
    let bytes = std::fs::read(file).map_err(|cause| CliError::Input(format!("{}: {cause}", file.display())))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|cause| fault(1, cause.to_string()))?.clone();
    let column = |name: &str| {
        header
            .iter()
            // Spreadsheets write a byte order mark before the first title.
            .position(|title| title.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
            .ok_or_else(|| fault(1, format!("the column `{name}` is missing")))
    };
    let (lat, lon) = (column("lat")?, column("lon")?);
    let mut points = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|cause| fault(cause.position().map_or(0, csv::Position::line), cause.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let number = |at: usize| {
            let text = row.get(at).unwrap_or_default();
            let degrees = text.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
            degrees.ok_or_else(|| fault(line, format!("`{text}` is not a number of degrees")))
        };
        points.push(datum.to_wgs84(number(lat)?, number(lon)?).map_err(|cause| fault(line, cause.to_string()))?);
    }
    if points.is_empty() {
        return Err(fault(2, "no point is given".to_owned()));
    }
    Ok(points)
}
