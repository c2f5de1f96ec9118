//! Reads from tags whether a profile may use a way, in which directions and how fast.
//!
//! Decides about one way or one node at a time; knows no graph. Key and value meanings: the OpenStreetMap wiki on
//! `access`, `oneway`, `maxspeed`, `maxweight`, `maxheight` and `barrier`.

use crate::class::RoadClass;
use crate::conditional::{ShutHours, shut_hours};
use crate::osm::Tags;
use crate::profile::ProfileSpec;
use crate::summary::Dropped;

/// Permission on a way; km/h and the hours at which it is shut, along and against the direction in which it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WayUse {
    pub(crate) class: RoadClass,
    pub(crate) forward_kmh: Option<f64>,
    pub(crate) backward_kmh: Option<f64>,
    pub(crate) shut: ShutHours,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Open,
    Closed,
}

pub(crate) fn way_use(spec: &ProfileSpec, tags: &Tags) -> Result<WayUse, Dropped> {
    let Some(highway) = tags.get("highway") else {
        return Err(if tags.is("route", "ferry") { Dropped::Ferry } else { Dropped::NoRoad });
    };
    let class = RoadClass::of_highway(highway).ok_or(Dropped::NoRoad)?;
    if tags.is("area", "yes") && spec.obeys_one_ways {
        return Err(Dropped::Area);
    }
    if tags.is("service", "emergency_access") || (tags.is("motorroad", "yes") && !spec.motor_roads) {
        return Err(Dropped::Access);
    }
    let decided = explicit_access(&spec.access_keys, tags);
    if decided == Some(Access::Closed) {
        return Err(Dropped::Access);
    }
    let opened = explicit_access(&spec.opening_keys, tags) == Some(Access::Open);
    let class_kmh = match spec.speed_kmh(class) {
        Some(speed) => speed,
        None if opened => spec.exception_kmh,
        None => return Err(Dropped::Class),
    };
    limits(spec, tags)?;
    let kmh = match tags.get("maxspeed").and_then(max_speed_kmh) {
        Some(limit) if spec.obeys_one_ways => class_kmh.min(limit),
        _ => class_kmh,
    };
    let (forward, backward) = directions(spec, class, tags)?;
    let shut = shut_hours(spec, tags);
    Ok(WayUse { class, forward_kmh: forward.then_some(kmh), backward_kmh: backward.then_some(kmh), shut })
}

/// Whether a node with a `barrier` tag stops the profile.
pub(crate) fn barrier_blocks(spec: &ProfileSpec, tags: &Tags) -> bool {
    let Some(barrier) = tags.get("barrier") else {
        return false;
    };
    if limits(spec, tags).is_err() {
        return true;
    }
    if let Some(access) = explicit_access(&spec.access_keys, tags) {
        return access == Access::Closed;
    }
    match barrier {
        // Built to let vehicles through, or no obstacle to them.
        "border_control" | "bump_gate" | "cattle_grid" | "checkpoint" | "entrance" | "gate" | "hampshire_gate"
        | "height_restrictor" | "kerb" | "lift_gate" | "no" | "rope" | "sally_port" | "sliding_gate" | "swing_gate"
        | "toll_booth" | "wicket_gate" | "coupure" => false,
        _ => !spec.passes_posts,
    }
}

/// The most specific of `keys` that is tagged.
fn explicit_access(keys: &[String], tags: &Tags) -> Option<Access> {
    access(keys.iter().rev().find_map(|key| tags.get(key))?)
}

/// Whether an access value closes what it stands on.
pub(crate) fn closes(value: &str) -> bool {
    access(value) == Some(Access::Closed)
}

fn access(value: &str) -> Option<Access> {
    match value {
        "no" | "private" | "agricultural" | "forestry" | "use_sidepath" | "military" | "emergency" | "restricted"
        | "psv" | "bus" | "residents" => Some(Access::Closed),
        "yes" | "permissive" | "designated" | "destination" | "delivery" | "customers" | "official" | "permit" => {
            Some(Access::Open)
        }
        // `unknown`, `variable` and typing errors say nothing.
        _ => None,
    }
}

fn limits(spec: &ProfileSpec, tags: &Tags) -> Result<(), Dropped> {
    if let (Some(mass_kg), Some(limit_kg)) = (spec.mass_kg, tags.get("maxweight").and_then(max_weight_kg))
        && f64::from(mass_kg) > limit_kg
    {
        return Err(Dropped::Weight);
    }
    if let (Some(height_cm), Some(limit_cm)) = (spec.height_cm, tags.get("maxheight").and_then(max_height_cm))
        && f64::from(height_cm) > limit_cm
    {
        return Err(Dropped::Height);
    }
    Ok(())
}

/// Whether the way may be used (along, against) its drawing.
fn directions(spec: &ProfileSpec, class: RoadClass, tags: &Tags) -> Result<(bool, bool), Dropped> {
    let tag = if spec.obeys_one_ways { tags.get("oneway") } else { tags.get("oneway:foot") };
    let implied = spec.obeys_one_ways
        && (class == RoadClass::Motorway || tags.is("junction", "roundabout") || tags.is("junction", "circular"));
    match tag {
        Some("yes" | "true" | "1") => Ok((true, false)),
        Some("-1" | "reverse") => Ok((false, true)),
        // Changes by the hour in a way that the file does not tell.
        Some("reversible") => Err(Dropped::Reversible),
        Some("no" | "false" | "0" | "alternating") => Ok((true, true)),
        _ => Ok((true, !implied)),
    }
}

/// The number at the start of a value, and what follows it.
fn number(value: &str) -> Option<(f64, &str)> {
    let value = value.trim();
    let end = value.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(value.len());
    let (digits, unit) = value.split_at(end);
    let number = digits.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0)?;
    Some((number, unit.trim()))
}

/// km/h of a `maxspeed` value; `None` where it names no number or one that nobody means.
fn max_speed_kmh(value: &str) -> Option<f64> {
    if value == "walk" {
        return Some(6.0);
    }
    let (number, unit) = number(value)?;
    let kmh = if unit.starts_with("mph") { number * 1.609_344 } else { number };
    (kmh >= 3.0).then_some(kmh)
}

/// Kilograms of a `maxweight` value, tonnes by default.
fn max_weight_kg(value: &str) -> Option<f64> {
    let (number, unit) = number(value)?;
    Some(match unit {
        "kg" => number,
        "lbs" | "lb" => number * 0.453_592,
        "st" => number * 907.185,
        _ => number * 1_000.0,
    })
}

/// Centimetres of a `maxheight` value, metres by default; feet and inches as `13'6"`.
fn max_height_cm(value: &str) -> Option<f64> {
    let (amount, unit) = number(value)?;
    if unit.starts_with('\'') || unit.starts_with("ft") {
        let inches = number(unit.trim_start_matches(['\'', 'f', 't'])).map_or(0.0, |(inches, _)| inches);
        return Some(amount * 30.48 + inches * 2.54);
    }
    Some(if unit.starts_with("cm") { amount } else { amount * 100.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn tags(list: &[(&str, &str)]) -> Tags {
        Tags(list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    fn usable(profile: Profile, list: &[(&str, &str)]) -> Result<(bool, bool), Dropped> {
        way_use(&ProfileSpec::of(profile), &tags(list))
            .map(|way| (way.forward_kmh.is_some(), way.backward_kmh.is_some()))
    }

    #[test]
    fn one_ways_are_read_with_their_reverse_and_their_implications() {
        use Profile::{Foot, Van};
        assert_eq!(usable(Van, &[("highway", "residential")]), Ok((true, true)));
        assert_eq!(usable(Van, &[("highway", "residential"), ("oneway", "yes")]), Ok((true, false)));
        assert_eq!(usable(Van, &[("highway", "residential"), ("oneway", "-1")]), Ok((false, true)));
        assert_eq!(usable(Van, &[("highway", "motorway")]), Ok((true, false)));
        assert_eq!(usable(Van, &[("highway", "motorway"), ("oneway", "no")]), Ok((true, true)));
        assert_eq!(usable(Van, &[("highway", "tertiary"), ("junction", "roundabout")]), Ok((true, false)));
        assert_eq!(usable(Van, &[("highway", "primary"), ("oneway", "reversible")]), Err(Dropped::Reversible));
        assert_eq!(usable(Foot, &[("highway", "residential"), ("oneway", "yes")]), Ok((true, true)));
    }

    #[test]
    fn the_most_specific_access_key_decides() {
        use Profile::{Etrike, Foot, Truck, Van};
        let private = [("highway", "service"), ("access", "private")];
        assert_eq!(usable(Van, &private), Err(Dropped::Access));
        let mixed = [("highway", "service"), ("access", "no"), ("motor_vehicle", "yes"), ("hgv", "no")];
        assert_eq!(usable(Van, &mixed), Ok((true, true)));
        assert_eq!(usable(Truck, &mixed), Err(Dropped::Access));
        assert_eq!(usable(Foot, &mixed), Err(Dropped::Access));
        let arterial = [("highway", "primary"), ("bicycle", "no")];
        assert_eq!(usable(Van, &arterial), Ok((true, true)));
        assert_eq!(usable(Etrike, &arterial), Err(Dropped::Access));
        let mall = [("highway", "pedestrian"), ("motor_vehicle", "delivery")];
        assert_eq!(usable(Van, &mall), Ok((true, true)));
        assert_eq!(usable(Van, &[("highway", "pedestrian")]), Err(Dropped::Class));
        assert_eq!(usable(Etrike, &[("highway", "trunk_link")]), Err(Dropped::Class));
        assert_eq!(usable(Etrike, &[("highway", "secondary"), ("motorroad", "yes")]), Err(Dropped::Access));
    }

    #[test]
    fn weight_and_height_limits_compare_with_the_vehicle() {
        use Profile::{Etrike, Truck, Van};
        for (value, van, truck) in
            [("3.5", true, false), ("3500 kg", true, false), ("7.5 t", true, true), ("2", false, false)]
        {
            let bridge = [("highway", "tertiary"), ("maxweight", value)];
            assert_eq!(usable(Van, &bridge).is_ok(), van, "{value}");
            assert_eq!(usable(Truck, &bridge).is_ok(), truck, "{value}");
            assert!(usable(Etrike, &bridge).is_ok());
        }
        for (value, truck) in
            [("2.5", false), ("3.5 m", true), ("280 cm", false), ("12'6\"", true), ("8'", false), ("default", true)]
        {
            assert_eq!(usable(Truck, &[("highway", "tertiary"), ("maxheight", value)]).is_ok(), truck, "{value}");
        }
    }

    #[test]
    fn posted_limits_cap_speeds_and_nonsense_is_ignored() {
        let kmh = |value: &str| {
            way_use(&ProfileSpec::of(Profile::Van), &tags(&[("highway", "primary"), ("maxspeed", value)]))
                .unwrap()
                .forward_kmh
                .unwrap()
        };
        let free = kmh("none");
        assert!((kmh("20") - 20.0).abs() < 1e-9);
        assert!((kmh("15 mph") - 24.14016).abs() < 1e-9);
        for value in ["0", "-5", "signals", "CN:urban", "", "inf", "120"] {
            assert!((kmh(value) - free).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn barriers_stop_whom_they_are_meant_for() {
        let blocks = |profile, list: &[(&str, &str)]| barrier_blocks(&ProfileSpec::of(profile), &tags(list));
        assert!(blocks(Profile::Van, &[("barrier", "bollard")]));
        assert!(!blocks(Profile::Foot, &[("barrier", "bollard")]));
        assert!(!blocks(Profile::Van, &[("barrier", "bollard"), ("motor_vehicle", "yes")]));
        assert!(!blocks(Profile::Van, &[("barrier", "gate")]));
        assert!(blocks(Profile::Van, &[("barrier", "gate"), ("access", "private")]));
        assert!(!blocks(Profile::Van, &[("barrier", "lift_gate")]));
        assert!(blocks(Profile::Truck, &[("barrier", "height_restrictor"), ("maxheight", "2.3")]));
        assert!(!blocks(Profile::Van, &[("barrier", "height_restrictor"), ("maxheight", "2.3")]));
    }
}
