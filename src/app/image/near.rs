//! The block that is looked at among those beside it, large enough to read.

use super::map::look;
use super::{ImageMsg, Shown, tell};
use crate::app::page::Link;
use dm_cache_image::browse::seen::{Near, Owner};
use yew::prelude::*;

pub(super) fn view(shown: &Shown, link: &Link) -> Html {
    let Some(seen) = shown.seen() else { return html! { <div class="near" /> } };
    let entries = seen.cblocks.map(|(from, to)| format!(", entries for cblocks {from}–{to}")).unwrap_or_default();
    let whose = if seen.owner == Owner::Free { "free".to_owned() } else { format!("{}, {}", look(seen.owner).1.to_lowercase(), seen.kind) };
    let tile = |near: &Near| {
        let bad = shown.overview.bad.binary_search(&near.block).is_ok();
        let current = near.block == seen.block;
        let (class, name) = look(near.owner);
        let state = if bad { ", unreadable" } else { "" };
        html! {
            <button type="button" class={classes!("near-tile", class, bad.then_some("bad"))} data-near={near.block.to_string()}
                aria-current={current.then_some("true")} aria-label={format!("Block {}, {}{state}", near.block, name.to_lowercase())}
                onclick={tell(link, ImageMsg::Block(near.block))}>
                <b>{ if bad { '✗' } else { near.letter.unwrap_or('·') } }</b><span class="mono">{ near.block }</span>
            </button>
        }
    };
    html! {
        <div class="near" role="group" aria-label="Neighbouring blocks">
            <p><strong class="mono">{ format!("Block {}", seen.block) }</strong><span class="quiet">{ whose }{ entries }</span></p>
            <div class="near-row">{ for seen.near.iter().map(tile) }</div>
        </div>
    }
}
