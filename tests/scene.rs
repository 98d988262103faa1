//! What is drawn is the scene, shape by shape: as SVG text it has the same shapes in the same groups at the same places.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library::find;
use dm_cache_lab::scenario::run::{Options, Run};
use dm_cache_lab::scene::svg::{Drawing, Stage};
use dm_cache_lab::scene::{Form, Scene, Subject, Words};
use std::collections::BTreeMap;

const SCENARIOS: [&str; 5] = ["reload-while-live", "crash", "lvm-extend", "two-devices", "three-objects"];
const STEPS: usize = 20;

/// A shape: its element, its attributes, its words, and the keys of the groups around it.
#[derive(Debug, PartialEq)]
struct Drawn {
    keys: Vec<String>,
    tag: String,
    attributes: BTreeMap<String, String>,
    words: String,
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn attributes(tag: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let mut rest = tag;
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap();
        out.insert(name.trim().to_owned(), unescaped(value));
        rest = after;
    }
    out
}

/// The shapes of an SVG text, drawing by drawing, as a reader of XML without any knowledge of scenes finds them.
fn parsed(svg: &str) -> Vec<Vec<Drawn>> {
    let (mut drawings, mut groups): (Vec<Vec<Drawn>>, Vec<Option<String>>) = (Vec::new(), Vec::new());
    for part in svg.split('<').skip(1) {
        let (tag, words) = part.split_once('>').unwrap();
        let closed = tag.ends_with('/');
        let (name, _) = tag.split_once([' ', '/']).unwrap_or((tag, ""));
        let attributes = attributes(tag.trim_start_matches(name));
        let inside = groups.iter().flatten().cloned();
        match name {
            "g" => {
                if attributes.contains_key("data-run") {
                    drawings.push(Vec::new());
                }
                groups.push(attributes.get("data-key").cloned());
            }
            "tspan" => drawings.last_mut().unwrap().last_mut().unwrap().words += &unescaped(words),
            "rect" | "path" | "circle" | "text" if groups.iter().any(Option::is_some) => {
                assert!(closed || name == "text", "{tag}");
                // Black and white for readers without styles stand beside the looks.
                let attributes =
                    attributes.into_iter().filter(|(name, ink)| name != "stroke" && (name != "fill" || ink.starts_with("url"))).collect();
                let words = if closed { String::new() } else { unescaped(words) };
                drawings.last_mut().unwrap().push(Drawn { keys: inside.collect(), tag: name.to_owned(), attributes, words });
            }
            _ if tag == "/g" || tag.is_empty() => drop(groups.pop()),
            _ => {}
        }
    }
    drawings
}

fn wanted(scene: &Scene, pattern: &str) -> Vec<Drawn> {
    let words = |words: &Words| match words {
        Words::Plain(text) => text.clone(),
        Words::Two([(_, one), (_, two)], _) => format!("{one}{two}"),
    };
    let drawn = scene.shapes().into_iter().map(|(keys, shape)| Drawn {
        keys,
        tag: shape.tag().to_owned(),
        attributes: shape.attributes(pattern).into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        words: shape.words().map(words).unwrap_or_default(),
    });
    // A group has a key; what stands in none is no shape of a scene's groups.
    drawn.filter(|shape| !shape.keys.is_empty()).collect()
}

#[test]
fn a_drawing_holds_the_scene_shape_by_shape() {
    let mut compared = 0;
    for name in SCENARIOS {
        for sharing in [Sharing::Off, Sharing::On] {
            let mut run = Run::new(find(name).unwrap().script().unwrap(), Options { sharing: Some(sharing), ..Options::default() });
            run.finish();
            let world = &run.worlds[0];
            let last = world.timeline.steps().len() - 1;
            for n in 0..STEPS {
                let step = last * n / (STEPS - 1);
                let picture = world.timeline.view_at(step).picture();
                let changes = world.timeline.changes_at(step, &picture);
                let subject = Subject { picture: &picture, changes: &changes, beside: None, room: None, sharing: world.sharing };
                for form in Form::ALL {
                    let stages = vec![Stage { heading: "", subject }];
                    let drawing = Drawing { title: name, caption: "", stages, form, stacked: false, styled: true };
                    let svg = drawing.svg();
                    let pattern = svg.split_once("<pattern id=\"").unwrap().1.split_once("stale\"").unwrap().0;
                    let [drawn] = parsed(&svg).try_into().unwrap();
                    let wanted = wanted(&Scene::new(&subject, form), pattern);
                    compared += wanted.len();
                    assert_eq!(drawn, wanted, "{name}, sharing {}, step {step}, {form:?}", world.sharing);
                }
            }
        }
    }
    assert!(compared > 20_000, "{compared}");
}

#[test]
fn a_players_own_colours_are_those_of_the_page() {
    let page = include_str!("../www/colours.css");
    let player = include_str!("../npm/style.js");
    let mut compared = 0;
    for (theme, name) in [("light", "const LIGHT"), ("dark", "const DARK")] {
        let rule = page.split_once(&format!(":root[data-theme=\"{theme}\"] {{")).unwrap().1.split_once('}').unwrap().0;
        let own = player.split_once(name).unwrap().1.split_once("};").unwrap().0;
        for (colour, value) in rule.split(';').filter_map(|line| line.split_once(": ")) {
            let Some(colour) = colour.trim().strip_prefix("--") else { continue };
            let quoted = if colour.contains('-') { format!("\"{colour}\": \"{value}\"") } else { format!(" {colour}: \"{value}\"") };
            assert!(own.replace('\n', " ").contains(&quoted), "{theme}: {quoted}");
            compared += 1;
        }
    }
    assert_eq!(compared, 2 * 25);
}
