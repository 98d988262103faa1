//! Seeded workloads: the same requests on every platform.

use super::ast::{Pattern, Workload};
use super::run::WorldRun;
use super::verbs::Undone;
use dm_cache_engine::device::DevNo;
use rand_chacha::rand_core::Rng;

/// A seeded coin for item `n` of stream `stream`: splitmix64's finalizer.
#[must_use]
pub fn coin(seed: u64, stream: u64, n: u64) -> bool {
    let mut z = seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ n.wrapping_mul(0xD1B5_4A32_D192_ED03);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) & 1 == 1
}

/// Cumulative weights of a zipf distribution in 2^-32 units, integers only so that every platform agrees.
fn zipf_table(len: u64, exponent: f64) -> Vec<u64> {
    let mut sum = 0u64;
    (1..=len.min(1 << 20))
        .map(|rank| {
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "weights are rounded to integers on purpose"
            )]
            let weight = (libm::pow(rank as f64, -exponent) * 4_294_967_296.0) as u64;
            sum += weight.max(1);
            sum
        })
        .collect()
}

/// Requests after which the events so far are counted.
const OPS_BETWEEN_LOOKS: u64 = 256;
/// Requests after which a run may pause.
const OPS_BETWEEN_PAUSES: u64 = 16;

/// A workload under way: what is drawn of a world and not of the script.
#[derive(Debug, Clone)]
pub(super) struct UnderWay {
    dev: DevNo,
    block: u64,
    len: u64,
    table: Vec<u64>,
    done: u64,
    failed: u32,
}

/// Looks the device up and draws nothing yet.
pub(super) fn begin(run: &mut WorldRun, load: &Workload) -> Result<UnderWay, Undone> {
    let dev = run.device(&load.device)?;
    let block = run.block_sectors(dev) * 512;
    let len = (load.blocks.end() - load.blocks.start()).saturating_add(1);
    let table = match load.pattern {
        Pattern::Zipf(s) => {
            let table = zipf_table(len, s);
            run.world.spend(table.len() as u64);
            run.world.hold(8 * table.len() as u64);
            table
        }
        _ => Vec::new(),
    };
    Ok(UnderWay { dev, block, len, table, done: 0, failed: 0 })
}

/// Makes requests while `go_on` says so, which is asked between some of them; none where there are more to come. The error says how
/// many requests failed.
pub(super) fn go_on(run: &mut WorldRun, load: &Workload, at: &mut UnderWay, go_on: &dyn Fn() -> bool) -> Option<Result<String, Undone>> {
    let UnderWay { dev, block, len, table, done, failed } = at;
    let begun = *done;
    while *done < u64::from(load.ops) {
        let n = *done;
        if n % OPS_BETWEEN_PAUSES == 0 && n > begun && !go_on() {
            return None;
        }
        if n % OPS_BETWEEN_LOOKS == 0 {
            run.collect();
            if let Some(limit) = run.exhausted() {
                return Some(Err(format!("stopped after {n} requests: {limit}").into()));
            }
        }
        let index = match load.pattern {
            Pattern::Sequential | Pattern::Scan => n % *len,
            Pattern::Random => run.rng.next_u64() % *len,
            Pattern::Zipf(_) => {
                let total = table.last().copied().unwrap_or(1);
                let at = run.rng.next_u64() % total;
                table.partition_point(|c| *c <= at) as u64
            }
        };
        let offset = load.blocks.start().saturating_add(index).saturating_mul(*block);
        let is_read = run.rng.next_u64() % 100 < u64::from(load.reads_percent);
        let result = if is_read {
            run.world.read(*dev, offset, 4096, true).map(|data| data.len() as u64)
        } else {
            let byte = u8::try_from(n % 251).unwrap_or(0) + 1;
            run.world.write(*dev, offset, &[byte; 4096], false)
        };
        // Fewer bytes: the device ends there.
        *failed += u32::from(!matches!(result, Ok(4096)));
        *done += 1;
    }
    Some(if *failed == 0 { Ok(String::new()) } else { Err(format!("{failed} of {} requests failed", load.ops).into()) })
}
