//! Square travel matrices between places, one for each vehicle profile.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Entry of a pair with no path between its places.
pub const UNREACHABLE: u32 = u32::MAX;

/// Seconds and metres of the fastest path between `size` places, row-major, asymmetric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// Name of the profile: `etrike`, `van`, `truck`, `foot`, or what a file says.
    pub profile: String,
    pub size: usize,
    #[serde(with = "packed")]
    pub seconds: Vec<u32>,
    /// Metres of the same fastest paths.
    #[serde(with = "packed")]
    pub metres: Vec<u32>,
}

impl Matrix {
    #[inline]
    pub fn seconds(&self, from: usize, to: usize) -> u32 {
        self.seconds[from * self.size + to]
    }

    #[inline]
    pub fn metres(&self, from: usize, to: usize) -> u32 {
        self.metres[from * self.size + to]
    }

    #[inline]
    pub fn reachable(&self, from: usize, to: usize) -> bool {
        self.seconds(from, to) != UNREACHABLE && self.metres(from, to) != UNREACHABLE
    }
}

/// Writes numbers as base64 of little-endian `u32` (a tenth of the reading time of JSON numbers, and
/// half the bytes); reads that, a flat array, or an array of rows.
mod packed {
    use super::*;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Packed(String),
        Flat(Vec<u32>),
        Rows(Vec<Vec<u32>>),
    }

    pub(super) fn serialize<S: Serializer>(values: &[u32], out: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        out.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u32>, D::Error> {
        match Form::deserialize(input)? {
            Form::Flat(values) => Ok(values),
            Form::Rows(rows) => Ok(rows.into_iter().flatten().collect()),
            Form::Packed(text) => {
                let bytes = BASE64.decode(text).map_err(serde::de::Error::custom)?;
                if bytes.len() % 4 != 0 {
                    return Err(serde::de::Error::custom("a packed matrix must hold whole 32-bit numbers"));
                }
                Ok(bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_flat_and_row_forms_read_alike() {
        let matrix =
            Matrix { profile: "van".into(), size: 2, seconds: vec![0, 7, UNREACHABLE, 0], metres: vec![0, 9, 1, 0] };
        let text = serde_json::to_string(&matrix).expect("a matrix is plain data");
        assert_eq!(serde_json::from_str::<Matrix>(&text).expect("own output"), matrix);
        let rows = r#"{"profile":"van","size":2,"seconds":[[0,7],[4294967295,0]],"metres":[0,9,1,0]}"#;
        assert_eq!(serde_json::from_str::<Matrix>(rows).expect("rows"), matrix);
        assert!(!matrix.reachable(1, 0));
    }
}
