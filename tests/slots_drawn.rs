//! Every step of every scenario: a table is drawn as old if its destructor runs next, and as new while it is on its way to LIVE.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use dm_cache_engine::event::{Event, Slot, TableId};
use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library::ALL;
use dm_cache_lab::scenario::run::{Options, Run, WorldRun};
use dm_cache_lab::scene::{Form, Group, Label, Node, Scene, Subject};
use dm_cache_lab::timeline::changes::Changes;
use dm_cache_lab::timeline::names::table_letters;
use dm_cache_lab::timeline::picture::{DevicePicture, Picture};
use dm_cache_lab::timeline::{Timeline, View};

fn worlds(name: &str) -> Vec<WorldRun> {
    let entry = dm_cache_lab::scenario::library::find(name).unwrap();
    let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(Sharing::Compare), ..Options::default() });
    run.finish();
    run.worlds
}

/// What becomes of a table that is in no slot after so many events.
#[derive(Debug, PartialEq)]
enum Fate {
    EntersSlot,
    Destroyed,
}

fn fate(timeline: &Timeline, events: usize, id: TableId) -> Option<Fate> {
    timeline.events()[events..].iter().find_map(|event| match event {
        Event::SlotChanged { table: Some(table), .. } if table.id == id => Some(Fate::EntersSlot),
        Event::TableDestroyed { table } if *table == id => Some(Fate::Destroyed),
        _ => None,
    })
}

/// Between the event that made the table LIVE and its resume (or the refusal of it).
fn has_been_resumed(timeline: &Timeline, events: usize, id: TableId) -> bool {
    let past = &timeline.events()[..events];
    let swapped =
        past.iter().rposition(|e| matches!(e, Event::SlotChanged { slot: Slot::Live, table: Some(t), .. } if t.id == id)).unwrap();
    let dev = past[swapped..].iter().find_map(|e| if let Event::SlotChanged { dev, .. } = e { Some(*dev) } else { None }).unwrap();
    past[swapped..].iter().any(|event| match event {
        Event::Callback { table, name, result, .. } => *table == id && (*name == "resume" || *name == "preresume" && result.is_err()),
        Event::DeviceState { dev: of, suspended, .. } => *of == dev && !suspended,
        _ => false,
    })
}

fn device<'p>(picture: &'p Picture, name: &str) -> &'p DevicePicture {
    picture.devices.iter().find(|d| d.name == name).unwrap()
}

/// Whether a drawing has the device: those with a cache, else the first.
fn is_shown(picture: &Picture, name: &str) -> bool {
    let any = picture.devices.iter().any(DevicePicture::has_cache);
    picture.devices.iter().position(|d| d.name == name).is_some_and(|n| picture.devices[n].has_cache() || !any && n == 0)
}

/// All forms of a picture that say what a table is: in words, and the labels of the slots and tables of every drawing.
fn said(picture: &Picture) -> Vec<String> {
    fn labels(nodes: &[Node], out: &mut String) {
        for node in nodes {
            if let Node::Group(Group { parts, label, .. }) = node {
                if let Some(Label::Image(label)) = label {
                    out.push_str(label);
                    out.push('\n');
                }
                labels(parts, out);
            }
        }
    }
    let drawn = Form::ALL.map(|form| {
        let mut out = String::new();
        labels(
            &Scene::new(&Subject { picture, changes: &Changes::default(), beside: None, room: None, sharing: false }, form).parts,
            &mut out,
        );
        out
    });
    [picture.to_string()].into_iter().chain(drawn).collect()
}

fn complaints(name: &str, timeline: &Timeline, step: usize, view: &View, seen: &mut [usize; 3]) -> Vec<String> {
    let events = timeline.steps()[step].events;
    let mut out = Vec::new();
    let mut wrong = |what: String| out.push(format!("{name} step {}: {what}", step + 1));
    if view.mapped.values().all(|m| m.leaving.is_empty() && m.live.as_ref().is_none_or(|t| has_been_resumed(timeline, events, t.id))) {
        return out;
    }
    let picture = view.picture();
    let forms = said(&picture);
    for mapped in view.mapped.values() {
        let drawn = device(&picture, &mapped.name);
        for table in &mapped.leaving {
            let letters = table_letters(view, table.id);
            let old = drawn.leaving.iter().any(|t| t.letter == letters);
            let moving = drawn.moving.as_ref().is_some_and(|t| t.letter == letters);
            match fate(timeline, events, table.id) {
                Some(Fate::EntersSlot) => {
                    seen[0] += 1;
                    if old || !moving {
                        wrong(format!("{letters} will be LIVE and is drawn as old"));
                    }
                    let (text, drawn) = forms.split_first().unwrap();
                    // `NEW TABLE B: becoming LIVE`, or where it is short `NEW TABLE: B becoming LIVE`.
                    let calls = |form: &String, title: &str| {
                        form.lines()
                            .any(|l| l.starts_with(&format!("{title} {letters}:")) || l.starts_with(&format!("{title}: {letters} ")))
                    };
                    // A machine's devices without a cache are not all drawn.
                    let is_drawn = is_shown(&picture, &mapped.name);
                    let as_new = |form: &String| !is_drawn || calls(form, "NEW TABLE") && form.contains("becoming LIVE");
                    if !text.contains("moving") || drawn.iter().any(|form| calls(form, "OLD TABLE") || !as_new(form)) {
                        wrong(format!("a form says that {letters} is old"));
                    }
                }
                Some(Fate::Destroyed) => {
                    seen[1] += 1;
                    if !old || moving {
                        wrong(format!("the destructor of {letters} runs next and it is not drawn as old"));
                    }
                }
                None => wrong(format!("nothing becomes of {letters}")),
            }
        }
        let Some(live) = &mapped.live else { continue };
        let becoming = !has_been_resumed(timeline, events, live.id);
        seen[2] += usize::from(becoming);
        if drawn.becoming_live != becoming {
            wrong(format!("the LIVE table {} been resumed, and is drawn otherwise", if becoming { "has not" } else { "has" }));
        }
    }
    out
}

#[test]
fn a_table_is_old_when_its_destructor_will_run() {
    let (mut wrong, mut seen) = (Vec::new(), [0; 3]);
    for entry in ALL {
        for world in worlds(entry.name) {
            let side = if world.sharing { "on" } else { "off" };
            let mut walk = world.timeline.walk();
            for step in 0..world.timeline.steps().len() {
                let view = walk.to(step);
                wrong.extend(complaints(&format!("{} {side}", entry.name), &world.timeline, step, view, &mut seen));
            }
        }
    }
    assert!(seen.iter().all(|n| *n > 50), "moving, old, becoming: {seen:?}");
    assert!(wrong.is_empty(), "{} wrong, among them:\n{}", wrong.len(), wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_swap_of_reload_while_live_says_what_is_true() {
    for world in worlds("reload-while-live") {
        let steps = world.timeline.steps();
        let at =
            |wanted: &str| steps.iter().position(|s| s.sentence.starts_with(wanted)).unwrap_or_else(|| panic!("no step says {wanted}"));
        let moving =
            said(&world.timeline.view_at(at("The resume takes B out of the INACTIVE slot; I/O waits while it and A swap.")).picture());
        for form in &moving[1..] {
            assert!(form.contains("NEW TABLE") && form.contains("becoming LIVE") && !form.contains("OLD TABLE"), "{form}");
        }
        let picture = world
            .timeline
            .view_at(at(if world.sharing { "B replaces A and holds the same object a" } else { "B copied root 8 at its load" }))
            .picture();
        let swapped = said(&picture);
        let text = &swapped[0];
        assert!(text.contains("leaving   A (cache on object a): old table, destructor next"), "{text}");
        let live = if world.sharing { "a" } else { "b" };
        assert!(text.contains(&format!("LIVE      B (cache on object {live}): new table, becoming LIVE")), "{text}");
        for form in &swapped[1..] {
            let line = |start: &str| form.lines().find(|l| l.starts_with(start)).unwrap_or_else(|| panic!("{start}: {form}"));
            assert!(line("LIVE").contains(" B") && line("LIVE").contains("becoming LIVE"), "{form}");
            let old = line("OLD TABLE");
            assert!(old.contains('A') && (old.ends_with("destructor next") || old.ends_with("dtr runs next")), "{form}");
        }
    }
}
