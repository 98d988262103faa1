#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::api::MarkKind;
use crate::scene::Form;

fn open(sharing: Sharing) -> Player {
    Player::library("reload-while-live", &Opening { sharing: Some(sharing), ..Opening::default() }).unwrap()
}

fn lost(player: &Player, world: usize) -> Vec<u64> {
    player.view(world).unwrap().picture().data.iter().flat_map(|d| d.lost.clone()).collect()
}

#[test]
fn what_is_lost_without_sharing_is_kept_with_it() {
    let mut player = open(Sharing::Compare);
    player.seek(&Target::Label("end".into())).unwrap();
    assert_eq!(lost(&player, 0), [50, 51, 52, 53]);
    assert!(lost(&player, 1).is_empty());
    let frame = player.frame();
    assert_eq!(frame.position, frame.last);
    assert_eq!(frame.worlds.iter().map(|w| w.sharing).collect::<Vec<_>>(), [false, true]);
    // The trees are whole, each of them: no check finds what is lost.
    assert_eq!(frame.worlds.iter().map(|w| w.check_errors).collect::<Vec<_>>(), [Some(0), Some(0)]);
}

#[test]
fn seeking_goes_to_steps_shares_and_labels_and_names_what_it_does_not_find() {
    let mut player = open(Sharing::Off);
    assert_eq!(player.seek(&Target::Step(5)).unwrap(), 5);
    assert_eq!(player.seek(&Target::Percent(100.0)).unwrap(), player.last());
    let at = player.seek(&Target::Label("swapped".into())).unwrap();
    assert!(player.frame().line.is_some());
    assert!(player.marks().iter().any(|m| m.kind == MarkKind::Label && m.text == "swapped" && m.at == at));
    let wrong = player.seek(&Target::Label("swaped".into())).unwrap_err();
    assert_eq!(wrong.code, Code::NoLabel);
    assert!(wrong.help.unwrap().contains("swapped"));
    assert_eq!(player.seek(&Target::Step(100_000)).unwrap_err().code, Code::NoStep);
    assert_eq!(player.position(), at, "the playhead stays where it was");
}

#[test]
fn stepping_ends_at_the_ends() {
    let mut player = open(Sharing::On);
    assert_eq!(player.step(-3), 0);
    assert_eq!(player.step(2), 2);
    assert_eq!(player.step(isize::MAX), player.last());
}

#[test]
fn a_typed_line_becomes_part_of_the_script_and_its_output_comes_back() {
    let mut player = open(Sharing::Compare);
    let typed = player.type_line("dmsetup table c").unwrap();
    assert_eq!(typed.len(), 2);
    assert!(typed[0].output.starts_with("0 262144 cache"), "{typed:?}");
    assert!(player.script().trim_end().ends_with("$ dmsetup table c"));
    let typed = player.type_line("read c 50..50").unwrap();
    assert_eq!(typed.iter().map(|t| t.output.trim()).collect::<Vec<_>>(), ["00", "42"]);
    let before = player.script().to_owned();
    assert_eq!(player.type_line("write c 0..").unwrap_err().code, Code::Script);
    assert_eq!(player.script(), before);
    for nothing in ["", "  ", "# a remark", "#", "# write it back"] {
        let typed = player.type_line(nothing).unwrap();
        assert!(typed.len() == 2 && typed.iter().all(|t| t.output.is_empty() && t.rc == 0), "{nothing:?}");
        assert_eq!(player.script(), before, "{nothing:?}");
    }
    // The same text runs to the same end.
    let again = Player::new(&before, &Opening { sharing: Some(Sharing::Compare), ..Opening::default() }).unwrap();
    let digest = |p: &Player| p.run().worlds.iter().map(|w| w.timeline.digest()).collect::<Vec<_>>();
    assert_eq!(digest(&again), digest(&player));
}

#[test]
fn an_image_taken_at_a_step_is_what_the_check_reads() {
    let mut player = open(Sharing::Off);
    player.seek(&Target::Label("written".into())).unwrap();
    let image = player.image(0, "/dev/meta").unwrap();
    assert_eq!(image.len(), 4 << 20);
    assert_eq!(crate::api::check(&image).exit_code(), 0);
    assert!(crate::api::dump(&image, crate::api::DumpOptions::default()).unwrap().contains("<superblock"));
    assert_eq!(player.image(0, "nothing").unwrap_err().code, Code::NoDevice);
    assert_eq!(player.image(7, "meta").unwrap_err().code, Code::NoWorld);
}

#[test]
fn expectations_are_marks_that_say_what_was_seen() {
    let player = open(Sharing::Off);
    let failed: Vec<_> = player.marks().iter().filter(|m| m.held == Some(false)).collect();
    assert!(!failed.is_empty());
    assert!(failed.iter().all(|m| m.as_declared && m.note.is_some() && m.line.is_some()));
    assert!(open(Sharing::On).marks().iter().all(|m| m.held != Some(false)));
}

#[test]
fn errors_have_a_code_and_a_place() {
    let wrong = Player::new("dm-cache-lab 1\nexpct objects 1\n", &Opening::default()).unwrap_err();
    assert_eq!((wrong.code.name(), wrong.place.map(|p| p.0)), ("SCRIPT", Some(2)));
    let wrong = Player::library("reload-while-life", &Opening::default()).unwrap_err();
    assert_eq!(wrong.code.name(), "NO_SCENARIO");
    assert_eq!(wrong.help.as_deref(), Some("did you mean `reload-while-live`?"));
    let wrong = Player::library("crash", &Opening { profile: Some("2.4".into()), ..Opening::default() }).unwrap_err();
    assert_eq!(wrong.code.name(), "OPTION");
}

#[test]
fn every_scenario_of_the_library_has_its_picture_at_every_position() {
    for entry in library::ALL {
        let mut player = Player::library(entry.name, &Opening::default()).unwrap();
        player.seek(&Target::Percent(100.0)).unwrap();
        for world in 0..player.run().worlds.len() {
            assert!(player.svg(world, Form::Whole).unwrap().starts_with("<svg"), "{}", entry.name);
            assert!(player.text(world).unwrap().contains(player.title()));
        }
    }
}

#[test]
fn a_disk_that_the_script_fills_from_a_file_is_handed_over_and_missed_by_name() {
    let script = "# T\ndisk meta 4M from meta.img\n$ cache_check /dev/meta\nexpect rc 0\n";
    let missed = Player::new(script, &Opening::default()).unwrap_err();
    assert_eq!((missed.code, missed.message.contains("`meta.img`")), (Code::Image, true), "{missed}");
    assert!(missed.help.unwrap().contains("{ meta: bytes }"));
    let mut seen = open(Sharing::Off);
    seen.seek(&Target::Label("written".into())).unwrap();
    let image = seen.image(0, "meta").unwrap();
    let filled =
        |disk: &str, bytes: Vec<u8>| Player::new(script, &Opening { disks: [(disk.to_owned(), bytes)].into(), ..Opening::default() });
    let player = filled("meta", image.clone()).unwrap();
    assert!(player.run().is_as_declared());
    assert_eq!(player.image(0, "meta").unwrap()[..4096], image[..4096]);
    assert!(filled("meta", b"<superblock".to_vec()).unwrap_err().message.contains("dmlab restore"));
    assert_eq!(filled("slow", Vec::new()).unwrap_err().code, Code::Image);
    assert_eq!(filled("meta", vec![0; (4 << 20) + 1]).unwrap_err().code, Code::Image);
}
