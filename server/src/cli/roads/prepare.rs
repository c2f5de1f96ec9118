//! The prepared network of an OpenStreetMap file, kept for the next call.
//!
//! A network is named by the digest of the file and of the profiles it was prepared for, so it never goes stale.

use std::path::{Path, PathBuf};

use huilu_model::Datum;
use huilu_roads::{Closure, ProfileSpec, RoadNetwork};

use super::RoadsArgs;
use crate::app::import::network_key;
use crate::cli::CliError;
use crate::cli::seed::{progress_bar, tell};

/// # Errors
/// One line that names the file and what is wrong with it.
pub(super) fn network(args: &RoadsArgs) -> Result<RoadNetwork, CliError> {
    let named = |file: &Path, cause: String| CliError::Input(format!("{}: {cause}", file.display()));
    let read = |file: &Path| std::fs::read(file).map_err(|cause| named(file, cause.to_string()));
    let pbf = read(&args.file)?;
    let specs = match &args.profiles {
        Some(file) => {
            let text = std::fs::read_to_string(file).map_err(|cause| named(file, cause.to_string()))?;
            ProfileSpec::read_overrides(&text).map_err(|cause| named(file, cause.to_string()))?
        }
        None => ProfileSpec::defaults(),
    };
    let kept = kept_at(args, &pbf, &specs)?;
    // One of another version, or one that a full disk cut off, is prepared afresh.
    if let Some(network) = kept.as_ref().and_then(|file| RoadNetwork::load(file).ok()) {
        return Ok(network);
    }
    let bar = progress_bar("preparing roads");
    let prepared = RoadNetwork::from_pbf_with(&pbf, &specs, &|share| tell(&bar, share));
    bar.finish_and_clear();
    let (network, _) = prepared.map_err(|cause| named(&args.file, cause.to_string()))?;
    if let Some(file) = kept
        && let Err(cause) = keep(&network, &file)
    {
        eprintln!("the prepared roads cannot be kept for the next call: {cause}");
    }
    Ok(network)
}

fn keep(network: &RoadNetwork, file: &Path) -> Result<(), String> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| format!("{}: {cause}", folder.display()))?;
    }
    network.save(file).map_err(|cause| cause.to_string())
}

/// Absent where nothing is to be kept, or nobody knows where.
fn kept_at(args: &RoadsArgs, pbf: &[u8], specs: &[ProfileSpec]) -> Result<Option<PathBuf>, CliError> {
    if args.no_cache {
        return Ok(None);
    }
    let Some(folder) = args.cache.clone().or_else(user_cache) else { return Ok(None) };
    let key = network_key(pbf, specs).map_err(CliError::failed)?;
    Ok(Some(folder.join(format!("{key}.roads"))))
}

/// As the XDG base directory specification names it.
fn user_cache() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(base.join("huilu").join("roads"))
}

/// # Errors
/// One line that names the file and every feature that is no closed zone.
pub(super) fn closures(file: &Path, datum: Datum) -> Result<Vec<Closure>, CliError> {
    let named = |cause: String| CliError::Input(format!("{}: {cause}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|cause| named(cause.to_string()))?;
    Closure::read_geojson(&text, datum).map_err(|cause| named(cause.to_string()))
}
