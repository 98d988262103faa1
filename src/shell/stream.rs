//! What stands at a program's standard input.

/// A byte stream that may be endless (`tr … < /dev/zero`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stream {
    /// These bytes, then the end.
    Bytes(Vec<u8>, usize),
    /// One byte for ever.
    Fill(u8),
}

impl Stream {
    /// Nothing: `/dev/null`.
    pub(super) const EMPTY: Self = Self::Bytes(Vec::new(), 0);

    /// The next `n` bytes, fewer only at the end.
    pub(super) fn read(&mut self, n: usize) -> Vec<u8> {
        match self {
            Self::Fill(byte) => vec![*byte; n],
            Self::Bytes(bytes, at) => {
                let end = bytes.len().min(at.saturating_add(n));
                let got = bytes.get(*at..end).unwrap_or_default().to_vec();
                *at = end;
                got
            }
        }
    }

    /// Passes over the next `n` bytes.
    pub(super) fn skip(&mut self, n: u64) {
        if let Self::Bytes(bytes, at) = self {
            *at = bytes.len().min(at.saturating_add(usize::try_from(n).unwrap_or(usize::MAX)));
        }
    }

    /// All the text that is left; an endless stream has none.
    pub(super) fn text(&mut self) -> String {
        match self {
            Self::Fill(_) => String::new(),
            Self::Bytes(bytes, _) => {
                let n = bytes.len();
                String::from_utf8_lossy(&self.read(n)).into_owned()
            }
        }
    }

    /// This, behind a text; one without end comes alone.
    pub(super) fn behind(self, text: String) -> Self {
        match self {
            Self::Bytes(mut bytes, at) if !text.is_empty() => {
                let mut all = text.into_bytes();
                all.extend(bytes.drain(at.min(bytes.len())..));
                Self::Bytes(all, 0)
            }
            other => other,
        }
    }

    /// Every byte mapped.
    pub(super) fn map(self, f: impl Fn(u8) -> u8) -> Self {
        match self {
            Self::Fill(byte) => Self::Fill(f(byte)),
            Self::Bytes(bytes, at) => Self::Bytes(bytes.into_iter().map(f).collect(), at),
        }
    }
}
