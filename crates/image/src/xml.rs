//! The XML that `cache_dump` writes and `cache_restore` reads.

use super::restore::RestoreError;
use super::text::from_base64;
use quick_xml::events::{BytesStart, Event};
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
            let t = "mapping";
            let dirty = match &*value(tag, t, "dirty")? {
                "true" => true,
                "false" => false,
                _ => return Err(XmlError::Attribute { tag: t, name: "dirty" }),
            };
            Some(Entry::Mapping { cblock: number(tag, t, "cache_block")?, oblock: number(tag, t, "origin_block")?, dirty })
        }
        "hint" => {
            let data = from_base64(value(tag, "hint", "data")?.as_bytes());
            let data = data.ok_or(XmlError::Attribute { tag: "hint", name: "data" })?;
            Some(Entry::Hint { cblock: number(tag, "hint", "cache_block")?, data })
        }
        // Discards are no loss, and a dump of 0.9 has none.
        "mappings" | "hints" | "discards" | "discard" => None,
        other => return Err(XmlError::Tag(other.to_owned())),
    })
}

fn header(tag: &BytesStart<'_>) -> Result<Header, XmlError> {
    let t = "superblock";
    let small = |name| u32::try_from(number(tag, t, name)?).map_err(|_| XmlError::Attribute { tag: t, name });
    let name = value(tag, t, "policy")?;
    let mut policy = [0; 16];
    if name.len() > 15 {
        return Err(XmlError::Attribute { tag: t, name: "policy" });
    }
    policy[..name.len()].copy_from_slice(name.as_bytes());
    let hint_width = small("hint_width")?;
    if !hint_width.is_multiple_of(4) || !(4..=128).contains(&hint_width) {
        return Err(XmlError::Attribute { tag: t, name: "hint_width" });
    }
    value(tag, t, "uuid")?;
    Ok(Header { block_size: small("block_size")?, cache_blocks: small("nr_cache_blocks")?, policy, hint_width })
}

fn value(tag: &BytesStart<'_>, t: &'static str, name: &'static str) -> Result<String, XmlError> {
    let wrong = || XmlError::Attribute { tag: t, name };
    let a = tag.try_get_attribute(name).map_err(|_| wrong())?.ok_or_else(wrong)?;
    quick_xml::escape::unescape(&a.value).map(|v| v.into_owned()).map_err(|_| wrong())
}

fn number(tag: &BytesStart<'_>, t: &'static str, name: &'static str) -> Result<u64, XmlError> {
    value(tag, t, name)?.parse().map_err(|_| XmlError::Attribute { tag: t, name })
}
