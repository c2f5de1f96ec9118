//! Names as they come in: not blank, without spaces around.

use huilu_api_spec::common::LocalName;

use super::fault::{FaultCode, Faults};
use crate::domain::amount::Names;

/// Both names at `pointer` of a body.
pub(crate) fn names(faults: &mut Faults, pointer: &str, sent: &LocalName) -> Names {
    Names { zh: text(faults, &format!("{pointer}/zh"), &sent.zh), en: text(faults, &format!("{pointer}/en"), &sent.en) }
}

/// A text at `pointer` of a body.
pub(crate) fn text(faults: &mut Faults, pointer: &str, sent: &str) -> String {
    let text = sent.trim();
    if text.is_empty() {
        faults.body(FaultCode::Empty, pointer, "This is blank", "Send a text.");
    }
    text.to_owned()
}
