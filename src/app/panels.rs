//! Console, kernel log and trace.

use super::model::{Model, Msg, Tab};
use super::page::{Link, send};
use yew::prelude::*;

/// Lines shown of each, the newest.
const LINES_MAX: usize = 200;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let tab = |(tab, word): (Tab, &'static str)| {
        let selected = model.tab == tab;
        html! {
            <button type="button" role="tab" id={word} aria-selected={selected.to_string()} aria-controls="drawer" onclick={send(link, Msg::Tab(tab))}>{ word }</button>
        }
    };
    let (name, body) = match model.tab {
        Tab::Console => ("Console", console(model)),
        Tab::Log => ("Kernel log", log(model)),
        Tab::Trace => ("Trace", trace(model)),
    };
    html! {
        <div class="drawer">
            <div class="tabs" role="tablist" aria-label="What the machine says">
                { for [(Tab::Console, "Console"), (Tab::Log, "Kernel log"), (Tab::Trace, "Trace")].into_iter().map(tab) }
            </div>
            <div id="drawer" role="tabpanel" aria-labelledby={name} tabindex="0">{ body }</div>
        </div>
    }
}

fn console(model: &Model) -> Html {
    let Some(frame) = model.frames.first() else { return Html::default() };
    let commands = &frame.view.commands;
    let shown = commands.iter().skip(commands.len().saturating_sub(LINES_MAX)).map(|command| {
        let failed = command.rc.is_some_and(|rc| rc != 0);
        html! { <><span class="typed">{ "# " }{ &command.text }{ "\n" }</span><span class={classes!(failed.then_some("failed"))}>{ &command.output }</span></> }
    });
    html! { <pre role="log" aria-label="Console">{ for shown }</pre> }
}

fn log(model: &Model) -> Html {
    let Some(frame) = model.frames.first() else { return Html::default() };
    let log = &frame.view.log;
    let shown = log.iter().skip(log.len().saturating_sub(LINES_MAX)).map(|line| html! { <>{ line }{ "\n" }</> });
    html! { <pre role="log" aria-label="Kernel log">{ for shown }</pre> }
}

fn trace(model: &Model) -> Html {
    let Some(run) = model.runs.first() else { return Html::default() };
    let events = run.timeline.events_of(model.track.step(model.at, 0));
    let shown = events.iter().rev().take(LINES_MAX).rev().map(|event| {
        let text = format!("{event:?}");
        let name: String = text.chars().take(160).collect();
        html! { <>{ name }{ "\n" }</> }
    });
    html! { <pre aria-label="Trace">{ for shown }</pre> }
}
