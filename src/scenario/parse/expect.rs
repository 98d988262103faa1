//! `expect`: what a script says that can be seen.

use super::args::Args;
use super::{Parsed, Parser};
use crate::scenario::ast::{Deed, Expect, Expectation, Extent, Scope, Span};
use crate::scenario::error::Fault;
use crate::scenario::lex;
use dm_cache_engine::world::verdict::Verdict;

const EXPECTATIONS: &[&str] = &[
    "read",
    "status",
    "slots",
    "suspended",
    "objects",
    "list",
    "ref_count",
    "holders",
    "stale",
    "root",
    "mappings",
    "check",
    "rc",
    "output",
    "log",
    "why",
    "lost",
    "unreadable",
    "old",
    "unpromised",
];
/// The fields `expect status` knows, as they stand in the status line.
pub const STATUS_FIELDS: &[&str] = &[
    "used",
    "resident",
    "read_hits",
    "read_misses",
    "write_hits",
    "write_misses",
    "demotions",
    "promotions",
    "dirty",
    "mode",
    "policy",
    "access",
    "needs_check",
    "line",
];
/// The roots `expect root` knows.
pub const ROOTS: &[&str] = &["mapping", "hint", "discard", "dirty", "index", "ref_count"];

impl Parser<'_> {
    pub(super) fn expect(args: &mut Args<'_>) -> Parsed<Expect> {
        let scope = match args.peek() {
            Some("on") => Scope::On,
            Some("off") => Scope::Off,
            Some("fixed") => Scope::Fixed,
            _ => Scope::Always,
        };
        if scope != Scope::Always {
            args.next("")?;
        }
        let text = |a: &mut Args<'_>, what: &str| a.next(what).map(|w| w.text.clone());
        let what = match args.one_of("something to expect", EXPECTATIONS)? {
            "read" => {
                let (device, extent) = (args.device()?, args.extent()?);
                let from = args.here().unwrap_or(args.end);
                let mut bytes = vec![args.byte()?];
                while args.peek().is_some() {
                    bytes.push(args.byte()?);
                }
                let blocks = match &extent {
                    Extent::Blocks(r) => (r.end() - r.start()).saturating_add(1),
                    Extent::Bytes(..) => 1,
                };
                if bytes.len() > 1 && bytes.len() as u64 != blocks {
                    let span = Span { offset: from.offset, len: args.end.offset - from.offset };
                    return Err(miscounted(span, bytes.len(), blocks));
                }
                Expectation::Read(device, extent, bytes)
            }
            "status" => {
                let device = args.device()?;
                let field = args.one_of("a status field", STATUS_FIELDS)?;
                Expectation::Status(device, field.to_owned(), text(args, "a value")?)
            }
            "slots" => {
                let device = args.device()?;
                Expectation::Slots(device, args.one_of("what the slots hold", &["none", "live", "inactive", "live+inactive"])?.to_owned())
            }
            "suspended" => {
                let device = args.device()?;
                Expectation::Suspended(device, args.one_of("`yes` or `no`", &["yes", "no"])? == "yes")
            }
            "objects" => Expectation::Objects(args.take("a number", lex::as_number)?),
            "list" => Expectation::List(args.list("object letters, or `none`")?),
            "ref_count" => Expectation::RefCount(text(args, "an object's letter")?, args.take("a number", lex::as_number)?),
            "holders" => Expectation::Holders(text(args, "an object's letter")?, args.list("table letters, or `none`")?),
            "stale" => {
                let object = text(args, "an object's letter")?;
                if args.peek() == Some("none") {
                    args.next("")?;
                    Expectation::Stale(object, Vec::new())
                } else {
                    let mut list = vec![args.take("a block number, or `none`", lex::as_number)?];
                    while args.peek().is_some() {
                        list.push(args.take("a block number", lex::as_number)?);
                    }
                    Expectation::Stale(object, list)
                }
            }
            "root" => {
                let object = text(args, "an object's letter")?;
                let root = args.one_of("a root", ROOTS)?;
                Expectation::Root(object, root.to_owned(), args.take("a block number", lex::as_number)?)
            }
            "mappings" => Expectation::Mappings(text(args, "an object's letter")?, args.take("a number", lex::as_number)?),
            "check" => {
                let device = args.device()?;
                Expectation::Check(device, args.one_of("`ok` or `damaged`", &["ok", "damaged"])? == "ok")
            }
            "rc" => Expectation::Rc(args.take("an exit code", |w| w.parse().ok())?),
            "output" => Expectation::Output(text(args, "quoted text")?),
            "log" => Expectation::Log(text(args, "quoted text")?),
            "why" => {
                let device = args.device()?;
                let deed = match args.one_of("what is not done", &["dirty", "promote"])? {
                    "dirty" => Deed::WriteBack,
                    _ => Deed::Promote,
                };
                let text = text(args, "quoted text, or `none`")?;
                Expectation::Why(device, deed, (text != "none").then_some(text))
            }
            word => {
                let verdict = Verdict::ALL.into_iter().find(|v| v.word() == word).unwrap_or(Verdict::Lost);
                let device = args.device()?;
                if args.peek() == Some("none") {
                    args.next("")?;
                    Expectation::Verdict(verdict, device, Vec::new())
                } else {
                    Expectation::Verdict(verdict, device, args.take("blocks such as 50..53, or `none`", lex::as_ranges)?)
                }
            }
        };
        Ok(Expect { scope, what })
    }
}

fn miscounted(span: Span, bytes: usize, blocks: u64) -> Fault {
    let what = format!("there are {bytes} bytes for {blocks} block{}", if blocks == 1 { "" } else { "s" });
    Fault::new(span, what, "expected one byte for all blocks, or one per block")
}
