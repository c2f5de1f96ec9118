//! Runs one work order in a child process and hands on what it says.
//!
//! Knows processes and the protocol; knows no database and no queue.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout_at};

use super::protocol::{WorkEvent, WorkOrder};

/// Why a work order gave no result.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error("the solving process cannot be started: {0}")]
    Start(std::io::Error),
    #[error("the solving process ended without a result{}: {cause}", code.map(|code| format!(" (code {code})")).unwrap_or_default())]
    Ended { code: Option<i32>, cause: String },
    #[error("the solving process said something that is no event: {0}")]
    Garbled(String),
    #[error("the solving process did not end {} s after its time was over", .0.as_secs())]
    Overdue(Duration),
    /// The work itself cannot be done; trying again will not help.
    #[error("{0}")]
    Refused(String),
    #[error("cancelled")]
    Cancelled,
}

/// Starts `binary solve-job`, sends it `order` and returns its last event.
///
/// Every event before the last goes to `on_event`. Once `cancelled` resolves the child is killed, and also where it still works
/// `grace` after the seconds of its order. These count from the last word of its preparation, whose length nobody knows before.
///
/// # Errors
/// [`WorkError`]; after any of them no child is left running.
pub async fn run(
    binary: &Path,
    order: &WorkOrder,
    grace: Duration,
    mut on_event: impl FnMut(WorkEvent),
    cancelled: impl Future<Output = ()>,
) -> Result<WorkEvent, WorkError> {
    let mut line = serde_json::to_vec(order).map_err(|cause| WorkError::Garbled(cause.to_string()))?;
    line.push(b'\n');
    let mut child = Command::new(binary)
        .arg("solve-job")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(WorkError::Start)?;
    let (Some(mut input), Some(output), Some(mut errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(WorkError::Start(std::io::Error::other("its pipes are missing")));
    };
    // What it complains about is kept, but no more of it than a log line can bear.
    let complaints = tokio::spawn(async move {
        let mut text = Vec::new();
        let _ = (&mut errors).take(8 << 10).read_to_end(&mut text).await;
        let _ = tokio::io::copy(&mut errors, &mut tokio::io::sink()).await;
        String::from_utf8_lossy(&text).trim().to_owned()
    });
    let conversation = async {
        // A child that died at once closes the pipe: its own words below say more than a broken pipe does.
        let _ = input.write_all(&line).await;
        let _ = input.flush().await;
        let mut lines = BufReader::new(output).lines();
        let deadline = || Some(Instant::now() + seconds_of(order)?.saturating_add(grace));
        let mut until = deadline();
        loop {
            let line = match until {
                Some(until) => timeout_at(until, lines.next_line()).await.map_err(|_| WorkError::Overdue(grace))?,
                None => lines.next_line().await,
            };
            let Ok(Some(line)) = line else { return Ok(None) };
            match serde_json::from_str::<WorkEvent>(&line) {
                Ok(last @ (WorkEvent::Planned { .. } | WorkEvent::Cleared { .. } | WorkEvent::Sited { .. })) => {
                    return Ok(Some(last));
                }
                Ok(WorkEvent::Failed { error }) => return Err(WorkError::Refused(error)),
                Ok(event) => {
                    if matches!(event, WorkEvent::Preparing { .. }) {
                        until = deadline();
                    }
                    on_event(event);
                }
                Err(cause) => return Err(WorkError::Garbled(cause.to_string())),
            }
        }
    };
    let answer = tokio::select! {
        answer = conversation => answer,
        () = cancelled => Err(WorkError::Cancelled),
    };
    drop(input);
    match answer {
        Ok(Some(last)) => {
            let _ = child.wait().await;
            Ok(last)
        }
        Ok(None) => {
            let code = child.wait().await.ok().and_then(|status| status.code());
            Err(WorkError::Ended { code, cause: complaints.await.unwrap_or_default() })
        }
        Err(error) => {
            end(&mut child).await;
            Err(error)
        }
    }
}

/// The longest that the order lets the child work after its preparation; `None` where an iteration cap alone ends it.
fn seconds_of(order: &WorkOrder) -> Option<Duration> {
    Duration::try_from_secs_f64(order.limits.seconds?).ok()
}

async fn end(child: &mut Child) {
    let _ = child.kill().await;
}
