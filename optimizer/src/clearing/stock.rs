//! Amounts by stream, as the builder adds them up.

use huilu_model::plan::StreamLoad;
use huilu_model::{Grams, Litres};

/// Grams and litres.
pub(super) type Pair = [i64; 2];

/// One pair for each stream of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stock(pub(super) Vec<Pair>);

impl Stock {
    pub(super) fn empty(streams: usize) -> Self {
        Self(vec![[0; 2]; streams])
    }

    /// Streams that the network does not have are left out: validation has named them.
    pub(super) fn read(streams: &[String], loads: &[StreamLoad]) -> Self {
        let mut stock = Self::empty(streams.len());
        for load in loads {
            if let Some(at) = streams.iter().position(|stream| *stream == load.stream) {
                stock.0[at][0] += load.grams.0;
                stock.0[at][1] += load.litres.0;
            }
        }
        stock
    }

    /// Without streams that are empty.
    pub(super) fn loads(&self, streams: &[String]) -> Vec<StreamLoad> {
        let load = |(name, pair): (&String, &Pair)| StreamLoad {
            stream: name.clone(),
            grams: Grams(pair[0]),
            litres: Litres(pair[1]),
        };
        streams.iter().zip(&self.0).filter(|(_, pair)| **pair != [0; 2]).map(load).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|pair| *pair == [0; 2])
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| [a[0] + b[0], a[1] + b[1]]).collect())
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| [a[0] - b[0], a[1] - b[1]]).collect())
    }

    /// Only the streams that `keep` names by index.
    pub(super) fn only(&self, keep: &[usize]) -> Self {
        let pair = |(stream, pair): (usize, &Pair)| if keep.contains(&stream) { *pair } else { [0; 2] };
        Self(self.0.iter().enumerate().map(pair).collect())
    }

    pub(super) fn grams(&self) -> i64 {
        self.0.iter().map(|pair| pair[0]).sum()
    }
}

/// What an outlet holds when full, by stream; absent where it is not limited.
pub(super) type Capacity = Vec<Option<Pair>>;

pub(super) fn capacity(streams: &[String], loads: &[StreamLoad]) -> Capacity {
    let of =
        |stream: &String| loads.iter().find(|load| load.stream == *stream).map(|load| [load.grams.0, load.litres.0]);
    streams.iter().map(of).collect()
}

/// Fullest stream in mass or volume, as a fraction of its capacity.
pub(super) fn fill_level(stock: &Stock, capacity: &Capacity) -> f64 {
    let mut fullest = 0.0_f64;
    for (held, most) in stock.0.iter().zip(capacity) {
        for (held, most) in held.iter().zip(most.iter().flatten()) {
            if *held > 0 {
                fullest = fullest.max(if *most > 0 { *held as f64 / *most as f64 } else { f64::INFINITY });
            }
        }
    }
    // JSON knows no infinity; something in what can hold nothing is as bad as it gets.
    fullest.min(1e6)
}
