//! Every picture of the library's scenarios draws: texts fit, nothing is written over anything else, every colour has a rule.

use super::sheet::{Placed, Sheet};
use super::{Drawing, Form, Stage, stage, style};
use crate::scenario::ast::Sharing;
use crate::scenario::library;
use crate::scenario::run::{Options, Run};
use crate::timeline::picture::Picture;

/// Runs of more steps than this are looked at here and there.
const STEPS: usize = 120;

fn pictures(entry: library::Entry) -> Vec<(String, Picture)> {
    let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(Sharing::Compare), ..Options::default() });
    run.finish();
    let mut out = Vec::new();
    for world in &run.worlds {
        let steps = world.timeline.steps().len();
        for step in (0..steps).step_by(steps.div_ceil(STEPS).max(1)).chain(steps.checked_sub(1)) {
            let side = if world.sharing { "on" } else { "off" };
            out.push((format!("{} {side} step {step}", entry.name), world.timeline.view_at(step).picture()));
        }
    }
    out
}

fn overlap(a: &Placed, b: &Placed) -> bool {
    let rows = |p: &Placed| (p.baseline - p.size * 3 / 4, p.baseline + p.size / 5);
    let ((a_top, a_end), (b_top, b_end)) = (rows(a), rows(b));
    a.left < b.right && b.left < a.right && a_top < b_end && b_top < a_end
}

fn faults(sheet: &Sheet, end: i32) -> Vec<String> {
    let mut out = Vec::new();
    for (n, a) in sheet.texts.iter().enumerate() {
        if a.left < 0 || a.right > sheet.measure.width || a.baseline > end {
            out.push(format!("{a:?} leaves the sheet"));
        }
        out.extend(sheet.texts[n + 1..].iter().filter(|b| overlap(a, b)).map(|b| format!("{a:?} and {b:?}")));
    }
    out
}

#[test]
fn no_text_of_any_scenario_overlaps_another_or_leaves_the_sheet() {
    let mut wrong = Vec::new();
    for entry in library::ALL {
        for (name, picture) in pictures(*entry) {
            for form in [Form::Wide, Form::Narrow] {
                let (sheet, end) = stage(&picture, form);
                wrong.extend(faults(&sheet, end).into_iter().map(|f| format!("{name}, {form:?}: {f}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults, among them:\n{}", wrong.len(), wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n"));
}

fn last_of(name: &str, sharing: Sharing) -> Picture {
    let mut run = Run::new(library::find(name).unwrap().script().unwrap(), Options { sharing: Some(sharing), ..Options::default() });
    run.finish();
    run.worlds[0].timeline.last().picture()
}

#[test]
fn the_first_scenario_without_sharing_shows_what_is_lost() {
    let picture = last_of("reload-while-live", Sharing::Off);
    let (sheet, _) = stage(&picture, Form::Wide);
    let texts: Vec<&str> = sheet.texts.iter().map(|t| t.text.as_str()).collect();
    for wanted in ["LIVE", "held by live table B", "mapping_root 8", "b sees 4 mappings", "read c 50..53", "42 42 42 42", "00 00 00 00"] {
        assert!(texts.contains(&wanted), "{wanted}: {texts:?}");
    }
}

#[test]
fn a_shared_object_shows_its_reference_count_and_the_list() {
    let (sheet, _) = stage(&last_of("reload-while-live", Sharing::On), Form::Wide);
    let texts: Vec<&str> = sheet.texts.iter().map(|t| t.text.as_str()).collect();
    for wanted in ["shared list", "ref_count 1", "a sees 8 mappings", "c returns what was written"] {
        assert!(texts.contains(&wanted), "{wanted}: {texts:?}");
    }
}

#[test]
fn every_class_has_a_rule_and_no_markup_carries_a_style() {
    let style = style();
    let (off, on) = (last_of("reload-while-live", Sharing::Off), last_of("two-devices", Sharing::On));
    let stages = vec![Stage { heading: "off", picture: &off }, Stage { heading: "on", picture: &on }];
    let svg = Drawing { title: "both", caption: "A <caption>.", stages, form: Form::Wide, stacked: true, styled: false }.svg();
    for classes in svg.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        for class in classes.split(' ').filter(|c| *c != "dmlab") {
            assert!(style.contains(&format!(".{class}{{")), "{class} has no rule");
        }
    }
    assert!(!svg.contains("style=") && !svg.contains("<style"));
    assert!(svg.contains("A &lt;caption&gt;."));
}

#[test]
fn two_stages_stand_side_by_side_or_one_below_the_other() {
    let picture = last_of("reload-while-live", Sharing::On);
    let drawing = |stacked| {
        let stages = vec![Stage { heading: "", picture: &picture }; 2];
        Drawing { title: "", caption: "", stages, form: Form::Wide, stacked, styled: true }.svg()
    };
    assert!(drawing(false).contains("viewBox=\"0 0 1440 "));
    assert!(drawing(true).contains("viewBox=\"0 0 720 "));
}
