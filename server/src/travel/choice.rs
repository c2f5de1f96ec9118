//! Which source serves a profile: chosen by the operator on the command line, kept with every plan.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use huilu_roads::{Closure, Profile};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use super::estimate::Estimate;
use super::osrm::Osrm;
use super::own::{OwnRoads, Travel, read_closures};
use super::provider::{TravelError, TravelProvider};
use super::service::{BadServiceUrl, Patience, ServiceUrl};
use super::valhalla::Valhalla;
use crate::domain::travel::ClosedZones;

/// One source of figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatrixSource {
    /// The city's own roads, as `huilu import osm` prepared them.
    #[default]
    Own,
    Osrm(ServiceUrl),
    Valhalla(ServiceUrl),
    Estimate,
}

/// A source for one profile, or for all vehicles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRule {
    pub profile: Option<Profile>,
    pub source: MatrixSource,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMatrixChoice {
    #[error("`{0}` is no source of matrices: use own, osrm=URL, valhalla=URL or estimate, perhaps after `PROFILE:`")]
    Unknown(String),
    #[error(transparent)]
    Url(#[from] BadServiceUrl),
}

impl FromStr for MatrixSource {
    type Err = BadMatrixChoice;

    fn from_str(text: &str) -> Result<Self, BadMatrixChoice> {
        match text.split_once('=') {
            Some(("osrm", url)) => Ok(Self::Osrm(url.to_owned().try_into()?)),
            Some(("valhalla", url)) => Ok(Self::Valhalla(url.to_owned().try_into()?)),
            None if text == "own" => Ok(Self::Own),
            None if text == "estimate" => Ok(Self::Estimate),
            // What follows the sign may be an address with a password in it.
            Some((name, _)) => Err(BadMatrixChoice::Unknown(format!("{name}=..."))),
            None => Err(BadMatrixChoice::Unknown(text.to_owned())),
        }
    }
}

impl FromStr for MatrixRule {
    type Err = BadMatrixChoice;

    fn from_str(text: &str) -> Result<Self, BadMatrixChoice> {
        let named = text.split_once(':').and_then(|(name, source)| Some((Profile::from_str(name).ok()?, source)));
        match named {
            Some((profile, source)) => Ok(Self { profile: Some(profile), source: source.parse()? }),
            None => Ok(Self { profile: None, source: text.parse()? }),
        }
    }
}

impl fmt::Display for MatrixSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => out.write_str("own"),
            Self::Osrm(url) => write!(out, "osrm={url}"),
            Self::Valhalla(url) => write!(out, "valhalla={url}"),
            Self::Estimate => out.write_str("estimate"),
        }
    }
}

impl MatrixSource {
    fn public(&self) -> Self {
        match self {
            Self::Osrm(url) => Self::Osrm(url.public()),
            Self::Valhalla(url) => Self::Valhalla(url.public()),
            other => other.clone(),
        }
    }
}

/// A source for each profile. Vehicles follow `vehicles` unless they are named; residents on foot walk the own roads
/// unless they are named, because a server for cars knows nothing of their ways.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixChoice {
    pub vehicles: MatrixSource,
    #[serde(default)]
    pub profiles: BTreeMap<Profile, MatrixSource>,
    /// Whether the estimate may stand in for a source that fails.
    #[serde(default)]
    pub fallback: bool,
}

impl MatrixChoice {
    /// The rules in their order; the last word on a profile counts.
    pub fn of_rules(rules: &[MatrixRule], fallback: bool) -> Self {
        let mut choice = Self { fallback, ..Self::default() };
        for rule in rules {
            match rule.profile {
                Some(profile) => drop(choice.profiles.insert(profile, rule.source.clone())),
                None => choice.vehicles = rule.source.clone(),
            }
        }
        choice
    }

    pub fn source(&self, profile: Profile) -> &MatrixSource {
        const WALKED: MatrixSource = MatrixSource::Own;
        match self.profiles.get(&profile) {
            Some(source) => source,
            None if profile == Profile::Foot => &WALKED,
            None => &self.vehicles,
        }
    }

    /// Without what may be secret in addresses, to be kept with a plan.
    pub fn public(&self) -> Self {
        Self {
            vehicles: self.vehicles.public(),
            profiles: self.profiles.iter().map(|(&profile, source)| (profile, source.public())).collect(),
            fallback: self.fallback,
        }
    }

    /// The same sources with the secrets that `configured` has for their addresses.
    pub fn with_secrets_of(&self, configured: &Self) -> Self {
        let known = || std::iter::once(&configured.vehicles).chain(configured.profiles.values());
        let whole = |source: &MatrixSource| known().find(|known| known.public() == *source).unwrap_or(source).clone();
        Self {
            vehicles: whole(&self.vehicles),
            profiles: self.profiles.iter().map(|(&profile, source)| (profile, whole(source))).collect(),
            fallback: self.fallback,
        }
    }
}

/// The chosen sources as providers. Each service is made once, so that its connections and what was learnt of its limits
/// are kept.
#[derive(Debug, Default)]
pub struct Providers {
    choice: MatrixChoice,
    patience: Patience,
    services: Mutex<HashMap<String, Arc<dyn TravelProvider>>>,
}

impl Providers {
    pub fn new(choice: MatrixChoice, patience: Patience) -> Self {
        Self { choice, patience, services: Mutex::default() }
    }

    pub fn choice(&self) -> &MatrixChoice {
        &self.choice
    }

    /// The provider of a profile; `None` where it is the own roads, which the caller has.
    ///
    /// # Errors
    /// [`TravelError::Service`] where a service could never be asked.
    pub fn of(&self, profile: Profile) -> Result<Option<Arc<dyn TravelProvider>>, TravelError> {
        let source = self.choice.source(profile);
        let mut services = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        let key = match source {
            MatrixSource::Own => return Ok(None),
            MatrixSource::Estimate => return Ok(Some(Arc::new(Estimate))),
            MatrixSource::Osrm(url) => format!("osrm={}", String::from(url.clone())),
            MatrixSource::Valhalla(url) => format!("valhalla={}", String::from(url.clone())),
        };
        if let Some(known) = services.get(&key) {
            return Ok(Some(Arc::clone(known)));
        }
        let made: Arc<dyn TravelProvider> = match source {
            MatrixSource::Valhalla(url) => Arc::new(Valhalla::new(url.clone(), self.patience)?),
            MatrixSource::Osrm(url) => Arc::new(Osrm::new(url.clone(), self.patience)?),
            MatrixSource::Own | MatrixSource::Estimate => return Ok(None),
        };
        services.insert(key, Arc::clone(&made));
        Ok(Some(made))
    }
}

/// Providers of a process that knows no database: it has the prepared network's file, read when a profile needs it.
#[derive(Debug)]
pub struct FileProviders {
    providers: Providers,
    /// Absent where the city has no roads of its own.
    network: Option<PathBuf>,
    roads: OnceCell<Arc<Travel>>,
    closures: Arc<[Closure]>,
}

impl FileProviders {
    /// # Errors
    /// [`TravelError::Roads`] where the zones cannot be read.
    pub fn new(
        choice: MatrixChoice,
        network: Option<PathBuf>,
        closed: Option<&ClosedZones>,
    ) -> Result<Self, TravelError> {
        let providers = Providers::new(choice, Patience::default());
        Ok(Self { providers, network, roads: OnceCell::new(), closures: read_closures(closed)? })
    }

    /// With the own roads that are loaded already.
    pub fn with_roads(self, roads: Arc<Travel>) -> Self {
        Self { roads: OnceCell::new_with(Some(roads)), ..self }
    }

    pub fn choice(&self) -> &MatrixChoice {
        self.providers.choice()
    }

    /// # Errors
    /// [`TravelError`] where a service could never be asked, or the own roads cannot be read.
    pub async fn of(&self, profile: Profile) -> Result<Arc<dyn TravelProvider>, TravelError> {
        match self.providers.of(profile)? {
            Some(service) => Ok(service),
            None => Ok(Arc::new(self.own().await?)),
        }
    }

    /// The own roads, where they are the profile's source.
    ///
    /// # Errors
    /// As [`FileProviders::of`].
    pub async fn own_of(&self, profile: Profile) -> Result<Option<OwnRoads>, TravelError> {
        match self.choice().source(profile) {
            MatrixSource::Own => self.own().await.map(Some),
            _ => Ok(None),
        }
    }

    async fn own(&self) -> Result<OwnRoads, TravelError> {
        let file = self.network.clone().ok_or_else(|| TravelError::Roads("none were imported".to_owned()))?;
        let load = || async {
            let loaded = tokio::task::spawn_blocking(move || Travel::load(&file)).await;
            Ok::<_, TravelError>(Arc::new(loaded.map_err(|cause| TravelError::Roads(cause.to_string()))??))
        };
        let roads = Arc::clone(self.roads.get_or_try_init(load).await?);
        Ok(OwnRoads { roads, closures: Arc::clone(&self.closures) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Result<MatrixRule, BadMatrixChoice> {
        text.parse()
    }

    #[test]
    fn rules_are_read_and_the_last_word_on_a_profile_counts() {
        let rules: Vec<MatrixRule> =
            ["osrm=http://a:5000", "van:valhalla=http://b:8002/x", "van:estimate", "foot:osrm=http://c"]
                .map(|text| rule(text).unwrap())
                .into();
        let choice = MatrixChoice::of_rules(&rules, true);
        assert_eq!(choice.source(Profile::Truck).to_string(), "osrm=http://a:5000");
        assert_eq!(choice.source(Profile::Van), &MatrixSource::Estimate);
        assert_eq!(choice.source(Profile::Foot).to_string(), "osrm=http://c");
        let cars = MatrixChoice::of_rules(&rules[..1], false);
        assert_eq!(cars.source(Profile::Foot), &MatrixSource::Own, "a server for cars knows no footpaths");
        for wrong in ["", "osrm", "osrm=", "osrm=5000", "boat:own", "google=http://x", "own=1"] {
            assert!(rule(wrong).is_err(), "{wrong}");
        }
        let told = rule("google=http://me:secret@x").unwrap_err().to_string();
        assert!(told.contains("google=...") && !told.contains("secret"), "{told}");
    }

    #[test]
    fn a_plan_keeps_its_sources_without_their_secrets_and_a_worker_adds_its_own() {
        let configured = MatrixChoice::of_rules(&[rule("osrm=http://me:secret@a:5000/?key=k").unwrap()], false);
        let kept = serde_json::to_string(&configured.public()).unwrap();
        assert!(kept.contains("http://a:5000") && !kept.contains("secret") && !kept.contains("key"), "{kept}");
        let read: MatrixChoice = serde_json::from_str(&kept).unwrap();
        assert_eq!(read.with_secrets_of(&configured), configured);
        let elsewhere = MatrixChoice::of_rules(&[rule("osrm=http://b").unwrap()], false);
        assert_eq!(read.with_secrets_of(&elsewhere), read, "a plan's source is not exchanged");
    }
}
