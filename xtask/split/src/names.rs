//! Names of functions that stay the same from one build to the next.
//!
//! A list of two thousand names with all their type parameters is half a megabyte; it holds their checksums instead. Two
//! names of one checksum only lie in the same part.

use std::collections::BTreeSet;
use walrus::Function;

/// What a list says of a function: CRC-32C of its name without the hashes of crates and of instances, and without the number that
/// LLVM gives to what it copies into another unit. None for a function without a name.
pub(crate) fn key(function: &Function) -> Option<String> {
    function.name.as_deref().map(|name| format!("{:08x}", crc32c::crc32c(without_hashes(name).as_bytes())))
}

fn without_hashes(name: &str) -> String {
    let mut stable = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find('[') {
        let (before, after) = rest.split_at(open);
        stable.push_str(before);
        match after[1..].find(']') {
            Some(end) if end > 0 && after[1..=end].bytes().all(|b| b.is_ascii_hexdigit()) => rest = &after[end + 2..],
            _ => {
                stable.push('[');
                rest = &after[1..];
            }
        }
    }
    stable.push_str(rest);
    if let Some((path, number)) = stable.rsplit_once('.')
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
    {
        return path.to_owned();
    }
    match stable.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => path.to_owned(),
        _ => stable,
    }
}

/// What is in a list, one a line; `#` begins a comment.
#[derive(Debug)]
pub(crate) struct Listed<'t>(BTreeSet<&'t str>);

impl<'t> Listed<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self(text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect())
    }

    pub(crate) fn contains(&self, function: &Function) -> bool {
        key(function).is_some_and(|key| self.0.contains(key.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_with_the_build_is_left_out_and_types_of_slices_stay() {
        assert_eq!(without_hashes("core[c5930c85a12de822]::fmt::write"), "core::fmt::write");
        assert_eq!(without_hashes("<[u8] as a[0f]::B>::c::h0123456789abcdef"), "<[u8] as a::B>::c");
        assert_eq!(without_hashes("alloc[3ca501edff3f0c7c]::fmt::format.780"), "alloc::fmt::format");
    }
}
