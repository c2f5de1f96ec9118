//! OR-Library files of the capacitated warehouse location problem (Beasley 1988).
//!
//! One stream of numbers, wrapped over lines as it pleases: sites `m` and clients `n`; for each site its capacity and
//! opening cost; for each client its demand and the cost of serving *all* of it from each site. A client may be split.
//! The large files write the word `capacity` where the caller's number stands.

use std::path::Path;

use huilu_model::FaultCode;
use huilu_model::site::{Arc, DemandPoint, Site, SiteProblem, SiteStatus};

use super::FormatError;
use super::numbers::Numbers;
use super::text::{self, stem};

/// Larger files are not of this kind; the cap keeps a broken header from asking for all memory.
const COUNT_MAX: usize = 100_000;

/// Reads a file. `capacity` stands in for the word `capacity`.
///
/// # Errors
/// [`FormatError`] with the line: unreadable file, a number missing, broken or negative, the word `capacity` without
/// the number for it, anything after the last number.
pub fn read(file: &Path, capacity: Option<f64>) -> Result<SiteProblem, FormatError> {
    let text = text::read(file)?;
    let mut numbers = Numbers::new(file, &text);
    if let Some(given) = capacity
        && !(given.is_finite() && given >= 0.0)
    {
        return Err(FormatError::new(file, None, FaultCode::WrongType, format!("the capacity {given} is no amount")));
    }
    let m = numbers.count("the number of sites", COUNT_MAX)?;
    let n = numbers.count("the number of clients", COUNT_MAX)?;
    let mut sites = Vec::with_capacity(m);
    for i in 1..=m {
        let limit = match numbers.peek() {
            Some("capacity") => {
                let line = numbers.skip();
                capacity.ok_or_else(|| {
                    let cause = "the file leaves the capacity open: give it (--capacity)";
                    FormatError::new(file, line, FaultCode::MissingField, cause)
                })?
            }
            _ => numbers.amount(&format!("the capacity of site {i}"))?,
        };
        sites.push(Site {
            id: i.to_string(),
            position: None,
            status: SiteStatus::Candidate,
            opening_cost: numbers.amount(&format!("the opening cost of site {i}"))?,
            capacity: Some(limit),
        });
    }
    let mut demand = Vec::with_capacity(n);
    let mut arcs = Vec::with_capacity(n);
    for j in 1..=n {
        let flow = numbers.amount(&format!("the demand of client {j}"))?;
        demand.push(DemandPoint { id: j.to_string(), position: None, flow });
        let mut list = Vec::with_capacity(m);
        for i in 1..=m {
            list.push(Arc { site: i - 1, cost: numbers.amount(&format!("the cost of client {j} from site {i}"))? });
        }
        arcs.push(list);
    }
    numbers.end()?;
    Ok(SiteProblem {
        name: stem(file),
        sites,
        demand,
        arcs,
        sites_max: None,
        budget: None,
        unserved_cost: None,
        single_source: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, capacity: Option<f64>) -> Result<SiteProblem, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("case.txt");
        std::fs::write(&file, text).unwrap();
        let name = file.display().to_string();
        read(&file, capacity).map_err(|e| e.to_string().replace(&name, "case.txt"))
    }

    const TWO_BY_ONE: &str = " 2 1\n 10 7500.\n capacity 0.\n 4\n 1.5\n 2.5e0\n";

    #[test]
    fn numbers_flow_over_lines_and_the_word_is_replaced() {
        let problem = read_text(TWO_BY_ONE, Some(8.0)).unwrap();
        assert_eq!(problem.name, "case");
        assert_eq!(problem.sites[0].opening_cost, 7500.0);
        assert_eq!(problem.sites[1].capacity, Some(8.0));
        assert_eq!(problem.demand[0].flow, 4.0);
        assert_eq!(problem.arcs[0][1], Arc { site: 1, cost: 2.5 });
    }

    #[test]
    fn each_fault_names_its_line_and_cause() {
        let fault = |text: &str| read_text(text, None).unwrap_err();
        assert_eq!(
            fault(TWO_BY_ONE),
            "case.txt:3: MISSING_FIELD: the file leaves the capacity open: give it (--capacity)"
        );
        assert_eq!(fault("1 1 5 x 3 1"), "case.txt:1: WRONG_TYPE: the opening cost of site 1: `x` is no number");
        assert_eq!(fault("1 1\n5 -2\n3 1"), "case.txt:2: NEGATIVE_NUMBER: the opening cost of site 1: -2 is negative");
        assert_eq!(fault("1 1\n5 2\n3"), "case.txt:3: MISSING_FIELD: ends before the cost of client 1 from site 1");
        assert_eq!(fault("1 1 5 2 3 1\n9"), "case.txt:2: MALFORMED_LINE: `9` stands after the last number");
        assert_eq!(fault("0 1"), "case.txt:1: OUT_OF_RANGE: the number of sites: 0 is not between 1 and 100000");
        assert_eq!(fault("1.5 1"), "case.txt:1: WRONG_TYPE: the number of sites: `1.5` is no whole number");
        assert_eq!(fault(""), "case.txt: MISSING_FIELD: ends before the number of sites");
        assert!(read_text("1 1 nan 2 3 1", None).unwrap_err().contains("is no number"));
        assert!(read_text(TWO_BY_ONE, Some(-1.0)).unwrap_err().contains("is no amount"));
    }
}
