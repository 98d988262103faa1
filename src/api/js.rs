//! The API as JavaScript sees it.

use super::args;
use super::error::{Code, Error};
use super::images::{self, DumpOptions};
use super::player::{Opening, Player};
use super::target::Target;
use crate::scenario::library;
use dm_cache_engine::event::Event;
use dm_cache_engine::kernel::Kernel;
use js_sys::{Function, Reflect, Uint8Array};
use serde::Serialize;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &'static str = include_str!("types.d.ts");

const OPENING: &[&str] = &["sharing", "profile", "seed", "name"];

type Answer<T> = Result<T, JsValue>;

/// A real `Error` with the code as a property, and what else is known.
fn thrown(error: Error) -> JsValue {
    let js = js_sys::Error::new(&error.message);
    js.set_name("DmCacheLabError");
    let set = |name: &str, value: JsValue| {
        // A fresh object takes any property.
        let _ = Reflect::set(&js, &name.into(), &value);
    };
    set("code", error.code.name().into());
    if let Some((line, column)) = error.place {
        set("line", JsValue::from_f64(f64::from(u32::try_from(line).unwrap_or(u32::MAX))));
        set("column", JsValue::from_f64(f64::from(u32::try_from(column).unwrap_or(u32::MAX))));
    }
    if let Some(help) = error.help {
        set("help", help.into());
    }
    js.into()
}

fn wrong_option(error: &serde_wasm_bindgen::Error) -> JsValue {
    let text = error.to_string();
    thrown(Error::new(Code::Option, text.strip_prefix("Error: ").unwrap_or(&text)))
}

/// Plain data: objects, arrays, numbers. A number no double can hold is rounded, as `JSON.parse` does.
///
/// By way of text, because serde-wasm-bindgen gives up on such numbers, and damaged metadata is full of them.
fn plain<T: Serialize>(value: &T) -> Answer<JsValue> {
    let text = serde_json::to_string(value).map_err(|e| thrown(Error::new(Code::Option, e.to_string())))?;
    js_sys::JSON::parse(&text)
}

fn read<T: serde::de::DeserializeOwned + Default>(value: JsValue, names: &[&str]) -> Answer<T> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    let options = args::options(&value, names).map_err(thrown)?;
    serde_wasm_bindgen::from_value(options).map_err(|e| wrong_option(&e))
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    title: String,
    intro: String,
    group: Option<String>,
    sharing: crate::scenario::ast::Sharing,
}

/// The version of the package.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The kernel profiles there are, oldest first.
#[wasm_bindgen(unchecked_return_type = "string[]")]
pub fn profiles() -> Answer<JsValue> {
    plain(&Kernel::ALL.map(Kernel::name))
}

/// The scenarios of the library, in the order a reader meets them.
#[wasm_bindgen(unchecked_return_type = "ScenarioInfo[]")]
pub fn scenarios() -> Answer<JsValue> {
    let listed: Vec<Listed> = library::ALL
        .iter()
        .filter_map(|entry| {
            let script = entry.script().ok()?;
            let intro = script.intro.join(" ");
            Some(Listed { name: entry.name, title: script.title, intro, group: script.group, sharing: script.sharing })
        })
        .collect();
    plain(&listed)
}

/// The text of a scenario of the library.
#[wasm_bindgen]
pub fn scenario(#[wasm_bindgen(unchecked_param_type = "string")] name: JsValue) -> Answer<String> {
    let name = args::text(&name, "name").map_err(thrown)?;
    let entry = library::find(&name).ok_or_else(|| thrown(Error::new(Code::NoScenario, format!("no scenario `{name}`"))))?;
    Ok(entry.source.to_owned())
}

/// Whether a metadata image is sound: what `cache_check` checks, plus bitsets and the space map.
#[wasm_bindgen(unchecked_return_type = "CheckReport")]
pub fn check(#[wasm_bindgen(unchecked_param_type = "ImageBytes")] image: JsValue) -> Answer<JsValue> {
    #[derive(Serialize)]
    struct Checked {
        #[serde(flatten)]
        report: dm_cache_image::check::Report,
        exit_code: i32,
        cache_check_exit_code: i32,
        text: String,
    }
    let report = images::check(&args::image(&image).map_err(thrown)?);
    let (exit_code, cache_check_exit_code, text) = (report.exit_code(), report.cache_check_exit_code(), report.to_string());
    plain(&Checked { report, exit_code, cache_check_exit_code, text })
}

/// A metadata image as `cache_dump`'s XML, or as JSON.
#[wasm_bindgen]
pub fn dump(
    #[wasm_bindgen(unchecked_param_type = "ImageBytes")] image: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "DumpOptions")] options: JsValue,
) -> Answer<String> {
    let image = args::image(&image).map_err(thrown)?;
    images::dump(&image, read::<DumpOptions>(options, &["repair", "json"])?).map_err(thrown)
}

/// A block of a metadata image, field by field: its number, or a field of the superblock that names it.
#[wasm_bindgen(unchecked_return_type = "Inspection")]
pub fn inspect(
    #[wasm_bindgen(unchecked_param_type = "ImageBytes")] image: JsValue,
    #[wasm_bindgen(unchecked_param_type = "number | bigint | string")] target: JsValue,
) -> Answer<JsValue> {
    let image = args::image(&image).map_err(thrown)?;
    let target = if target.is_string() {
        args::text(&target, "target")
    } else {
        args::count(&target, "target, unless it is the name of a field").map(|block| block.to_string())
    };
    plain(&images::inspect(&image, &target.map_err(thrown)?).map_err(thrown)?)
}

struct Listener {
    id: u32,
    heard: Function,
    /// Events of each world that it has been told.
    told: Vec<usize>,
}

struct Inner {
    player: Player,
    listeners: Vec<Listener>,
    next: u32,
}

/// A machine, or two side by side, with a playhead over all that happened to it.
///
/// Every method takes the machine for a moment only, so a listener may call any of them.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "JavaScript's")]
pub struct Lab(RefCell<Inner>);

#[derive(Serialize)]
struct Told<'e> {
    world: usize,
    index: usize,
    #[serde(flatten)]
    event: &'e Event,
}

#[wasm_bindgen]
impl Lab {
    /// Runs a script to its end; the playhead stands at the first step.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "string")] script: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "LabOptions")] options: JsValue,
    ) -> Answer<Lab> {
        let script = args::text(&script, "script").map_err(thrown)?;
        Ok(Self::over(Player::new(&script, &read::<Opening>(options, OPENING)?).map_err(thrown)?))
    }

    /// Runs a scenario of the library.
    pub fn scenario(
        #[wasm_bindgen(unchecked_param_type = "string")] name: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "LabOptions")] options: JsValue,
    ) -> Answer<Lab> {
        let name = args::text(&name, "name").map_err(thrown)?;
        Ok(Self::over(Player::library(&name, &read::<Opening>(options, OPENING)?).map_err(thrown)?))
    }

    fn over(player: Player) -> Self {
        Self(RefCell::new(Inner { player, listeners: Vec::new(), next: 1 }))
    }

    /// Title of the script.
    #[wasm_bindgen(getter)]
    pub fn title(&self) -> String {
        self.0.borrow().player.title().to_owned()
    }

    /// The comment under the title.
    #[wasm_bindgen(getter)]
    pub fn intro(&self) -> String {
        self.0.borrow().player.intro()
    }

    /// The script, with every line typed since.
    #[wasm_bindgen(getter)]
    pub fn script(&self) -> String {
        self.0.borrow().player.script().to_owned()
    }

    /// The kernel profile.
    #[wasm_bindgen(getter)]
    pub fn profile(&self) -> String {
        self.0.borrow().player.profile().to_owned()
    }

    /// Which worlds there are: `off`, `on`, or `off` and `on` in comparison.
    #[wasm_bindgen(getter, unchecked_return_type = "(\"off\" | \"on\")[]")]
    pub fn worlds(&self) -> Answer<JsValue> {
        plain(&self.0.borrow().player.run().worlds.iter().map(|w| if w.sharing { "on" } else { "off" }).collect::<Vec<_>>())
    }

    /// The playhead, counted from 0.
    #[wasm_bindgen(getter)]
    pub fn position(&self) -> usize {
        self.0.borrow().player.position()
    }

    /// The last position.
    #[wasm_bindgen(getter)]
    pub fn last(&self) -> usize {
        self.0.borrow().player.last()
    }

    /// Whether every statement went as the script declares.
    #[wasm_bindgen(getter, js_name = asDeclared)]
    pub fn as_declared(&self) -> bool {
        self.0.borrow().player.run().is_as_declared()
    }

    /// Moves the playhead to a step (counted from 0), a share (`"50%"`) or a label; where it stands then comes back.
    pub fn seek(&self, #[wasm_bindgen(unchecked_param_type = "number | string")] target: JsValue) -> Answer<usize> {
        let target = if target.is_string() {
            args::text(&target, "step").and_then(|text| Target::read(&text))
        } else {
            match args::whole(&target) {
                Some(step) => Ok(Target::Step(usize::try_from(step).unwrap_or(usize::MAX))),
                None if target.as_f64().is_some() => Err(Error::new(Code::NoStep, "a step is a whole number")),
                None => Err(Error::new(Code::Option, "a step is a number, a share such as \"50%\", or a label")),
            }
        };
        target.and_then(|t| self.0.borrow_mut().player.seek(&t)).map_err(thrown)
    }

    /// The position of the last step that a line of the script (counted from 1) took.
    #[wasm_bindgen(js_name = atLine)]
    pub fn at_line(&self, #[wasm_bindgen(unchecked_param_type = "number")] line: JsValue) -> Answer<usize> {
        let line = args::count(&line, "line").map_err(thrown)?;
        Ok(self.0.borrow().player.at_line(line))
    }

    /// Moves the playhead forward.
    pub fn step(&self, #[wasm_bindgen(unchecked_optional_param_type = "number")] by: JsValue) -> Answer<usize> {
        let by = args::steps(&by).map_err(thrown)?;
        Ok(self.0.borrow_mut().player.step(by))
    }

    /// Moves the playhead back.
    pub fn back(&self, #[wasm_bindgen(unchecked_optional_param_type = "number")] by: JsValue) -> Answer<usize> {
        let by = args::steps(&by).map_err(thrown)?;
        Ok(self.0.borrow_mut().player.step(by.saturating_neg()))
    }

    /// Types a line after the script's end in every world: a command of a shell, or a statement of the language.
    #[wasm_bindgen(unchecked_return_type = "Typed[]")]
    pub fn run(&self, #[wasm_bindgen(unchecked_param_type = "string")] line: JsValue) -> Answer<JsValue> {
        let line = args::text(&line, "line").map_err(thrown)?;
        let typed = self.0.borrow_mut().player.type_line(&line).map_err(thrown)?;
        self.tell()?;
        plain(&typed)
    }

    /// What is seen at the playhead: sentence, verdicts and the View of every world.
    #[wasm_bindgen(unchecked_return_type = "Frame")]
    pub fn frame(&self) -> Answer<JsValue> {
        let frame = self.0.borrow().player.frame();
        plain(&frame)
    }

    /// The View of a world at the playhead, as `dmlab run --json` prints it.
    #[wasm_bindgen(unchecked_return_type = "View")]
    pub fn view(&self, #[wasm_bindgen(unchecked_optional_param_type = "number")] world: JsValue) -> Answer<JsValue> {
        let world = args::world(&world).map_err(thrown)?;
        let view = self.0.borrow().player.view(world).map_err(thrown)?;
        plain(&view.picture())
    }

    /// The marks along the run, in order.
    #[wasm_bindgen(unchecked_return_type = "Mark[]")]
    pub fn marks(&self) -> Answer<JsValue> {
        plain(&self.0.borrow().player.marks())
    }

    /// The sentences of a world, step by step.
    #[wasm_bindgen(unchecked_return_type = "string[]")]
    pub fn sentences(&self, #[wasm_bindgen(unchecked_optional_param_type = "number")] world: JsValue) -> Answer<JsValue> {
        let world = args::world(&world).map_err(thrown)?;
        let inner = self.0.borrow();
        let run = inner.player.world(world).map_err(thrown)?;
        plain(&run.timeline.steps().iter().map(|s| s.sentence.as_str()).collect::<Vec<_>>())
    }

    /// The positions between which the worlds, or a buffer and its disk, differ.
    #[wasm_bindgen(getter, unchecked_return_type = "[number, number] | null")]
    pub fn apart(&self) -> Answer<JsValue> {
        plain(&self.0.borrow().player.apart())
    }

    /// The picture of a world at the playhead, as SVG: the whole stage, 840 wide; `"half"`, 720 wide; or the mapping rails and what
    /// they cost, `"small"`, 640 wide, or `"narrow"`, a phone's 390.
    pub fn svg(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "number")] world: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "PictureForm")] form: JsValue,
    ) -> Answer<String> {
        let world = args::world(&world).map_err(thrown)?;
        let form = args::form(&form).map_err(thrown)?;
        self.0.borrow().player.svg(world, form).map_err(thrown)
    }

    /// The same in words.
    pub fn text(&self, #[wasm_bindgen(unchecked_optional_param_type = "number")] world: JsValue) -> Answer<String> {
        let world = args::world(&world).map_err(thrown)?;
        self.0.borrow().player.text(world).map_err(thrown)
    }

    /// The run told in sentences.
    pub fn story(&self) -> String {
        self.0.borrow().player.story()
    }

    /// The whole run, as `dmlab run --json` prints it.
    #[wasm_bindgen(unchecked_return_type = "RunReport")]
    pub fn report(&self) -> Answer<JsValue> {
        plain(&self.0.borrow().player.report())
    }

    /// The bytes of a disk at the playhead.
    pub fn image(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] device: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "number")] world: JsValue,
    ) -> Answer<Uint8Array> {
        let device = args::text(&device, "device").map_err(thrown)?;
        let world = args::world(&world).map_err(thrown)?;
        let bytes = self.0.borrow().player.image(world, &device).map_err(thrown)?;
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    /// Tells a function every event from now on (with `past`, those so far first). The number ends it: [`Lab::unsubscribe`].
    pub fn subscribe(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(event: LabEvent) => void")] listener: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "boolean")] past: JsValue,
    ) -> Answer<u32> {
        let listener = args::function(&listener, "listener").map_err(thrown)?;
        let past = args::flag(&past, "past").map_err(thrown)?;
        let id = {
            let mut inner = self.0.borrow_mut();
            let told = inner.player.run().worlds.iter().map(|w| if past { 0 } else { w.timeline.events().len() }).collect();
            let id = inner.next;
            inner.next += 1;
            inner.listeners.push(Listener { id, heard: listener, told });
            id
        };
        self.tell()?;
        Ok(id)
    }

    /// Ends a subscription; whether there was one comes back.
    pub fn unsubscribe(&self, #[wasm_bindgen(unchecked_param_type = "number")] id: JsValue) -> Answer<bool> {
        let id = args::count(&id, "id").map_err(thrown)?;
        let mut inner = self.0.borrow_mut();
        let before = inner.listeners.len();
        inner.listeners.retain(|l| l.id as usize != id);
        Ok(inner.listeners.len() < before)
    }

    /// Tells every listener what it has not heard. The machine is let go before each call.
    fn tell(&self) -> Answer<()> {
        while let Some((heard, event)) = self.untold()? {
            heard.call1(&JsValue::UNDEFINED, &event)?;
        }
        Ok(())
    }

    fn untold(&self) -> Answer<Option<(Function, JsValue)>> {
        let Inner { player, listeners, .. } = &mut *self.0.borrow_mut();
        for listener in listeners {
            for (world, told) in listener.told.iter_mut().enumerate() {
                if let Some(event) = player.events(world, *told).first() {
                    let index = *told;
                    *told += 1;
                    return Ok(Some((listener.heard.clone(), plain(&Told { world, index, event })?)));
                }
            }
        }
        Ok(None)
    }
}
