//! Whether stops can be made in their order at all, however a vehicle fills the time between them. Legs are lower bounds, and a
//! break may fall anywhere on a leg, where other stops may lie: what has no timetable here has none in any company.

use crate::resources::model::{FAR, Pause};

/// More stretches of departures than this are not compared: then a timetable is taken to exist.
const STRETCHES_MAX: usize = 200;

#[derive(Clone, Debug)]
pub(crate) struct Stop {
    pub(crate) windows: Vec<(i64, i64)>,
    pub(crate) stay: i64,
    /// No arrival before.
    pub(crate) ready: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Timetable {
    pub(crate) opens: i64,
    pub(crate) closes: i64,
    pub(crate) pause: Option<Pause>,
    pub(crate) duration_max: i64,
    pub(crate) stops: Vec<Stop>,
    /// Seconds to each stop, and home.
    pub(crate) legs: Vec<i64>,
}

impl Timetable {
    pub(crate) fn exists(&self) -> bool {
        let Some(pause) = self.pause else { return self.exists_between(self.opens, self.closes, None) };
        self.exists_between(self.opens, self.closes.min(pause.closes), None)
            || self.exists_between(self.opens.max(pause.closes + 1), self.closes, None)
            || self.exists_between(self.opens, self.closes, Some(pause))
    }

    /// As long as each stop falls into the same window, and the same legs come in time for the break, a later departure only cuts
    /// waiting. So the last departure of each such stretch decides about the duration.
    fn exists_between(&self, opens: i64, closes: i64, pause: Option<Pause>) -> bool {
        let mut departure = opens;
        for _ in 0..STRETCHES_MAX {
            let first = self.drive(departure, pause);
            if departure > closes || first.finish > closes {
                return false;
            }
            if self.duration_max >= FAR {
                return true;
            }
            let (mut last, mut beyond) = (departure, closes + 1);
            while last + 1 < beyond {
                let middle = last + (beyond - last) / 2;
                let drive = self.drive(middle, pause);
                if drive.course == first.course && drive.finish <= closes { last = middle } else { beyond = middle }
            }
            if self.drive(last, pause).finish - last <= self.duration_max {
                return true;
            }
            departure = last + 1;
        }
        true
    }

    fn drive(&self, departure: i64, pause: Option<Pause>) -> Drive {
        let (mut open, mut rested) = (departure, FAR);
        let mut course = Vec::with_capacity(3 * self.legs.len());
        for (k, &leg) in self.legs.iter().enumerate() {
            let in_time = pause.filter(|pause| open <= pause.closes);
            course.push(usize::from(in_time.is_some()));
            let on_the_way = in_time.map_or(FAR, |pause| (open + leg).max(pause.opens) + pause.duration);
            open = (open + leg).min(FAR);
            rested = (rested + leg).min(on_the_way).min(FAR);
            if let Some(stop) = self.stops.get(k) {
                for ready in [&mut open, &mut rested] {
                    let window;
                    (*ready, window) = stop.left(*ready);
                    course.push(window);
                }
            }
        }
        Drive { finish: if pause.is_some() { rested } else { open }, course }
    }
}

/// From one departure, as early as it can be.
#[derive(Debug, PartialEq, Eq)]
struct Drive {
    finish: i64,
    /// The legs that may hold the break, and the window of each stop without it and after it.
    course: Vec<usize>,
}

impl Stop {
    /// When the stop is left, and the index of the window that it begins in.
    fn left(&self, arrival: i64) -> (i64, usize) {
        let arrival = arrival.max(self.ready);
        match self.windows.iter().position(|window| window.1 >= arrival) {
            Some(k) => ((arrival.max(self.windows[k].0) + self.stay).min(FAR), k),
            None => (FAR, usize::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One stop ten seconds away, served for five, and ten seconds home.
    fn table(windows: &[(i64, i64)]) -> Timetable {
        let stop = Stop { windows: windows.to_vec(), stay: 5, ready: -FAR };
        Timetable { opens: 0, closes: 60, pause: None, duration_max: FAR, stops: vec![stop], legs: vec![10, 10] }
    }

    #[test]
    fn windows_shift_break_and_duration_each_decide() {
        assert!(table(&[(0, 9), (10, 10)]).exists());
        assert!(!table(&[(0, 9)]).exists());
        assert!(table(&[(45, 99)]).exists() && !table(&[(46, 99)]).exists());
        let short = |most: i64| Timetable { duration_max: most, ..table(&[(30, 40)]) };
        assert!(short(25).exists() && !short(24).exists());
        let anytime = Timetable { duration_max: 24, closes: 90_000, ..table(&[(0, 90_000)]) };
        assert!(!anytime.exists(), "no departure makes it shorter");
        let pause = |opens: i64, closes: i64| {
            let pause = Some(Pause { opens, closes, duration: 20 });
            Timetable { pause, closes: 45, ..table(&[(12, 25)]) }
        };
        assert!(pause(0, 30).exists(), "the break fits after the stop");
        assert!(pause(50, 60).exists(), "home before a break is due");
        assert!(!pause(12, 16).exists(), "no time to rest and to be there");
    }
}
