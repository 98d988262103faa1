//! lvextend, lvreduce and lvresize of linear and of cached volumes.

use super::alloc;
use super::lines::Syntax;
use super::model::{Cached, Group, Kind, Segment, Volume, extents};
use super::names::{self, Named};
use super::options::{Given, invalid};
use super::session::{Done, Session};
use super::units;
use super::volumes;
use dm_cache_engine::device::DevNo;

/// Which way a command goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Extend,
    Reduce,
    Either,
}

/// From where a size counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Absolute,
    Plus,
    Minus,
}

/// How much, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    /// Sectors.
    Size(u64),
    Extents(u64),
    /// Per cent of what.
    Share(u64, Of),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Free,
    Group,
    Disks,
    Volume,
}

/// A size as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    sign: Sign,
    amount: Amount,
}

pub(super) fn run(session: &mut Session<'_>, given: &Given, way: Way) -> Done {
    let asked = asked(session, given, way)?;
    let (word, disks) = match given.words.split_first() {
        Some((word, disks)) => (word, disks),
        None if way == Way::Extend && given.has("size") => {
            let text = "lvextend -L|--size [+]Size[m|UNIT] LV";
            return session.no_syntax(Some(Syntax { is_only: false, text, does: "Extend an LV by a specified size." }));
        }
        None => return session.absent(format!("{} without a volume", session.program)),
    };
    let (group_name, Some(name)) = names::split(word) else {
        return session.misused("Please specify a logical volume path.");
    };
    let group = session.group(&group_name)?;
    let volume = match names::find(&group, &name) {
        None => return session.fail(format!("Logical volume {name} not found in volume group {group_name}.")),
        Some(Named::Volume(Volume { kind: Kind::Pool(_), .. })) => {
            return session.absent(format!("another size of a cache pool ({group_name}/{name})"));
        }
        Some(Named::Volume(volume) | Named::Origin(volume)) => volume,
        Some(_) => return session.fail(format!("Can't resize internal logical volume {group_name}/{name}.")),
    };
    let disks = volumes::devices(session, &group, disks)?;
    resize(session, given, way, asked, &group, &volume, &disks)
}

/// `-L` or `-l`.
fn asked(session: &mut Session<'_>, given: &Given, way: Way) -> Done<Asked> {
    let (option, text) = match (given.value("size"), given.value("extents")) {
        (Some(_), Some(_)) => return session.misused("Please specify either size or extents but not both."),
        (Some(text), None) => ("size", text),
        (None, Some(text)) => ("extents", text),
        (None, None) => return session.no_syntax(None),
    };
    let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (Sign::Plus, rest),
        (_, Some(rest)) => (Sign::Minus, rest),
        _ => (Sign::Absolute, text),
    };
    let wrong = match (sign, way) {
        (Sign::Minus, Way::Extend) => "Size may not be negative.",
        (Sign::Plus, Way::Reduce) => "Size may not be positive.",
        _ => "",
    };
    if !wrong.is_empty() {
        if option == "extents" {
            return session.absent(format!("--extents {text}: a sign that goes the other way"));
        }
        return Err(session.refuse(&invalid(option, text, wrong)));
    }
    let amount = if option == "size" {
        match units::parse(rest, 'm') {
            Ok(sectors) => Amount::Size(sectors),
            Err(why) => return Err(session.refuse(&invalid(option, text, why))),
        }
    } else {
        share(session, text, rest)?
    };
    if sign == Sign::Absolute && matches!(amount, Amount::Size(0) | Amount::Extents(0)) {
        return session.misused(format!("--{option} may not be zero."));
    }
    Ok(Asked { sign, amount })
}

/// A number of extents, or per cent of something.
fn share(session: &mut Session<'_>, text: &str, rest: &str) -> Done<Amount> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, of) = (rest.get(..end).unwrap_or_default(), rest.get(end..).unwrap_or_default());
    let Some(number) = number.parse::<u64>().ok().filter(|n| *n <= u64::from(u32::MAX)) else {
        return Err(session.refuse(&invalid("extents", text, "")));
    };
    let of = match of.to_ascii_uppercase().as_str() {
        "" => return Ok(Amount::Extents(number)),
        "%FREE" => Of::Free,
        "%VG" => Of::Group,
        "%PVS" => Of::Disks,
        "%LV" => Of::Volume,
        _ => return session.absent(format!("--extents {text}: only a number, %FREE, %VG, %PVS and %LV")),
    };
    if number > 100 && of != Of::Volume || text.starts_with('-') {
        return session.absent(format!("--extents {text}: more than there is, or per cent taken away"));
    }
    Ok(Amount::Share(number, of))
}

impl Session<'_> {
    /// The extents that a volume of `old` is to have; less than one is refused.
    fn target(&mut self, asked: Asked, group: &Group, volume: &Volume, old: u64, disks: &[DevNo]) -> Done<u64> {
        let amount = match asked.amount {
            Amount::Extents(extents) => extents,
            Amount::Size(sectors) => {
                let down = sectors / group.extent;
                let extents = if asked.sign == Sign::Minus { down } else { sectors.div_ceil(group.extent) };
                if !sectors.is_multiple_of(group.extent) {
                    let shown = if extents == 0 { "0   ".to_owned() } else { units::long(extents * group.extent) };
                    self.say(format!("Rounding size to boundary between physical extents: {shown}."));
                }
                extents
            }
            Amount::Share(percent, of) => {
                let whole = match of {
                    Of::Free => group.free(),
                    Of::Group => group.extents(),
                    Of::Disks => group.disks.iter().filter(|disk| disks.contains(&disk.dev)).map(|disk| disk.extents).sum(),
                    Of::Volume => old,
                };
                whole.saturating_mul(percent).div_ceil(100)
            }
        };
        match asked.sign {
            Sign::Absolute => Ok(amount),
            Sign::Plus => Ok(old.saturating_add(amount)),
            Sign::Minus if amount < old => Ok(old - amount),
            Sign::Minus => self.fail(format!("Unable to reduce {}/{} below 1 extent.", group.name, volume.name)),
        }
    }
}

fn resize(session: &mut Session<'_>, given: &Given, way: Way, asked: Asked, group: &Group, volume: &Volume, disks: &[DevNo]) -> Done {
    let (full, old) = (format!("{}/{}", group.name, volume.name), volume.kind.extents());
    let mut new = session.target(asked, group, volume, old, disks)?;
    if asked.amount == Amount::Share(100, Of::Free) || asked.amount == Amount::Share(100, Of::Disks) {
        // All of it is as much as there is.
        new = new.min(old + alloc::free(group, disks));
    }
    if new == old {
        return session.fail(format!("New size ({new} extents) matches existing size ({old} extents)."));
    }
    if new < old && way == Way::Extend {
        return session.fail(format!("New size given ({new} extents) not larger than existing size ({old} extents)"));
    }
    if new > old && way == Way::Reduce {
        return session.fail(format!("New size given ({new} extents) not less than existing size ({old} extents)"));
    }
    if new < old {
        confirm(session, given, group, volume, new)?;
    }
    let mut changed = volume.clone();
    let shown = match &volume.kind {
        Kind::Cached(_) => format!("{}/{}", group.name, volume.origin_name()),
        _ => full.clone(),
    };
    let Some(segments) = segments_mut(&mut changed) else { return Ok(()) };
    if new > old {
        let Some(more) = alloc::more(group, disks, segments, new - old) else {
            let (needed, free) = (new - old, alloc::free(group, disks));
            return session.fail(format!("Insufficient free space: {needed} extents needed, but only {free} available"));
        };
        *segments = more;
    } else {
        cut(segments, new);
    }
    let sizes = [old, new].map(|extents| format!("{} ({extents} extents)", units::long(extents * group.extent)));
    session.say(format!("Size of logical volume {shown} changed from {} to {}.", sizes[0], sizes[1]));
    if session.is_active(group, volume) {
        let done = session.resize(group, &changed, new > old);
        session.or_not_suspended(done, group, volume)?;
    }
    if let Some(kept) = session.lvm.group_mut(&group.name).and_then(|group| group.volume_mut(&volume.name)) {
        *kept = changed;
    }
    session.commit();
    session.say(format!("Logical volume {full} successfully resized."));
    Ok(())
}

/// Warns before an active volume gets shorter, and asks unless a yes was given with the command.
fn confirm(session: &mut Session<'_>, given: &Given, group: &Group, volume: &Volume, new: u64) -> Done {
    if !session.is_active(group, volume) {
        return Ok(());
    }
    let open = if session.holders(&group.device(&volume.name)) > 0 { " and open" } else { "" };
    session.warn(format!("WARNING: Reducing active{open} logical volume to {}.", units::long(new * group.extent)));
    session.warn("THIS MAY DESTROY YOUR DATA (filesystem etc.)");
    if given.yes() {
        return Ok(());
    }
    session.ask(&format!("Do you really want to reduce {}/{}?", group.name, volume.name));
    session.fail(format!("Logical volume {}/{} NOT reduced.", group.name, volume.name))
}

/// Where the data of a volume lie without a cache.
const fn segments_mut(volume: &mut Volume) -> Option<&mut Vec<Segment>> {
    match &mut volume.kind {
        Kind::Linear(segments) => Some(segments),
        Kind::Cached(Cached { origin, .. }) => Some(&mut origin.segments),
        Kind::Pool(_) => None,
    }
}

/// Cuts segments off so that so many extents are left.
fn cut(segments: &mut Vec<Segment>, left: u64) {
    while extents(segments) > left {
        let over = extents(segments) - left;
        match segments.last_mut() {
            Some(last) if last.extents > over => last.extents -= over,
            _ => drop(segments.pop()),
        }
    }
}
