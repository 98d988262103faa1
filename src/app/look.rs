//! How the page shows things, apart from what it shows: no link carries any of it.

use super::embed::Embed;
use super::page::store;
use super::present;
use web_sys::Storage;

/// Where the browser keeps that single letters do nothing.
const LETTERS_KEY: &str = "dm-cache-lab letters";
/// Where it keeps that scripts are not kept.
const AUTOSAVE_KEY: &str = "dm-cache-lab autosave";
/// Below this width the page is a phone's: one part at a time.
const NARROW: u32 = 600;

/// The one part that a narrow page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sheet {
    #[default]
    Stage,
    Script,
    Inspect,
    Console,
}

impl Sheet {
    /// All, in the order of the bar, with their words.
    pub(super) const ALL: [(Self, &str); 4] =
        [(Self::Stage, "Stage"), (Self::Script, "Script"), (Self::Inspect, "Inspect"), (Self::Console, "Console")];

    /// The class of the page.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Stage => "sheet-stage",
            Self::Script => "sheet-script",
            Self::Inspect => "sheet-inspect",
            Self::Console => "sheet-console",
        }
    }
}

/// What is shown, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Width and height of the window in pixels.
    pub(super) width: u32,
    pub(super) height: u32,
    /// The inspector shows bytes instead of fields.
    pub(super) hex: bool,
    /// Which copy of the block the inspector's bytes are.
    pub(super) copy: usize,
    /// The stage is a table instead of a picture.
    pub(super) table: bool,
    /// The page is being printed.
    pub(super) printing: bool,
    /// Single letters are keys.
    pub(super) letters: bool,
    pub(super) sheet: Sheet,
    /// The one of two runs that a narrow page shows.
    pub(super) half: usize,
    /// The field for a block's number is open.
    pub(super) going: bool,
    pub(super) embed: Embed,
    /// The stage and what is said of it have the whole screen, large enough for the last row.
    pub(super) presenting: bool,
    /// A script of the viewer's own is kept in this browser.
    pub(super) autosave: bool,
    /// The pointer moved a moment ago: while presenting, controls show.
    pub(super) controls: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 1440,
            height: 900,
            hex: false,
            copy: usize::MAX,
            table: false,
            printing: false,
            letters: true,
            sheet: Sheet::default(),
            half: 0,
            going: false,
            embed: Embed::default(),
            presenting: false,
            autosave: true,
            controls: false,
        }
    }
}

/// What changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookMsg {
    Window((u32, u32)),
    Hex,
    Copy(usize),
    Table,
    Printing(bool),
    Letters,
    Sheet(Sheet),
    Half(usize),
    Going(bool),
    Embed(Embed),
    Autosave,
    Present(bool),
    Controls(bool),
}

impl Look {
    /// As the browser has it: the window's width, and what was chosen before.
    pub(super) fn of_browser(storage: Option<&Storage>) -> Self {
        let on = |key| storage.and_then(|s| s.get_item(key).ok().flatten()).as_deref() != Some("off");
        let (letters, autosave) = (on(LETTERS_KEY), on(AUTOSAVE_KEY));
        let (width, height) = window_size();
        Self { width, height, letters, autosave, ..Self::default() }
    }

    /// Whether one part at a time is shown.
    pub(super) const fn narrow(&self) -> bool {
        self.width < NARROW
    }

    /// Whether the side panel stands beside the stage of one run without being asked for.
    pub(super) const fn has_side_panel(&self) -> bool {
        self.width >= 1_200
    }

    /// Width and height that the stage has for drawings, in pixels, beside the panels of `frame.css` and over the legend; `compare`:
    /// there is no script. Where the page scrolls as a whole any height has room.
    pub(super) fn stage(&self, compare: bool, inspecting: bool) -> (f64, f64) {
        if self.presenting {
            let around = present::AROUND + if compare { 48 } else { 0 };
            return (f64::from(self.width), f64::from(self.height.saturating_sub(around)));
        }
        let script = match self.width {
            _ if compare => 0,
            ..900 => 0,
            900..1200 if inspecting => 210,
            900..1440 => 248,
            _ => 272,
        };
        let inspector = match self.width {
            ..900 => 0,
            900..1200 if inspecting && !compare => 300,
            1200..1440 if !compare => 312,
            1440.. if !compare => 328,
            _ if inspecting => 328,
            _ => 0,
        };
        // Bar, foot, legend, and over two drawings their heads.
        let around = 48 + 127 + if self.width < 1200 { 60 } else { 42 } + if compare { 48 } else { 18 };
        let height = if self.width < 900 { f64::INFINITY } else { f64::from(self.height.saturating_sub(around)) };
        (f64::from(self.width.saturating_sub(script + inspector)), height)
    }

    /// How many times as large as drawn a stage gets where there is room.
    pub(super) const fn largest(&self) -> f64 {
        if self.presenting { 4.0 } else { 1.3 }
    }

    /// Width that the middle of an image's screen has in pixels, beside the panels of `image.css`.
    pub(super) fn image(&self) -> f64 {
        let beside = match self.width {
            ..900 => 32,
            900..1200 => 280 + 48,
            _ => 312 + 352 + 48,
        };
        f64::from(self.width.saturating_sub(beside))
    }

    /// The role of a part beside the stage: the main one where it is the only one shown.
    pub(super) fn role(&self, sheets: &[Sheet]) -> &'static str {
        if self.narrow() && sheets.contains(&self.sheet) { "main" } else { "complementary" }
    }

    pub(super) fn update(&mut self, msg: LookMsg) {
        match msg {
            LookMsg::Window((width, height)) => (self.width, self.height) = (width, height),
            LookMsg::Hex => self.hex = !self.hex,
            LookMsg::Copy(copy) => self.copy = copy,
            LookMsg::Table => self.table = !self.table,
            LookMsg::Printing(printing) => self.printing = printing,
            LookMsg::Letters => {
                self.letters = !self.letters;
                store(LETTERS_KEY, (!self.letters).then_some("off"));
            }
            LookMsg::Sheet(sheet) => self.sheet = sheet,
            LookMsg::Half(half) => self.half = half,
            LookMsg::Going(going) => self.going = going,
            LookMsg::Embed(embed) => self.embed = embed,
            LookMsg::Autosave => {
                self.autosave = !self.autosave;
                store(AUTOSAVE_KEY, (!self.autosave).then_some("off"));
            }
            LookMsg::Present(presenting) => (self.presenting, self.controls) = (presenting, false),
            LookMsg::Controls(controls) => self.controls = controls && self.presenting,
        }
    }
}

/// The window's width and height in pixels; usual ones where there is no window.
pub(super) fn window_size() -> (u32, u32) {
    let window = web_sys::window();
    let of = |size: Option<wasm_bindgen::JsValue>, usual: u32| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a window is a few thousand pixels wide")]
        size.and_then(|s| s.as_f64()).map_or(usual, |s| s as u32)
    };
    (of(window.as_ref().and_then(|w| w.inner_width().ok()), 1440), of(window.as_ref().and_then(|w| w.inner_height().ok()), 900))
}
