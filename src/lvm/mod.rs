//! LVM's commands over the simulated machine, as lvm2 2.03.16 has them: from pvcreate, vgcreate and lvcreate over lvconvert, lvchange and
//! lvresize to lvremove, vgremove and pvremove, and pvs, vgs and lvs.
//!
//! A command reads what LVM knows of its groups (`model.rs`), asks device-mapper for what has to change, in lvm2's order (`requests.rs`),
//! and prints lvm2's own text. Each request is an event ([`Event::Request`](dm_cache_engine::event::Event::Request)), so that a run shows
//! it as a step. There are volumes of linear segments, cache pools, and cached volumes over a pool or
//! over a volume. Whatever else lvm2 has is refused by name,
//! in words that are not lvm2's.
//!
//! What LVM keeps of its groups is a value of the machine ([`World::keep`]) and takes none of the disks' sectors: writing over a disk's first
//! sectors does not end a group here.
//!
//! The facts come from `tests/recordings/lvm`: sessions of the real programs, which a test replays.

mod alloc;
mod attach;
mod cached;
mod cachevol;
mod change;
mod detach;
mod fields;
mod groups;
mod lines;
mod model;
mod names;
mod nodes;
mod options;
mod pools;
mod remove;
mod rename;
mod repair;
mod report;
mod requests;
mod resize;
mod session;
mod status;
mod units;
mod volumes;

use dm_cache_engine::world::World;
use resize::Way;
use session::{Session, Stop};

/// How a command ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// lvm2's exit code: 0, 3 for a command line that it does not take, 5 for what failed.
    pub rc: i32,
    /// Set when the command would never come back: what it waits for.
    pub hang: Option<String>,
}

/// A command of lvm2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    PvCreate,
    VgCreate,
    VgChange,
    LvCreate,
    LvChange,
    LvConvert,
    LvRemove,
    LvExtend,
    LvReduce,
    LvResize,
    LvRename,
    VgRemove,
    PvRemove,
    Pvs,
    Vgs,
    Lvs,
}

/// The commands that are there.
const PROGRAMS: [(&str, Program); 16] = [
    ("pvcreate", Program::PvCreate),
    ("vgcreate", Program::VgCreate),
    ("vgchange", Program::VgChange),
    ("lvcreate", Program::LvCreate),
    ("lvchange", Program::LvChange),
    ("lvconvert", Program::LvConvert),
    ("lvremove", Program::LvRemove),
    ("lvextend", Program::LvExtend),
    ("lvreduce", Program::LvReduce),
    ("lvresize", Program::LvResize),
    ("lvrename", Program::LvRename),
    ("vgremove", Program::VgRemove),
    ("pvremove", Program::PvRemove),
    ("pvs", Program::Pvs),
    ("vgs", Program::Vgs),
    ("lvs", Program::Lvs),
];
/// The commands of lvm2 that are not.
const ABSENT: [&str; 29] = [
    "fsadm",
    "lvdisplay",
    "lvm",
    "lvmconfig",
    "lvmdevices",
    "lvmdiskscan",
    "lvmdump",
    "lvscan",
    "pvchange",
    "pvck",
    "pvdisplay",
    "pvmove",
    "pvresize",
    "pvscan",
    "vgcfgbackup",
    "vgcfgrestore",
    "vgck",
    "vgconvert",
    "vgdisplay",
    "vgexport",
    "vgextend",
    "vgimport",
    "vgimportclone",
    "vgmerge",
    "vgmknodes",
    "vgreduce",
    "vgrename",
    "vgscan",
    "vgsplit",
];

/// Runs a command of LVM by its name; `None` if lvm2 has none of that name.
pub fn run(world: &mut World, name: &str, args: &[String]) -> Option<Said> {
    if ABSENT.contains(&name) {
        let there: Vec<&str> = PROGRAMS.iter().map(|(name, _)| *name).collect();
        let stderr = format!("{name}: not in this lab; of LVM's commands there are {}\n", there.join(", "));
        return Some(Said { stderr, rc: 127, ..Said::default() });
    }
    let (name, program) = PROGRAMS.iter().find(|(known, _)| *known == name)?;
    let mut session = Session::new(world, name);
    let end = options::parse(*program, args).map_err(|wrong| session.refuse(&wrong)).and_then(|given| match program {
        Program::PvCreate => groups::pvcreate(&mut session, &given),
        Program::VgCreate => groups::vgcreate(&mut session, &given),
        Program::VgChange => groups::vgchange(&mut session, &given),
        Program::LvCreate => volumes::lvcreate(&mut session, &given),
        Program::LvChange => change::lvchange(&mut session, &given),
        Program::LvConvert => attach::lvconvert(&mut session, &given),
        Program::LvRemove => remove::lvremove(&mut session, &given),
        Program::LvExtend => resize::run(&mut session, &given, Way::Extend),
        Program::LvReduce => resize::run(&mut session, &given, Way::Reduce),
        Program::LvResize => resize::run(&mut session, &given, Way::Either),
        Program::LvRename => rename::lvrename(&mut session, &given),
        Program::VgRemove => remove::vgremove(&mut session, &given),
        Program::PvRemove => remove::pvremove(&mut session, &given),
        Program::Pvs => report::pvs(&mut session, &given),
        Program::Vgs => report::vgs(&mut session, &given),
        Program::Lvs => report::lvs(&mut session, &given),
    });
    let mut said = session.finish();
    match end {
        Ok(()) => {}
        Err(Stop::Code(rc)) => said.rc = rc,
        Err(Stop::Hang(what)) => said.hang = Some(what),
    }
    Some(said)
}
