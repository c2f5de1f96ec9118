//! VRPLIB files of the CVRP and the VRPTW: `KEY : value` lines, then sections. Node 1 is the depot, client `k` is node
//! `k + 1`. `EDGE_WEIGHT_TYPE` is `EUC_2D`, or `EXPLICIT` with a `FULL_MATRIX` in whole numbers.

use std::collections::HashMap;
use std::path::Path;

use huilu_model::Instance;

use super::classic::{Classic, Distances, NODES_MAX};
use super::solomon::{number, positive, whole};
use super::{FormatError, Rounding};

type Row<'a> = (usize, Vec<&'a str>);

/// The file cut into its keywords and sections, each with line numbers.
struct Sections<'a> {
    file: &'a Path,
    keys: HashMap<&'a str, (usize, &'a str)>,
    rows: HashMap<&'a str, Vec<Row<'a>>>,
}

/// Reads a file. Without `rounding`: plain CVRP to the nearest integer, with time windows truncated to one decimal,
/// explicit matrices as they are.
///
/// # Errors
/// [`FormatError`] with the line: unreadable file, missing or unknown keyword or section, wrong number of rows, broken
/// or negative numbers, windows that close before they open, a depot that is not node 1.
pub fn read(file: &Path, rounding: Option<Rounding>) -> Result<(Instance, Rounding), FormatError> {
    let text = std::fs::read_to_string(file).map_err(|e| FormatError::new(file, None, e.to_string()))?;
    let sections = Sections::cut(file, &text)?;
    let n = sections.dimension()?;
    let windows = sections.windows(n)?;
    let distances = sections.distances(n)?;
    let rounding = rounding.unwrap_or(match (&distances, &windows) {
        (Distances::Explicit(_), _) | (_, None) => Rounding::Nint,
        (Distances::Points(_), Some(_)) => Rounding::Dimacs,
    });
    sections.depot()?;
    let capacity = sections.key("CAPACITY")?;
    let vehicles = match sections.keys.get("VEHICLES") {
        Some(&(line, word)) => Some(whole(file, line, "VEHICLES", word)? as usize),
        None => None,
    };
    let classic = Classic {
        distances,
        demand: sections.by_node("DEMAND_SECTION", n, |line, words| whole(file, line, "the demand", words[0]))?,
        capacity: whole(file, capacity.0, "CAPACITY", capacity.1)?,
        windows,
        service: sections.service(n)?,
        vehicles,
    };
    Ok((classic.instance(file, rounding)?, rounding))
}

impl<'a> Sections<'a> {
    fn cut(file: &'a Path, text: &'a str) -> Result<Self, FormatError> {
        let mut sections = Self { file, keys: HashMap::new(), rows: HashMap::new() };
        let mut current: Option<&str> = None;
        for (at, line) in text.lines().enumerate().map(|(k, line)| (k + 1, line.trim())) {
            if line == "EOF" {
                break;
            }
            let Some(first) = line.split_whitespace().next() else { continue };
            let name = first.trim_end_matches(':');
            if name.ends_with("_SECTION") {
                if sections.rows.insert(name, Vec::new()).is_some() {
                    return Err(FormatError::new(file, at, format!("{name} stands twice")));
                }
                current = Some(name);
            } else if let (Some((key, value)), true) = (line.split_once(':'), first.starts_with(char::is_alphabetic)) {
                sections.keys.insert(key.trim(), (at, value.trim()));
            } else if let Some(rows) = current.and_then(|name| sections.rows.get_mut(name)) {
                rows.push((at, line.split_whitespace().collect()));
            } else {
                return Err(FormatError::new(file, at, format!("`{first}` is neither `KEY : value` nor in a section")));
            }
        }
        Ok(sections)
    }

    fn missing(&self, what: &str) -> FormatError {
        FormatError::new(self.file, None, format!("has no {what}"))
    }

    fn key(&self, name: &str) -> Result<(usize, &'a str), FormatError> {
        self.keys.get(name).copied().ok_or_else(|| self.missing(name))
    }

    fn section(&self, name: &str) -> Result<&[Row<'a>], FormatError> {
        self.rows.get(name).map(Vec::as_slice).ok_or_else(|| self.missing(name))
    }

    /// Believed only as far as the demands bear it out, so that a broken number asks for no memory.
    fn dimension(&self) -> Result<usize, FormatError> {
        let (line, word) = self.key("DIMENSION")?;
        let n = whole(self.file, line, "DIMENSION", word)?;
        let rows = self.section("DEMAND_SECTION")?.len();
        if usize::try_from(n) != Ok(rows) {
            let cause = format!("DIMENSION is {n}, but DEMAND_SECTION has {rows} rows");
            return Err(FormatError::new(self.file, line, cause));
        }
        if !(1..=NODES_MAX).contains(&rows) {
            let cause = format!("DIMENSION is {n}, not between 1 and {NODES_MAX}");
            return Err(FormatError::new(self.file, line, cause));
        }
        Ok(rows)
    }

    /// One row for each node: its number, then what `read` makes of the rest.
    fn by_node<T: Clone>(
        &self,
        name: &str,
        n: usize,
        read: impl Fn(usize, &[&str]) -> Result<T, FormatError>,
    ) -> Result<Vec<T>, FormatError> {
        let rows = self.section(name)?;
        let mut values: Vec<Option<T>> = vec![None; n];
        for (line, words) in rows {
            let fault = |cause: String| FormatError::new(self.file, *line, cause);
            let node = words[0].parse::<usize>().ok().filter(|node| (1..=n).contains(node));
            let Some(node) = node else {
                return Err(fault(format!("{name}: `{}` is no node from 1 to {n}", words[0])));
            };
            if words.len() < 2 {
                return Err(fault(format!("{name}: node {node} has no value")));
            }
            if values[node - 1].replace(read(*line, &words[1..])?).is_some() {
                return Err(fault(format!("{name}: node {node} stands twice")));
            }
        }
        let missing = values.iter().position(Option::is_none);
        match missing {
            Some(node) => Err(FormatError::new(self.file, None, format!("{name} lacks node {}", node + 1))),
            None => Ok(values.into_iter().flatten().collect()),
        }
    }

    fn pair(&self, name: &str, line: usize, words: &[&str]) -> Result<(f64, f64), FormatError> {
        let [a, b] = words else {
            let cause = format!("{name}: {} values, 2 are needed", words.len());
            return Err(FormatError::new(self.file, line, cause));
        };
        Ok((number(self.file, line, name, a)?, number(self.file, line, name, b)?))
    }

    fn distances(&self, n: usize) -> Result<Distances, FormatError> {
        let (line, kind) = self.key("EDGE_WEIGHT_TYPE")?;
        match kind {
            "EUC_2D" => {
                let name = "NODE_COORD_SECTION";
                self.by_node(name, n, |line, words| self.pair(name, line, words)).map(Distances::Points)
            }
            "EXPLICIT" => self.matrix(n).map(Distances::Explicit),
            other => {
                let cause = format!("EDGE_WEIGHT_TYPE `{other}` is not read: use EUC_2D or EXPLICIT");
                Err(FormatError::new(self.file, line, cause))
            }
        }
    }

    fn matrix(&self, n: usize) -> Result<Vec<u32>, FormatError> {
        if let Some(&(line, form)) = self.keys.get("EDGE_WEIGHT_FORMAT")
            && form != "FULL_MATRIX"
        {
            let cause = format!("EDGE_WEIGHT_FORMAT `{form}` is not read: use FULL_MATRIX");
            return Err(FormatError::new(self.file, line, cause));
        }
        let mut entries = Vec::new();
        for (line, words) in self.section("EDGE_WEIGHT_SECTION")? {
            for word in words {
                let value = whole(self.file, *line, "a distance", word)?;
                let value = u32::try_from(value).ok().filter(|&value| value < u32::MAX);
                entries.push(value.ok_or_else(|| {
                    FormatError::new(self.file, *line, format!("the distance {word} does not fit 32 bits"))
                })?);
            }
        }
        if entries.len() != n * n {
            let cause = format!("EDGE_WEIGHT_SECTION has {} numbers, {n} x {n} are needed", entries.len());
            return Err(FormatError::new(self.file, None, cause));
        }
        Ok(entries)
    }

    fn windows(&self, n: usize) -> Result<Option<Vec<(f64, f64)>>, FormatError> {
        let name = "TIME_WINDOW_SECTION";
        if !self.rows.contains_key(name) {
            return Ok(None);
        }
        let read = |line: usize, words: &[&str]| {
            let (opens, closes) = self.pair(name, line, words)?;
            if opens > closes {
                let cause = format!("the window closes at {closes} before it opens at {opens}");
                return Err(FormatError::new(self.file, line, cause));
            }
            Ok((opens, closes))
        };
        self.by_node(name, n, read).map(Some)
    }

    fn service(&self, n: usize) -> Result<Vec<f64>, FormatError> {
        let what = "the service time";
        if self.rows.contains_key("SERVICE_TIME_SECTION") {
            return self.by_node("SERVICE_TIME_SECTION", n, |line, words| positive(self.file, line, what, words[0]));
        }
        let mut service = vec![0.0; n];
        if let Some(&(line, word)) = self.keys.get("SERVICE_TIME") {
            let stay = positive(self.file, line, what, word)?;
            service.iter_mut().skip(1).for_each(|own| *own = stay);
        }
        Ok(service)
    }

    fn depot(&self) -> Result<(), FormatError> {
        let Some(rows) = self.rows.get("DEPOT_SECTION") else { return Ok(()) };
        let depots: Vec<&str> = rows.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        let depots = depots.strip_suffix(&["-1"]).unwrap_or(&depots);
        if depots == ["1"] {
            return Ok(());
        }
        let line = rows.first().map(|(line, _)| *line);
        Err(FormatError::new(self.file, line, "the depot must be node 1, and the only one"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "NAME : tiny\nDIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 10\nNODE_COORD_SECTION\n\
        1 0 0\n2 3 4\n3 0 1\nDEMAND_SECTION\n1 0\n2 5\n3 5\nDEPOT_SECTION\n1\n-1\nEOF\n";

    fn try_read(text: &str) -> Result<(Instance, Rounding), FormatError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("case.vrp");
        std::fs::write(&file, text).unwrap();
        read(&file, None)
    }

    #[test]
    fn rounding_follows_the_kind_of_file() {
        let (instance, rounding) = try_read(GOOD).unwrap();
        assert_eq!((rounding, instance.cost_scale), (Rounding::Nint, 1));
        assert_eq!((instance.travel[0].metres(0, 1), instance.travel[0].metres(1, 2)), (5, 4));
        assert_eq!(instance.vehicles.len(), 2);
        let windows = "TIME_WINDOW_SECTION\n1 0 100\n2 0 50\n3 1 60\nEOF";
        let (instance, rounding) = try_read(&GOOD.replace("EOF", windows)).unwrap();
        assert_eq!((rounding, instance.travel[0].metres(1, 2)), (Rounding::Dimacs, 42));
        assert_eq!(instance.jobs[1].windows[0].start.0, 10);
        let explicit = GOOD
            .replace("EUC_2D", "EXPLICIT\nEDGE_WEIGHT_FORMAT : FULL_MATRIX")
            .replace("EOF", "EDGE_WEIGHT_SECTION\n0 7 8\n9 0 1\n2 3 0\nEOF");
        let (instance, _) = try_read(&explicit).unwrap();
        assert_eq!((instance.travel[0].metres(0, 1), instance.travel[0].metres(1, 0)), (7, 9));
    }

    #[test]
    fn each_broken_file_gets_one_clear_line() {
        for (from, to, cause) in [
            ("DIMENSION : 3", "", "has no DIMENSION"),
            (
                "DIMENSION : 3",
                "DIMENSION : 99999999999",
                "case.vrp:2: DIMENSION is 99999999999, but DEMAND_SECTION has 3",
            ),
            ("EUC_2D", "GEO", "`GEO` is not read"),
            ("CAPACITY : 10", "CAPACITY : -1", "case.vrp:4: CAPACITY: -1 is negative"),
            ("2 3 4\n", "2 3\n", "NODE_COORD_SECTION: 1 values, 2 are needed"),
            ("2 3 4\n", "2 inf 4\n", "`inf` is no number"),
            ("2 3 4\n", "3 3 4\n", "node 3 stands twice"),
            ("2 3 4\n", "", "lacks node 2"),
            ("2 5\n", "2 5.5\n", "5.5 is no whole number"),
            ("SECTION\n1\n-1", "SECTION\n2\n-1", "the depot must be node 1"),
            ("NAME : tiny", "3 4", "case.vrp:1: `3` is neither"),
        ] {
            let error = try_read(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(cause), "{error} should say {cause}");
        }
        assert!(try_read("").is_err());
    }
}
