//! The web page: pictures of a run, drawn from a [`View`](crate::timeline::View) and from nothing else.

use yew::prelude::*;

/// Mounts the page into the element with this id; without such an element nothing happens.
pub fn start(id: &str) {
    let element = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    if let Some(element) = element {
        element.set_inner_html("");
        yew::Renderer::<Page>::with_root(element).render();
    }
}

/// The whole page.
#[component]
pub fn Page() -> Html {
    html! { <header><h1>{ "dm-cache-lab" }</h1></header> }
}
