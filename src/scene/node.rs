//! What a scene consists of: groups with a role and a key, and the shapes in them.

use super::look::Look;
use super::shapes::n;

/// What a group stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A mapped device.
    Device,
    /// One of its two slots, with the table in it.
    Slot,
    /// A table in no slot.
    Table,
    /// The kernel's list of objects, with its mutex.
    List,
    /// A line from a table to the object that it holds.
    Hold,
    /// A metadata object.
    Object,
    /// A root field of it, with its rail.
    Root,
    /// A place without an object.
    Vacancy,
    /// What an object sees.
    Sees,
    /// A mapping that it sees, or does not.
    Chip,
    /// The buffers of an object.
    Buffers,
    /// One of them.
    Buffer,
    /// The sign at a stale one, or at a dirty one over a block in use.
    Stale,
    /// The blocks of a metadata device.
    Blocks,
    /// One of them.
    Block,
    /// The data of a mapped device.
    Data,
    /// A data block, on cache and origin.
    Datum,
    /// Its tile on the cache device.
    Cached,
    /// Its tile on the origin.
    Origin,
    /// What a read returns.
    Read,
    /// The letter of a table or an object.
    Badge,
    /// Words beside.
    Note,
    /// Every block in small.
    Overview,
    /// The outlines around what the step changed.
    Outlines,
}

impl Role {
    /// Its word in keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Slot => "slot",
            Self::Table => "table",
            Self::List => "list",
            Self::Hold => "hold",
            Self::Object => "object",
            Self::Root => "root",
            Self::Vacancy => "vacancy",
            Self::Sees => "sees",
            Self::Chip => "chip",
            Self::Buffers => "buffers",
            Self::Buffer => "buffer",
            Self::Stale => "stale",
            Self::Blocks => "blocks",
            Self::Block => "block",
            Self::Data => "data",
            Self::Datum => "datum",
            Self::Cached => "cached",
            Self::Origin => "origin",
            Self::Read => "read",
            Self::Badge => "badge",
            Self::Note => "note",
            Self::Overview => "overview",
            Self::Outlines => "outlines",
        }
    }
}

/// What a group is called for those who do not see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// It stands for all that is inside.
    Image(String),
    /// What is inside has labels of its own.
    Group(String),
}

/// Shapes that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What they stand for.
    pub role: Role,
    /// Which of those: the same thing has the same name in every scene. With the role it is the group's key.
    pub of: String,
    /// How they look.
    pub looks: Vec<Look>,
    /// What they are called.
    pub label: Option<Label>,
    /// The metadata block that a reader picks here.
    pub block: Option<u64>,
    /// What else a page can be asked: attributes and their values.
    pub facts: Vec<(&'static str, String)>,
    /// What is inside, the lowest first.
    pub parts: Vec<Node>,
}

/// Where a shape is, in units of the drawing.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A rectangle: left, top, width, height, and the radius of its corners.
    Rect(f64, f64, f64, f64, f64),
    /// A path; `whole` where its length is to be taken for 1.
    Path {
        /// As SVG has it.
        d: String,
        /// Its length is taken for 1.
        whole: bool,
    },
    /// A circle: its middle and its radius.
    Circle(f64, f64, f64),
    /// A line of text on a base line.
    Text {
        /// Where it starts, ends or has its middle.
        x: f64,
        /// The base line.
        y: f64,
        /// The width that it is squeezed to.
        squeezed: Option<f64>,
        /// What it says.
        words: Words,
    },
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// All in one look.
    Plain(String),
    /// Two pieces, each with looks of its own, the second so many units behind the first.
    Two([(Vec<Look>, String); 2], u8),
}

/// A filling that no colour can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// One hatch: a stale buffer.
    Stale,
    /// Two: lost.
    Lost,
    /// Lines: not readable now.
    Rows,
    /// Dots: dirty.
    Dots,
}

impl Pattern {
    /// Its name in a drawing.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stale => "stale",
            Self::Lost => "lost",
            Self::Rows => "rows",
            Self::Dots => "dots",
        }
    }
}

/// One shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// What and where it is.
    pub place: Place,
    /// How it looks.
    pub looks: Vec<Look>,
    /// What it is filled with, where that is no colour.
    pub pattern: Option<Pattern>,
}

/// A part of a scene.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Shapes that belong together.
    Group(Group),
    /// One shape.
    Shape(Shape),
}

impl From<Group> for Node {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

impl From<Shape> for Node {
    fn from(shape: Shape) -> Self {
        Self::Shape(shape)
    }
}

/// Names and values of attributes.
pub type Attributes = Vec<(&'static str, String)>;

impl Group {
    pub(super) fn new(role: Role, of: impl Into<String>) -> Self {
        Self { role, of: of.into(), looks: Vec::new(), label: None, block: None, facts: Vec::new(), parts: Vec::new() }
    }

    pub(super) fn look(mut self, looks: impl IntoIterator<Item = Look>) -> Self {
        self.looks.extend(looks);
        self
    }

    pub(super) fn image(mut self, label: impl Into<String>) -> Self {
        self.label = Some(Label::Image(label.into()));
        self
    }

    pub(super) fn group(mut self, label: impl Into<String>) -> Self {
        self.label = Some(Label::Group(label.into()));
        self
    }

    pub(super) fn block(mut self, block: u64) -> Self {
        self.block = Some(block);
        self
    }

    pub(super) fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    pub(super) fn with(mut self, part: impl Into<Node>) -> Self {
        self.parts.push(part.into());
        self
    }

    pub(super) fn all<N: Into<Node>>(mut self, parts: impl IntoIterator<Item = N>) -> Self {
        self.parts.extend(parts.into_iter().map(Into::into));
        self
    }

    /// Its key: the same for the same thing in every scene.
    #[must_use]
    pub fn key(&self) -> String {
        if self.of.is_empty() { self.role.word().to_owned() } else { format!("{} {}", self.role.word(), self.of) }
    }

    /// Its attributes; `more` looks are what a page adds.
    #[must_use]
    pub fn attributes(&self, more: &[&str]) -> Attributes {
        let mut class = Look::class(&self.looks);
        for word in more {
            class.push(' ');
            class.push_str(word);
        }
        let mut attributes = vec![("data-key", self.key())];
        if !class.is_empty() {
            attributes.push(("class", class));
        }
        match &self.label {
            Some(Label::Image(label)) => attributes.extend([("role", "img".to_owned()), ("aria-label", label.clone())]),
            Some(Label::Group(label)) => attributes.extend([("role", "group".to_owned()), ("aria-label", label.clone())]),
            None => {}
        }
        if let Some(block) = self.block {
            attributes.push(("data-block", block.to_string()));
        }
        attributes.extend(self.facts.iter().cloned());
        attributes
    }
}

impl Shape {
    pub(super) fn new(place: Place, looks: impl IntoIterator<Item = Look>) -> Self {
        Self { place, looks: looks.into_iter().collect(), pattern: None }
    }

    pub(super) fn filled(mut self, pattern: Option<Pattern>) -> Self {
        self.pattern = pattern;
        self
    }

    /// Its element.
    #[must_use]
    pub const fn tag(&self) -> &'static str {
        match self.place {
            Place::Rect(..) => "rect",
            Place::Path { .. } => "path",
            Place::Circle(..) => "circle",
            Place::Text { .. } => "text",
        }
    }

    /// What it says, if it is a text.
    #[must_use]
    pub const fn words(&self) -> Option<&Words> {
        match &self.place {
            Place::Text { words, .. } => Some(words),
            _ => None,
        }
    }

    /// Its attributes; patterns are called `PREFIX` and their word.
    #[must_use]
    pub fn attributes(&self, prefix: &str) -> Attributes {
        let mut attributes = Attributes::new();
        if !self.looks.is_empty() {
            attributes.push(("class", Look::class(&self.looks)));
        }
        attributes.extend(self.place.attributes());
        attributes.extend(self.pattern.map(|pattern| ("fill", format!("url(#{prefix}{})", pattern.word()))));
        attributes
    }
}

impl Place {
    /// The attributes that put a shape there.
    #[must_use]
    pub fn attributes(&self) -> Attributes {
        let mut attributes = Attributes::new();
        match self {
            Self::Rect(x, y, width, height, radius) => {
                attributes.extend([("x", n(*x)), ("y", n(*y)), ("width", n(*width)), ("height", n(*height)), ("rx", n(*radius))]);
            }
            Self::Path { d, whole } => {
                attributes.push(("d", d.clone()));
                attributes.extend(whole.then(|| ("pathLength", "1".to_owned())));
            }
            Self::Circle(x, y, radius) => attributes.extend([("cx", n(*x)), ("cy", n(*y)), ("r", n(*radius))]),
            Self::Text { x, y, squeezed, .. } => {
                attributes.extend([("x", n(*x)), ("y", n(*y))]);
                if let Some(width) = squeezed {
                    attributes.extend([("textLength", n(*width)), ("lengthAdjust", "spacingAndGlyphs".to_owned())]);
                }
            }
        }
        attributes
    }
}
