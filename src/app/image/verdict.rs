//! The verdict on an image: will Linux load it, what is lost if so, what to do next; and beside it what the verdict rests on.

use super::{ImageMsg, Shown, number, tell};
use crate::app::icons::{Icon, icon};
use crate::app::page::Link;
use dm_cache_image::activate::Step;
use dm_cache_image::verdict::{Loss, Verdict, Will};
use yew::prelude::*;

pub(super) fn view(shown: &Shown, link: &Link) -> Html {
    let verdict = &shown.verdict;
    let bad = verdict.will != Will::Load;
    let button = |solid: bool, what: &'static str, msg: ImageMsg| {
        let class = classes!("button", if solid { "solid" } else { "boxed" });
        html! { <button {class} type="button" onclick={tell(link, msg)}>{ what }</button> }
    };
    let repair = verdict.repair.is_some();
    html! {
        <section class={classes!("image-verdict", bad.then_some("ill"))} role="status" data-will={format!("{:?}", verdict.will)}>
            { icon(if bad { Icon::Cross } else { Icon::Check }) }
            <h2>{ &verdict.headline }</h2>
            <p>{ &verdict.price }{ " " }{ &verdict.next }</p>
            <div class="image-actions">
                { repair.then(|| button(true, "Repair and download", ImageMsg::Repair)) }
                { button(!repair, "Activate it in the machine", ImageMsg::Load) }
                { verdict.block.map(|at| button(false, "Show the block", ImageMsg::Block(at))) }
                <label class="picker">{ "Origin, sectors" }<input type="number" min="1" value={shown.origin.to_string()} onchange={number(link, ImageMsg::Origin)} /></label>
                { repair.then(|| html! { <span class="quiet">{ "Your file stays as it is; the repaired one is a copy." }</span> }) }
            </div>
        </section>
    }
}

/// What Linux would do, what is lost, what repair does.
pub(super) fn beside(verdict: &Verdict) -> Html {
    let ioctl = |step| match step {
        Step::Load => "reload",
        Step::Resume => "resume",
    };
    let fails = verdict.fails.iter().map(|(step, errno)| format!("device-mapper: {} ioctl on c  failed: {errno}", ioctl(*step)));
    let lines: Vec<String> = verdict.printed.iter().cloned().chain(fails).collect();
    let loss = |loss: &Loss| html! { <><dt>{ &loss.what }</dt><dd><strong class="mono">{ loss.amount.to_string() }</strong>{ " " }<span class="quiet">{ &loss.why }</span></dd></> };
    html! {
        <>
            <div class="panel-head"><h2>{ "What Linux would do" }</h2><span class="quiet">{ &verdict.kernel }</span></div>
            <pre class="image-log" data-printed={lines.len().to_string()}>
                <b>{ format!("# dmsetup create c --table '{}'\n", verdict.proposal.table()) }</b>
                { if lines.is_empty() { "prints nothing: the cache is there".to_owned() } else { lines.join("\n") } }
            </pre>
            if !verdict.lost.is_empty() {
                <div class="panel-head"><h2>{ "What is lost" }</h2></div>
                <dl class="facts losses">{ for verdict.lost.iter().map(loss) }</dl>
            }
            if let Some(repair) = &verdict.repair {
                <div class="panel-head"><h2>{ "What repair does" }</h2></div>
                <p class="whose">{ repair }</p>
            }
        </>
    }
}
