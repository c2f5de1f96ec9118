//! What JSON has against the shape that it should be of: every fault that can be told without guessing.
//!
//! A reader of JSON stops at the first fault. Here the value is mended with something harmless where the fault lies, and read
//! again, until it is of the shape or no stand-in fits. Lists are taken entry by entry, so that an entry that cannot be mended
//! hides none of the others, and a large file is not read from its start for each fault.

use huilu_model::balance::BalanceSpec;
use huilu_model::clearing::{Network, OutletState};
use huilu_model::problem::{JobSpec, LockSpec, MetricSpec, OutletSpec, PlaceSpec, Problem, VehicleSpec};
use huilu_model::site::{Arc, DemandPoint, Site, SiteProblem};
use huilu_model::{Fault, FaultCode, Faults, Instance, Matrix};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::Segment;

use crate::siting::validate;

/// How often one entry is read: with two stand-ins for each fault, some thirty faults.
const READINGS: usize = 64;
/// What a message quotes may be of any length.
const MESSAGE_CHARS: usize = 160;
/// Faults after which nobody reads on: a wrong table has millions of them.
const FAULTS_MAX: usize = 100_000;
/// Before a word of the file that is no JSON and was made a string.
const MARK: char = '⁂';

/// A shape whose lists are looked at entry by entry.
pub(super) trait Shape: DeserializeOwned {
    const LISTS: &'static [(&'static str, Look)];

    /// What is wrong with what a value of this shape says.
    fn meant(&self) -> Faults;

    /// All that can be told of the shape, in the order of the lists; what lies outside of them comes first. Leaves the value mended,
    /// unless faults are too many.
    fn faults(whole: &mut Value, faults: &mut Faults) {
        let mut entries = Vec::new();
        for &(name, look) in Self::LISTS {
            if let Some(Value::Array(list)) = whole.get_mut(name) {
                entries.push((name, look, std::mem::take(list)));
            }
        }
        look::<Self>(whole, "", faults);
        for (name, look, mut list) in entries {
            for (k, entry) in list.iter_mut().enumerate() {
                if is_full(faults) {
                    break;
                }
                look(entry, &format!("{name}[{k}]"), faults);
            }
            whole[name] = Value::Array(list);
        }
        if is_full(faults) {
            faults.add(FaultCode::TooMany, "", format!("{FAULTS_MAX} faults or more: the rest was not looked for"));
        }
        // A field may have a name that is no JSON.
        for fault in faults.0.iter_mut().filter(|fault| fault.path.contains(MARK)) {
            let path = fault.path.replace(MARK, "");
            *fault = Fault { code: FaultCode::NotJson, path, message: "is no JSON".to_owned() };
        }
    }
}

fn is_full(faults: &Faults) -> bool {
    faults.0.len() >= FAULTS_MAX
}

type Look = fn(&mut Value, &str, &mut Faults);

impl Shape for Problem {
    const LISTS: &'static [(&'static str, Look)] = &[
        ("places", look::<PlaceSpec>),
        ("matrices", matrix),
        ("metrics", look::<MetricSpec>),
        ("jobs", look::<JobSpec>),
        ("vehicles", look::<VehicleSpec>),
        ("outlets", look::<OutletSpec>),
        ("balance", look::<BalanceSpec>),
        ("locks", look::<LockSpec>),
    ];

    fn meant(&self) -> Faults {
        Instance::try_from(self).err().unwrap_or_default()
    }
}

impl Shape for Network {
    const LISTS: &'static [(&'static str, Look)] = &[
        ("places", look::<PlaceSpec>),
        ("matrices", matrix),
        ("metrics", look::<MetricSpec>),
        ("outlets", look::<OutletState>),
        ("vans", look::<VehicleSpec>),
        ("trucks", look::<VehicleSpec>),
    ];

    fn meant(&self) -> Faults {
        self.validate().err().unwrap_or_default()
    }
}

impl Shape for SiteProblem {
    const LISTS: &'static [(&'static str, Look)] =
        &[("sites", look::<Site>), ("demand", look::<DemandPoint>), ("arcs", look::<Vec<Arc>>)];

    fn meant(&self) -> Faults {
        validate(self).err().unwrap_or_default()
    }
}

/// As [`look`], number by number: there may be a million of them.
fn matrix(value: &mut Value, at: &str, faults: &mut Faults) {
    let mut number = |entry: &mut Value, path: &dyn Fn() -> String| {
        if !is_full(faults) && entry.as_u64().is_none_or(|number| number > u32::MAX.into()) {
            look::<u32>(entry, &path(), faults);
        }
    };
    for name in ["seconds", "metres"] {
        let Some(Value::Array(entries)) = value.get_mut(name) else { continue };
        for (i, entry) in entries.iter_mut().enumerate() {
            match entry {
                Value::Array(row) => {
                    row.iter_mut()
                        .enumerate()
                        .for_each(|(j, entry)| number(entry, &|| format!("{at}.{name}[{i}][{j}]")));
                }
                entry => number(entry, &|| format!("{at}.{name}[{i}]")),
            }
        }
    }
    if !is_full(faults) {
        look::<Matrix>(value, at, faults);
    }
}

/// Adds the faults of a value that should be a `T`, whose path is `at`; leaves it mended.
fn look<T: DeserializeOwned>(value: &mut Value, at: &str, faults: &mut Faults) {
    let mut mended: Option<(Vec<Step>, std::slice::Iter<'static, StandIn>)> = None;
    for _ in 0..READINGS {
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&*value) else { return };
        let Described { mut fault, steps } = described(&error);
        if let Some((place, rest)) = &mut mended
            && (steps.starts_with(place) || place.starts_with(&steps))
        {
            // What was put there fits no better. Of some entries serde tells no more than that they are wrong.
            match rest.next() {
                Some(stand_in) => put(value, place, Some(stand_in())),
                None => return,
            }
            continue;
        }
        let stand_in = match fault.code {
            FaultCode::UnknownField => None,
            FaultCode::UnknownValue => Some(allowed(&fault.message).map_or(Value::Null, Value::from)),
            _ => Some(Value::Null),
        };
        fault.path = match fault.path.as_str() {
            "" => at.to_owned(),
            path if at.is_empty() || path.starts_with('[') => format!("{at}{path}"),
            path => format!("{at}.{path}"),
        };
        faults.0.push(fault);
        if steps.last() == Some(&Step::Field("type".to_owned())) {
            // What else the entry may hold hangs on its kind.
            return;
        }
        put(value, &steps, stand_in);
        mended = Some((steps, STAND_INS.iter()));
    }
}

type StandIn = fn() -> Value;

/// After null, which every field takes that may be left out.
const STAND_INS: [StandIn; 5] = [|| json!(0), || json!(""), || json!([]), || json!(false), || json!({})];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Entry(usize),
}

/// Puts a stand-in at a place, or takes the place away. Nothing where there is no such place.
fn put(value: &mut Value, steps: &[Step], stand_in: Option<Value>) {
    let Some((last, way)) = steps.split_last() else {
        *value = stand_in.unwrap_or_default();
        return;
    };
    let holder = way.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get_mut(name),
        Step::Entry(k) => value.get_mut(k),
    });
    match (holder, last) {
        (Some(Value::Object(fields)), Step::Field(name)) => {
            match stand_in {
                Some(stand_in) => fields.insert(name.clone(), stand_in),
                None => fields.remove(name),
            };
        }
        (Some(Value::Array(list)), Step::Entry(k)) => {
            if let Some(entry) = list.get_mut(*k) {
                *entry = stand_in.unwrap_or_default();
            }
        }
        _ => {}
    }
}

/// A fault in our words, and where it lies.
pub(super) struct Described {
    pub(super) fault: Fault,
    steps: Vec<Step>,
}

/// serde tells what is wrong in words alone: they are taken apart here, and nowhere else.
pub(super) fn described(error: &serde_path_to_error::Error<serde_json::Error>) -> Described {
    let told = error.inner().to_string();
    let message = told.rsplit_once(" at line ").map_or(told.as_str(), |(message, _)| message);
    let mut steps: Vec<Step> = error.path().iter().filter_map(step).collect();
    let mut named = |message: &str| match quoted(message) {
        Some(name) if steps.last() != Some(&Step::Field(name.to_owned())) => steps.push(Step::Field(name.to_owned())),
        _ => {}
    };
    let (code, message) = if message.starts_with("missing field") {
        named(message);
        (FaultCode::MissingField, "is missing".to_owned())
    } else if message.starts_with("unknown field") {
        named(message);
        (FaultCode::UnknownField, message.to_owned())
    } else if message.starts_with("duplicate field") {
        named(message);
        (FaultCode::DuplicateField, "is given twice".to_owned())
    } else if let Some((_, rest)) = message.split_once(MARK) {
        not_json(rest.split(['"', '`']).next().unwrap_or_default())
    } else if message.starts_with("unknown variant") {
        (FaultCode::UnknownValue, message.to_owned())
    } else if message.starts_with("number out of range") {
        (FaultCode::NumberTooLarge, "the number is too large".to_owned())
    } else if message.starts_with("invalid value: integer") || message.starts_with("invalid type: floating point") {
        number(message)
    } else if error.inner().is_data() {
        (FaultCode::WrongType, message.to_owned())
    } else {
        (FaultCode::NotJson, message.to_owned())
    };
    let path = steps.iter().fold(String::new(), |path, step| match step {
        Step::Field(name) if path.is_empty() => name.clone(),
        Step::Field(name) => format!("{path}.{name}"),
        Step::Entry(k) => format!("{path}[{k}]"),
    });
    let message = message.chars().take(MESSAGE_CHARS).collect();
    Described { fault: Fault { code, path, message }, steps }
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Seq { index } => Some(Step::Entry(*index)),
        Segment::Map { key } => Some(Step::Field(key.clone())),
        Segment::Enum { variant } => Some(Step::Field(variant.clone())),
        Segment::Unknown => None,
    }
}

/// The first name in backquotes.
fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// The first value that is expected instead.
fn allowed(message: &str) -> Option<&str> {
    message.split_once("expected").and_then(|(_, rest)| quoted(rest))
}

/// A whole number that does not fit its field, or one so large that it was read as a fraction.
fn number(message: &str) -> (FaultCode, String) {
    let word = quoted(message).unwrap_or_default();
    let value: f64 = word.parse().unwrap_or_default();
    let whole = message.starts_with("invalid value") || value.abs() >= i64::MAX as f64;
    let unsigned = message.contains("expected u") && value < 0.0;
    match (whole, unsigned) {
        (true, true) => (FaultCode::NegativeNumber, format!("{word} is negative")),
        (true, false) => (FaultCode::NumberTooLarge, format!("{word} is too large")),
        (false, _) => (FaultCode::WrongType, message.to_owned()),
    }
}

fn not_json(word: &str) -> (FaultCode, String) {
    let number = word.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    match word.parse::<f64>() {
        Ok(value) if number && value.is_infinite() => (FaultCode::NumberTooLarge, format!("{word} is too large")),
        _ => (FaultCode::NotJson, format!("`{word}` is no JSON value")),
    }
}

/// The text with bare words that are no JSON value, such as `NaN` or `1e400`, as strings with a mark before them.
pub(super) fn marked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '"' => string(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            c if c.is_whitespace() => c.len_utf8(),
            _ => {
                let end = |c: char| c.is_whitespace() || "{}[],:\"".contains(c);
                rest.find(end).unwrap_or(rest.len())
            }
        };
        let (word, after) = rest.split_at(length);
        let bare = !c.is_whitespace() && !"{}[],:\"".contains(c);
        if bare && serde_json::from_str::<Value>(word).is_err() {
            let shown: String = word.chars().take(40).filter(|c| !c.is_control() && *c != '\\').collect();
            out.extend(['"', MARK]);
            out.push_str(&shown);
            out.push('"');
        } else {
            out.push_str(word);
        }
        rest = after;
    }
    out
}

/// Length of the string that the text begins with.
fn string(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    // A string that does not end ends with the text.
    bytes.len()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::formats::json::parse;

    const GOOD: &str = r#"{
 "name": "x", "streams": ["paper"],
 "places": [{"id": "a", "position": {"lat": 1, "lon": 2}}],
 "matrices": [{"profile": "van", "size": 1, "seconds": [0], "metres": [[0]]}],
 "metrics": [{"profile": "truck", "shape": "euclidean", "points": [[0, 0]], "seconds_per_unit": 1}],
 "jobs": [
  {"id": "j", "place": "a", "loads": [{"stream": "paper", "grams": 1, "litres": 1}], "time_windows": [{"start": 0, "end": 9}], "service_s": 60},
  {"id": "k", "place": "a", "loads": [], "time_windows": [{"start": 0, "end": 9}], "release_s": 7}
 ],
 "vehicles": [{"id": "v", "profile": "van", "start": "a", "capacity_g": 9, "compartments": [], "shift": {"start": 0, "end": 99}}],
 "locks": [{"type": "start", "job": "j", "start": 0, "end": 5}]
}"#;

    /// `CODE path` of each fault after these replacements.
    #[track_caller]
    fn told(replacements: &[(&str, &str)]) -> Vec<String> {
        let text = replacements.iter().fold(GOOD.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let error = parse::<Problem>(Path::new("case.json"), &text).unwrap_err();
        error.faults.0.iter().map(|fault| format!("{} {}", fault.code.name(), fault.path)).collect()
    }

    #[test]
    fn each_kind_of_fault_has_its_code_and_its_path() {
        for (from, to, expected) in [
            (r#""service_s": 60"#, r#""service_s": NaN"#, "NOT_JSON jobs[0].service_s"),
            (r#""service_s": 60"#, r#""service_s": -Infinity"#, "NOT_JSON jobs[0].service_s"),
            (r#""service_s": 60"#, r#""service_s": 1e400"#, "NUMBER_TOO_LARGE jobs[0].service_s"),
            (r#""service_s": 60"#, r#""service_s": 99999999999999999999"#, "NUMBER_TOO_LARGE jobs[0].service_s"),
            (r#""service_s": 60"#, r#""service_s": 6.5"#, "WRONG_TYPE jobs[0].service_s"),
            (r#""service_s": 60"#, r#""service_s": "60""#, "WRONG_TYPE jobs[0].service_s"),
            (r#""service_s": 60"#, r#""service": 60"#, "UNKNOWN_FIELD jobs[0].service"),
            (r#""service_s": 60"#, r#""id": "l""#, "DUPLICATE_FIELD jobs[0].id"),
            (r#""id": "j", "#, "", "MISSING_FIELD jobs[0].id"),
            (r#""name": "x", "#, "", "MISSING_FIELD name"),
            (r#""seconds": [0]"#, r#""seconds": [-3]"#, "NEGATIVE_NUMBER matrices[0].seconds[0]"),
            (r#""metres": [[0]]"#, r#""metres": [[4294967296]]"#, "NUMBER_TOO_LARGE matrices[0].metres[0][0]"),
            (r#""metres": [[0]]"#, r#""metres": [[0.5]]"#, "WRONG_TYPE matrices[0].metres[0][0]"),
            (r#""euclidean""#, r#""round""#, "UNKNOWN_VALUE metrics[0].shape"),
            (r#""type": "start""#, r#""type": "begin""#, "UNKNOWN_VALUE locks[0].type"),
            (r#""start": 0, "end": 5"#, r#""start": 0"#, "MISSING_FIELD locks[0].end"),
            (r#""lat": 1"#, r#""lat": null"#, "WRONG_TYPE places[0].position.lat"),
        ] {
            assert_eq!(told(&[(from, to)]), [expected], "{to}");
        }
    }

    #[test]
    fn all_faults_are_listed_whatever_their_kinds() {
        let faults = told(&[
            (r#""service_s": 60"#, r#""service_s": NaN"#),
            (r#""release_s": 7"#, r#""release_s": 1e999, "skill": []"#),
            (r#""start": 0, "end": 9"#, r#""start": "0""#),
            (r#""seconds": [0]"#, r#""seconds": [-3, 1, 0.5]"#),
            (r#""shift": {"start": 0, "end": 99}"#, r#""shift": 5, "costs": {"fixed": []}"#),
            (r#""streams": ["paper"]"#, r#""streams": "paper""#),
            (r#"{"type": "start", "job": "j", "start": 0, "end": 5}"#, r#"{"type": "start"}, {"job": "j"}"#),
        ]);
        for expected in [
            "WRONG_TYPE streams",
            "NOT_JSON jobs[0].service_s",
            "WRONG_TYPE jobs[0].time_windows[0].start",
            "MISSING_FIELD jobs[0].time_windows[0].end",
            "NUMBER_TOO_LARGE jobs[1].release_s",
            "UNKNOWN_FIELD jobs[1].skill",
            "NEGATIVE_NUMBER matrices[0].seconds[0]",
            "WRONG_TYPE matrices[0].seconds[2]",
            "WRONG_TYPE vehicles[0].shift",
            "MISSING_FIELD locks[0].job",
            "MISSING_FIELD locks[1].type",
        ] {
            assert_eq!(faults.iter().filter(|fault| *fault == expected).count(), 1, "{expected} once in {faults:#?}");
        }
    }

    #[test]
    fn words_that_are_no_json_are_marked_and_nothing_else_is_touched() {
        assert_eq!(marked(GOOD), GOOD);
        assert_eq!(marked(r#"{"a\"NaN": [NaN, 1e400, true]}"#), r#"{"a\"NaN": ["⁂NaN", "⁂1e400", true]}"#);
        assert_eq!(marked("\"never \\"), "\"never \\");
        assert!(told(&[(r#""name": "x""#, r#""name": "x", NaN: 1"#)]).contains(&"NOT_JSON NaN".to_owned()));
    }

    #[test]
    fn what_the_rest_says_is_told_beside_the_shape() {
        let faults = told(&[
            (r#""service_s": 60"#, r#""service_s": NaN, "penalty": -1"#),
            (r#""id": "k""#, r#""id": "j""#),
            (r#""place": "a""#, r#""place": "nowhere""#),
            (r#""shift": {"start": 0, "end": 99}"#, r#""shift": {"start": 9, "end": 1e400}"#),
        ]);
        let expected = [
            "NOT_JSON jobs[0].service_s",
            "NUMBER_TOO_LARGE vehicles[0].shift.end",
            "UNKNOWN_REFERENCE jobs[0].place",
            "NEGATIVE_NUMBER jobs[0].penalty",
            "DUPLICATE_ID jobs[1]",
        ];
        assert_eq!(faults, expected);
        // Without a time of its own overtime contradicts its price, and without a position a place the wish for compact routes.
        let odd = told(&[
            (r#""locks""#, r#""compactness": {"cost_per_km": 1}, "locks""#),
            (r#"{"lat": 1, "lon": 2}"#, "5"),
            (r#""capacity_g": 9"#, r#""capacity_g": -9, "overtime_from": "8h", "costs": {"overtime_per_hour": 1}"#),
        ]);
        let expected = [
            "WRONG_TYPE places[0].position",
            "WRONG_TYPE vehicles[0].overtime_from",
            "NEGATIVE_NUMBER vehicles[0].capacity_g",
        ];
        assert_eq!(odd, expected);
        // Whose name is lost is missed by others.
        let nameless = told(&[(r#"{"id": "a", "#, "{"), (r#""seconds": [0]"#, r#""seconds": [-1]"#)]);
        assert_eq!(nameless, ["MISSING_FIELD places[0].id", "NEGATIVE_NUMBER matrices[0].seconds[0]"]);
    }

    #[test]
    fn a_matrix_is_told_to_its_last_entry_but_not_for_ever() {
        let told = |n: usize| {
            let entries = vec!["-1"; n].join(",");
            told(&[(r#""seconds": [0]"#, &format!(r#""seconds": [{entries}]"#))])
        };
        let faults = told(50_000);
        assert_eq!((faults.len(), faults[49_999].as_str()), (50_000, "NEGATIVE_NUMBER matrices[0].seconds[49999]"));
        let faults = told(FAULTS_MAX + 50_000);
        assert_eq!((faults.len(), faults[FAULTS_MAX].as_str()), (FAULTS_MAX + 1, "TOO_MANY "));
    }

    #[test]
    fn an_entry_that_cannot_be_mended_hides_no_other() {
        let faults = told(&[(r#"{"id": "j", "place": "a""#, r#"7, {"place": "a""#), (r#""id": "v", "#, "")]);
        assert_eq!(faults, ["WRONG_TYPE jobs[0]", "MISSING_FIELD jobs[1].id", "MISSING_FIELD vehicles[0].id"]);
    }
}
