//! The bar: which scenario, in which circumstances.

use super::catalogue::Format;
use super::embed;
use super::icons::{Icon, icon, logo};
use super::image::{self, Image, ImageMsg};
use super::model::Model;
use super::msg::{Msg, Theme};
use super::page::{Link, PageMsg, send};
use super::pasted;
use super::present;
use super::races::{self, Races};
use crate::scenario::ast::Sharing;
use dm_cache_engine::kernel::{Allocator, Kernel};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    html! {
        <header class="bar">
            { brand() }
            { title(model, link) }
            <span class="label" id="sharing">{ "Metadata sharing" }</span>
            { sharing(model, link) }
            { picker("Kernel", "rare", kernels(model), chosen(link, |n| Msg::Kernel(Kernel::ALL.get(n).copied().unwrap_or_default()))) }
            { picker("Format", "rare", formats(model), chosen(link, |n| Msg::Format(Format::ALL.get(n).copied().unwrap_or_default()))) }
            <span class="grow" />
            { embed::book_link() }
            { open_image(link) }
            { embed::button(link) }
            { present::button(link) }
            <button class="button" type="button" aria-label="Share" title="Copy a link to this moment" onclick={link.callback(|_| PageMsg(Msg::Share))}>{ icon(Icon::Share) }<span class="word">{ "Share" }</span></button>
            <button class="icon-button rare" type="button" aria-label="Keyboard" title="Keyboard (?)" onclick={send(link, Msg::Help)}>{ icon(Icon::Keyboard) }</button>
            <button class="icon-button side" type="button" aria-label="Inspector" title="Inspector (i)" aria-expanded={model.inspector.to_string()} onclick={send(link, Msg::Inspector)}>{ icon(Icon::Side) }</button>
            <button class="icon-button rare" type="button" aria-label={theme_label(model.theme)} title="Theme (t)" onclick={send(link, Msg::Theme)}>{ icon(Icon::Sun) }</button>
        </header>
    }
}

/// The mark and the name, which lead back to the landing.
fn brand() -> Html {
    html! { <a class="brand" href="#" title="To the start">{ logo() }<h1>{ "dm-cache-lab" }</h1></a> }
}

/// The bar of the races.
pub(super) fn of_races(model: &Model, shown: &Races, link: &Link) -> Html {
    let option = |sharing: Sharing| (sharing.told().to_owned(), (sharing == Sharing::On) == shown.found.sharing, Msg::Sharing(sharing));
    html! {
        <header class="bar">
            { brand() }
            { title(model, link) }
            <span class="label" aria-hidden="true">{ "Metadata sharing" }</span>
            { races::radios("Metadata sharing", [Sharing::Off, Sharing::On].into_iter().map(option).collect(), link) }
            <span class="grow" />
            { open_image(link) }
            <button class="button" type="button" aria-label="Share" title="Copy a link to this moment" onclick={link.callback(|_| PageMsg(Msg::Share))}>{ icon(Icon::Share) }<span class="word">{ "Share" }</span></button>
            <button class="icon-button" type="button" aria-label="Keyboard" title="Keyboard (?)" onclick={send(link, Msg::Help)}>{ icon(Icon::Keyboard) }</button>
            <button class="icon-button" type="button" aria-label={theme_label(model.theme)} title="Theme (t)" onclick={send(link, Msg::Theme)}>{ icon(Icon::Sun) }</button>
        </header>
    }
}

/// The bar while an image is looked at.
pub(super) fn of_image(model: &Model, link: &Link) -> Html {
    let name = match &model.image {
        Some(Image::Open(shown)) => shown.overview.name.clone(),
        Some(Image::Refused(refused)) => refused.name.clone(),
        Some(Image::Reading { name, .. } | Image::Failed { name, .. }) => name.clone(),
        None => String::new(),
    };
    html! {
        <header class="bar">
            { brand() }
            <button class="button boxed" type="button" onclick={send(link, Msg::Image(ImageMsg::Close))}>{ icon(Icon::Back) }{ "The machine" }</button>
            <span class="label">{ "Image" }</span><strong class="image-name">{ name }</strong>
            { model.image.as_ref().map(|image| image::tabs(image, link)) }
            <span class="grow" />
            { open_image(link) }
            <button class="icon-button rare" type="button" aria-label={theme_label(model.theme)} title="Theme (t)" onclick={send(link, Msg::Theme)}>{ icon(Icon::Sun) }</button>
        </header>
    }
}

/// The bar while a line of a real machine is told.
pub(super) fn of_pasted(model: &Model, link: &Link) -> Html {
    html! {
        <header class="bar">
            { brand() }
            { pasted::head(link) }
            <button class="icon-button rare" type="button" aria-label={theme_label(model.theme)} title="Theme (t)" onclick={send(link, Msg::Theme)}>{ icon(Icon::Sun) }</button>
        </header>
    }
}

/// The file picker: a label that looks like a button around the browser's own field.
fn open_image(link: &Link) -> Html {
    let onchange = link.batch_callback(|event: Event| {
        let input = event.target()?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
        let file = input.files()?.get(0)?;
        // So that the same file can be chosen again.
        input.set_value("");
        Some(PageMsg(Msg::Image(ImageMsg::Chosen(file))))
    });
    html! {
        <label class="button open-image rare" title="A metadata image, or the XML of cache_dump; it stays in this page">
            { icon(Icon::Folder) }<span class="word">{ "Open image" }</span><input class="hidden" type="file" aria-label="Open image" {onchange} />
        </label>
    }
}

fn picker(label: &'static str, class: &'static str, options: Html, onchange: Callback<Event>) -> Html {
    html! { <label class={classes!("picker", class)}><span class="text">{ label }</span><select aria-label={label} {onchange}>{ options }</select></label> }
}

fn chosen(link: &Link, msg: impl Fn(usize) -> Msg + 'static) -> Callback<Event> {
    link.batch_callback(move |event: Event| {
        let select = event.target()?.dyn_into::<web_sys::HtmlSelectElement>().ok()?;
        let n = usize::try_from(select.selected_index()).ok()?;
        Some(PageMsg(msg(n)))
    })
}

/// The title of what is on show, which opens the list of all.
fn title(model: &Model, link: &Link) -> Html {
    html! {
        <h2 class="title">
            <button class="button boxed" type="button" aria-haspopup="dialog" title="All scenarios (p)" onclick={send(link, Msg::Picker(true))}>
                <span>{ model.heading() }</span>{ icon(Icon::Down) }
            </button>
        </h2>
    }
}

fn formats(model: &Model) -> Html {
    html! { <>{ for Format::ALL.iter().map(|f| html! { <option selected={*f == model.format}>{ f.name() }</option> }) }</> }
}

fn kernels(model: &Model) -> Html {
    let option = |kernel: &Kernel| html! { <option selected={*kernel == model.kernel}>{ format!("Linux {}", kernel.name()) }</option> };
    // Those of one allocator follow each other.
    let group = |kernels: &[Kernel]| {
        let allocator = match kernels.first().map(|k| k.allocator()) {
            Some(Allocator::Legacy) => "Legacy allocator",
            _ => "Modern allocator",
        };
        html! { <optgroup label={allocator}>{ for kernels.iter().map(option) }</optgroup> }
    };
    html! { <>{ for Kernel::ALL.chunk_by(|a, b| a.allocator() == b.allocator()).map(group) }</> }
}

fn sharing(model: &Model, link: &Link) -> Html {
    let button = |sharing: Sharing| {
        let checked = model.sharing == sharing;
        html! {
            <button type="button" role="radio" aria-checked={checked.to_string()} tabindex={if checked { "0" } else { "-1" }}
                aria-label={sharing.told()} title={sharing.told()} onclick={send(link, Msg::Sharing(sharing))}>{ told(sharing) }</button>
        }
    };
    let all = Sharing::ALL;
    let at = all.iter().position(|s| *s == model.sharing).unwrap_or(0);
    let onkeydown = link.batch_callback(move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => (at + 1) % all.len(),
            "ArrowLeft" | "ArrowUp" => (at + all.len() - 1) % all.len(),
            _ => return None,
        };
        event.prevent_default();
        all.get(to).map(|sharing| PageMsg(Msg::Sharing(*sharing)))
    });
    html! { <div class="segmented" role="radiogroup" aria-labelledby="sharing" {onkeydown}>{ for all.into_iter().map(button) }</div> }
}

/// The choice in words, of which a small window shows the first alone.
fn told(sharing: Sharing) -> Html {
    let (word, since) = sharing.told().split_once(':').unwrap_or((sharing.told(), ""));
    html! { <>{ word }{ (!since.is_empty()).then(|| html! { <span class="since">{ ":" }{ since }</span> }) }</> }
}

fn theme_label(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "Theme: as the system",
        Theme::Light => "Theme: light",
        Theme::Dark => "Theme: dark",
    }
}
