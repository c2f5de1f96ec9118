//! One random bearer token for each role of a city. The database keeps digests; the tokens themselves lie in a file of
//! the data folder that only its owner can read, so that `huilu serve` can print them again.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;

use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::app::sessions::digest;
use crate::db;
use crate::domain::TokenId;
use crate::domain::access::{Role, Token};
use crate::domain::operator::Operator;

/// Role code to token.
pub type Tokens = BTreeMap<String, String>;

const TOKEN_BYTES: usize = 32;

/// The city's tokens; made where there are none, or where the file does not fit the database.
///
/// # Errors
/// Where the file can be neither read nor written.
pub async fn tokens(services: &Services, operator: &Operator) -> AppResult<Tokens> {
    let file = services.data_dir.join(format!("tokens-{}.json", operator.key));
    if let Some(kept) = read(&file)
        && all_known(services, &kept).await?
    {
        return Ok(kept);
    }
    let mut made = Tokens::new();
    let tx = services.db.begin().await?;
    for &role in Role::ALL {
        let mut bytes = [0_u8; TOKEN_BYTES];
        SysRng.try_fill_bytes(&mut bytes).map_err(AppError::internal)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let row = Token {
            id: TokenId::new(),
            operator: operator.id,
            role,
            label: format!("first {role}"),
            vehicle: None,
            hash: digest(&token),
            created: services.clock.now(),
            revoked: None,
        };
        db::tokens::insert(&*tx, &row).await?;
        made.insert(role.to_string(), token);
    }
    write(&file, &made).map_err(|cause| AppError::Internal(format!("{}: {cause}", file.display())))?;
    tx.commit().await?;
    Ok(made)
}

async fn all_known(services: &Services, tokens: &Tokens) -> AppResult<bool> {
    for &role in Role::ALL {
        let Some(token) = tokens.get(role.as_str()) else { return Ok(false) };
        let row = db::tokens::by_hash(services.db.read(), &digest(token)).await?;
        if !row.is_some_and(|row| row.role == role && row.revoked.is_none()) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn read(file: &Path) -> Option<Tokens> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

fn write(file: &PathBuf, tokens: &Tokens) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file)?;
    out.write_all(&serde_json::to_vec_pretty(tokens)?)?;
    out.sync_all()
}
