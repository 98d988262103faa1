//! Dialogs: the keys with what may be chosen beside them, the field for a block's number, and whatever else opens one.

use super::embed::{self, Embed};
use super::keys;
use super::look::LookMsg;
use super::marks;
use super::model::Model;
use super::msg::Msg;
use super::page::{Link, PageMsg, send};
use super::picker;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlDialogElement, HtmlInputElement};
use yew::prelude::*;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    if model.help {
        return help(model, link);
    }
    if model.picking {
        return picker::view(model, link);
    }
    if model.look.embed != Embed::Closed {
        return embed::dialog(model, link);
    }
    if model.look.going {
        return go_to(model, link);
    }
    Html::default()
}

#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct DialogProps {
    pub(super) title: AttrValue,
    pub(super) class: Classes,
    pub(super) close: Callback<()>,
    pub(super) children: Html,
}

/// A dialog of the browser's own: it keeps the focus in and gives it back.
#[function_component]
pub(super) fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                // If it cannot be modal, the dialog is still shown.
                let _ = dialog.show_modal();
            }
        });
    }
    let onclose = props.close.reform(|_: Event| ());
    // A click whose target is the dialog itself is a click on its backdrop.
    let onclick = {
        let (node, close) = (node.clone(), props.close.clone());
        move |event: MouseEvent| {
            let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
            if target.is_some() && target == node.cast::<web_sys::Element>() {
                close.emit(());
            }
        }
    };
    html! {
        <dialog ref={node} class={classes!("dialog", props.class.clone())} aria-labelledby="dialog-title" {onclose} {onclick}>
            <div class="dialog-inner">
                <div class="dialog-head">
                    <h2 id="dialog-title">{ &props.title }</h2><span class="grow" />
                    <button class="button small" type="button" onclick={props.close.reform(|_| ())}>{ "Close" }</button>
                </div>
                { props.children.clone() }
            </div>
        </dialog>
    }
}

fn help(model: &Model, link: &Link) -> Html {
    let letters = link.callback(|_: Event| PageMsg(Msg::Look(LookMsg::Letters)));
    let seed = link.batch_callback(|event: Event| {
        let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
        Some(PageMsg(Msg::Seed(input.value().trim().parse().ok())))
    });
    let own_seed = model.source.as_ref().map(|s| s.script.seed.to_string()).unwrap_or_default();
    html! {
        <Dialog title="Keyboard" class={classes!("help")} close={link.callback(|()| PageMsg(Msg::Close))}>
            <div class="columns">
                <section>
                    <dl class="keys">{ for keys::HELP.iter().map(|(key, does)| html! { <><dt><kbd>{ *key }</kbd></dt><dd>{ *does }</dd></> }) }</dl>
                    <p class="choice"><label><input type="checkbox" checked={model.look.letters} onchange={letters} />{ " Use single letters and digits as shortcuts" }</label></p>
                    <p class="choice"><label>{ "Seed for all random choices " }<input type="number" min="0" class="mono" placeholder={own_seed} value={model.seed.map(|s| s.to_string()).unwrap_or_default()} onchange={seed} /></label></p>
                    <p class="quiet"><a href="THIRD-PARTY-NOTICES.txt">{ "Third-party licences" }</a></p>
                </section>
                { marks::view() }
            </div>
        </Dialog>
    }
}

fn go_to(model: &Model, link: &Link) -> Html {
    let nr_blocks = model.frames.iter().flat_map(|f| &f.picture.metadata).map(|d| d.nr_blocks).max().unwrap_or(1);
    let onkeydown = link.batch_callback(move |event: KeyboardEvent| {
        if event.key() != "Enter" {
            return None;
        }
        event.prevent_default();
        let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
        input.value().trim().parse().ok().filter(|block| *block < nr_blocks).map(|block| PageMsg(Msg::Select(block)))
    });
    html! {
        <Dialog title="Go to block" class={classes!("go-to")} close={link.callback(|()| PageMsg(Msg::Look(LookMsg::Going(false))))}>
            <label>{ "Block on the metadata device " }<input type="number" class="mono" min="0" max={(nr_blocks - 1).to_string()} autofocus=true {onkeydown} /></label>
            <p class="quiet">{ format!("0–{}; Enter opens it in the inspector", nr_blocks - 1) }</p>
            <button class="button boxed" type="button" onclick={send(link, Msg::Select(0))}>{ "Superblock" }</button>
        </Dialog>
    }
}
