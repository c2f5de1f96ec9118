//! Turn restrictions as relations tell them, read for one profile. Knows no graph: it names ways and nodes by id.
//!
//! Meaning of the kinds: the OpenStreetMap wiki on `Relation:restriction`. `only_*` is read to the letter: whoever
//! comes from the `from` way goes over all `via` members into the `to` way, and nowhere else on the way.

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

/// What lies between the two ways, by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Node(i64),
    /// At least one, in the order of travel or against it.
    Ways(Vec<i64>),
}

/// From a way over a node or other ways into a way, all by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TurnRestriction {
    pub(crate) from: i64,
    pub(crate) via: Via,
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
        _ => return Err(RestrictionFate::UnknownKind),
    };
    let via = match (raw.via_nodes.as_slice(), raw.via_ways.as_slice()) {
        (&[node], []) => Via::Node(node),
        ([], [_, ..]) => Via::Ways(raw.via_ways.clone()),
        _ => return Err(RestrictionFate::Incomplete),
    };
    if raw.via_ways.iter().enumerate().any(|(k, way)| raw.via_ways[..k].contains(way)) {
        return Err(RestrictionFate::Ambiguous);
    }
    if raw.from.is_empty() || raw.to.is_empty() || (rule == TurnRule::Only && raw.to.len() > 1) {
        return Err(RestrictionFate::Incomplete);
    }
    let turns = raw.from.iter().flat_map(|&from| raw.to.iter().map(move |&to| (from, to)));
    Ok(turns.map(|(from, to)| TurnRestriction { from, via: via.clone(), to, rule }).collect())
}
