//! Blows to the text of a file: bytes flipped, lines dropped, doubled or exchanged, numbers replaced, the end cut off.

use proptest::prelude::*;

/// What replaces a number.
const NUMBERS: [&str; 23] = [
    "0",
    "-1",
    "1",
    "2",
    "7",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "-0.0",
    "0.5",
    "99999999999999999999",
    "9223372036854775807",
    "-9223372036854775808",
    "17592186044417",
    "4294967295",
    "1e12",
    "-9e18",
    "999",
    "null",
    "",
    "x",
    "1 1",
];

#[derive(Clone, Debug)]
pub(crate) enum Blow {
    Byte(usize, u8),
    Drop(usize),
    Double(usize),
    Exchange(usize, usize),
    Number(usize, usize),
    Cut(usize),
}

fn blow() -> impl Strategy<Value = Blow> {
    prop_oneof![
        2 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Blow::Byte(at, byte)),
        1 => any::<usize>().prop_map(Blow::Drop),
        1 => any::<usize>().prop_map(Blow::Double),
        1 => any::<(usize, usize)>().prop_map(|(one, other)| Blow::Exchange(one, other)),
        5 => (any::<usize>(), 0..NUMBERS.len()).prop_map(|(at, number)| Blow::Number(at, number)),
        1 => any::<usize>().prop_map(Blow::Cut),
    ]
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// The text after all of them, in their order.
pub(crate) fn damaged(text: &str, blows: &[Blow]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for blow in blows {
        let mut rows = lines(&bytes);
        if rows.is_empty() {
            break;
        }
        let (n, m) = (bytes.len(), rows.len());
        match *blow {
            Blow::Byte(at, byte) => bytes[at % n] = byte,
            Blow::Cut(at) => bytes.truncate(at % n),
            Blow::Drop(at) => {
                rows.remove(at % m);
                bytes = rows.concat();
            }
            Blow::Double(at) => {
                rows.insert(at % m, rows[at % m].clone());
                bytes = rows.concat();
            }
            Blow::Exchange(one, other) => {
                rows.swap(one % m, other % m);
                bytes = rows.concat();
            }
            Blow::Number(at, number) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let digit = |c: char| c.is_ascii_digit() || c == '.';
                let starts: Vec<usize> = text
                    .char_indices()
                    .filter(|&(i, c)| digit(c) && !text[..i].chars().next_back().is_some_and(digit))
                    .map(|(i, _)| i)
                    .collect();
                if let Some(&from) = starts.get(at % starts.len().max(1)) {
                    let length = text[from..].find(|c| !digit(c)).unwrap_or(text.len() - from);
                    bytes = format!("{}{}{}", &text[..from], NUMBERS[number], &text[from + length..]).into_bytes();
                }
            }
        }
    }
    bytes
}

/// None, or a few.
pub(crate) fn blows() -> impl Strategy<Value = Vec<Blow>> {
    prop::collection::vec(blow(), 0..4)
}
