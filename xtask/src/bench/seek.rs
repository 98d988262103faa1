//! Seeking in a run of 10,000 steps: natively and in wasm, forward and back, and what a step costs in memory.
#![allow(clippy::print_stdout, reason = "a report is printed")]

use super::blocks::measure;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Goals: the longest of 200 seeks, the picture made too, in milliseconds, natively and in wasm.
const SEEK_MS: [(&str, f64); 2] = [("native", 16.0), ("wasm", 50.0)];
/// Goal: bytes of memory a step beyond the pages of distinct content.
const STEP_BYTES: f64 = 2048.0;
/// Goal: stepping back costs what stepping forward does, within the noise of a busy machine.
const BACK_SHARE: f64 = 1.25;

pub(super) fn run() -> Result<()> {
    let (native, wasm) = measure("seek")?;
    ensure!(native["digest"] == wasm["digest"], "native and wasm did not see the same");
    let number = |of: &Value, name: &str| of[name].as_f64().with_context(|| format!("no {name}"));
    let steps = number(&native, "steps")?;
    println!("seeking in a run of {steps} steps ({} events), each seek followed by making the picture", number(&native, "events")?);
    let mark = |missed: bool| if missed { "MISSED" } else { "reached" };
    for ((name, goal), result) in SEEK_MS.into_iter().zip([&native, &wasm]) {
        let (mean, longest) = (number(result, "mean_ns")? / 1e6, number(result, "max_ns")? / 1e6);
        let back = number(result, "back_ns")? / number(result, "forward_ns")?;
        println!(
            "  {name:<6} {mean:6.2} ms on average, {longest:6.2} ms at most (without the picture {:.2}), goal {goal} ms {}   a step back costs {back:.2} of one forward {}",
            number(result, "seek_max_ns")? / 1e6,
            mark(longest > goal),
            mark(back > BACK_SHARE)
        );
    }
    let (bytes, pages) = (number(&native, "bytes")?, number(&native, "pages")?);
    let each = (bytes - pages * 4096.0) / steps;
    println!(
        "  the timeline holds {:.1} MB, of it {pages} distinct pages; {each:.0} bytes a step beyond them, goal {STEP_BYTES} {}",
        bytes / 1e6,
        mark(each > STEP_BYTES)
    );
    Ok(())
}
