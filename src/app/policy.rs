//! The policy laid open: its queues level by level, and the numbers it decides by, as they stood after a line of the script.
//!
//! No event tells of a queue: the policies are kept after every statement, which costs little, for they share their memory.

use super::model::Model;
use crate::playback::Side;
use crate::timeline::View;
use crate::timeline::names::cache_letter;
use crate::timeline::words::work;
use dm_cache_engine::event::CacheId;
use dm_cache_engine::policy::view::{Item, QueueName};
use dm_cache_engine::policy::{LEVELS, Policy};
use yew::prelude::*;

/// Entries of a level that are listed.
const ENTRIES_MAX: usize = 10;

const QUEUES: [(QueueName, &str, &str); 3] = [
    (QueueName::Hotspot, "Hotspot queue", "regions of the origin that were missed"),
    (QueueName::Clean, "Clean queue", "the head is demoted first"),
    (QueueName::Dirty, "Dirty queue", "the head is written back first"),
];

/// The policies after the last line that is over at the playhead.
fn at(run: Side<'_>, step: usize) -> Option<(usize, usize)> {
    let last = run.lines.iter().rfind(|l| l.step <= step)?.step;
    // Expectations have no step of their own: the line that took the step is the one to name.
    run.lines.iter().enumerate().find(|(_, l)| l.step == last).map(|(n, l)| (n, l.line))
}

pub(super) fn view(model: &Model) -> Option<Html> {
    let (run, step) = model.side_and_step()?;
    let frame = model.frame()?;
    let (n, line) = at(run, step)?;
    let policies = run.policies.get(n).filter(|p| !p.is_empty())?;
    Some(html! {
        <>
            <p class="whose quiet">{ format!("After line {line} of the script.") }</p>
            { for policies.iter().map(|(cache, policy)| one(&frame.view, *cache, policy)) }
        </>
    })
}

fn one(view: &View, cache: CacheId, policy: &Policy) -> Html {
    let letter = cache_letter(view, cache);
    let name = view.caches.get(&cache).map_or_else(String::new, |c| format!(", {}", c.policy));
    let gauges = policy.gauges();
    let numbers = [
        ("blocks in use", format!("{} of {}", gauges.allocated, gauges.cache_blocks)),
        ("promotes from level", gauges.promote_level.to_string()),
        ("hotspot level jump", gauges.hotspot_level_jump.to_string()),
        ("blocks per hotspot", gauges.blocks_per_hotspot.to_string()),
        ("ticks", gauges.ticks.to_string()),
        ("promotes and demotes", if gauges.migrations_allowed { "yes" } else { "no: it only writes back" }.to_owned()),
    ];
    let queued: Vec<String> = policy.queued_work().map(|w| work(w.op, w.oblock, w.cblock)).collect();
    html! {
        <section class="pane-part" data-policy={letter.clone()}>
            <h3>{ format!("Cache {letter}{name}") }</h3>
            <dl class="gauges">{ for numbers.into_iter().map(|(name, value)| html! { <><dt>{ name }</dt><dd class="mono">{ value }</dd></> }) }</dl>
            { for QUEUES.iter().map(|(queue, title, note)| levels(policy, *queue, title, note)) }
            { (!queued.is_empty()).then(|| html! { <><h3>{ "Planned work" }</h3><ul>{ for queued.iter().take(ENTRIES_MAX).map(|w| html! { <li>{ w }</li> }) }</ul></> }) }
        </section>
    }
}

fn levels(policy: &Policy, queue: QueueName, title: &'static str, note: &'static str) -> Html {
    let len = policy.queue_len(queue);
    let most = (0..LEVELS).map(|l| policy.level_len(queue, l).0).max().unwrap_or(0).max(1);
    let level = |level: usize| {
        let (len, _) = policy.level_len(queue, level);
        let entries: Vec<String> = policy.level_items(queue, level).filter_map(|item| said(&item)).take(ENTRIES_MAX + 1).collect();
        if entries.is_empty() {
            return None;
        }
        let more = if entries.len() > ENTRIES_MAX { " …" } else { "" };
        let list = entries.iter().take(ENTRIES_MAX).cloned().collect::<Vec<_>>().join(" ");
        Some(html! {
            <tr data-level={level.to_string()} data-len={len.to_string()}><td>{ level }</td><td>{ len }</td>
                <td><svg class="level-bar" viewBox="0 0 60 8" aria-hidden="true"><rect width={(60 * len / most).max(1).to_string()} height="8" /></svg></td><td class="entries">{ list }{ more }</td></tr>
        })
    };
    html! {
        <div class="queue" data-queue={format!("{queue:?}")} data-len={len.to_string()}>
            <h3>{ format!("{title}: {len}") }</h3><p class="quiet">{ note }</p>
            { (len > 0).then(|| html! {
                <table><thead><tr><th scope="col">{ "level" }</th><th scope="col">{ "len" }</th><th scope="col"><span class="hidden">{ "share" }</span></th><th scope="col">{ "head to tail" }</th></tr></thead>
                    <tbody>{ for (0..LEVELS).rev().filter_map(level) }</tbody></table>
            }) }
        </div>
    }
}

/// An entry in few letters; sentinels are not entries.
fn said(item: &Item) -> Option<String> {
    match item {
        Item::Sentinel { .. } => None,
        Item::Block { cblock, oblock, hit } => Some(format!("{cblock}←{oblock}{}", if *hit { "*" } else { "" })),
        Item::Hotspot { oblock, len, hit } => Some(format!("{oblock}+{len}{}", if *hit { "*" } else { "" })),
    }
}
