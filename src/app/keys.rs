//! The keyboard.

use super::look::LookMsg;
use super::msg::{Move, Msg};
use crate::scenario::ast::Sharing;

/// Every key with what it does, for the help.
pub(super) const HELP: [(&str, &str); 21] = [
    ("Space", "play / pause"),
    ("← →", "step back / forward"),
    ("Shift ← →", "previous / next command"),
    ("Home End", "first / last step"),
    ("d", "first divergence"),
    ("f", "next failed expect or command"),
    ("o n c", "sharing off / on / compare"),
    ("p", "all scenarios"),
    ("1–9", "scenario"),
    ("n r", "in the races: next failing order, any order"),
    ("g", "go to a block"),
    ("x", "inspector: fields / bytes"),
    ("Shift P", "present: the stage on the whole screen"),
    ("Shift T", "stage as a picture / as a table"),
    ("`", "console"),
    ("i", "inspector"),
    ("t", "theme: system, light, dark"),
    ("Tab, ← →", "go through everything; along the tiles"),
    ("Enter", "open the tile in the inspector"),
    ("Esc", "close"),
    ("?", "this list"),
];

/// What a key pressed outside of a text field asks for.
pub(super) fn message(key: &str, shift: bool) -> Option<Msg> {
    let to = |to| Some(Msg::Move(to));
    match (key, shift) {
        (" ", _) => Some(Msg::Toggle),
        ("ArrowLeft", false) => to(Move::Back),
        ("ArrowRight", false) => to(Move::Forward),
        ("ArrowLeft", true) => to(Move::PreviousCommand),
        ("ArrowRight", true) => to(Move::NextCommand),
        ("Home", _) => to(Move::First),
        ("End", _) => to(Move::Last),
        ("d", _) => to(Move::Divergence),
        ("f", _) => to(Move::NextFailure),
        ("o", _) => Some(Msg::Sharing(Sharing::Off)),
        ("n", _) => Some(Msg::Sharing(Sharing::On)),
        ("c", _) => Some(Msg::Sharing(Sharing::Compare)),
        ("i", _) => Some(Msg::Inspector),
        ("p", _) => Some(Msg::Picker(true)),
        ("t", _) => Some(Msg::Theme),
        ("P", _) => Some(Msg::Look(LookMsg::Present(true))),
        ("T", _) => Some(Msg::Look(LookMsg::Table)),
        ("x", _) => Some(Msg::Look(LookMsg::Hex)),
        ("g", _) => Some(Msg::Look(LookMsg::Going(true))),
        ("?", _) => Some(Msg::Help),
        ("Escape", _) => Some(Msg::Close),
        (digit, _) => match digit.parse::<usize>() {
            Ok(n @ 1..=9) => Some(Msg::Scenario(n - 1)),
            _ => None,
        },
    }
}
