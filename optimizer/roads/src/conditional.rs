//! The common form of OpenStreetMap's conditional tags: `no @ (Mo-Fr 07:00-09:00)`. What closes a way at given hours is
//! read; conditions on weights, permits, weather and the like are not, and are counted.

use crate::access::{closes, opens};
use crate::hours::WeeklyHours;
use crate::osm::Tags;
use crate::profile::ProfileSpec;

/// Hours at which a way is shut, along and against its drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShutHours {
    pub(crate) forward: Option<WeeklyHours>,
    pub(crate) backward: Option<WeeklyHours>,
    /// Clauses that could not be read.
    pub(crate) unread: usize,
}

pub(crate) fn shut_hours(spec: &ProfileSpec, tags: &Tags) -> ShutHours {
    let mut shut = ShutHours::default();
    // The most specific key that says anything at all decides, with its condition or without.
    for key in spec.access_keys.iter().rev() {
        if let Some(value) = tags.get(&format!("{key}:conditional")) {
            for (value, condition) in clauses(value) {
                match condition.parse::<WeeklyHours>() {
                    Ok(hours) if closes(spec, value) => {
                        add(&mut shut.forward, hours.clone());
                        add(&mut shut.backward, hours);
                    }
                    Ok(_) => {}
                    Err(_) => shut.unread += 1,
                }
            }
            break;
        }
        if tags.get(key).is_some() {
            break;
        }
    }
    if spec.obeys_one_ways
        && let Some(value) = tags.get("oneway:conditional")
    {
        for (value, condition) in clauses(value) {
            match (value, condition.parse::<WeeklyHours>()) {
                ("yes" | "true" | "1", Ok(hours)) => add(&mut shut.backward, hours),
                ("-1" | "reverse", Ok(hours)) => add(&mut shut.forward, hours),
                (_, Ok(_)) => {}
                (_, Err(_)) => shut.unread += 1,
            }
        }
    }
    shut
}

/// Clauses by which a way that is closed to the profile opens at some hours: it stays closed, and they count as unread.
pub(crate) fn openings_unread(spec: &ProfileSpec, tags: &Tags) -> usize {
    let values = spec.access_keys.iter().filter_map(|key| tags.get(&format!("{key}:conditional")));
    values.flat_map(clauses).filter(|(value, _)| opens(spec, value)).count()
}

fn add(known: &mut Option<WeeklyHours>, more: WeeklyHours) {
    *known = Some(match known.take() {
        Some(hours) => hours.and(more),
        None => more,
    });
}

/// Values with their conditions: `no @ (a; b); yes @ c` holds two.
fn clauses(text: &str) -> Vec<(&str, &str)> {
    let mut clauses = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    let ends = text.char_indices().filter_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (c == ';' && depth == 0).then_some(at)
    });
    for end in ends.chain([text.len()]) {
        let clause = text[start..end].trim();
        start = (end + 1).min(text.len());
        if let Some((value, condition)) = clause.split_once('@') {
            let condition = condition.trim();
            let bare = condition.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(condition);
            clauses.push((value.trim(), bare.trim()));
        } else if !clause.is_empty() {
            clauses.push((clause, ""));
        }
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn shut(profile: Profile, list: &[(&str, &str)]) -> (String, String, usize) {
        let tags = Tags(list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect());
        let shut = shut_hours(&ProfileSpec::of(profile), &tags);
        let text = |hours: Option<WeeklyHours>| hours.map(|hours| hours.to_string()).unwrap_or_default();
        (text(shut.forward), text(shut.backward), shut.unread)
    }

    fn both(hours: &str, unread: usize) -> (String, String, usize) {
        (hours.to_owned(), hours.to_owned(), unread)
    }

    #[test]
    fn access_is_shut_to_whom_the_key_names() {
        let list = [("hgv:conditional", "no @ (Mo-Fr 07:00-09:00,17:00-19:00)")];
        assert_eq!(shut(Profile::Truck, &list), both("Mo-Fr 07:00-09:00; Mo-Fr 17:00-19:00", 0));
        assert_eq!(shut(Profile::Van, &list), both("", 0));
        let list = [("access:conditional", "no @ (22:00-06:00)"), ("motor_vehicle", "yes")];
        assert_eq!(shut(Profile::Van, &list), both("", 0));
        assert_eq!(shut(Profile::Foot, &list), both("22:00-06:00", 0));
    }

    #[test]
    fn clauses_and_their_rules_are_told_apart() {
        let list = [("motor_vehicle:conditional", "no @ (Mo-Fr 00:00-06:30; Su 00:00-24:00); yes @ (permit)")];
        assert_eq!(shut(Profile::Van, &list), both("Mo-Fr 00:00-06:30; Su 00:00-24:00", 1));
        for text in ["no @ (weight>3.5)", "no", "no @", "no @ wet", "no @ (Mo-Fr 17:00,19:00)"] {
            assert_eq!(shut(Profile::Van, &[("vehicle:conditional", text)]), both("", 1), "{text}");
        }
        assert_eq!(shut(Profile::Van, &[("vehicle:conditional", "delivery @ (06:00-10:00)")]), both("", 0));
    }

    #[test]
    fn one_ways_by_the_hour_shut_one_direction() {
        let list = [("oneway:conditional", "yes @ (07:30-09:00,16:30-19:00)")];
        let hours = "07:30-09:00; 16:30-19:00".to_owned();
        assert_eq!(shut(Profile::Van, &list), (String::new(), hours, 0));
        assert_eq!(shut(Profile::Foot, &list), both("", 0));
    }
}
