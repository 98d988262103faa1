//! Commands whose registry steps are interleaved in a chosen order.

use super::World;
use crate::device::Host;
use crate::metadata::Start;

impl World {
    /// Runs `count` commands whose opens and closes of metadata take turns in `order` (numbers of commands, one for
    /// each step; when it is over, whoever runs goes on to its end). `run(world, n)` does command `n`; they are started in the
    /// order of their first turn, which is that of the results too. Each is also tried in a copy of the world.
    pub fn parallel<T>(&mut self, order: &[usize], count: usize, mut run: impl FnMut(&mut Self, usize) -> T) -> Vec<T> {
        let mut queue: Vec<usize> = Vec::new();
        for command in order.iter().copied().chain(0..count).filter(|c| *c < count) {
            if !queue.contains(&command) {
                queue.push(command);
            }
        }
        let mut reserved = vec![None; count];
        let mut starts = Vec::new();
        for command in queue.iter().skip(1).copied() {
            let Some(start) = self.first_task(|world| drop(run(world, command))) else { continue };
            starts.push((
                command,
                match start {
                    Start::Open { bdev, args, .. } => {
                        let by = self.machine.fresh_id();
                        if let Some(place) = reserved.get_mut(command) {
                            *place = Some(by);
                        }
                        Start::Open { by, bdev, args }
                    }
                    close => close,
                },
            ));
        }
        self.registry.conduct(order, starts);
        let mut results = Vec::with_capacity(count);
        for command in queue {
            self.registry.set_turn(command);
            self.machine.reserved = reserved.get(command).copied().flatten();
            results.push(run(self, command));
        }
        self.machine.reserved = None;
        self.registry.end_conducting();
        results
    }

    /// What a command would ask of the registry first: it is tried in a copy of the world.
    fn first_task(&mut self, run: impl FnOnce(&mut Self)) -> Option<Start> {
        self.in_a_copy(|copy| {
            copy.registry.listen_for_start();
            run(copy);
            copy.registry.take_start()
        })
    }
}
