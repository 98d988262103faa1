//! The screen of a real metadata image: superblock, map of blocks, mappings, check report, and any block decoded.

mod lists;
mod map;
pub(super) mod opened;

use super::model::Msg;
use super::page::{Link, PageMsg, send};
use opened::{Opened, Refused, Rows};
use std::rc::Rc;
use yew::prelude::*;

/// Largest file that is opened, in bytes: dm-cache itself uses no more metadata than this (spec 01 §1).
pub(super) const BYTES_MAX: u64 = 256 << 20;

/// What the screen shows.
#[derive(Debug, Clone)]
pub(super) enum Image {
    /// The browser is handing over the file of this name.
    Reading(String),
    /// Not an image; why, and what it seems to be.
    Refused(Rc<Refused>),
    /// An image with the block looked at and the mappings listed.
    Open { image: Rc<Opened>, block: u64, rows: Rc<Rows> },
}

/// Something done to the screen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ImageMsg {
    /// A file was picked or dropped.
    Chosen(web_sys::File),
    /// Its name and its bytes, or why there are none.
    Read(String, Result<Vec<u8>, String>),
    /// Look at a block.
    Block(u64),
    /// List mappings from this cblock on.
    From(u64),
    /// Back to the machine.
    Close,
}

/// The screen after `msg`.
pub(super) fn update(image: Option<Image>, msg: ImageMsg) -> Option<Image> {
    match (msg, image) {
        (ImageMsg::Chosen(file), _) => Some(Image::Reading(file.name())),
        (ImageMsg::Read(name, bytes), _) => {
            Some(match bytes.map_err(|why| Refused::unread(&name, why)).and_then(|b| Opened::new(&name, b)) {
                Ok(image) => {
                    let rows = Rc::new(image.rows(0));
                    Image::Open { image: Rc::new(image), block: 0, rows }
                }
                Err(refused) => Image::Refused(Rc::new(refused)),
            })
        }
        (ImageMsg::Block(to), Some(Image::Open { image, block, rows })) => {
            let block = if to < image.nr_blocks() { to } else { block };
            Some(Image::Open { image, block, rows })
        }
        (ImageMsg::From(from), Some(Image::Open { image, block, .. })) => {
            let rows = Rc::new(image.rows(from));
            Some(Image::Open { image, block, rows })
        }
        (ImageMsg::Close, _) => None,
        (_, other) => other,
    }
}

/// A message for [`ImageMsg`], whatever the event.
fn tell<E>(link: &Link, msg: ImageMsg) -> Callback<E> {
    send(link, Msg::Image(msg))
}

/// Sends the number that was typed into a field.
fn number(link: &Link, msg: fn(u64) -> ImageMsg) -> Callback<Event> {
    use wasm_bindgen::JsCast as _;
    link.batch_callback(move |event: Event| {
        let input = event.target()?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
        let n = input.value().trim().parse().ok()?;
        Some(PageMsg(Msg::Image(msg(n))))
    })
}

/// The three columns of the screen.
pub(super) fn view(image: &Image, link: &Link) -> Html {
    match image {
        Image::Reading(name) => html! {
            <main class="stage"><p class="empty" role="status"><strong>{ "Reading the image" }</strong>{ name }{ ": read in this page and never uploaded." }</p></main>
        },
        Image::Refused(refused) => refusal(refused, link),
        Image::Open { image, block, rows } => html! {
            <>
                <aside class="image-facts" aria-label="Image">{ lists::facts(image, link) }</aside>
                <main class="stage image-stage" aria-label="Block map" tabindex="0">{ map::view(image, *block, link) }{ lists::superblock(image, link) }</main>
                <aside class="inspector image-side" aria-label="Mappings and block" tabindex="0">{ lists::mappings(rows, image, link) }{ lists::block(image, *block, link) }</aside>
            </>
        },
    }
}

fn refusal(refused: &Refused, link: &Link) -> Html {
    html! {
        <main class="stage">
            <div class="empty" role="alert" data-refused="true">
                <strong>{ format!("{} is not a dm-cache metadata image", refused.name) }</strong>
                <p>{ &refused.why }</p>
                { refused.seems.as_ref().map(|what| html! { <p>{ format!("It seems to be {what}.") }</p> }) }
                <p class="quiet">{ "Wanted: the content of a cache's metadata device (for LVM the cmeta volume, /dev/mapper/VG-POOL_cmeta), or the XML of cache_dump. The file stays in this page." }</p>
                <button class="button boxed" type="button" onclick={tell(link, ImageMsg::Close)}>{ "Back to the machine" }</button>
            </div>
        </main>
    }
}
