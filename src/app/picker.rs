//! The scenarios as a sheet: title first, one line, what runs of it have shown; searched by every word of its script.

use super::catalogue::Entry;
use super::dialogs::Dialog;
use super::icons::{Icon, icon};
use super::model::Model;
use super::msg::Msg;
use super::page::{Link, PageMsg, document};
use crate::scenario::library::{self, Shown};
use crate::timeline::text::capital;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// What people type, and what the scenarios call it.
const ALSO: [(&[&str], &str); 5] = [
    (&["resize", "grow", "enlarge", "bigger", "expand"], "lvextend"),
    (&["reboot", "outage", "restart", "blackout"], "power"),
    (&["corruption", "broken", "destroyed"], "damaged"),
    (&["decommission", "detach", "uncache", "splitcache", "remove"], "cleaner"),
    (&["lvconvert", "lvcreate", "lvs", "vgs"], "lvm"),
];

/// A word as it was typed, then what else it may be called.
type Word = Vec<String>;

/// From its third letter on, so that it is found while it is typed.
fn word(typed: &str) -> Word {
    let typed = typed.to_ascii_lowercase();
    let also = ALSO.iter().find(|(all, _)| typed.len() > 2 && all.iter().any(|w| w.starts_with(&typed)));
    let also = also.map(|(_, called)| (*called).to_owned());
    std::iter::once(typed).chain(also).collect()
}

/// What can be opened.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    /// Its number in [`Msg::Scenario`].
    n: usize,
    name: AttrValue,
    title: AttrValue,
    line: AttrValue,
    group: AttrValue,
    marks: &'static [Shown],
    /// What is searched besides, line by line.
    source: &'static str,
}

impl Item {
    fn of(n: usize, entry: &Entry) -> Self {
        let line = entry.line().into();
        Self {
            n,
            name: entry.name.into(),
            title: entry.title.into(),
            line,
            group: entry.group.into(),
            marks: entry.marks,
            source: entry.source,
        }
    }

    /// Whether all words are somewhere in it.
    fn has(&self, words: &[Word]) -> bool {
        let said = [&self.name, &self.title, &self.line, &self.group].map(|s| s.to_ascii_lowercase());
        let marks: Vec<&str> = self.marks.iter().map(|m| m.told()).collect();
        let (source, marks) = (self.source.to_ascii_lowercase(), marks.join(" ").to_ascii_lowercase());
        words.iter().all(|word| word.iter().any(|w| said.iter().any(|s| s.contains(w)) || source.contains(w) || marks.contains(w)))
    }

    /// Whether all words are in its title.
    fn is_titled(&self, words: &[Word]) -> bool {
        let title = self.title.to_ascii_lowercase();
        words.iter().all(|word| word.iter().any(|w| title.contains(w)))
    }

    /// The lines of the script that have what neither title nor line shows; the name where only that has it.
    fn elsewhere(&self, words: &[Word]) -> Vec<String> {
        let mut shown = format!("{}\n{}", self.title, self.line).to_ascii_lowercase();
        let mut lines = Vec::new();
        for word in words {
            let is_in = |text: &str| word.iter().any(|w| text.contains(w));
            if is_in(&shown) || self.marks.iter().any(|m| is_in(&m.told().to_ascii_lowercase())) {
                continue;
            }
            let found = self.source.lines().skip(1).find(|l| is_in(&l.to_ascii_lowercase())).map(|l| l.trim_start_matches(['#', ' ']));
            let line = found.map_or_else(|| format!("{}.dml", self.name), str::to_owned);
            shown.push_str(&line.to_ascii_lowercase());
            lines.push(line);
        }
        lines
    }
}

fn items(model: &Model) -> Rc<[Item]> {
    let races = model.catalogue.len();
    let of_group =
        |group: &'static str| model.catalogue.iter().enumerate().filter(move |(_, e)| e.group == group).map(|(n, e)| Item::of(n, e));
    let mut items: Vec<Item> = library::GROUPS.iter().copied().chain(["others"]).flat_map(of_group).collect();
    let more = |n, name: &'static str, title: String, line: &'static str, group: &'static str| Item {
        n,
        name: name.into(),
        title: title.into(),
        line: line.into(),
        group: group.into(),
        marks: &[],
        source: "",
    };
    items.push(more(
        races,
        "races",
        "Races in lookup_or_open".to_owned(),
        "Every order of two opens, or of a close and an open, and which of them fail.",
        "explorer",
    ));
    items.push(more(
        races + 3,
        "pasted",
        "A line of your own machine".to_owned(),
        "Paste what dmsetup status, dmsetup table or lvs printed: every field told, what is unusual, and the scenario that shows it.",
        "explorer",
    ));
    if model.edited {
        items.push(more(races + 1, "own", model.own_title(), "The script that you wrote or changed.", "yours"));
    }
    if let Some(kept) = &model.kept_script {
        let title = kept.lines().find_map(|line| line.strip_prefix('#')).unwrap_or("my script").trim().to_owned();
        items.push(more(
            races + 2,
            "kept",
            title,
            "The script that you edited last: kept in this browser only. It opens in the editor.",
            "yours",
        ));
    }
    items.into()
}

pub(super) fn view(model: &Model, link: &Link) -> Html {
    let chosen = match (&model.races, model.edited) {
        (Some(_), _) => model.catalogue.len(),
        (None, true) => model.catalogue.len() + 1,
        (None, false) => model.scenario,
    };
    html! {
        <Dialog title="Scenarios" class={classes!("sheet")} close={link.callback(|()| PageMsg(Msg::Picker(false)))}>
            <Picker items={Items(items(model))} {chosen} pick={link.callback(|n| PageMsg(Msg::Scenario(n)))} />
        </Dialog>
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Items(Rc<[Item]>);

#[derive(Debug, Clone, PartialEq, Properties)]
struct Props {
    items: Items,
    chosen: usize,
    pick: Callback<usize>,
}

/// The search and what it finds: arrows move, Enter opens.
#[function_component]
fn Picker(props: &Props) -> Html {
    let query = use_state(String::new);
    let at = use_state(|| None::<usize>);
    let lvm = use_state(|| false);
    let words: Vec<Word> = query.split_whitespace().map(word).collect();
    let all: Vec<String> = words.iter().flatten().cloned().collect();
    let found: Vec<&Item> =
        props.items.0.iter().filter(|item| item.has(&words) && (!*lvm || item.marks.contains(&Shown::LvmOrder))).collect();
    let nothing = found.is_empty().then(|| html! { <p class="quiet">{ "No scenario has all of these words. Try one word: lvm, crash, dirty, resize, damaged, clean." }</p> });
    let chosen = found.iter().position(|item| item.n == props.chosen);
    let titled = found.iter().position(|item| item.is_titled(&words));
    let current = at.or(if words.is_empty() { chosen } else { titled }).unwrap_or(0).min(found.len().saturating_sub(1));
    let active = found.get(current).map(|item| id(item));
    use_effect_with(active.clone(), |active| active.iter().for_each(|id| bring_into_sight(id)));
    let oninput = {
        let (query, at) = (query.clone(), at.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) {
                query.set(input.value());
                at.set(None);
            }
        })
    };
    let onkeydown = {
        let (pick, last, now) = (props.pick.clone(), found.len().saturating_sub(1), found.get(current).map(|item| item.n));
        Callback::from(move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowDown" => at.set(Some((current + 1).min(last))),
                "ArrowUp" => at.set(Some(current.saturating_sub(1))),
                "PageDown" => at.set(Some((current + 8).min(last))),
                "PageUp" => at.set(Some(current.saturating_sub(8))),
                "Enter" => now.iter().for_each(|n| pick.emit(*n)),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let only_lvm = {
        let lvm = lvm.clone();
        Callback::from(move |_: MouseEvent| lvm.set(!*lvm))
    };
    let groups = found.chunk_by(|a, b| a.group == b.group).map(|group| {
        let name = group.first().map(|item| item.group.clone()).unwrap_or_default();
        let option = |item: &&Item| {
            let selected = active == Some(id(item));
            let onclick = props.pick.reform({
                let n = item.n;
                move |_: MouseEvent| n
            });
            html! {
                <li role="option" id={id(item)} class={classes!((item.n == props.chosen).then_some("chosen"))} aria-selected={selected.to_string()} data-name={item.name.clone()} {onclick}>
                    <span class="item-title">{ hits(&item.title, &all) }</span>
                    <span class="item-line">{ hits(&item.line, &all) }</span>
                    { for item.elsewhere(&words).iter().map(|line| html! { <span class="item-line mono">{ hits(line, &all) }</span> }) }
                    <span class="item-marks">{ for item.marks.iter().map(|shown| mark(*shown, &all)) }</span>
                </li>
            }
        };
        html! { <ul role="group" aria-label={capital(&name)}><li role="presentation" class="item-group">{ capital(&name) }</li>{ for group.iter().map(option) }</ul> }
    });
    html! {
        <>
            <p class="search">
                <input type="search" autofocus=true role="combobox" aria-expanded="true" aria-controls="scenarios" aria-activedescendant={active.clone()}
                    aria-label="Search the scenarios" placeholder="Search: lvm, crash, dirty" autocomplete="off" spellcheck="false" value={(*query).clone()} {oninput} {onkeydown} />
                <button class="button boxed" type="button" aria-pressed={lvm.to_string()} title="A table is loaded while the device works, as LVM does it" onclick={only_lvm}>{ "With LVM" }</button>
                <span class="quiet" role="status">{ if words.is_empty() && !*lvm { format!("{} in all", found.len()) } else { format!("{} of {} match", found.len(), props.items.0.len()) } }</span>
            </p>
            <div id="scenarios" class="items" role="listbox" aria-label="Scenarios" tabindex="-1">{ for groups }</div>{ nothing }
            <p class="quiet search-foot">{ "Search reads titles, scripts and marks. " }<kbd>{ "↑" }</kbd>{ " " }<kbd>{ "↓" }</kbd>{ " to move, " }<kbd>{ "Enter" }</kbd>{ " to open. The marks come from runs of each scenario." }</p>
        </>
    }
}

fn id(item: &Item) -> AttrValue {
    format!("scenario-{}", item.name).into()
}

fn mark(shown: Shown, words: &[String]) -> Html {
    let (sign, class) = match shown {
        Shown::LosesWithoutFix | Shown::LosesWithFix => (Some(Icon::Cross), "bad"),
        Shown::NeverPromised => (Some(Icon::Ring), ""),
        Shown::OnRealMachine => (Some(Icon::Check), ""),
        Shown::LvmOrder => (None, ""),
    };
    html! { <span class={classes!("item-mark", class)}>{ sign.map(icon) }{ hits(shown.told(), words) }</span> }
}

/// The text with what was searched for marked.
fn hits(text: &str, words: &[String]) -> Html {
    let low = text.to_ascii_lowercase();
    let (mut parts, mut from) = (Vec::new(), 0);
    loop {
        let next = words.iter().filter_map(|w| low.get(from..)?.find(w.as_str()).map(|at| (from + at, from + at + w.len())));
        let Some((start, end)) = next.min_by_key(|(start, end)| (*start, usize::MAX - end)) else { break };
        parts.push(html! { <>{ text.get(from..start).unwrap_or_default() }<mark>{ text.get(start..end).unwrap_or_default() }</mark></> });
        from = end;
    }
    html! { <>{ for parts }{ text.get(from..).unwrap_or_default() }</> }
}

/// Scrolls the list, and nothing else, as far as it has to.
fn bring_into_sight(id: &str) {
    let Some(document) = document() else { return };
    let of = |id: &str| document.get_element_by_id(id).and_then(|e| e.dyn_into::<HtmlElement>().ok());
    let (Some(list), Some(item)) = (of("scenarios"), of(id)) else { return };
    let (top, height) = (item.offset_top(), item.offset_height());
    let (from, room) = (list.scroll_top(), list.client_height());
    if top < from || top + height > from + room {
        list.set_scroll_top(top - (room - height) / 2);
    }
}
