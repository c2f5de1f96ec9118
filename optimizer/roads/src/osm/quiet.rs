//! Catches a decoder's panics without a word on standard error.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread is decoding.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// `None` where `decode` panicked. Panics of other threads and outside of `decode` are told as they were before: the hook
/// is put in front of the one that is there.
pub(super) fn catch<T>(decode: impl FnOnce() -> T) -> Option<T> {
    static IN_FRONT: Once = Once::new();
    IN_FRONT.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                told(panic);
            }
        }));
    });
    let before = DECODING.replace(true);
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(before);
    decoded.ok()
}
