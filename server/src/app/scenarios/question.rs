//! What a planner may ask.

use std::collections::BTreeSet;

use huilu_api_spec::scenario::CreateScenario;

use crate::app::fault::{FaultCode, Faults};
use crate::app::places;
use crate::domain::operator::Operator;

/// The question, where it makes sense.
///
/// # Errors
/// A question without limit, a blank name, places that are not served or named twice.
pub fn check(operator: &Operator, question: CreateScenario) -> Result<CreateScenario, Faults> {
    let mut faults = Faults::default();
    if question.name.trim().is_empty() {
        faults.body(FaultCode::Empty, "/name", "The name is blank", "Name the scenario.");
    }
    if question.sites_max.is_none() && question.budget_fen_per_day.is_none() {
        let remedy = "Add `sites_max`, `budget_fen_per_day` or both.";
        faults.body(FaultCode::MissingField, "/sites_max", "Nothing limits how many outlets may be open", remedy);
    }
    let mut seen = BTreeSet::new();
    for (k, site) in question.candidates.iter().flat_map(|all| &all.sites).enumerate() {
        let pointer = format!("/candidates/sites/{k}");
        if site.name.zh.trim().is_empty() && site.name.en.trim().is_empty() {
            faults.body(
                FaultCode::Empty,
                format!("{pointer}/name"),
                "The site has no name",
                "Name it in one language.",
            );
        }
        let place = places::of_body(&mut faults, operator, &format!("{pointer}/place"), &site.place);
        let corner = place.map(|place| ((place.at.lat * 1e6).round() as i64, (place.at.lon * 1e6).round() as i64));
        if corner.is_some_and(|corner| !seen.insert(corner)) {
            let message = "Another site of the question is at the same place";
            faults.body(FaultCode::DuplicateItem, format!("{pointer}/place"), message, "Give each place once.");
        }
    }
    faults.or(question)
}
