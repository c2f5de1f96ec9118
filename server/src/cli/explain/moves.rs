//! Changes of a plan as they are typed.

use huilu_optimizer::explain::Move;

use crate::cli::CliError;

/// # Errors
/// Where the text is none of the forms.
pub(super) fn parse(text: &str) -> Result<Move, CliError> {
    understood(text.trim()).ok_or_else(|| {
        CliError::Input(format!(
            "--move `{text}`: write `J to V`, `J to V at N`, `drop J`, `swap J and K`, `swap routes V and W` or `route V: A B C`"
        ))
    })
}

fn understood(text: &str) -> Option<Move> {
    if let Some(rest) = text.strip_prefix("swap routes ") {
        let (one, other) = pair(rest, " and ")?;
        return Some(Move::SwapRoutes { one, other });
    }
    if let Some(rest) = text.strip_prefix("swap ") {
        let (one, other) = pair(rest, " and ")?;
        return Some(Move::SwapJobs { one, other });
    }
    if let Some(job) = text.strip_prefix("drop ") {
        return Some(Move::LeaveOut { job: name(job)? });
    }
    if let Some(rest) = text.strip_prefix("route ") {
        let (vehicle, stops) = rest.split_once(':')?;
        let stops = stops.split_whitespace().map(str::to_owned).collect();
        return Some(Move::Sequence { vehicle: name(vehicle)?, stops });
    }
    let (job, vehicle) = pair(text, " to ")?;
    match vehicle.rsplit_once(" at ") {
        Some((vehicle, position)) => {
            Some(Move::Assign { job, vehicle: name(vehicle)?, position: Some(position.trim().parse().ok()?) })
        }
        None => Some(Move::Assign { job, vehicle, position: None }),
    }
}

fn pair(text: &str, between: &str) -> Option<(String, String)> {
    let (one, other) = text.split_once(between)?;
    Some((name(one)?, name(other)?))
}

fn name(text: &str) -> Option<String> {
    let name = text.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_understood_and_nothing_else() {
        let name = str::to_owned;
        for (text, step) in [
            ("a to v", Move::Assign { job: name("a"), vehicle: name("v"), position: None }),
            (" a to v at 3 ", Move::Assign { job: name("a"), vehicle: name("v"), position: Some(3) }),
            ("drop a", Move::LeaveOut { job: name("a") }),
            ("swap a and b", Move::SwapJobs { one: name("a"), other: name("b") }),
            ("swap routes v and w", Move::SwapRoutes { one: name("v"), other: name("w") }),
            ("route v: a o b o", Move::Sequence { vehicle: name("v"), stops: ["a", "o", "b", "o"].map(name).to_vec() }),
        ] {
            assert_eq!(parse(text).expect(text), step);
        }
        for text in ["", "a", "a to", "swap a", "drop ", "route v a b", "a to v at x"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
