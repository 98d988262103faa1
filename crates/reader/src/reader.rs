//! One class for JavaScript over [`dm_cache_image::browse`]. It knows nothing of the page, which asks it by messages and draws the answers.

use dm_cache_image::Source;
use dm_cache_image::browse::seen::{Ask, Packing};
use dm_cache_image::browse::{Browser, Refused};
use dm_cache_image::source::Pieces;
use js_sys::{Function, Uint8Array};
use serde_wasm_bindgen::{from_value, to_value};
use std::io::{self, Write};
use wasm_bindgen::prelude::*;

/// Bytes handed over at a time.
const PIECE: usize = 1 << 20;

/// An image, open in the worker.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ImageReader {
    browser: Browser,
}

#[wasm_bindgen]
impl ImageReader {
    /// Opens a file of which `fetch(offset, length)` gives pieces, `unzipped` where it was a gzip file; `progress(done, of)` hears how far it is.
    ///
    /// # Errors
    /// The refusal, or a text where the file cannot be read at all.
    pub fn open(name: &str, len_bytes: f64, unzipped: bool, fetch: Function, progress: &Function) -> Result<ImageReader, JsValue> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a file's size is a whole number below 2^53")]
        let len = len_bytes as u64;
        let head_len = len.min(4096);
        let mut head = vec![0; usize::try_from(head_len).unwrap_or(0)];
        fetched(&fetch, 0, &mut head)?;
        let again = fetch.clone();
        let whole = move || {
            let mut bytes = vec![0; usize::try_from(len).map_err(|e| e.to_string())?];
            fetched(&again, 0, &mut bytes).map(|()| bytes)
        };
        let src: Box<dyn Source> = Box::new(Pieces::new(len, move |offset, buf: &mut [u8]| fetched(&fetch, offset, buf)));
        let tell = |done: u64, of: u64| {
            // No one is listening any more.
            let _ = progress.call2(&JsValue::NULL, &number(done), &number(of));
        };
        let packing = if unzipped { Packing::Gzip } else { Packing::Raw };
        match Browser::open_unpacked((name, len), src, &head, &whole, &tell, packing) {
            Ok(browser) => Ok(Self { browser }),
            Err(refused) => Err(refusal(&refused)),
        }
    }

    /// Everything there is to see at once.
    ///
    /// # Errors
    /// When a number is too large for JavaScript.
    pub fn overview(&self) -> Result<JsValue, JsValue> {
        Ok(to_value(self.browser.overview())?)
    }

    /// Will Linux load it, what is lost if not, what to do next.
    ///
    /// # Errors
    /// When a number is too large for JavaScript.
    pub fn verdict(&self) -> Result<JsValue, JsValue> {
        Ok(to_value(&self.browser.verdict())?)
    }

    /// The answer to a question.
    ///
    /// # Errors
    /// When it is no question, or a number is too large for JavaScript.
    pub fn ask(&self, question: JsValue) -> Result<JsValue, JsValue> {
        let ask: Ask = from_value(question)?;
        Ok(to_value(&self.browser.answer(&ask))?)
    }

    /// Hands the XML over, piece by piece.
    ///
    /// # Errors
    /// Why there is none.
    pub fn xml(&self, take: &Function) -> Result<(), JsValue> {
        let mut out = Handing { take, kept: Vec::new() };
        self.browser.xml(&mut out).map_err(|e| JsValue::from(e.to_string()))?;
        out.flush().map_err(|e| JsValue::from(e.to_string()))
    }

    /// What can be read of it, as a sound image of the same size.
    ///
    /// # Errors
    /// Why there is none.
    pub fn repaired(&self) -> Result<Uint8Array, JsValue> {
        Ok(Uint8Array::from(self.browser.repaired()?.as_slice()))
    }

    /// Hands over every block in use: `take(number, bytes)`.
    pub fn contents(&self, take: &Function) {
        self.browser.contents(&mut |at, block| {
            let _ = take.call2(&JsValue::NULL, &number(at), &Uint8Array::from(&block[..]));
        });
    }
}

fn refusal(refused: &Refused) -> JsValue {
    to_value(refused).unwrap_or(JsValue::NULL)
}

#[allow(clippy::cast_precision_loss, reason = "blocks of a file, far below 2^53")]
fn number(n: u64) -> JsValue {
    JsValue::from(n as f64)
}

/// Fills `buf` with the file's bytes from `offset` on.
fn fetched(fetch: &Function, offset: u64, buf: &mut [u8]) -> Result<(), String> {
    let failed = |e: JsValue| e.as_string().unwrap_or_else(|| "the browser could not read the file".to_owned());
    let piece = fetch.call2(&JsValue::NULL, &number(offset), &number(buf.len() as u64)).map_err(failed)?;
    let piece = Uint8Array::new(&piece);
    if piece.length() as usize != buf.len() {
        return Err(format!("the file has {} bytes at {offset} where {} were asked for", piece.length(), buf.len()));
    }
    piece.copy_to(buf);
    Ok(())
}

/// Collects what is written into pieces and hands them over.
struct Handing<'a> {
    take: &'a Function,
    kept: Vec<u8>,
}

impl Write for Handing<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.kept.extend_from_slice(buf);
        if self.kept.len() >= PIECE {
            self.flush()?;
        }
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let taken = self.take.call1(&JsValue::NULL, &Uint8Array::from(self.kept.as_slice()));
        self.kept.clear();
        taken.map(|_| ()).map_err(|_| io::Error::other("the piece was not taken"))
    }
}
