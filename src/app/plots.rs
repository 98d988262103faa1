//! Curves over the run: hit ratio, dirty blocks, promotions. The chart library is asked for when it is first needed.
//!
//! `www/plots.js` defines the element `lab-plot`, which draws what its attribute `data` says with uPlot; until it is
//! there, and for whoever reads rather than looks, the same numbers stand in a table.

use super::model::Model;
use super::msg::Msg;
use super::page::{Link, PageMsg, send};
use crate::playback::Shared;
use crate::timeline::series::{Figures, series};
use std::rc::Rc;
use yew::prelude::*;

/// Rows of the table at most.
const ROWS_MAX: usize = 400;
/// Points of a curve at most.
const POINTS_MAX: usize = 4_000;

/// Has the browser load the chart library, once.
pub(super) fn start() {
    let Some(document) = web_sys::window().and_then(|w| w.document()) else { return };
    if document.get_element_by_id("plots").is_some() {
        return;
    }
    let (Ok(script), Ok(style), Some(head)) =
        (document.create_element("script"), document.create_element("link"), document.query_selector("head").ok().flatten())
    else {
        return;
    };
    let set = [("id", "plots"), ("type", "module"), ("src", "plots.js")].iter().try_for_each(|(k, v)| script.set_attribute(k, v));
    let set = set.and_then(|()| [("rel", "stylesheet"), ("href", "uPlot.min.css")].iter().try_for_each(|(k, v)| style.set_attribute(k, v)));
    if set.is_ok() {
        // Without the library the table tells the same.
        let _ = head.append_child(&style).and_then(|_| head.append_child(&script));
    }
}

/// The plots over the stage, where they are wanted.
pub(super) fn view(model: &Model, link: &Link) -> Html {
    if !model.plots {
        return Html::default();
    }
    let Some(playback) = &model.playback else { return Html::default() };
    let at = Rc::clone(playback);
    let go = link.callback(move |step: usize| PageMsg(Msg::Move(super::msg::Move::To(at.track().position(step, 0)))));
    let runs = model.sides().enumerate().map(|(n, run)| {
        html! { <Curves run={model.shared(n)} step={model.track().step(model.at, n)} until={model.hidden_from().map(|at| model.track().step(at, n))} title={if run.sharing { "Sharing on: Linux since" } else { "Sharing off: before the 2015 fix" }} go={go.clone()} /> }
    });
    html! {
        <section class="plots" aria-label="Plots" tabindex="-1">
            <div class="panel-head"><h2>{ "Over the run" }</h2><span class="quiet">{ "hit ratio, dirty blocks, promotions of the LIVE table" }</span><span class="grow" />
                <button class="button small" type="button" onclick={send(link, Msg::Plots)}>{ "Close" }</button></div>
            { for runs }
        </section>
    }
}

#[derive(Debug, Clone, PartialEq, Properties)]
struct CurvesProps {
    run: Option<Shared>,
    step: usize,
    /// While a question is open nothing is shown of what comes after it.
    until: Option<usize>,
    title: AttrValue,
    go: Callback<usize>,
}

/// The curves of one run; made once for it, not at every step.
#[function_component]
fn Curves(props: &CurvesProps) -> Html {
    let figures = use_memo((props.run.clone(), props.until), |(run, until)| {
        let mut figures = run.as_ref().and_then(Shared::side).map(|side| series(side.timeline)).unwrap_or_default();
        figures.retain(|f| until.is_none_or(|until| usize::try_from(f.step).is_ok_and(|step| step <= until)));
        figures
    });
    let data = use_memo((props.run.clone(), props.until), |_| data(&figures));
    let row = |f: &Figures| {
        let step = usize::try_from(f.step).unwrap_or(0);
        let ratio = f.hit_ratio().map_or_else(|| "–".to_owned(), |r| format!("{r:.1} %"));
        html! {
            <tr aria-current={(step == props.step).then_some("step")}><td><button class="pointer" type="button" onclick={props.go.reform(move |_: MouseEvent| step)}>{ step + 1 }</button></td>
                <td>{ ratio }</td><td>{ f.resident }</td><td>{ f.dirty }</td><td>{ f.promotions }</td><td>{ f.demotions }</td></tr>
        }
    };
    let last = figures.last().copied().unwrap_or_default();
    let ratio = last.hit_ratio().map_or_else(|| "no hit or miss counted".to_owned(), |r| format!("hit ratio {r:.1} %"));
    let when = if props.until.is_some() { "so far" } else { "at the end" };
    let said = format!("{}: {when} {ratio}, {} mapped, {} dirty, {} promoted", props.title, last.resident, last.dirty, last.promotions);
    html! {
        <div class="curves">
            <p>{ &said }</p>
            <lab-plot data={(*data).clone()} step={(props.step + 1).to_string()} role="img" aria-label={said.clone()}></lab-plot>
            <details class="as-table"><summary>{ "As a table" }</summary>
                <table data-figures={figures.len().to_string()}><thead><tr>{ for ["step", "hit ratio", "mapped", "dirty", "promotions", "demotions"].map(|h| html! { <th scope="col">{ h }</th> }) }</tr></thead>
                    <tbody>{ for figures.iter().take(ROWS_MAX).map(row) }</tbody></table>
                { (figures.len() > ROWS_MAX).then(|| html! { <p class="quiet">{ format!("the first {ROWS_MAX} of {} changes", figures.len()) }</p> }) }
            </details>
        </div>
    }
}

/// The columns that uPlot takes: steps, hit ratio, dirty blocks, promotions. Of very many points some stand for their neighbours.
fn data(figures: &[Figures]) -> String {
    let every = figures.len().div_ceil(POINTS_MAX).max(1);
    let points: Vec<&Figures> =
        figures.iter().enumerate().filter(|(n, _)| n % every == 0 || n + 1 == figures.len()).map(|(_, f)| f).collect();
    let column = |value: &dyn Fn(&Figures) -> String| points.iter().map(|f| value(f)).collect::<Vec<_>>().join(",");
    format!(
        "[[{}],[{}],[{}],[{}]]",
        column(&|f| (f.step + 1).to_string()),
        column(&|f| f.hit_ratio().map_or_else(|| "null".to_owned(), |r| format!("{r:.2}"))),
        column(&|f| f.dirty.to_string()),
        column(&|f| f.promotions.to_string()),
    )
}
