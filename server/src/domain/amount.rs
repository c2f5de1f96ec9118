//! Money, and amounts of a stream; masses, volumes and spans come from the optimizer's units.

use huilu_model::{Grams, Litres};
use serde::{Deserialize, Serialize};

/// Money in fen, the hundredth of a yuan; negative where the resident pays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// An amount of the stream with this code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamAmount {
    pub stream: String,
    pub grams: Grams,
    pub litres: Litres,
}

/// A text in both languages of the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub zh: String,
    pub en: String,
}
