//! Block requests through the whole target: natively, in wasm, and the ratio of the two.
#![allow(clippy::print_stdout, reason = "a report is printed")]

use crate::sh::{cmd, root};
use crate::tools;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Goals: hits per second natively, and wasm's share of the native speed.
const HITS_PER_SECOND: f64 = 1_000_000.0;
const WASM_SHARE: f64 = 0.6;
const CREATE_1M_MS: f64 = 1000.0;
/// The optimisation level that speed is measured at; the page itself is built for size.
const PROFILE: &str = "release";

/// Builds the programs and lets both measure `part` (`blocks` or `seek`): what they print, native and wasm.
pub(super) fn measure(part: &str) -> Result<(Value, Value)> {
    tools::wasm_target()?;
    tools::wasm_bindgen(tools::Progress::Shown)?;
    let package = format!("cargo build --quiet --profile {PROFILE} --package dm-cache-lab-bench");
    cmd(&package).arg("--bin").arg(format!("dm-cache-lab-bench-{part}")).run()?;
    cmd(&format!("{package} --lib --target wasm32-unknown-unknown")).run()?;
    let out = root().join("target/bench/wasm");
    let wasm = root().join("target/wasm32-unknown-unknown/release/dm_cache_lab_bench.wasm");
    cmd("wasm-bindgen --target nodejs --out-dir").arg(&out).arg(&wasm).run()?;

    // What wasm-bindgen writes for node is CommonJS; the project's own package.json says otherwise.
    std::fs::write(out.join("package.json"), r#"{"type": "commonjs"}"#)?;

    let native = cmd(&format!("target/release/dm-cache-lab-bench-{part}")).read()?;
    let wasm = cmd("node bench/wasm.mjs").arg(&out).arg(part).read()?;
    Ok((serde_json::from_str(&native)?, serde_json::from_str(&wasm)?))
}

pub(super) fn run() -> Result<()> {
    let (native, wasm) = measure("blocks")?;
    println!("block requests per second through the whole target");
    for name in ["hits", "promotions", "zipf", "hits_recorded"] {
        let (fast, slow) = (per_second(&native, name)?, per_second(&wasm, name)?);
        ensure!(native[name]["digest"] == wasm[name]["digest"], "{name}: native and wasm did not do the same");
        let share = slow / fast;
        let missed = if name == "hits" && fast < HITS_PER_SECOND { "  MISSED: goal 1,000,000 native" } else { "" };
        let slow_mark = if name == "hits" && share < WASM_SHARE { "  MISSED: goal 60 %" } else { "" };
        println!("  {name:<14} native {fast:>10.0}   wasm {slow:>10.0}   wasm/native {:>4.0} %{missed}{slow_mark}", share * 100.0);
    }
    let heard = per_second(&native, "hits")? / per_second(&native, "hits_recorded")?;
    println!("  with every event recorded a hit costs {heard:.2} times as much as with nobody listening");
    let ms = |name: &str| native[name]["ns"].as_f64().map(|ns| ns / 1e6).with_context(|| format!("no {name}"));
    let create = ms("create_1m")?;
    let missed = if create > CREATE_1M_MS { "  MISSED: goal under a second" } else { "" };
    println!(
        "a cache of 1,000,000 blocks: created in {create:.0} ms{missed}, cloned in {:.3} ms, the next promotion takes {:.3} ms",
        ms("clone_1m")?,
        ms("step_after_clone_1m")?
    );
    Ok(())
}

fn per_second(results: &Value, name: &str) -> Result<f64> {
    let result = &results[name];
    let (ops, ns) = (result["ops"].as_f64(), result["ns"].as_f64());
    let (ops, ns) = ops.zip(ns).with_context(|| format!("no result for {name}"))?;
    Ok(ops / ns * 1e9)
}
