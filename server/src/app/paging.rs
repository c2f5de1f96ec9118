//! Lists in pages. A cursor is the id of the last entry seen: ids sort by creation, so pages neither skip nor repeat.

use uuid::Uuid;

use super::fault::{FaultCode, Faults};

const LIMIT: u64 = 50;
const LIMIT_MAX: u64 = 200;

/// Which page is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) cursor: Option<Uuid>,
    limit: u64,
}

impl Page {
    /// Reads the parameters `cursor` and `limit`; what is wrong with them goes to `faults`.
    pub(crate) fn read(faults: &mut Faults, cursor: Option<&str>, limit: Option<&str>) -> Self {
        let seen = cursor.and_then(|text| Uuid::parse_str(text).ok());
        if seen.is_none() && cursor.is_some() {
            let remedy = "Send the `next_cursor` of the page before, unchanged, or none for the first page.";
            faults.parameter(FaultCode::BadCursor, "cursor", "This is no cursor of this list", remedy);
        }
        Self { cursor: seen, limit: count(faults, "limit", limit, LIMIT, LIMIT_MAX) }
    }

    /// One entry more than the page holds tells whether there is a next page.
    pub(crate) fn fetch(&self) -> u64 {
        self.limit + 1
    }

    /// The entries of the page, and the cursor of the next where there is one.
    pub(crate) fn cut<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> (Vec<T>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| id(last).to_string());
        (rows, next)
    }
}

/// A whole number from 1 to `max`.
pub(crate) fn count(faults: &mut Faults, name: &'static str, text: Option<&str>, default: u64, max: u64) -> u64 {
    let Some(text) = text else { return default };
    match text.parse() {
        Ok(number) if (1..=max).contains(&number) => number,
        Ok(_) => {
            let message = format!("`{name}` must be from 1 to {max}");
            faults.parameter(FaultCode::OutOfRange, name, message, format!("Send a number from 1 to {max}."));
            default
        }
        Err(_) => {
            let message = format!("`{text}` is no whole number");
            faults.parameter(FaultCode::WrongType, name, message, format!("Send a number from 1 to {max}."));
            default
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_cursor() {
        let mut faults = Faults::default();
        let page = Page::read(&mut faults, None, Some("2"));
        let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
        assert_eq!(page.fetch(), 3);
        assert_eq!(page.cut(ids.clone(), |&id| id), (ids[..2].to_vec(), Some(ids[1].to_string())));
        assert_eq!(page.cut(ids[..2].to_vec(), |&id| id), (ids[..2].to_vec(), None));
        assert!(faults.is_empty());
    }

    #[test]
    fn both_parameters_are_refused_at_once() {
        for (cursor, limit, codes) in [
            ("x", "0", [FaultCode::BadCursor, FaultCode::OutOfRange]),
            ("", "201", [FaultCode::BadCursor, FaultCode::OutOfRange]),
            ("1", "ten", [FaultCode::BadCursor, FaultCode::WrongType]),
            ("1", "-1", [FaultCode::BadCursor, FaultCode::WrongType]),
        ] {
            let mut faults = Faults::default();
            Page::read(&mut faults, Some(cursor), Some(limit));
            assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), codes, "{cursor} {limit}");
        }
    }
}
