#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 23. A passthrough table loaded while blocks are dirty, while they are clean, and cleaned or dirtied between load and swap. Version 1, 2.
for V in v1 v2; do
case $V in v1) B="1 writeback"; P="1 passthrough";; v2) B="2 metadata2 writeback"; P="2 metadata2 passthrough";; esac
L="0 262144 cache $META $CACHE $ORIGIN 128"
T="$L $B smq 2 migration_threshold 0"; TP="$L $P smq 2 migration_threshold 0"; TC="$L $B cleaner 2 migration_threshold 2048000"
sec "$V"
zero $META 64
r dmsetup create c --table "$T"
w c 0 4 101; stfl c
note "loaded over dirty blocks; cleaned before the swap"
r dmsetup reload c --table "$TC"; r dmsetup resume c
r dmsetup reload c --table "$TP"; snap $V-1-loaded
sleep 5; stat1 c
r dmsetup suspend c; snap $V-2-cleaned-suspended
rt 10 dmsetup resume c; st c; peek c 0 4
w c 1 1 102; stfl c; snap $V-3-passthrough
note "back to writeback; loaded over clean blocks; dirtied before the swap"
r dmsetup reload c --table "$T"; r dmsetup resume c; stat1 c
r dmsetup reload c --table "$TP"
w c 2 1 103; stat1 c; rt 10 dmsetup resume c; st c; snap $V-4-refused
rt 10 dmsetup resume c
r dmsetup reload c --table "$T"; rt 10 dmsetup resume c; st c; peek c 0 4; r dmsetup remove c; snap $V-5-removed
note "opened with a dirty block, then with all clean"
r dmsetup create c --table "$TP"
r dmsetup create c --table "$TC"; sleep 4; stat1 c; r dmsetup remove c
r dmsetup create c --table "$TP"; st c; r dmsetup remove c; snap $V-6-removed
done
