//! The files that `huilu matrix` writes.

use std::io::{self, Write};
use std::path::Path;

use huilu_model::{Matrix, UNREACHABLE};

use crate::cli::CliError;
use crate::cli::output::stream_atomically;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One line for each pair.
    Csv,
    /// NumPy.
    Npy,
}

impl Form {
    /// By the name's ending.
    pub(super) fn of(path: &Path) -> Result<Self, CliError> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("npy") => Ok(Self::Npy),
            _ => Err(CliError::Input(format!("--out {}: the name must end in .csv or .npy", path.display()))),
        }
    }

    pub(super) fn write(self, path: &Path, matrix: &Matrix) -> Result<(), CliError> {
        stream_atomically(path, |out| match self {
            Self::Csv => csv(out, matrix),
            Self::Npy => npy(out, matrix),
        })
    }
}

/// Refuses a folder that is not there before minutes are spent on what could not be written.
pub(super) fn writable(path: &Path) -> Result<(), CliError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() && !path.is_dir() {
        return Ok(());
    }
    Err(CliError::Input(format!("--out {}: no file can be written there", path.display())))
}

fn csv(out: &mut dyn Write, matrix: &Matrix) -> io::Result<()> {
    writeln!(out, "from,to,seconds,metres")?;
    for from in 0..matrix.size {
        for to in 0..matrix.size {
            match (matrix.seconds(from, to), matrix.metres(from, to)) {
                (UNREACHABLE, _) => writeln!(out, "{from},{to},,")?,
                (seconds, metres) => writeln!(out, "{from},{to},{seconds},{metres}")?,
            }
        }
    }
    Ok(())
}

/// NumPy's format 1.0: magic, header padded to 64 bytes, then little-endian data.
fn npy(out: &mut dyn Write, matrix: &Matrix) -> io::Result<()> {
    let n = matrix.size;
    let mut header = format!("{{'descr': '<u4', 'fortran_order': False, 'shape': (2, {n}, {n}), }}");
    let unpadded = 10 + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for value in matrix.seconds.iter().chain(&matrix.metres) {
        out.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numpy_finds_its_header_and_its_numbers() {
        let matrix = Matrix {
            profile: "van".to_owned(),
            size: 2,
            seconds: vec![0, 7, UNREACHABLE, 0],
            metres: vec![0, 70, UNREACHABLE, 0],
        };
        let mut bytes = Vec::new();
        npy(&mut bytes, &matrix).unwrap();
        assert!(bytes.starts_with(b"\x93NUMPY\x01\x00"));
        let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + header) % 64, 0);
        assert!(String::from_utf8_lossy(&bytes[10..10 + header]).contains("'shape': (2, 2, 2)"));
        assert_eq!(bytes.len(), 10 + header + 2 * 4 * 4);
        assert_eq!(bytes[10 + header + 4..10 + header + 12], [7, 0, 0, 0, 255, 255, 255, 255]);
        let mut text = Vec::new();
        csv(&mut text, &matrix).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "from,to,seconds,metres\n0,0,0,0\n0,1,7,70\n1,0,,\n1,1,0,0\n");
    }
}
