//! Replays what was recorded on real kernels: every line printed and every metadata image must come out the same.
//!
//! A difference is set aside only where two recordings of the same case on the same kernel differ (`again-N` beside the first); it is
//! written down in `tests/replay/known/KERNEL-CASE.txt`, and a case fails when its differences are not exactly those, so a cure shows as well as a new fault. `REPLAY_BLESS=1` rewrites them, `REPLAY_KEEP=FOLDER` keeps
//! the replayed images.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod compare;
pub(crate) mod guest;
mod laws;
pub(crate) mod recording;

use recording::Recording;

/// Replays one case and holds its differences to the known ones.
fn replay(kernel: &str, case: &str) {
    let recording = Recording::open(kernel, case);
    let run = guest::Guest::run(&recording, &guest::Variation::default());
    let differences = compare::differences(&recording, &run);
    let name = format!("{kernel}-{case}");
    compare::hold_what_is_settled(&name, &recording, &run);
    compare::hold(&name, &differences);
}

/// Looks for a pace at which the cases in `REPLAY_SEARCH` (`KERNEL/CASE …`) replay without a difference, in what is settled first,
/// from the measured one outwards; prints the best. For `tests/recordings/paces.txt`.
#[test]
#[ignore = "a tool: cargo test --test it replay::search -- --ignored --nocapture"]
fn search_for_a_pace() {
    for name in std::env::var("REPLAY_SEARCH").unwrap_or_default().split_whitespace() {
        let (kernel, case) = name.split_once('/').unwrap();
        let mut recording = Recording::open(kernel, case);
        let middle = recording.pace.program_us;
        let mut best = ((usize::MAX, usize::MAX), recording.pace);
        let away = (0..100).flat_map(|step| [middle + step * 333, middle.saturating_sub(step * 333)]);
        let paces =
            [60, 120, 250, 500, 1000, 2000].into_iter().flat_map(|disk_us| away.clone().map(move |program_us| (program_us, disk_us)));
        for (program_us, disk_us) in paces.filter(|(program_us, _)| *program_us >= 3000) {
            recording.pace = recording::Pace { program_us, disk_us };
            let run = guest::Guest::run(&recording, &guest::Variation::default());
            let differences = (compare::settled(&recording, &run).len(), compare::differences(&recording, &run).len());
            if differences < best.0 {
                best = (differences, recording.pace);
            }
            if differences.0 == 0 {
                break;
            }
        }
        let (settled, all) = best.0;
        println!("{kernel} {case} {} {} ({all} differences, {settled} of them settled)", best.1.program_us, best.1.disk_us);
    }
}

macro_rules! cases {
    ($($kernel:literal { $($name:ident $case:literal)* })*) => {
        $($(#[test] fn $name() { replay($kernel, $case); })*)*
    };
}

cases! {
    "6.1" {
        linux_6_1_01_create "01-create"
        linux_6_1_02_writeback "02-writeback"
        linux_6_1_03_seed_reload "03-seed-reload"
        linux_6_1_03b_two_devices "03b-two-devices"
        linux_6_1_03c_seed_frozen "03c-seed-frozen"
        linux_6_1_03d_seed_more "03d-seed-more"
        linux_6_1_03e_alias_frozen "03e-alias-frozen"
        linux_6_1_03f_three_objects "03f-three-objects"
        linux_6_1_04_features_args "04-features-args"
        linux_6_1_04b_passthrough "04b-passthrough"
        linux_6_1_05_crash "05-crash"
        linux_6_1_06_corrupt "06-corrupt"
        linux_6_1_06b_needs_check "06b-needs-check"
        linux_6_1_07_discard "07-discard"
        linux_6_1_08_resize "08-resize"
        linux_6_1_09_reresume "09-reresume"
        linux_6_1_10_windows "10-windows"
        linux_6_1_11_mixed "11-mixed"
        linux_6_1_12_reloads "12-reloads"
        linux_6_1_13_double_alias "13-double-alias"
        linux_6_1_14_discard_reload "14-discard-reload"
        linux_6_1_15_policy_switches "15-policy-switches"
        linux_6_1_16_depth_two "16-depth-two"
        linux_6_1_17_full_demotions "17-full-demotions"
        linux_6_1_18_resize_steps "18-resize-steps"
        linux_6_1_19_version_mix "19-version-mix"
        linux_6_1_20_preload_smaller_origin "20-preload-smaller-origin"
        linux_6_1_21_second_resume "21-second-resume"
        linux_6_1_22_dirty_bitset_shrink "22-dirty-bitset-shrink"
        linux_6_1_23_passthrough_preload "23-passthrough-preload"
        linux_6_1_24_odd_block_size "24-odd-block-size"
        linux_6_1_25_mode_switches "25-mode-switches"
        linux_6_1_26_hand_over "26-hand-over"
        linux_6_1_27_origin_tail "27-origin-tail"
        linux_6_1_28_grown_cache "28-grown-cache"
        linux_6_1_29_several_targets "29-several-targets"
        linux_6_1_30_busy_devices "30-busy-devices"
        linux_6_1_31_shared_failure "31-shared-failure"
        linux_6_1_32_tool "32-tool"
        linux_6_1_33_names "33-names"
        linux_6_1_34_cycle "34-cycle"
        linux_6_1_35_read_ahead "35-read-ahead"
        linux_6_1_36_block_headers "36-block-headers"
        linux_6_1_37_metadata_tools "37-metadata-tools"
    }
    "7.3" {
        linux_7_3_01_create "01-create"
        linux_7_3_02_writeback "02-writeback"
        linux_7_3_03_seed_reload "03-seed-reload"
        linux_7_3_03b_two_devices "03b-two-devices"
        linux_7_3_03c_seed_frozen "03c-seed-frozen"
        linux_7_3_03d_seed_more "03d-seed-more"
        linux_7_3_03e_alias_frozen "03e-alias-frozen"
        linux_7_3_03f_three_objects "03f-three-objects"
        linux_7_3_04_features_args "04-features-args"
        linux_7_3_04b_passthrough "04b-passthrough"
        linux_7_3_05_crash "05-crash"
        linux_7_3_06_corrupt "06-corrupt"
        linux_7_3_06b_needs_check "06b-needs-check"
        linux_7_3_07_discard "07-discard"
        linux_7_3_08_resize "08-resize"
        linux_7_3_09_reresume "09-reresume"
        linux_7_3_10_windows "10-windows"
        linux_7_3_24_odd_block_size "24-odd-block-size"
        linux_7_3_25_mode_switches "25-mode-switches"
        linux_7_3_28_grown_cache "28-grown-cache"
        linux_7_3_34_cycle "34-cycle"
        linux_7_3_35_read_ahead "35-read-ahead"
        linux_7_3_36_block_headers "36-block-headers"
    }
    "6.12" {
        linux_6_12_01_create "01-create"
        linux_6_12_02_writeback "02-writeback"
        linux_6_12_03_seed_reload "03-seed-reload"
        linux_6_12_03b_two_devices "03b-two-devices"
        linux_6_12_03c_seed_frozen "03c-seed-frozen"
        linux_6_12_03d_seed_more "03d-seed-more"
        linux_6_12_03e_alias_frozen "03e-alias-frozen"
        linux_6_12_04_features_args "04-features-args"
        linux_6_12_04b_passthrough "04b-passthrough"
        linux_6_12_05_crash "05-crash"
        linux_6_12_06_corrupt "06-corrupt"
        linux_6_12_06b_needs_check "06b-needs-check"
        linux_6_12_07_discard "07-discard"
        linux_6_12_08_resize "08-resize"
        linux_6_12_09_reresume "09-reresume"
        linux_6_12_34_cycle "34-cycle"
        linux_6_12_35_read_ahead "35-read-ahead"
        linux_6_12_36_block_headers "36-block-headers"
    }
    "5.10" {
        linux_5_10_01_create "01-create"
        linux_5_10_02_writeback "02-writeback"
        linux_5_10_03_seed_reload "03-seed-reload"
        linux_5_10_03b_two_devices "03b-two-devices"
        linux_5_10_03c_seed_frozen "03c-seed-frozen"
        linux_5_10_03d_seed_more "03d-seed-more"
        linux_5_10_03e_alias_frozen "03e-alias-frozen"
        linux_5_10_04_features_args "04-features-args"
        linux_5_10_04b_passthrough "04b-passthrough"
    }
}
