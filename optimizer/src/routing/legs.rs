//! All legs from and to one place side by side. An insertion asks for many legs of one job: here they lie in one row of memory, both ways
//! beside each other, where a look into the tables would touch another line of it for each leg that ends at the job.

use huilu_model::UNREACHABLE;

use super::model::{ANYWHERE, FAR, Kind, Model};

/// Above so many places the rows would take more than 64 MB a profile; then legs come from the instance.
const PLACES_MAX: usize = 2_000;

#[derive(Clone, Copy, Debug)]
struct OneWay {
    metres: u32,
    seconds: u32,
}

impl OneWay {
    #[inline]
    fn far(self) -> (i64, i64) {
        let far = |entry: u32| if entry == UNREACHABLE { FAR } else { i64::from(entry) };
        (far(self.metres), far(self.seconds))
    }
}

/// Between a place and another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BothWays {
    there: OneWay,
    back: OneWay,
}

impl BothWays {
    pub(crate) fn between(model: &Model<'_>, profile: usize, place: usize, other: usize) -> Self {
        let travel = &model.instance.travel[profile];
        let leg =
            |from: usize, to: usize| OneWay { metres: travel.metres(from, to), seconds: travel.seconds(from, to) };
        Self { there: leg(place, other), back: leg(other, place) }
    }

    /// Metres and seconds there, and back.
    #[inline]
    pub(crate) fn far(self) -> ((i64, i64), (i64, i64)) {
        (self.there.far(), self.back.far())
    }
}

/// The legs of one profile, a row for each place; empty where the instance has no table, or too large a one.
#[derive(Debug)]
pub(crate) struct Legs {
    n_places: usize,
    rows: Vec<BothWays>,
}

impl Legs {
    pub(crate) fn new(model: &Model<'_>, profile: usize) -> Self {
        let n_places = model.instance.places.len();
        let travel = &model.instance.travel[profile];
        let mut rows = Vec::new();
        if n_places <= PLACES_MAX && travel.tables().is_some() {
            rows.reserve_exact(n_places * n_places);
            for place in 0..n_places {
                rows.extend((0..n_places).map(|other| BothWays::between(model, profile, place, other)));
            }
        }
        Self { n_places, rows }
    }

    #[inline]
    pub(crate) fn around<'l>(&'l self, model: &'l Model<'l>, kind: &'l Kind, place: usize) -> Hub<'l> {
        let row = place * self.n_places..(place + 1) * self.n_places;
        Hub { model, kind, place, row: self.rows.get(row) }
    }
}

/// One place and its legs, in metres and seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hub<'l> {
    model: &'l Model<'l>,
    kind: &'l Kind,
    pub(crate) place: usize,
    row: Option<&'l [BothWays]>,
}

impl Hub<'_> {
    #[inline]
    pub(crate) fn to(&self, other: usize) -> (i64, i64) {
        if other == ANYWHERE {
            return (0, 0);
        }
        match self.row {
            Some(row) => row[other].there.far(),
            None => {
                let (model, kind) = (self.model, self.kind);
                (model.metres(kind, self.place, other), model.seconds(kind, self.place, other))
            }
        }
    }

    #[inline]
    pub(crate) fn from(&self, other: usize) -> (i64, i64) {
        match self.row {
            Some(row) => row[other].back.far(),
            None => {
                let (model, kind) = (self.model, self.kind);
                (model.metres(kind, other, self.place), model.seconds(kind, other, self.place))
            }
        }
    }
}
