//! The workbench: a wide editor with line numbers beside the console. A wrong line is marked, has the caret, and says under it what is wrong.

use super::look::LookMsg;
use super::model::{Draft, Model};
use super::msg::Msg;
use super::page::{Link, PageMsg, send};
use super::panes::Saved;
use super::run::Problem;
use super::script::problem;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

/// Pixels from line to line, as `panes.css` has it.
const LINE: usize = 18;

/// What stands over the text: its title, what can be done with it, where it is kept.
pub(super) fn head(model: &Model, draft: &Draft, link: &Link) -> Html {
    let (text, lines) = (draft.text.clone(), draft.text.lines().count());
    let retitle = link.batch_callback(move |event: InputEvent| {
        let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
        Some(PageMsg(Msg::Draft(retitled(&text, &input.value()))))
    });
    let keep = link.callback(|_: Event| PageMsg(Msg::Look(LookMsg::Autosave)));
    let save = |what, word: &'static str| html! { <button class="button small boxed" type="button" onclick={send(link, Msg::Save(what))}>{ word }</button> };
    let wrong = if draft.problem.is_some() { ", 1 wrong" } else { "" };
    html! {
        <div class="bench-head">
            <label class="picker">{ "Title" }<input type="text" aria-label="Title" spellcheck="false" value={title_of(&draft.text)} oninput={retitle} /></label>
            <span class="quiet">{ format!("{lines} lines{wrong}") }</span><span class="grow" />
            { save(Saved::Script, "Save script") }{ save(Saved::Shell, "Shell export") }{ save(Saved::Image, "Save image") }
            <label class="autosave" title="Nothing is sent anywhere"><input type="checkbox" checked={model.look.autosave} onchange={keep} />
                { if model.look.autosave { " Kept in this browser only, as you type" } else { " Not kept: gone when this page is closed" } }</label>
        </div>
    }
}

/// The first comment of a script is its title.
fn title_of(text: &str) -> String {
    let title = text.lines().find_map(|line| line.strip_prefix('#')).unwrap_or_default();
    // A blank at the end is one that is being typed.
    title.strip_prefix(' ').unwrap_or(title).to_owned()
}

/// The script under another title.
fn retitled(text: &str, title: &str) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let title = format!("# {title}");
    match lines.iter_mut().find(|line| line.starts_with('#')) {
        Some(line) => *line = title,
        None => lines.insert(usize::from(text.starts_with("dm-cache-lab")), title),
    }
    lines.join("\n")
}

#[derive(Debug, Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub(super) text: AttrValue,
    pub(super) problem: Option<Problem>,
    pub(super) change: Callback<String>,
    pub(super) run: Callback<()>,
    pub(super) close: Callback<()>,
}

/// The text with its lines' numbers.
#[function_component]
pub(super) fn Editor(props: &Props) -> Html {
    let (area, lines) = (use_node_ref(), use_node_ref());
    {
        let (area, text) = (area.clone(), props.text.clone());
        use_effect_with(props.problem.clone(), move |problem| {
            if let (Some(problem), Some(area)) = (problem, area.cast::<HtmlTextAreaElement>()) {
                to_caret(&area, &text, problem);
            }
        });
    }
    let oninput = props.change.reform(|event: InputEvent| {
        event.target().and_then(|t| t.dyn_into::<HtmlTextAreaElement>().ok()).map(|area| area.value()).unwrap_or_default()
    });
    let onkeydown = {
        let (run, close) = (props.run.clone(), props.close.clone());
        move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                run.emit(());
            }
            "Escape" => close.emit(()),
            _ => {}
        }
    };
    let onscroll = {
        let (area, lines) = (area.clone(), lines.clone());
        move |_: Event| {
            if let (Some(area), Some(lines)) = (area.cast::<HtmlElement>(), lines.cast::<HtmlElement>()) {
                lines.set_scroll_top(area.scroll_top());
            }
        }
    };
    let wrong = props.problem.as_ref();
    let line = |n: usize| match wrong.filter(|problem| problem.line == n + 1) {
        Some(wrong) => html! { <div class="wrong">{ problem(wrong) }</div> },
        None => html! { <div /> },
    };
    html! {
        <div class="editor">
            <textarea ref={area} aria-label="Script text" spellcheck="false" autocapitalize="off" wrap="off" aria-invalid={wrong.is_some().to_string()} value={props.text.clone()} {oninput} {onkeydown} {onscroll} />
            <div class="lines" ref={lines}>{ for (0..props.text.split('\n').count()).map(line) }</div>
        </div>
    }
}

/// Puts the caret where the problem is, and the line in sight.
fn to_caret(area: &HtmlTextAreaElement, text: &str, problem: &Problem) {
    let before = text.split('\n').take(problem.line.saturating_sub(1)).map(|line| line.encode_utf16().count() + 1).sum::<usize>();
    let line = text.split('\n').nth(problem.line.saturating_sub(1)).unwrap_or_default();
    let within = line.chars().take(problem.column.saturating_sub(1)).map(char::len_utf16).sum::<usize>();
    let at = u32::try_from(before + within).unwrap_or(0);
    // Where the browser refuses the focus or the caret, the mark is still there.
    let _ = area.focus();
    let _ = area.set_selection_range(at, at);
    area.set_scroll_top(i32::try_from(problem.line.saturating_sub(6) * LINE).unwrap_or(0));
}
