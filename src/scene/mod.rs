//! The stage laid out, once for all who draw it: what stands where, what it is called, how it looks and what the step changed.
//!
//! A [`Scene`] is made from a picture for one [`Form`]. The page draws it as nodes with handlers and motion, [`svg`] as text for
//! players, posters, exports and paper.

mod blocks;
mod data;
mod devices;
mod look;
mod measure;
pub mod motion;
mod node;
mod objects;
mod outlines;
pub mod overview;
mod room;
mod section;
mod shapes;
mod small;
pub mod svg;
#[cfg(test)]
mod tests;
mod widths;

pub use look::Look;
pub use node::{Attributes, Group, Label, Node, Pattern, Place, Role, Shape, Words};
pub use objects::held_by;
pub use room::Room;
pub use shapes::{badge, head, hundredths, n};

use crate::timeline::changes::Changes;
use crate::timeline::picture::Picture;
use blocks::Columns;
use devices::Devices;
use measure::Measure;
use objects::Section;
use room::Kept;
use section::{Layout, Over};
use small::Sizes;

/// How much room a drawing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Everything, 840 wide.
    #[default]
    Whole,
    /// Everything, 720 wide: one of two side by side.
    Half,
    /// The mapping rails and what they cost, 640 wide.
    Small,
    /// The same, 390 wide: a phone's.
    Narrow,
}

impl Form {
    /// Every form, the widest first.
    pub const ALL: [Self; 4] = [Self::Whole, Self::Half, Self::Small, Self::Narrow];

    /// Its name in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Half => "half",
            Self::Small => "small",
            Self::Narrow => "narrow",
        }
    }

    /// Width in its own units, in which the smallest letters are 11 high.
    #[must_use]
    pub const fn width(self) -> f64 {
        match self {
            Self::Whole => Measure::WHOLE.width,
            Self::Half => Measure::HALF.width,
            Self::Small => Sizes::SMALL.width,
            Self::Narrow => Sizes::NARROW.width,
        }
    }

    /// Height of the usual two objects in those units: a lower window has the small form, so that the loss is seen without scrolling.
    #[must_use]
    pub const fn usual_height(self) -> f64 {
        match self {
            Self::Whole | Self::Half => Measure::HEIGHT,
            Self::Small | Self::Narrow => 0.0,
        }
    }

    /// Left and right margin.
    #[must_use]
    pub const fn margin(self) -> f64 {
        match self {
            Self::Narrow => 16.0,
            _ => measure::LEFT,
        }
    }

    /// What a style sheet knows it by.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Whole | Self::Half => "picture",
            Self::Small => "picture small-stage",
            Self::Narrow => "picture narrow",
        }
    }
}

/// What is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'p> {
    /// The picture of a step.
    pub picture: &'p Picture,
    /// What the step changed.
    pub changes: &'p Changes,
    /// The picture that will stand beside it: what both have then stands at one height and in one column.
    pub beside: Option<&'p Picture>,
    /// What the run needs room for, so that nothing jumps from step to step; without it there is room for what is there.
    pub room: Option<&'p Room>,
    /// Whether the machine shares metadata objects.
    pub sharing: bool,
}

/// The stage laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// For how much room.
    pub form: Form,
    /// Whether the machine shares metadata objects.
    pub sharing: bool,
    /// What it is called for those who do not see it.
    pub label: String,
    /// Width and height in units of the form.
    pub size: (f64, f64),
    /// What it consists of, the lowest first.
    pub parts: Vec<Node>,
}

impl Scene {
    /// Lays a picture out.
    #[must_use]
    pub fn new(subject: &Subject<'_>, form: Form) -> Self {
        let mut room = subject.room.cloned().unwrap_or_default();
        room.add(subject.picture, subject.sharing);
        if let Some(beside) = subject.beside {
            room.add(beside, !subject.sharing);
        }
        let (mut parts, height) = match form {
            _ if is_empty(subject.picture) => (nothing(form), 64.0),
            Form::Whole => whole(subject, &room, &Measure::WHOLE),
            Form::Half => whole(subject, &room, &Measure::HALF),
            Form::Small => small::draw(subject, &room, &Sizes::SMALL),
            Form::Narrow => small::draw(subject, &room, &Sizes::NARROW),
        };
        parts.extend(outlines::outlines(&parts));
        let label = format!("The machine {} sharing", if subject.sharing { "with" } else { "without" });
        Self { form, sharing: subject.sharing, label, size: (form.width(), height + 4.0), parts }
    }

    /// Every shape of it, each with the keys of the groups around it.
    #[must_use]
    pub fn shapes(&self) -> Vec<(Vec<String>, &Shape)> {
        fn walk<'s>(nodes: &'s [Node], keys: &[String], out: &mut Vec<(Vec<String>, &'s Shape)>) {
            for node in nodes {
                match node {
                    Node::Shape(shape) => out.push((keys.to_vec(), shape)),
                    Node::Group(group) => walk(&group.parts, &[keys, &[group.key()]].concat(), out),
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.parts, &[], &mut out);
        out
    }
}

/// Whether there is nothing to draw.
#[must_use]
pub fn is_empty(picture: &Picture) -> bool {
    picture.devices.is_empty() && picture.objects.is_empty() && picture.data.is_empty()
}

/// Whether not every block has a column, so that [`overview`] shows them all.
#[must_use]
pub fn leaves_blocks_out(picture: &Picture) -> bool {
    let blocks = picture.metadata.first().map_or(0, |device| device.blocks.len());
    let columns = || Over::all(picture).first().map_or(0, |over| Columns::new(&[over], &Kept::of(over), &Measure::WHOLE).shown());
    blocks > room::Few::MOST || blocks > columns()
}

fn nothing(form: Form) -> Vec<Node> {
    let words = [([Look::Strong], "No device is mapped."), ([Look::Small], "The disks are there, and no table uses them.")];
    let lines =
        words.into_iter().enumerate().map(|(n, (looks, words))| shapes::text(form.margin(), 30.0 + 20.0 * shapes::count(n), looks, words));
    vec![Group::new(Role::Note, "nothing").all(lines).into()]
}

fn whole(subject: &Subject<'_>, room: &Room, measure: &Measure) -> (Vec<Node>, f64) {
    let Subject { picture, changes, beside, sharing, .. } = *subject;
    let devices = Devices::new(picture, room, measure);
    let mut top = devices.end + 24.0;
    let (here, there) = (Over::all(picture), beside.map(Over::all).unwrap_or_default());
    let mut sections = Vec::new();
    for kept in &room.sections {
        let both: Vec<&Over<'_>> = here.iter().chain(&there).filter(|over| over.name() == kept.name).collect();
        let over = here.iter().find(|over| over.name() == kept.name).cloned().unwrap_or_default();
        let layout = Layout::new(&over, kept, |letter| room.seat_of(sharing, letter), top);
        let columns = Columns::new(&both, kept, measure);
        top = layout.end;
        sections.push(Section { over, layout, columns, kept });
    }
    let mut nodes = devices.draw(picture, changes, sharing);
    nodes.extend(objects::holds(&devices, &sections));
    for section in &sections {
        nodes.extend(objects::cards(picture, changes, section, measure));
        nodes.extend(objects::sights(section, measure));
        nodes.extend(blocks::rows(section, changes, measure));
    }
    nodes.extend(picture.data.iter().map(|data| data::rows(picture, data, changes, room, top, measure)));
    (nodes, top + shapes::count(room.data_rows()) * data::HEIGHT)
}
