//! The guest's side of a recording: its library's words over the simulated machine.

use super::recording::Recording;
use dm_cache_engine::device::DevNo;
use dm_cache_engine::world::World;
use dm_cache_lab::shell::{self, Output};

const BLOCK: u64 = 65536;
const MS: u64 = 1_000_000;
/// What a law changes in a recorded case before it runs.
#[derive(Clone)]
pub(crate) struct Variation {
    /// Whether tables share metadata objects.
    pub(crate) sharing: bool,
    /// Words replaced in every step.
    pub(crate) replace: Vec<(String, String)>,
    /// Steps (by number, from 0) that are left out.
    pub(crate) skip: Vec<usize>,
    /// Stops before this step.
    pub(crate) end: usize,
}

impl Default for Variation {
    fn default() -> Self {
        Self { sharing: true, replace: Vec::new(), skip: Vec::new(), end: usize::MAX }
    }
}

/// What came of it.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) transcript: Vec<String>,
    pub(crate) images: Vec<(String, Vec<u8>)>,
}

pub(crate) struct Guest<'r> {
    recording: &'r Recording,
    world: World,
    text: String,
    quiet: bool,
    snap_offset: u64,
    booted: bool,
    /// A command does not come back: the guest stands still until it is killed.
    stuck: bool,
    images: Vec<(String, Vec<u8>)>,
}

impl<'r> Guest<'r> {
    pub(crate) fn run(recording: &'r Recording, variation: &Variation) -> Run {
        let mut world = World::new(recording.kernel, variation.sharing);
        world.set_disk_time(recording.pace.disk_us * 1000, 2000);
        let mut guest =
            Self { recording, world, text: String::new(), quiet: false, snap_offset: 0, booted: false, stuck: false, images: Vec::new() };
        for (number, step) in recording.steps.iter().enumerate().take(variation.end) {
            if variation.skip.contains(&number) {
                continue;
            }
            let step: Vec<String> =
                step.iter().map(|w| variation.replace.iter().fold(w.clone(), |w, (from, to)| w.replace(from, to))).collect();
            let words: Vec<&str> = step.iter().map(String::as_str).collect();
            guest.step(&words);
        }
        Run { world: guest.world, transcript: guest.text.lines().map(str::to_owned).collect(), images: guest.images }
    }

    fn step(&mut self, words: &[&str]) {
        if self.stuck && !matches!(words.first(), Some(&"boot" | &"kill" | &"host")) {
            return;
        }
        let arg = |i: usize| words.get(i).copied().unwrap_or_default();
        let number = |i: usize, or: u64| words.get(i).map_or(or, |w| w.parse().unwrap());
        match arg(0) {
            "disk" => {
                let sectors = match arg(2).split_at(arg(2).len() - 1) {
                    (n, "K") => n.parse::<u64>().unwrap() * 2,
                    (n, "M") => n.parse::<u64>().unwrap() * 2048,
                    (n, "G") => n.parse::<u64>().unwrap() * 2_097_152,
                    _ => panic!("size {}", arg(2)),
                };
                self.world.add_disk(arg(1), sectors);
            }
            "boot" | "kill" | "host" => self.reboot(),
            "hostsnap" => self.keep(arg(1), &format!("/dev/d/{}", arg(2))),
            "hostput" => self.host_put(arg(1), number(2, 0), arg(3)),
            "quiet" => {
                self.quiet = true;
                self.step(&words[1..]);
                self.quiet = false;
            }
            "bare" => {
                let out = self.sh(&words[1..]);
                self.say(&out.both);
            }
            "r" => {
                self.say(&format!("${}\n", echoed(&words[1..])));
                let out = self.sh(&words[1..]);
                self.ended(&out);
            }
            "rsh" => {
                self.say(&format!("$ {}\n", arg(1)));
                let out = self.line(arg(1));
                self.ended(&out);
            }
            "rt" => self.with_limit(number(1, 0), &words[2..]),
            "note" => self.say(&format!("# {}\n", words[1..].join(" "))),
            "sec" => self.say(&format!("\n######## {}\n", words[1..].join(" "))),
            "print" => self.say(&format!("{}\n", arg(1))),
            "printn" => self.say(arg(1)),
            "kmsg" => self.kmsg(),
            "sleep" | "settle" if arg(0) == "sleep" => {
                self.sh(words);
            }
            "settle" => self.settle(if arg(1).is_empty() { "c" } else { arg(1) }),
            "st" => self.state(arg(1)),
            "stat1" => self.status("status: ", "--noflush ", arg(1)),
            "stfl" => self.status("status (flush/commit): ", "", arg(1)),
            "w" => self.write(arg(1), number(2, 0), number(3, 1), if arg(4).is_empty() { "101" } else { arg(4) }),
            "rd" => self.read(arg(1), arg(2), arg(3), number(4, 1)),
            "peek" if self.suspended(arg(1)) => {}
            "peek" => self.peek(arg(1), &format!("/dev/mapper/{}", arg(1)), number(2, 0), number(3, 1)),
            "peekraw" => self.peek(arg(1), arg(1), number(2, 0), number(3, 1)),
            "snap" => self.snap(arg(1), arg(2)),
            "zero" => {
                let rc =
                    self.line(&format!("dd if=/dev/zero of={} bs=64k count={} oflag=direct conv=notrunc status=none", arg(1), arg(2))).rc;
                self.say(&format!("+ zero first {} KiB of {} [rc={rc}]\n", number(2, 0) * 64, arg(1)));
            }
            "hold" => self.holders(),
            other => panic!("unknown step {other}"),
        }
    }

    /// The time to start that many programs.
    fn spend(&mut self, programs: u64) {
        self.world.advance(programs * self.recording.pace.program_us * 1000);
    }

    fn say(&mut self, text: &str) {
        if !self.quiet {
            self.text.push_str(text);
        }
    }

    fn line(&mut self, line: &str) -> Output {
        self.spend(1);
        shell::type_in(&mut self.world, line)
    }

    fn sh(&mut self, words: &[&str]) -> Output {
        self.line(&typed(words))
    }

    fn ended(&mut self, out: &Output) {
        if out.hang.is_some() {
            self.stuck = true;
            return;
        }
        self.spend(1);
        self.say(&out.both);
        self.say(&format!("[rc={}]\n", out.rc));
        self.kmsg();
    }

    fn kmsg(&mut self) {
        self.spend(1);
        for line in self.world.take_klog() {
            self.say(&format!("dmesg| {line}\n"));
        }
        self.spend(2);
    }

    fn with_limit(&mut self, seconds: u64, words: &[&str]) {
        self.say(&format!("${}    (limit {seconds}s)\n", echoed(words)));
        self.spend(1);
        let out = shell::type_in(&mut self.world, &typed(words));
        self.world.advance(if out.hang.is_some() { seconds * 1000 } else { 100 } * MS);
        self.say(&out.both);
        self.say(&if out.hang.is_some() { format!("[still blocked after {seconds}s]\n") } else { format!("[rc={}]\n", out.rc) });
        self.kmsg();
    }

    fn status(&mut self, head: &str, flags: &str, dev: &str) {
        let out = self.line(&format!("dmsetup status {flags}{}", if dev.is_empty() { "c" } else { dev }));
        self.say(head);
        self.say(&out.both);
        self.kmsg();
    }

    fn state(&mut self, dev: &str) {
        self.say(&format!("--- state of {dev}\n"));
        for (head, command) in [("status: ", "status --noflush"), ("table : ", "table"), ("table --inactive: ", "table --inactive")] {
            let out = self.line(&format!("dmsetup {command} {dev}"));
            self.say(head);
            self.say(&out.both);
        }
        self.say("\n");
        let out = self.line(&format!("dmsetup info {dev}"));
        for line in out.both.lines().filter(|l| !l.is_empty()) {
            self.say(&format!("info  : {line}\n"));
        }
        self.kmsg();
    }

    fn settle(&mut self, dev: &str) {
        let mut before = String::new();
        for _ in 0..60 {
            let now = self.line(&format!("dmsetup status --noflush {dev}")).both;
            if now == before {
                break;
            }
            before = now;
            self.spend(1);
            self.world.advance(700 * MS);
        }
    }

    fn suspended(&mut self, dev: &str) -> bool {
        let yes = self.line(&format!("dmsetup info -c --noheadings -o suspended {dev}")).stdout == "Suspended\n";
        if yes {
            self.say(&format!("(no I/O: {dev} is suspended)\n"));
        }
        yes
    }

    fn write(&mut self, dev: &str, block: u64, count: u64, octal: &str) {
        if self.suspended(dev) {
            return;
        }
        self.say(&format!("+ write {dev} block={block} count={count} bs=64k byte=0{octal}\n"));
        let out = self.line(&format!(
            r"tr '\000' '\{octal}' < /dev/zero | dd of=/dev/mapper/{dev} bs=64k seek={block} count={count} iflag=fullblock oflag=direct conv=notrunc status=none"
        ));
        self.ended(&out);
    }

    fn read(&mut self, dev: &str, block: &str, count: &str, times: u64) {
        if self.suspended(dev) {
            return;
        }
        for _ in 0..times {
            let out =
                self.line(&format!("dd if=/dev/mapper/{dev} of=/dev/null bs=64k skip={block} count={count} iflag=direct status=none"));
            self.say(&out.both);
            if out.rc != 0 {
                self.say("read failed\n");
            }
        }
        self.say(&format!("+ read {dev} block={block} count={count} bs=64k times={times}\n"));
        self.kmsg();
    }

    fn peek(&mut self, shown: &str, path: &str, block: u64, count: u64) {
        let mut seen = String::new();
        for b in block..block + count {
            self.spend(3);
            self.world.set_comm("dd");
            let data =
                self.world.lookup_dev(path).ok().and_then(|dev| self.world.read(dev, b * BLOCK, BLOCK, true).ok()).unwrap_or_default();
            seen.push(' ');
            seen.push_str(&data.first().map(|b| format!("{b:02x}")).unwrap_or_default());
        }
        self.say(&format!("peek {shown} blocks {block}..{}:{seen}\n", block + count - 1));
        self.kmsg();
    }

    fn device(&self, path: &str) -> DevNo {
        self.world.lookup_dev(path).expect("a device of the case")
    }

    fn keep(&mut self, name: &str, path: &str) {
        let image = self.world.image(self.device(path)).expect("an image");
        self.images.push((name.to_owned(), image));
    }

    fn snap(&mut self, name: &str, path: &str) {
        self.line(&format!("blockdev --flushbufs {path}"));
        self.spend(2);
        self.keep(name, path);
        let bytes = self.world.sectors(self.device(path)) * 512;
        self.say(&format!("@SNAP {name} {} {bytes}\n", self.snap_offset));
        self.snap_offset += bytes.div_ceil(BLOCK);
    }

    fn holders(&mut self) {
        let names = self.line("ls /sys/block/vda/holders").stdout.replace('\n', " ");
        self.say(&format!("holders of the metadata device: {names}\n"));
        let tree = self.line("dmsetup ls --tree").both;
        self.say(&tree);
    }

    /// The guest is gone, its disks keep every write the host has taken.
    fn reboot(&mut self) {
        if self.booted {
            self.world.power_cut(&|_, _| true);
            self.world.take_klog();
        }
        (self.booted, self.stuck) = (true, false);
        self.snap_offset = 0;
    }

    fn host_put(&mut self, disk: &str, mib: u64, name: &str) {
        let image = self.recording.image(name).expect("a recorded image");
        let dev = self.device(&format!("/dev/d/{disk}"));
        self.world.write(dev, mib << 20, &image, true).expect("a write to a disk");
    }
}

/// A command line as the guest's library echoes it.
fn echoed(words: &[&str]) -> String {
    let quoted = |w: &&str| match *w {
        "" => " ''".to_owned(),
        w if w.contains([' ', ';', '&', '|', '<', '>', '*', '$', '"', '\'', '(', ')']) => format!(" '{w}'"),
        w => format!(" {w}"),
    };
    words.iter().map(quoted).collect()
}

/// The line that runs these words. There is one shell here: a line that was given to another one is typed at it.
fn typed(words: &[&str]) -> String {
    match words {
        ["sh", "-c", line] => (*line).to_owned(),
        _ => words.iter().map(|w| shell::quote(w)).collect::<Vec<_>>().join(" "),
    }
}
