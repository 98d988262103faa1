//! The web page: pictures of a run, drawn from a [`View`](crate::timeline::View) and from nothing else.
//!
//! [`model`] is the page's state as a plain value and the one place where it changes; [`page`] connects it to the
//! browser (keys, clock, storage); everything else turns the model into markup. No style stands in the markup:
//! the content security policy forbids it, so looks are classes (`www/*.css`) and places are SVG attributes.

mod catalogue;
mod data_pane;
mod dialogs;
mod editor;
mod embed;
mod follow;
mod hand;
mod header;
mod icons;
mod image;
mod inspector;
mod keys;
mod landing;
mod link;
mod look;
mod marks;
mod model;
mod msg;
mod page;
mod panels;
mod panes;
mod panic;
mod pasted;
mod picker;
mod plots;
mod pointer;
mod policy;
mod present;
mod prompt;
mod races;
mod run;
mod running;
mod save;
mod script;
mod stage;
mod terms;
mod transport;
mod update;
mod verdicts;
mod why;

pub use page::Page;

/// Mounts the page into the element with this id; without such an element nothing happens.
pub fn start(id: &str) {
    let element = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    if let Some(element) = element {
        yew::set_custom_panic_hook(Box::new(panic::show));
        element.set_inner_html("");
        yew::Renderer::<Page>::with_root(element).render();
    }
}
