//! The data of each mapped device, block by block: where the newest bytes are, what a read returns, and why a block is dirty or lost.

use super::model::Model;
use super::msg::{Datum, Move, Msg};
use super::page::{Link, send};
use super::panes::Pane;
use crate::playback::MarkKind;
use crate::timeline::chips;
use crate::timeline::picture::{DataBlock, DataPicture};
use dm_cache_engine::world::verdict::Verdict;
use yew::prelude::*;

/// Rows that are listed at most.
const ROWS_MAX: usize = 100;

/// The block that was chosen in the picture or in the table.
pub(super) fn chosen(model: &Model, link: &Link) -> Option<Html> {
    let datum = model.datum.as_ref()?;
    let data = model.frame()?.picture.data.iter().find(|d| d.device == datum.device)?;
    let block = data.blocks.iter().find(|b| b.oblock == datum.oblock)?;
    Some(told(model, link, data, block))
}

/// All blocks that were written or are cached.
pub(super) fn all(model: &Model, link: &Link) -> Option<Html> {
    let chosen = |data: &DataPicture| model.datum.as_ref().filter(|d| d.device == data.device).map(|d| d.oblock);
    Some(html! { <>{ for model.frame()?.picture.data.iter().map(|data| table(data, chosen(data), link)) }</> })
}

/// One block in sentences, and the ways to what explains it.
fn told(model: &Model, link: &Link, data: &DataPicture, block: &DataBlock) -> Html {
    let lost = model.track().marks.iter().find(|m| m.kind == MarkKind::Lost).filter(|m| block.lost && m.at <= model.at);
    html! {
        <section class="pane-part" data-datum={block.oblock.to_string()}>
            <h3>{ format!("Block {} of {}", block.oblock, data.device) }</h3>
            { for sentences(data, block).into_iter().map(|said| html! { <p>{ said }</p> }) }
            <p class="pane-buttons">
                { lost.map(|mark| html! { <button class="button boxed" type="button" onclick={send(link, Msg::Move(Move::To(mark.at)))}>{ "Jump to the first loss" }</button> }) }
                { block.lost.then(|| html! { <button class="button boxed" type="button" onclick={send(link, Msg::Pane(Pane::Why))}>{ "Causes" }</button> }) }
            </p>
        </section>
    }
}

/// A byte, and as a letter where it is one.
fn byte(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("{byte:02x} ({})", byte as char) } else { format!("{byte:02x}") }
}

fn sentences(data: &DataPicture, block: &DataBlock) -> Vec<String> {
    let device = &data.device;
    let mut said = vec![match block.written {
        Some(written) => format!("Last written through {device}: {}.", byte(written)),
        None => format!("Nothing was written to its beginning through {device}."),
    }];
    said.push(match (block.cblock, block.dirty) {
        (Some(cblock), true) => format!("cblock {cblock} holds it, dirty: newer than the origin."),
        (Some(cblock), false) => format!("cblock {cblock} holds a clean copy of it."),
        (None, _) => "It is not cached: a read goes to the origin.".to_owned(),
    });
    said.push(match block.reads {
        Some(reads) => format!("The origin holds {}; a read returns {}.", byte(block.origin_byte), byte(reads)),
        None => format!("The origin holds {}; nothing can be read now.", byte(block.origin_byte)),
    });
    said.extend(block.verdict.map(|verdict| match verdict {
        Verdict::Lost => "Lost: the write was acknowledged, and no mapping of the LIVE table leads to it.".to_owned(),
        Verdict::Old => "Old: the cache is gone, and the origin holds an earlier write.".to_owned(),
        Verdict::Unpromised => "Gone, but never promised: no flush came before power failed.".to_owned(),
        Verdict::Unreadable => format!("Not readable now: {}.", chips::reason(data)),
    }));
    said.extend(data.why_dirty.as_ref().filter(|_| block.dirty).map(|why| format!("It stays dirty: {why}.")));
    let other = format!("block {}: ", block.oblock);
    said.extend(data.why_not_promoted.as_ref().and_then(|why| why.strip_prefix(&other)).map(|why| format!("It is not promoted: {why}.")));
    said
}

/// The state of a block in one word.
fn state(block: &DataBlock) -> &'static str {
    match (block.verdict, block.cblock, block.dirty) {
        (Some(Verdict::Lost), ..) => "LOST",
        (Some(Verdict::Old), ..) => "OLD",
        (Some(Verdict::Unpromised), ..) => "GONE",
        (Some(Verdict::Unreadable), ..) => "not readable",
        (None, Some(_), true) => "dirty",
        (None, Some(_), false) => "clean",
        (None, None, _) => "",
    }
}

fn table(data: &DataPicture, chosen: Option<u64>, link: &Link) -> Html {
    let hex = |byte: Option<u8>| byte.map_or_else(|| "–".to_owned(), |b| format!("{b:02x}"));
    let row = |block: &DataBlock| {
        let datum = Datum { device: data.device.clone(), oblock: block.oblock };
        html! {
            <tr aria-current={(chosen == Some(block.oblock)).then_some("true")}>
                <td><button class="pointer mono" type="button" aria-label={format!("Block {} of {}", block.oblock, data.device)} onclick={send(link, Msg::Datum(datum))}>{ block.oblock }</button></td>
                <td>{ block.cblock.map_or_else(|| "–".to_owned(), |c| c.to_string()) }</td>
                <td class="mono">{ hex(block.written) }</td><td class="mono">{ hex(Some(block.origin_byte)) }</td><td class="mono">{ hex(block.reads) }</td>
                <td>{ state(block) }</td>
            </tr>
        }
    };
    let more = data.blocks.len().saturating_sub(ROWS_MAX);
    html! {
        <section class="pane-part" data-volume={data.device.clone()}>
            <h3>{ format!("Data of {}", data.device) }</h3>
            <table>
                <thead><tr>{ for ["block", "cblock", "written", "origin", "reads", "state"].map(|head| html! { <th scope="col">{ head }</th> }) }</tr></thead>
                <tbody>{ for data.blocks.iter().take(ROWS_MAX).map(row) }</tbody>
            </table>
            { data.blocks.is_empty().then(|| html! { <p class="quiet">{ "Nothing was written yet." }</p> }) }
            { (more > 0).then(|| html! { <p class="quiet">{ format!("and {more} more") }</p> }) }
            <p class="quiet">{ "Blocks of the origin, each with the first byte of its first page." }</p>
        </section>
    }
}
