//! Command lines as lvm2 reads them: options anywhere, each once, by their whole names.

use super::Program;
use crate::getopt::{self, Known, Manner};

/// What is wrong with a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// lvm2 has it, and this has not.
    Absent(String),
    /// getopt's words, without the program's name.
    Getopt(String),
    /// Lines about a value.
    Value(String),
}

/// Options of a command, and its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) words: Vec<String>,
    options: Vec<(&'static str, String)>,
}

const ALL: [Known; 5] = [("yes", 'y', false), ("quiet", 'q', false), ("verbose", 'v', false), ("force", 'f', false), ("units", '\0', true)];
const REPORT: [Known; 6] = [
    ("reportformat", '\0', true),
    ("all", 'a', false),
    ("options", 'o', true),
    ("noheadings", '\0', false),
    ("separator", '\0', true),
    ("nosuffix", '\0', false),
];
const CACHE: [Known; 3] = [("cachemode", '\0', true), ("cachepolicy", '\0', true), ("cachesettings", '\0', true)];
const BELOW: [Known; 5] =
    [("cache", 'H', false), ("cachepool", '\0', true), ("cachevol", '\0', true), ("cachedevice", '\0', true), ("cachesize", '\0', true)];
const LVCREATE: [Known; 8] = [
    ("name", 'n', true),
    ("size", 'L', true),
    ("extents", 'l', true),
    ("type", '\0', true),
    ("zero", 'Z', true),
    ("chunksize", 'c', true),
    ("poolmetadatasize", '\0', true),
    ("poolmetadataspare", '\0', true),
];
const LVCHANGE: [Known; 2] = [("activate", 'a', true), ("refresh", '\0', false)];
const LVCONVERT: [Known; 5] =
    [("repair", '\0', false), ("type", '\0', true), ("chunksize", 'c', true), ("splitcache", '\0', false), ("uncache", '\0', false)];

const RESIZE: [Known; 2] = [("size", 'L', true), ("extents", 'l', true)];

/// Options that lvm2 has somewhere, so that a name which is none of them is told in lvm2's words.
const LVM2: &str = "activate activationmode addtag aligned alloc allocatable allocation-policy atversion autoactivation autobackup \
    background binary bootloaderareasize cache cachedevice cachemetadataformat cachemode cachepolicy cachepool cachesettings cachesize \
    cachevol chunksize clustered commandprofile compression config configreport configtype contiguous corelog count dataalignment \
    dataalignmentoffset deduplication deltag detachprofile devices devicesfile discards driverloaded dump errorwhenfull exporttag extents \
    force foreign fs fullreport getreplicators getsnapshots handlemissingpvs help ignoreadvanced ignorelockingfailure ignoremonitoring \
    ignoreskippedcluster ignoreunsupported importtag interval journal labelsector lockopt locktype logicalvolumesize logonly longhelp \
    logreport major maxlogicalvolumes maxphysicalvolumes maxrecoveryrate merge metadatacopies metadataignore metadatasize metadatatype \
    minor minrecoveryrate mirrorlog mirrors monitor mirroredlog name nameprefixes newid noheadings nohints nolocking nosuffix nosync \
    notify notestmode noudevsync options originname permission persistent physicalextentsize physicalvolumesize poll pooldatasize \
    poolmetadata poolmetadatasize poolmetadataspare profile pvmetadatacopies quiet raidintegrity raidminrecoveryrate readahead readonly \
    rebuild refresh regionsize removemissing rename repair replace reportformat resizefs resync rows segments select separator \
    setactivationskip setautoactivation shared size snapshot sort splitcache splitmirrors splitsnapshot startpoll stripes stripesize \
    swapdata syncaction sysinit systemid tag test thin thinpool trackchanges trustcache type uncache unbuffered units unquoted usepolicies \
    uuid validate vdo vdopool vdosettings verbose version vgmetadatacopies virtualoriginsize virtualsize wipesignatures withcomments \
    writebehind writecachesettings writemostly yes zero";

fn known(program: Program) -> Vec<Known> {
    let own: Vec<&[Known]> = match program {
        Program::PvCreate => vec![],
        Program::VgCreate => vec![&[("physicalextentsize", 's', true)]],
        Program::VgChange => vec![&[("activate", 'a', true)]],
        Program::LvCreate => vec![&LVCREATE, &CACHE, &BELOW],
        Program::LvChange => vec![&LVCHANGE, &CACHE],
        Program::LvConvert => vec![&LVCONVERT, &CACHE, &BELOW],
        Program::LvRemove | Program::LvRename | Program::VgRemove | Program::PvRemove => vec![],
        Program::LvExtend | Program::LvReduce | Program::LvResize => vec![&RESIZE],
        Program::Pvs | Program::Vgs | Program::Lvs => vec![&REPORT],
    };
    let reports = matches!(program, Program::Pvs | Program::Vgs | Program::Lvs);
    let all = ALL.iter().filter(|o| (o.0 != "units" && o.0 != "force") || (o.0 == "units") == reports);
    all.copied().chain(own.concat()).collect()
}

/// Reads a command line.
pub(super) fn parse(program: Program, args: &[String]) -> Result<Given, Wrong> {
    let known = known(program);
    let read = getopt::read_in(Manner { prefixes: false, equals_after_letter: true }, args, &known);
    let mut given = Given { words: read.words, options: Vec::new() };
    for (name, value) in read.options {
        let letter = known.iter().find(|option| option.0 == name).map_or('\0', |option| option.1);
        given.add(name, letter, value)?;
    }
    match read.wrong {
        None => Ok(given),
        Some(getopt::Wrong::Unknown(name)) => Err(unknown(&name)),
        Some(getopt::Wrong::UnknownLetter(letter)) => Err(unknown_letter(letter)),
        Some(wrong) => Err(Wrong::Getopt(wrong.to_string())),
    }
}

fn unknown(name: &str) -> Wrong {
    let (mut of_lvm2, mut begins) = (LVM2.split_whitespace(), LVM2.split_whitespace());
    if of_lvm2.any(|known| known == name) {
        Wrong::Absent(format!("the option --{name} of lvm2"))
    } else if !name.is_empty() && begins.any(|known| known.starts_with(name)) {
        Wrong::Absent(format!("options by the beginning of their names (--{name})"))
    } else {
        Wrong::Getopt(getopt::Wrong::Unknown(name.to_owned()).to_string())
    }
}

fn unknown_letter(letter: char) -> Wrong {
    if "aAbBcCdDeEfghHiIjklLmMnoOpPqrRsSStTuUvVxWyZ".contains(letter) {
        Wrong::Absent(format!("the option -{letter} of lvm2"))
    } else {
        Wrong::Getopt(getopt::Wrong::UnknownLetter(letter).to_string())
    }
}

impl Given {
    fn add(&mut self, name: &'static str, letter: char, value: String) -> Result<(), Wrong> {
        let repeats = matches!(name, "cachesettings" | "verbose" | "quiet" | "force" | "options" | "cachedevice");
        if self.has(name) && !repeats {
            let text = if letter == '\0' { format!("--{name}") } else { format!("-{letter}/--{name}") };
            return Err(Wrong::Value(format!("  Option {text} may not be repeated.\n")));
        }
        self.options.push((name, value));
        Ok(())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(known, _)| *known == name)
    }

    /// How often an option stands there.
    pub(super) fn count(&self, name: &str) -> usize {
        self.options.iter().filter(|(known, _)| *known == name).count()
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Takes an option for given.
    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        self.options.push((name, value.to_owned()));
    }

    /// All values of an option that may be repeated.
    pub(super) fn values<'g>(&'g self, name: &'g str) -> impl Iterator<Item = &'g str> {
        self.options.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether questions are answered with a yes.
    pub(super) fn yes(&self) -> bool {
        self.has("yes") || self.has("force")
    }
}

/// The lines about a value that an option does not take; `why` comes first, if there is anything to say.
pub(super) fn invalid(option: &str, value: &str, why: &str) -> Wrong {
    let why = if why.is_empty() { String::new() } else { format!("  {why}\n") };
    Wrong::Value(format!("{why}  Invalid argument for --{option}: {value}\n"))
}
