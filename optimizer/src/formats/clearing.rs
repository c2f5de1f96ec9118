//! A clearing network as JSON. The field names are those of `huilu_model::clearing`.

use std::path::Path;

use huilu_model::clearing::Network;

use super::FormatError;
use super::json;

/// Reads and validates a file.
///
/// # Errors
/// [`FormatError`]: unreadable file, JSON that is none or of another shape (with the line of the first fault), or a network
/// that contradicts itself.
pub fn read(file: &Path) -> Result<Network, FormatError> {
    let network: Network = json::read(file)?;
    network.validate().map_err(|faults| FormatError::listing(file, None, faults))?;
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<Network, FormatError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("network.json");
        std::fs::write(&file, text).unwrap();
        read(&file)
    }

    #[test]
    fn the_example_of_the_documentation_is_a_network() {
        let page = include_str!("../../docs/clearing.md");
        let example = page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let network = told(example).unwrap();
        assert_eq!((network.outlets.len(), network.vans.len()), (3, 1));
        let broken = told(&example.replace("75000", "-1")).unwrap_err().to_string();
        assert!(broken.contains("NEGATIVE_NUMBER outlets[0].fill[0].grams"), "{broken}");
        let unknown = told("{\n\"nam\": 1}").unwrap_err().to_string();
        assert!(unknown.contains("network.json:2: UNKNOWN_FIELD nam: unknown field"), "{unknown}");
    }
}
