//! What limited outlets have room for, as the master sees it.

use std::collections::HashMap;

use crate::resources::model::Model;

/// Limited outlets and streams as rows of the master: grams at an even index, litres after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rooms {
    at: HashMap<(usize, usize), usize>,
    pub(crate) room: Vec<i64>,
}

impl Rooms {
    pub(crate) fn new(model: &Model<'_>) -> Self {
        let mut rooms = Self::default();
        for outlet in (0..model.accepts.len()).filter(|&outlet| model.limited[outlet]) {
            for stream in (0..model.n_streams).filter(|&stream| model.accepts[outlet] >> stream & 1 == 1) {
                let (grams, litres) = model.room[outlet * model.n_streams + stream];
                if grams != i64::MAX {
                    rooms.at.insert((outlet, stream), rooms.room.len());
                    rooms.room.extend([grams, litres]);
                }
            }
        }
        rooms
    }

    pub(crate) fn limit_of(&self, outlet: usize, stream: usize) -> Option<usize> {
        self.at.get(&(outlet, stream)).copied()
    }
}
