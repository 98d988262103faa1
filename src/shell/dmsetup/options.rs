//! The command line, as getopt_long reads it: options anywhere, long ones by unique prefix.

use super::super::blockdev::size;

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

/// Long options, their short form, whether a value follows.
const LONG: [(&str, char, bool); 39] = [
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
    ("version", '\0', false),
];

/// Parses; the error is getopt's, without the program's name.
pub(in crate::shell) fn parse(args: &[String]) -> Result<Options, String> {
    let mut o = Options::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            o.words.extend(args.by_ref().cloned());
        } else if let Some(long) = arg.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
            let (name, _, takes) = find_long(name)?;
            let value = match (takes, value) {
                (true, None) => Some(args.next().ok_or_else(|| format!("option '--{name}' requires an argument"))?.clone()),
                (false, Some(_)) => return Err(format!("option '--{name}' doesn't allow an argument")),
                (_, value) => value,
            };
            o.set(name, value.unwrap_or_default());
        } else if let Some(short) = arg.strip_prefix('-').filter(|s| !s.is_empty()) {
            let mut chars = short.chars();
            while let Some(c) = chars.next() {
                let c = match c {
                    'C' => 'c',
                    'y' => 'v',
                    c => c,
                };
                let (name, _, takes) =
                    LONG.into_iter().find(|l| l.1 == c && c != '\0').ok_or_else(|| format!("invalid option -- '{c}'"))?;
                if takes {
                    let rest = chars.as_str();
                    let value = if rest.is_empty() {
                        args.next().ok_or_else(|| format!("option requires an argument -- '{c}'"))?.clone()
                    } else {
                        rest.to_owned()
                    };
                    o.set(name, value);
                    break;
                }
                o.set(name, String::new());
            }
        } else {
            o.words.push(arg.clone());
        }
    }
    Ok(o)
}

fn find_long(name: &str) -> Result<(&'static str, char, bool), String> {
    if let Some(exact) = LONG.into_iter().find(|l| l.0 == name) {
        return Ok(exact);
    }
    let mut hits = LONG.into_iter().filter(|l| l.0.starts_with(name));
    match (hits.next(), hits.next()) {
        (Some(hit), None) => Ok(hit),
        (None, _) => Err(format!("unrecognized option '--{name}'")),
        (Some(_), Some(_)) => Err(format!("option '--{name}' is ambiguous")),
    }
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
