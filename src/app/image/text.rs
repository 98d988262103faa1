//! The image as text: a block's bytes, and the XML of `cache_dump`.

use super::{ImageMsg, Shown, number, tell};
use crate::app::page::Link;
use yew::prelude::*;

pub(super) fn raw(shown: &Shown, link: &Link) -> Html {
    let at = shown.block;
    let last = shown.overview.nr_blocks.saturating_sub(1);
    let rows = shown.seen().map(|seen| {
        let row = |(n, row): (usize, &[u8])| {
            let hex: String = row.iter().enumerate().map(|(i, b)| format!("{b:02x}{}", if i % 4 == 3 { "  " } else { " " })).collect();
            let ascii: String = row.iter().map(|b| if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '.' }).collect();
            format!("{:08x}  {hex} {ascii}\n", at * 4096 + (n * 16) as u64)
        };
        seen.bytes.chunks(16).enumerate().map(row).collect::<String>()
    });
    html! {
        <section class="image-raw">
            <div class="section-head">
                <h2>{ format!("Block {at}") }</h2><span class="quiet">{ shown.seen().map(|s| s.kind.clone()) }{ ", all 4096 bytes" }</span><span class="grow" />
                <button class="button boxed" type="button" disabled={at == 0} onclick={tell(link, ImageMsg::Block(at.saturating_sub(1)))}>{ "Previous" }</button>
                <button class="button boxed" type="button" disabled={at >= last} onclick={tell(link, ImageMsg::Block(at + 1))}>{ "Next" }</button>
                <label class="picker">{ "Block" }<input type="number" min="0" max={last.to_string()} value={at.to_string()} aria-label="Go to block" onchange={number(link, ImageMsg::Block)} /></label>
            </div>
            <pre class="hex" tabindex="0" aria-label="Bytes of the block">{ rows }</pre>
        </section>
    }
}

pub(super) fn xml(shown: &Shown, link: &Link) -> Html {
    let body = shown.xml.as_ref().map(|xml| {
        let note = match (&xml.problem, xml.whole) {
            (Some(problem), _) => Some(format!("It ends early: {problem}.")),
            (None, false) => Some("Only the beginning is shown; the file has all of it.".to_owned()),
            (None, true) => None,
        };
        html! { <>{ note.map(|n| html! { <p class="quiet" role="status">{ n }</p> }) }<pre class="hex" tabindex="0" aria-label="XML">{ &xml.text }</pre></> }
    });
    html! {
        <section class="image-xml">
            <div class="section-head">
                <h2>{ "XML dump" }</h2><span class="quiet">{ "as cache_dump writes it; what cannot be read is left out" }</span><span class="grow" />
                <button class="button boxed" type="button" onclick={tell(link, ImageMsg::SaveXml)}>{ "Save XML" }</button>
            </div>
            { body }
        </section>
    }
}
