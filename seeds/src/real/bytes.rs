//! The text of a file, unpacked where it is gzip-compressed.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::fault::{Faults, ReadError};

/// A city's table has a few megabytes; a file that unpacks to more than this is a mistake or an attack.
const TEXT_BYTES_MAX: u64 = 256 << 20;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// # Errors
/// [`ReadError`] where the file is empty, too large, damaged gzip or not UTF-8 (with the line of the first bad byte).
pub(super) fn text_of(file: &str, bytes: &[u8]) -> Result<String, ReadError> {
    text_within(file, bytes, TEXT_BYTES_MAX)
}

fn text_within(file: &str, bytes: &[u8], most: u64) -> Result<String, ReadError> {
    let mut faults = Faults::of(file);
    let mut plain = Vec::new();
    if bytes.starts_with(&GZIP_MAGIC) {
        if let Err(cause) = MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut plain) {
            faults.add(None, format!("the gzip data is damaged: {cause}"));
            return Err(faults.into_error());
        }
    } else {
        plain.extend_from_slice(&bytes[..bytes.len().min(most as usize + 1)]);
    }
    if plain.len() as u64 > most {
        faults.add(None, format!("more than {} MiB of text", most >> 20));
        return Err(faults.into_error());
    }
    let text = String::from_utf8(plain).map_err(|cause| {
        let good = &cause.as_bytes()[..cause.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count() as u64;
        faults.add(Some(line), "not UTF-8; save the file with that encoding");
        faults.into_error()
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ReadError::of_file(file, "the file is empty"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn fault(bytes: &[u8]) -> String {
        text_within("f", bytes, 1 << 20).unwrap_err().to_string()
    }

    #[test]
    fn plain_and_gzip_text_are_the_same() {
        let text = "lon,lat\n113.5,22.2\n";
        assert_eq!(text_of("f", text.as_bytes()).unwrap(), text);
        assert_eq!(text_of("f", &gzip(text.as_bytes())).unwrap(), text);
        assert_eq!(text_of("f", format!("\u{feff}{text}").as_bytes()).unwrap(), text);
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = gzip(&vec![b' '; 3 << 20]);
        assert!(bomb.len() < 100_000, "{}", bomb.len());
        assert_eq!(fault(&bomb), "f: more than 1 MiB of text");
        assert_eq!(fault(&vec![b'a'; (1 << 20) + 1]), "f: more than 1 MiB of text");
        assert!(text_within("f", &vec![b'a'; 1 << 20], 1 << 20).is_ok());
    }

    #[test]
    fn damage_is_named_with_its_line() {
        assert_eq!(fault(b"a,b\n1,2\n3,\xff\n"), "f:3: not UTF-8; save the file with that encoding");
        assert_eq!(fault(b""), "f: the file is empty");
        assert_eq!(fault(b" \n\n"), "f: the file is empty");
        let mut cut = gzip(b"lon,lat\n113.5,22.2\n");
        cut.truncate(cut.len() - 9);
        assert!(fault(&cut).starts_with("f: the gzip data is damaged: "));
    }
}
