#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 31. The metadata device fails under two devices that share one metadata object, and under one with a second table loaded: whose mode changes, what
# an abort takes from the other, what each may still do, and who is let in again. Writes that fail, all but the superblock's, writes that vanish.
T="0 262144 cache /dev/mapper/md $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0"
LIN="0 8192 linear $META 0"
swap() { echo "+ metadata device -> $1"; dmsetup load md --table "$1"; dmsetup suspend --noflush --nolockfs md; dmsetup resume md; kmsg; }
both() { stat1 c; stat1 d; }
begin() { zero $META 64; r dmsetup create c --table "$T"; w c 0 4 101; stfl c; r dmsetup create d --table "$T"; w d 20 2 102; both; }
r dmsetup create md --table "$LIN"
sec "A: writes fail, the first commits"
begin
swap "0 8192 flakey $META 0 0 3600 1 error_writes"
w c 10 2 103; both; stfl c; both; snap A-1-failed
w d 30 1 104; w d 20 1 105; peek d 20 2; both; stfl d; both
w c 40 1 106; w c 0 1 107; peek c 0 4; both
r dmsetup message d 0 migration_threshold 100
r dmsetup create e --notable; r dmsetup load e --table "$T"; r dmsetup remove e
swap "$LIN"
stfl d; stfl c; r dmsetup suspend d; rt 15 dmsetup resume d; both
r dmsetup reload c --table "$T"; r dmsetup remove c; stat1 d; r dmsetup reload d --table "$T"
r dmsetup remove d; snap A-2-removed
r dmsetup create c --table "$T"; stat1 c; r dmsetup remove c; snap A-3-again
sec "B: all but the superblock fails, the second commits while both have changed"
begin
w c 10 1 103
printf '%s\n' "0 8 linear $META 0
8 8184 flakey $META 8 0 3600 1 error_writes" > /tmp/fl
echo "+ metadata device -> superblock linear, the rest flakey error_writes"
dmsetup load md /tmp/fl; dmsetup suspend --noflush --nolockfs md; dmsetup resume md; kmsg
w d 30 1 104; stfl d; both; snap B-1-failed
w c 11 1 105; stfl c; both; w c 0 1 106; peek c 0 4
swap "$LIN"
r dmsetup suspend c; rt 15 dmsetup resume c; both
r dmsetup remove d; stat1 c; r dmsetup remove c; snap B-2-removed
r dmsetup create c --table "$T"
sec "C: a second table is loaded, then writes fail, then the swap"
zero $META 64; r dmsetup create c --table "$T"; w c 0 4 101; stfl c; r dmsetup reload c --table "$T"
swap "0 8192 flakey $META 0 0 3600 1 error_writes"
w c 10 2 103; r dmsetup suspend c; st c
swap "$LIN"
rt 15 dmsetup resume c; st c; snap C-1-swapped
r dmsetup reload c --table "$T"; rt 15 dmsetup resume c; st c; r dmsetup remove c; snap C-2-removed
sec "D: writes vanish, and the device comes back"
zero $META 64; r dmsetup create c --table "$T"; w c 0 4 101; stfl c
swap "0 8192 flakey $META 0 0 3600 1 drop_writes"
w c 10 2 103; stfl c; snap D-1-dropped
swap "$LIN"
w c 12 1 104; stfl c; snap D-2-back
r dmsetup reload c --table "$T"; r dmsetup resume c; st c; peek c 0 4; peek c 10 3; r dmsetup remove c; snap D-3-removed
r dmsetup create c --table "$T"; st c; r dmsetup remove c
sec "E: everything fails under an idle pair, then one is removed"
begin
swap "0 8192 error"
r dmsetup remove c; stat1 d; r dmsetup status d; stat1 d
swap "$LIN"
r dmsetup suspend d; rt 15 dmsetup resume d; st d; r dmsetup remove d; snap E-1-removed
r dmsetup create c --table "$T"; st c; r dmsetup remove c
