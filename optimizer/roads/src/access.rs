//! Reads from tags whether a profile may use a way, in which directions and how fast.
//!
//! Decides about one way or one node at a time; knows no graph. Key and value meanings: the OpenStreetMap wiki on
//! `access`, `oneway`, `maxspeed`, `maxweight`, `maxheight`, `maxwidth`, `toll` and `barrier`.

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
    /// Only for who starts or ends there: nobody passes through.
    pub(crate) destination_only: bool,
    /// No place to stop: a bridge, a tunnel, a motorway, a ferry.
    pub(crate) no_stopping: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Open,
    /// Only at the start or the end of a journey.
    Destination,
    Closed,
}

pub(crate) fn way_use(spec: &ProfileSpec, tags: &Tags) -> Result<WayUse, Dropped> {
    let ferry = tags.is("route", "ferry");
    let class = match tags.get("highway") {
        Some(highway) => RoadClass::of_highway(highway).ok_or(Dropped::NoRoad)?,
        None if ferry => RoadClass::Ferry,
        None => return Err(Dropped::NoRoad),
    };
    if tags.is("area", "yes") && spec.obeys_one_ways {
        return Err(Dropped::Area);
    }
    if tags.is("service", "emergency_access")
        || (tags.is("motorroad", "yes") && !spec.motor_roads)
        || (spec.obeys_one_ways && (tags.is("impassable", "yes") || tags.is("smoothness", "impassable")))
    {
        return Err(Dropped::Access);
    }
    if tags.is("toll", "yes") && !spec.toll_roads {
        return Err(Dropped::Toll);
    }
    let decided = explicit_access(spec, &spec.access_keys, tags);
    if decided == Some(Access::Closed) {
        return Err(Dropped::Access);
    }
    let opened = matches!(explicit_access(spec, &spec.opening_keys, tags), Some(Access::Open | Access::Destination));
    let class_kmh = match spec.speed_kmh(class) {
        // Few ferries carry vehicles: those that do say so.
        Some(speed) if class != RoadClass::Ferry || opened || !spec.obeys_one_ways => speed,
        None if opened && class != RoadClass::Ferry => spec.exception_kmh,
        _ => return Err(if class == RoadClass::Ferry { Dropped::Ferry } else { Dropped::Class }),
    };
    limits(spec, tags)?;
    let surface_kmh = class_kmh * spec.speed_share(tags);
    let kmh = match tags.get("maxspeed").and_then(max_speed_kmh) {
        Some(limit) if spec.obeys_one_ways => surface_kmh.min(limit * spec.limit_share),
        _ => surface_kmh,
    };
    let (forward, backward) = directions(spec, class, tags)?;
    Ok(WayUse {
        class,
        forward_kmh: forward.then_some(kmh),
        backward_kmh: backward.then_some(kmh),
        shut: shut_hours(spec, tags),
        destination_only: decided == Some(Access::Destination),
        no_stopping: no_stopping(class, tags),
    })
}

fn no_stopping(class: RoadClass, tags: &Tags) -> bool {
    let over_or_under = |key: &str| tags.get(key).is_some_and(|value| !matches!(value, "no" | "building_passage"));
    matches!(class, RoadClass::Motorway | RoadClass::MotorwayLink | RoadClass::Ferry)
        || over_or_under("bridge")
        || over_or_under("tunnel")
}

/// What a node with a `barrier` tag does to the profile; a destination barrier is opened to who has business behind it.
pub(crate) fn barrier_access(spec: &ProfileSpec, tags: &Tags) -> Access {
    let Some(barrier) = tags.get("barrier") else {
        return Access::Open;
    };
    if limits(spec, tags).is_err() {
        return Access::Closed;
    }
    let passable = spec.passes_posts || spec.passable_barriers.iter().any(|known| known == barrier);
    let by_kind = if passable { Access::Open } else { Access::Closed };
    explicit_access(spec, &spec.access_keys, tags).unwrap_or(by_kind)
}

/// The most specific of `keys` that is tagged.
fn explicit_access(spec: &ProfileSpec, keys: &[String], tags: &Tags) -> Option<Access> {
    access(spec, keys.iter().rev().find_map(|key| tags.get(key))?)
}

/// Whether an access value closes what it stands on.
pub(crate) fn closes(spec: &ProfileSpec, value: &str) -> bool {
    access(spec, value) == Some(Access::Closed)
}

/// Whether an access value opens what it stands on, at least to who has business there.
pub(crate) fn opens(spec: &ProfileSpec, value: &str) -> bool {
    matches!(access(spec, value), Some(Access::Open | Access::Destination))
}

fn access(spec: &ProfileSpec, value: &str) -> Option<Access> {
    if spec.destination_values.iter().any(|known| known == value) {
        return Some(Access::Destination);
    }
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
    let exceeds =
        |size: Option<u32>, limit: Option<f64>| size.zip(limit).is_some_and(|(size, limit)| f64::from(size) > limit);
    if exceeds(spec.mass_kg, tags.get("maxweight").and_then(max_weight_kg)) {
        return Err(Dropped::Weight);
    }
    if exceeds(spec.height_cm, tags.get("maxheight").and_then(max_size_cm)) {
        return Err(Dropped::Height);
    }
    if exceeds(spec.width_cm, tags.get("maxwidth").and_then(max_size_cm)) {
        return Err(Dropped::Width);
    }
    Ok(())
}

/// Whether the way may be used (along, against) its drawing.
fn directions(spec: &ProfileSpec, class: RoadClass, tags: &Tags) -> Result<(bool, bool), Dropped> {
    let implied = spec.obeys_one_ways
        && (class == RoadClass::Motorway || tags.is("junction", "roundabout") || tags.is("junction", "circular"));
    match spec.oneway_keys.iter().rev().find_map(|key| tags.get(key)) {
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

/// Centimetres of a `maxheight` or `maxwidth` value, metres by default; feet and inches as `13'6"`.
fn max_size_cm(value: &str) -> Option<f64> {
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
        assert_eq!(usable(Van, &private), Ok((true, true)));
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
        assert!((kmh("20") - 16.0).abs() < 1e-9);
        assert!((kmh("15 mph") - 0.8 * 24.14016).abs() < 1e-9);
        for value in ["0", "-5", "signals", "CN:urban", "", "inf", "120"] {
            assert!((kmh(value) - free).abs() < 1e-9, "{value}");
        }
    }

    #[test]
    fn barriers_stop_whom_they_are_meant_for() {
        let at = |profile, list: &[(&str, &str)]| barrier_access(&ProfileSpec::of(profile), &tags(list));
        let blocks = |profile, list: &[(&str, &str)]| at(profile, list) == Access::Closed;
        assert!(blocks(Profile::Van, &[("barrier", "bollard")]));
        assert!(!blocks(Profile::Foot, &[("barrier", "bollard")]));
        assert!(!blocks(Profile::Van, &[("barrier", "bollard"), ("motor_vehicle", "yes")]));
        assert!(!blocks(Profile::Van, &[("barrier", "gate")]));
        assert!(blocks(Profile::Van, &[("barrier", "gate"), ("access", "no")]));
        assert_eq!(at(Profile::Van, &[("barrier", "gate"), ("access", "private")]), Access::Destination);
        assert!(!blocks(Profile::Van, &[("barrier", "lift_gate")]));
        assert!(blocks(Profile::Truck, &[("barrier", "height_restrictor"), ("maxheight", "2.3")]));
        assert!(!blocks(Profile::Van, &[("barrier", "height_restrictor"), ("maxheight", "2.3")]));
    }

    #[test]
    fn private_roads_are_for_those_who_have_business_there() {
        let destination = |profile, list: &[(&str, &str)]| {
            way_use(&ProfileSpec::of(profile), &tags(list)).map(|way| way.destination_only)
        };
        for profile in Profile::ALL {
            for value in ["private", "destination", "delivery", "customers", "residents", "permit"] {
                assert_eq!(destination(profile, &[("highway", "service"), ("access", value)]), Ok(true), "{value}");
            }
            assert_eq!(destination(profile, &[("highway", "service"), ("access", "no")]), Err(Dropped::Access));
            assert_eq!(destination(profile, &[("highway", "service")]), Ok(false));
        }
        assert_eq!(destination(Profile::Van, &[("highway", "pedestrian"), ("motor_vehicle", "delivery")]), Ok(true));
        let strict = ProfileSpec { destination_values: Vec::new(), ..ProfileSpec::of(Profile::Van) };
        let private = way_use(&strict, &tags(&[("highway", "service"), ("access", "private")]));
        assert_eq!(private, Err(Dropped::Access));
    }

    #[test]
    fn surfaces_and_kinds_of_service_roads_lower_the_speed() {
        let kmh = |profile, list: &[(&str, &str)]| {
            way_use(&ProfileSpec::of(profile), &tags(list)).expect("open").forward_kmh.expect("open")
        };
        let plain = kmh(Profile::Van, &[("highway", "service")]);
        assert!(kmh(Profile::Van, &[("highway", "service"), ("service", "parking_aisle")]) < plain);
        assert!((kmh(Profile::Van, &[("highway", "service"), ("surface", "asphalt")]) - plain).abs() < 1e-9);
        let sand = kmh(Profile::Van, &[("highway", "track"), ("surface", "sand"), ("tracktype", "grade2")]);
        assert!(
            (sand - kmh(Profile::Van, &[("highway", "track"), ("surface", "sand")])).abs() < 1e-9,
            "the worst counts"
        );
        assert!(sand < kmh(Profile::Van, &[("highway", "track")]));
        assert!((kmh(Profile::Foot, &[("highway", "track"), ("surface", "sand")]) - 4.3).abs() < 1e-9);
    }

    #[test]
    fn trikes_ride_against_one_ways_that_are_open_to_bicycles() {
        use Profile::{Etrike, Van};
        let street = [("highway", "residential"), ("oneway", "yes"), ("oneway:bicycle", "no")];
        assert_eq!((usable(Etrike, &street), usable(Van, &street)), (Ok((true, true)), Ok((true, false))));
    }

    #[test]
    fn ferries_are_taken_where_the_city_gives_them_a_speed() {
        let mut spec = ProfileSpec::of(Profile::Van);
        let ferry = tags(&[("route", "ferry"), ("motor_vehicle", "yes")]);
        assert_eq!(way_use(&spec, &ferry), Err(Dropped::Ferry));
        spec.speeds_kmh.insert(RoadClass::Ferry, 12.0);
        assert_eq!(way_use(&spec, &ferry).expect("taken").forward_kmh, Some(12.0));
        assert_eq!(way_use(&spec, &tags(&[("route", "ferry")])), Err(Dropped::Ferry), "for passengers only");
    }

    #[test]
    fn narrow_impassable_and_toll_roads_are_closed_where_that_matters() {
        use Profile::{Foot, Truck, Van};
        let narrow = [("highway", "residential"), ("maxwidth", "2.1")];
        assert_eq!((usable(Van, &narrow), usable(Truck, &narrow)), (Ok((true, true)), Err(Dropped::Width)));
        assert_eq!(usable(Van, &[("highway", "track"), ("smoothness", "impassable")]), Err(Dropped::Access));
        assert!(usable(Foot, &[("highway", "track"), ("smoothness", "impassable")]).is_ok());
        let toll = tags(&[("highway", "primary"), ("toll", "yes")]);
        assert!(way_use(&ProfileSpec::of(Van), &toll).is_ok());
        let thrifty = ProfileSpec { toll_roads: false, ..ProfileSpec::of(Van) };
        assert_eq!(way_use(&thrifty, &toll), Err(Dropped::Toll));
    }

    #[test]
    fn nobody_stops_on_bridges_in_tunnels_or_on_motorways() {
        let stops =
            |list: &[(&str, &str)]| !way_use(&ProfileSpec::of(Profile::Van), &tags(list)).expect("open").no_stopping;
        assert!(stops(&[("highway", "primary")]) && stops(&[("highway", "primary"), ("bridge", "no")]));
        assert!(stops(&[("highway", "service"), ("tunnel", "building_passage")]));
        for key in ["bridge", "tunnel"] {
            assert!(!stops(&[("highway", "primary"), (key, "yes")]));
        }
        assert!(!stops(&[("highway", "motorway")]));
    }
}
