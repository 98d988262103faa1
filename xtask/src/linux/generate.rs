//! Random scenarios: what a table line may hold, what dmsetup can be told, and I/O of several forms. The same seed gives the same scenario.

use std::fmt::Write as _;

/// SplitMix64: enough for choosing, and the same on every machine.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap_or(0)]
    }
}

/// Sectors of the disks: small, so that caches fill up and images are quickly compared.
const META: u64 = 4096;
const FAST: u64 = 2048;
const SLOW: u64 = 6144;

const HEADER: &str = "disk meta 4096s\ndisk fast 2048s\ndisk slow 6144s\n";

/// Block sizes in sectors: the usual ones and odd multiples of the least, 64.
const BLOCKS: [u64; 6] = [64, 64, 128, 128, 192, 320];

pub(super) struct Generator {
    dice: Dice,
    /// Sectors of a cache block: one that most tables of a scenario agree on.
    block: u64,
    lines: Vec<String>,
}

impl Generator {
    /// A scenario's lines, without the header.
    pub(super) fn lines(seed: u64) -> Vec<String> {
        let mut dice = Dice::new(seed);
        let block = dice.pick(&BLOCKS);
        let mut it = Self { dice, block, lines: Vec::new() };
        let table = it.table();
        it.command(&format!("dmsetup create c --table '{table}'"));
        let steps = 6 + it.dice.below(18);
        for _ in 0..steps {
            it.step();
        }
        it.command("dmsetup status c");
        it.command("dmsetup table c");
        it.lines.push(format!("read c 0..{}", SLOW / it.block - 1));
        it.lines
    }

    fn command(&mut self, line: &str) {
        self.lines.push(format!("$ {line}"));
    }

    fn device(&mut self) -> &'static str {
        if self.dice.one_in(8) { "d" } else { "c" }
    }

    fn step(&mut self) {
        let device = self.device();
        match self.dice.below(24) {
            0..=5 => self.write(device),
            6 | 7 => self.read(device),
            8 => self.discard(device),
            9 => self.dd(device),
            10..=12 => {
                let table = self.table();
                self.command(&format!("dmsetup reload {device} --table '{table}'"));
                if !self.dice.one_in(3) {
                    self.command(&format!("dmsetup suspend {device}"));
                    self.command(&format!("dmsetup resume {device}"));
                }
            }
            13 => {
                let how = self.dice.pick(&["", "--noflush ", "--nolockfs ", "--noflush --nolockfs "]);
                self.command(&format!("dmsetup suspend {how}{device}"));
            }
            14 | 15 => self.command(&format!("dmsetup resume {device}")),
            16 => self.message(device),
            17 => {
                let verb = self.dice.pick(&[
                    "status",
                    "status --noflush",
                    "table",
                    "table --inactive",
                    "info -c --noheadings -o name,suspended,open,tables_loaded",
                    "deps -o devname",
                ]);
                self.command(&format!("dmsetup {verb} {device}"));
            }
            18 => {
                let verb = self.dice.pick(&["clear", "clear", "remove", "remove --force", "wipe_table"]);
                self.command(&format!("dmsetup {verb} {device}"));
            }
            19 => {
                let table = self.table();
                let notable = if self.dice.one_in(4) { "--notable".to_owned() } else { format!("--table '{table}'") };
                self.command(&format!("dmsetup create {device} {notable}"));
            }
            20 => {
                // The metadata device by another name: what the list of objects cannot see.
                self.command(&format!("dmsetup create alias --table '0 {META} linear /dev/meta 0'"));
            }
            21 => self.command(&format!("dmsetup create {device} --table '0 {SLOW} linear /dev/slow 0'")),
            22 => self.command(&format!("dmsetup suspend {device}; dmsetup resume {device}")),
            _ => self.command("dmsetup ls"),
        }
    }

    /// Blocks of the origin, as `A..B`.
    fn blocks(&mut self, most: u64) -> String {
        let all = SLOW / self.block;
        let first = self.dice.below(all);
        let last = (first + self.dice.below(most)).min(all - 1);
        format!("{first}..{last}")
    }

    fn write(&mut self, device: &str) {
        let (blocks, byte) = (self.blocks(12), self.dice.pick(&['A', 'B', 'C', 'D', 'E']));
        self.lines.push(format!("write {device} {blocks} {byte}"));
    }

    fn read(&mut self, device: &str) {
        let blocks = self.blocks(8);
        self.lines.push(format!("read {device} {blocks}"));
    }

    fn discard(&mut self, device: &str) {
        let blocks = self.blocks(20);
        self.lines.push(format!("discard {device} {blocks}"));
    }

    fn dd(&mut self, device: &str) {
        // Whole blocks: a block whose bytes are not all alike cannot be read as one byte.
        let unit = self.block / 2 * (1 + self.dice.below(3));
        let (seek, count) = (self.dice.below(24), 1 + self.dice.below(6));
        self.command(&format!(
            "tr '\\0' '\\132' < /dev/zero | dd of=/dev/mapper/{device} bs={unit}k seek={seek} count={count} iflag=fullblock oflag=direct conv=notrunc status=none"
        ));
    }

    fn message(&mut self, device: &str) {
        let cblock = self.dice.below(FAST / self.block + 3);
        let words = match self.dice.below(6) {
            0 => format!("invalidate_cblocks {cblock}"),
            1 => format!("invalidate_cblocks {cblock}-{}", cblock + self.dice.below(6)),
            2 => "migration_threshold 0".to_owned(),
            3 => self
                .dice
                .pick(&["sequential_threshold 10", "random_threshold 4", "mq_random_threshold 1", "promote 1", "migration_threshold x"])
                .to_owned(),
            4 => self.dice.pick(&["@cancel_deferred_remove", "nothing", "invalidate_cblocks", "invalidate_cblocks 5-2"]).to_owned(),
            _ => "migration_threshold 0 0".to_owned(),
        };
        self.command(&format!("dmsetup message {device} 0 {words}"));
    }

    /// A cache table; most are sound, some have one thing wrong.
    fn table(&mut self) -> String {
        let block = if self.dice.one_in(12) { self.dice.pick(&[32, 64, 96, 128, 192, 320]) } else { self.block };
        let length = match self.dice.below(10) {
            0 => SLOW - self.dice.below(300),
            1 => SLOW / 2,
            _ => SLOW,
        };
        let meta = if self.dice.one_in(12) { "/dev/mapper/alias" } else { "/dev/meta" };
        let mut features: Vec<&str> = Vec::new();
        match self.dice.below(10) {
            0..=5 => features.push("writeback"),
            6 | 7 => features.push("writethrough"),
            8 => features.push("passthrough"),
            _ => {}
        }
        if self.dice.one_in(4) {
            features.push("metadata2");
        }
        if self.dice.one_in(8) {
            features.push("no_discard_passdown");
        }
        if self.dice.one_in(30) {
            features.push("writeback");
        }
        let policy = self.dice.pick(&["smq", "smq", "smq", "smq", "mq", "default", "cleaner"]);
        let mut table = format!("0 {length} cache {meta} /dev/fast /dev/slow {block} {} {}", features.len(), features.join(" "));
        table.truncate(table.trim_end().len());
        // Background work is frozen, so that what happens does not hang on when. The cleaner knows no such word.
        let arguments = if policy == "cleaner" { "0" } else { "2 migration_threshold 0" };
        let _ = write!(table, " {policy} {arguments}");
        if self.dice.one_in(25) {
            let words: Vec<&str> = table.split(' ').collect();
            let drop = usize::try_from(self.dice.below(words.len() as u64)).unwrap_or(0);
            table = words.iter().enumerate().filter(|(at, _)| *at != drop).map(|(_, w)| *w).collect::<Vec<_>>().join(" ");
        }
        table
    }
}

/// A whole script of lines.
pub(super) fn script(title: &str, lines: &[String]) -> String {
    format!("# {title}\n{HEADER}{}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_scenario_and_seeds_differ() {
        assert_eq!(Generator::lines(7), Generator::lines(7));
        assert_ne!(Generator::lines(7), Generator::lines(8));
    }
}
