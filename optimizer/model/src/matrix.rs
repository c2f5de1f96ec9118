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
    use std::fmt::{self, Formatter};

    use serde::de::{DeserializeSeed, Error, SeqAccess, Unexpected, Visitor};

    use super::*;

    pub(super) fn serialize<S: Serializer>(values: &[u32], out: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        out.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<u32>, D::Error> {
        input.deserialize_any(Numbers)
    }

    /// One of the forms. Written out, because an untagged enum forgets which entry is wrong, and why.
    struct Numbers;

    impl<'de> Visitor<'de> for Numbers {
        type Value = Vec<u32>;

        fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
            out.write_str("an array of numbers or of rows, or base64 of 32-bit numbers")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u32>, E> {
            let bytes = BASE64.decode(text).map_err(E::custom)?;
            if bytes.len() % 4 != 0 {
                return Err(E::custom("a packed matrix must hold whole 32-bit numbers"));
            }
            Ok(bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Vec<u32>, A::Error> {
            let mut values = Vec::new();
            let mut form = Form::Open;
            while entries.next_element_seed(Entry { values: &mut values, form: &mut form })?.is_some() {}
            Ok(values)
        }
    }

    /// What an array holds; its first entry says it.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Form {
        Open,
        Numbers,
        Rows,
    }

    struct Entry<'a> {
        values: &'a mut Vec<u32>,
        form: &'a mut Form,
    }

    impl<'de> DeserializeSeed<'de> for Entry<'_> {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
            input.deserialize_any(self)
        }
    }

    impl<'de> Visitor<'de> for Entry<'_> {
        type Value = ();

        fn expecting(&self, out: &mut Formatter<'_>) -> fmt::Result {
            out.write_str(match self.form {
                Form::Open => "u32 or a row of them",
                Form::Numbers => "u32",
                Form::Rows => "a row of u32",
            })
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
            if *self.form == Form::Rows {
                return Err(E::invalid_type(Unexpected::Unsigned(value), &self));
            }
            let fits = u32::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))?;
            self.values.push(fits);
            *self.form = Form::Numbers;
            Ok(())
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
            match u64::try_from(value) {
                Ok(value) => self.visit_u64(value),
                Err(_) => Err(E::invalid_value(Unexpected::Signed(value), &self)),
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
            if *self.form == Form::Numbers {
                return Err(A::Error::invalid_type(Unexpected::Seq, &self));
            }
            *self.form = Form::Rows;
            let mut inside = Form::Numbers;
            while entries.next_element_seed(Entry { values: &mut *self.values, form: &mut inside })?.is_some() {}
            Ok(())
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

    #[test]
    fn an_entry_that_is_none_is_told_by_its_number() {
        for (entries, told) in [
            ("[0, -3]", "invalid value: integer `-3`, expected u32"),
            ("[[0, 4294967296]]", "invalid value: integer `4294967296`, expected u32"),
            ("[0, 1.5]", "invalid type: floating point `1.5`, expected u32"),
            ("[[[0]]]", "invalid type: sequence, expected u32"),
            ("[0, [0]]", "invalid type: sequence, expected u32"),
            ("[[0], 0]", "invalid type: integer `0`, expected a row of u32"),
            ("7", "expected an array of numbers or of rows"),
        ] {
            let text = format!(r#"{{"profile":"van","size":1,"metres":[0],"seconds":{entries}}}"#);
            let error = serde_json::from_str::<Matrix>(&text).unwrap_err().to_string();
            assert!(error.contains(told), "{entries}: {error}");
        }
    }
}
