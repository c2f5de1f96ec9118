//! The numbers of an instance that can stand against a job, each with how far it may be loosened.

use std::fmt;
use std::str::FromStr;

use huilu_model::instance::{NUMBER_LIMIT, Parts};
use huilu_model::{Grams, Litres, Metres, Seconds, StreamSet, Window};
use serde::{Deserialize, Serialize};

/// A shift is lengthened by a day at most.
const DAY_S: i64 = 86_400;
/// A range grows by the way around the earth at most.
const AROUND_M: i64 = 40_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    Job,
    Vehicle,
    Outlet,
    /// All vehicles like the one named.
    Fleet,
    /// The pairs of streams that may not mix.
    Streams,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "m")]
    Metres,
    #[serde(rename = "g")]
    Grams,
    #[serde(rename = "l")]
    Litres,
    #[serde(rename = "count")]
    Count,
    /// Values are sets, one bit for each name.
    #[serde(rename = "set")]
    Set,
}

/// A field by the name that it has in a problem file; indices count windows, compartments, outlets, streams, zones, and the hours of bans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    WindowStart(usize),
    WindowEnd(usize),
    ShiftStart,
    ShiftEnd,
    MaxDuration,
    Payload,
    PartGrams(usize),
    PartLitres(usize),
    PartStreams(usize),
    DayGrams,
    DayLitres,
    MaxJobs,
    MaxDistance,
    BreakStart,
    BreakEnd,
    BreakDuration,
    Skills,
    BanStart(usize),
    BanEnd(usize),
    /// The vehicle may not into this zone at some hours: 0 stands for a permit.
    Ban(usize),
    HoursStart(usize),
    HoursEnd(usize),
    RoomGrams(usize),
    RoomLitres(usize),
    Streams,
    /// The two streams may not mix.
    Mix(usize, usize),
    /// Vehicles of the kind.
    Vehicles,
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WindowStart(k) => write!(out, "time_windows[{k}].start"),
            Self::WindowEnd(k) => write!(out, "time_windows[{k}].end"),
            Self::ShiftStart => write!(out, "shift.start"),
            Self::ShiftEnd => write!(out, "shift.end"),
            Self::MaxDuration => write!(out, "max_duration_s"),
            Self::Payload => write!(out, "capacity_g"),
            Self::PartGrams(k) => write!(out, "compartments[{k}].capacity_g"),
            Self::PartLitres(k) => write!(out, "compartments[{k}].capacity_l"),
            Self::PartStreams(k) => write!(out, "compartments[{k}].streams"),
            Self::DayGrams => write!(out, "max_day_g"),
            Self::DayLitres => write!(out, "max_day_l"),
            Self::MaxJobs => write!(out, "max_jobs"),
            Self::MaxDistance => write!(out, "max_distance_m"),
            Self::BreakStart => write!(out, "break.earliest"),
            Self::BreakEnd => write!(out, "break.latest"),
            Self::BreakDuration => write!(out, "break.duration_s"),
            Self::Skills => write!(out, "skills"),
            Self::BanStart(k) => write!(out, "bans[{k}].start"),
            Self::BanEnd(k) => write!(out, "bans[{k}].end"),
            Self::Ban(zone) => write!(out, "bans[{zone}]"),
            Self::HoursStart(k) => write!(out, "hours[{k}].start"),
            Self::HoursEnd(k) => write!(out, "hours[{k}].end"),
            Self::RoomGrams(k) => write!(out, "capacity[{k}].grams"),
            Self::RoomLitres(k) => write!(out, "capacity[{k}].litres"),
            Self::Streams => write!(out, "streams"),
            Self::Mix(one, other) => write!(out, "incompatible_streams[{one}][{other}]"),
            Self::Vehicles => write!(out, "vehicles"),
        }
    }
}

/// A name that is no field's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no field that can be changed")]
pub struct UnknownField(String);

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(name: &str) -> Result<Self, UnknownField> {
        let mut indices = name.split('[').skip(1).filter_map(|rest| rest.split(']').next()?.parse::<usize>().ok());
        let (one, other) = (indices.next().unwrap_or(0), indices.next().unwrap_or(0));
        let fields = [
            Self::WindowStart(one),
            Self::WindowEnd(one),
            Self::ShiftStart,
            Self::ShiftEnd,
            Self::MaxDuration,
            Self::Payload,
            Self::PartGrams(one),
            Self::PartLitres(one),
            Self::PartStreams(one),
            Self::DayGrams,
            Self::DayLitres,
            Self::MaxJobs,
            Self::MaxDistance,
            Self::BreakStart,
            Self::BreakEnd,
            Self::BreakDuration,
            Self::Skills,
            Self::BanStart(one),
            Self::BanEnd(one),
            Self::Ban(one),
            Self::HoursStart(one),
            Self::HoursEnd(one),
            Self::RoomGrams(one),
            Self::RoomLitres(one),
            Self::Streams,
            Self::Mix(one, other),
            Self::Vehicles,
        ];
        fields.into_iter().find(|field| field.to_string() == name).ok_or_else(|| UnknownField(name.to_owned()))
    }
}

impl Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Whose fields: indices into an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) job: usize,
    pub(crate) vehicle: usize,
    pub(crate) outlet: usize,
}

impl Field {
    pub fn unit(self) -> Unit {
        match self {
            Self::Payload | Self::PartGrams(_) | Self::DayGrams | Self::RoomGrams(_) => Unit::Grams,
            Self::PartLitres(_) | Self::DayLitres | Self::RoomLitres(_) => Unit::Litres,
            Self::MaxDistance => Unit::Metres,
            Self::MaxJobs | Self::Ban(_) | Self::Mix(..) | Self::Vehicles => Unit::Count,
            Self::PartStreams(_) | Self::Skills | Self::Streams => Unit::Set,
            _ => Unit::Seconds,
        }
    }

    pub(crate) fn subject(self) -> SubjectKind {
        match self {
            Self::WindowStart(_) | Self::WindowEnd(_) => SubjectKind::Job,
            Self::HoursStart(_) | Self::HoursEnd(_) | Self::RoomGrams(_) | Self::RoomLitres(_) | Self::Streams => {
                SubjectKind::Outlet
            }
            Self::Mix(..) => SubjectKind::Streams,
            Self::Vehicles => SubjectKind::Fleet,
            _ => SubjectKind::Vehicle,
        }
    }

    /// `None` where nothing limits it, or there is no such thing.
    pub(crate) fn get(self, parts: &Parts, target: Target) -> Option<i64> {
        let car = || parts.vehicles.get(target.vehicle);
        let outlet = || parts.outlets.get(target.outlet);
        let window = |k: usize| parts.jobs.get(target.job)?.windows.get(k);
        let room = |stream: usize| outlet()?.capacity.get(stream).copied().flatten();
        match self {
            Self::WindowStart(k) => Some(window(k)?.start.0),
            Self::WindowEnd(k) => Some(window(k)?.end.0),
            Self::ShiftStart => Some(car()?.shift.start.0),
            Self::ShiftEnd => Some(car()?.shift.end.0),
            Self::MaxDuration => Some(car()?.max_duration?.0),
            Self::Payload => Some(car()?.grams.0),
            Self::PartGrams(k) => Some(car()?.compartments.get(k)?.grams.0),
            Self::PartLitres(k) => Some(car()?.compartments.get(k)?.litres.0),
            Self::PartStreams(k) => Some(car()?.compartments.get(k)?.streams.0.into()),
            Self::DayGrams => Some(car()?.max_day_grams?.0),
            Self::DayLitres => Some(car()?.max_day_litres?.0),
            Self::MaxJobs => Some(car()?.max_jobs?.into()),
            Self::MaxDistance => Some(car()?.max_distance?.0),
            Self::BreakStart => Some(car()?.pause?.window.start.0),
            Self::BreakEnd => Some(car()?.pause?.window.end.0),
            Self::BreakDuration => Some(car()?.pause?.duration.0),
            Self::Skills => Some(car()?.skills.cast_signed()),
            Self::BanStart(k) => Some(car()?.bans.get(k)?.window.start.0),
            Self::BanEnd(k) => Some(car()?.bans.get(k)?.window.end.0),
            Self::Ban(zone) => Some(car()?.bans.iter().any(|ban| ban.zone == zone).into()),
            Self::HoursStart(k) => Some(outlet()?.windows.get(k)?.start.0),
            Self::HoursEnd(k) => Some(outlet()?.windows.get(k)?.end.0),
            Self::RoomGrams(stream) => Some(room(stream)?.0.0),
            Self::RoomLitres(stream) => Some(room(stream)?.1.0),
            Self::Streams => Some(outlet()?.streams.0.into()),
            Self::Mix(one, other) => Some(parts.incompatible.contains(&(one, other)).into()),
            Self::Vehicles => None,
        }
    }

    /// Changes nothing where there is no such thing.
    pub(crate) fn set(self, parts: &mut Parts, target: Target, value: i64) {
        let seconds = Seconds(value);
        let set = StreamSet(u32::try_from(value).unwrap_or(u32::MAX));
        if let Self::Mix(one, other) = self {
            parts.incompatible.retain(|&pair| pair != (one, other) || value != 0);
        }
        if let (Self::WindowStart(k) | Self::WindowEnd(k), Some(job)) = (self, parts.jobs.get_mut(target.job))
            && let Some(window) = job.windows.get_mut(k)
        {
            let before = window.end;
            self.move_end(window, seconds);
            // Whoever comes later still than the end was is late as well.
            job.late.iter_mut().filter(|late| late.window.end == before).for_each(|late| late.window.end = window.end);
        }
        if let Some(outlet) = parts.outlets.get_mut(target.outlet) {
            match self {
                Self::HoursStart(k) | Self::HoursEnd(k) => {
                    if let Some(window) = outlet.windows.get_mut(k) {
                        self.move_end(window, seconds);
                    }
                }
                Self::RoomGrams(stream) => {
                    if let Some(Some(room)) = outlet.capacity.get_mut(stream) {
                        room.0 = Grams(value);
                    }
                }
                Self::RoomLitres(stream) => {
                    if let Some(Some(room)) = outlet.capacity.get_mut(stream) {
                        room.1 = Litres(value);
                    }
                }
                Self::Streams => outlet.streams = set,
                _ => {}
            }
        }
        let Some(car) = parts.vehicles.get_mut(target.vehicle) else { return };
        match self {
            Self::ShiftStart | Self::ShiftEnd => self.move_end(&mut car.shift, seconds),
            Self::MaxDuration => car.max_duration = Some(seconds),
            Self::Payload => car.grams = Grams(value),
            Self::PartGrams(k) | Self::PartLitres(k) | Self::PartStreams(k) => {
                let Some(part) = car.compartments.get_mut(k) else { return };
                match self {
                    Self::PartGrams(_) => part.grams = Grams(value),
                    Self::PartLitres(_) => part.litres = Litres(value),
                    _ => part.streams = set,
                }
            }
            Self::DayGrams => car.max_day_grams = Some(Grams(value)),
            Self::DayLitres => car.max_day_litres = Some(Litres(value)),
            Self::MaxJobs => car.max_jobs = Some(u32::try_from(value).unwrap_or(u32::MAX)),
            Self::MaxDistance => car.max_distance = Some(Metres(value)),
            Self::BreakStart | Self::BreakEnd => {
                if let Some(pause) = &mut car.pause {
                    self.move_end(&mut pause.window, seconds);
                }
            }
            Self::BreakDuration => {
                if let Some(pause) = &mut car.pause {
                    pause.duration = seconds;
                }
            }
            Self::Skills => car.skills = value.cast_unsigned(),
            Self::BanStart(k) | Self::BanEnd(k) => {
                if let Some(ban) = car.bans.get_mut(k) {
                    self.move_end(&mut ban.window, seconds);
                }
            }
            Self::Ban(zone) => car.bans.retain(|ban| ban.zone != zone || value != 0),
            _ => {}
        }
    }

    fn move_end(self, window: &mut Window, to: Seconds) {
        match self {
            Self::WindowStart(_) | Self::ShiftStart | Self::BreakStart | Self::BanStart(_) | Self::HoursStart(_) => {
                window.start = to
            }
            _ => window.end = to,
        }
    }

    /// The loosest value that is tried, of a small instance with one vehicle and all its jobs.
    pub(crate) fn loosest(self, parts: &Parts, target: Target) -> Option<i64> {
        let now = self.get(parts, target)?;
        let car = parts.vehicles.get(target.vehicle)?;
        let loads = || parts.jobs.iter().flat_map(|job| &job.loads);
        let grams = || loads().map(|load| load.grams.0).sum::<i64>();
        let litres = || loads().map(|load| load.litres.0).sum::<i64>();
        let wanted = || parts.jobs.get(target.job);
        // As far as the shift, or the window next to it.
        let earlier = |windows: &[Window], k: usize| {
            let wall = k.checked_sub(1).and_then(|before| windows.get(before)).map(|window| window.end.0 + 1);
            car.shift.start.0.max(wall.unwrap_or(i64::MIN)).min(now)
        };
        let later = |windows: &[Window], k: usize| {
            let wall = windows.get(k + 1).map(|window| window.start.0 - 1);
            car.shift.end.0.min(wall.unwrap_or(i64::MAX)).max(now)
        };
        // A ban for ever has no hours that could be fewer.
        let hours_of_ban =
            |k: usize| car.bans.get(k).map(|ban| ban.window).filter(|hours| hours.start.0 > -NUMBER_LIMIT);
        Some(match self {
            Self::WindowStart(k) => earlier(&wanted()?.windows, k),
            Self::WindowEnd(k) => later(&wanted()?.windows, k),
            Self::HoursStart(k) => earlier(&parts.outlets.get(target.outlet)?.windows, k),
            Self::HoursEnd(k) => later(&parts.outlets.get(target.outlet)?.windows, k),
            Self::ShiftStart => now - DAY_S,
            Self::ShiftEnd | Self::MaxDuration => now + DAY_S,
            Self::Payload | Self::PartGrams(_) | Self::DayGrams | Self::RoomGrams(_) => now + grams(),
            Self::PartLitres(_) | Self::DayLitres | Self::RoomLitres(_) => now + litres(),
            Self::PartStreams(k) => {
                let elsewhere = |stream: usize| {
                    let others = car.compartments.iter().enumerate().filter(|&(other, _)| other != k);
                    others.into_iter().any(|(_, part)| part.streams.contains(stream))
                };
                now | wanted()?
                    .loads
                    .iter()
                    .filter(|load| !elsewhere(load.stream))
                    .fold(0, |set, l| set | 1 << l.stream)
            }
            Self::Streams => now | wanted()?.loads.iter().fold(0, |set, load| set | 1 << load.stream),
            Self::MaxJobs => now.max(i64::try_from(parts.jobs.len()).unwrap_or(i64::MAX)),
            Self::MaxDistance => now + AROUND_M,
            Self::BreakStart => car.shift.start.0.min(now),
            Self::BreakEnd => car.shift.end.0.max(now),
            Self::BreakDuration | Self::Ban(_) | Self::Mix(..) => 0,
            Self::BanStart(k) => hours_of_ban(k)?.end.0,
            Self::BanEnd(k) => hours_of_ban(k)?.start.0,
            Self::Skills => now | wanted()?.skills.cast_signed(),
            Self::Vehicles => now + 1,
        })
    }
}
