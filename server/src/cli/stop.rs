//! What ends a search on the command line: the wall clock and Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
pub(crate) fn on_interrupt() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        runtime.block_on(async {
            let interrupted = tokio::signal::ctrl_c();
            #[cfg(unix)]
            if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            } else {
                let _ = tokio::signal::ctrl_c().await;
            }
            #[cfg(not(unix))]
            let _ = interrupted.await;
        });
        raised.store(true, Ordering::Relaxed);
    });
    flag
}
