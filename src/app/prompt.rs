//! Questions of the script, docked over the track, and short notices.

use super::model::{Model, Prompt};
use super::msg::Msg;
use super::page::{Link, send};
use crate::playback::MarkKind;
use crate::scenario::ast::Action;
use yew::prelude::*;

/// The dock's id, which takes the focus when a question is reached.
pub(super) const DOCK: &str = "question-dock";

impl Model {
    /// The question that is reached at a position and not answered yet.
    pub(super) fn question_at(&self, at: usize) -> Option<Prompt> {
        let here = self.track().marks.iter().filter(|mark| mark.kind == MarkKind::Ask && mark.at == at);
        let line = here.filter_map(|mark| mark.line).find(|line| !self.asked.contains(line))?;
        let statement = self.source.as_ref().ok()?.script.body.iter().find(|statement| statement.line == line)?;
        let Action::Ask(question) = &statement.action else { return None };
        Some(Prompt { line, question: question.clone(), answered: None, playing: self.playing })
    }

    /// Asks what stands at the playhead and was not asked yet; false where nothing does, or a question is open.
    pub(super) fn ask_here(&mut self) -> bool {
        let Some(prompt) = self.question_at(self.at).filter(|_| self.prompt.is_none()) else { return false };
        self.playing = false;
        self.prompt = Some(prompt);
        true
    }

    /// Closes the question; `for_good`: it does not come again.
    pub(super) fn leave_question(&mut self, for_good: bool) {
        if let Some(prompt) = self.prompt.take().filter(|prompt| for_good || prompt.answered.is_some()) {
            self.asked.push(prompt.line);
        }
    }

    /// The position behind which results are hidden.
    pub(super) fn hidden_from(&self) -> Option<usize> {
        self.prompt.as_ref().filter(|prompt| prompt.answered.is_none()).map(|_| self.at)
    }

    /// The line of the script behind which results are hidden.
    pub(super) fn hidden_from_line(&self) -> Option<usize> {
        self.prompt.as_ref().filter(|prompt| prompt.answered.is_none()).map(|prompt| prompt.line)
    }
}

/// Notices over the stage.
pub(super) fn view(model: &Model) -> Html {
    let notice = model.notice.as_ref().map(|notice| html! { <p class="notice">{ notice }</p> });
    html! { <div class="over" role="status">{ notice }</div> }
}

/// The question with its choices, or what became of it.
pub(super) fn dock(model: &Model, link: &Link) -> Html {
    let Some(prompt) = &model.prompt else { return Html::default() };
    let choice = |(n, text): (usize, &String)| {
        html! { <button class="choice-button" type="button" onclick={send(link, Msg::Answer(n + 1))}><kbd>{ n + 1 }</kbd><span>{ text }</span></button> }
    };
    let body = match prompt.answered {
        Some(chosen) => {
            html! { <p class="answer" role="status"><strong>{ outcome(model, prompt, chosen) }</strong>{ &prompt.question.answer }</p> }
        }
        None if prompt.question.choices.is_empty() => {
            html! { <button class="choice-button" type="button" onclick={send(link, Msg::Answer(0))}>{ "Show the answer" }</button> }
        }
        None => html! { <>{ for prompt.question.choices.iter().enumerate().map(choice) }</> },
    };
    html! {
        <div class="dock" id={DOCK} role="group" aria-labelledby="question" tabindex="-1" data-prompt="true">
            <div class="asked"><span class="quiet">{ numbered(model, prompt) }</span><p id="question">{ &prompt.question.text }</p></div>
            <div class="choices">{ body }</div>
            <button class="button" type="button" onclick={send(link, Msg::GoOn)}>{ if prompt.answered.is_some() { "Go on" } else { "Skip" } }</button>
        </div>
    }
}

/// Which of the script's questions it is.
fn numbered(model: &Model, prompt: &Prompt) -> String {
    let Ok(source) = &model.source else { return String::new() };
    let lines: Vec<usize> = source.script.body.iter().filter(|s| matches!(s.action, Action::Ask(_))).map(|s| s.line).collect();
    let n = lines.iter().position(|line| *line == prompt.line).unwrap_or(0) + 1;
    format!("Question {n} of {}, after step {}", lines.len(), model.at + 1)
}

/// Whether the choice was right, and what is, in the worlds on show.
fn outcome(model: &Model, prompt: &Prompt, chosen: usize) -> String {
    let question = &prompt.question;
    let right = |sharing: bool| {
        question.choices.iter().enumerate().find(|(n, _)| question.is_right(n + 1, sharing)).map_or("", |(_, c)| c.as_str())
    };
    let worlds: Vec<bool> = model.sides().map(|side| side.sharing).collect();
    match worlds.as_slice() {
        _ if question.choices.is_empty() => String::new(),
        [_, _] if right(false) != right(true) => format!("Without the fix: {}. With it: {}. ", right(false), right(true)),
        [sharing, ..] => {
            // Where the fix decides, the answer says which of the two this run is.
            let with = match (right(false) == right(true), sharing) {
                (true, _) => "",
                (false, true) => ", with the fix",
                (false, false) => ", without the fix",
            };
            if question.is_right(chosen, *sharing) { format!("Right{with}. ") } else { format!("No{with}: {}. ", right(*sharing)) }
        }
        [] => String::new(),
    }
}
