//! The verdicts of a step as chips: shape and pattern say which kind, colour only repeats it.

use super::icons::{Icon, icon};
use crate::playback::Frame;
use crate::timeline::chips::{Chip, ChipKind, chips};
use yew::prelude::*;

/// Metadata check, then data: never merged, because the contrast between them is the lesson.
pub(super) fn verdicts(frame: &Frame) -> Html {
    html! { <div class="verdicts" role="status">{ for chips(&frame.picture, frame.check).iter().map(chip) }</div> }
}

fn chip(chip: &Chip) -> Html {
    let (title, name) = if chip.of == "check" { ("Metadata check", "check") } else { ("Data truth", "truth") };
    let sign = match chip.kind {
        ChipKind::Passes | ChipKind::Kept => Icon::Check,
        ChipKind::Fails | ChipKind::Lost => Icon::Cross,
        ChipKind::Unreadable => Icon::Pause,
        ChipKind::Old => Icon::Corner,
        ChipKind::Unpromised => Icon::Ring,
        ChipKind::Unknown => Icon::Question,
    };
    let failing = chip.kind.is_failing();
    html! {
        <div class={classes!("verdict", failing.then_some("failing"), chip.kind.word())} data-verdict={name} data-kind={chip.kind.word()} data-failing={failing.to_string()}>
            { icon(sign) }
            <span><span>{ title }</span><strong>{ &chip.said }</strong></span>
        </div>
    }
}
