//! The files that `huilu matrix` writes.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use huilu_model::UNREACHABLE;

use super::rows::Rows;
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

    /// Writes the square matrix of `size` places, whose rows come in their order; tells the number of pairs without a way.
    pub(super) fn write(self, path: &Path, size: usize, rows: impl Iterator<Item = Rows>) -> Result<u64, CliError> {
        let mut without = 0;
        let rows = rows.inspect(|Rows { table, .. }| {
            without += table.seconds.iter().filter(|&&seconds| seconds == UNREACHABLE).count() as u64;
        });
        stream_atomically(path, |out| match self {
            Self::Csv => csv(out, rows),
            Self::Npy => npy(out, size, rows),
        })?;
        Ok(without)
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

fn csv(out: &mut impl Write, rows: impl Iterator<Item = Rows>) -> io::Result<()> {
    writeln!(out, "from,to,seconds,metres")?;
    for Rows { first, table } in rows {
        for source in 0..table.n_sources {
            for to in 0..table.n_targets {
                let from = first + source;
                match table.get(source, to) {
                    None => writeln!(out, "{from},{to},,")?,
                    Some((seconds, metres)) => writeln!(out, "{from},{to},{seconds},{metres}")?,
                }
            }
        }
    }
    Ok(())
}

/// NumPy's format 1.0: magic, header padded to 64 bytes, then little-endian data.
fn npy(out: &mut (impl Write + Seek), n: usize, rows: impl Iterator<Item = Rows>) -> io::Result<()> {
    let mut header = format!("{{'descr': '<u4', 'fortran_order': False, 'shape': (2, {n}, {n}), }}");
    let unpadded = 10 + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    let data = (10 + header.len()) as u64;
    for Rows { first, table } in rows {
        // All seconds lie before all metres.
        for (first, values) in [(first, &table.seconds), (n + first, &table.metres)] {
            out.seek(SeekFrom::Start(data + 4 * first as u64 * n as u64))?;
            values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use huilu_roads::Table;

    use super::*;

    #[test]
    fn numpy_finds_its_header_and_its_numbers() {
        let row = |first: usize, seconds: [u32; 2], metres: [u32; 2]| Rows {
            first,
            table: Table { n_sources: 1, n_targets: 2, seconds: seconds.to_vec(), metres: metres.to_vec() },
        };
        let rows = || [row(0, [0, 7], [0, 70]), row(1, [UNREACHABLE, 0], [UNREACHABLE, 0])].into_iter();
        let mut file = io::Cursor::new(Vec::new());
        npy(&mut file, 2, rows()).unwrap();
        let bytes = file.into_inner();
        assert!(bytes.starts_with(b"\x93NUMPY\x01\x00"));
        let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + header) % 64, 0);
        assert!(String::from_utf8_lossy(&bytes[10..10 + header]).contains("'shape': (2, 2, 2)"));
        assert_eq!(bytes.len(), 10 + header + 2 * 4 * 4);
        assert_eq!(bytes[10 + header + 4..10 + header + 12], [7, 0, 0, 0, 255, 255, 255, 255]);
        assert_eq!(bytes[10 + header + 16..10 + header + 24], [0, 0, 0, 0, 70, 0, 0, 0], "then metres");
        let mut text = Vec::new();
        csv(&mut text, rows()).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "from,to,seconds,metres\n0,0,0,0\n0,1,7,70\n1,0,,\n1,1,0,0\n");
    }
}
