//! A clearing network as JSON. The field names are those of `huilu_model::clearing`.

use std::path::Path;

use huilu_model::clearing::Network;

use super::FormatError;
use super::text;

/// Reads and validates a file.
///
/// # Errors
/// [`FormatError`]: unreadable file, broken JSON or an unknown field (with the line), or a network that contradicts itself
/// (all faults in one line).
pub fn read(file: &Path) -> Result<Network, FormatError> {
    let text = text::read(file)?;
    let network: Network = serde_json::from_str(&text).map_err(|e| FormatError::new(file, e.line(), e.to_string()))?;
    network.validate().map_err(|faults| FormatError::new(file, None, faults.to_string()))?;
    Ok(network)
}
