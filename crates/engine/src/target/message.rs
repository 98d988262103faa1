//! Messages and the settings they share with the table line: `docs/target-and-policies.md#messages`.

use super::args::{IoMode, kstrtoul, scan_number};
use super::cache::Cache;
use super::env::Env;
use super::mode::Mode;
use crate::errno::Errno;

/// What a range word says; both ends as the kernel's `%llu` would print them.
enum Range {
    Blocks { begin: u32, end: u64 },
    Unreadable { quoted: String },
}

impl Cache {
    /// `cache_message`. No message of this target has an answer.
    ///
    /// # Errors
    /// As Linux, with its log lines.
    pub fn message(&mut self, env: &mut dyn Env, words: &[&str]) -> Result<Option<String>, Errno> {
        let Some((first, rest)) = words.split_first() else { return Err(Errno::Inval) };
        if self.mode >= Mode::ReadOnly {
            self.log(env, "unable to service cache target messages in READ_ONLY or FAIL mode");
            return Err(Errno::OpNotSupp);
        }
        if first.eq_ignore_ascii_case("invalidate_cblocks") {
            self.invalidate_cblocks(env, rest)?;
        } else if let [value] = rest {
            self.set_config_value(env, first, value)?;
        } else {
            return Err(Errno::Inval);
        }
        Ok(None)
    }

    /// `set_config_values`: the policy arguments of the table line, in order.
    pub(super) fn set_config_values(&mut self, env: &mut dyn Env, words: &[String]) -> Result<(), Errno> {
        if !words.len().is_multiple_of(2) {
            env.host().klog("device-mapper: cache: Odd number of policy arguments given but they should be <key> <value> pairs.".into());
            return Err(Errno::Inval);
        }
        for pair in words.chunks_exact(2) {
            self.set_config_value(env, &pair[0], &pair[1])?;
        }
        Ok(())
    }

    fn set_config_value(&mut self, env: &mut dyn Env, key: &str, value: &str) -> Result<(), Errno> {
        let result = if key.eq_ignore_ascii_case("migration_threshold") {
            match kstrtoul(value) {
                Some(sectors) => {
                    self.migration_threshold_sectors = sectors;
                    Ok(())
                }
                None => Err(Errno::Inval),
            }
        } else {
            let (result, log) = match self.policy.set_config(key, value) {
                Ok(log) => (Ok(()), log),
                Err(refusal) => (Err(refusal.errno), refusal.log),
            };
            log.into_iter().for_each(|line| env.host().klog(line));
            result
        };
        if result.is_err() {
            env.host().klog(format!("device-mapper: cache: bad config value for {key}: {value}"));
        }
        result
    }

    fn invalidate_cblocks(&mut self, env: &mut dyn Env, ranges: &[&str]) -> Result<(), Errno> {
        if self.features.io_mode != IoMode::Passthrough {
            self.log(env, "cache has to be in passthrough mode for invalidation");
            return Err(Errno::Perm);
        }
        for word in ranges {
            let range = if env.host().kernel().cblock_ranges_are_strict() { parse_strictly(word) } else { parse_by_scanf(word) };
            let (begin, end) = match range {
                Range::Blocks { begin, end } => (begin, end),
                Range::Unreadable { quoted } => {
                    self.log(env, &format!("invalid cblock range '{quoted}'"));
                    return Err(Errno::Inval);
                }
            };
            let size = u64::from(self.cache_blocks);
            let complaint = if u64::from(begin) >= size {
                format!("begin cblock out of range: {begin} >= {size}")
            } else if end > size {
                format!("end cblock out of range: {end} > {size}")
            } else if u64::from(begin) >= end {
                format!("invalid cblock range: {begin} >= {end}")
            } else if !env.may_work(end - u64::from(begin)) {
                return Err(Errno::Intr);
            } else {
                for cblock in begin..u32::try_from(end).unwrap_or(u32::MAX) {
                    self.invalidate_cblock(env, cblock)?;
                }
                continue;
            };
            self.log(env, &complaint);
            return Err(Errno::Inval);
        }
        Ok(())
    }
}

/// Up to 6.12: `sscanf` into 64 bits, kept in 32; the end of a single block is one more, in 32 bits too.
#[allow(clippy::cast_possible_truncation, reason = "the kernel's to_cblock")]
fn parse_by_scanf(word: &str) -> Range {
    let unreadable = || Range::Unreadable { quoted: word.to_owned() };
    let Some((begin, rest)) = scan_number(word) else { return unreadable() };
    if rest.is_empty() {
        return Range::Blocks { begin: begin as u32, end: u64::from((begin as u32).wrapping_add(1)) };
    }
    match rest.strip_prefix('-').and_then(scan_number) {
        Some((end, "")) => Range::Blocks { begin: begin as u32, end: u64::from(end as u32) },
        _ => unreadable(),
    }
}

/// 7.3: each number must fit 32 bits; what could not be read is quoted.
fn parse_strictly(word: &str) -> Range {
    let number = |text: &str| {
        let value = kstrtoul(text).and_then(|n| u32::try_from(n).ok());
        value.ok_or_else(|| Range::Unreadable { quoted: text.to_owned() })
    };
    let range = || {
        Ok(match word.split_once('-') {
            None => {
                let begin = number(word)?;
                Range::Blocks { begin, end: u64::from(begin) + 1 }
            }
            Some((begin, end)) => Range::Blocks { begin: number(begin)?, end: number(end)?.into() },
        })
    };
    range().unwrap_or_else(|unreadable| unreadable)
}
