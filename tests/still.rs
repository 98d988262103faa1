//! The picture of the landing, wide and narrow: drawn by the same engine, kept as files, and true to what the landing says.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_lab::api::{Opening, Player, Target};
use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scene::Form;

/// The old table lets go of its object next: both objects are there, and four blocks are lost.
fn moment() -> Player {
    let mut player = Player::library("reload-while-live", &Opening { sharing: Some(Sharing::Off), ..Opening::default() }).unwrap();
    let steps = player.world(0).unwrap().timeline.steps();
    let step = steps.iter().position(|s| s.sentence.starts_with("A is in no slot any more")).unwrap();
    player.seek(&Target::read(&step.to_string()).unwrap()).unwrap();
    player
}

#[test]
fn the_stills_are_what_the_engine_draws_today() {
    for (file, form) in [("www/still.svg", Form::Small), ("www/still-narrow.svg", Form::Narrow)] {
        let mut drawn = moment().svg(0, form).unwrap();
        // It stands in an `img`, whose `alt` says what is seen: a description inside is read by nobody.
        let (from, to) = (drawn.find("<desc>").unwrap(), drawn.find("</desc>\n").unwrap() + "</desc>\n".len());
        drawn.replace_range(from..to, "");
        if std::env::var_os("UPDATE_STILL").is_some() {
            std::fs::write(file, &drawn).unwrap();
        }
        assert!(drawn == std::fs::read_to_string(file).unwrap(), "{file} is old: run this test with UPDATE_STILL=1");
    }
}

#[test]
fn the_landing_says_the_verdicts_of_its_picture() {
    let landing = std::fs::read_to_string("index.html").unwrap();
    let frame = moment().frame();
    assert_eq!(frame.worlds[0].chips.len(), 2);
    for chip in &frame.worlds[0].chips {
        assert!(landing.contains(&format!("<strong>{}</strong>", chip.said)), "the landing does not say {}", chip.said);
    }
}
