//! A sparse array whose clone shares its content: what a disk holds, and what was promised, by page number.
//!
//! A radix trie of nodes of 16: a leaf is the pages of a 64 KiB block. It is as deep as its greatest number needs. Writing after a clone
//! copies the nodes on the way to the page.

use std::ops::Range;
use std::sync::Arc;

const BITS: u32 = 4;
const FANOUT: usize = 1 << BITS;

#[derive(Debug, Clone)]
enum Node<T> {
    Branch([Option<Arc<Node<T>>>; FANOUT]),
    Leaf([Option<T>; FANOUT]),
}

/// Where a number leads in a node whose children are `shift` bits apart.
const fn index(key: u64, shift: u32) -> usize {
    (key >> shift) as usize % FANOUT
}

impl<T: Clone> Node<T> {
    fn new(shift: u32) -> Self {
        if shift == 0 { Self::Leaf([const { None }; FANOUT]) } else { Self::Branch([const { None }; FANOUT]) }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Branch(nodes) => nodes.iter().all(Option::is_none),
            Self::Leaf(values) => values.iter().all(Option::is_none),
        }
    }

    fn remove(self: &mut Arc<Self>, key: u64, shift: u32) -> Option<T> {
        match Arc::make_mut(self) {
            Self::Leaf(values) => values[index(key, 0)].take(),
            Self::Branch(nodes) => {
                let slot = &mut nodes[index(key, shift)];
                let node = slot.as_mut()?;
                let gone = node.remove(key, shift - BITS);
                if node.is_empty() {
                    *slot = None;
                }
                gone
            }
        }
    }
}

/// Values by number. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct PageMap<T> {
    root: Option<Arc<Node<T>>>,
    /// How far apart the root's children are, in bits.
    shift: u32,
}

impl<T> Default for PageMap<T> {
    fn default() -> Self {
        Self { root: None, shift: 0 }
    }
}

impl<T: Clone> PageMap<T> {
    /// Whether there is nothing in it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.root.is_none()
    }

    const fn reaches(&self, key: u64) -> bool {
        key >> self.shift < FANOUT as u64
    }

    /// The value of a number.
    pub(crate) fn get(&self, key: u64) -> Option<&T> {
        if !self.reaches(key) {
            return None;
        }
        let (mut node, mut shift) = (self.root.as_deref()?, self.shift);
        loop {
            match node {
                Node::Leaf(values) => return values[index(key, 0)].as_ref(),
                Node::Branch(nodes) => node = nodes[index(key, shift)].as_deref()?,
            }
            shift -= BITS;
        }
    }

    /// The place of a number, made if there is none.
    fn place(&mut self, key: u64) -> &mut Option<T> {
        while !self.reaches(key) {
            self.shift += BITS;
            if let Some(root) = self.root.take() {
                let mut nodes = [const { None }; FANOUT];
                nodes[0] = Some(root);
                self.root = Some(Arc::new(Node::Branch(nodes)));
            }
        }
        let mut shift = self.shift;
        let mut node = self.root.get_or_insert_with(|| Arc::new(Node::new(shift)));
        loop {
            match Arc::make_mut(node) {
                Node::Leaf(values) => return &mut values[index(key, 0)],
                Node::Branch(nodes) => {
                    let slot = &mut nodes[index(key, shift)];
                    shift -= BITS;
                    node = slot.get_or_insert_with(|| Arc::new(Node::new(shift)));
                }
            }
        }
    }

    /// Gives a number a value.
    pub(crate) fn insert(&mut self, key: u64, value: T) {
        *self.place(key) = Some(value);
    }

    /// The value of a number, made if there is none, to be changed.
    pub(crate) fn get_or_insert_with(&mut self, key: u64, make: impl FnOnce() -> T) -> &mut T {
        self.place(key).get_or_insert_with(make)
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, key: u64) -> Option<T> {
        // What is not there must not be looked for with copies.
        self.get(key)?;
        let root = self.root.as_mut()?;
        let gone = root.remove(key, self.shift);
        if root.is_empty() {
            self.root = None;
        }
        gone
    }

    /// Forgets all from a number on.
    pub(crate) fn truncate(&mut self, from: u64) {
        let gone: Vec<u64> = self.range(from..u64::MAX).map(|(key, _)| key).collect();
        for key in gone {
            self.remove(key);
        }
    }

    /// All values, in order.
    pub(crate) fn iter(&self) -> Iter<'_, T> {
        self.range(0..u64::MAX)
    }

    /// The values of a range of numbers, in order.
    pub(crate) fn range(&self, keys: Range<u64>) -> Iter<'_, T> {
        let stack = self.root.as_deref().map(|root| (0, self.shift, At::Node(root)));
        Iter { stack: stack.into_iter().collect(), keys }
    }
}

impl<T: Clone> FromIterator<(u64, T)> for PageMap<T> {
    fn from_iter<I: IntoIterator<Item = (u64, T)>>(all: I) -> Self {
        let mut map = Self::default();
        for (key, value) in all {
            map.insert(key, value);
        }
        map
    }
}

enum At<'m, T> {
    Node(&'m Node<T>),
    Value(&'m T),
}

/// Values in order. What comes next lies on top of the stack: its first number, and how far apart its children are.
pub(crate) struct Iter<'m, T> {
    stack: Vec<(u64, u32, At<'m, T>)>,
    keys: Range<u64>,
}

impl<'m, T> Iter<'m, T> {
    fn push(&mut self, base: u64, shift: u32, at: At<'m, T>, below: u32) {
        let last = base + ((1 << shift) - 1);
        if base < self.keys.end && last >= self.keys.start {
            self.stack.push((base, below, at));
        }
    }
}

impl<'m, T> Iterator for Iter<'m, T> {
    type Item = (u64, &'m T);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((base, shift, at)) = self.stack.pop() {
            match at {
                At::Value(value) => return Some((base, value)),
                At::Node(Node::Leaf(values)) => {
                    for (i, value) in values.iter().enumerate().rev() {
                        if let Some(value) = value {
                            self.push(base + i as u64, 0, At::Value(value), 0);
                        }
                    }
                }
                At::Node(Node::Branch(nodes)) => {
                    for (i, node) in nodes.iter().enumerate().rev() {
                        if let Some(node) = node {
                            self.push(base + ((i as u64) << shift), shift, At::Node(node), shift.saturating_sub(BITS));
                        }
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn keys() -> impl Strategy<Value = u64> {
        prop_oneof![0..40u64, 0..5_000u64, Just(u64::MAX - 1), any::<u64>().prop_map(|key| key.min(u64::MAX - 1))]
    }

    proptest! {
        #[test]
        fn it_holds_what_a_btree_holds(
            steps in prop::collection::vec((keys(), prop::option::weighted(0.7, any::<u8>())), 0..200),
            (from, to, cut) in (keys(), keys(), keys()),
        ) {
            let (mut map, mut model) = (PageMap::default(), BTreeMap::new());
            let mut before = None;
            for (n, (key, value)) in steps.iter().enumerate() {
                if n == steps.len() / 2 {
                    before = Some((map.clone(), model.clone()));
                }
                match value {
                    Some(value) => {
                        map.insert(*key, *value);
                        model.insert(*key, *value);
                    }
                    None => prop_assert_eq!(map.remove(*key), model.remove(key)),
                }
                prop_assert_eq!(map.get(*key), model.get(key));
            }
            for (map, model) in before.iter().chain([&(map.clone(), model.clone())]) {
                prop_assert_eq!(map.is_empty(), model.is_empty());
                prop_assert!(map.iter().eq(model.iter().map(|(key, value)| (*key, value))));
                let range = from.min(to)..from.max(to);
                prop_assert!(map.range(range.clone()).eq(model.range(range).map(|(key, value)| (*key, value))));
            }
            map.truncate(cut);
            model.retain(|key, _| *key < cut);
            prop_assert!(map.iter().eq(model.iter().map(|(key, value)| (*key, value))));
        }
    }

    #[test]
    fn a_write_after_a_clone_copies_the_way_to_it_alone() {
        let mut map: PageMap<u64> = (0..100_000).map(|key| (key, key)).collect();
        let before = map.clone();
        map.insert(70_000, 0);
        let places = |map: &PageMap<u64>| -> Vec<*const u64> { map.iter().map(|(_, value)| std::ptr::from_ref(value)).collect() };
        let moved = places(&map).iter().zip(places(&before)).filter(|(a, b)| **a != *b).count();
        assert_eq!((moved, before.get(70_000)), (FANOUT, Some(&70_000)));
    }
}
