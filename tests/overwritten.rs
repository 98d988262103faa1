//! A dirty buffer over a block that the disk counts as used: copy-on-write never takes one, unless its space map is an old copy.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library::{self, Entry, find};
use dm_cache_lab::scenario::run::{Options, Run};

fn run(entry: &Entry, sharing: Sharing) -> Run {
    let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(sharing), ..Options::default() });
    run.finish();
    run
}

#[test]
fn with_one_shared_object_no_block_in_use_is_ever_written_anew() {
    for entry in library::ALL {
        for world in &run(entry, Sharing::On).worlds {
            for step in 0..world.timeline.steps().len() {
                let view = world.timeline.view_at(step);
                for object in view.objects.keys() {
                    assert_eq!(view.overwritten_blocks(*object), [0; 0], "{}, step {}", entry.name, step + 1);
                }
            }
        }
    }
}

#[test]
fn without_the_fix_the_second_object_takes_blocks_that_the_first_has_committed_and_the_picture_says_so() {
    let run = run(&find("lvm-extend").unwrap(), Sharing::Off);
    let timeline = &run.worlds[0].timeline;
    let at = |said: &str| timeline.steps().iter().position(|s| s.sentence.starts_with(said)).unwrap();
    let loads = timeline.view_at(at("I/O goes through B now.")).picture();
    let b = loads.objects.iter().find(|o| o.letter == "b").unwrap();
    assert_eq!(b.overwrites, [7, 8, 9]);
    assert!(loads.to_string().contains("dirty over blocks in use on disk: 7..9"), "{loads}");
    // Both roots are block 9, and yet they are two trees.
    assert_eq!(b.roots[0], ("mapping_root".to_owned(), 9));
    assert_eq!(loads.metadata[0].mapping_root, Some(9));
    let gone = &timeline.steps()[at("Nobody holds object a any more.")];
    assert!(gone.sentence.ends_with("both say root 9, but b's block 9 is another tree, still dirty."), "{}", gone.sentence);
}
