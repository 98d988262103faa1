//! The book: its figures run as they declare, what it names is there, and its page about the command line is the program's own.
#![allow(clippy::unwrap_used, reason = "tests")]

use dm_cache_lab::explore::{Class, Race, explore};
use dm_cache_lab::scenario::figure::{Figure, fences};
use std::fs;
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new("book/src").to_owned()
}

/// Every page but the table of contents, by its path below `book/src`.
fn pages() -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") && !path.ends_with("SUMMARY.md") {
                let name = path.strip_prefix(source()).unwrap().to_str().unwrap().to_owned();
                out.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    out.sort();
    out
}

/// What stands between single backticks, outside of code blocks.
fn quoted(page: &str) -> Vec<&str> {
    let (mut out, mut code) = (Vec::new(), false);
    for line in page.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if !code {
            out.extend(line.split('`').skip(1).step_by(2));
        }
    }
    out
}

#[test]
fn every_figure_goes_as_it_declares_and_begins_at_a_step_that_is_there() {
    let mut figures = 0;
    let mut wrong = Vec::new();
    for (name, page) in pages() {
        for fence in fences(&page) {
            figures += 1;
            let mut say = |text: String| wrong.push(format!("{name}:{}: {text}", fence.line));
            match Figure::parse(&fence.body) {
                Err(error) => say(error),
                Ok(figure) => {
                    let run = figure.run();
                    if !run.is_as_declared() {
                        say(run.story());
                    }
                    for world in &run.worlds {
                        if let Some(Err(error)) = figure.start_at.as_deref().map(|wanted| run.step_named(world, wanted)) {
                            say(error);
                        }
                    }
                    if figure.caption.is_empty() {
                        say("no caption".to_owned());
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(figures >= 25, "{figures} figures");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let contents = fs::read_to_string(source().join("SUMMARY.md")).unwrap();
    for (name, _) in pages() {
        assert!(contents.contains(&format!("({name})")), "{name}");
    }
}

#[test]
fn every_recording_script_and_scenario_that_the_book_names_is_there() {
    let recorded = |name: &str| {
        let kernels = ["5.10", "6.1", "6.12", "7.3"];
        kernels.iter().any(|kernel| Path::new("tests/recordings").join(kernel).join(name).is_dir())
    };
    let is_case =
        |word: &str| word.len() > 4 && word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('-') && !word.contains(' ');
    let mut seen = 0;
    for (name, page) in pages().into_iter().filter(|(name, _)| !name.starts_with("reference/")) {
        for word in quoted(&page) {
            if word.starts_with("tests/") {
                assert!(Path::new(word).exists(), "{name}: {word}");
                seen += 1;
            } else if is_case(word) {
                assert!(recorded(word), "{name}: no recording {word}");
                seen += 1;
            }
        }
        if let Some((_, sources)) = page.split_once("## How this is known") {
            let scenario = |word: &&str| word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            for word in quoted(sources).into_iter().filter(scenario) {
                assert!(dm_cache_lab::scenario::library::find(word).is_some(), "{name}: no scenario {word}");
                seen += 1;
            }
        } else {
            assert_eq!(name, "index.md", "says where it comes from");
        }
    }
    assert!(seen > 30, "{seen} names");
}

/// `UPDATE=1` writes the page anew.
#[test]
#[cfg(feature = "cli")]
fn the_page_about_the_command_line_is_what_the_program_says() {
    let path = source().join("reference/command-line.md");
    let wanted = dm_cache_lab::cli::reference();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), wanted, "UPDATE=1 cargo test --test it book:: writes it anew");
}

#[test]
fn the_page_about_races_counts_the_orders_as_they_are() {
    let page = fs::read_to_string(source().join("races.md")).unwrap();
    let races = [Race::OpenOpen, Race::CloseOpen].map(|race| explore(race, true));
    let row = |[opens, close]: [usize; 2]| format!("| {opens} | {close} |\n");
    let ends = Class::ALL.map(|class| row([races[0].count(class), races[1].count(class)]));
    let mut rest = page.as_str();
    for row in ends.into_iter().chain([row([races[0].orders.len(), races[1].orders.len()])]) {
        let after = rest.split_once(&row);
        assert!(after.is_some(), "{row}");
        rest = after.unwrap().1;
    }
}

/// The files that may link to a document: sources, and the documents themselves.
fn texts() -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut paths: Vec<PathBuf> =
        ["crates", "src", "tests", "xtask/src", "docs", "bench/src", "mdbook/src"].map(|folder| Path::new(".").join(folder)).into();
    paths.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|file| Path::new(".").join(file)));
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "rs" || e == "md") {
            let name = path.strip_prefix(".").unwrap().to_str().unwrap().to_owned();
            out.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    out
}

/// Whether `link`, `FILE#ANCHOR` as seen from `folder`, leads to a file, and to an anchor that stands in it.
fn leads_somewhere(folder: &Path, link: &str) -> bool {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let path = folder.join(file);
    let anchored = |anchor: &str| fs::read_to_string(&path).unwrap_or_default().contains(&format!("<a id=\"{anchor}\"></a>"));
    path.exists() && anchor.is_none_or(anchored)
}

#[test]
fn every_link_to_a_document_leads_to_its_heading() {
    let mut wrong = Vec::new();
    let mut cited = 0;
    for (name, text) in texts() {
        // In code: file and anchor between backticks.
        for link in quoted(&text).into_iter().filter(|word| word.starts_with("docs/") && word.contains(".md")) {
            cited += 1;
            if !leads_somewhere(Path::new("."), link) {
                wrong.push(format!("{name}: {link}"));
            }
        }
        if !name.ends_with(".md") || name.starts_with("tests/") {
            continue;
        }
        let folder = Path::new(".").join(&name).parent().unwrap().to_owned();
        for link in
            text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link).filter(|link| !link.contains("://"))
        {
            let own = Path::new(&name).file_name().unwrap().to_str().unwrap();
            let link = if link.starts_with('#') { format!("{own}{link}") } else { link.to_owned() };
            if !leads_somewhere(&folder, &link) {
                wrong.push(format!("{name}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cited > 15, "{cited} links from the code");
}

/// The files of ours that the documents name in a code span or a link are there.
#[test]
fn every_file_that_a_document_names_is_there() {
    for (name, text) in texts().into_iter().filter(|(name, _)| name.starts_with("docs/")) {
        for word in quoted(&text) {
            if ["src/", "tests/", "crates/"].iter().any(|folder| word.starts_with(folder)) {
                assert!(Path::new(".").join(word).exists(), "{name}: {word}");
            }
        }
    }
}
