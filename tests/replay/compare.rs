//! Where a replay differs from its recording, and whether that is known.

use super::guest::Run;
use super::recording::{Recording, sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

const PAGE: usize = 4096;

/// One line for each line that is missing (`-`), too many (`+`), or for an image that is not the same (`!`).
pub(crate) fn differences(recording: &Recording, run: &Run) -> Vec<String> {
    let mut out = lines(&recording.transcript, &run.transcript);
    let keep = std::env::var_os("REPLAY_KEEP").map(PathBuf::from);
    for (name, image) in &run.images {
        if let Some(folder) = &keep {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join(format!("{name}.img")), image).unwrap();
        }
        if let Some(text) = image_difference(recording, name, image) {
            out.push(format!("! image {name}: {text}"));
        }
    }
    out
}

fn image_difference(recording: &Recording, name: &str, image: &[u8]) -> Option<String> {
    if let Some(recorded) = recording.image(name) {
        let blocks: Vec<usize> = (0..image.len().max(recorded.len()).div_ceil(PAGE))
            .filter(|b| image.get(b * PAGE..(b + 1) * PAGE) != recorded.get(b * PAGE..(b + 1) * PAGE))
            .collect();
        return (!blocks.is_empty()).then(|| format!("blocks {blocks:?} differ"));
    }
    match recording.sum(name) {
        Some(sum) if sum == sha256(image) => None,
        Some(_) => Some("SHA-256 differs".to_owned()),
        None => Some("not recorded".to_owned()),
    }
}

/// The shortest edit script between the two texts.
fn lines(recorded: &[String], replayed: &[String]) -> Vec<String> {
    let head = recorded.iter().zip(replayed).take_while(|(a, b)| a == b).count();
    let (a, b) = (&recorded[head..], &replayed[head..]);
    // longest common subsequence, from the ends
    let mut common = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[i + 1][j] >= common[i][j + 1]) {
            out.push(format!("- {}", a[i]));
            i += 1;
        } else {
            out.push(format!("+ {}", b[j]));
            j += 1;
        }
    }
    out
}

/// Fails unless these are exactly the differences written down for the case.
pub(crate) fn hold(name: &str, differences: &[String]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/replay/known").join(format!("{name}.txt"));
    let known = fs::read_to_string(&path).unwrap_or_default();
    let (why, known): (Vec<&str>, Vec<&str>) = known.lines().partition(|l| l.starts_with('#'));
    let mut now = why.iter().map(|l| format!("{l}\n")).collect::<String>();
    for line in differences {
        writeln!(now, "{line}").unwrap();
    }
    if std::env::var_os("REPLAY_BLESS").is_some() {
        if differences.is_empty() {
            let _ = fs::remove_file(&path);
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &now).unwrap();
        }
        return;
    }
    let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
    let changed = lines(&known, differences);
    assert!(changed.is_empty(), "{name}: differences from the recording that are new (+) or gone (-):\n{}", changed.join("\n"));
}
