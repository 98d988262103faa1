//! Which mapped devices may come to stand on each other: a circle sends some kernels out of their stack.

use super::safe::dmsetup_lines;
use crate::shell::Line;
use std::collections::{BTreeMap, BTreeSet};

/// Every edge that any table of the script makes, whether its line runs or not, and whether the table is still there or not.
#[derive(Debug, Default)]
pub(super) struct Stack {
    /// Names that renaming makes one.
    alias: BTreeMap<String, String>,
    below: BTreeMap<String, BTreeSet<String>>,
}

impl Stack {
    /// Adds the tables of a line; false if a device may stand on itself then.
    pub(super) fn add(&mut self, line: &Line) -> bool {
        let mut fine = true;
        for line in dmsetup_lines(line) {
            let Some(name) = line.words.first().map(|word| self.name(plain(word))) else { continue };
            if let Some(new) = line.words.get(1).filter(|_| line.verb == "rename").map(|word| self.name(plain(word)))
                && new != name
            {
                let below = self.below.remove(&new).unwrap_or_default();
                self.below.entry(name.clone()).or_default().extend(below);
                self.alias.insert(new, name.clone());
            }
            for word in line.table.iter().flat_map(|table| table.split_whitespace()) {
                if let Some(lower) = word.strip_prefix("/dev/mapper/").map(|lower| self.name(lower)) {
                    self.below.entry(name.clone()).or_default().insert(lower);
                }
            }
            fine &= !self.reaches_itself(&name);
        }
        fine
    }

    fn name(&self, name: &str) -> String {
        let mut name = name;
        while let Some(other) = self.alias.get(name) {
            name = other;
        }
        name.to_owned()
    }

    fn reaches_itself(&self, name: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut todo = vec![name.to_owned()];
        while let Some(next) = todo.pop() {
            for lower in self.below.get(&next).into_iter().flatten().map(|lower| self.name(lower)) {
                if lower == name {
                    return true;
                }
                if seen.insert(lower.clone()) {
                    todo.push(lower);
                }
            }
        }
        false
    }
}

fn plain(word: &str) -> &str {
    word.strip_prefix("/dev/mapper/").unwrap_or(word)
}
