//! Every block of a metadata device too large for columns, under the drawing.

use super::super::msg::Msg;
use super::super::page::{Link, PageMsg};
use super::super::pointer;
use super::nodes::shape;
use crate::scene::overview::{Overview, ROW};
use yew::prelude::*;
use yew::virtual_dom::VNode;

pub(super) fn view(overview: Overview, link: &Link) -> Html {
    let Overview { caption, size: (width, height), tiles, blocks, paths } = overview;
    let drawing = NodeRef::default();
    let (on, rows) = (drawing.clone(), blocks.len().div_ceil(ROW));
    let onclick = link.batch_callback(move |event: MouseEvent| {
        let (x, y) = pointer::share(&on, &event)?;
        let (column, row) = (pointer::part(x, ROW as u64)?, pointer::part(y, rows as u64)?);
        let at = usize::try_from(row * ROW as u64 + column).ok()?;
        blocks.get(at).map(|block| PageMsg(Msg::Select(*block)))
    });
    html! {
        <figure class="overview">
            <figcaption>{ &caption }</figcaption>
            <svg viewBox={format!("0 0 {width} {height}")} role="img" aria-label={caption} data-tiles={tiles.to_string()} ref={drawing} {onclick}>
                { for paths.iter().map(|path| VNode::from(shape(path))) }
            </svg>
        </figure>
    }
}
