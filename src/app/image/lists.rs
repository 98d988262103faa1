//! Everything of an image that is a list: facts, report, superblock, mappings, one block.

use super::map::{OWNERS, look, patterns};
use super::{ImageMsg, Shown, number, some, tell};
use crate::app::icons::{Icon, icon};
use crate::app::page::Link;
use crate::timeline::text::capital;
use dm_cache_image::browse::seen::{Overview, Owner, Packing, Row, Tally};
use dm_cache_image::inspect::Field;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// Damages of one area that are listed.
const DAMAGES_MAX: usize = 12;
/// Fields of one block that are listed.
const FIELDS_MAX: usize = 600;

pub(super) fn facts(shown: &Shown, link: &Link) -> Html {
    let (image, verdict) = (&shown.overview, &shown.verdict);
    let size = if image.len_bytes.is_multiple_of(1 << 20) {
        format!("{} MiB", image.len_bytes >> 20)
    } else {
        format!("{} KiB", image.len_bytes / 1024)
    };
    let facts = [
        ("Size", format!("{size}, {}", some(image.nr_blocks, "block"))),
        ("Format", format!("version {}", image.version)),
        ("Cache", format!("{} × {} KiB", image.cache_blocks, image.data_block_size / 2)),
        ("Mapped", format!("{}, {} dirty", known(verdict.mapped), known(verdict.dirty))),
        ("Policy", image.policy.clone()),
        ("Flags", if image.flags.is_empty() { "none".into() } else { image.flags.join(" ") }),
        (
            "Read",
            match image.packing {
                Packing::Raw => "in this page, not uploaded",
                Packing::Gzip => "unpacked from gzip in this page, not uploaded",
                Packing::Xml => "XML, restored in this page",
            }
            .to_owned(),
        ),
    ];
    let owner = |(owner, class, name): &(Owner, &'static str, &'static str)| {
        let tally =
            image.tally.iter().find(|t| t.owner == *owner).copied().unwrap_or(Tally { owner: *owner, blocks: 0, nodes: 0, arrays: 0 });
        let detail =
            if tally.arrays > 0 { format!("{}, {}", some(tally.nodes, "node"), some(tally.arrays, "array")) } else { String::new() };
        html! {
            <li data-owner={*class} data-count={tally.blocks.to_string()}>
                <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true"><path class={classes!("run", *class)} d="M0 0h12v12h-12z" /></svg>
                <span>{ *name }</span><span class="quiet">{ detail }</span><span class="count mono">{ tally.blocks }</span>
            </li>
        }
    };
    html! {
        <>
            { super::verdict::beside(verdict) }
            { report(image, link) }
            <div class="panel-head"><h2>{ "Image" }</h2><span class="quiet">{ &image.name }</span></div>
            <dl class="facts">{ for facts.into_iter().map(|(name, value)| html! { <><dt>{ name }</dt><dd class="mono">{ value }</dd></> }) }</dl>
            <div class="panel-head"><h2>{ "Blocks by owner" }</h2></div>
            { patterns() }
            <ul class="owners">{ for OWNERS.iter().map(owner) }</ul>
        </>
    }
}

/// A number, where it can be known.
fn known(n: Option<u64>) -> String {
    n.map_or_else(|| "unknown".to_owned(), |n| n.to_string())
}

fn report(image: &Overview, link: &Link) -> Html {
    let errors = image.damages.len();
    let areas = dm_cache_image::damage::Area::ALL.map(|a| a.name());
    let area = |area: &'static str| {
        let damages: Vec<_> = image.damages.iter().filter(|d| d.area == area).collect();
        if damages.is_empty() {
            return image
                .examined
                .iter()
                .any(|e| e == area)
                .then(|| html! { <li>{ icon(Icon::Check) }<span>{ capital(area) }</span></li> });
        }
        let more = damages.len().saturating_sub(DAMAGES_MAX);
        let damage = damages.iter().take(DAMAGES_MAX).map(|d| {
            let cost = d.cblocks.map(|(from, to)| format!(" Costs cblocks {from}–{to}.")).unwrap_or_default();
            html! { <p data-damage={area}>{ capital(&d.text) }{ "." }{ cost }</p> }
        });
        Some(html! {
            <li class="bad">{ icon(Icon::Cross) }<span><strong>{ capital(area) }</strong>{ for damage }{ if more > 0 { format!("and {more} more") } else { String::new() } }</span></li>
        })
    };
    let bad = image.bad.iter().take(DAMAGES_MAX).map(|block| {
        html! { <button class="button boxed" type="button" onclick={tell(link, ImageMsg::Block(*block))}>{ format!("Block {block}") }</button> }
    });
    html! {
        <>
            <div class="panel-head" role="status"><h2>{ "Check, part by part" }</h2><span class="grow" />
                <span class={if errors == 0 { "quiet" } else { "bad" }} data-errors={errors.to_string()} data-exit-code={image.exit_code.to_string()}>
                    { match errors { 0 => "sound".to_owned(), n => some(n as u64, "error") } }
                </span>
            </div>
            <ul class="report">
                { for areas.into_iter().filter_map(area) }
                { for image.notes.iter().map(|note| html! { <li><span class="dash">{ "–" }</span><span>{ capital(note) }</span></li> }) }
            </ul>
            <p class="bad-blocks">{ for bad }</p>
            <p class="bad-blocks">
                <button class="button boxed" type="button" onclick={tell(link, ImageMsg::CopyReport)}>{ "Copy report" }</button>
            </p>
        </>
    }
}

/// The superblock's fields, in the order of the disk.
pub(super) fn superblock(image: &Overview, link: &Link) -> Html {
    html! {
        <section class="superblock">
            <div class="section-head"><h2>{ "Superblock" }</h2><span class="quiet">{ "block 0, every field in on-disk order" }</span></div>
            <dl>{ for image.superblock.iter().map(|field| html! { <div data-field={field.name.clone()}><dt class="mono">{ &field.name }</dt><dd class="mono">{ value(field, link) }</dd></div> }) }</dl>
        </section>
    }
}

/// A field's value; one that points at a block leads there.
fn value(field: &Field, link: &Link) -> Html {
    match field.points_at {
        Some(to) => {
            html! { <button class="pointer" type="button" title={format!("Look at block {to}")} onclick={tell(link, ImageMsg::Block(to))}>{ &field.value }</button> }
        }
        None => html! { <>{ &field.value }</> },
    }
}

/// The columns of the list.
fn row(row: &Row) -> Html {
    match row {
        Row::Mapping { cblock, oblock, dirty, hint } => html! {
            <tr data-cblock={cblock.to_string()}><td>{ cblock }</td><td>{ oblock }</td><td>{ if *dirty { "● dirty" } else { "" } }</td><td>{ hint.map(|h| h.to_string()).unwrap_or_default() }</td></tr>
        },
        Row::Hole { from, to, why } => {
            html! { <tr class="hole"><td colspan="4"><strong>{ format!("✗ {from}–{to}") }</strong>{ format!(" {} unreadable: {why}", some(to - from + 1, "entry").replace("entrys", "entries")) }</td></tr> }
        }
    }
}

pub(super) fn mappings(shown: &Shown, link: &Link) -> Html {
    let rows = &shown.rows;
    let by = link.batch_callback(|event: Event| {
        let select = event.target()?.dyn_into::<web_sys::HtmlSelectElement>().ok()?;
        Some(crate::app::page::PageMsg(crate::app::msg::Msg::Image(ImageMsg::By(select.selected_index() == 1))))
    });
    let go: fn(u64) -> ImageMsg = if shown.by_oblock { ImageMsg::Oblock } else { ImageMsg::From };
    let label = if shown.by_oblock { "List mappings from the cblock of oblock" } else { "List mappings from cblock" };
    html! {
        <section class="mappings">
            <div class="panel-head"><h2>{ "Mappings" }</h2><span class="quiet">{ known(shown.verdict.mapped) }</span><span class="grow" />
                <label class="picker goto"><span>{ "Go to… " }<kbd>{ "g" }</kbd></span>
                    <select aria-label="By" onchange={by}><option selected={!shown.by_oblock}>{ "cblock" }</option><option selected={shown.by_oblock}>{ "oblock" }</option></select>
                    <input id="image-goto" type="number" min="0" value={rows.from.to_string()} aria-label={label} onchange={number(link, go)} />
                </label>
            </div>
            { shown.missed.as_ref().map(|why| html! { <p class="nothing bad" role="alert">{ why }</p> }) }
            <div class="rows" tabindex="0" role="group" aria-label="List of mappings">
                <table data-mappings={rows.list.len().to_string()}>
                    <thead><tr><th scope="col">{ "cblock" }</th><th scope="col">{ "oblock" }</th><th scope="col">{ "state" }</th><th scope="col">{ "hint" }</th></tr></thead>
                    <tbody>{ for rows.list.iter().map(row) }</tbody>
                </table>
                { rows.list.is_empty().then(|| html! { <p class="nothing quiet">{ "No mapped cblock from there on." }</p> }) }
            </div>
            <div class="pager">
                <button class="button boxed" type="button" disabled={rows.from == 0} onclick={tell(link, ImageMsg::From(0))}>{ "First" }</button>
                <button class="button boxed" type="button" disabled={rows.next.is_none()} onclick={tell(link, ImageMsg::From(rows.next.unwrap_or(0)))}>{ "Next" }</button>
            </div>
        </section>
    }
}

pub(super) fn block(shown: &Shown, link: &Link) -> Html {
    let Some(seen) = shown.seen() else { return html! { <section class="one-block" /> } };
    let at = seen.block;
    let (owner, _) = look(seen.owner);
    let whose =
        seen.area.as_ref().map_or_else(|| format!("not in use, count {}", seen.count), |area| format!("{area}, count {}", seen.count));
    let computed = |field: &Field| match field.name.as_str() {
        "csum" => seen.computed_csum.map(|c| format!("{c:#010x}")),
        "blocknr" => Some(at.to_string()),
        _ => None,
    };
    let fields = seen.fields.iter().take(FIELDS_MAX).map(|f| {
        let computed = computed(f);
        let differs = computed.as_ref().is_some_and(|c| *c != f.value);
        // A value of several words has the computed column's room, too, where there is nothing in that.
        let wide = (computed.is_none() && f.value.contains(' ')).then_some("2");
        html! {
            <tr class={classes!(differs.then_some("differs"))}>
                <td>{ if differs { "≠ " } else { "" } }{ &f.name }</td>
                <td colspan={wide} class={classes!(differs.then_some("other"))}>{ value(f, link) }</td>
                { wide.is_none().then(|| html! { <td>{ computed }</td> }) }
            </tr>
        }
    });
    let more = seen.fields.len().saturating_sub(FIELDS_MAX);
    let from = seen.pointers.iter().map(|p| {
        html! { <p>{ "← " }<button class="pointer" type="button" onclick={tell(link, ImageMsg::Block(p.from))}>{ format!("block {}", p.from) }</button>{ format!(" {}", p.field) }</p> }
    });
    let hex = seen.bytes.chunks(12).enumerate().filter(|(n, row)| *n == 0 || row.iter().any(|b| *b != 0)).take(24).map(|(n, row)| {
        let bytes: String = row.iter().map(|b| format!("{b:02x} ")).collect();
        format!("{:03x}  {bytes}\n", n * 12)
    });
    html! {
        <section class={classes!("one-block", owner)} data-inspected={at.to_string()} tabindex="0" role="group" aria-label="Block">
            <div class="panel-head"><h2>{ format!("Block {at}") }</h2><span class="quiet">{ &seen.kind }</span><span class="grow" /><span class="mono quiet">{ format!("{:#x}", at * 4096) }</span></div>
            <p class="whose">{ capital(&whose) }</p>
            { seen.fault.as_ref().map(|fault| html! { <p class="whose bad" role="alert"><strong>{ "✗ " }{ capital(fault) }</strong></p> }) }
            <div class="whose">{ for from }</div>
            <table><thead><tr><th scope="col">{ "field" }</th><th scope="col">{ "on disk" }</th><th scope="col">{ "computed" }</th></tr></thead><tbody>{ for fields }</tbody></table>
            { (more > 0).then(|| html! { <p class="whose quiet">{ format!("and {more} more fields") }</p> }) }
            <section><h3>{ "Bytes" }</h3><pre class="hex">{ for hex }</pre></section>
        </section>
    }
}
