//! Server-sent events of a run: its row is read twice a second and sent whenever it changed, until it ends.
//!
//! Reading the row, not a channel in memory, keeps the stream right when another process does the solving. Every event
//! says everything, so a client that reconnects has missed nothing; ids only tell events apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::Responder;
use actix_web_lab::sse;
use futures_util::stream;
use huilu_api_spec::plan::{Run, RunState};

use super::problem::{ApiError, ApiResult};
use crate::app::AppError;

const POLL: Duration = Duration::from_millis(400);
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// A stream is cut after this; the browser opens it again and its session is checked again.
const STREAM_AT_MOST: Duration = Duration::from_secs(15 * 60);
const STREAMS_MAX: usize = 1_000;

static OPEN: AtomicUsize = AtomicUsize::new(0);
static STOPPING: AtomicBool = AtomicBool::new(false);

/// Ends all streams at their next look, so that they do not hold up the end of the process.
pub(crate) fn end_all() {
    STOPPING.store(true, Ordering::Relaxed);
}

/// Counts one open stream for as long as it lives.
#[derive(Debug)]
struct Place;

impl Place {
    fn take() -> ApiResult<Self> {
        if OPEN.fetch_add(1, Ordering::Relaxed) >= STREAMS_MAX {
            OPEN.fetch_sub(1, Ordering::Relaxed);
            return Err(ApiError::TooBusy);
        }
        Ok(Self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

fn ended(state: RunState) -> bool {
    matches!(state, RunState::Succeeded | RunState::Failed | RunState::Cancelled)
}

struct Watch<F> {
    read: Arc<F>,
    next: Option<Run>,
    sent: Option<Run>,
    count: u64,
    until: tokio::time::Instant,
    _place: Place,
}

/// Streams the run as events named `run`, then one named `end`.
///
/// `first` is what the run looked like when the request was accepted; `read` looks again, and the stream ends where it
/// finds nothing any more or the run has ended.
pub(crate) fn watch<F>(first: Run, read: F) -> ApiResult<impl Responder>
where
    F: AsyncFn() -> Result<Option<Run>, AppError> + 'static,
{
    let until = tokio::time::Instant::now() + STREAM_AT_MOST;
    let watch = Watch { read: Arc::new(read), next: Some(first), sent: None, count: 0, until, _place: Place::take()? };
    let events = stream::unfold(Some(watch), |watch| async move {
        let mut watch = watch?;
        loop {
            if let Some(run) = watch.next.take()
                && watch.sent.as_ref() != Some(&run)
            {
                watch.count += 1;
                let event = event("run", watch.count, &run);
                watch.sent = Some(run);
                return Some((Ok::<_, AppError>(event), Some(watch)));
            }
            if let Some(run) = watch.sent.as_ref().filter(|run| ended(run.state)) {
                let event = event("end", watch.count + 1, run);
                return Some((Ok(event), None));
            }
            if STOPPING.load(Ordering::Relaxed) || tokio::time::Instant::now() >= watch.until {
                return None;
            }
            tokio::time::sleep(POLL).await;
            match (watch.read)().await {
                Ok(Some(run)) => watch.next = Some(run),
                Ok(None) => return None,
                Err(cause) => {
                    // The next look may succeed; the client sees keep-alives meanwhile.
                    tracing::warn!(%cause, "a run could not be read for its event stream");
                }
            }
        }
    });
    Ok(sse::Sse::from_stream(events).with_keep_alive(KEEP_ALIVE).with_retry_duration(Duration::from_secs(2)))
}

fn event(name: &'static str, id: u64, run: &Run) -> sse::Event {
    let text = serde_json::to_string(run).unwrap_or_default();
    sse::Data::new(text).event(name).id(id.to_string()).into()
}
