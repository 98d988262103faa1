//! A recorded case: its steps, its transcript, its images.

use dm_cache_engine::kernel::Kernel;
use sha2::Digest as _;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// How fast a guest was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// To start a program.
    pub(crate) program_us: u64,
    /// For a disk to do any request.
    pub(crate) disk_us: u64,
}

pub(crate) struct Recording {
    pub(crate) kernel: Kernel,
    pub(crate) steps: Vec<Vec<String>>,
    pub(crate) transcript: Vec<String>,
    pub(crate) pace: Pace,
    folder: PathBuf,
    fallback: PathBuf,
    sums: BTreeMap<String, String>,
    /// The same case on the same kernel, recorded again: what differs among the recordings hangs on timing.
    pub(crate) again: Vec<Again>,
}

/// What is kept of one more recording of a case.
pub(crate) struct Again {
    pub(crate) transcript: Vec<String>,
    /// SHA-256 by image name.
    pub(crate) sums: BTreeMap<String, String>,
}

/// SHA-256 of images by name, as `sha256sum` lists them.
fn sums(folder: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder.join("images.sha256")).unwrap_or_default();
    let lines = text.lines().filter_map(|l| l.split_once(char::is_whitespace));
    let name = |file: &str| file.trim().trim_end_matches(".gz").trim_end_matches(".img").to_owned();
    lines.map(|(sum, file)| (name(file), sum.to_owned())).collect()
}

impl Recording {
    pub(crate) fn open(kernel: &str, case: &str) -> Self {
        let root = PathBuf::from("tests/recordings");
        let (folder, fallback) = (root.join(kernel).join(case), root.join("6.1").join(case));
        let steps = fs::read_to_string(folder.join("steps.txt")).or_else(|_| fs::read_to_string(fallback.join("steps.txt"))).unwrap();
        let steps = steps.lines().map(|l| dm_cache_lab::shell::split(l).expect("a step is words")).collect();
        let sums_here = sums(&folder);
        let again = (1..).map(|n| folder.join(format!("again-{n}"))).take_while(|f| f.is_dir());
        let again = again.map(|f| Again { transcript: transcript(&f), sums: sums(&f) }).collect();
        let paces = fs::read_to_string(root.join("paces.txt")).unwrap();
        let pace = |case: &str| {
            paces.lines().find_map(|l| {
                Some(l.strip_prefix(&format!("{kernel} {case} "))?.split(' ').map(|n| n.parse().unwrap()).collect::<Vec<u64>>())
            })
        };
        let pace = pace(case).or_else(|| pace("*")).unwrap();
        let pace = Pace { program_us: pace[0], disk_us: pace[1] };
        let (kernel, transcript) = (Kernel::from_name(kernel).unwrap(), transcript(&folder));
        Self { kernel, steps, transcript, pace, folder, fallback, sums: sums_here, again }
    }

    /// The recorded image of that name, from this kernel or, where it is the same, from 6.1.
    pub(crate) fn image(&self, name: &str) -> Option<Vec<u8>> {
        let file = format!("{name}.img.gz");
        let own = fs::read(self.folder.join(&file)).ok();
        let (gz, own) = match own {
            Some(gz) => (gz, true),
            None => (fs::read(self.fallback.join(&file)).ok()?, self.folder == self.fallback),
        };
        let mut image = Vec::new();
        flate2::read::GzDecoder::new(gz.as_slice()).read_to_end(&mut image).unwrap();
        (own || self.sums.get(name).is_none_or(|sum| *sum == sha256(&image))).then_some(image)
    }

    /// What cache_check 0.9 said of each image, with its exit code.
    pub(crate) fn checks(&self) -> Vec<(String, String)> {
        let files = fs::read_dir(&self.folder).unwrap().map(|f| f.unwrap().path());
        let checks = files.filter(|f| f.extension().is_some_and(|e| e == "check"));
        let said = |text: String| text.split_inclusive('\n').skip(1).take_while(|l| !l.starts_with('$')).collect::<String>();
        checks.map(|f| (f.file_stem().unwrap().to_str().unwrap().to_owned(), said(fs::read_to_string(&f).unwrap()))).collect()
    }

    /// The recorded image's SHA-256.
    pub(crate) fn sum_of(&self, name: &str) -> Option<String> {
        self.sum(name).map(str::to_owned).or_else(|| self.image(name).map(|image| sha256(&image)))
    }

    /// The recorded image's SHA-256, where only that is known.
    pub(crate) fn sum(&self, name: &str) -> Option<&str> {
        self.sums.get(name).map(String::as_str)
    }
}

fn transcript(folder: &Path) -> Vec<String> {
    guest_lines(&fs::read_to_string(folder.join("transcript.txt")).unwrap())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// What the guests printed: without the recorder's own lines and without what the host did between boots. The one place where
/// recorded text is made comparable: of a kernel's warning stay its first and last line with process and trace number put to 1
/// and 0 (registers, addresses and the stack go), and what a clock source says of itself while the machine warms up goes.
fn guest_lines(transcript: &str) -> Vec<String> {
    let (mut host, mut warning) = (false, false);
    let mut lines = Vec::new();
    for line in transcript.lines() {
        if let Some(phase) = line.strip_prefix("=== phase ") {
            host = phase.ends_with(": host");
        } else if host || line.starts_with("=== ") || line.starts_with("*** ") {
        } else if let Some(place) = line.strip_prefix("dmesg| WARNING: CPU: 0 PID: ").and_then(|l| l.split_once(' ')) {
            lines.push(format!("dmesg| WARNING: CPU: 0 PID: 1 {}", place.1));
            warning = true;
        } else if line.starts_with("dmesg| ---[ end trace ") {
            lines.push("dmesg| ---[ end trace 0000000000000000 ]---".to_owned());
            warning = false;
        } else if !warning && !["dmesg| tsc: ", "dmesg| clocksource: "].iter().any(|head| line.starts_with(head)) {
            lines.push(line.to_owned());
        }
    }
    lines
}
