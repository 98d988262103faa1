//! Requests to device-mapper, one by one, and the orders in which lvm2 makes them.

use super::model::{Group, Kind, Volume};
use super::nodes::{self, Node, Runs, Table, bottom_up, top_down};
use super::session::{Done, FAILED, Session, Stop};
use dm_cache_engine::event::Event;
use dm_cache_engine::mapper::{StatusKind, SuspendFlags, TargetSpec};
use dm_cache_engine::world::{Failure, work_of_text};
use dm_cache_image::check;

impl Session<'_> {
    /// Shows a request just before it is made.
    fn request(&mut self, text: String) -> Done {
        self.world.spend(work_of_text(text.len()));
        if let Some(limit) = self.world.exceeded() {
            return Err(Stop::Hang(limit.hang()));
        }
        self.world.note(Event::Request { text: text.into() });
        Ok(())
    }

    /// Whether there is a device of that name.
    pub(super) fn is_there(&self, name: &str) -> bool {
        self.world.dev_status(name).is_ok()
    }

    /// Whether a volume is active.
    pub(super) fn is_active(&self, group: &Group, volume: &Volume) -> bool {
        self.is_there(&group.device(&volume.name))
    }

    /// How often a device is held open.
    pub(super) fn holders(&self, name: &str) -> u32 {
        self.world.dev_status(name).map_or(0, |info| info.open_count)
    }

    fn suspend(&mut self, name: &str) -> Done {
        self.request(format!("suspend {name} (nolockfs)"))?;
        let flags = SuspendFlags { noflush: false, skip_lockfs: true };
        let suspended = self.world.dev_suspend(name, flags);
        suspended.or_else(|failure| self.failed(failure, |why| format!("device-mapper: suspend ioctl on {name} failed: {why}")))
    }

    fn resume(&mut self, name: &str) -> Done {
        self.request(format!("resume {name}"))?;
        let resumed = self.world.dev_resume(name, SuspendFlags::default());
        resumed.or_else(|failure| self.failed(failure, |why| format!("device-mapper: resume ioctl on {name} failed: {why}")))
    }

    pub(super) fn remove(&mut self, name: &str) -> Done {
        self.request(format!("remove {name}"))?;
        let removed = self.world.dev_remove(name, false).map(|_| ());
        removed.or_else(|failure| self.failed(failure, |why| format!("device-mapper: remove ioctl on {name} failed: {why}")))
    }

    /// The number of a device; nothing where it is not there.
    fn number(&self, name: &str) -> String {
        self.world.dev_status(name).map(|info| info.dev.to_string()).unwrap_or_default()
    }

    /// A node's table with the numbers of the devices below; what lvm2 has to say of settings is said.
    fn lines(&mut self, node: &Node) -> Done<Vec<TargetSpec>> {
        match &node.table {
            Table::Lines(lines) => Ok(lines.clone()),
            Table::Within { below, from, sectors } => {
                let params = format!("{} {from}", self.number(below));
                Ok(vec![TargetSpec { start: 0, len: *sectors, kind: "linear".to_owned(), params }])
            }
            Table::Cache(table) => {
                table.warnings.iter().for_each(|warning| self.warn(warning));
                if let Some(wrong) = &table.wrong {
                    return self.fail(wrong);
                }
                let params = format!("{} {}", table.below.each_ref().map(|name| self.number(name)).join(" "), table.params);
                Ok(vec![TargetSpec { start: 0, len: table.sectors, kind: "cache".to_owned(), params }])
            }
        }
    }

    fn load(&mut self, name: &str, lines: &[TargetSpec]) -> Done {
        let text: Vec<String> = lines.iter().map(|l| format!("{} {} {} {}", l.start, l.len, l.kind, l.params)).collect();
        self.request(format!("load {name}: {}", text.join("; ")))?;
        let number = self.number(name);
        let loaded = self.world.table_load(name, lines, false);
        // lvm2 asks by number, so the name is not in the message.
        loaded.or_else(|failure| self.failed(failure, |why| format!("device-mapper: reload ioctl on  ({number}) failed: {why}")))
    }

    /// Whether a device runs this table already: then lvm2 loads none.
    fn runs(&mut self, name: &str, lines: &[TargetSpec]) -> bool {
        let live = self.world.table_status(name, false, StatusKind::Table, true).unwrap_or_default();
        live.len() == lines.len()
            && live.iter().zip(lines).all(|(is, wanted)| {
                (is.start, is.len, is.kind.as_str(), is.status.trim())
                    == (wanted.start, wanted.len, wanted.kind.as_str(), wanted.params.trim())
            })
    }

    /// A device with a table, live.
    pub(super) fn create(&mut self, node: &Node) -> Done {
        let name = &node.name;
        let minor = self.world.mapper().free_minor();
        self.request(format!("create {name}, {}:{minor}", dm_cache_engine::device::DevNo::DM_MAJOR))?;
        let created = self.world.dev_create(name, &node.uuid, None).map(|_| ());
        created
            .or_else(|failure| self.failed(failure, |why| format!("device-mapper: create ioctl on {name} {} failed: {why}", node.uuid)))?;
        let lines = self.lines(node)?;
        if let Err(stop) = self.load(name, &lines).and_then(|()| self.resume(name)) {
            // The device is of no use without a table.
            return Err(self.remove(name).map_or_else(|worse| worse.or(&stop), |()| stop.clone()));
        }
        Ok(())
    }

    /// Makes a volume active: its devices from the ground up. Nothing is left of one that fails.
    pub(super) fn activate(&mut self, group: &Group, volume: &Volume) -> Done {
        let nodes = nodes::of(group, volume, Runs::AsSet);
        if let [whole, _, _, _, top] = nodes.as_slice()
            && self.is_there(&whole.name)
            && !self.is_there(&top.name)
        {
            let Kind::Cached(cached) = &volume.kind else { return Ok(()) };
            let (below, over) = (cached.store_in_use(), &volume.name);
            let prohibited =
                format!("Activation of logical volume {0}/{over} is prohibited while logical volume {0}/{below} is active.", group.name);
            return self.fail(prohibited);
        }
        let (mut made, mut result) = (Vec::new(), Ok(()));
        for node in &nodes {
            if self.is_there(&node.name) {
                continue;
            }
            result = self.check_metadata(group, volume, node).and_then(|()| self.create(node));
            if result.is_err() {
                break;
            }
            made.push(node.name.clone());
        }
        if matches!(result, Err(Stop::Code(_))) {
            self.undo(&nodes, &made)?;
        }
        result
    }

    /// Removes what was made for a volume that fails. Of a cache on a volume, lvm2 takes data, then the volume, which its metadata still hold;
    /// there it ends, and the rest stays.
    fn undo(&mut self, nodes: &[Node], made: &[String]) -> Done {
        let [whole, data, ..] = nodes else { return Ok(()) };
        if nodes.len() < 5 || !made.contains(&data.name) {
            return made.iter().try_for_each(|name| self.remove(name));
        }
        self.remove(&data.name)?;
        self.request(format!("remove {}", whole.name))?;
        let number = self.number(&whole.name);
        match self.world.dev_remove(&whole.name, false) {
            Err(Failure::Errno(errno)) => self.warn(format!("device-mapper: remove ioctl on  ({number}) failed: {}", errno.text())),
            Err(Failure::Hang(what)) => return Err(Stop::Hang(what)),
            Ok(_) => {}
        }
        Ok(())
    }

    /// What lvm2 runs before it builds a cache over metadata that are there: `cache_check`.
    fn check_metadata(&mut self, group: &Group, volume: &Volume, node: &Node) -> Done {
        let Table::Cache(table) = &node.table else { return Ok(()) };
        let [meta, ..] = &table.below;
        let Ok(info) = self.world.dev_status(meta) else { return Ok(()) };
        let image = match self.world.image_for_program(info.dev) {
            Ok(image) => image,
            Err(failure) => return self.failed(failure, |why| format!("Can't read {meta}: {why}")),
        };
        if image.iter().take(4096).all(|byte| *byte == 0) {
            return Ok(());
        }
        let code = check::check(&image, &check::Options::default()).cache_check_exit_code();
        let Kind::Cached(cached) = &volume.kind else { return Ok(()) };
        match code {
            0 => Ok(()),
            code => {
                let pool = format!("{}/{}", group.name, cached.store_in_use());
                self.fail(format!("Check of pool {pool} failed (status:{code}). Manual repair required!"))
            }
        }
    }

    /// Makes a volume inactive: its devices from the top down. What a failure left below one that is not active stays.
    pub(super) fn deactivate(&mut self, group: &Group, volume: &Volume) -> Done {
        if !self.is_active(group, volume) {
            return Ok(());
        }
        let nodes = nodes::of(group, volume, Runs::AsSet);
        for node in top_down(&nodes) {
            if self.is_there(&node.name) {
                self.remove(&node.name)?;
            }
        }
        Ok(())
    }

    /// Brings the devices of an active volume to how they should be, while it runs: what is new below is made, the volume's own new table is
    /// loaded unless it runs it already, and then those that were there before are suspended from the top down and resumed from the ground up.
    pub(super) fn reload(&mut self, group: &Group, volume: &Volume, runs: Runs) -> Done {
        let nodes = nodes::of(group, volume, runs);
        let before: Vec<bool> = nodes.iter().map(|node| self.is_there(&node.name)).collect();
        let Some((top, below)) = nodes.split_last() else { return Ok(()) };
        let mut made = Vec::new();
        let loaded = below.iter().zip(&before).filter(|(_, there)| !**there).try_for_each(|(node, _)| {
            self.create(node)?;
            made.push(node.name.clone());
            Ok(())
        });
        let loaded = loaded.and_then(|()| {
            let lines = self.lines(top)?;
            if self.runs(&top.name, &lines) { Ok(()) } else { self.load(&top.name, &lines) }
        });
        if matches!(loaded, Err(Stop::Code(_))) {
            self.undo(&nodes, &made)?;
        }
        loaded?;
        let was = |node: &Node| nodes.iter().zip(&before).any(|(other, there)| *there && other.name == node.name);
        for node in top_down(&nodes) {
            if was(node) {
                self.suspend(&node.name)?;
            }
        }
        if let Table::Cache(table) = &top.table
            && before.iter().all(|there| *there)
        {
            table.warnings.iter().for_each(|warning| self.warn(warning));
        }
        for node in bottom_up(&nodes) {
            if was(node) {
                self.resume(&node.name)?;
            }
        }
        Ok(())
    }

    /// Gives an active volume its new size: of a cached one, the origin below first, which is resumed before all the rest where it gets longer.
    pub(super) fn resize(&mut self, group: &Group, volume: &Volume, longer: bool) -> Done {
        let nodes = nodes::of(group, volume, Runs::AsSet);
        if let [.., origin, _] = nodes.as_slice() {
            let lines = self.lines(origin)?;
            self.load(&origin.name, &lines)?;
            if longer {
                self.resume(&origin.name)?;
            }
        }
        self.reload(group, volume, Runs::AsSet)
    }

    /// Gives the devices of an active volume their new names: each before it is resumed.
    pub(super) fn rename(&mut self, group: &Group, was: &Volume, volume: &Volume) -> Done {
        let (old, new) = (nodes::of(group, was, Runs::AsSet), nodes::of(group, volume, Runs::AsSet));
        for node in top_down(&old) {
            self.suspend(&node.name)?;
        }
        for (old, new) in bottom_up(&old).into_iter().zip(bottom_up(&new)) {
            if old.name != new.name {
                self.request(format!("rename {} {}", old.name, new.name))?;
                let renamed = self.world.dev_rename(&old.name, &new.name);
                renamed
                    .or_else(|failure| self.failed(failure, |why| format!("device-mapper: rename ioctl on {} failed: {why}", old.name)))?;
            }
            self.resume(&new.name)?;
        }
        Ok(())
    }

    /// Takes the cache from below an active volume: the volume maps its origin's place itself, the others answer with errors until
    /// they are removed.
    pub(super) fn take_down(&mut self, group: &Group, cached: &Volume, linear: &Volume) -> Done {
        let nodes = nodes::of(group, cached, Runs::AsSet);
        let (loaded, removed) = nodes::taken_down(&nodes);
        for node in loaded {
            let lines = if node.name == group.device(&linear.name) {
                nodes::of(group, linear, Runs::AsSet).first().map(|node| self.lines(node)).transpose()?.unwrap_or_default()
            } else {
                let Ok(info) = self.world.dev_status(&node.name) else { continue };
                vec![TargetSpec { start: 0, len: self.world.sectors(info.dev), kind: "error".to_owned(), params: String::new() }]
            };
            if !self.runs(&node.name, &lines) {
                self.load(&node.name, &lines)?;
            }
        }
        for node in top_down(&nodes) {
            self.suspend(&node.name)?;
        }
        for node in bottom_up(&nodes) {
            self.resume(&node.name)?;
        }
        for node in removed {
            self.remove(&node.name)?;
        }
        Ok(())
    }

    /// What the failure of a change to a running volume means: lvm2 says which volume it could not suspend.
    pub(super) fn or_not_suspended(&mut self, done: Done, group: &Group, volume: &Volume) -> Done {
        if matches!(done, Err(Stop::Code(FAILED))) {
            return self.fail(format!("Failed to suspend logical volume {}/{}.", group.name, volume.name));
        }
        done
    }
}
