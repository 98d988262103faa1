//! What else the inspector shows: mappings, bitsets, space map, the files of the moment; and the history of a block.

use super::model::Model;
use super::msg::{Move, Msg};
use super::page::{Link, PageMsg, send};
use crate::playback::{Frame, Shared};
use crate::scenario::shell_script;
use crate::timeline::OnDisk;
use crate::timeline::history::{Touch, history};
use crate::timeline::names::cache_letter;
use crate::timeline::view::{CacheView, MappingView};
use dm_cache_engine::device::DevNo;
use dm_cache_engine::event::CacheId;
use dm_cache_image::browse::seen::{Owner, Tally};
use dm_cache_image::dump;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// Rows of a list shown at a time.
const ROWS_MAX: usize = 100;
/// Entries of a history that are listed.
const TOUCHES_MAX: usize = 60;
/// Bits that are drawn of a bitset.
const BITS_MAX: u64 = 4_096;

/// What the inspector shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Pane {
    #[default]
    Why,
    Block,
    Mappings,
    Policy,
    Bitsets,
    SpaceMap,
    Files,
}

const PANES: [(Pane, &str); 7] = [
    (Pane::Why, "Why"),
    (Pane::Block, "Block"),
    (Pane::Mappings, "Mappings"),
    (Pane::Policy, "Policy"),
    (Pane::Bitsets, "Bitsets"),
    (Pane::SpaceMap, "Space map"),
    (Pane::Files, "Save"),
];

/// A file of the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saved {
    /// The metadata device, byte for byte.
    Image,
    /// The same as `cache_dump` writes it.
    Xml,
    /// The script, also one that is being edited.
    Script,
    /// It as a program for `sh` on a real machine.
    Shell,
}

/// The choice of panes.
pub(super) fn strip(model: &Model, link: &Link) -> Html {
    let pane = |(pane, word): (Pane, &'static str)| {
        let on = model.pane == pane;
        html! { <button type="button" class="pane" aria-pressed={on.to_string()} onclick={send(link, Msg::Pane(pane))}>{ word }</button> }
    };
    html! { <div class="panes" role="group" aria-label="What the inspector shows">{ for PANES.into_iter().map(pane) }</div> }
}

/// The pane, where it is not the block.
pub(super) fn view(model: &Model, link: &Link) -> Option<Html> {
    let frame = model.frame();
    let nothing = || html! { <section class="quiet">{ "There is nothing to show at this step." }</section> };
    let pane = match model.pane {
        Pane::Block => return None,
        Pane::Why => Some(super::why::view(model, link)),
        Pane::Mappings => frame.map(|f| {
            let mappings = caches(f, &|letter, cache| html! { <Mappings letter={letter} mappings={Held(cache.mappings.iter().map(|(c, m)| (*c, *m)).collect())} /> });
            html! { <>{ super::data_pane::chosen(model, link) }{ mappings }{ super::data_pane::all(model, link) }</> }
        }),
        Pane::Policy => super::policy::view(model),
        Pane::Bitsets => frame.map(|f| caches(f, &bitsets)),
        Pane::SpaceMap => frame.and_then(|f| space_map(f, link)),
        Pane::Files => Some(files(model, link)),
    };
    Some(pane.unwrap_or_else(nothing))
}

/// One part for each cache target.
fn caches(frame: &Frame, part: &dyn Fn(String, &CacheView) -> Html) -> Html {
    let view = &frame.view;
    if view.caches.is_empty() {
        return html! { <section class="quiet">{ "There is no cache target at this step." }</section> };
    }
    let one = |id: &CacheId, cache: &CacheView| {
        let letter = cache_letter(view, *id);
        if view.has_loaded(*id) {
            return part(letter, cache);
        }
        html! { <section class="pane-part" data-cache={letter.clone()}><h3>{ format!("Cache {letter}") }</h3><p class="quiet">{ "It has loaded no mappings yet: preresume does." }</p></section> }
    };
    html! { <>{ for view.caches.iter().map(|(id, cache)| one(id, cache)) }</> }
}

/// Mappings in cblock order.
#[derive(Debug, Clone, PartialEq)]
struct Held(Rc<[(u32, MappingView)]>);

#[derive(Debug, Clone, PartialEq, Properties)]
struct MappingsProps {
    letter: String,
    mappings: Held,
}

/// The mappings of a cache target; typed numbers find cblocks and oblocks.
#[function_component]
fn Mappings(props: &MappingsProps) -> Html {
    let wanted = use_state(String::new);
    let oninput = {
        let wanted = wanted.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok()) {
                wanted.set(input.value());
            }
        })
    };
    let number: Option<u64> = wanted.trim().parse().ok();
    let fits = |(cblock, m): &&(u32, MappingView)| number.is_none_or(|n| u64::from(*cblock) == n || m.oblock == n);
    let found: Vec<_> = props.mappings.0.iter().filter(fits).collect();
    let dirty = props.mappings.0.iter().filter(|(_, m)| m.dirty).count();
    let row = |(cblock, m): &(u32, MappingView)| {
        html! { <tr data-cblock={cblock.to_string()}><td>{ cblock }</td><td>{ m.oblock }</td><td>{ if m.dirty { "● dirty" } else { "" } }</td></tr> }
    };
    html! {
        <section class="pane-part" data-cache={props.letter.clone()}>
            <h3>{ format!("Cache {}: {} mapped, {dirty} dirty", props.letter, props.mappings.0.len()) }</h3>
            <label class="picker">{ "Find" }<input type="search" inputmode="numeric" aria-label={format!("Find a cblock or oblock of {}", props.letter)} value={(*wanted).clone()} {oninput} /></label>
            <table><thead><tr><th scope="col">{ "cblock" }</th><th scope="col">{ "oblock" }</th><th scope="col">{ "state" }</th></tr></thead>
                <tbody>{ for found.iter().take(ROWS_MAX).map(|m| row(m)) }</tbody></table>
            { (found.len() > ROWS_MAX).then(|| html! { <p class="quiet">{ format!("and {} more", found.len() - ROWS_MAX) }</p> }) }
            { found.is_empty().then(|| html! { <p class="quiet">{ "None." }</p> }) }
        </section>
    }
}

fn bitsets(letter: String, cache: &CacheView) -> Html {
    let dirty: Vec<u64> = cache.mappings.iter().filter(|(_, m)| m.dirty).map(|(c, _)| u64::from(*c)).collect();
    let discards: Vec<u64> = cache.discards.iter().copied().collect();
    html! {
        <section class="pane-part" data-cache={letter.clone()}>
            <h3>{ format!("Cache {letter}: dirty, by cblock") }</h3>{ bits(&dirty, cache.cache_blocks, "owner-dirty", "dirty") }
            <h3>{ "Discarded, by discard block" }</h3>{ bits(&discards, discards.last().map_or(0, |d| d + 1), "owner-disc", "discarded") }
        </section>
    }
}

/// A bitset as tiles, and in words.
fn bits(set: &[u64], of: u64, class: &'static str, word: &'static str) -> Html {
    const ROW: u64 = 64;
    const PITCH: u64 = 5;
    let shown = of.min(BITS_MAX);
    let d: String = set.iter().filter(|b| **b < shown).map(|b| format!("M{} {}h4v4h-4z", b % ROW * PITCH, b / ROW * PITCH)).collect();
    let height = shown.div_ceil(ROW).max(1) * PITCH;
    let more = if of > BITS_MAX { format!(", the first {BITS_MAX} drawn") } else { String::new() };
    html! {
        <>
            <p data-bits={set.len().to_string()}>{ format!("{} {word}: {}{more}", set.len(), runs(set)) }</p>
            <svg class={classes!("bits", class)} viewBox={format!("0 0 {} {height}", ROW * PITCH)} aria-hidden="true"><rect class="bits-ground" width={(ROW * PITCH).to_string()} height={height.to_string()} /><path {d} /></svg>
        </>
    }
}

/// `0–3, 50–53`.
fn runs(set: &[u64]) -> String {
    const RUNS_MAX: usize = 12;
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for n in set {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == *n => *to = *n,
            _ => runs.push((*n, *n)),
        }
    }
    let said = runs.iter().take(RUNS_MAX).map(|(from, to)| if from == to { from.to_string() } else { format!("{from}–{to}") });
    let said = said.collect::<Vec<_>>().join(", ");
    match (runs.len(), runs.len() > RUNS_MAX) {
        (0, _) => "none".to_owned(),
        (_, true) => format!("{said} …"),
        (_, false) => said,
    }
}

/// The metadata device of the moment, as an image.
fn image(frame: &Frame) -> Option<(DevNo, OnDisk<'_>)> {
    let device = frame.picture.metadata.first()?;
    let (dev, disk) = frame.view.disks.iter().find(|(dev, _)| dev.to_string() == device.dev)?;
    Some((*dev, OnDisk { disk, first: 0, nr_blocks: device.nr_blocks }))
}

/// The committed space map: which blocks are counted, and whose they are.
fn space_map(frame: &Frame, link: &Link) -> Option<Html> {
    let (_, on_disk) = image(frame)?;
    if on_disk.nr_blocks > BITS_MAX {
        return Some(
            html! { <section class="quiet">{ "The device is too large to follow at every step: save its image and open that." }</section> },
        );
    }
    let bytes = bytes(&on_disk)?;
    let head = bytes.get(..4096)?.to_vec();
    let browser = dm_cache_image::browse::Browser::open_image("meta", bytes.len() as u64, Box::new(bytes), &head, &|_, _| {}).ok()?;
    let seen = browser.overview();
    let mut at = 0;
    let runs = seen.owners.iter().map(|(owner, count)| {
        let from = at;
        at += count;
        (*owner, from, at - 1)
    });
    let runs: Vec<(Owner, u64, u64)> = runs.collect();
    let row = |(owner, from, to): &(Owner, u64, u64)| {
        let first = *from;
        let range = if from == to { from.to_string() } else { format!("{from}–{to}") };
        html! { <tr><td><button class="pointer" type="button" onclick={link.batch_callback(move |_: MouseEvent| vec![PageMsg(Msg::Select(first)), PageMsg(Msg::Pane(Pane::Block))])}>{ range }</button></td><td>{ owner_name(*owner) }</td></tr> }
    };
    let used: u64 = seen.tally.iter().filter(|t: &&Tally| t.owner != Owner::Free).map(|t| t.blocks).sum();
    Some(html! {
        <section class="pane-part" data-counted={used.to_string()}>
            <h3>{ format!("Space map on the disk: {used} of {} blocks counted", seen.nr_blocks) }</h3>
            <table><thead><tr><th scope="col">{ "blocks" }</th><th scope="col">{ "whose" }</th></tr></thead><tbody>{ for runs.iter().take(ROWS_MAX).map(row) }</tbody></table>
        </section>
    })
}

const fn owner_name(owner: Owner) -> &'static str {
    match owner {
        Owner::Superblock => "superblock",
        Owner::Mapping => "mapping array",
        Owner::Hint => "hint array",
        Owner::Dirty => "dirty bitset",
        Owner::Discard => "discard bitset",
        Owner::SpaceMap => "space map",
        Owner::Leaked => "counted, unused",
        Owner::Free => "free",
    }
}

fn files(model: &Model, link: &Link) -> Html {
    let there = model.frame().is_some_and(|f| image(f).is_some());
    html! {
        <section class="pane-part">
            <h3>{ "The metadata device at this step" }</h3>
            <p>{ "What is on the disk now, without what is only in a buffer." }</p>
            <p class="pane-buttons">
                <button class="button boxed" type="button" disabled={!there} onclick={send(link, Msg::Save(Saved::Image))}>{ "Save image" }</button>
                <button class="button boxed" type="button" disabled={!there} onclick={send(link, Msg::Save(Saved::Xml))}>{ "Save XML" }</button>
            </p>
            <h3>{ "The script" }</h3>
            <p class="pane-buttons">
                <button class="button boxed" type="button" onclick={send(link, Msg::Save(Saved::Script))}>{ "Save script" }</button>
                <button class="button boxed" type="button" onclick={send(link, Msg::Save(Saved::Shell))}>{ "Shell export" }</button>
            </p>
            <p class="quiet">{ "The shell export runs the same commands on a real machine, over loop devices." }</p>
            <p class="quiet">{ "cache_check, cache_dump and cache_restore on a real machine accept both." }</p>
        </section>
    }
}

/// All bytes of the device.
fn bytes(on_disk: &OnDisk<'_>) -> Option<Vec<u8>> {
    use dm_cache_image::Source as _;
    let mut bytes = vec![0; usize::try_from(on_disk.nr_blocks).ok()?.checked_mul(dm_cache_engine::device::PAGE_SIZE)?];
    on_disk.read(0, &mut bytes).ok()?;
    Some(bytes)
}

/// The file of the moment: its bytes, type and name; or why there is none.
pub(super) fn file(model: &Model, what: Saved) -> Result<(Vec<u8>, &'static str, String), String> {
    let text = model.draft.as_ref().map_or(&*model.text, |draft| &draft.text);
    let stem = model.file_stem();
    match what {
        Saved::Script => return Ok((text.as_bytes().to_vec(), "text/plain", format!("{stem}.dml"))),
        Saved::Shell => {
            let script = crate::scenario::parse(&stem, text).map_err(|why| format!("Line {}: {}", why.line, why.message))?;
            let sh = shell_script::export(&stem, &script).map_err(|why| why.to_string())?;
            return Ok((sh.into_bytes(), "application/x-sh", format!("{stem}.sh")));
        }
        Saved::Image | Saved::Xml => {}
    }
    let none = || "There is no metadata device at this step.".to_owned();
    let frame = model.frame().ok_or_else(none)?;
    let (_, on_disk) = image(frame).ok_or_else(none)?;
    let name = format!("{}-step-{}", model.file_stem(), model.at + 1);
    match what {
        Saved::Xml => {
            let mut text = Vec::new();
            match dump::dump(&on_disk, &mut text, &dump::Options::default()) {
                Ok(_) => Ok((text, "application/xml", format!("{name}.xml"))),
                Err(why) => Err(format!("cache_dump: {why}")),
            }
        }
        _ => Ok((bytes(&on_disk).ok_or_else(none)?, "application/octet-stream", format!("{name}.img"))),
    }
}

#[derive(Debug, Clone, PartialEq, Properties)]
struct HistoryProps {
    run: Shared,
    dev: (u32, u32),
    block: u64,
    /// The step of the run that is shown.
    now: usize,
    /// A question is open: nothing is shown of what comes.
    asking: bool,
    go: Callback<usize>,
}

/// What happened to a block, with jumps to where it happened; made anew when another block is looked at, not at every step.
#[function_component]
fn History(props: &HistoryProps) -> Html {
    let all: Rc<Vec<Touch>> = use_memo((props.run.clone(), props.dev, props.block), |(run, (major, minor), block)| {
        run.side().map(|side| history(side.timeline, DevNo { major: *major, minor: *minor }, *block)).unwrap_or_default()
    });
    let around = all.partition_point(|t| t.step <= props.now);
    let touches = if props.asking { all.get(..around).unwrap_or_default() } else { &**all };
    let from = around.saturating_sub(TOUCHES_MAX / 2).min(touches.len().saturating_sub(TOUCHES_MAX));
    let writer = touches.iter().rfind(|t| t.wrote && t.step <= props.now).map(|t| t.step);
    let jump = |step: usize| props.go.reform(move |_: MouseEvent| step);
    let touch = |t: &Touch| {
        let when = match t.step.cmp(&props.now) {
            std::cmp::Ordering::Less => "",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "ahead",
        };
        html! {
            <li class={classes!(when, t.wrote.then_some("wrote"))} data-step={(t.step + 1).to_string()}>
                <button class="pointer mono" type="button" onclick={jump(t.step)}>{ format!("step {}", t.step + 1) }</button><span>{ &t.text }</span>
            </li>
        }
    };
    html! {
        <section class="history">
            <h3>{ format!("History of block {}", props.block) }</h3>
            { writer.map(|step| html! { <button class="button boxed small" type="button" onclick={jump(step)}>{ "Jump to the step that wrote it" }</button> }) }
            <ol>{ for touches.iter().skip(from).take(TOUCHES_MAX).map(touch) }</ol>
            { touches.is_empty().then(|| html! { <p class="quiet">{ "Nothing reads or writes it in this run." }</p> }) }
            { (touches.len() > TOUCHES_MAX).then(|| html! { <p class="quiet">{ format!("{} of {} entries", TOUCHES_MAX, touches.len()) }</p> }) }
        </section>
    }
}

/// The history of the block in the inspector.
pub(super) fn block_history(model: &Model, link: &Link) -> Html {
    let (Some(block), Some(run), Some(frame)) = (model.selected, model.shared(model.looked_at()), model.frame()) else {
        return Html::default();
    };
    let Some((dev, _)) = image(frame) else { return Html::default() };
    let (of, now) = (run.clone(), model.track().step(model.at, run.world));
    let go = link.callback(move |step: usize| PageMsg(Msg::Move(Move::To(of.playback.track().position(step, of.world)))));
    html! { <History {run} dev={(dev.major, dev.minor)} {block} {now} asking={model.hidden_from().is_some()} {go} /> }
}
