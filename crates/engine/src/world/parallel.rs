//! Commands whose registry steps are interleaved in a chosen order.

use super::World;
use super::conductor::Conductor;
use crate::device::Host;
use crate::metadata::Call;

impl World {
    /// Runs `count` commands whose opens and closes of metadata interleave in `order` (numbers of commands, one for
    /// each step; after its end, each command runs to completion). `run(world, n)` runs command `n`; they are started in the
    /// order of their first turn, which is that of the results too. Each is also tried in a copy of the world.
    pub fn parallel<T>(&mut self, order: &[usize], count: usize, mut run: impl FnMut(&mut Self, usize) -> T) -> Vec<T> {
        let mut queue: Vec<usize> = Vec::new();
        for command in order.iter().copied().chain(0..count).filter(|c| *c < count) {
            if !queue.contains(&command) {
                queue.push(command);
            }
        }
        let mut reserved = vec![None; count];
        let mut calls = Vec::new();
        for command in queue.iter().skip(1).copied() {
            let Some(call) = self.first_call(|world| drop(run(world, command))) else { continue };
            calls.push((
                command,
                match call {
                    Call::Open { bdev, args, .. } => {
                        let by = self.machine.fresh_id();
                        if let Some(place) = reserved.get_mut(command) {
                            *place = Some(by);
                        }
                        Call::Open { by, bdev, args }
                    }
                    close @ Call::Close { .. } => close,
                },
            ));
        }
        self.conductor = Conductor::conduct(&self.registry, order, calls);
        let mut results = Vec::with_capacity(count);
        for command in queue {
            self.conductor.set_turn(command);
            self.machine.reserved = reserved.get(command).copied().flatten();
            results.push(run(self, command));
        }
        self.machine.reserved = None;
        self.conductor = Conductor::default();
        results
    }

    /// What a command would first ask of the registry; found by trying it in a copy of the world.
    fn first_call(&mut self, run: impl FnOnce(&mut Self)) -> Option<Call> {
        self.in_a_copy(|copy| {
            copy.conductor = Conductor::Hearing(None);
            run(copy);
            copy.conductor.heard()
        })
    }
}
