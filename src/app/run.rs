//! Scripts as the page runs them: read, with the image that they stand on.

use super::image::Contents;
use crate::playback::Playback;
use crate::scenario::Script;
use crate::scenario::run::Options;
use dm_cache_engine::event::Event;
use dm_cache_engine::world::World;
use std::rc::Rc;

/// A script that could be read, with its text.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: String,
    pub(super) script: Script,
    /// What the disk `meta` holds from the start, of an image that was opened.
    pub(super) loaded: Option<Rc<Contents>>,
}

/// Why a script cannot be read, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Problem {
    /// Line, counted from 1.
    pub(super) line: usize,
    /// Column in characters, counted from 1.
    pub(super) column: usize,
    pub(super) message: String,
    /// What was expected there.
    pub(super) expected: String,
    /// How to go on.
    pub(super) help: Option<String>,
}

/// Reads a script.
pub(super) fn read(name: &str, text: &str) -> Result<Rc<Source>, Problem> {
    match crate::scenario::parse(name, text) {
        Ok(script) => Ok(Rc::new(Source { text: text.to_owned(), script, loaded: None })),
        Err(e) => Err(Problem { line: e.line, column: e.column, message: e.message, expected: e.label, help: e.help }),
    }
}

/// A playback of a script; nothing of it has run.
pub(super) fn playback(source: &Source, options: Options) -> Playback {
    Playback::new(source.script.clone(), options, |world| load(world, source.loaded.as_deref()))
}

/// Puts an image onto the disk `meta`, behind the machine's back.
fn load(world: &mut World, contents: Option<&Contents>) {
    let Ok(dev) = world.lookup_dev("/dev/meta") else { return };
    for (block, page) in contents.iter().flat_map(|c| &c.pages) {
        if let Some(disk) = world.disk_mut(dev) {
            disk.poke(*block, page.clone());
        }
        world.note(Event::DiskWrite { dev, block: *block, page: page.clone(), by: None });
    }
}
