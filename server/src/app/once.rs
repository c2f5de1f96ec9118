//! Changes that a client may ask for again after a lost answer: with the same key they happen once.
//!
//! The answer is stored in the transaction of the change itself, so there is never one without the other. It is kept for
//! a day.

use huilu_model::Seconds;
use serde::Serialize;

use super::error::{AppError, AppResult};
use super::services::{Actor, Services};
use crate::db::{DbError, Tx, idempotency};
use crate::domain::idempotency::{IdempotencyKey, StoredAnswer};

/// A request that changes something, and the key under which its client may repeat it.
#[derive(Clone, Debug)]
pub struct Ask {
    pub key: Option<String>,
    /// SHA-256 of method, path and body, in hexadecimal.
    pub request_hash: String,
}

/// What a change answers the first time.
#[derive(Debug)]
pub struct Done<T> {
    /// HTTP status, stored with the answer.
    pub status: u16,
    /// Path of what was created.
    pub location: Option<String>,
    pub body: T,
}

impl<T> Done<T> {
    pub fn ok(body: T) -> Self {
        Self { status: 200, location: None, body }
    }

    pub fn created(location: String, body: T) -> Self {
        Self { status: 201, location: Some(location), body }
    }

    pub fn accepted(location: String, body: T) -> Self {
        Self { status: 202, location: Some(location), body }
    }
}

/// The first answer or its repetition, as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
    pub replayed: bool,
}

/// Runs `work` in one write transaction, or repeats the answer that the key already has.
///
/// # Errors
/// [`AppError::KeyReused`] where the key came with another request; whatever `work` refuses. Nothing is stored then.
pub async fn once<T: Serialize>(
    services: &Services,
    actor: &Actor,
    ask: &Ask,
    work: impl AsyncFnOnce(&Tx) -> AppResult<Done<T>>,
) -> AppResult<Reply> {
    let key = ask.key.clone().map(|key| IdempotencyKey { operator: actor.operator_id(), actor: actor.token, key });
    let tx = services.db.begin().await?;
    if let Some(key) = &key
        && let Some(stored) = idempotency::find(&*tx, key).await?
    {
        return repeat(stored, ask);
    }
    let done = match work(&tx).await {
        Ok(done) => done,
        // On PostgreSQL the first request with the key may have come in between, and have left nothing for this one: what
        // refuses it is its own twin.
        Err(refused) => {
            drop(tx);
            return repeated(services, actor, ask).await?.ok_or(refused);
        }
    };
    let body = serde_json::to_string(&done.body).map_err(AppError::internal)?;
    if let Some(key) = &key {
        let answer = StoredAnswer {
            request_hash: ask.request_hash.clone(),
            status: done.status,
            location: done.location.clone(),
            body: body.clone(),
            created: services.clock.now(),
        };
        match idempotency::store(&*tx, key, &answer).await {
            Ok(()) => {}
            // On PostgreSQL two requests with one key may run side by side; the one that stores first wins.
            Err(DbError::Duplicate(_)) => {
                drop(tx);
                return repeated(services, actor, ask).await?.ok_or(AppError::KeyInUse);
            }
            Err(error) => return Err(error.into()),
        }
    }
    tx.commit().await?;
    Ok(Reply { status: done.status, location: done.location, body, replayed: false })
}

/// The answer that the request's key already has. Asked before a request is checked: what was accepted once is repeated
/// even when it would be refused by now, such as a booking whose window has passed since.
///
/// # Errors
/// [`AppError::KeyReused`] where the key came with another request.
pub async fn repeated(services: &Services, actor: &Actor, ask: &Ask) -> AppResult<Option<Reply>> {
    let Some(key) = ask.key.clone() else { return Ok(None) };
    let key = IdempotencyKey { operator: actor.operator_id(), actor: actor.token, key };
    let stored = idempotency::find(services.db.read(), &key).await?;
    stored.map(|stored| repeat(stored, ask)).transpose()
}

/// How long a key repeats its answer; phones that were without network for a day still get theirs.
const KEPT: Seconds = Seconds(24 * 3_600);

/// Forgets the answers that are older than a day; returns how many.
///
/// # Errors
/// Where the database does not answer.
pub async fn forget_old(services: &Services) -> AppResult<u64> {
    let before = services.clock.now().plus(Seconds(-KEPT.0));
    let tx = services.db.begin().await?;
    let forgotten = idempotency::prune(&*tx, before).await?;
    tx.commit().await?;
    Ok(forgotten)
}

fn repeat(stored: StoredAnswer, ask: &Ask) -> AppResult<Reply> {
    if stored.request_hash != ask.request_hash {
        return Err(AppError::KeyReused);
    }
    Ok(Reply { status: stored.status, location: stored.location, body: stored.body, replayed: true })
}
