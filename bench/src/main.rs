//! Prints, as one JSON object, how many nanoseconds each workload takes natively, or, with the word `seek`, how many a seek in
//! a long run takes; `cargo xtask bench` sets them beside wasm's.

#![allow(clippy::print_stdout, reason = "this is its purpose")]

use dm_cache_lab_bench as bench;
use std::time::Instant;

fn timed<T>(work: impl FnOnce() -> T) -> (u128, T) {
    let start = Instant::now();
    let value = work();
    (start.elapsed().as_nanos(), value)
}

/// Bytes of memory in use by this process.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Seeks to the same steps as `wasm.mjs`. Memory is what the whole process grew by, pages of distinct content not counted.
fn seek() {
    let before = resident();
    let run = bench::seek::Seeking::new(10_000);
    let grown = resident().saturating_sub(before);
    let (steps, pages) = (run.steps(), run.distinct_pages());
    let (mut all, mut longest, mut digest) = (0, 0, 0u32);
    for n in 0..200u32 {
        let (ns, seen) = timed(|| run.seek(n.wrapping_mul(2_654_435_761) % steps.max(1)));
        (all, longest, digest) = (all + ns, longest.max(ns), digest.wrapping_mul(31).wrapping_add(seen));
    }
    let middle = steps / 2;
    let (forward, _) = timed(|| (middle..middle + 100).map(|s| u64::from(run.seek(s))).sum::<u64>());
    let (back, _) = timed(|| (middle..middle + 100).rev().map(|s| u64::from(run.seek(s))).sum::<u64>());
    println!(
        "{{\"steps\": {steps}, \"mean_ns\": {}, \"max_ns\": {longest}, \"forward_ns\": {forward}, \"back_ns\": {back}, \"digest\": {digest}, \"grown\": {grown}, \"pages\": {pages}}}",
        all / 200
    );
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("seek") {
        return seek();
    }
    let mut lines = Vec::new();
    for (which, name, ops) in [(0, "hits", 400_000), (1, "promotions", 8_192), (2, "zipf", 200_000), (3, "hits_recorded", 100_000)] {
        // The same run with no requests is what setting up costs.
        let (setup, _) = timed(|| bench::workload(which, 0));
        let (all, digest) = timed(|| bench::workload(which, ops));
        lines.push(format!("\"{name}\": {{\"ops\": {ops}, \"ns\": {}, \"digest\": \"{digest:x}\"}}", all.saturating_sub(setup)));
    }
    let (create, machine) = timed(|| bench::machine(1_000_000, false));
    lines.push(format!("\"create_1m\": {{\"ns\": {create}}}"));
    if let Some((world, dev)) = machine {
        let (clone, mut copy) = timed(|| world.clone());
        let (step, _) = timed(|| bench::fill(&mut copy, dev, 1));
        lines.push(format!("\"clone_1m\": {{\"ns\": {clone}}}, \"step_after_clone_1m\": {{\"ns\": {step}}}"));
    }
    println!("{{{}}}", lines.join(", "));
}
