//! Letters for what has no name of its own: tables and cache targets are capital, metadata objects lower case,
//! each in the order it was first seen.

use super::View;
use dm_cache_engine::event::{CacheId, ObjectId, TableId};

fn letters(n: usize, base: u8) -> String {
    let letter = char::from(base + u8::try_from(n % 26).unwrap_or(0));
    if n < 26 { letter.to_string() } else { format!("{letter}{}", n / 26) }
}

/// The capital letter of a cache target.
#[must_use]
pub fn cache_letter(view: &View, cache: CacheId) -> String {
    view.cache_order.get(&cache).map_or_else(|| "?".into(), |n| letters(*n as usize, b'A'))
}

/// A table's letters: those of its cache targets, or `T` and its place among all tables if it has none.
#[must_use]
pub fn table_letters(view: &View, table: TableId) -> String {
    let caches = view.table_caches.get(&table);
    match caches {
        Some(caches) if !caches.is_empty() => caches.iter().map(|c| cache_letter(view, *c)).collect::<Vec<_>>().join("+"),
        _ => format!("T{}", 1 + view.table_caches.keys().filter(|id| **id < table).count()),
    }
}

/// The lower-case letter of a metadata object.
#[must_use]
pub fn object_letter(view: &View, object: ObjectId) -> String {
    view.object_order.get(&object).map_or_else(|| "?".into(), |n| letters(*n as usize, b'a'))
}
