//! A bound on memory that needs no sanitizer: over it, allocation fails and the process ends, so
//! that the input is kept.

use std::{alloc::System, panic, sync::Once};

use cap::Cap;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Lifts the bound once something panics: what is said about it takes memory as well.
pub fn lift_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let lifted = ALLOCATOR.set_limit(usize::MAX);
            lifted.expect("no limit is above every use");
            before(info);
        }));
    });
}

/// Calls `work` with at most so many MiB more than are in use now.
pub fn within(mib: usize, work: impl FnOnce()) {
    let most = ALLOCATOR.allocated().saturating_add(mib << 20);
    ALLOCATOR
        .set_limit(most)
        .expect("the limit lies above what is in use");
    work();
    ALLOCATOR
        .set_limit(usize::MAX)
        .expect("no limit is above every use");
}
