//! The stage as tables: the same content in rows and columns, for screen readers and for paper.

use super::super::verdicts::verdicts;
use crate::playback::Frame;
use crate::scene::held_by;
use crate::timeline::picture::{DevicePicture, ObjectPicture, Picture};
use dm_cache_engine::world::verdict::Verdict;
use yew::prelude::*;

/// Rows of a table at most.
const ROWS_MAX: usize = 300;

pub(super) fn view(frame: &Frame, side: Option<(&'static str, &'static str)>) -> Html {
    let picture = &frame.picture;
    let title = side.map_or("The machine", |(title, _)| title);
    html! {
        <section class="data-tables" aria-label={title} data-tables="true">
            <div class="half-head"><h2>{ title }</h2><span class="grow" />{ verdicts(frame) }</div>
            { devices(picture) }
            { objects(picture) }
            { blocks(picture) }
            { data(picture) }
        </section>
    }
}

fn table(caption: &'static str, columns: &[&'static str], rows: Vec<Vec<String>>) -> Html {
    let more = rows.len().saturating_sub(ROWS_MAX);
    let row = |cells: Vec<String>| {
        let cells = cells.into_iter().enumerate().map(|(i, cell)| {
            if i == 0 {
                html! { <th scope="row">{ cell }</th> }
            } else {
                html! { <td>{ cell }</td> }
            }
        });
        html! { <tr>{ for cells }</tr> }
    };
    html! {
        <>
            <table data-table-of={caption}>
                <caption>{ caption }</caption>
                <thead><tr>{ for columns.iter().map(|c| html! { <th scope="col">{ *c }</th> }) }</tr></thead>
                <tbody>{ for rows.into_iter().take(ROWS_MAX).map(row) }</tbody>
            </table>
            if more > 0 {
                <p class="quiet">{ format!("and {more} more rows") }</p>
            }
        </>
    }
}

fn devices(picture: &Picture) -> Html {
    let tables = |list: Vec<&crate::timeline::picture::TablePicture>| {
        let named: Vec<String> = list.iter().map(|t| format!("{} ({})", t.letter, t.targets.join(", "))).collect();
        if named.is_empty() { "empty".to_owned() } else { named.join(", ") }
    };
    let row = |d: &DevicePicture| {
        vec![
            d.name.clone(),
            if d.suspended { "suspended".into() } else { "active".into() },
            tables(d.live.iter().collect()) + if d.becoming_live { ", new, becoming LIVE" } else { "" },
            tables(d.inactive.iter().collect()),
            match &d.moving {
                Some(table) => format!("new table {}, becoming LIVE", table.letter),
                None if d.leaving.is_empty() => "none".into(),
                None => format!("old: {}, destructor next", tables(d.leaving.iter().collect())),
            },
        ]
    };
    table("Mapped devices", &["device", "state", "LIVE", "INACTIVE", "in no slot"], picture.devices.iter().map(row).collect())
}

fn objects(picture: &Picture) -> Html {
    let row = |o: &ObjectPicture| {
        let roots: Vec<String> = o.roots.iter().map(|(name, block)| format!("{name} {block}")).collect();
        let stale: Vec<String> = o.stale.iter().map(u64::to_string).collect();
        vec![
            o.letter.clone(),
            held_by(picture, o),
            o.ref_count.to_string(),
            if o.listed { "yes".into() } else { "no".into() },
            roots.join(", "),
            if o.loaded_by.is_empty() { "not loaded yet".into() } else { o.nr_mappings.to_string() },
            o.buffers.len().to_string(),
            if stale.is_empty() { "none".into() } else { format!("block {}", stale.join(", ")) },
        ]
    };
    let columns = ["object", "holders", "ref_count", "on the list", "roots", "mappings", "buffers", "stale buffers"];
    table("Metadata objects", &columns, picture.objects.iter().map(row).collect())
}

fn blocks(picture: &Picture) -> Html {
    let Some(device) = picture.metadata.first() else { return Html::default() };
    let rows = device.blocks.iter().map(|b| {
        let (_, kind) = b.kind.map_or(("", "never written"), |kind| kind.names());
        let buffer = |o: &ObjectPicture| {
            o.buffers.binary_search_by_key(&b.block, |buffer| buffer.block).ok().map_or("–", |at| o.buffers[at].state).to_owned()
        };
        let mut row = vec![b.block.to_string(), kind.to_owned(), if b.count == 0 { "free".into() } else { format!("count {}", b.count) }];
        row.extend(picture.objects.iter().map(buffer));
        row
    });
    let mut columns = vec!["block", "on disk", "space map"];
    columns.extend(picture.objects.iter().map(|o| match o.letter.as_str() {
        "a" => "buffer of a",
        "b" => "buffer of b",
        "c" => "buffer of c",
        _ => "buffer",
    }));
    table("Blocks of the metadata device", &columns, rows.collect())
}

fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unreadable => "not readable now",
        Verdict::Lost => "LOST",
        Verdict::Old => "OLD on the origin",
        Verdict::Unpromised => "GONE, never promised",
    }
}

fn data(picture: &Picture) -> Html {
    let Some(data) = picture.data.first() else { return Html::default() };
    let byte = |b: Option<u8>| b.map_or_else(|| "–".to_owned(), |b| format!("{b:02x}"));
    let rows = data.blocks.iter().map(|b| {
        vec![
            b.oblock.to_string(),
            b.cblock.map_or_else(|| "–".to_owned(), |c| c.to_string()),
            if b.dirty { "dirty".into() } else { "clean".into() },
            byte(b.written),
            byte(b.reads),
            b.verdict.map_or("as written", said).to_owned(),
        ]
    });
    table("Data", &["oblock", "cblock", "state", "last written", "a read returns", "verdict"], rows.collect())
}
