//! The digest over every event of every scenario, block bytes included: the same natively and in wasm.
//!
//! `tests/scenario-digests.txt` holds them. When the engine's events change on purpose, `DMLAB_BLESS=1` rewrites it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use dm_cache_lab::scenario::library::ALL;
use dm_cache_lab::scenario::run::{Options, Run};

fn digests() -> String {
    let mut out = String::new();
    for entry in ALL {
        let mut run = Run::new(entry.script().unwrap(), Options::default());
        run.finish();
        for world in &run.worlds {
            let sharing = if world.sharing { "on" } else { "off" };
            out += &format!("{} {sharing} {}\n", entry.name, world.timeline.digest());
        }
    }
    out
}

#[cfg_attr(not(target_arch = "wasm32"), test)]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
fn every_event_is_the_same_everywhere() {
    let seen = digests();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("DMLAB_BLESS").is_some() {
        std::fs::write("tests/scenario-digests.txt", &seen).unwrap();
        return;
    }
    assert_eq!(seen, include_str!("scenario-digests.txt"), "DMLAB_BLESS=1 rewrites tests/scenario-digests.txt");
}
