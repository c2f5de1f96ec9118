//! A siting problem as JSON. The field names are those of `huilu_model::site`.

use std::path::Path;

use huilu_model::site::SiteProblem;

use super::FormatError;
use super::json;
use crate::siting::validate;

/// Reads and validates a file.
///
/// # Errors
/// [`FormatError`]: unreadable file, JSON that is none or of another shape (with the line of the first fault), or a problem
/// that contradicts itself.
pub fn read(file: &Path) -> Result<SiteProblem, FormatError> {
    let problem: SiteProblem = json::read(file)?;
    validate(&problem).map_err(|faults| FormatError::listing(file, None, faults))?;
    Ok(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_shape_and_of_meaning_have_codes_and_paths() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sites.json");
        let told = |site: &str| {
            let text = format!(r#"{{"name": "x", "demand": [], "arcs": [], "sites": [{site}]}}"#);
            std::fs::write(&file, text).unwrap();
            read(&file).map_err(|error| error.cause)
        };
        let good = r#"{"id": "a", "status": "candidate", "opening_cost": 1, "position": {"lat": 1, "lon": 2}}"#;
        told(good).unwrap();
        for (from, to, expected) in [
            ("candidate", "open", "UNKNOWN_VALUE sites[0].status"),
            (": 1,", ": -1,", "NEGATIVE_NUMBER sites[0].opening_cost"),
            (": 1,", ": 1e400,", "NUMBER_TOO_LARGE sites[0].opening_cost"),
            (r#""lat": 1"#, r#""lat": 999"#, "PLACE_OUT_OF_RANGE sites[0].position"),
        ] {
            let cause = told(&good.replacen(from, to, 1)).unwrap_err();
            assert!(cause.starts_with(expected), "{cause}");
        }
    }
}
