//! Prints, as one JSON object, how many nanoseconds each workload takes natively; `cargo xtask bench` sets them beside wasm's.
//!
//! With two arguments, a workload's name and a count of requests, it does just these and prints the digest: for a program that counts
//! instructions.

#![allow(clippy::print_stdout, reason = "this is its purpose")]

use dm_cache_lab_bench as bench;
use std::time::Instant;

fn timed<T>(work: impl FnOnce() -> T) -> (u128, T) {
    let start = Instant::now();
    let value = work();
    (start.elapsed().as_nanos(), value)
}

/// Number, name and requests of each workload.
const WORKLOADS: [(u32, &str, u32); 4] =
    [(0, "hits", 400_000), (1, "promotions", 8_192), (2, "zipf", 200_000), (3, "hits_recorded", 100_000)];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [name, ops] = &args[..]
        && let Some((which, ..)) = WORKLOADS.iter().find(|w| w.1 == name)
        && let Ok(ops) = ops.parse()
    {
        println!("{:x}", bench::workload(*which, ops));
        return;
    }
    let mut lines = Vec::new();
    for (which, name, ops) in WORKLOADS {
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
