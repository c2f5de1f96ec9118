//! Turn restrictions as relations tell them, read for one profile. Knows no graph: it names ways and nodes by id.

use crate::osm::RawRestriction;
use crate::profile::ProfileSpec;
use crate::summary::RestrictionFate;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnRule {
    /// `no_*`: this turn is forbidden.
    Forbidden,
    /// `only_*`: every other turn is forbidden.
    Only,
}

/// From a way over a node into a way, all by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TurnRestriction {
    pub(crate) from: i64,
    pub(crate) via: i64,
    pub(crate) to: i64,
    pub(crate) rule: TurnRule,
}

/// The turns that a relation regulates for the profile; several where it has several `from` or `to` members.
pub(crate) fn read(spec: &ProfileSpec, raw: &RawRestriction) -> Result<Vec<TurnRestriction>, RestrictionFate> {
    let named = |value: &str| spec.restriction_keys.iter().any(|key| key == value);
    if spec.restriction_keys.is_empty()
        || raw.tags.get("except").is_some_and(|list| list.split(';').map(str::trim).any(named))
    {
        return Err(RestrictionFate::OtherTraveller);
    }
    let specific = spec.restriction_keys.iter().rev().find_map(|key| raw.tags.get(&format!("restriction:{key}")));
    let Some(kind) = specific.or_else(|| raw.tags.get("restriction")) else {
        let for_others = raw.tags.0.iter().any(|(key, _)| key.starts_with("restriction:"));
        return Err(if for_others { RestrictionFate::OtherTraveller } else { RestrictionFate::Incomplete });
    };
    let rule = match kind {
        _ if kind.starts_with("no_") => TurnRule::Forbidden,
        _ if kind.starts_with("only_") => TurnRule::Only,
        _ => return Err(RestrictionFate::Incomplete),
    };
    if !raw.via_ways.is_empty() {
        return Err(RestrictionFate::ViaWay);
    }
    let ([via], false, false) = (raw.via_nodes.as_slice(), raw.from.is_empty(), raw.to.is_empty()) else {
        return Err(RestrictionFate::Incomplete);
    };
    if rule == TurnRule::Only && raw.to.len() > 1 {
        return Err(RestrictionFate::Incomplete);
    }
    let turns = raw.from.iter().flat_map(|&from| raw.to.iter().map(move |&to| (from, to)));
    Ok(turns.map(|(from, to)| TurnRestriction { from, via: *via, to, rule }).collect())
}
