//! JSON of a known shape: its faults have codes and paths, and are listed together as far as each can be told from the others.

use std::collections::HashSet;
use std::path::Path;

use huilu_model::{FaultCode, Faults};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::shape::{Shape, described, marked};
use super::{FormatError, text};

/// A file as `T`.
///
/// # Errors
/// [`FormatError`]: unreadable file, or JSON that is not of this shape. The first fault has its line; the others are looked for
/// entry by entry of its lists.
pub(super) fn read<T: Shape>(file: &Path) -> Result<T, FormatError> {
    parse(file, &text::read(file)?)
}

pub(super) fn parse<T: Shape>(file: &Path, text: &str) -> Result<T, FormatError> {
    let first = match typed::<T>(text) {
        Ok(read) => return Ok(read),
        Err(first) => first,
    };
    let (line, mut faults) = first;
    // A word like `NaN` is no JSON, but what stands around it can be looked at all the same.
    if let Ok(mut whole) = serde_json::from_str::<Value>(&marked(text)) {
        let mut all = Faults::default();
        T::faults(&mut whole, &mut all);
        let known = (faults.0[0].code, faults.0[0].path.clone());
        faults.0.extend(all.0.into_iter().filter(|fault| (fault.code, &fault.path) != (known.0, &known.1)));
        if let Ok(mended) = serde_json::from_value::<T>(whole) {
            let meant = beside(&faults, mended.meant());
            faults.extend_elsewhere(meant);
        }
    }
    Err(FormatError::listing(file, line, faults))
}

/// What does not follow from the stand-ins: they have no names, no room, and no sense beside what stands with them.
fn beside(broken: &Faults, mut meant: Faults) -> Faults {
    let paths: HashSet<&str> = broken.0.iter().map(|fault| fault.path.as_str()).collect();
    let whole_entry = |path: &str| path.ends_with(']') && path.matches(['.', '[']).count() == 1;
    let named = |path: &str| {
        path.ends_with(".id") || path.ends_with(".profile") || path.starts_with("streams") || whole_entry(path)
    };
    let names_lost = paths.iter().any(|path| named(path));
    let positions_lost = paths.iter().any(|path| path.ends_with(".position"));
    // `vehicles[3]` of what is in it: a contradiction may be one with a stand-in.
    let entry = |path: &str| path.split_inclusive(']').next().map(str::to_owned);
    let entries: HashSet<Option<String>> = paths.iter().map(|path| entry(path)).collect();
    let holders: HashSet<&str> = paths.iter().flat_map(|path| path.rfind(['.', '[']).map(|at| &path[..at])).collect();
    meant.0.retain(|fault| match fault.code {
        FaultCode::UnknownReference => !names_lost,
        FaultCode::EmptyId | FaultCode::DuplicateId => !paths.contains(format!("{}.id", fault.path).as_str()),
        // The one window of a shift or a break counts as the first of a list.
        FaultCode::WindowReversed => !holders.contains(fault.path.as_str().trim_end_matches("[0]")),
        FaultCode::NegativeNumber
        | FaultCode::NumberTooLarge
        | FaultCode::OutOfRange
        | FaultCode::PlaceOutOfRange
        | FaultCode::TooMany
        | FaultCode::WindowMissing => true,
        FaultCode::Contradiction => !positions_lost && !entries.contains(&entry(&fault.path)),
        _ => false,
    });
    meant
}

/// JSON that is looked at in part before its shape is known.
///
/// # Errors
/// [`FormatError`] with the first fault: unreadable file, no JSON.
pub fn value(file: &Path) -> Result<Value, FormatError> {
    typed(&text::read(file)?).map_err(|(line, faults)| FormatError::listing(file, line, faults))
}

/// A value as `T`, which is the answer to some problem and not written by hand.
///
/// # Errors
/// [`FormatError`] with the first fault.
pub fn of_value<T: DeserializeOwned>(file: &Path, value: Value) -> Result<T, FormatError> {
    serde_path_to_error::deserialize(&value).map_err(|error: serde_path_to_error::Error<serde_json::Error>| {
        let mut faults = Faults::default();
        faults.0.push(described(&error).fault);
        FormatError::listing(file, None, faults)
    })
}

/// The line and the fault where it is not one.
fn typed<T: DeserializeOwned>(text: &str) -> Result<T, (Option<usize>, Faults)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut faults = Faults::default();
    let line = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(read) => match reader.end() {
            Ok(()) => return Ok(read),
            Err(error) => {
                faults.add(FaultCode::NotJson, "", "something stands after the end of the JSON");
                error.line()
            }
        },
        Err(error) => {
            faults.0.push(described(&error).fault);
            error.inner().line()
        }
    };
    Err((Some(line), faults))
}
