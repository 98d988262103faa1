//! A map of few entries that is cloned as cheaply as it is moved: the machine's devices, objects, targets.
//!
//! A sorted list does for a handful. Each entry is shared with the map it was cloned from until one of the two changes it.

use std::sync::Arc;

/// A map of few entries, in the order of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Few<K, V>(Arc<Vec<(K, Arc<V>)>>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Arc::new(Vec::new()))
    }
}

impl<K: Ord + Copy, V: Clone> Few<K, V> {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(k, _)| k.cmp(key))
    }

    /// What is kept under `key`.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        let at = self.place(key).ok()?;
        self.0.get(at).map(|(_, value)| &**value)
    }

    /// The same, to change it; copied first if another clone holds it, too.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.place(key).ok()?;
        Arc::make_mut(&mut self.0).get_mut(at).map(|(_, value)| Arc::make_mut(value))
    }

    /// Whether there is anything under `key`.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Keeps `value` under `key`, instead of what was there.
    pub fn insert(&mut self, key: K, value: V) {
        let entry = (key, Arc::new(value));
        match self.place(&key) {
            Ok(at) => Arc::make_mut(&mut self.0)[at] = entry,
            Err(at) => Arc::make_mut(&mut self.0).insert(at, entry),
        }
    }

    /// What is kept under `key`, to change it; something empty if there was nothing.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = match self.place(&key) {
            Ok(at) => at,
            Err(at) => {
                Arc::make_mut(&mut self.0).insert(at, (key, Arc::default()));
                at
            }
        };
        Arc::make_mut(&mut Arc::make_mut(&mut self.0)[at].1)
    }

    /// Forgets what is under `key`.
    pub fn remove(&mut self, key: &K) {
        if let Ok(at) = self.place(key) {
            Arc::make_mut(&mut self.0).remove(at);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries in order.
    #[must_use]
    pub fn iter(&self) -> Entries<'_, K, V> {
        Entries(self.0.iter())
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| &**value)
    }
}

/// The entries of a [`Few`].
#[derive(Debug, Clone)]
pub struct Entries<'f, K, V>(std::slice::Iter<'f, (K, Arc<V>)>);

impl<'f, K, V> Iterator for Entries<'f, K, V> {
    type Item = (&'f K, &'f V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, &**value))
    }
}

impl<'f, K: Ord + Copy, V: Clone> IntoIterator for &'f Few<K, V> {
    type Item = (&'f K, &'f V);
    type IntoIter = Entries<'f, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Ord + Copy, V: Clone> FromIterator<(K, V)> for Few<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut few = Self::default();
        for (key, value) in entries {
            few.insert(key, value);
        }
        few
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_order_and_a_clone_keeps_what_it_had() {
        let mut few: Few<u64, String> = [(3, "c".to_owned()), (1, "a".to_owned())].into_iter().collect();
        let before = few.clone();
        few.insert(2, "b".into());
        few.insert(3, "C".into());
        if let Some(value) = few.get_mut(&1) {
            value.push('!');
        }
        assert_eq!(few.iter().map(|(k, v)| format!("{k}{v}")).collect::<String>(), "1a!2b3C");
        assert_eq!(before.values().map(String::as_str).collect::<String>(), "ac");
        few.remove(&2);
        few.remove(&9);
        assert_eq!((few.len(), few.contains_key(&2), few.get(&3).map(String::as_str)), (2, false, Some("C")));
    }
}
