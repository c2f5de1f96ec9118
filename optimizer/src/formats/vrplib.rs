//! VRPLIB files: `KEY : value` lines, then sections. Besides the CVRP and the VRPTW the classes of the dialect that PyVRP's
//! instances use: several depots, several trips with reloads and release times, mixed fleets, vehicles that may serve some
//! clients only, prizes.
//!
//! Depots are the first nodes; a client's id is its node number minus 1, as in the solution files of the literature.

use std::path::Path;

use huilu_model::{FaultCode, Instance};

use super::network::{Distances, NODES_MAX, Network, NodeVehicle, VEHICLES_MAX};
use super::sections::Sections;
use super::text::{self, positive, shown, whole};
use super::{FormatError, Rounding};

const FIXED_COSTS: &str = "VEHICLES_FIXED_COST_SECTION";
const UNIT_COSTS: &str = "VEHICLES_UNIT_DISTANCE_COST_SECTION";
const ALLOWED: &str = "VEHICLES_ALLOWED_CLIENTS_SECTION";
const RELOAD: &str = "VEHICLES_RELOAD_DEPOT_SECTION";
const SECTIONS: [&str; 14] = [
    "NODE_COORD_SECTION",
    "DISPLAY_DATA_SECTION",
    "EDGE_WEIGHT_SECTION",
    "DEMAND_SECTION",
    "SERVICE_TIME_SECTION",
    "TIME_WINDOW_SECTION",
    "RELEASE_TIME_SECTION",
    "PRIZE_SECTION",
    "DEPOT_SECTION",
    "CAPACITY_SECTION",
    "VEHICLES_DEPOT_SECTION",
    RELOAD,
    ALLOWED,
    FIXED_COSTS,
];
/// Files of mixed fleets give fixed and unit costs in hundredths.
const COST_PARTS: i64 = 100;

/// Reads a file. Without `rounding`: plain CVRP to the nearest integer, with time windows truncated to one decimal,
/// explicit matrices as they are, mixed and site-dependent fleets and several depots to three decimals.
///
/// # Errors
/// [`FormatError`] with the line: unreadable file, missing, repeated or unknown keyword or section, wrong number of rows,
/// broken or negative numbers, windows that close before they open, depots that are not the first nodes.
pub fn read(file: &Path, rounding: Option<Rounding>) -> Result<(Instance, Rounding), FormatError> {
    let text = text::read(file)?;
    let known: Vec<&str> = SECTIONS.into_iter().chain([UNIT_COSTS]).collect();
    let reader = Reader { sections: Sections::cut(file, &text, &known)?, file };
    let network = reader.network()?;
    let rounding = rounding.unwrap_or_else(|| reader.convention(&network));
    Ok((network.instance(file, rounding)?, rounding))
}

/// Vehicles that may serve the same clients.
struct Groups {
    /// By group and node.
    served: Vec<Vec<bool>>,
    /// By vehicle; `None` serves everybody.
    of: Vec<Option<usize>>,
}

struct Reader<'a> {
    sections: Sections<'a>,
    file: &'a Path,
}

impl Reader<'_> {
    fn network(&self) -> Result<Network, FormatError> {
        let n = self.dimension()?;
        let depots = self.depots(n)?;
        let of_nodes = |name: &str, what: &str| {
            self.sections
                .by_index(name, n, |line, words| positive(self.file, line, what, self.sections.one(name, line, words)?))
        };
        let if_any = |name: &str, what: &str| match self.sections.has(name) {
            true => of_nodes(name, what).map(Some),
            false => Ok(None),
        };
        let (fleet, groups) = self.fleet(n, depots)?;
        let mut network = Network {
            depots,
            client_ids: (depots..n).map(|node| node.to_string()).collect(),
            distances: self.distances(n)?,
            demand: self.sections.wholes("DEMAND_SECTION", n)?,
            windows: self.windows(n)?,
            service: self.service(n, depots)?,
            release: if_any("RELEASE_TIME_SECTION", "the release time")?,
            prizes: if_any("PRIZE_SECTION", "the prize")?,
            fleet,
            reload: self.reload(depots)?,
            skills: vec![0; n],
            skill_names: (1..=groups.len()).map(|k| format!("not only for group {k}")).collect(),
            cost_parts: if self.mixed_costs() { COST_PARTS } else { 1 },
        };
        // Whom a group may not serve asks for a skill that all others have.
        for (bit, served) in groups.iter().enumerate() {
            for node in (depots..n).filter(|&node| !served[node]) {
                network.skills[node] |= 1 << bit;
            }
        }
        Ok(network)
    }

    fn mixed_costs(&self) -> bool {
        self.sections.has(FIXED_COSTS) || self.sections.has(UNIT_COSTS)
    }

    fn convention(&self, network: &Network) -> Rounding {
        match (&network.distances, &network.windows) {
            (Distances::Explicit(_), _) => Rounding::Nint,
            _ if network.depots > 1 || self.mixed_costs() || self.sections.has(ALLOWED) => Rounding::Exact,
            (_, Some(_)) => Rounding::Dimacs,
            (_, None) => Rounding::Nint,
        }
    }

    /// Believed only as far as the demands bear it out, so that a broken number asks for no memory.
    fn dimension(&self) -> Result<usize, FormatError> {
        let (line, word) = self.sections.key("DIMENSION")?;
        let n = whole(self.file, line, "DIMENSION", word)?;
        let rows = self.sections.section("DEMAND_SECTION")?.len();
        if usize::try_from(n) != Ok(rows) {
            let cause = format!("DIMENSION is {n}, but DEMAND_SECTION has {rows} rows");
            return Err(FormatError::new(self.file, line, FaultCode::Contradiction, cause));
        }
        if !(1..=NODES_MAX).contains(&rows) {
            let cause = format!("DIMENSION is {n}, not between 1 and {NODES_MAX}");
            return Err(FormatError::new(self.file, line, FaultCode::OutOfRange, cause));
        }
        Ok(rows)
    }

    fn distances(&self, n: usize) -> Result<Distances, FormatError> {
        let (line, kind) = self.sections.key("EDGE_WEIGHT_TYPE")?;
        match kind {
            "EUC_2D" => {
                let name = "NODE_COORD_SECTION";
                let points = self.sections.by_index(name, n, |line, words| self.sections.pair(name, line, words));
                points.map(Distances::Points)
            }
            "EXPLICIT" => self.matrix(n).map(Distances::Explicit),
            other => {
                let cause = format!("EDGE_WEIGHT_TYPE `{}` is not read: use EUC_2D or EXPLICIT", shown(other));
                Err(FormatError::new(self.file, line, FaultCode::UnknownValue, cause))
            }
        }
    }

    fn matrix(&self, n: usize) -> Result<Vec<u32>, FormatError> {
        if let Some((line, form)) = self.sections.key_if_any("EDGE_WEIGHT_FORMAT")
            && form != "FULL_MATRIX"
        {
            let cause = format!("EDGE_WEIGHT_FORMAT `{}` is not read: use FULL_MATRIX", shown(form));
            return Err(FormatError::new(self.file, line, FaultCode::UnknownValue, cause));
        }
        let name = "EDGE_WEIGHT_SECTION";
        let mut entries = Vec::new();
        for (line, words) in self.sections.section(name)? {
            for word in words {
                let value = whole(self.file, *line, "a distance", word)?;
                let value = u32::try_from(value).ok().filter(|&value| value < u32::MAX);
                entries.push(value.ok_or_else(|| {
                    FormatError::new(
                        self.file,
                        *line,
                        FaultCode::NumberTooLarge,
                        format!("the distance {word} does not fit 32 bits"),
                    )
                })?);
            }
        }
        if entries.len() != n * n {
            let cause = format!("{name} has {} numbers, {n} x {n} are needed", entries.len());
            return Err(FormatError::new(self.file, self.sections.line_of(name), FaultCode::MatrixSize, cause));
        }
        Ok(entries)
    }

    fn windows(&self, n: usize) -> Result<Option<Vec<(f64, f64)>>, FormatError> {
        let name = "TIME_WINDOW_SECTION";
        if !self.sections.has(name) {
            return Ok(None);
        }
        let read = |line: usize, words: &[&str]| {
            let (opens, closes) = self.sections.pair(name, line, words)?;
            if opens > closes {
                let cause = format!("the window closes at {closes} before it opens at {opens}");
                return Err(FormatError::new(self.file, line, FaultCode::WindowReversed, cause));
            }
            Ok((opens, closes))
        };
        self.sections.by_index(name, n, read).map(Some)
    }

    fn service(&self, n: usize, depots: usize) -> Result<Vec<f64>, FormatError> {
        let (name, what) = ("SERVICE_TIME_SECTION", "the service time");
        if self.sections.has(name) {
            return self.sections.by_index(name, n, |line, words| {
                positive(self.file, line, what, self.sections.one(name, line, words)?)
            });
        }
        let mut service = vec![0.0; n];
        if let Some((line, word)) = self.sections.key_if_any("SERVICE_TIME") {
            let stay = positive(self.file, line, what, word)?;
            service.iter_mut().skip(depots).for_each(|own| *own = stay);
        }
        Ok(service)
    }

    /// Their number; node 1 alone where the file says nothing.
    fn depots(&self, n: usize) -> Result<usize, FormatError> {
        let name = "DEPOT_SECTION";
        if !self.sections.has(name) {
            return Ok(1);
        }
        let mut depots = 0;
        for (line, words) in self.sections.section(name)? {
            for &word in words {
                if word == "-1" {
                    return self.some_depot(depots);
                }
                if self.sections.index(name, *line, word, n)? != depots {
                    let cause = "the depots must be the first nodes, in their order";
                    return Err(FormatError::new(self.file, *line, FaultCode::Contradiction, cause));
                }
                depots += 1;
            }
        }
        self.some_depot(depots)
    }

    fn some_depot(&self, depots: usize) -> Result<usize, FormatError> {
        let none = || {
            FormatError::new(
                self.file,
                self.sections.line_of("DEPOT_SECTION"),
                FaultCode::MissingField,
                "names no depot",
            )
        };
        (depots > 0).then_some(depots).ok_or_else(none)
    }

    /// Depots where trips may end and begin; all vehicles must have the same.
    fn reload(&self, depots: usize) -> Result<Vec<usize>, FormatError> {
        let mut common: Option<Vec<usize>> = None;
        if !self.sections.has(RELOAD) {
            return Ok(Vec::new());
        }
        for (line, words) in self.sections.section(RELOAD)? {
            let mut own = Vec::new();
            for word in &words[1..] {
                own.push(self.sections.index(RELOAD, *line, word, depots)?);
            }
            own.sort_unstable();
            own.dedup();
            if common.get_or_insert_with(|| own.clone()) != &own {
                let cause = format!("{RELOAD}: reload depots that differ between vehicles are not read");
                return Err(FormatError::new(self.file, *line, FaultCode::Contradiction, cause));
            }
        }
        Ok(common.unwrap_or_default())
    }

    /// The vehicles, and for each group of them that may not serve everybody: whom it serves, by node.
    fn fleet(&self, n: usize, depots: usize) -> Result<(Vec<NodeVehicle>, Vec<Vec<bool>>), FormatError> {
        let given = match self.sections.key_if_any("VEHICLES") {
            Some((line, word)) => {
                let vehicles = whole(self.file, line, "VEHICLES", word)? as usize;
                if vehicles > VEHICLES_MAX {
                    let cause = format!("VEHICLES is {vehicles}, more than {VEHICLES_MAX}");
                    return Err(FormatError::new(self.file, line, FaultCode::TooMany, cause));
                }
                Some(vehicles)
            }
            None => None,
        };
        let of_vehicles = |name: &str, missing: i64| match (self.sections.has(name), given) {
            (true, Some(vehicles)) => self.sections.wholes(name, vehicles),
            (true, None) => Err(FormatError::new(
                self.file,
                self.sections.line_of(name),
                FaultCode::MissingField,
                "VEHICLES is missing",
            )),
            (false, _) => Ok(vec![missing; given.unwrap_or(n - depots)]),
        };
        let capacity = match self.sections.has("CAPACITY_SECTION") {
            true => of_vehicles("CAPACITY_SECTION", 0)?,
            false => {
                let (line, word) = self.sections.key("CAPACITY")?;
                vec![whole(self.file, line, "CAPACITY", word)?; given.unwrap_or(n - depots)]
            }
        };
        let (fixed, unit) = (of_vehicles(FIXED_COSTS, 0)?, of_vehicles(UNIT_COSTS, 1)?);
        let limit = |name: &str| match self.sections.key_if_any(name) {
            Some((line, word)) => positive(self.file, line, name, word).map(Some),
            None => Ok(None),
        };
        let (max_duration, max_distance) = (limit("VEHICLES_MAX_DURATION")?, limit("VEHICLES_MAX_DISTANCE")?);
        let home = self.homes(capacity.len(), depots)?;
        let groups = self.groups(n, given)?;
        let all_bits = (0..groups.served.len()).fold(0_u64, |bits, bit| bits | 1 << bit);
        let vehicle = |k: usize| NodeVehicle {
            cost_fixed: fixed[k],
            cost_per_distance: unit[k],
            max_duration,
            max_distance,
            skills: groups.of.get(k).copied().flatten().map_or(all_bits, |group| all_bits & !(1 << group)),
            ..NodeVehicle::plain(home[k], capacity[k])
        };
        Ok(((0..capacity.len()).map(vehicle).collect(), groups.served))
    }

    fn homes(&self, vehicles: usize, depots: usize) -> Result<Vec<usize>, FormatError> {
        let name = "VEHICLES_DEPOT_SECTION";
        if !self.sections.has(name) {
            return Ok(vec![0; vehicles]);
        }
        let read =
            |line, words: &[&str]| self.sections.index(name, line, self.sections.one(name, line, words)?, depots);
        self.sections.by_index(name, vehicles, read)
    }

    /// Vehicles with the same list of clients are one group; a vehicle without a list serves everybody.
    fn groups(&self, n: usize, vehicles: Option<usize>) -> Result<Groups, FormatError> {
        let mut groups = Groups { served: Vec::new(), of: vec![None; vehicles.unwrap_or(0)] };
        if !self.sections.has(ALLOWED) {
            return Ok(groups);
        }
        for (line, words) in self.sections.section(ALLOWED)? {
            let vehicle = self.sections.index(ALLOWED, *line, words[0], groups.of.len())?;
            let mut served = vec![false; n];
            for word in &words[1..] {
                served[self.sections.index(ALLOWED, *line, word, n)?] = true;
            }
            let group = groups.served.iter().position(|known| *known == served).unwrap_or_else(|| {
                groups.served.push(served);
                groups.served.len() - 1
            });
            if groups.served.len() > huilu_model::instance::SKILLS_MAX {
                let most = huilu_model::instance::SKILLS_MAX;
                let cause = format!("{ALLOWED}: more than {most} different lists of clients");
                return Err(FormatError::new(self.file, *line, FaultCode::TooMany, cause));
            }
            if groups.of[vehicle].replace(group).is_some() {
                return Err(FormatError::new(
                    self.file,
                    *line,
                    FaultCode::DuplicateField,
                    format!("{ALLOWED}: {} stands twice", vehicle + 1),
                ));
            }
        }
        Ok(groups)
    }
}

#[cfg(test)]
mod tests {
    use huilu_model::{Cost, Seconds};

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
                "case.vrp:2: CONTRADICTION: DIMENSION is 99999999999, but DEMAND_SECTION has 3",
            ),
            ("EUC_2D", "GEO", "`GEO` is not read"),
            ("CAPACITY : 10", "CAPACITY : -1", "case.vrp:4: NEGATIVE_NUMBER: CAPACITY: -1 is negative"),
            ("2 3 4\n", "2 3\n", "NODE_COORD_SECTION: 1 values, 2 are needed"),
            ("2 3 4\n", "2 inf 4\n", "`inf` is no number"),
            ("2 3 4\n", "3 3 4\n", "3 stands twice"),
            ("2 3 4\n", "", "lacks 2"),
            ("2 5\n", "2 5.5\n", "5.5 is no whole number"),
            ("SECTION\n1\n-1", "SECTION\n2\n-1", "the depots must be the first nodes"),
            ("NAME : tiny", "3 4", "case.vrp:1: MALFORMED_LINE: `3` is neither"),
            ("NAME : tiny", "CAPACITY : 7", "CAPACITY stands twice"),
            ("EOF", "BACKHAUL_SECTION\n1 0\n", "case.vrp:16: UNKNOWN_FIELD: BACKHAUL_SECTION is not read"),
            ("EOF", "VEHICLES : 1e6\n", "VEHICLES is 1000000, more than"),
            ("EOF", "CAPACITY_SECTION\n1 5\n", "VEHICLES is missing"),
            ("EOF", "VEHICLES : 1\nVEHICLES_DEPOT_SECTION\n1 2\n", "`2` is no number from 1 to 1"),
            ("EOF", "VEHICLES : 1\nVEHICLES_ALLOWED_CLIENTS_SECTION\n2 3\n", "`2` is no number from 1 to 1"),
            ("SECTION\n1\n-1", "SECTION\n-1", "names no depot"),
        ] {
            let error = try_read(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(cause), "{error} should say {cause}");
        }
        assert!(try_read("").is_err());
    }

    #[test]
    fn each_class_of_the_dialect_becomes_features_of_the_rich_problem() {
        let rich = GOOD.replace("DEPOT_SECTION\n1\n-1", "DEPOT_SECTION\n1\n2").replace("CAPACITY : 10", "VEHICLES : 2");
        let rich = rich.replace(
            "EOF",
            "VEHICLES_MAX_DURATION : 7.5\nCAPACITY_SECTION\n1 4\n2 6\nVEHICLES_FIXED_COST_SECTION\n1 300\n2 0\n\
             VEHICLES_UNIT_DISTANCE_COST_SECTION\n1 59\n2 100\nVEHICLES_DEPOT_SECTION\n1 1\n2 2\n\
             VEHICLES_RELOAD_DEPOT_SECTION\n1 2\n2 2\nRELEASE_TIME_SECTION\n1 0\n2 0\n3 2.5\nPRIZE_SECTION\n1 0\n2 0\n3 8\n\
             VEHICLES_ALLOWED_CLIENTS_SECTION\n1 3\n2\nEOF",
        );
        let (instance, rounding) = try_read(&rich).unwrap();
        assert_eq!((rounding, instance.cost_scale), (Rounding::Exact, 100_000));
        let job = &instance.jobs[0];
        assert_eq!((job.id.as_str(), instance.jobs.len(), job.release), ("2", 1, Some(Seconds(2_500))));
        assert_eq!(job.penalty, Some(Cost(800_000)));
        let [one, two] = &instance.vehicles[..] else { panic!("two vehicles") };
        assert_eq!((one.start, two.start, two.grams.0, two.max_duration), (0, 1, 6, Some(Seconds(7_500))));
        assert_eq!((one.cost_fixed, one.cost_per_metre), (Cost(300_000), Cost(59)));
        assert_eq!([one, two].map(|vehicle| job.skills & !vehicle.skills == 0), [true, false]);
        assert_eq!((instance.outlets.len(), instance.outlets[0].place), (1, 1));
    }
}
