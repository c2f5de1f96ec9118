//! The `huilu` form: a [`Problem`] as JSON. The field names are those of `huilu_model::problem`.

use std::path::Path;

use huilu_model::{Instance, Plan, Problem};

use super::FormatError;
use super::{json, servable};

/// Reads and validates a file.
///
/// # Errors
/// [`FormatError`] with all faults: unreadable file, JSON that is none or of another shape (with the line of the first), or else
/// what contradicts itself, and mandatory jobs that nobody can serve as far as that can be told beside it.
pub fn read(file: &Path) -> Result<Instance, FormatError> {
    read_with_plan(file).map(|(instance, _)| instance)
}

/// The instance, and the earlier plan to start from where the file holds one.
///
/// # Errors
/// As [`read`].
pub fn read_with_plan(file: &Path) -> Result<(Instance, Option<Plan>), FormatError> {
    let problem: Problem = json::read(file)?;
    match Instance::try_from(&problem) {
        Ok(instance) => Ok((instance, problem.warm_start)),
        Err(mut faults) => {
            let unservable = servable::unservable(&problem, &faults);
            faults.0.extend(unservable.0);
            Err(FormatError::listing(file, None, faults))
        }
    }
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
        assert!(cause("{\n\"name\": 3}").contains("case.json:2: WRONG_TYPE name: invalid type"));
        assert!(cause("{\"nam\": \"x\"}").contains("case.json:1: UNKNOWN_FIELD nam: unknown field"));
        let unknown_place = r#"{"name":"x","streams":[],"places":[],"matrices":[],"vehicles":[],"jobs":[
            {"id":"a","place":"nowhere","loads":[],"time_windows":[]}]}"#;
        assert!(cause(unknown_place).contains("jobs[0].place: `nowhere` is not in `places`"));
    }

    /// Two places a minute apart, a job that must be served, and two that need not.
    const DAY: &str = r#"{"name": "x", "streams": ["paper"],
        "places": [{"id": "a"}, {"id": "b", "position": {"lat": 1, "lon": 2}}],
        "matrices": [{"profile": "van", "size": 2, "seconds": [0, 60, 60, 0], "metres": [0, 9, 9, 0]}],
        "jobs": [
            {"id": "k", "place": "a", "loads": [], "time_windows": [{"start": 0, "end": 9}], "penalty": 5},
            {"id": "j", "place": "b", "loads": [{"stream": "paper", "grams": 5, "litres": 5}], "time_windows": [{"start": 0, "end": 99}]},
            {"id": "l", "place": "a", "loads": [], "time_windows": [{"start": 0, "end": 9}], "penalty": 5}],
        "vehicles": [{"id": "v", "profile": "van", "start": "a", "capacity_g": 9, "shift": {"start": 0, "end": 999},
            "compartments": [{"streams": ["paper"], "capacity_g": 9, "capacity_l": 9}], "costs": {"per_km": 1}, "end_empty": false}]}"#;

    #[track_caller]
    fn faults_after(replacements: &[(&str, &str)]) -> Vec<String> {
        let text = replacements.iter().fold(DAY.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("case.json");
        std::fs::write(&file, text).unwrap();
        let Err(error) = read(&file) else { return Vec::new() };
        error.faults.0.iter().map(|fault| format!("{} {}", fault.code.name(), fault.path)).collect()
    }

    #[test]
    fn broken_names_wrong_numbers_and_jobs_that_nobody_can_serve_are_listed_together() {
        assert_eq!(faults_after(&[]), [""; 0]);
        let named = (r#""place": "a""#, r#""place": "nowhere""#);
        let wrong = (r#""end": 9}], "penalty": 5"#, r#""end": -9}], "penalty": -5"#);
        let heavy = (r#""grams": 5"#, r#""grams": 50"#);
        let mut expected = vec!["UNKNOWN_REFERENCE jobs[0].place"];
        assert_eq!(faults_after(&[named]), expected);
        expected.insert(1, "NEGATIVE_NUMBER jobs[0].penalty");
        expected.push("WINDOW_REVERSED jobs[0].time_windows[0]");
        assert_eq!(faults_after(&[named, wrong]), expected);
        expected.push("JOB_UNSERVABLE jobs[1]");
        assert_eq!(faults_after(&[named, wrong, heavy]), expected);
        // Prices, positions and fairness do not decide who can be served.
        let elsewhere = [(r#""per_km": 1"#, r#""per_km": -1"#), (r#""lat": 1"#, r#""lat": 999"#), heavy];
        let expected = [
            "NEGATIVE_NUMBER vehicles[0].costs.per_km",
            "PLACE_OUT_OF_RANGE places[1].position",
            "JOB_UNSERVABLE jobs[1]",
        ];
        assert_eq!(faults_after(&elsewhere), expected);
        // A vehicle that is broken does: perhaps it was meant to hold the job.
        let broken = faults_after(&[(r#""capacity_g": 9, "shift""#, r#""capacity_g": -9, "shift""#), heavy]);
        assert_eq!(broken, ["NEGATIVE_NUMBER vehicles[0].capacity_g"]);
    }

    #[test]
    fn parts_of_a_split_job_are_told_as_the_one_job_of_the_file() {
        let named = (r#""place": "a""#, r#""place": "nowhere""#);
        let split = (
            r#""grams": 5, "litres": 5}], "time_windows": [{"start": 0, "end": 99}]"#,
            r#""grams": 25, "litres": 5}], "splittable": true, "time_windows": [{"start": 0, "end": 30}]"#,
        );
        assert_eq!(faults_after(&[named, split]), ["UNKNOWN_REFERENCE jobs[0].place", "JOB_TOO_LATE jobs[1]"]);
    }

    #[test]
    fn a_fleet_of_nobody_is_told_whatever_else_is_wrong() {
        let at = DAY.find(r#"{"id": "v""#).unwrap();
        let vehicle = &DAY[at..DAY.len() - 2];
        let faults = faults_after(&[(vehicle, ""), (r#""seconds": [0, 60, "#, r#""seconds": [0, "#)]);
        assert_eq!(faults, ["MATRIX_SIZE matrices[0]", "NO_VEHICLE vehicles"]);
    }

    #[test]
    fn a_price_is_reported_as_the_file_has_it() {
        let of = |price: &str| cause(&DAY.replace(r#""per_km": 1"#, &format!(r#""per_km": {price}"#)));
        assert!(of("-1").contains("vehicles[0].costs.per_km: -1 is negative"));
        assert!(
            of("4611686018427387904")
                .contains("vehicles[0].costs.per_km: 4611686018427387904 fen is above 977343669134")
        );
    }
}
