//! The encoded polyline format with six digits: signed differences in chunks of five bits, as OSRM and Valhalla write it.

use huilu_model::Wgs84;

const DIGITS: f64 = 1e6;

/// The line's points; `None` where the text is no such line.
pub(super) fn decode(text: &str) -> Option<Vec<Wgs84>> {
    let mut bytes = text.bytes();
    let (mut lat, mut lon) = (0_i64, 0_i64);
    let mut line = Vec::new();
    while let Some(step) = difference(&mut bytes)? {
        lat += step;
        lon += difference(&mut bytes)??;
        line.push(Wgs84 { lat: lat as f64 / DIGITS, lon: lon as f64 / DIGITS });
    }
    Some(line)
}

/// The next number; `Some(None)` at the end, `None` where it breaks off or is too long.
fn difference(bytes: &mut impl Iterator<Item = u8>) -> Option<Option<i64>> {
    let (mut value, mut shift) = (0_i64, 0);
    loop {
        let Some(byte) = bytes.next() else { return (shift == 0).then_some(None) };
        let chunk = i64::from(byte.checked_sub(63).filter(|&chunk| chunk < 64)?);
        // 360 degrees in millionths take 30 bits.
        if shift > 30 {
            return None;
        }
        value |= (chunk & 0x1f) << shift;
        shift += 5;
        if chunk < 0x20 {
            return Some(Some(if value & 1 == 1 { !(value >> 1) } else { value >> 1 }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As the format's description does it.
    fn encode(line: &[(i64, i64)]) -> String {
        let mut text = String::new();
        let mut last = (0, 0);
        for &(lat, lon) in line {
            for step in [lat - last.0, lon - last.1] {
                let mut value = if step < 0 { !(step << 1) } else { step << 1 };
                while value >= 0x20 {
                    text.push(char::from((0x20 | (value & 0x1f)) as u8 + 63));
                    value >>= 5;
                }
                text.push(char::from(value as u8 + 63));
            }
            last = (lat, lon);
        }
        text
    }

    #[test]
    fn the_example_of_the_format_with_six_digits() {
        let line = decode("_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI").unwrap();
        let expected = [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)];
        assert_eq!(line.iter().map(|at| (at.lat, at.lon)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for wrong in ["_izlhA", "_", "_izlhA~rlgdF_", " ", "é", "~~~~~~~~~~~~?"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        assert_eq!(decode(""), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn lines_come_back(line in proptest::collection::vec((-90_000_000_i64..=90_000_000, -180_000_000_i64..=180_000_000), 0..20)) {
            let decoded = decode(&encode(&line)).unwrap();
            let back: Vec<(i64, i64)> =
                decoded.iter().map(|at| ((at.lat * DIGITS).round() as i64, (at.lon * DIGITS).round() as i64)).collect();
            prop_assert_eq!(back, line);
        }
    }
}
