//! The screen of a real metadata image: superblock, map of blocks, trees, mappings, check report, and any block decoded.
//!
//! The image is read in a worker, by a program of its own (`crate::reader` there, [`worker`] here), so that the page stays responsive whatever its size;
//! what is shown is plain data that the worker sent.

mod chart;
mod lists;
mod map;
mod near;
mod simulate;
mod text;
mod tree;
mod verdict;
pub(super) mod worker;

pub(super) use simulate::{name_in_scripts, over_an_image, script_of};

use super::look::Look;
use super::msg::Msg;
use super::page::{Link, PageMsg, send};
use dm_cache_engine::device::Page;
use dm_cache_image::browse::Refused;
use dm_cache_image::browse::seen::{Answer, Ask, BlockSeen, Overview, Rows};
use dm_cache_image::verdict::Verdict;
use std::rc::Rc;
use yew::prelude::*;

/// Why there is no link to a machine over an image, and what to do instead.
pub(super) const IN_NO_LINK: &str = "This machine stands over an image of yours, and that is in no link: it stays in this page and was not uploaded. \
Send the file itself; there, Open image and Activate it show the same.";

/// What stands in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tab {
    #[default]
    Structure,
    Raw,
    Xml,
}

impl Tab {
    const fn word(self) -> &'static str {
        match self {
            Self::Structure => "Structure",
            Self::Raw => "Raw",
            Self::Xml => "XML dump",
        }
    }
}

/// The beginning of the XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Xml {
    text: String,
    whole: bool,
    problem: Option<String>,
}

/// An open image with what is looked at.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) overview: Rc<Overview>,
    pub(super) verdict: Rc<Verdict>,
    block: u64,
    /// Sectors of the origin that a machine over it has.
    pub(super) origin: u64,
    seen: Option<Rc<Answer>>,
    rows: Rc<Rows>,
    tab: Tab,
    xml: Option<Rc<Xml>>,
    /// Mappings are looked up by oblock.
    by_oblock: bool,
    /// Why the last look-up showed nothing.
    missed: Option<String>,
}

impl Shown {
    fn seen(&self) -> Option<&BlockSeen> {
        match self.seen.as_deref() {
            Some(Answer::Block(seen)) => Some(seen),
            _ => None,
        }
    }
}

/// What the screen shows.
#[derive(Debug, Clone)]
pub(super) enum Image {
    /// The worker is reading the file of this name; blocks done, of about so many.
    Reading { name: String, done: f64, of: f64 },
    /// Not an image; why, and what it seems to be.
    Refused(Rc<Refused>),
    /// The file of this name could not be read, whatever it is; why.
    Failed { name: String, why: String },
    /// An image.
    Open(Rc<Shown>),
}

/// The blocks of an image, for a machine to hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contents {
    /// The file's name, as scripts have it; empty until it is known.
    pub(super) name: String,
    pub(super) pages: Vec<(u64, Page)>,
}

/// Something done to the screen, or said by the worker.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ImageMsg {
    /// A file was picked or dropped.
    Chosen(web_sys::File),
    Progress(f64, f64),
    Opened(Rc<Overview>, Rc<Verdict>),
    Refused(Refused),
    Failed(String),
    Answer(Rc<Answer>),
    /// The XML or the repaired image, to be saved under the image's name with this at its end.
    File(web_sys::Blob, String),
    Contents(Rc<Contents>),
    /// Look at a block.
    Block(u64),
    /// List mappings from this cblock on.
    From(u64),
    /// List mappings from where this oblock is mapped to.
    Oblock(u64),
    /// Look up by oblock, or by cblock.
    By(bool),
    Tab(Tab),
    /// Into the field that says where to go.
    GoTo,
    CopyReport,
    SaveXml,
    /// What can be read, as a sound image to be saved.
    Repair,
    /// Sectors of the origin that a machine over it has.
    Origin(u64),
    /// Have a machine run over it.
    Load,
    /// Back to the machine; a worker that still reads is ended.
    Close,
}

impl ImageMsg {
    /// What the worker is to be asked.
    pub(super) fn asks(&self) -> Vec<Ask> {
        match self {
            Self::Opened(_, verdict) => vec![Ask::Block(verdict.block.unwrap_or(0)), Ask::Rows(0)],
            Self::Block(at) => vec![Ask::Block(*at)],
            Self::From(from) => vec![Ask::Rows(*from)],
            Self::Oblock(oblock) => vec![Ask::Oblock(*oblock)],
            Self::Tab(Tab::Xml) => vec![Ask::Xml],
            _ => Vec::new(),
        }
    }
}

/// What a key means on this screen and on no other.
pub(super) fn key(key: &str) -> Option<Msg> {
    (key == "g").then_some(Msg::Image(ImageMsg::GoTo))
}

/// The screen after `msg`.
pub(super) fn update(image: Option<Image>, msg: ImageMsg) -> Option<Image> {
    match (msg, image) {
        (ImageMsg::Chosen(file), _) => Some(Image::Reading { name: file.name(), done: 0.0, of: 0.0 }),
        (ImageMsg::Progress(done, of), Some(Image::Reading { name, .. })) => Some(Image::Reading { name, done, of }),
        (ImageMsg::Opened(overview, verdict), Some(_)) => Some(Image::Open(Rc::new(Shown {
            block: verdict.block.unwrap_or(0),
            origin: verdict.proposal.origin_sectors,
            overview,
            verdict,
            seen: None,
            rows: Rc::default(),
            tab: Tab::default(),
            xml: None,
            by_oblock: false,
            missed: None,
        }))),
        (ImageMsg::Refused(refused), Some(_)) => Some(Image::Refused(Rc::new(refused))),
        (ImageMsg::Failed(why), Some(Image::Reading { name, .. })) => Some(Image::Failed { name, why }),
        (ImageMsg::Close, _) => None,
        (msg, Some(Image::Open(shown))) => {
            let mut shown = Rc::unwrap_or_clone(shown);
            shown.update(msg);
            Some(Image::Open(Rc::new(shown)))
        }
        (_, other) => other,
    }
}

impl Shown {
    fn update(&mut self, msg: ImageMsg) {
        match msg {
            ImageMsg::Block(at) if at < self.overview.nr_blocks => self.block = at,
            ImageMsg::Origin(sectors) => self.origin = sectors,
            ImageMsg::Tab(tab) => self.tab = tab,
            ImageMsg::By(oblock) => {
                self.by_oblock = oblock;
                self.missed = None;
            }
            ImageMsg::Failed(why) => self.missed = Some(why),
            ImageMsg::Answer(answer) => match &*answer {
                Answer::Block(seen) if seen.block == self.block => self.seen = Some(answer),
                Answer::Rows(rows) => {
                    self.missed = None;
                    self.rows = Rc::new(rows.clone());
                }
                Answer::NotMapped(oblock) => self.missed = Some(format!("No cblock holds oblock {oblock}.")),
                Answer::Xml { text, whole, problem } => {
                    self.xml = Some(Rc::new(Xml { text: text.clone(), whole: *whole, problem: problem.clone() }));
                }
                Answer::Block(_) => {}
            },
            _ => {}
        }
    }
}

/// A message for [`ImageMsg`], whatever the event.
fn tell<E>(link: &Link, msg: ImageMsg) -> Callback<E> {
    send(link, Msg::Image(msg))
}

/// Sends the number that was typed into a field.
fn number(link: &Link, msg: fn(u64) -> ImageMsg) -> Callback<Event> {
    use wasm_bindgen::JsCast as _;
    link.batch_callback(move |event: Event| {
        let input = event.target()?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
        let n = input.value().trim().parse().ok()?;
        Some(PageMsg(Msg::Image(msg(n))))
    })
}

/// `4 nodes`, `1 node`.
fn some(n: u64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// The choice of what stands in the middle, for the bar.
pub(super) fn tabs(image: &Image, link: &Link) -> Html {
    let Image::Open(shown) = image else { return Html::default() };
    let options = [Tab::Structure, Tab::Raw, Tab::Xml].map(|tab| (tab.word().to_owned(), tab == shown.tab, Msg::Image(ImageMsg::Tab(tab))));
    super::races::radios("Part of the image", options.into(), link)
}

/// The three columns of the screen.
pub(super) fn view(image: &Image, look: &Look, link: &Link) -> Html {
    match image {
        Image::Reading { name, done, of } => reading(name, *done, *of, link),
        Image::Refused(refused) => refusal(refused, link),
        Image::Failed { name, why } => {
            ended(false, format!("{name} could not be read"), html! { <p>{ format!("The reader failed: {why}") }</p> }, link)
        }
        Image::Open(shown) => {
            let middle = match shown.tab {
                Tab::Structure => {
                    html! { <>{ verdict::view(shown, link) }{ map::view(shown, link) }{ near::view(shown, link) }{ tree::view(shown, link, look.image()) }{ chart::view(shown) }{ lists::superblock(&shown.overview, link) }</> }
                }
                Tab::Raw => text::raw(shown, link),
                Tab::Xml => text::xml(shown, link),
            };
            html! {
                <>
                    <aside class="image-facts" aria-label="Image" tabindex="0">{ lists::facts(shown, link) }</aside>
                    <main class="stage image-stage" key={shown.tab.word()} aria-label="The image" tabindex="0">{ middle }</main>
                    <aside class="inspector image-side" aria-label="Mappings and block">{ lists::mappings(shown, link) }{ lists::block(shown, link) }</aside>
                </>
            }
        }
    }
}

fn reading(name: &str, done: f64, of: f64, link: &Link) -> Html {
    let said = if of > 0.0 { format!("{} of about {} blocks", done.round(), of.round()) } else { "starting".to_owned() };
    html! {
        <main class="stage">
            <div class="empty">
                <strong role="status">{ "Reading the image" }</strong>
                <p>{ name }{ ": read in this page and never uploaded." }</p>
                <p><progress aria-label="Blocks read" max={of.max(1.0).to_string()} value={done.to_string()} /></p>
                <p class="quiet">{ said }</p>
                <button class="button boxed" type="button" onclick={tell(link, ImageMsg::Close)}>{ "Cancel" }</button>
            </div>
        </main>
    }
}

fn refusal(refused: &Refused, link: &Link) -> Html {
    let why = html! {
        <>
            <p>{ &refused.why }</p>
            { refused.seems.as_ref().map(|what| html! { <p>{ format!("It seems to be {what}.") }</p> }) }
            <p class="quiet">{ "Expected: the contents of a cache's metadata device (for LVM, the cmeta volume, /dev/mapper/VG-POOL_cmeta), or XML from cache_dump. The file stays in this page." }</p>
        </>
    };
    ended(true, format!("{} is not a dm-cache metadata image", refused.name), why, link)
}

/// No image to show: what happened, why, and the way back.
fn ended(refused: bool, what: String, why: Html, link: &Link) -> Html {
    html! {
        <main class="stage">
            <div class="empty" role="alert" data-refused={refused.then_some("true")}>
                <strong>{ what }</strong>
                { why }
                <button class="button boxed" type="button" onclick={tell(link, ImageMsg::Close)}>{ "Back to the machine" }</button>
            </div>
        </main>
    }
}
