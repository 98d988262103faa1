//! All orders of two tasks, each run over a machine of its own, and what came of each.

use super::party::{ARGS, Grain, Party, effect};
use super::{Act, Deed, Effect, Moment, ObjectMoment, Who};
use dm_cache_engine::device::{DevNo, MemHost};
use dm_cache_engine::event::{Event, ObjectId};
use dm_cache_engine::metadata::{Defect, Registry, Sequences, Step};
use std::collections::BTreeMap;

/// Sectors of the metadata device that the tasks race for: 4 MiB.
const SECTORS: u64 = 8192;
/// An opener before the race, whose close leaves the device formatted and clean.
const BEFORE: u64 = 9;

/// Which two tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Race {
    /// Both open a formatted device.
    OpenOpen,
    /// P opens and closes, Q opens.
    CloseOpen,
    /// Both open a blank device.
    FormatFormat,
}

impl Race {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::OpenOpen, Self::CloseOpen, Self::FormatFormat];

    /// As links name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenOpen => "open-open",
            Self::CloseOpen => "close-open",
            Self::FormatFormat => "format-format",
        }
    }

    /// The race of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.name() == name)
    }

    /// What a task may do, in this order; with sharing off nothing is looked up and nothing listed.
    #[must_use]
    pub fn deeds(self, who: Who, sharing: bool) -> Vec<Deed> {
        let closes = self == Self::CloseOpen && who == Who::P;
        // What is used is what the other one may destroy.
        let uses = self == Self::CloseOpen && who == Who::Q;
        let Sequences { open, close } = Registry::sequences(sharing);
        let open = open.iter().copied().map(Step::Open);
        let close = close.iter().copied().map(Step::Close).filter(|_| closes);
        let mut deeds: Vec<Deed> = open.chain(close).map(Deed::of).filter(|deed| *deed != Deed::Use || uses).collect();
        deeds.dedup();
        deeds
    }
}

/// How an order ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A look-up finds a live object.
    Shared,
    /// One object is gone before the other is opened.
    Sequential,
    /// Both open an object; the second look-up finds the winner's, and the loser destroys its own.
    LoserTearsDown,
    /// Two objects over one device at the same time, and no look-up brings them together.
    TwoObjects,
    /// A look-up takes an object that is then destroyed.
    UseAfterFree,
}

impl Class {
    /// Each of them, in the order of the list.
    pub const ALL: [Self; 5] = [Self::Shared, Self::Sequential, Self::LoserTearsDown, Self::TwoObjects, Self::UseAfterFree];

    /// In a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Shared => "One shared object",
            Self::Sequential => "One after the other",
            Self::LoserTearsDown => "Loser tears down its own",
            Self::TwoObjects => "Two objects at once",
            Self::UseAfterFree => "Use after free",
        }
    }

    /// Whether Linux goes wrong there.
    #[must_use]
    pub const fn fails(self) -> bool {
        matches!(self, Self::UseAfterFree)
    }
}

/// One order with everything that happened in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its acts.
    pub acts: Vec<Act>,
    /// How it ends.
    pub class: Class,
    /// What would have gone wrong in Linux, in words.
    pub defects: Vec<String>,
    /// Of each object that is left: whether the device was clean when it was opened.
    pub left_clean: Vec<(Who, bool)>,
}

impl Order {
    /// Whose turns: `PPQPQ`.
    #[must_use]
    pub fn name(&self) -> String {
        self.acts.iter().map(|a| a.who.to_string()).collect()
    }

    /// The act that decides how the order ends: the one to look at first.
    #[must_use]
    pub fn decisive(&self) -> usize {
        let at = |wanted: &dyn Fn(&Act) -> bool| self.acts.iter().position(wanted);
        let found = match self.class {
            Class::UseAfterFree => at(&|a| matches!(a.effect, Effect::Attached { from: 0, .. })),
            Class::LoserTearsDown => at(&|a| matches!(a.effect, Effect::Attached { own_destroyed: true, .. })),
            Class::Shared => at(&|a| matches!(a.effect, Effect::Attached { .. })),
            Class::TwoObjects => at(&|a| a.after.objects.len() > 1),
            Class::Sequential => self.acts.iter().rposition(|a| matches!(a.effect, Effect::Opened { .. })),
        };
        found.unwrap_or(0)
    }
}

/// Every order of a race.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exploration {
    /// Which.
    pub race: Race,
    /// Whether objects are shared.
    pub sharing: bool,
    /// The orders by class, and among equals with P's turns first.
    pub orders: Vec<Order>,
}

impl Exploration {
    /// Orders that end so.
    pub fn of(&self, class: Class) -> impl Iterator<Item = (usize, &Order)> {
        self.orders.iter().enumerate().filter(move |(_, o)| o.class == class)
    }

    /// How many orders end so.
    #[must_use]
    pub fn count(&self, class: Class) -> usize {
        self.of(class).count()
    }

    /// The order of these turns.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.orders.iter().position(|o| o.name() == name)
    }

    /// How many orders look up while an object without references is listed, and how many of these fail.
    #[must_use]
    pub fn in_window(&self) -> (usize, usize) {
        let inside: Vec<&Order> =
            self.orders.iter().filter(|o| o.acts.iter().any(|a| matches!(a.effect, Effect::Attached { from: 0, .. }))).collect();
        (inside.len(), inside.iter().filter(|o| o.class.fails()).count())
    }
}

/// Runs every order of a race.
#[must_use]
pub fn explore(race: Race, sharing: bool) -> Exploration {
    let mut orders = Vec::new();
    Run::new(race, sharing, Grain::Acts).go_on(&mut orders);
    // Stable: among equals the order in which they were found stays, P's turns first.
    orders.sort_by_key(|o| o.class);
    Exploration { race, sharing, orders }
}

/// An order on its way: the machine, the tasks, and what happened so far.
#[derive(Debug, Clone)]
pub(super) struct Run {
    registry: Registry,
    host: MemHost,
    parties: [Party; 2],
    makers: BTreeMap<ObjectId, Who>,
    race: Race,
    grain: Grain,
    acts: Vec<Act>,
    used_freed: bool,
}

impl Run {
    pub(super) fn new(race: Race, sharing: bool, grain: Grain) -> Self {
        let (mut host, dev) = MemHost::with_disk(SECTORS);
        let mut registry = Registry::new(sharing);
        if race != Race::FormatFormat {
            leave_clean(&mut registry, &mut host, dev);
        }
        host.listen = true;
        let party = |who| Party::new(&registry, who, dev, race == Race::CloseOpen && who == Who::P);
        let parties = [party(Who::P), party(Who::Q)];
        Self { registry, host, parties, makers: BTreeMap::new(), race, grain, acts: Vec::new(), used_freed: false }
    }

    /// Every order that begins as this one did.
    pub(super) fn go_on(self, orders: &mut Vec<Order>) {
        let mut stuck = true;
        for n in [0, 1] {
            let mut next = self.clone();
            if next.act(n) {
                stuck = false;
                next.go_on(orders);
            }
        }
        if stuck {
            orders.push(self.end());
        }
    }

    /// Lets a task act; whether it did.
    fn act(&mut self, n: usize) -> bool {
        let Some(party) = self.parties.get_mut(n) else { return false };
        let (who, Some(deed)) = (party.who, party.next()) else { return false };
        self.host.events.clear();
        self.host.log.clear();
        // P's close may destroy what Q was given; Q never closes.
        let apart = self.race == Race::CloseOpen && who == Who::Q;
        let holders: BTreeMap<ObjectId, Vec<Who>> = self.registry.objects().map(|o| (o.id(), named(o.holders()))).collect();
        let Some(steps) = party.act(&mut self.registry, &mut self.host, self.grain, apart, &self.makers) else { return false };
        let events = std::mem::take(&mut self.host.events);
        for event in &events {
            if let Event::ObjectOpened { object, .. } = event {
                self.makers.insert(*object, who);
            }
        }
        let mut effect = effect(deed, &events, party, &self.registry, &self.makers);
        if let Effect::Destroyed { held_by, .. } = &mut effect {
            let destroyed = events.iter().find_map(|e| match e {
                Event::ObjectDestroyed { object } => Some(*object),
                _ => None,
            });
            *held_by = destroyed.and_then(|id| holders.get(&id).cloned()).unwrap_or_default();
        }
        self.used_freed |= matches!(effect, Effect::Used { alive: false, .. });
        let log = std::mem::take(&mut self.host.log);
        let after = self.moment();
        self.acts.push(Act { who, deed, steps, effect, log, after });
        true
    }

    fn moment(&self) -> Moment {
        let listed: Vec<ObjectId> = self.registry.list().collect();
        let objects = self.registry.objects().filter_map(|o| {
            let made_by = *self.makers.get(&o.id())?;
            Some(ObjectMoment { made_by, ref_count: o.ref_count(), holders: named(o.holders()), listed: listed.contains(&o.id()) })
        });
        Moment { objects: objects.collect(), next: [self.parties[0].next(), self.parties[1].next()] }
    }

    fn end(self) -> Order {
        // A second look-up that finds another's object makes this task the loser.
        let attached =
            |second: bool| self.acts.iter().any(|a| matches!(a.effect, Effect::Attached { .. }) && (a.deed == Deed::Insert) == second);
        let freed = self
            .registry
            .defects()
            .any(|d| matches!(d, Defect::Revived { .. } | Defect::FreedWhileHeld { .. } | Defect::UseAfterFree { .. }));
        let two = self.acts.iter().any(|a| a.after.objects.len() > 1);
        let class = if freed || self.used_freed {
            Class::UseAfterFree
        } else if attached(true) {
            Class::LoserTearsDown
        } else if two {
            Class::TwoObjects
        } else if attached(false) {
            Class::Shared
        } else {
            Class::Sequential
        };
        let named = |defect: &Defect| {
            let text = defect.to_string();
            self.makers
                .iter()
                .fold(text, |text, (id, who)| text.replace(&format!("metadata object {id} "), &format!("object {} ", who.object())))
        };
        let defects = self.registry.defects().map(named).collect();
        let clean = self.registry.objects().filter_map(|o| Some((*self.makers.get(&o.id())?, o.clean_when_opened().unwrap_or(false))));
        let left_clean = clean.collect();
        Order { acts: self.acts, class, defects, left_clean }
    }
}

fn named(holders: &[u64]) -> Vec<Who> {
    holders.iter().filter_map(|id| Who::of(*id)).collect()
}

/// A device that was formatted, used and left as a suspended cache leaves it: with CLEAN_SHUTDOWN set.
fn leave_clean(registry: &mut Registry, host: &mut MemHost, dev: DevNo) {
    let opened = registry.open(host, BEFORE, dev, ARGS);
    if let Ok(id) = opened {
        // A fresh device in memory takes every write.
        let _ = registry.object_mut(id).map(|o| o.commit(host, true));
        registry.close(host, BEFORE, id);
    }
}
