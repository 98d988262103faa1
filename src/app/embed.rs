//! What others put into their pages to show this moment: the element's one tag. And where the book is, if it is here.

use super::dialogs::Dialog;
use super::icons::{Icon, icon};
use super::image;
use super::look::LookMsg;
use super::model::Model;
use super::msg::Msg;
use super::page::{Link, PageMsg, copy, send};
use yew::prelude::*;

/// The dialog, and what became of the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Embed {
    #[default]
    Closed,
    Open,
    Copied,
    /// The browser denied access to the clipboard.
    Refused,
}

/// The tag that shows the moment in another page, and the script that makes a player of it.
fn snippet(model: &Model) -> String {
    let mut tag = String::from("<dm-cache-lab");
    let mut attribute = |name: &str, value: &str| tag.extend([" ", name, "=\"", value, "\""]);
    let text = model.format.applied(&model.text);
    let entry = model.entry().filter(|e| e.source == text);
    entry.iter().for_each(|e| attribute("scenario", e.name));
    attribute("sharing", model.sharing.name());
    if model.source.as_ref().is_ok_and(|s| s.script.kernel != model.kernel) {
        attribute("profile", model.kernel.name());
    }
    model.seed.iter().for_each(|seed| attribute("seed", &seed.to_string()));
    attribute("start-at", &model.at.to_string());
    tag.push('>');
    if entry.is_none() {
        // The element knows a script by its first line.
        let head = if text.trim_start().starts_with("dm-cache-lab") { "" } else { "dm-cache-lab 1\n" };
        let text = text.trim_end().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        tag.extend(["<pre hidden>", head, &text, "</pre>"]);
    }
    format!("<script src=\"dm-cache-lab/embed.js\" defer></script>\n{tag}</dm-cache-lab>\n")
}

pub(super) fn button(link: &Link) -> Html {
    html! {
        <button class="button rare" type="button" aria-label="Embed" title="Show this moment on your own page" onclick={send(link, Msg::Look(LookMsg::Embed(Embed::Open)))}>
            { icon(Icon::Code) }<span class="word">{ "Embed" }</span>
        </button>
    }
}

pub(super) fn dialog(model: &Model, link: &Link) -> Html {
    let close = link.callback(|()| PageMsg(Msg::Look(LookMsg::Embed(Embed::Closed))));
    let inside = if image::over_an_image(&model.text) || model.loaded.is_some() {
        html! { <p>{ image::IN_NO_LINK }</p> }
    } else {
        let text = snippet(model);
        let onclick = {
            let (link, text) = (link.clone(), text.clone());
            move |_| copy(&link, &text, |done| Msg::Look(LookMsg::Embed(if done { Embed::Copied } else { Embed::Refused })))
        };
        let told = match model.look.embed {
            Embed::Copied => "Copied.",
            Embed::Refused => "The browser denied access to the clipboard: select the text and copy it.",
            _ => "",
        };
        html! {
            <>
                <pre class="snippet" tabindex="0" aria-label="The tag">{ text }</pre>
                <p><button class="button boxed" type="button" autofocus=true {onclick}>{ "Copy" }</button><span role="status">{ told }</span></p>
                <p class="quiet">{ "The script is in the npm package dm-cache-lab: put its folder next to your page. Readers load everything from your site and nothing from here." }</p>
                { page_of_book("reference/element.html").map(|at| html! { <p><a href={at}>{ "Attributes, events and styling of the element" }</a></p> }) }
            </>
        }
    };
    html! { <Dialog title="Embed this moment" class={classes!("embed")} {close}>{ inside }</Dialog> }
}

/// Where the book is: a site that has it names it in the page's head.
fn book() -> Option<String> {
    web_sys::window()?.document()?.query_selector("link[rel=help]").ok()??.get_attribute("href")
}

/// A page of the book, if it is here.
pub(super) fn page_of_book(page: &str) -> Option<String> {
    book().map(|at| at.replace("index.html", page))
}

pub(super) fn book_link() -> Html {
    let link = |at| html! { <a class="button rare" href={at} aria-label="Book" title="How a cache works, the bug and its fix">{ icon(Icon::Book) }<span class="word">{ "Book" }</span></a> };
    book().map(link).unwrap_or_default()
}
