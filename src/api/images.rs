//! Metadata images without a machine: check, dump, inspect.

use super::error::{Code, Error};
use dm_cache_image::check::{self, Report};
use dm_cache_image::dump::{self, Format};
use dm_cache_image::inspect::{self, Inspection, Target};

/// How an image is written out.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DumpOptions {
    /// Leave out what cannot be read instead of stopping there.
    pub repair: bool,
    /// JSON with all superblock fields and the discards instead of `cache_dump`'s XML.
    pub json: bool,
}

/// Whether an image is sound.
#[must_use]
pub fn check(image: &[u8]) -> Report {
    check::check(&image, &check::Options::default())
}

/// An image as `cache_dump` prints it.
///
/// # Errors
/// If it cannot be read and `repair` is off.
pub fn dump(image: &[u8], options: DumpOptions) -> Result<String, Error> {
    let mut out = Vec::new();
    let options =
        dump::Options { repair: options.repair, format: if options.json { Format::Json } else { Format::Xml }, ..Default::default() };
    dump::dump(&image, &mut out, &options).map_err(|e| Error::new(Code::Image, e.to_string()))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// A block of an image, field by field: its number, or a field of the superblock such as `mapping_root`.
///
/// # Errors
/// If there is no such block or field, or the image cannot be read.
pub fn inspect(image: &[u8], target: &str) -> Result<Inspection, Error> {
    let Ok(target) = target.parse::<Target>();
    inspect::inspect(&image, &target).map_err(|e| Error::new(Code::Image, e.to_string()))
}
