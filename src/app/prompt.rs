//! What is said over the stage: a question that paused playback, and short notices.

use super::model::Model;
use super::msg::Msg;
use super::page::{Link, send};
use yew::prelude::*;

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let question = model.prompt.as_ref().map(|prompt| {
        html! {
            <div class="prompt" role="dialog" aria-labelledby="question" data-prompt="true">
                <p id="question">{ &prompt.question }</p>
                if prompt.shown {
                    <p class="answer" role="status">{ &prompt.answer }</p>
                } else {
                    <button class="button boxed" type="button" onclick={send(link, Msg::Answer)}>{ "Show the answer" }</button>
                }
                <button class="button boxed" type="button" onclick={send(link, Msg::GoOn)}>{ "Go on" }</button>
            </div>
        }
    });
    let notice = model.notice.as_ref().map(|notice| html! { <p class="notice">{ notice }</p> });
    html! { <div class="over" role="status">{ notice }{ question }</div> }
}
