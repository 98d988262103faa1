//! The command line, as getopt_long reads it: options anywhere, long ones by unique prefix.

use super::super::blockdev::size;
use crate::getopt::{self, Known};

/// Options and words of one command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::shell) struct Options {
    pub(in crate::shell) words: Vec<String>,
    pub(super) help: bool,
    pub(super) version: bool,
    pub(in crate::shell) table: Option<String>,
    pub(in crate::shell) notable: bool,
    pub(in crate::shell) uuid: Option<String>,
    /// Whether a major number was given; there is only one.
    pub(in crate::shell) major: bool,
    pub(in crate::shell) minor: Option<u32>,
    pub(super) columns: bool,
    pub(super) fields: Option<String>,
    pub(super) noheadings: bool,
    pub(super) separator: Option<String>,
    pub(super) nameprefixes: bool,
    pub(super) sort: Option<String>,
    pub(super) target: Option<String>,
    pub(super) inactive: bool,
    pub(super) noflush: bool,
    pub(super) nolockfs: bool,
    pub(super) readonly: bool,
    pub(super) deferred: bool,
    pub(super) force: bool,
    pub(super) setuuid: bool,
    pub(super) tree: bool,
}

/// What it knows; two letters stand for an option that another has, too.
const LONG: [Known; 41] = [
    ("addnodeoncreate", '\0', false),
    ("addnodeonresume", '\0', false),
    ("checks", '\0', false),
    ("columns", 'c', false),
    ("concise", '\0', false),
    ("deferred", '\0', false),
    ("force", 'f', false),
    ("gid", 'G', true),
    ("help", 'h', false),
    ("inactive", '\0', false),
    ("major", 'j', true),
    ("manglename", '\0', true),
    ("minor", 'm', true),
    ("mode", 'M', true),
    ("nameprefixes", '\0', false),
    ("noflush", '\0', false),
    ("noheadings", '\0', false),
    ("nolockfs", '\0', false),
    ("noopencount", '\0', false),
    ("notable", 'n', false),
    ("noudevrules", '\0', false),
    ("noudevsync", '\0', false),
    ("options", 'o', true),
    ("readahead", '\0', true),
    ("readonly", 'r', false),
    ("retry", '\0', false),
    ("select", 'S', true),
    ("separator", '\0', true),
    ("setuuid", '\0', false),
    ("showkeys", '\0', false),
    ("sort", 'O', true),
    ("table", '\0', true),
    ("target", '\0', true),
    ("tree", '\0', false),
    ("uid", 'U', true),
    ("uuid", 'u', true),
    // The long form wants a value, which nobody looks at; the short one takes none.
    ("verbose", '\0', true),
    ("", 'v', false),
    ("", 'y', false),
    ("columns", 'C', false),
    ("version", '\0', false),
];

/// Parses; the error is getopt's, without the program's name.
pub(in crate::shell) fn parse(args: &[String]) -> Result<Options, String> {
    let read = getopt::read(args, &LONG);
    let mut o = Options { words: read.words, ..Options::default() };
    read.options.into_iter().for_each(|(name, value)| o.set(name, value));
    read.wrong.map_or(Ok(o), |wrong| Err(wrong.to_string()))
}

impl Options {
    fn set(&mut self, name: &str, value: String) {
        match name {
            "help" => self.help = true,
            "version" => self.version = true,
            "table" => self.table = Some(value),
            "notable" => self.notable = true,
            "uuid" => self.uuid = Some(value),
            "major" => self.major = true,
            "minor" => self.minor = size(&value).and_then(|n| u32::try_from(n).ok()),
            "columns" => self.columns = true,
            "options" => self.fields = Some(value),
            "noheadings" => self.noheadings = true,
            "separator" => self.separator = Some(value),
            "sort" => self.sort = Some(value),
            "nameprefixes" => self.nameprefixes = true,
            "target" => self.target = Some(value),
            "inactive" => self.inactive = true,
            "noflush" => self.noflush = true,
            "nolockfs" => self.nolockfs = true,
            "readonly" => self.readonly = true,
            "deferred" => self.deferred = true,
            "force" => self.force = true,
            "setuuid" => self.setuuid = true,
            "tree" => self.tree = true,
            _ => {}
        }
    }
}

/// What `--help` and a wrong word print.
pub(super) fn usage() -> String {
    include_str!("usage.txt").to_owned()
}
