//! Seeking in a long run, as the page does it: the View at any step, and the picture drawn from it.

use dm_cache_engine::device::Page;
use dm_cache_engine::event::Event;
use dm_cache_lab::scenario;
use dm_cache_lab::scenario::run::{Options, Run};
use dm_cache_lab::timeline::Timeline;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Statements are added in rounds of a promotion and a commit, about six steps each; every [`SWAP_EVERY`] rounds the table is swapped.
const STEPS_PER_ROUND: usize = 6;
const SWAP_EVERY: usize = 50;

/// A recorded run to seek in.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
pub struct Seeking {
    timeline: Timeline,
}

fn script(steps: usize) -> String {
    let mut text = String::from("# A long run\ndisk meta 4M\ndisk fast 256M\ndisk slow 1G\n");
    text += "let T = 0 2097152 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 2 migration_threshold 0\n";
    text += "$ dmsetup create c --table '$T'\n";
    for round in 0..steps / STEPS_PER_ROUND {
        // Writing into a String cannot fail. The byte differs from block to block, so that no page is another's copy.
        let _ = writeln!(text, "write c {round} 0x{:02x}\n$ dmsetup status c", round % 255 + 1);
        if round % SWAP_EVERY == SWAP_EVERY - 1 {
            text += "$ dmsetup reload c --table '$T'\n$ dmsetup suspend c\n$ dmsetup resume c\n";
        }
    }
    text
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen)]
impl Seeking {
    /// Records a run of at least `steps` steps; of none at all if the script is refused.
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen::prelude::wasm_bindgen(constructor))]
    #[must_use]
    pub fn new(steps: u32) -> Self {
        let recorded = scenario::parse("long run", &script(steps as usize)).ok().and_then(|script| {
            let mut run = Run::new(script, Options::default());
            run.finish();
            run.worlds.into_iter().next()
        });
        Self { timeline: recorded.map(|world| world.timeline).unwrap_or_default() }
    }

    /// Steps recorded.
    #[must_use]
    pub fn steps(&self) -> u32 {
        u32::try_from(self.timeline.steps().len()).unwrap_or(u32::MAX)
    }

    /// Goes to a step; a number that depends on what is seen there.
    #[must_use]
    pub fn seek(&self, step: u32) -> u32 {
        u32::try_from(self.timeline.view_at(step as usize).commands.len()).unwrap_or(u32::MAX)
    }

    /// Goes to a step and makes its picture, as the page does; a number that depends on what is seen there.
    #[must_use]
    pub fn draw(&self, step: u32) -> u32 {
        let view = self.timeline.view_at(step as usize);
        let picture = view.picture();
        let lost: usize = picture.data.iter().map(|d| d.lost.len()).sum();
        u32::try_from(view.commands.len() + lost).unwrap_or(u32::MAX)
    }
}

impl Seeking {
    /// Events recorded.
    #[must_use]
    pub fn events(&self) -> usize {
        self.timeline.events().len()
    }

    /// How many different pages the events hold.
    #[must_use]
    pub fn distinct_pages(&self) -> usize {
        let pages: BTreeSet<&[u8; 4096]> = self.timeline.events().iter().flat_map(Event::pages).map(Page::bytes).collect();
        pages.len()
    }
}
