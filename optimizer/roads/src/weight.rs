//! Travel cost of a path: milliseconds first, centimetres second, in one machine word.
//!
//! Words compare as (time, length) pairs and add component by component, so one search yields the seconds and the
//! metres of the same fastest path, and of equally fast paths the shortest. The length component would overflow into
//! the time after 42,949 km.

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Weight(pub(crate) u64);

impl Weight {
    pub(crate) const ZERO: Self = Self(0);
    /// Not reached: six days. Several of these add up without overflow, so that adding needs no check.
    pub(crate) const MAX: Self = Self(1 << 61);

    pub(crate) fn new(ms: u32, cm: u32) -> Self {
        Self((u64::from(ms) << 32) | u64::from(cm))
    }

    /// At least [`Weight::MAX`] where either was not reached.
    #[inline]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// What remains after `part`, which must not exceed `self` in either component.
    pub(crate) fn minus(self, part: Self) -> Self {
        Self(self.0.saturating_sub(part.0))
    }

    pub(crate) fn cm(self) -> u32 {
        (self.0 & u64::from(u32::MAX)) as u32
    }

    pub(crate) fn ms(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// Rounded to the nearest second.
    pub(crate) fn seconds(self) -> u32 {
        self.ms() / 1_000 + u32::from(self.ms() % 1_000 >= 500)
    }

    /// Rounded to the nearest metre.
    pub(crate) fn metres(self) -> u32 {
        self.cm() / 100 + u32::from(self.cm() % 100 >= 50)
    }
}
