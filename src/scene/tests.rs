//! Every picture of the library's scenarios, in every form: texts fit, nothing is written over anything else, keys are unique,
//! every look has a rule.

use super::svg::{Drawing, Stage, draw, style};
use super::widths::Type;
use super::*;
use crate::scenario::ast::Sharing;
use crate::scenario::library;
use crate::scenario::run::{Options, Run};
use std::collections::BTreeSet;

/// Runs of more steps than this are looked at here and there.
const STEPS: usize = 60;

/// Scenes of a scenario: of both worlds, alone and beside each other.
fn each(entry: library::Entry, mut with: impl FnMut(&str, &Scene)) {
    let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(Sharing::Compare), ..Options::default() });
    run.finish();
    let mut room = Room::default();
    for world in &run.worlds {
        room.add_steps(&world.timeline, world.sharing, 0);
    }
    let last: Vec<Picture> = run.worlds.iter().map(|w| w.timeline.last().picture()).collect();
    for (n, world) in run.worlds.iter().enumerate() {
        let steps = world.timeline.steps().len();
        for step in (0..steps).step_by(steps.div_ceil(STEPS).max(1)).chain(steps.checked_sub(1)) {
            let picture = world.timeline.view_at(step).picture();
            let changes = world.timeline.changes_at(step, &picture);
            for form in Form::ALL {
                for (beside, room) in [(None, None), (last.get(1 - n), None), (None, Some(&room))] {
                    let scene = Scene::new(&Subject { picture: &picture, changes: &changes, beside, room, sharing: world.sharing }, form);
                    with(&format!("{} sharing {} step {step} {form:?}", entry.name, world.sharing), &scene);
                }
            }
        }
    }
}

/// Where a text stands at most.
#[derive(Debug)]
struct Written {
    text: String,
    left: f64,
    right: f64,
    top: f64,
    end: f64,
}

fn words_of(words: &Words) -> String {
    match words {
        Words::Plain(text) => text.clone(),
        Words::Two([(_, one), (_, two)], _) => format!("{one}{two}"),
    }
}

/// Size and weight of a piece of text: what `www/picture.css` gives it.
fn typed(group: &[Look], looks: &[Look]) -> Type {
    let has = |look| looks.contains(&look);
    let tile = group.contains(&Look::Tile) || group.contains(&Look::Chip);
    let datum = group.contains(&Look::Datum);
    let word = has(Look::Word) || has(Look::OnPlate) || has(Look::StaleWord) || has(Look::Sign);
    Type {
        size: if tile || word || has(Look::Small) || has(Look::Number) { 11 } else { 12 },
        bold: word || [Look::Strong, Look::Hued, Look::OnBadge, Look::Kind, Look::LostText].into_iter().any(has),
        mono: has(Look::Mono) || (tile || datum) && !word && !has(Look::Kind),
    }
}

fn written(nodes: &[Node], around: &[Look], out: &mut Vec<Written>) {
    for node in nodes {
        let shape = match node {
            Node::Group(group) => {
                written(&group.parts, &group.looks, out);
                continue;
            }
            Node::Shape(shape) => shape,
        };
        let Place::Text { x, y, squeezed, words } = &shape.place else { continue };
        let own = typed(around, &shape.looks);
        let width = squeezed.unwrap_or_else(|| match words {
            Words::Plain(text) => own.width(text),
            Words::Two([(first, one), (second, two)], apart) => {
                let behind = if two.is_empty() { 0.0 } else { f64::from(*apart) + typed(around, second).width(two) };
                typed(around, first).width(one) + behind
            }
        });
        let middle =
            shape.looks.iter().any(|l| matches!(l, Look::Middle | Look::OnBadge | Look::Kind | Look::Gap | Look::Sign | Look::StaleWord))
                || around.iter().any(|l| matches!(l, Look::Tile | Look::Chip | Look::Datum)) && !shape.looks.contains(&Look::Beside);
        let left = if shape.looks.contains(&Look::End) {
            x - width
        } else if middle {
            x - width / 2.0
        } else {
            *x
        };
        let (height, text) = (f64::from(own.size), words_of(words));
        out.push(Written { text, left, right: left + width, top: y - height * 0.75, end: y + height * 0.2 });
    }
}

#[test]
fn in_no_scene_of_the_library_do_texts_meet_or_two_things_have_one_key() {
    let mut wrong = BTreeSet::new();
    for entry in library::ALL {
        each(*entry, |name, scene| {
            let mut texts = Vec::new();
            written(&scene.parts, &[], &mut texts);
            let mut all = Vec::new();
            keys(&scene.parts, "", &mut all);
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{name}: {all:?}");
            texts.retain(|t| !t.text.is_empty());
            for (n, a) in texts.iter().enumerate() {
                if a.left < 0.0 || a.right > scene.size.0 || a.end > scene.size.1 {
                    wrong.insert(format!("{:?} leaves {:?}: {a:?} in {name}", a.text, scene.form));
                }
                let meets = |b: &&Written| a.left + 0.5 < b.right && b.left + 0.5 < a.right && a.top < b.end && b.top < a.end;
                wrong.extend(
                    texts[n + 1..].iter().filter(meets).map(|b| format!("{:?} and {:?} meet, {:?}: {name}", a.text, b.text, scene.form)),
                );
            }
        });
    }
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    let kind = |fault: &str| fault.split(": ").next().unwrap_or_default().replace(|c: char| c.is_ascii_digit(), "");
    wrong.retain(|fault| kinds.insert(kind(fault)));
    assert!(wrong.is_empty(), "{} kinds of fault:\n{}", wrong.len(), wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n"));
}

fn keys(nodes: &[Node], path: &str, out: &mut Vec<String>) {
    for node in nodes {
        if let Node::Group(group) = node {
            let path = format!("{path}/{}", group.key());
            keys(&group.parts, &path, out);
            out.push(path);
        }
    }
}

fn last_of(name: &str, sharing: Sharing) -> Picture {
    let mut run = Run::new(library::find(name).unwrap().script().unwrap(), Options { sharing: Some(sharing), ..Options::default() });
    run.finish();
    run.worlds[0].timeline.last().picture()
}

fn texts(picture: &Picture, sharing: bool, form: Form) -> Vec<String> {
    let scene = Scene::new(&Subject { picture, changes: &Changes::default(), beside: None, room: None, sharing }, form);
    scene.shapes().into_iter().filter_map(|(_, shape)| shape.words().map(words_of)).collect()
}

#[test]
fn the_first_scenario_without_sharing_shows_what_is_lost_in_every_form() {
    let picture = last_of("reload-while-live", Sharing::Off);
    for form in Form::ALL {
        let texts = texts(&picture, false, form);
        let count = |wanted: &str| texts.iter().filter(|t| *t == wanted).count();
        assert_eq!((count("LIVE"), count("LOST"), count("✗")), (1, 4, 0), "{form:?}: {texts:?}");
        assert!(texts.iter().any(|t| t.ends_with("sees 4 mappings")) && texts.iter().any(|t| t == "00 00 00 00 ✗"), "{form:?}: {texts:?}");
        assert!(texts.iter().any(|t| t.contains("held by B (live)")), "{form:?}: {texts:?}");
    }
    let whole = texts(&picture, false, Form::Whole);
    assert!(["read c 50–53", "42 42 42 42", "mapping_root", "8"].iter().all(|wanted| whole.iter().any(|t| t == wanted)), "{whole:?}");
}

#[test]
fn a_shared_object_shows_its_reference_count_and_the_list() {
    let texts = texts(&last_of("reload-while-live", Sharing::On), true, Form::Whole);
    for wanted in ["shared list", "ref_count 1", "sees 8 mappings", "c returns"] {
        assert!(texts.iter().any(|t| t == wanted), "{wanted}: {texts:?}");
    }
}

#[test]
fn nothing_is_said_of_mappings_that_no_table_has_loaded_yet() {
    for sharing in [false, true] {
        let of = if sharing { Sharing::On } else { Sharing::Off };
        let mut run =
            Run::new(library::find("reload-while-live").unwrap().script().unwrap(), Options { sharing: Some(of), ..Options::default() });
        run.finish();
        let timeline = &run.worlds[0].timeline;
        let steps = timeline.steps();
        // Four blocks came after B's load: what B knows shows when its preresume has asked.
        let loaded = steps.iter().position(|s| s.sentence.starts_with("I/O goes through B now")).unwrap();
        let waits = steps[..loaded].iter().rposition(|s| s.sentence.starts_with("No I/O is under way any more")).unwrap();
        for form in Form::ALL {
            let of = |step: usize| texts(&timeline.view_at(step).picture(), sharing, form);
            let (before, after) = (of(waits), of(loaded));
            let has = |texts: &[String], words: &str| texts.iter().any(|t| t.ends_with(words));
            if sharing {
                assert!(has(&before, "A sees 8 mappings") && has(&after, "A and B see 8 mappings"), "{form:?}: {before:?} {after:?}");
            } else {
                assert!(has(&before, "has loaded no mappings yet") && !has(&before, "sees 4 mappings"), "{form:?}: {before:?}");
                assert!(has(&before, "preresume reads them from root 8") && !has(&before, "✗"), "{form:?}: {before:?}");
                assert!(has(&after, "sees 4 mappings"), "{form:?}: {after:?}");
            }
        }
    }
}

#[test]
fn two_metadata_devices_stand_below_each_other_each_with_its_own_objects() {
    let script = "# Two\nsharing off\ndisk meta 4M\ndisk fast 4M\ndisk slow 64M\ndisk meta2 4M\ndisk fast2 4M\ndisk slow2 64M\n\
        $ dmsetup create c --table '0 131072 cache /dev/meta /dev/fast /dev/slow 512 0 default 0'\n\
        $ dmsetup create d --table '0 131072 cache /dev/meta2 /dev/fast2 /dev/slow2 512 0 default 0'\nwrite c 0..1 A\nwrite d 0..1 B\n";
    let mut run = Run::new(crate::scenario::parse("two", script).unwrap(), Options::default());
    run.finish();
    let picture = run.worlds[0].timeline.last().picture();
    assert_eq!(picture.metadata.len(), 2);
    for form in Form::ALL {
        let scene =
            Scene::new(&Subject { picture: &picture, changes: &Changes::default(), beside: None, room: None, sharing: false }, form);
        let mut all = Vec::new();
        keys(&scene.parts, "", &mut all);
        for wanted in ["/blocks meta", "/blocks meta2", "/object a", "/object b", "/data c", "/data d"] {
            assert!(all.iter().any(|key| key == wanted), "{form:?} {wanted}: {all:?}");
        }
    }
}

#[test]
fn every_look_has_a_rule_or_is_for_motion_alone_and_no_markup_carries_a_style() {
    let style = style();
    let picture = last_of("reload-while-live", Sharing::Off);
    let subject = Subject { picture: &picture, changes: &Changes::default(), beside: None, room: None, sharing: false };
    let stages = vec![Stage { heading: "off", subject }, Stage { heading: "on", subject }];
    let svg = Drawing { title: "both", caption: "A <caption>.", stages, form: Form::Small, stacked: true, styled: false }.svg();
    assert!(!svg.contains("style=") && !svg.contains("<style"));
    assert!(svg.contains("A &lt;caption&gt;."));
    assert!(style.contains(".dmlab .card{fill:var(--panel);stroke:var(--line2)}"), "{style}");
    assert!(
        style.contains(".dmlab .drawing text{")
            && style.contains("--ink:var(--dmlab-ink,#12161c)")
            && style.contains("--ink:var(--dmlab-ink,#e9edf3)")
    );
    // All that is outside of a drawing stays as it is.
    for rule in style.split('}').filter_map(|rule| rule.rsplit('{').nth(1)) {
        let own = |s: &str| s.contains(".dmlab") || s.starts_with('@');
        assert!(rule.split(',').all(|s| s.trim().is_empty() || own(s.trim())), "{rule}");
    }
    assert!(!style.contains("/*") && style.matches('{').count() == style.matches('}').count());
}

#[test]
fn two_stages_stand_side_by_side_or_one_below_the_other_with_the_same_rows() {
    let (off, on) = (last_of("reload-while-live", Sharing::Off), last_of("reload-while-live", Sharing::On));
    let changes = Changes::default();
    let subject = |picture, sharing| Subject { picture, changes: &changes, beside: None, room: None, sharing };
    let drawing = |stacked| {
        let stages = vec![Stage { heading: "", subject: subject(&off, false) }, Stage { heading: "", subject: subject(&on, true) }];
        Drawing { title: "", caption: "", stages, form: Form::Half, stacked, styled: true }
    };
    assert!(drawing(false).svg().contains("viewBox=\"0 0 1440 "));
    assert!(drawing(true).svg().contains("viewBox=\"0 0 720 "));
    let [off, on] = drawing(false).scenes().try_into().unwrap();
    assert_eq!(off.size, on.size);
}

#[test]
fn names_are_cut_where_they_have_no_room_and_are_no_markup() {
    let name = "a<b>&\"c\" a very long name of a device that nobody would give it";
    let mut picture = last_of("reload-while-live", Sharing::Off);
    picture.devices[0].name = name.to_owned();
    for form in Form::ALL {
        let svg = draw(Subject { picture: &picture, changes: &Changes::default(), beside: None, room: None, sharing: false }, name, form);
        assert!(svg.matches(" fill=\"#fff\" stroke=\"#777\"/>").count() > 10, "readable without a style sheet");
        assert!(!svg.contains("<b>") && svg.contains("a&lt;b&gt;&amp;&quot;c&quot;"), "{form:?}");
        let shown = texts(&picture, false, form);
        assert!(shown.iter().any(|t| t.starts_with("a<b>") && t.contains('…')), "{form:?}: {shown:?}");
    }
}
