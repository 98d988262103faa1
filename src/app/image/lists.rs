//! Everything of an image that is text: facts, report, superblock, mappings, one block.

use super::map::{OWNERS, class, tally};
use super::opened::{Opened, Row, Rows};
use super::{ImageMsg, number, tell};
use crate::app::icons::{Icon, icon};
use crate::app::page::Link;
use crate::image::damage::Area;
use crate::image::format::{CLEAN_SHUTDOWN, NEEDS_CHECK};
use crate::image::inspect::{self, Field};
use yew::prelude::*;

/// Damages of one area that are listed.
const DAMAGES_MAX: usize = 12;
/// Fields of one block that are listed.
const FIELDS_MAX: usize = 600;

pub(super) fn facts(image: &Opened, link: &Link) -> Html {
    let s = &image.superblock;
    let flags = [(CLEAN_SHUTDOWN, "CLEAN_SHUTDOWN"), (NEEDS_CHECK, "NEEDS_CHECK")];
    let flags: Vec<&str> = flags.iter().filter(|(bit, _)| s.flags & bit != 0).map(|(_, name)| *name).collect();
    let [major, minor, patch] = s.policy_version;
    let facts = [
        ("Size", format!("{} KiB, {} blocks", image.len_bytes() / 1024, image.nr_blocks())),
        ("Format", format!("version {}", s.version)),
        ("Cache", format!("{} × {} KiB", s.cache_blocks, s.data_block_size / 2)),
        ("Mapped", format!("{}, {} dirty", image.report.mapped, image.report.dirty)),
        ("Policy", format!("{} {major}.{minor}.{patch}", s.policy())),
        ("Flags", if flags.is_empty() { "none".into() } else { flags.join(" ") }),
        ("Read", if image.from_xml { "XML, restored in this page".into() } else { "in this page, not uploaded".into() }),
    ];
    let tally = tally(image);
    let owner = |(owner, class, name): &(_, &'static str, &'static str)| {
        let (all, nodes, arrays) = tally.get(owner).copied().unwrap_or_default();
        let detail = if arrays > 0 { format!("{nodes} nodes, {arrays} arrays") } else { String::new() };
        html! {
            <li data-owner={*class} data-count={all.to_string()}>
                <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true"><path class={classes!("run", *class)} d="M0 0h12v12h-12z" /></svg>
                <span>{ *name }</span><span class="quiet">{ detail }</span><span class="count mono">{ all }</span>
            </li>
        }
    };
    html! {
        <>
            <div class="panel-head"><h2>{ "Image" }</h2><span class="quiet">{ &image.name }</span></div>
            <dl class="facts">{ for facts.into_iter().map(|(name, value)| html! { <><dt>{ name }</dt><dd class="mono">{ value }</dd></> }) }</dl>
            <div class="panel-head"><h2>{ "Blocks by owner" }</h2></div>
            <ul class="owners">{ for OWNERS.iter().map(owner) }</ul>
            { report(image, link) }
        </>
    }
}

fn report(image: &Opened, link: &Link) -> Html {
    let report = &image.report;
    let errors = report.damages.len();
    let area = |area: Area| {
        let damages: Vec<_> = report.damages.iter().filter(|d| d.area == area).collect();
        if damages.is_empty() {
            return report.examined.contains(&area).then(|| html! { <li>{ icon(Icon::Check) }<span>{ capital(area.name()) }</span></li> });
        }
        let more = damages.len().saturating_sub(DAMAGES_MAX);
        let damage = damages.iter().take(DAMAGES_MAX).map(|d| {
            let cost = d.cblocks.as_ref().map(|c| format!(" Costs cblocks {}–{}.", c.start, c.end - 1)).unwrap_or_default();
            html! { <p data-damage={area.name()}>{ capital(&d.fault.to_string()) }{ "." }{ cost }</p> }
        });
        Some(html! {
            <li class="bad">{ icon(Icon::Cross) }<span><strong>{ capital(area.name()) }</strong>{ for damage }{ if more > 0 { format!("and {more} more") } else { String::new() } }</span></li>
        })
    };
    let bad = image.bad.iter().take(DAMAGES_MAX).map(|block| {
        html! { <button class="button boxed" type="button" onclick={tell(link, ImageMsg::Block(*block))}>{ format!("Block {block}") }</button> }
    });
    html! {
        <>
            <div class="panel-head" role="status"><h2>{ "Check report" }</h2><span class="grow" />
                <span class={if errors == 0 { "quiet" } else { "bad" }} data-errors={errors.to_string()} data-exit-code={report.exit_code().to_string()}>
                    { match errors { 0 => "sound".to_owned(), 1 => "1 error".to_owned(), n => format!("{n} errors") } }
                </span>
            </div>
            <ul class="report">
                { for Area::ALL.into_iter().filter_map(area) }
                { for report.notes.iter().map(|note| html! { <li><span class="dash">{ "–" }</span><span>{ capital(&note.to_string()) }</span></li> }) }
            </ul>
            <p class="bad-blocks">{ for bad }</p>
        </>
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The superblock's fields, in the order of the disk.
pub(super) fn superblock(image: &Opened, link: &Link) -> Html {
    let fields = inspect::superblock(&image.block(0));
    html! {
        <section class="superblock">
            <div class="section-head"><h2>{ "Superblock" }</h2><span class="quiet">{ "block 0, every field in the order of the disk" }</span></div>
            <dl>{ for fields.iter().map(|field| html! { <div data-field={field.name.clone()}><dt class="mono">{ &field.name }</dt><dd class="mono">{ value(field, link) }</dd></div> }) }</dl>
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

pub(super) fn mappings(rows: &Rows, image: &Opened, link: &Link) -> Html {
    let row = |row: &Row| match row {
        Row::Mapping { cblock, oblock, dirty, hint } => html! {
            <tr data-cblock={cblock.to_string()}><td>{ cblock }</td><td>{ oblock }</td><td>{ if *dirty { "● dirty" } else { "" } }</td><td>{ hint.map(|h| h.to_string()).unwrap_or_default() }</td></tr>
        },
        Row::Hole { from, to, why } => {
            html! { <tr class="hole"><td colspan="4"><strong>{ format!("✗ {from}–{to}") }</strong>{ format!(" unreadable: {why}") }</td></tr> }
        }
    };
    html! {
        <section class="mappings">
            <div class="panel-head"><h2>{ "Mappings" }</h2><span class="quiet">{ format!("{} by cblock", image.report.mapped) }</span><span class="grow" />
                <label class="picker">{ "From" }<input type="number" min="0" value={rows.from.to_string()} aria-label="List mappings from cblock" onchange={number(link, ImageMsg::From)} /></label>
            </div>
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

pub(super) fn block(image: &Opened, at: u64, link: &Link) -> Html {
    let seen = image.inspect(at);
    let kind = seen.kind.map_or("nothing sealed", |k| k.name());
    let owner = class(image.owner(at));
    let whose =
        seen.area.map_or_else(|| format!("not in use, count {}", image.count(at)), |area| format!("{area}, count {}", image.count(at)));
    let fields = seen.fields.iter().take(FIELDS_MAX).map(|f| html! { <tr><td>{ &f.name }</td><td>{ value(f, link) }</td></tr> });
    let more = seen.fields.len().saturating_sub(FIELDS_MAX);
    let from = seen.pointers.iter().map(|p| {
        html! { <p>{ "← " }<button class="pointer" type="button" onclick={tell(link, ImageMsg::Block(p.from))}>{ format!("block {}", p.from) }</button>{ format!(" {}", p.field) }</p> }
    });
    let bytes = image.block(at);
    let hex = bytes.chunks(16).enumerate().filter(|(n, row)| *n == 0 || row.iter().any(|b| *b != 0)).take(24).map(|(n, row)| {
        let bytes: String = row.iter().map(|b| format!("{b:02x} ")).collect();
        format!("{:03x}  {bytes}\n", n * 16)
    });
    html! {
        <section class={classes!("one-block", owner)} data-inspected={at.to_string()}>
            <div class="panel-head"><h2>{ format!("Block {at}") }</h2><span class="quiet">{ kind }</span><span class="grow" /><span class="mono quiet">{ format!("{:#x}", at * 4096) }</span></div>
            <p class="whose">{ capital(&whose) }</p>
            { seen.fault.as_ref().map(|fault| html! { <p class="whose bad" role="alert"><strong>{ "✗ " }{ capital(&fault.to_string()) }</strong></p> }) }
            <div class="whose">{ for from }</div>
            <table><thead><tr><th scope="col">{ "field" }</th><th scope="col">{ "on disk" }</th></tr></thead><tbody>{ for fields }</tbody></table>
            { (more > 0).then(|| html! { <p class="whose quiet">{ format!("and {more} more fields") }</p> }) }
            <section><h3>{ "Bytes" }</h3><pre class="hex" tabindex="0" aria-label="Bytes">{ for hex }</pre></section>
        </section>
    }
}
