//! A city's own speeds and rules, read as changes to the default profiles.

use serde_json::{Map, Value};

use crate::profile::ProfileSpec;
use crate::summary::DrivingSide;

/// A file of changes that cannot be applied; tells which profile and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadOverrides(String);

impl ProfileSpec {
    /// The default profiles with a city's changes, in the order of [`Profile::ALL`](crate::Profile::ALL).
    ///
    /// The text is a JSON merge patch (RFC 7396) for an object with the four profiles by name: what it names replaces the
    /// default, `null` takes it away, everything else stays, as in
    /// `{"van": {"speeds_kmh": {"primary": 30, "track": null}, "mass_kg": 3200}}`. Lists are replaced as a whole. Beside the
    /// profiles, `"driving_side": "left"` or `"right"` says on which side traffic keeps.
    ///
    /// # Errors
    /// [`BadOverrides`] for text that is no JSON object, a profile, field or class that does not exist, or a value that
    /// does not fit.
    pub fn read_overrides(text: &str) -> Result<[Self; 4], BadOverrides> {
        let changes: Value = serde_json::from_str(text).map_err(|cause| BadOverrides(format!("no JSON: {cause}")))?;
        let Value::Object(mut changes) = changes else {
            return Err(BadOverrides("a JSON object with profiles by name is needed".to_owned()));
        };
        let side: Option<DrivingSide> = serde_json::from_value(changes.remove("driving_side").unwrap_or_default())
            .map_err(|cause| BadOverrides(format!("driving_side: {cause}")))?;
        let mut specs = Self::defaults();
        for spec in &mut specs {
            let profile = spec.profile;
            if let Some(change) = changes.remove(profile.as_str()) {
                *spec = spec.changed(change).map_err(|cause| BadOverrides(format!("{profile}: {cause}")))?;
            }
            spec.driving_side = side;
        }
        match changes.keys().next() {
            Some(name) => Err(BadOverrides(format!("`{name}` is no profile: use etrike, van, truck or foot"))),
            None => Ok(specs),
        }
    }

    fn changed(&self, change: Value) -> Result<Self, String> {
        if !change.is_object() {
            return Err("its changes are no JSON object".to_owned());
        }
        if change.get("driving_side").is_some() {
            return Err("`driving_side` stands beside the profiles, one for all of them".to_owned());
        }
        let mut json = serde_json::to_value(self).map_err(|cause| cause.to_string())?;
        merge(&mut json, change);
        let spec: Self = serde_json::from_value(json).map_err(|cause| cause.to_string())?;
        if spec.profile != self.profile {
            return Err("`profile` cannot be changed".to_owned());
        }
        spec.check()?;
        Ok(spec)
    }

    /// Refuses figures that no vehicle has; a figure that is wrong but possible is the city's own affair.
    fn check(&self) -> Result<(), String> {
        let speed = |name: &str, kmh: f64| match (0.5..=200.0).contains(&kmh) {
            true => Ok(()),
            false => Err(format!("{name}: {kmh} km/h is no speed from 0.5 to 200")),
        };
        for (class, &kmh) in &self.speeds_kmh {
            speed(class.as_str(), kmh)?;
        }
        speed("exception_kmh", self.exception_kmh)?;
        let hourly = self.hourly.iter().flat_map(|hourly| hourly.working_day.iter().chain(&hourly.rest_day));
        let shares = self.speed_shares.values().chain([&self.limit_share]).chain(hourly);
        if let Some(share) = shares.copied().find(|share| !(0.05..=3.0).contains(share)) {
            return Err(format!("{share} is no share of a speed from 0.05 to 3"));
        }
        if !(0.0..=3_600.0).contains(&self.u_turn_s) {
            return Err(format!("u_turn_s: {} is no time from 0 to 3600 s", self.u_turn_s));
        }
        Ok(())
    }
}

/// RFC 7396.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (key, value) in patch {
            if value.is_null() {
                target.remove(&key);
            } else {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::RoadClass;
    use crate::profile::Profile;

    #[test]
    fn what_is_named_changes_and_everything_else_stays() {
        let text = r#"{"van": {"speeds_kmh": {"primary": 30.5, "track": null, "ferry": 10}, "mass_kg": null},
                       "truck": {"kerb_side": ["tertiary"], "hourly": null}}"#;
        let [etrike, van, truck, foot] = ProfileSpec::read_overrides(text).expect("changes");
        let default = ProfileSpec::of(Profile::Van);
        assert_eq!(van.speed_kmh(RoadClass::Primary), Some(30.5));
        assert_eq!((van.speed_kmh(RoadClass::Track), van.speed_kmh(RoadClass::Ferry)), (None, Some(10.0)));
        assert_eq!(van.speed_kmh(RoadClass::Secondary), default.speed_kmh(RoadClass::Secondary));
        assert_eq!((van.mass_kg, van.height_cm), (None, default.height_cm));
        assert_eq!((truck.kerb_side.as_slice(), truck.hourly.is_none()), (&[RoadClass::Tertiary][..], true));
        assert_eq!((etrike, foot), (ProfileSpec::of(Profile::Etrike), ProfileSpec::of(Profile::Foot)));
        let left = ProfileSpec::read_overrides(r#"{"driving_side": "left"}"#).expect("a side");
        assert!(left.iter().all(|spec| spec.driving_side == Some(DrivingSide::Left)));
        assert_eq!(ProfileSpec::read_overrides("{}").expect("no changes"), ProfileSpec::defaults());
    }

    #[test]
    fn what_cannot_be_applied_is_refused_with_its_place() {
        for (text, cause) in [
            ("[]", "JSON object"),
            ("{", "no JSON"),
            (r#"{"tank": {}}"#, "`tank` is no profile"),
            (r#"{"van": 7}"#, "van: its changes"),
            (r#"{"van": {"speed": 7}}"#, "van: unknown field `speed`"),
            (r#"{"van": {"speeds_kmh": {"primary": "fast"}}}"#, "van: "),
            (r#"{"van": {"speeds_kmh": {"highway": 30}}}"#, "van: unknown variant `highway`"),
            (r#"{"van": {"speeds_kmh": {"primary": 0}}}"#, "primary: 0 km/h"),
            (r#"{"van": {"profile": "truck"}}"#, "cannot be changed"),
            (r#"{"van": {"hourly": {"working_day": [1]}}}"#, "van: "),
            (r#"{"van": {"limit_share": -1}}"#, "-1 is no share"),
            (r#"{"foot": {"u_turn_s": 1e9}}"#, "u_turn_s"),
            (r#"{"driving_side": "middle"}"#, "driving_side: unknown variant `middle`"),
            (r#"{"van": {"driving_side": "left"}}"#, "van: `driving_side` stands beside"),
        ] {
            let error = ProfileSpec::read_overrides(text).expect_err(text).to_string();
            assert!(error.contains(cause) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
