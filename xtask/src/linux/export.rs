//! What `dmlab export --sh` makes of a scenario.

use std::fmt::Write as _;

/// A disk of the exported script: the variable that names it, its bytes, its name in the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disk {
    pub(super) variable: String,
    pub(super) bytes: u64,
    pub(super) path: String,
}

/// A script for a real machine.
#[derive(Clone)]
pub(super) struct Exported {
    pub(super) text: String,
    pub(super) disks: Vec<Disk>,
    /// The mapped devices that it makes and, at its end, removes; the last one first.
    made: Vec<String>,
}

impl Exported {
    pub(super) fn new(text: String) -> Self {
        let disk = |line: &str| {
            let (disk, path) = line.strip_prefix("disk ")?.split_once(" # /dev/")?;
            let (variable, bytes) = disk.split_once(' ')?;
            Some(Disk { variable: variable.to_owned(), bytes: bytes.parse().ok()?, path: path.to_owned() })
        };
        let disks = text.lines().filter_map(disk).collect();
        let made = text.lines().find_map(|line| line.strip_prefix("MADE=\"")?.strip_suffix('"')).unwrap_or_default();
        let made = made.split_whitespace().map(str::to_owned).collect();
        Self { text, disks, made }
    }

    /// The scenario with what the exported script does at its end: it removes its devices, which writes the clean mark.
    pub(super) fn removed(&self, source: &str) -> String {
        let mut text = format!("{}\n", source.trim_end());
        for name in &self.made {
            let _ = writeln!(text, "$ dmsetup remove {name}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_and_devices_of_an_exported_script_are_found() {
        let script = Exported::new("MADE=\"c lin\"\nset -u\ndisk META 4194304 # /dev/meta\ndisk DISK_VDA 512 # /dev/vda\n".to_owned());
        let told: Vec<_> = script.disks.iter().map(|d| (d.variable.as_str(), d.bytes, d.path.as_str())).collect();
        assert_eq!(told, [("META", 4_194_304, "meta"), ("DISK_VDA", 512, "vda")]);
        assert_eq!(script.removed("# Title\n\n"), "# Title\n$ dmsetup remove c\n$ dmsetup remove lin\n");
    }
}
