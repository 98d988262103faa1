//! Where two sides part first, told like a failed test.

use std::fmt::Write as _;

/// Lines before the first difference that are shown with it.
const BEFORE: usize = 6;

/// The unit in which bytes are compared: a metadata block.
const BLOCK: usize = 4096;

/// The first line that is not the same, with what stands before it.
pub(super) fn lines(linux: &str, engine: &str) -> Option<String> {
    sides(linux, engine, "linux", "engine")
}

/// The same, of two sides by name.
pub(super) fn sides(linux: &str, engine: &str, one: &str, other: &str) -> Option<String> {
    if linux == engine {
        return None;
    }
    let same = linux.lines().zip(engine.lines()).take_while(|(a, b)| a == b).count();
    let mut out = format!("printed, line {}:\n", same + 1);
    for line in linux.lines().take(same).skip(same.saturating_sub(BEFORE)) {
        let _ = writeln!(out, "         {line}");
    }
    let show = |text: &str| text.lines().nth(same).map_or_else(|| "(the end)".to_owned(), str::to_owned);
    let _ = write!(out, "  {one:<6} {}\n  {other:<6} {}", show(linux), show(engine));
    Some(out)
}

/// Which blocks of two images of a disk are not the same.
pub(super) fn images(disk: &str, linux: &[u8], engine: &[u8]) -> Option<String> {
    if linux == engine {
        return None;
    }
    if linux.len() != engine.len() {
        return Some(format!("/dev/{disk}: {} bytes on Linux, {} on the engine", linux.len(), engine.len()));
    }
    let mut blocks = linux.chunks(BLOCK).zip(engine.chunks(BLOCK)).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at);
    let first: Vec<String> = blocks.by_ref().take(10).map(|b| b.to_string()).collect();
    let more = blocks.count();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("/dev/{disk}: {BLOCK}-byte blocks {}{more} are not the same", first.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_told_with_the_lines_before_it() {
        assert_eq!(lines("a\nb\n", "a\nb\n"), None);
        assert_eq!(lines("a\nb\nc\n", "a\nb\nd\n").unwrap_or_default(), "printed, line 3:\n         a\n         b\n  linux  c\n  engine d");
        let ends = lines("a\n", "a\nb\n").unwrap_or_default();
        assert!(ends.ends_with("linux  (the end)\n  engine b"), "{ends}");
    }

    #[test]
    fn blocks_that_differ_are_named() {
        let (a, mut b) = (vec![0; 3 * BLOCK], vec![0; 3 * BLOCK]);
        assert_eq!(images("meta", &a, &b), None);
        b[2 * BLOCK] = 1;
        assert_eq!(images("meta", &a, &b).unwrap_or_default(), "/dev/meta: 4096-byte blocks 2 are not the same");
        assert_eq!(images("meta", &a, &[]).unwrap_or_default(), "/dev/meta: 12288 bytes on Linux, 0 on the engine");
    }
}
