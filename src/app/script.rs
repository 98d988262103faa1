//! The script with captions, the current line, and how each expectation ended; or the script being edited.

use super::editor::{self, Editor};
use super::icons::{Icon, icon};
use super::model::{Draft, Model};
use super::msg::Msg;
use super::page::{Link, PageMsg, send};
use super::run::{Problem, Source};
use crate::playback::Line;
use crate::scenario::ast::{Action, Scope, Statement};
use yew::prelude::*;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let title = format!("{}.dml", model.file_stem());
    let title = if model.edited && model.is_of_the_catalogue() { format!("{title}, edited") } else { title };
    let body = match (&model.draft, &model.source) {
        (Some(draft), _) => html! { <>{ editor::head(model, draft, link) }{ editor(draft, link) }</> },
        (None, Ok(source)) => statements(model, link, source),
        (None, Err(error)) => html! { <div class="statements">{ problem(error) }</div> },
    };
    html! {
        <>
            <div class="panel-head">
                <h2>{ "Script" }</h2><span class="quiet file-name">{ title }</span><span class="grow" />
                if model.draft.is_none() {
                    <button class="button small" type="button" onclick={send(link, Msg::Edit)}>{ "Edit" }</button>
                } else {
                    <button class="button small boxed" type="button" title="Ctrl Enter" onclick={send(link, Msg::RunDraft)}>{ "Run" }</button>
                    <button class="button small" type="button" onclick={send(link, Msg::Discard)}>{ "Cancel" }</button>
                }
            </div>
            { body }
        </>
    }
}

fn editor(draft: &Draft, link: &Link) -> Html {
    html! {
        <Editor text={draft.text.clone()} problem={draft.problem.clone()} change={link.callback(|text| PageMsg(Msg::Draft(text)))}
            run={link.callback(|()| PageMsg(Msg::RunDraft))} close={link.callback(|()| PageMsg(Msg::Close))} />
    }
}

/// A problem with the line that has it.
pub(super) fn problem(problem: &Problem) -> Html {
    html! {
        <div class="problem" role="alert" data-line={problem.line.to_string()}>
            <strong>{ format!("Line {}, column {}: {}", problem.line, problem.column, problem.message) }</strong>
            <span>{ format!("Wanted: {}", problem.expected) }</span>
            { problem.help.as_ref().map(|help| html! { <span>{ help }</span> }) }
        </div>
    }
}

fn statements(model: &Model, link: &Link, source: &Source) -> Html {
    let intro = &source.script.intro;
    let (current, body, hidden) = (model.line(), &source.script.body, model.hidden_from_line());
    html! {
        <ol class="statements" tabindex="0" aria-label="Statements">
            // What a scenario is about would answer a question that stands open.
            { (!intro.is_empty() && hidden.is_none()).then(|| html! { <li><p class="intro">{ introduction(intro) }</p></li> }) }
            { for body.iter().filter(|s| hidden.is_none_or(|line| s.line <= line)).map(|s| statement(model, link, source, s, current)) }
            if let Some(line) = hidden {
                <li class="cover">{ format!("{} more lines, with their results, are shown after your answer.", body.iter().filter(|s| s.line > line).count()) }</li>
            }
        </ol>
    }
}

/// The lines as one text; what is numbered stands on lines of its own.
fn introduction(lines: &[String]) -> Html {
    let numbered = |line: &str| line.split_once(". ").is_some_and(|(n, _)| n.parse::<u8>().is_ok());
    let apart = |n: usize| n > 0 && lines.get(n - 1..=n).is_some_and(|pair| pair.iter().any(|l| numbered(l)));
    let line = |(n, line): (usize, &String)| {
        let before = if apart(n) {
            html! { <br /> }
        } else {
            html! { " " }
        };
        html! { <>{ before }{ line }</> }
    };
    html! { <>{ for lines.iter().enumerate().map(line) }</> }
}

/// Which worlds an expectation is about.
const fn scope_in_words(scope: Scope) -> Option<&'static str> {
    match scope {
        Scope::Always => None,
        Scope::Off => Some("without the fix"),
        Scope::On => Some("with one shared object"),
        Scope::Fixed => Some("with the fix"),
    }
}

fn statement(model: &Model, link: &Link, source: &Source, statement: &Statement, current: Option<usize>) -> Html {
    let caption = (!statement.caption.is_empty()).then(|| html! { <p class="caption">{ statement.caption.join(" ") }</p> });
    match &statement.action {
        Action::Label(name) => return html! { <li>{ caption }<p class="section" data-label={name.clone()}>{ name }</p></li> },
        Action::Ask(question) => {
            if model.hidden_from_line() == Some(statement.line) {
                return html! { <li>{ caption }<p class="ask">{ &question.text }</p></li> };
            }
            return html! { <li>{ caption }<details class="ask"><summary>{ &question.text }</summary><p>{ &question.answer }</p></details></li> };
        }
        _ => {}
    }
    let current = current == Some(statement.line);
    let step = model.track().step(model.at, 0);
    let outcomes: Vec<&Line> = model.sides().filter_map(|r| r.lines.iter().find(|l| l.line == statement.line)).collect();
    let ahead = outcomes.first().is_some_and(|l| l.step > step);
    let failed = outcomes.iter().find(|l| l.held == Some(false));
    let held = outcomes.iter().any(|l| l.held == Some(true));
    let asked = matches!(statement.action, Action::Expect(_));
    let mark = match (failed, held) {
        (Some(_), _) => html! { <span role="img" aria-label={if ahead { "will fail" } else { "fails" }}>{ icon(Icon::Cross) }</span> },
        (None, true) => html! { <span role="img" aria-label={if ahead { "will hold" } else { "holds" }}>{ icon(Icon::Check) }</span> },
        (None, false) => html! { <span /> },
    };
    let seen = failed.map(|l| {
        let word = match (asked, ahead) {
            (true, true) => "will be ",
            (true, false) => "got ",
            (false, _) => "",
        };
        html! { <span class="seen">{ word }{ l.seen.trim_end() }</span> }
    });
    let scope = match &statement.action {
        Action::Expect(expect) => scope_in_words(expect.scope).map(|words| html! { <span class="scope">{ words }</span> }),
        _ => None,
    };
    let skipped = asked && failed.is_none() && !held && model.playback.is_some();
    let text = source.text.get(statement.span.offset..statement.span.offset + statement.span.len).unwrap_or_default();
    let text = text.trim_start_matches("$ ");
    // Which world it is about is said in words beside it.
    let bare = ["expect off ", "expect on ", "expect fixed "].iter().find_map(|head| text.strip_prefix(head)).filter(|_| scope.is_some());
    let text = bare.map_or_else(|| text.to_owned(), |bare| format!("expect {bare}"));
    let class =
        classes!("statement", ahead.then_some("ahead"), failed.map(|_| "failed"), skipped.then_some("skipped"), asked.then_some("asked"));
    html! {
        <li>
            { caption }
            <button type="button" {class} data-line={statement.line.to_string()} data-held={match (failed, held) { (Some(_), _) => "no", (None, true) => "yes", _ => "" }}
                data-as-declared={outcomes.iter().all(|l| l.as_declared).to_string()}
                aria-current={current.then_some("step")} onclick={send(link, Msg::Line(statement.line))}>
                <span class="number mono">{ statement.line }</span>{ mark }<code>{ text }</code>{ scope }{ seen }
            </button>
        </li>
    }
}
