//! The `huilu` form: a [`Problem`] as JSON. The field names are those of `huilu_model::problem`.

use std::path::Path;

use huilu_model::{Instance, Plan, Problem};

use super::FormatError;
use super::text;

/// Reads and validates a file.
///
/// # Errors
/// [`FormatError`]: unreadable file, broken JSON or an unknown field (with the line), or a problem that contradicts
/// itself (all faults in one line).
pub fn read(file: &Path) -> Result<Instance, FormatError> {
    read_with_plan(file).map(|(instance, _)| instance)
}

/// The instance, and the earlier plan to start from where the file holds one.
///
/// # Errors
/// As [`read`].
pub fn read_with_plan(file: &Path) -> Result<(Instance, Option<Plan>), FormatError> {
    let text = text::read(file)?;
    let problem: Problem = serde_json::from_str(&text).map_err(|e| FormatError::new(file, e.line(), e.to_string()))?;
    let instance = Instance::try_from(&problem).map_err(|faults| FormatError::new(file, None, faults.to_string()))?;
    Ok((instance, problem.warm_start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(text: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("case.json");
        std::fs::write(&file, text).unwrap();
        read(&file).unwrap_err().to_string()
    }

    #[test]
    fn broken_files_name_the_line_and_the_cause() {
        assert!(cause("{\n\"name\": 3}").contains("case.json:2: invalid type"));
        assert!(cause("{\"nam\": \"x\"}").contains("unknown field"));
        let unknown_place = r#"{"name":"x","streams":[],"places":[],"matrices":[],"vehicles":[],"jobs":[
            {"id":"a","place":"nowhere","loads":[],"time_windows":[]}]}"#;
        assert!(cause(unknown_place).contains("jobs[0].place: `nowhere` is not in `places`"));
    }
}
