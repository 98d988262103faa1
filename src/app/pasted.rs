//! A line of a real machine, pasted: told field by field, with what is unusual about it and the scenario that shows it.
//! It is read here and nowhere else: no link holds it, nothing keeps it.

use super::icons::{Icon, icon};
use super::model::Model;
use super::msg::Msg;
use super::page::{Link, PageMsg, copy, send};
use crate::scenario::{library, machine};
use crate::shell::pasted::{BYTES_MAX, Field, Pasted, Remark, Told, tell};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// The field's id, which has the focus when the screen opens.
pub(super) const FIELD: &str = "pasted-line";
/// Devices that are told.
const LINES_MAX: usize = 40;

pub(super) fn view(text: &str, link: &Link) -> Html {
    let oninput = link.batch_callback(|event: InputEvent| {
        let field = event.target()?.dyn_into::<web_sys::HtmlTextAreaElement>().ok()?;
        Some(PageMsg(Msg::Paste(Some(field.value()))))
    });
    let pasted = tell(text.get(..BYTES_MAX).unwrap_or(text));
    html! {
        <main class="pasted-lines" aria-label="Your line">
            <label for={FIELD}>{ "A line of a real machine" }</label>
            <textarea id={FIELD} class="mono" rows="4" spellcheck="false" autocomplete="off" maxlength={BYTES_MAX.to_string()} value={text.to_owned()} {oninput}
                placeholder="vg-data: 0 209715200 cache 8 331/2048 1024 51200/102400 …" aria-describedby="pasted-what" />
            <p class="quiet" id="pasted-what" role="status">{ what(&pasted, text) }</p>
            // In a place of their own: the field before them stays the same element while lines come.
            <div>{ for pasted.lines.iter().take(LINES_MAX).map(|line| told(line, link)) }</div>
        </main>
    }
}

/// What was found, in a sentence.
fn what(pasted: &Pasted, text: &str) -> String {
    let over = |words: &[String]| {
        if words.is_empty() {
            String::new()
        } else {
            format!(" Not known, passed over: {}", words.join(" ").chars().take(200).collect::<String>())
        }
    };
    match pasted.lines.as_slice() {
        _ if text.trim().is_empty() => {
            "Paste what dmsetup status, dmsetup table or lvs -o+cache_… printed. Wrapped lines and several devices are fine.".to_owned()
        }
        [] => format!(
            "No line of a cache: wanted is one of dmsetup status, dmsetup table, or lvs with its heading.{}",
            over(&pasted.passed_over)
        ),
        [_] => format!("One cache.{}", over(&pasted.passed_over)),
        lines => format!("{} caches.{}", lines.len(), over(&pasted.passed_over)),
    }
}

fn told(told: &Told, link: &Link) -> Html {
    let by = told.by.to_string();
    let name = told.name.as_deref().unwrap_or("a cache");
    let remarks = match told.remarks.len() {
        0 => "Nothing unusual".to_owned(),
        1 => "One remark".to_owned(),
        n => format!("{n} remarks"),
    };
    html! {
        <article data-by={by.clone()} aria-label={format!("{name}, {by}")}>
            <section>
                <h2>{ name }<span class="quiet">{ format!(" as {by} shows it") }</span></h2>
                <table>
                    <thead class="hidden"><tr>{ for ["unusual", "as pasted", "unit", "what it says"].map(|h| html! { <th scope="col">{ h }</th> }) }</tr></thead>
                    <tbody>{ for told.fields.iter().map(field) }</tbody>
                </table>
                if !told.passed_over.is_empty() {
                    <p class="quiet">{ format!("Not known, passed over: {}", told.passed_over.join(" ")) }</p>
                }
                { ways(told, link) }
            </section>
            <section class="pasted-remarks">
                <h2>{ remarks }</h2>
                { for told.remarks.iter().enumerate().map(|(n, r)| remark(n + 1, r)) }
            </section>
        </article>
    }
}

/// What can be done with a line: take it along as text, and build its machine where it tells the sizes.
fn ways(told: &Told, link: &Link) -> Html {
    let text = told.to_string();
    let onclick = {
        let link = link.clone();
        move |_: MouseEvent| {
            copy(&link, &text, |done| Msg::Notice(if done { "Copied." } else { "The browser denied access to the clipboard." }.to_owned()))
        }
    };
    let build = machine::script(told).map(|script| match script {
        Ok(script) => html! { <button class="button boxed" type="button" onclick={send(link, Msg::Build(script.into()))}>{ "Build this machine" }</button> },
        Err(why) => html! { <span class="quiet">{ why }</span> },
    });
    html! { <p class="pane-buttons">{ build }<button class="button boxed" type="button" {onclick}>{ "Copy as text" }</button></p> }
}

fn field(field: &Field) -> Html {
    let sign = field.unusual.then(|| html! { <span role="img" aria-label="unusual">{ "!" }</span> });
    html! {
        <tr class={classes!(field.unusual.then_some("unusual"))}>
            <td>{ sign }</td><td class="mono">{ &field.value }</td><td class="quiet">{ field.unit }</td><td>{ &field.means }</td>
        </tr>
    }
}

fn remark(n: usize, remark: &Remark) -> Html {
    let see = remark.see.and_then(library::find).map(|entry| {
        let title = entry.source.lines().find_map(|l| l.strip_prefix("# ")).unwrap_or(entry.name);
        html! { <><dt>{ "see it" }</dt><dd><a href={format!("#v=1&s={}", entry.name)}>{ title }</a></dd></> }
    });
    html! {
        <section class="pasted-remark" aria-label={remark.title}>
            <h3>{ format!("{n}. {}", remark.title) }</h3>
            <dl><dt>{ "unusual" }</dt><dd>{ &remark.unusual }</dd><dt>{ "your data" }</dt><dd><strong>{ &remark.data }</strong></dd>{ see }</dl>
        </section>
    }
}

/// The bar over it.
pub(super) fn head(link: &Link) -> Html {
    html! {
        <>
            <button class="button boxed" type="button" onclick={send(link, Msg::Paste(None))}>{ icon(Icon::Back) }{ "The machine" }</button>
            <strong>{ "Paste your line" }</strong><span class="label">{ "dmsetup status, dmsetup table, lvs" }</span>
            <span class="grow" /><span class="label">{ "Read in this page, never sent" }</span>
        </>
    }
}

impl Model {
    /// Opens the screen, changes what stands there, or closes it.
    pub(super) fn paste(&mut self, text: Option<String>) {
        self.playing = false;
        self.picking = false;
        self.pasted = text;
    }
}
