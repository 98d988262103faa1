//! Arguments from JavaScript, whatever they are: converted to what a function needs, or refused with a code.
//!
//! wasm-bindgen's own conversion reads a number as an empty text and a buffer as an empty image, and some values make it trap.

use super::error::{Code, Error};
use crate::scenario::parse::SCRIPT_BYTES_MAX;
use crate::scene::Form;
use js_sys::{Array, ArrayBuffer, BigInt, Function, JsString, Object, Reflect, Uint8Array};
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};

/// The largest image that is read: as large as the largest that is returned.
const IMAGE_BYTES_MAX: usize = 1 << 28;

type Read<T> = Result<T, Error>;

fn is_absent(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

fn wanted<T>(name: &str, what: &str) -> Read<T> {
    Err(Error::new(Code::Option, format!("{name}: {what} is wanted")))
}

/// A text, no longer than a script may be.
pub(super) fn text(value: &JsValue, name: &str) -> Read<String> {
    let Some(text) = value.dyn_ref::<JsString>() else { return wanted(name, "a text") };
    if text.length() as usize > SCRIPT_BYTES_MAX {
        return Err(Error::new(Code::Script, format!("{name}: longer than {} KiB", SCRIPT_BYTES_MAX >> 10)));
    }
    Ok(String::from(text))
}

/// A whole number, given as a number or a `BigInt`; beyond 64 bits, the nearest that fits.
#[allow(clippy::cast_possible_truncation, reason = "whole, and a cast of a float saturates")]
pub(super) fn whole(value: &JsValue) -> Option<i64> {
    if let Some(number) = value.as_f64() {
        return (number.fract() == 0.0).then_some(number as i64);
    }
    let text = String::from(value.dyn_ref::<BigInt>()?.to_string(10).ok()?);
    Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

/// How many steps to move; one if absent.
pub(super) fn steps(value: &JsValue) -> Read<isize> {
    if is_absent(value) {
        return Ok(1);
    }
    let Some(by) = whole(value) else { return wanted("by", "a whole number of steps") };
    Ok(isize::try_from(by).unwrap_or(if by < 0 { isize::MIN } else { isize::MAX }))
}

/// A number counted from 0. One that does not fit becomes the largest that does, which is larger than any index.
pub(super) fn count(value: &JsValue, name: &str) -> Read<usize> {
    match whole(value) {
        Some(number) if number >= 0 => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
        _ => wanted(name, "a whole number from 0 up"),
    }
}

/// Which world; the first if absent.
pub(super) fn world(value: &JsValue) -> Read<usize> {
    if is_absent(value) { Ok(0) } else { count(value, "world") }
}

/// A boolean; false if absent.
pub(super) fn flag(value: &JsValue, name: &str) -> Read<bool> {
    if is_absent(value) {
        return Ok(false);
    }
    value.as_bool().map_or_else(|| wanted(name, "true or false"), Ok)
}

/// How much room a picture has; all it wants if absent.
pub(super) fn form(value: &JsValue) -> Read<Form> {
    if is_absent(value) {
        return Ok(Form::Whole);
    }
    let name = value.as_string().unwrap_or_default();
    let forms = Form::ALL.map(Form::word).join(", ");
    Form::ALL.into_iter().find(|form| form.word() == name).map_or_else(|| wanted("form", &format!("one of {forms}")), Ok)
}

/// A function.
pub(super) fn function(value: &JsValue, name: &str) -> Read<Function> {
    value.dyn_ref::<Function>().cloned().map_or_else(|| wanted(name, "a function"), Ok)
}

/// Options by name, as a fresh object: each name is known, each value a string, a number or a boolean.
pub(super) fn options(value: &JsValue, names: &[&str]) -> Read<JsValue> {
    // Something indexed by number is not a set of options.
    let is_row = Array::is_array(value) || ArrayBuffer::is_view(value);
    let Some(given) = value.dyn_ref::<Object>().filter(|_| value.is_object() && !is_row) else { return wanted("options", "an object") };
    let options = Object::new();
    for key in Object::keys(given).iter() {
        let name = text(&key, "options")?;
        if !names.contains(&name.as_str()) {
            return Err(Error::new(Code::Option, format!("no option `{name}`; there are {}", names.join(", "))));
        }
        let option = Reflect::get(given, &key).unwrap_or(JsValue::NULL);
        if option.is_object() || option.is_function() || option.is_symbol() {
            return wanted(&name, "a text, a number, or true or false");
        }
        if option.is_string() {
            text(&option, &name)?;
        }
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&options, &key, &option);
    }
    Ok(options.into())
}

/// The bytes of an image: an `ArrayBuffer`, a `SharedArrayBuffer` or any view of one, from any realm.
pub(super) fn image(value: &JsValue) -> Read<Vec<u8>> {
    let get = |name: &str| Reflect::get(value, &name.into()).unwrap_or_default();
    let of =
        if ArrayBuffer::is_view(value) { Array::of3(&get("buffer"), &get("byteOffset"), &get("byteLength")) } else { Array::of1(value) };
    // DataView accepts nothing but a buffer, from any realm, and refuses a detached one.
    let view = construct("DataView", &of).and_then(|_| construct("Uint8Array", &of)?.dyn_into::<Uint8Array>().ok());
    let Some(view) = view else {
        return wanted("image", "an ArrayBuffer that still has its bytes, or a view on one such as a Uint8Array,");
    };
    // A length that is cut to 32 bits would be wrong.
    let length =
        Reflect::get(&view, &"byteLength".into()).ok().and_then(|length| whole(&length)).and_then(|length| usize::try_from(length).ok());
    let mut bytes = Vec::new();
    match length.filter(|&length| length <= IMAGE_BYTES_MAX && bytes.try_reserve_exact(length).is_ok()) {
        Some(length) => bytes.resize(length, 0),
        None => return Err(Error::new(Code::Image, format!("image: larger than {} MiB", IMAGE_BYTES_MAX >> 20))),
    }
    view.copy_to(&mut bytes);
    Ok(bytes)
}

/// Images by the names of the disks that hold them.
pub(super) fn disks(value: &JsValue) -> Read<BTreeMap<String, Vec<u8>>> {
    if is_absent(value) {
        return Ok(BTreeMap::new());
    }
    let is_row = Array::is_array(value) || ArrayBuffer::is_view(value);
    let Some(given) = value.dyn_ref::<Object>().filter(|_| value.is_object() && !is_row) else {
        return wanted("disks", "an object of images by the names of disks");
    };
    let disk = |key: JsValue| Ok((text(&key, "disks")?, image(&Reflect::get(given, &key).unwrap_or(JsValue::NULL))?));
    Object::keys(given).iter().map(disk).collect()
}

fn construct(name: &str, of: &Array) -> Option<JsValue> {
    let class = Reflect::get(&js_sys::global(), &name.into()).ok()?.dyn_into::<Function>().ok()?;
    Reflect::construct(&class, of).ok()
}
