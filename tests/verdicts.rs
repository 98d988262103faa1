//! The verdicts of every step of every scenario, computed another way from the same run: over the whole list of events, with nothing
//! kept from step to step, and where a statement ends by reads through the machine itself.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use dm_cache_engine::device::{DevNo, Page};
use dm_cache_engine::event::{CacheId, Event, Slot, SlotTable};
use dm_cache_engine::world::verdict::Verdict;
use dm_cache_image::check;
use dm_cache_lab::scenario::ast::Sharing;
use dm_cache_lab::scenario::library::{self, ALL, Entry};
use dm_cache_lab::scenario::parse::parse;
use dm_cache_lab::scenario::run::{Options, Run, WorldRun};
use dm_cache_lab::scene::{Form, Scene, Subject, Words};
use dm_cache_lab::timeline::changes::Changes;
use dm_cache_lab::timeline::chips::{ChipKind, chips};
use dm_cache_lab::timeline::picture::Picture;
use dm_cache_lab::timeline::track;
use std::collections::{BTreeMap, BTreeSet};

/// Steps of a run that are looked at, at most.
const STEPS: usize = 150;

fn run(entry: Entry) -> Run {
    run_in(entry, Sharing::Compare)
}

fn run_in(entry: Entry, sharing: Sharing) -> Run {
    let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(sharing), ..Options::default() });
    run.finish();
    run
}

/// A device: its table, whether it is suspended, whether the table's cache has been resumed.
#[derive(Clone, Default)]
struct Device {
    name: String,
    live: Option<SlotTable>,
    suspended: bool,
}

#[derive(Clone)]
struct Cache {
    fast: DevNo,
    origin: DevNo,
    block_pages: u64,
    mode: &'static str,
    /// oblock: cblock, dirty, committed.
    map: BTreeMap<u64, (u32, bool, bool)>,
    object: u64,
    passthrough: bool,
}

/// A write that was acknowledged, and what became of it.
#[derive(Clone)]
struct Write {
    page: Page,
    durable: bool,
    /// What was durable before it.
    before: Option<Page>,
    /// The power went before it was durable, and took it; what it left.
    taken: Option<Option<Page>>,
}

/// A volume by name.
#[derive(Clone, Default)]
struct Volume {
    origin: Option<(DevNo, u64)>,
    fast: Option<(DevNo, u64)>,
    block_pages: u64,
    writes: BTreeMap<u64, Write>,
    /// The cache that served it last, while none does.
    served: Option<Cache>,
    no_power: bool,
    returning: bool,
}

/// A plain machine: what the events say, one after the other.
#[derive(Clone, Default)]
struct Plain {
    disks: BTreeMap<DevNo, BTreeMap<u64, Page>>,
    devices: BTreeMap<DevNo, Device>,
    caches: BTreeMap<CacheId, Cache>,
    volumes: BTreeMap<String, Volume>,
}

impl Plain {
    fn below(&self, dev: DevNo) -> Option<(DevNo, u64)> {
        if self.disks.contains_key(&dev) {
            return Some((dev, 0));
        }
        let table = self.devices.get(&dev)?.live.as_ref()?;
        let [(kind, params)] = table.targets.as_slice() else { return None };
        let mut words = params.split(' ');
        let (major, minor) = words.next()?.split_once(':')?;
        let (lower, start) = self.below(DevNo { major: major.parse().ok()?, minor: minor.parse().ok()? })?;
        (kind == "linear").then_some((lower, start + words.next()?.parse::<u64>().ok()? / 8))
    }

    fn page(&self, (disk, page_no): (DevNo, u64)) -> Page {
        self.disks[&disk].get(&page_no).cloned().unwrap_or_else(Page::zero)
    }

    fn live_cache(&self, dev: DevNo) -> Option<CacheId> {
        self.devices.get(&dev)?.live.as_ref()?.caches.first().copied()
    }

    fn device(&self, name: &str) -> Option<(DevNo, &Device)> {
        self.devices.iter().find(|(_, d)| d.name == name).map(|(dev, d)| (*dev, d))
    }

    /// Where the newest data of a page were put.
    fn place(volume: &Volume, cache: Option<&Cache>, page_no: u64) -> Option<(DevNo, u64)> {
        let cached = cache.filter(|c| !c.passthrough).and_then(|c| c.map.get(&(page_no / volume.block_pages)));
        match cached {
            Some((cblock, ..)) => {
                volume.fast.map(|(d, at)| (d, at + u64::from(*cblock) * volume.block_pages + page_no % volume.block_pages))
            }
            None => volume.origin.map(|(d, at)| (d, at + page_no)),
        }
    }

    fn is_committed(volume: &Volume, cache: Option<&Cache>, page_no: u64) -> bool {
        cache.filter(|c| !c.passthrough).and_then(|c| c.map.get(&(page_no / volume.block_pages))).is_none_or(|(_, _, committed)| *committed)
    }

    fn serving(&self, name: &str) -> Option<Cache> {
        let served = self.volumes.get(name).and_then(|v| v.served.clone());
        served.or_else(|| self.device(name).and_then(|(dev, _)| self.live_cache(dev)).and_then(|id| self.caches.get(&id)).cloned())
    }

    fn step(&mut self, event: &Event) {
        match event {
            Event::DiskAdded { dev, .. } => {
                self.disks.insert(*dev, BTreeMap::new());
            }
            Event::DiskWrite { dev, block, page, .. } => {
                for (name, volume) in &mut self.volumes {
                    // Nobody's cache writes there: someone else does.
                    let gone = !self.devices.values().any(|d| d.name == *name && d.live.is_some()) || volume.no_power;
                    if let Some((_, first)) = volume.origin.filter(|(disk, first)| gone && disk == dev && first <= block) {
                        volume.writes.remove(&(block - first));
                    }
                }
                self.disks.get_mut(dev).unwrap().insert(*block, page.clone());
            }
            Event::DiskFlush { dev } => {
                for name in self.volumes.keys().cloned().collect::<Vec<_>>() {
                    let cache = self.serving(&name);
                    let volume = self.volumes.get_mut(&name).unwrap();
                    let durable: Vec<u64> = volume
                        .writes
                        .keys()
                        .copied()
                        .filter(|n| {
                            let on_it = Self::place(volume, cache.as_ref(), *n).is_some_and(|(disk, _)| disk == *dev);
                            on_it && Self::is_committed(volume, cache.as_ref(), *n)
                        })
                        .collect();
                    for n in durable {
                        let write = volume.writes.get_mut(&n).unwrap();
                        write.durable |= write.taken.is_none();
                    }
                }
            }
            Event::PowerCut { dev, reverted } => {
                let reverted: BTreeMap<u64, &Page> = reverted.iter().map(|(n, page)| (*n, page)).collect();
                for volume in self.volumes.values_mut() {
                    let cache = volume.served.clone();
                    for n in volume.writes.keys().copied().collect::<Vec<_>>() {
                        let place = Self::place(volume, cache.as_ref(), n);
                        let committed = Self::is_committed(volume, cache.as_ref(), n);
                        let write = volume.writes.get_mut(&n).unwrap();
                        if write.durable || write.taken.is_some() {
                            continue;
                        }
                        let left = place.filter(|(disk, _)| disk == dev).and_then(|(_, at)| reverted.get(&at)).copied();
                        if !committed {
                            write.taken = Some(None);
                        } else if left.is_some_and(|left| *left != write.page) {
                            write.taken = Some(left.cloned());
                        }
                    }
                    volume.no_power = true;
                }
                for (n, page) in reverted {
                    self.disks.get_mut(dev).unwrap().insert(n, page.clone());
                }
                self.caches.clear();
            }
            Event::DeviceCreated { dev, called } => {
                self.devices.insert(*dev, Device { name: called.name.clone(), ..Device::default() });
            }
            Event::DeviceState { dev, suspended, .. } => self.devices.get_mut(dev).unwrap().suspended = *suspended,
            Event::DeviceRemoved { dev } => {
                let name = self.devices[dev].name.clone();
                let (cache, cut) = (self.serving(&name), self.devices[dev].live.is_some());
                self.devices.remove(dev);
                if let Some(volume) = self.volumes.get_mut(&name) {
                    volume.served = cache;
                    volume.no_power |= cut;
                }
            }
            Event::SlotChanged { dev, slot: Slot::Live, table } => {
                let name = self.devices[dev].name.clone();
                let serving = self.serving(&name);
                if let Some(volume) = self.volumes.get_mut(&name) {
                    volume.served = serving;
                }
                self.devices.get_mut(dev).unwrap().live = table.as_deref().cloned();
                let Some(id) = self.live_cache(*dev) else { return };
                let params = &table.as_ref().unwrap().targets[0].1;
                self.caches.get_mut(&id).unwrap().passthrough = params.contains("passthrough");
                let cache = &self.caches[&id];
                let (origin, fast, block_pages) = (self.below(cache.origin), self.below(cache.fast), cache.block_pages);
                let volume = self.volumes.entry(name).or_default();
                if volume.origin.is_some() && volume.origin != origin {
                    volume.writes.clear();
                }
                (volume.origin, volume.fast, volume.block_pages) = (origin, fast, block_pages);
                volume.returning = true;
            }
            Event::Callback { dev, name: "resume", .. } => {
                let name = self.devices[dev].name.clone();
                if let Some(volume) = self.volumes.get_mut(&name) {
                    (volume.served, volume.no_power, volume.returning) = (None, false, false);
                }
            }
            Event::CacheCreated { cache, is } => {
                let new = Cache {
                    fast: is.cache_dev,
                    origin: is.origin,
                    block_pages: is.block_sectors / 8,
                    mode: "write",
                    map: BTreeMap::new(),
                    object: is.object,
                    passthrough: false,
                };
                self.caches.insert(*cache, new);
            }
            Event::CacheDestroyed { cache } => {
                self.caches.remove(cache);
            }
            Event::CacheMode { cache, mode } => {
                if let Some(cache) = self.caches.get_mut(cache) {
                    cache.mode = mode;
                }
            }
            Event::MappingAdded { cache, cblock, oblock, dirty } => {
                let loading = self.devices.values().all(|d| d.suspended || d.live.as_ref().is_none_or(|t| !t.caches.contains(cache)));
                let map = &mut self.caches.get_mut(cache).unwrap().map;
                map.retain(|_, (c, ..)| c != cblock);
                map.insert(*oblock, (*cblock, *dirty, loading));
            }
            Event::MappingRemoved { cache, oblock, .. } => {
                self.caches.get_mut(cache).unwrap().map.remove(oblock);
            }
            Event::DirtySet { cache, cblock, dirty } => {
                let map = &mut self.caches.get_mut(cache).unwrap().map;
                map.values_mut().filter(|(c, ..)| c == cblock).for_each(|(_, d, _)| *d = *dirty);
            }
            Event::Committed { object, .. } => {
                let of = self.caches.values_mut().filter(|c| c.object == *object);
                of.flat_map(|c| c.map.values_mut()).for_each(|(_, _, committed)| *committed = true);
            }
            Event::Acknowledged { dev, page_no, page } => {
                let volume = self.volumes.get_mut(&self.devices[dev].name).unwrap();
                let old = volume.writes.get(page_no).cloned();
                if volume.returning && old.as_ref().is_some_and(|old| old.page == *page) {
                    return;
                }
                let before = old.and_then(|old| if old.durable { Some(old.page) } else { old.before });
                volume.writes.insert(*page_no, Write { page: page.clone(), durable: false, before, taken: None });
            }
            Event::Unpromised { dev, page_no } => {
                if let Some(volume) = self.devices.get(dev).and_then(|d| self.volumes.get_mut(&d.name)) {
                    volume.writes.remove(page_no);
                }
            }
            _ => {}
        }
    }

    /// What a read of a page of a volume returns, and whether the origin answers it; none where no read gets through.
    fn read(&self, name: &str, page_no: u64) -> Option<(Page, bool)> {
        let volume = &self.volumes[name];
        let at_origin = || volume.origin.map(|(disk, first)| self.page((disk, first + page_no)));
        let Some((dev, device)) = self.device(name).filter(|(_, d)| d.live.is_some()) else {
            let dirty = volume.served.as_ref().and_then(|c| c.map.get(&(page_no / volume.block_pages)));
            let waits = volume.no_power || dirty.is_some_and(|(_, dirty, _)| *dirty);
            let page = at_origin()?;
            return (!waits || page == volume.writes[&page_no].page).then_some((page, true));
        };
        if device.suspended {
            return None;
        }
        let Some(cache) = self.live_cache(dev).and_then(|id| self.caches.get(&id)) else {
            let (disk, first) = self.below(dev)?;
            return Some((self.page((disk, first + page_no)), true));
        };
        (cache.mode != "fail").then(|| (self.page(Self::place(volume, Some(cache), page_no).unwrap()), false))
    }

    fn verdict(&self, name: &str, page_no: u64) -> Option<Verdict> {
        let write = &self.volumes[name].writes[&page_no];
        let Some((page, at_origin)) = self.read(name, page_no) else { return Some(Verdict::Unreadable) };
        let kept_its_word = match &write.taken {
            None => false,
            Some(left) => write.before.is_none() || write.before.as_ref() == Some(&page) || left.as_ref() == Some(&page),
        };
        match (page == write.page, kept_its_word, at_origin) {
            (true, ..) => None,
            (_, true, _) => Some(Verdict::Unpromised),
            (.., true) => Some(Verdict::Old),
            (.., false) => Some(Verdict::Lost),
        }
    }

    /// Per volume: how many blocks were written, and those with a verdict, the first asked one.
    fn verdicts(&self) -> BTreeMap<String, (u64, BTreeMap<u64, Verdict>)> {
        let mut out = BTreeMap::new();
        for (name, volume) in &self.volumes {
            let blocks: BTreeSet<u64> = volume.writes.keys().map(|n| n / volume.block_pages).collect();
            let mut kinds: BTreeMap<u64, Verdict> = BTreeMap::new();
            for page_no in volume.writes.keys() {
                if let Some(verdict) = self.verdict(name, *page_no) {
                    let kind = kinds.entry(page_no / volume.block_pages).or_insert(verdict);
                    *kind = verdict.min(*kind);
                }
            }
            if !blocks.is_empty() {
                out.insert(name.clone(), (blocks.len() as u64, kinds));
            }
        }
        out
    }
}

fn pictured(picture: &Picture) -> BTreeMap<String, (u64, BTreeMap<u64, Verdict>)> {
    let kinds = |d: &dm_cache_lab::timeline::picture::DataPicture| {
        Verdict::ALL.iter().flat_map(|v| d.of(*v).iter().map(|b| (*b, *v)).collect::<Vec<_>>()).collect()
    };
    picture.data.iter().filter(|d| d.written > 0).map(|d| (d.device.clone(), (d.written, kinds(d)))).collect()
}

fn side(world: &WorldRun) -> &'static str {
    if world.sharing { "on" } else { "off" }
}

/// The chips that blocks with these verdicts have: a kind and how many blocks it speaks of, those that cost promised data first.
fn chips_for(computed: &BTreeMap<String, (u64, BTreeMap<u64, Verdict>)>) -> Vec<(ChipKind, usize)> {
    let order = [Verdict::Lost, Verdict::Old, Verdict::Unreadable, Verdict::Unpromised];
    let count = |verdict| computed.values().flat_map(|(_, kinds)| kinds.values()).filter(|v| **v == verdict).count();
    let some: Vec<(ChipKind, usize)> = order.map(|v| (v.into(), count(v))).into_iter().filter(|(_, n)| *n > 0).collect();
    if some.is_empty() { vec![(ChipKind::Kept, 0)] } else { some }
}

/// The same, read from what the chips of a step say. Few blocks are named, many are counted.
fn chips_said(picture: &Picture, checked: dm_cache_lab::timeline::Checked) -> Vec<(ChipKind, usize)> {
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let named = |list: &str| -> Option<usize> {
        list.split(", ")
            .map(|part| match part.split_once('–') {
                Some((from, to)) => Some(number(to)? - number(from)? + 1),
                None => number(part).map(|_| 1),
            })
            .sum()
    };
    let counted = |said: &str| number(said.split(' ').next().unwrap());
    let blocks = |kind, said: &str| match kind {
        ChipKind::Kept => Some(0),
        ChipKind::Lost | ChipKind::Unpromised => counted(said),
        _ => said.split_once(": ").and_then(|(_, list)| named(list).or_else(|| counted(list))),
    };
    let data = chips(picture, checked).into_iter().filter(|c| c.of == "data" && c.kind != ChipKind::Unknown);
    data.map(|c| (c.kind, blocks(c.kind, &c.said).unwrap_or_else(|| panic!("{}", c.said)))).collect()
}

#[test]
fn the_verdicts_of_every_scenario_and_step_are_those_computed_another_way() {
    let (mut wrong, mut seen, mut steps_seen) = (Vec::new(), BTreeMap::<Verdict, BTreeSet<&str>>::new(), 0);
    for (entry, sharing) in ALL.iter().flat_map(|entry| Sharing::ALL.map(|sharing| (entry, sharing))) {
        for world in &run_in(*entry, sharing).worlds {
            let (mut plain, mut done, mut walk) = (Plain::default(), 0, world.timeline.walk());
            for (number, step) in world.timeline.steps().iter().enumerate() {
                world.timeline.events()[done..step.events].iter().for_each(|event| plain.step(event));
                done = step.events;
                let view = walk.to(number);
                let picture = view.picture();
                let (shown, computed) = (pictured(&picture), plain.verdicts());
                computed.values().flat_map(|(_, kinds)| kinds.values()).for_each(|v| {
                    seen.entry(*v).or_default().insert(entry.name);
                });
                steps_seen += 1;
                let at = || format!("{} {sharing:?} {} step {} ({})", entry.name, side(world), number + 1, step.sentence);
                if shown != computed {
                    wrong.push(format!("{}:\n  {shown:?}\n  {computed:?}", at()));
                }
                let (said, due) = (chips_said(&picture, view.checked()), chips_for(&computed));
                if said != due && picture.data.iter().all(|d| d.unknown.is_empty()) {
                    wrong.push(format!("{}: the chips say {said:?}, not {due:?}", at()));
                }
            }
        }
    }
    assert!(steps_seen > 3_000, "{steps_seen} steps");
    assert!(wrong.is_empty(), "{} wrong, among them:\n{}", wrong.len(), wrong.iter().take(6).cloned().collect::<Vec<_>>().join("\n"));
    for (verdict, scenario) in [
        (Verdict::Unreadable, "failed-live"),
        (Verdict::Lost, "reload-while-live"),
        (Verdict::Old, "lost-fsync"),
        (Verdict::Unpromised, "crash"),
    ] {
        assert!(seen[&verdict].contains(scenario), "{verdict:?} occurs in {:?}", seen[&verdict]);
    }
}

/// Where a statement ends, the machine itself is asked: what a read returns, the check of the disk's bytes.
#[test]
fn the_machine_itself_confirms_the_verdicts_and_the_check_wherever_a_statement_ends() {
    let (mut wrong, mut checked, mut failing) = (Vec::new(), 0, 0);
    for entry in ALL {
        let mut run = Run::new(entry.script().unwrap(), Options { sharing: Some(Sharing::Compare), ..Options::default() });
        while run.advance() {
            for world in &run.worlds {
                let view = world.timeline.last();
                let picture = view.picture();
                let at = format!("{} {} line {}", entry.name, side(world), run.script.body[run.done() - 1].line);
                for data in picture.data.iter().filter(|d| format!("{:?}", d.access) == "Open") {
                    let per_block = data.block_sectors / 8;
                    let promised: Vec<_> =
                        world.world.promised().filter(|(dev, ..)| view.mapped.get(dev).unwrap().name == data.device).collect();
                    let differs: BTreeSet<u64> = promised
                        .iter()
                        .filter(|(dev, n, page)| world.world.peek_page(*dev, *n).as_ref() != Some(*page))
                        .map(|(_, n, _)| n / per_block)
                        .collect();
                    let said: BTreeSet<u64> = data.lost.iter().chain(&data.unpromised).copied().collect();
                    if differs != said || !data.old.is_empty() || !data.unreadable.is_empty() {
                        wrong.push(format!("{at}: {} differ, {said:?} said", differs.len()));
                    }
                }
                let chip = chips(&picture, view.checked()).into_iter().find(|c| c.of == "check").map(|c| c.kind);
                let Some(meta) = world.world.disks().find(|(_, name, _)| *name == "meta").map(|(dev, ..)| dev) else { continue };
                let image = world.world.image(meta).unwrap();
                if picture.metadata.iter().any(|m| m.name != "meta")
                    || world.world.disks().filter(|(_, n, _)| n.starts_with("meta")).count() > 1
                {
                    continue;
                }
                let errors = check::check(&image, &check::Options::default()).damages.len();
                match chip {
                    // Nothing opened it yet.
                    None => {}
                    Some(kind) => {
                        checked += 1;
                        failing += usize::from(errors > 0);
                        let right = if errors > 0 { ChipKind::Fails } else { ChipKind::Passes };
                        if kind != right && image.len() <= 4096 * 4096 {
                            wrong.push(format!("{at}: the check finds {errors} errors and the chip says {kind:?}"));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong, among them:\n{}", wrong.len(), wrong.iter().take(10).cloned().collect::<Vec<_>>().join("\n"));
    assert!(checked > 500 && failing > 5, "{checked} checked, {failing} of them damaged");
}

fn last(name: &str, on: bool) -> (Picture, Vec<(ChipKind, String)>) {
    let run = run(library::find(name).unwrap());
    let view = run.worlds.iter().find(|w| w.sharing == on).unwrap().timeline.last();
    let picture = view.picture();
    let said = chips(&picture, view.checked()).into_iter().map(|c| (c.kind, c.said)).collect();
    (picture, said)
}

#[test]
fn each_kind_is_said_in_its_own_words_and_drawn_with_a_mark_of_its_own() {
    for (name, on, kind, said) in [
        ("reload-while-live", false, ChipKind::Lost, "4 blocks lost: 50–53"),
        ("lost-fsync", true, ChipKind::Old, "old on the origin: 0–1"),
        ("crash", true, ChipKind::Unpromised, "1 write gone, never promised"),
        ("failed-live", true, ChipKind::Unreadable, "not readable now: 0–3, 50–51"),
    ] {
        let (picture, chips) = last(name, on);
        assert!(chips.contains(&(kind, said.to_owned())), "{name}: {chips:?}");
        assert!(!chips.iter().any(|c| c.0 == ChipKind::Kept), "{name} says that nothing is lost: {chips:?}");
        // The tiles of what is told, and what is said of them: each kind has a look and a word of its own.
        for form in Form::ALL {
            let scene =
                Scene::new(&Subject { picture: &picture, changes: &Changes::default(), beside: None, room: None, sharing: on }, form);
            let drawn = scene.shapes();
            let texts: Vec<&str> = drawn
                .iter()
                .filter_map(|(_, s)| if let Some(Words::Plain(text)) = s.words() { Some(text.as_str()) } else { None })
                .collect();
            let (wanted, mark) = match kind {
                ChipKind::Lost => ("LOST", " ✗"),
                ChipKind::Old => ("OLD", " ◥"),
                ChipKind::Unpromised => ("GONE", " ○"),
                _ => ("not readable now:", "not there"),
            };
            assert!(texts.contains(&wanted) && texts.iter().any(|t| t.ends_with(mark)), "{name}, {form:?}: {texts:?}");
            let others = ["LOST", "OLD", "GONE", "not readable now:"].into_iter().filter(|word| *word != wanted);
            assert!(others.into_iter().all(|word| !texts.contains(&word)), "{name}, {form:?}: {texts:?}");
            assert!(!texts.iter().any(|t| t.ends_with('✓')), "{name}, {form:?}: {texts:?}");
        }
        let text = picture.to_string();
        let wanted = match kind {
            ChipKind::Lost => "LOST 50..53",
            ChipKind::Old => "OLD on the origin 0..1",
            ChipKind::Unpromised => "gone, never promised 10",
            _ => "not readable now 0..3 50..51: c is not there",
        };
        assert!(text.contains(wanted), "{name}: {text}");
    }
    let (_, chips) = last("damaged-root", true);
    assert_eq!(chips[0], (ChipKind::Fails, "1 error".to_owned()));
}

#[test]
fn counts_add_up_and_nothing_lost_is_said_only_where_nothing_else_is() {
    for entry in ALL {
        for world in &run(*entry).worlds {
            let steps = world.timeline.steps().len();
            let mut walk = world.timeline.walk();
            for step in (0..steps).step_by(steps.div_ceil(STEPS).max(1)) {
                let view = walk.to(step);
                let picture = view.picture();
                let mut blocks = 0;
                for data in &picture.data {
                    let all: Vec<u64> = Verdict::ALL.iter().flat_map(|v| data.of(*v)).copied().collect();
                    let distinct: BTreeSet<u64> = all.iter().copied().collect();
                    assert!(all.len() == distinct.len() && all.len() as u64 <= data.written, "{} step {step}", entry.name);
                    blocks += all.len() + data.unknown.len();
                }
                let kept = chips(&picture, view.checked()).iter().any(|c| c.kind == ChipKind::Kept);
                assert_eq!(kept, blocks == 0, "{} step {step}", entry.name);
            }
        }
    }
}

#[test]
fn a_device_is_live_at_the_step_that_says_so_and_a_loss_is_marked_at_its_first_step() {
    let (mut resumes, mut losses) = (0, 0);
    for entry in ALL {
        let run = run(*entry);
        for world in &run.worlds {
            let timeline = &world.timeline;
            let mut walk = timeline.walk();
            let mut first = None;
            for (number, step) in timeline.steps().iter().enumerate().take(STEPS) {
                let view = walk.to(number);
                let lost = view.picture().data.iter().any(|d| !d.of(Verdict::Lost).is_empty());
                first = first.or(lost.then_some(number));
                let resumed = timeline.events_of(number).iter().find_map(|event| match event {
                    Event::Callback { dev, name: "resume", .. } => Some(*dev),
                    _ => None,
                });
                if let Some(device) = resumed.and_then(|dev| view.mapped.get(&dev)) {
                    assert!(!device.suspended, "{} {}, step {number}: {}", entry.name, side(world), step.sentence);
                    resumes += 1;
                }
            }
            let marked = track::first_loss(timeline).filter(|step| *step < STEPS);
            assert_eq!(marked, first, "{} {}", entry.name, side(world));
            losses += usize::from(first.is_some());
        }
    }
    assert!(resumes > 50 && losses > 5, "{resumes} resumes, {losses} losses");
}

#[test]
fn what_lies_on_a_striped_origin_is_known() {
    let source = "dm-cache-lab 1\n# T\ndisk meta 4M\ndisk fast 16M\ndisk s1 64M\ndisk s2 64M\n\
        $ dmsetup create o --table '0 262144 striped 2 128 /dev/s1 0 /dev/s2 0'\n\
        $ dmsetup create c --table '0 262144 cache /dev/meta /dev/fast /dev/mapper/o 128 1 writethrough smq 0'\n\
        write c 0..5 A\nwrite c @1M+4K B\n";
    for rest in ["", "$ dmsetup remove c\n"] {
        let mut run = Run::new(parse("t", &format!("{source}{rest}")).unwrap(), Options::default());
        run.finish();
        assert!(run.is_as_declared(), "{}", run.story());
        let picture = run.worlds[0].timeline.last().picture();
        let data = picture.data.iter().find(|data| data.device == "c").unwrap();
        assert_eq!((data.unknown.len(), data.blocks.len()), (0, 7), "{data:?}");
        for block in &data.blocks {
            assert_eq!((block.verdict, block.reads), (None, block.written), "{block:?}");
            assert_eq!(Some(block.origin_byte), block.written, "{block:?}");
        }
    }
}
