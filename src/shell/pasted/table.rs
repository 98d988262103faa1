//! The line of `dmsetup table`.

use super::{Told, Words, percent, size};

pub(super) fn tell(told: &mut Told, words: &mut Words<'_>) {
    // Whatever is not there ends the line.
    let _ = fields(told, words);
}

fn fields(told: &mut Told, words: &mut Words<'_>) -> Option<()> {
    for role in ["metadata device", "cache device", "origin device"] {
        let device = words.next()?;
        told.field(device.to_owned(), "", role.to_owned());
    }
    let chunk = words.number()?;
    told.field(chunk.to_string(), "sectors", format!("chunk (cache block): {}", size(chunk)));
    let features = words.counted()?;
    told.features(features);
    let policy = words.next()?;
    let settings = words.counted()?;
    // The target takes its own settings out of those of the policy.
    let is_core = |pair: &[&str]| pair.first() == Some(&"migration_threshold");
    let (core, own): (Vec<&[&str]>, Vec<&[&str]>) = settings.chunks(2).partition(|pair| is_core(pair));
    told.policy(policy, &own.concat());
    told.settings(&core.concat(), Some(chunk), Some(policy));
    Some(())
}

impl Told {
    pub(super) fn features(&mut self, words: &[&str]) {
        let mut means = Vec::new();
        for word in words {
            // Linux takes them in any case.
            match word.to_ascii_lowercase().as_str() {
                "writeback" => means.push("writes end in the cache"),
                "writethrough" => means.push("writes end when cache and origin have them"),
                "passthrough" => means.push("reads and writes go past the cache"),
                "metadata2" => means.push("format 2: dirty bits apart"),
                "no_discard_passdown" => means.push("discards are not passed to the origin"),
                _ => self.passed_over.push((*word).to_owned()),
            }
        }
        let value = [vec![words.len().to_string()], words.iter().map(|w| (*w).to_owned()).collect()].concat().join(" ");
        self.field(value, "", format!("features: {}", if means.is_empty() { "none".to_owned() } else { means.join("; ") }));
        if words.iter().any(|word| word.eq_ignore_ascii_case("passthrough")) {
            self.remark_on_passthrough();
        }
    }

    pub(super) fn policy(&mut self, name: &str, settings: &[&str]) {
        let means = match name {
            "smq" | "mq" | "default" => "policy: promotes what is hot, writes back when idle",
            "cleaner" => "policy: promotes nothing, writes everything back",
            _ => "policy, not one of Linux's own",
        };
        let value =
            [vec![name.to_owned(), settings.len().to_string()], settings.iter().map(|w| (*w).to_owned()).collect()].concat().join(" ");
        self.field(value, "", means.to_owned());
    }

    pub(super) fn remark_on_room(&mut self, used: u64, total: u64) {
        // Linux warns of nothing before there is no room: nine tenths leave time to act.
        if total > 0 && u128::from(used) * 10 >= u128::from(total) * 9 {
            self.remark(super::Remark {
                title: "Metadata nearly full",
                unusual: format!("{} of the metadata device is in use. A commit needs room for copies; without room the transaction is aborted and the metadata becomes read-only.", percent(used, total)),
                data: "Nothing is lost yet. What changes after the last commit that worked is not recorded.".to_owned(),
                see: Some("copy-on-write"),
            });
        }
    }
}
