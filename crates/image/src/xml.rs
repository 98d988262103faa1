//! The XML that `cache_dump` writes and `cache_restore` reads.

use super::restore::RestoreError;
use super::text::from_base64;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;
use std::io::{self, BufRead, Read};
use thiserror::Error;

/// What is wrong with the text.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum XmlError {
    /// Not XML.
    #[error("Parse error at byte {at}: {text}")]
    Syntax {
        /// Where.
        at: u64,
        /// The parser's words.
        text: String,
    },
    /// A tag that dumps do not have.
    #[error("unknown tag type: {0}")]
    Tag(String),
    /// An attribute is missing or not a value of its type.
    #[error("<{tag}>: attribute {name} is missing or wrong")]
    Attribute {
        /// In which tag.
        tag: &'static str,
        /// Which attribute.
        name: &'static str,
    },
    /// Entries before the superblock's tag, or none at all.
    #[error("no superblock tag")]
    NoSuperblock,
    /// The text goes on without a tag, as a device of zeros does.
    #[error("{} KiB without a tag: this is no dump", TAG_BYTES_MAX >> 10)]
    NoTag,
    /// The text goes on and on.
    #[error("the text is longer than a dump of an image of that size can be: {} MiB", .most >> 20)]
    TooLong {
        /// Bytes it may have.
        most: u64,
    },
    /// Tags within tags within tags.
    #[error("tags stand deeper in each other than in any dump")]
    TooDeep,
    /// The text could not be read.
    #[error("cannot read the text: {0}")]
    Read(String),
    /// The text goes on behind the superblock's tag.
    #[error("Parse error at byte {at}: junk after document element")]
    Junk {
        /// Where it goes on.
        at: u64,
    },
    /// The text ends inside a tag.
    #[error("the text ends before </superblock>")]
    Unfinished,
}

/// The attributes of `<superblock>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Sectors of a cache block.
    pub block_size: u32,
    /// Cache blocks.
    pub cache_blocks: u32,
    /// NUL-padded.
    pub policy: [u8; 16],
    /// Bytes of a hint, 4 to 128.
    pub hint_width: u32,
}

/// What a dump contains, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// First of all.
    Superblock(Header),
    /// A mapped cache block.
    Mapping {
        /// Cache block.
        cblock: u64,
        /// Origin block.
        oblock: u64,
        /// Whether they differ.
        dirty: bool,
    },
    /// A policy's hint.
    Hint {
        /// Cache block.
        cblock: u64,
        /// Its bytes.
        data: Vec<u8>,
    },
}

/// Longest tag, or text between two tags.
const TAG_BYTES_MAX: usize = 64 << 10;
/// A mapping within the mappings within the superblock.
const DEPTH_MAX: u32 = 3;

/// A text that is not read without end.
struct Limited<R> {
    text: R,
    /// Bytes since the last tag, or other piece of XML.
    piece: usize,
    /// Bytes so far.
    total: u64,
    most: u64,
}

impl<R> Limited<R> {
    const fn reached(&self) -> Option<XmlError> {
        if self.piece > TAG_BYTES_MAX {
            Some(XmlError::NoTag)
        } else if self.total > self.most {
            Some(XmlError::TooLong { most: self.most })
        } else {
            None
        }
    }
}

impl<R: BufRead> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.fill_buf()?.read(into)?;
        self.consume(got);
        Ok(got)
    }
}

impl<R: BufRead> BufRead for Limited<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(limit) = self.reached() {
            return Err(io::Error::other(limit));
        }
        let room = (TAG_BYTES_MAX + 1).saturating_sub(self.piece);
        let bytes = self.text.fill_buf()?;
        Ok(bytes.get(..room).unwrap_or(bytes))
    }

    fn consume(&mut self, amount: usize) {
        self.text.consume(amount);
        self.piece += amount;
        self.total += amount as u64;
    }
}

/// Reads a dump tag by tag, and no more than `most` bytes.
///
/// # Errors
/// What is wrong with the text, or what `f` says.
pub fn read(text: impl BufRead, most: u64, f: &mut dyn FnMut(Entry) -> Result<(), RestoreError>) -> Result<(), RestoreError> {
    let mut reader = quick_xml::Reader::from_reader(Limited { text, piece: 0, total: 0, most });
    let mut buf = Vec::new();
    let mut depth = 0u32;
    let mut ended = false;
    loop {
        let at = reader.buffer_position();
        let event = match reader.read_event_into(&mut buf) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(e)) => return Err(reader.get_ref().reached().unwrap_or_else(|| XmlError::Read(e.to_string())).into()),
            Err(e) => return Err(XmlError::Syntax { at: reader.error_position(), text: e.to_string() }.into()),
        };
        reader.get_mut().piece = 0;
        let is_over = ended && depth == 0;
        match event {
            // Blanks, remarks and instructions may follow; anything else may not.
            Event::Text(text) if is_over && !text.bytes().all(|b| b.is_ascii_whitespace()) => return Err(junk(at)),
            Event::Start(_)
            | Event::Empty(_)
            | Event::End(_)
            | Event::CData(_)
            | Event::DocType(_)
            | Event::Decl(_)
            | Event::GeneralRef(_)
                if is_over =>
            {
                return Err(junk(at));
            }
            Event::Eof if ended && depth == 0 => return Ok(()),
            Event::Eof => return Err(if ended || depth > 0 { XmlError::Unfinished } else { XmlError::NoSuperblock }.into()),
            Event::Start(tag) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(XmlError::TooDeep.into());
                }
                if let Some(entry) = entry(&tag)? {
                    f(entry)?;
                }
            }
            Event::Empty(tag) => {
                ended |= tag.name().as_ref() == "superblock";
                if let Some(entry) = entry(&tag)? {
                    f(entry)?;
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                ended |= tag.name().as_ref() == "superblock";
            }
            _ => {}
        }
        buf.clear();
    }
}

fn junk(at: u64) -> RestoreError {
    XmlError::Junk { at }.into()
}

fn entry(tag: &BytesStart<'_>) -> Result<Option<Entry>, XmlError> {
    Ok(match tag.name().as_ref() {
        "superblock" => Some(Entry::Superblock(header(tag)?)),
        "mapping" => {
            let [dirty, cblock, oblock] = values(tag, "mapping", ["dirty", "cache_block", "origin_block"]);
            let dirty = match &*dirty.text()? {
                "true" => true,
                "false" => false,
                _ => return Err(dirty.wrong()),
            };
            Some(Entry::Mapping { cblock: cblock.number()?, oblock: oblock.number()?, dirty })
        }
        "hint" => {
            let [data, cblock] = values(tag, "hint", ["data", "cache_block"]);
            let bytes = from_base64(data.text()?.as_bytes()).ok_or_else(|| data.wrong())?;
            Some(Entry::Hint { cblock: cblock.number()?, data: bytes })
        }
        // Discards are no loss, and a dump of 0.9 has none.
        "mappings" | "hints" | "discards" | "discard" => None,
        other => return Err(XmlError::Tag(other.to_owned())),
    })
}

fn header(tag: &BytesStart<'_>) -> Result<Header, XmlError> {
    let names = ["policy", "hint_width", "uuid", "block_size", "nr_cache_blocks"];
    let [policy, hint_width, uuid, block_size, cache_blocks] = values(tag, "superblock", names);
    let name = policy.text()?;
    let mut padded = [0; 16];
    if name.len() > 15 {
        return Err(policy.wrong());
    }
    padded[..name.len()].copy_from_slice(name.as_bytes());
    let width = hint_width.small()?;
    if !width.is_multiple_of(4) || !(4..=128).contains(&width) {
        return Err(hint_width.wrong());
    }
    uuid.text()?;
    Ok(Header { block_size: block_size.small()?, cache_blocks: cache_blocks.small()?, policy: padded, hint_width: width })
}

/// An attribute that a tag should have.
struct Value<'t> {
    tag: &'static str,
    name: &'static str,
    raw: Option<Cow<'t, str>>,
}

/// The attributes of these names, found in one pass: of two of the same name the first, and none behind a fault.
fn values<'t, const N: usize>(tag: &'t BytesStart<'_>, t: &'static str, names: [&'static str; N]) -> [Value<'t>; N] {
    let mut all = names.map(|name| Value { tag: t, name, raw: None });
    for attribute in tag.attributes().with_checks(false).map_while(Result::ok) {
        if let Some(value) = all.iter_mut().find(|value| value.raw.is_none() && value.name == attribute.key.as_ref()) {
            value.raw = Some(attribute.value);
        }
    }
    all
}

impl Value<'_> {
    const fn wrong(&self) -> XmlError {
        XmlError::Attribute { tag: self.tag, name: self.name }
    }

    fn text(&self) -> Result<Cow<'_, str>, XmlError> {
        let raw = self.raw.as_deref().ok_or_else(|| self.wrong())?;
        if !raw.bytes().any(|byte| byte == b'&') {
            // As nearly every value of a dump.
            return Ok(Cow::Borrowed(raw));
        }
        quick_xml::escape::unescape(raw).map_err(|_| self.wrong())
    }

    fn number(&self) -> Result<u64, XmlError> {
        self.text()?.parse().map_err(|_| self.wrong())
    }

    fn small(&self) -> Result<u32, XmlError> {
        self.number()?.try_into().map_err(|_| self.wrong())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may")]
mod tests {
    use super::*;

    const HEAD: &str = r#"<superblock uuid="" block_size="128" nr_cache_blocks="8" policy="smq" hint_width="4">"#;

    fn mapping(attributes: &str) -> Result<Entry, String> {
        let text = format!("{HEAD}<mapping {attributes}/></superblock>");
        let mut last = None;
        let read = read(text.as_bytes(), 1 << 20, &mut |entry| {
            last = Some(entry);
            Ok(())
        });
        read.map(|()| last.unwrap()).map_err(|e| e.to_string())
    }

    #[test]
    fn of_two_attributes_of_a_name_the_first_counts_and_what_is_behind_a_fault_is_not_seen() {
        let expected = Ok(Entry::Mapping { cblock: 1, oblock: 2, dirty: true });
        assert_eq!(mapping(r#"cache_block="1" origin_block="2" dirty="true""#), expected);
        assert_eq!(mapping(r#"dirty='true' cache_block="&#49;" origin_block = "2" cache_block="x" dirty="?""#), expected);
        assert_eq!(mapping(r#"cache_block="1" origin_block="2" dirty="true" fault"#), expected);
        let missing = |name| Err(format!("<mapping>: attribute {name} is missing or wrong"));
        assert_eq!(mapping(r#"cache_block="1" fault origin_block="2" dirty="true""#), missing("dirty"));
        assert_eq!(mapping(r#"dirty="true" cache_block="1" fault origin_block="2""#), missing("origin_block"));
        assert_eq!(mapping(r#"dirty="true" cache_block="&none;" origin_block="2""#), missing("cache_block"));
    }
}
