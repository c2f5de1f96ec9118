//! What ends a search on the command line: the wall clock and Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use huilu_optimizer::limits::Clock;

/// Seconds since the program started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock(pub(crate) Instant);

impl Clock for WallClock {
    fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// A flag that Ctrl-C (or a termination request) raises, so that the best solution so far is still written.
///
/// Once it returns neither of them ends the process any more: call it before the instance is read.
pub(crate) fn on_interrupt() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let (installing, installed) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            let Ok(told) = told_to_end() else { return };
            drop(installing);
            told.await;
            raised.store(true, Ordering::Relaxed);
        });
    });
    // However the thread fares, it lets go of its end; where it failed, signals do what they do by themselves.
    let _ = installed.recv();
    flag
}

/// Installs the handlers, and waits for a signal when it is awaited.
#[cfg(unix)]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
