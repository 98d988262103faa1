//! The current line of the script, and the newest of the console or kernel log, stay in sight.

use super::look::Sheet;
use super::model::Model;
use super::msg::Tab;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;

/// What decides which lines are to be in sight: looking where they are makes the browser lay the page out at once, so it is
/// done only where one of these has changed.
#[derive(Debug, PartialEq)]
pub(super) struct Followed {
    line: Option<usize>,
    /// What the script's list leaves out and what it adds: lines after an open question, and results once a run is over.
    asked: Option<usize>,
    running: bool,
    /// The machine's own screen, not an image's or the races'.
    at_home: bool,
    editing: bool,
    text: Rc<str>,
    width: u32,
    sheet: Sheet,
    tab: Tab,
    /// Commands, exit code of the last, lines of the kernel log.
    said: (usize, Option<i32>, usize),
}

impl Followed {
    pub(super) fn new(model: &Model) -> Self {
        let view = model.frame().map(|frame| &frame.view);
        let said = view.map(|v| (v.commands.len(), v.commands.last().and_then(|c| c.rc), v.log.len()));
        Self {
            line: model.line(),
            asked: model.hidden_from(),
            running: model.running.is_some(),
            at_home: model.image.is_none() && model.races.is_none(),
            editing: model.draft.is_some(),
            text: Rc::clone(&model.text),
            width: model.look.width,
            sheet: model.look.sheet,
            tab: model.tab,
            said: said.unwrap_or_default(),
        }
    }
}

/// Keeps the current line of the script, and the console's last, in sight.
pub(super) fn follow() {
    let Some(document) = web_sys::window().and_then(|w| w.document()) else { return };
    let find = |selector: &str| document.query_selector(selector).ok().flatten().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if let (Some(list), Some(current)) = (find(".statements"), find(".statements [aria-current]")) {
        // The list is what the lines' places are counted from (`position: relative`).
        let (top, height) = (current.offset_top(), current.offset_height());
        if top < list.scroll_top() || top + height > list.scroll_top() + list.client_height() {
            list.set_scroll_top(top - list.client_height() / 3);
        }
    }
    if let Some(panel) = find(".scrolled") {
        panel.set_scroll_top(panel.scroll_height());
    }
}
