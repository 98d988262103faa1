//! Console, kernel log and trace.

use super::model::Model;
use super::msg::{Msg, Tab};
use super::page::{Link, PageMsg, send};
use super::script::problem;
use crate::scenario::typed;
use crate::timeline::trace::Group;
use crate::timeline::words::words;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// Lines shown of each, the newest.
const LINES_MAX: usize = 200;

/// Lines of the kernel log shown under a command that failed.
const LOGGED_MAX: usize = 20;

const TABS: [(Tab, &str); 3] = [(Tab::Console, "Console"), (Tab::Log, "Kernel log"), (Tab::Trace, "Trace")];

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let tab = |(tab, word): (Tab, &'static str)| {
        let selected = model.tab == tab;
        html! {
            <button type="button" role="tab" id={id(tab)} aria-selected={selected.to_string()} aria-controls="drawer"
                tabindex={if selected { "0" } else { "-1" }} onclick={send(link, Msg::Tab(tab))}>{ word }</button>
        }
    };
    let body = match model.tab {
        Tab::Console => console(model, link),
        Tab::Log => log(model),
        Tab::Trace => trace(model, link),
    };
    let onkeydown = link.batch_callback(|event: KeyboardEvent| move_between_tabs(&event));
    html! {
        <div class="drawer">
            <div class="tabs" role="tablist" aria-label="Machine output" {onkeydown}>{ for TABS.into_iter().map(tab) }</div>
            <div id="drawer" role="tabpanel" aria-labelledby={id(model.tab)}>{ body }</div>
        </div>
    }
}

const fn id(tab: Tab) -> &'static str {
    match tab {
        Tab::Console => "tab-console",
        Tab::Log => "tab-log",
        Tab::Trace => "tab-trace",
    }
}

/// Arrows move the focus; Enter or Space opens (manual activation).
fn move_between_tabs(event: &KeyboardEvent) -> Option<PageMsg> {
    let step = match event.key().as_str() {
        "ArrowRight" => 1,
        "ArrowLeft" => TABS.len() - 1,
        _ => return None,
    };
    let from = event.target()?.dyn_into::<web_sys::HtmlElement>().ok()?;
    let at = TABS.iter().position(|(tab, _)| id(*tab) == from.id())?;
    let (to, _) = TABS.get((at + step) % TABS.len())?;
    let element = from.owner_document()?.get_element_by_id(id(*to))?.dyn_into::<web_sys::HtmlElement>().ok()?;
    event.prevent_default();
    // If the element cannot be focused, nothing else changes.
    let _ = element.focus();
    None
}

fn console(model: &Model, link: &Link) -> Html {
    let shown = model.frame().map(|frame| {
        let (commands, log) = (&frame.view.commands, &frame.view.log);
        let earlier = commands.len().saturating_sub(LINES_MAX);
        let shown = commands.iter().enumerate().skip(earlier).map(|(n, command)| {
            let failed = command.rc.is_some_and(|rc| rc != 0);
            // What the kernel logged until the next command, under one that failed.
            let until = commands.get(n + 1).map_or(log.len(), |next| next.logged);
            let said = (failed && until > command.logged).then(|| {
                let lines = log.iter().skip(command.logged).take((until - command.logged).min(LOGGED_MAX));
                html! { <span class="klog"><span class="quiet">{ "kernel log\n" }</span>{ for lines.map(|line| html! { <>{ &**line }{ "\n" }</> }) }</span> }
            });
            let prompt = if command.text.starts_with("# ") { "" } else { "# " };
            html! { <><span class="typed">{ prompt }{ &*command.text }{ "\n" }</span><span class={classes!(failed.then_some("failed"))}>{ &*command.output }</span>{ said }</> }
        });
        html! { <>{ left_out(earlier, "earlier commands") }{ for shown }</> }
    });
    html! {
        <>
            if model.told {
                { help() }
            } else {
                <pre role="log" aria-label="Console" tabindex="0" class="scrolled">{ shown }</pre>
            }
            { model.refused.as_ref().map(problem) }
            <PromptLine history={model.history.clone()} later={model.at < model.track().last()} typed={link.callback(|text| PageMsg(Msg::Type(text)))}
                take_back={(!model.typed.is_empty()).then(|| link.callback(|()| PageMsg(Msg::TakeBack)))} />
        </>
    }
}

/// What the console understands, group by group.
fn help() -> Html {
    let group = |(name, words): &(&'static str, &'static [(&'static str, &'static str)])| {
        let word =
            |(word, goes_on): &(&'static str, &'static str)| html! { <><span class="typed">{ *word }</span>{ " " }{ *goes_on }{ "\n" }</> };
        html! { <>{ *name }{ "\n" }{ for words.iter().map(word) }{ "\n" }</> }
    };
    html! { <pre role="status" aria-label="What the console understands" tabindex="0">{ for typed::HELP.iter().map(group) }</pre> }
}

/// What the line at the prompt needs to know.
#[derive(Debug, Clone, PartialEq, Properties)]
struct PromptProps {
    history: Vec<String>,
    /// The playhead is not at the end, where a command runs.
    later: bool,
    typed: Callback<String>,
    /// Takes the last command back, if there is one.
    take_back: Option<Callback<()>>,
}

/// The line at the prompt: what is typed there, and which command of the history is recalled, is nobody else's business.
#[function_component]
fn PromptLine(props: &PromptProps) -> Html {
    let text = use_state(String::new);
    let recalled = use_state(|| None::<usize>);
    let oninput = {
        let text = text.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok()) {
                text.set(input.value());
            }
        })
    };
    let onkeydown = {
        let (text, recalled, history, typed) = (text.clone(), recalled.clone(), props.history.clone(), props.typed.clone());
        let take_back = props.take_back.clone();
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                // In a line with text it is the browser's, and takes back letters.
                "z" if (event.ctrl_key() || event.meta_key()) && !event.shift_key() && text.is_empty() => {
                    if let Some(take_back) = &take_back {
                        event.prevent_default();
                        take_back.emit(());
                    }
                    return;
                }
                "Enter" => {
                    typed.emit((*text).clone());
                    recalled.set(None);
                    text.set(String::new());
                    return;
                }
                "ArrowUp" => recalled.unwrap_or(history.len()).checked_sub(1),
                "ArrowDown" => recalled.map(|n| n + 1),
                "Tab" if !event.shift_key() && !text.is_empty() => {
                    if let Some(longer) = completed(&text) {
                        event.prevent_default();
                        text.set(longer);
                    }
                    return;
                }
                "Escape" => {
                    if let Some(input) = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok()) {
                        // If the focus stays, nothing else changes.
                        let _ = input.blur();
                    }
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            if let Some(to) = to {
                recalled.set((to < history.len()).then_some(to));
                text.set(history.get(to).cloned().unwrap_or_default());
            }
        })
    };
    // A field of one line would join several that are pasted: they are commands, one after the other.
    let onpaste = {
        let (text, recalled, typed) = (text.clone(), recalled.clone(), props.typed.clone());
        Callback::from(move |event: Event| {
            let pasted = event.dyn_ref::<web_sys::ClipboardEvent>().and_then(web_sys::ClipboardEvent::clipboard_data);
            let Some(pasted) = pasted.and_then(|data| data.get_data("text").ok()).filter(|p| p.trim_end().contains('\n')) else { return };
            event.prevent_default();
            typed.emit(format!("{}{pasted}", *text));
            recalled.set(None);
            text.set(String::new());
        })
    };
    let placeholder = if props.later { "runs after the last step" } else { "a command, or help" };
    html! {
        <label class="prompt-line mono">{ "# " }
            <input id="console-input" type="text" aria-label="Type a command" autocomplete="off" autocapitalize="off" spellcheck="false" {placeholder} value={(*text).clone()} {oninput} {onkeydown} {onpaste} />
            if let Some(take_back) = &props.take_back {
                <button class="button small" type="button" aria-label="Take the last command back" title="Take the last command back (Ctrl Z)" onclick={take_back.reform(|_: MouseEvent| ())}>{ "Undo" }</button>
            }
        </label>
    }
}

/// The line with its last word completed, if one word alone fits.
fn completed(text: &str) -> Option<String> {
    const FIRST: &[&str] = &[
        "dmsetup ",
        "write ",
        "read ",
        "discard ",
        "workload ",
        "settle",
        "wait ",
        "power-cut ",
        "evict ",
        "fail ",
        "heal ",
        "resize ",
        "expect ",
        "label ",
        "cache_check ",
        "cache_dump ",
        "blockdev ",
        "dd ",
        "echo ",
        "cat ",
        "sync",
    ];
    const DMSETUP: &[&str] = &[
        "create ", "remove ", "suspend ", "resume ", "load ", "reload ", "clear ", "status ", "table ", "info ", "message ", "rename ",
        "wait ", "deps ", "ls",
    ];
    let (words, start, rest) = match text.strip_prefix("dmsetup ") {
        Some(rest) => (DMSETUP, "dmsetup ", rest),
        None => (FIRST, "", text),
    };
    let mut fitting = words.iter().filter(|w| w.starts_with(rest));
    let word = fitting.next()?;
    fitting.next().is_none().then(|| format!("{start}{word}"))
}

fn log(model: &Model) -> Html {
    let Some(frame) = model.frame() else { return Html::default() };
    let log = &frame.view.log;
    let earlier = log.len().saturating_sub(LINES_MAX);
    let shown = log.iter().skip(earlier).map(|line| html! { <>{ &**line }{ "\n" }</> });
    let nothing = log.is_empty().then_some("The kernel has logged nothing yet.");
    html! { <pre role="log" aria-label="Kernel log" tabindex="0" class="scrolled">{ left_out(earlier, "earlier lines") }{ for shown }{ nothing }</pre> }
}

/// Said of lines that are not shown.
fn left_out(n: usize, what: &str) -> Html {
    if n == 0 {
        Html::default()
    } else {
        html! { <span class="quiet">{ format!("… {n} {what}\n") }</span> }
    }
}

/// The choice of a group of events, with how many of each this step has.
fn groups(model: &Model, link: &Link) -> Html {
    let onchange = link.batch_callback(|event: Event| {
        let select = event.target()?.dyn_into::<web_sys::HtmlSelectElement>().ok()?;
        let n = usize::try_from(select.selected_index()).ok()?;
        Some(PageMsg(Msg::TraceGroup(n.checked_sub(1).and_then(|n| Group::ALL.get(n)).copied())))
    });
    let events = model.side_and_step().map(|(run, step)| run.timeline.events_of(step)).unwrap_or_default();
    let option = |group: &Group| {
        let count = events.iter().filter(|e| Group::of(e) == *group).count();
        html! { <option selected={model.trace_group == Some(*group)}>{ format!("{} {count}", group.name()) }</option> }
    };
    html! {
        <select aria-label="Event group" {onchange}>
            <option selected={model.trace_group.is_none()}>{ format!("all {}", events.len()) }</option>{ for Group::ALL.iter().map(option) }
        </select>
    }
}

fn trace(model: &Model, link: &Link) -> Html {
    let Some((run, step)) = model.side_and_step() else { return Html::default() };
    let oninput = link.batch_callback(|event: InputEvent| {
        let input = event.target()?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
        Some(PageMsg(Msg::TraceFilter(input.value())))
    });
    let events = run.timeline.events_of(step);
    let Some(after) = model.frame().map(|frame| &frame.view) else { return Html::default() };
    let filter = model.trace_filter.to_lowercase();
    let group = model.trace_group;
    let lines = events
        .iter()
        .filter(|event| group.is_none_or(|g| Group::of(event) == g))
        .map(|event| words(after, event).chars().take(200).collect::<String>());
    let found: Vec<String> = lines.filter(|l| filter.is_empty() || l.to_lowercase().contains(&filter)).collect();
    let (shown, more) = (found.iter().take(LINES_MAX), found.len().saturating_sub(LINES_MAX));
    html! {
        <>
            <label class="prompt-line">{ "Only" }{ groups(model, link) }<input type="search" aria-label="Only events that contain" value={model.trace_filter.clone()} {oninput} /></label>
            <pre aria-label="Events of this step" tabindex="0">{ for shown.map(|l| html! { <>{ l }{ "\n" }</> }) }{ left_out(more, "more events: the filter finds them") }</pre>
        </>
    }
}
