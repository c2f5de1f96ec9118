//! The text of an instance file, gzipped or not, and the numbers in it.

use std::io::Read;
use std::path::Path;

use huilu_model::FaultCode;

use super::FormatError;

/// No instance is larger; the cap keeps a small gzipped file from unfolding over all memory.
const BYTES_MAX: u64 = 1 << 30;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The whole file as text; gzip is known by its first bytes.
pub(super) fn read(file: &Path) -> Result<String, FormatError> {
    let fault = |cause: String| FormatError::new(file, None, FaultCode::UnreadableFile, cause);
    let bytes = std::fs::read(file).map_err(|cause| fault(cause.to_string()))?;
    let bytes = if bytes.starts_with(&GZIP_MAGIC) {
        let mut unfolded = Vec::new();
        let mut reader = flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(BYTES_MAX + 1);
        reader.read_to_end(&mut unfolded).map_err(|cause| fault(format!("is no whole gzip file: {cause}")))?;
        unfolded
    } else {
        bytes
    };
    if bytes.len() as u64 > BYTES_MAX {
        return Err(fault(format!("holds more than {BYTES_MAX} bytes")));
    }
    String::from_utf8(bytes).map_err(|cause| {
        let line = 1 + cause.as_bytes()[..cause.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        FormatError::new(file, line, FaultCode::UnreadableFile, "is no text: it holds bytes that are not UTF-8")
    })
}

/// The file's name without its ending; `name.txt.gz` is `name`.
pub(super) fn stem(file: &Path) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_default()
}

pub(super) fn number(file: &Path, line: usize, what: &str, word: &str) -> Result<f64, FormatError> {
    match word.parse::<f64>() {
        Ok(value) if value.is_finite() && value.abs() < 1e12 => Ok(value),
        Ok(value) if value.is_finite() => {
            Err(FormatError::new(file, line, FaultCode::NumberTooLarge, format!("{what}: {word} is too large")))
        }
        _ => Err(FormatError::new(file, line, FaultCode::WrongType, format!("{what}: `{}` is no number", shown(word)))),
    }
}

pub(super) fn positive(file: &Path, line: usize, what: &str, word: &str) -> Result<f64, FormatError> {
    let value = number(file, line, what, word)?;
    if value < 0.0 {
        return Err(FormatError::new(file, line, FaultCode::NegativeNumber, format!("{what}: {word} is negative")));
    }
    Ok(value)
}

/// A whole number that is not negative; `12.0` counts as one.
pub(super) fn whole(file: &Path, line: usize, what: &str, word: &str) -> Result<i64, FormatError> {
    let value = positive(file, line, what, word)?;
    if value.fract() != 0.0 {
        return Err(FormatError::new(file, line, FaultCode::WrongType, format!("{what}: {word} is no whole number")));
    }
    Ok(value as i64)
}

/// A word of a broken file as a message can bear it: short and without control characters.
pub(super) fn shown(word: &str) -> String {
    let mut short: String = word.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
    if word.chars().count() > 40 {
        short.push_str("...");
    }
    short
}
