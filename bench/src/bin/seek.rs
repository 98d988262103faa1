//! Prints, as one JSON object, how many nanoseconds a seek in a long run takes natively and how much memory the run's timeline
//! holds; `cargo xtask bench seek` sets the times beside wasm's.

#![allow(clippy::print_stdout, reason = "this is its purpose")]

use dm_cache_lab_bench::seek::Seeking;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::time::Instant;

#[global_allocator]
static ALLOCATED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes on the heap now.
fn held() -> usize {
    let stats = ALLOCATED.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

fn timed<T>(work: impl FnOnce() -> T) -> (u128, T) {
    let start = Instant::now();
    let value = work();
    (start.elapsed().as_nanos(), value)
}

/// Seeks to the same steps as `wasm.mjs`.
fn main() {
    let before = held();
    let run = Seeking::new(10_000);
    let bytes = held() - before;
    let steps = run.steps();
    let (mut all, mut longest, mut longest_view, mut digest) = (0, 0, 0, 0u32);
    for n in 0..200u32 {
        let step = n.wrapping_mul(2_654_435_761) % steps.max(1);
        let (view_ns, _) = timed(|| run.seek(step));
        let (ns, seen) = timed(|| run.draw(step));
        longest_view = longest_view.max(view_ns);
        (all, longest, digest) = (all + ns, longest.max(ns), digest.wrapping_mul(31).wrapping_add(seen));
    }
    let middle = steps / 2;
    let (forward, _) = timed(|| (middle..middle + 100).map(|s| u64::from(run.draw(s))).sum::<u64>());
    let (back, _) = timed(|| (middle..middle + 100).rev().map(|s| u64::from(run.draw(s))).sum::<u64>());
    println!(
        "{{\"steps\": {steps}, \"events\": {}, \"seek_max_ns\": {longest_view}, \"mean_ns\": {}, \"max_ns\": {longest}, \"forward_ns\": {forward}, \"back_ns\": {back}, \"digest\": {digest}, \"bytes\": {bytes}, \"pages\": {}}}",
        run.events(),
        all / 200,
        run.distinct_pages()
    );
}
