//! The script with captions, the current line, and how each expectation ended.

use super::icons::{Icon, icon};
use super::model::{Model, Msg};
use super::page::{Link, send};
use super::run::{Line, Source};
use crate::scenario::ast::Statement;
use yew::prelude::*;

/// Built-in scenarios: title and text.
pub(super) const SCENARIOS: &[(&str, &str)] = &[("Reload while live", include_str!("../../scenarios/reload-while-live.dml"))];

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let body = match &model.source {
        Ok(source) => html! { <ol class="statements">{ for source.script.body.iter().map(|s| statement(model, link, source, s)) }</ol> },
        Err(error) => html! { <div class="statements"><pre class="bad" role="alert">{ error }</pre></div> },
    };
    let title = model.source.as_ref().map(|s| s.script.title.clone()).unwrap_or_default();
    html! {
        <>
            <div class="panel-head"><h2>{ "Script" }</h2><span class="quiet">{ title }</span></div>
            { body }
        </>
    }
}

fn statement(model: &Model, link: &Link, source: &Source, statement: &Statement) -> Html {
    let current = model.line() == Some(statement.line);
    let step = model.track.step(model.at, 0);
    let outcomes: Vec<&Line> = model.runs.iter().filter_map(|r| r.lines.iter().find(|l| l.line == statement.line)).collect();
    let ahead = outcomes.first().is_some_and(|l| l.step > step);
    let failed = outcomes.iter().find(|l| l.held == Some(false));
    let held = outcomes.iter().any(|l| l.held == Some(true));
    let mark = match (failed, held) {
        (Some(_), _) => html! { <span role="img" aria-label="fails">{ icon(Icon::Cross) }</span> },
        (None, true) => html! { <span role="img" aria-label="holds">{ icon(Icon::Check) }</span> },
        (None, false) => html! { <span /> },
    };
    let seen = failed.map(|l| html! { <span class="seen">{ format!("{} {}", if ahead { "will be" } else { "got" }, l.seen) }</span> });
    let text = source.text.get(statement.span.offset..statement.span.offset + statement.span.len).unwrap_or_default();
    let text = text.trim_start_matches("$ ");
    let class = classes!("statement", ahead.then_some("ahead"), failed.map(|_| "failed"));
    html! {
        <li>
            { for statement.caption.iter().map(|c| html! { <p class="caption">{ c }</p> }) }
            <button type="button" {class} data-line={statement.line.to_string()} aria-current={current.then_some("step")} onclick={send(link, Msg::Line(statement.line))}>
                <span class="number mono">{ statement.line }</span>{ mark }<code>{ text }</code>{ seen }
            </button>
        </li>
    }
}
