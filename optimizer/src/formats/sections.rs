//! VRPLIB text cut into its keywords and sections, each with line numbers. Knows the layout, not what it means.

use std::collections::HashMap;
use std::path::Path;

use huilu_model::FaultCode;

use super::FormatError;
use super::text::{number, shown, whole};

pub(super) type Row<'a> = (usize, Vec<&'a str>);

#[derive(Debug)]
pub(super) struct Sections<'a> {
    pub(super) file: &'a Path,
    keys: HashMap<&'a str, (usize, &'a str)>,
    rows: HashMap<&'a str, (usize, Vec<Row<'a>>)>,
}

impl<'a> Sections<'a> {
    /// `known` are the sections that the caller reads: one of another name changes the problem, so it is a fault.
    pub(super) fn cut(file: &'a Path, text: &'a str, known: &[&str]) -> Result<Self, FormatError> {
        let mut sections = Self { file, keys: HashMap::new(), rows: HashMap::new() };
        let mut current: Option<&str> = None;
        for (at, line) in text.lines().enumerate().map(|(k, line)| (k + 1, line.trim())) {
            if line == "EOF" {
                break;
            }
            let Some(first) = line.split_whitespace().next() else { continue };
            let name = first.trim_end_matches(':');
            if name.ends_with("_SECTION") {
                if !known.contains(&name) {
                    return Err(FormatError::new(
                        file,
                        at,
                        FaultCode::UnknownField,
                        format!("{} is not read", shown(name)),
                    ));
                }
                if sections.rows.insert(name, (at, Vec::new())).is_some() {
                    return Err(FormatError::new(file, at, FaultCode::DuplicateField, format!("{name} stands twice")));
                }
                current = Some(name);
            } else if let (Some((key, value)), true) = (line.split_once(':'), first.starts_with(char::is_alphabetic)) {
                let key = key.trim();
                if sections.keys.insert(key, (at, value.trim())).is_some() {
                    return Err(FormatError::new(
                        file,
                        at,
                        FaultCode::DuplicateField,
                        format!("{} stands twice", shown(key)),
                    ));
                }
            } else if let Some((_, rows)) = current.and_then(|name| sections.rows.get_mut(name)) {
                rows.push((at, line.split_whitespace().collect()));
            } else {
                let cause = format!("`{}` is neither `KEY : value` nor in a section", shown(first));
                return Err(FormatError::new(file, at, FaultCode::MalformedLine, cause));
            }
        }
        Ok(sections)
    }

    fn missing(&self, what: &str) -> FormatError {
        FormatError::new(self.file, None, FaultCode::MissingField, format!("has no {what}"))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.rows.contains_key(name)
    }

    pub(super) fn key_if_any(&self, name: &str) -> Option<(usize, &'a str)> {
        self.keys.get(name).copied()
    }

    pub(super) fn key(&self, name: &str) -> Result<(usize, &'a str), FormatError> {
        self.key_if_any(name).ok_or_else(|| self.missing(name))
    }

    pub(super) fn section(&self, name: &str) -> Result<&[Row<'a>], FormatError> {
        self.rows.get(name).map(|(_, rows)| rows.as_slice()).ok_or_else(|| self.missing(name))
    }

    /// Line of the section's title.
    pub(super) fn line_of(&self, name: &str) -> Option<usize> {
        self.rows.get(name).map(|(line, _)| *line)
    }

    /// A row's number from 1 to `n`, of a node or a vehicle.
    pub(super) fn index(&self, name: &str, line: usize, word: &str, n: usize) -> Result<usize, FormatError> {
        let index = word.parse::<usize>().ok().filter(|index| (1..=n).contains(index));
        let cause = || format!("{name}: `{}` is no number from 1 to {n}", shown(word));
        index
            .map(|index| index - 1)
            .ok_or_else(|| FormatError::new(self.file, line, FaultCode::UnknownReference, cause()))
    }

    /// One row for each of `n` nodes or vehicles: its number, then what `read` makes of the rest.
    pub(super) fn by_index<T: Clone>(
        &self,
        name: &str,
        n: usize,
        read: impl Fn(usize, &[&str]) -> Result<T, FormatError>,
    ) -> Result<Vec<T>, FormatError> {
        let rows = self.section(name)?;
        let mut values: Vec<Option<T>> = vec![None; n];
        for (line, words) in rows {
            let fault = |code, cause: String| FormatError::new(self.file, *line, code, cause);
            let index = self.index(name, *line, words[0], n)?;
            if words.len() < 2 {
                return Err(fault(FaultCode::MissingField, format!("{name}: {} has no value", index + 1)));
            }
            if values[index].replace(read(*line, &words[1..])?).is_some() {
                return Err(fault(FaultCode::DuplicateField, format!("{name}: {} stands twice", index + 1)));
            }
        }
        match values.iter().position(Option::is_none) {
            Some(missing) => {
                let cause = format!("{name} lacks {}", missing + 1);
                Err(FormatError::new(self.file, self.line_of(name), FaultCode::MissingField, cause))
            }
            None => Ok(values.into_iter().flatten().collect()),
        }
    }

    /// The one value of a row.
    pub(super) fn one<'w>(&self, name: &str, line: usize, words: &[&'w str]) -> Result<&'w str, FormatError> {
        match words {
            [word] => Ok(word),
            _ => Err(FormatError::new(
                self.file,
                line,
                FaultCode::MalformedLine,
                format!("{name}: {} values, 1 is needed", words.len()),
            )),
        }
    }

    pub(super) fn pair(&self, name: &str, line: usize, words: &[&str]) -> Result<(f64, f64), FormatError> {
        let [a, b] = words else {
            let cause = format!("{name}: {} values, 2 are needed", words.len());
            return Err(FormatError::new(self.file, line, FaultCode::MalformedLine, cause));
        };
        Ok((number(self.file, line, name, a)?, number(self.file, line, name, b)?))
    }

    /// Whole numbers, one to a row.
    pub(super) fn wholes(&self, name: &str, n: usize) -> Result<Vec<i64>, FormatError> {
        self.by_index(name, n, |line, words| whole(self.file, line, name, self.one(name, line, words)?))
    }
}
