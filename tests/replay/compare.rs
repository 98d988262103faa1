//! Where a replay differs from its recording, and whether that is known.

use super::guest::Run;
use super::recording::{Recording, sha256};
use std::collections::BTreeSet;
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

/// One line of difference between two texts.
enum Edit {
    /// The line of the first text with this number is not in the second.
    Gone(usize),
    /// Before the line of the first text with this number the second has another: its line with that number.
    Came(usize, usize),
}

fn lines(recorded: &[String], replayed: &[String]) -> Vec<String> {
    let text = |edit| match edit {
        Edit::Gone(i) => format!("- {}", recorded[i]),
        Edit::Came(_, j) => format!("+ {}", replayed[j]),
    };
    edits(recorded, replayed).into_iter().map(text).collect()
}

/// The shortest edit script between the two texts.
fn edits(recorded: &[String], replayed: &[String]) -> Vec<Edit> {
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
            out.push(Edit::Gone(head + i));
            i += 1;
        } else {
            out.push(Edit::Came(head + i, head + j));
            j += 1;
        }
    }
    out
}

/// Fails where the replay differs from the recording in something that all recordings of the case agree on.
pub(crate) fn hold_what_is_settled(name: &str, recording: &Recording, run: &Run) {
    let settled = settled(recording, run);
    assert!(settled.is_empty(), "{name}: every recording agrees here, and the replay does not:\n{}", settled.join("\n"));
}

/// The differences in what all recordings of the case agree on. Those left out hang on when background work ran: the same kernel,
/// asked again, answered otherwise.
pub(crate) fn settled(recording: &Recording, run: &Run) -> Vec<String> {
    let (mut lines, mut places, mut images) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for again in &recording.again {
        for edit in edits(&recording.transcript, &again.transcript) {
            match edit {
                Edit::Gone(i) => lines.insert(i),
                Edit::Came(i, _) => places.insert(i),
            };
        }
        images.extend(again.sums.iter().filter(|(name, sum)| recording.sum_of(name).is_some_and(|own| own != **sum)).map(|(name, _)| name));
    }
    let replayed = edits(&recording.transcript, &run.transcript);
    let gone: BTreeSet<usize> = replayed.iter().filter_map(|e| if let Edit::Gone(i) = e { Some(*i) } else { None }).collect();
    // A line that came stands for the unsettled lines that went just before or after it.
    let stands_for = |i: usize| {
        let before = (0..i).rev().take_while(|i| gone.contains(i));
        let after = (i..).take_while(|i| gone.contains(i));
        before.chain(after).any(|i| lines.contains(&i))
    };
    let mut settled: Vec<String> = Vec::new();
    for edit in replayed {
        match edit {
            Edit::Gone(i) if !lines.contains(&i) => settled.push(format!("- {}", recording.transcript[i])),
            Edit::Came(i, j) if !places.contains(&i) && !stands_for(i) => settled.push(format!("+ {}", run.transcript[j])),
            _ => {}
        }
    }
    let different = run.images.iter().filter(|(name, image)| image_difference(recording, name, image).is_some());
    settled.extend(different.filter(|(name, _)| !images.contains(name)).map(|(name, _)| format!("! image {name}")));
    settled
}

/// Fails unless these are exactly the differences written down for the case.
pub(crate) fn hold(name: &str, differences: &[String]) {
    let path = PathBuf::from("tests/replay/known").join(format!("{name}.txt"));
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
