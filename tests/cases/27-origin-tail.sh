#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 27. The origin shrinks under loads on a live cache: clean blocks in the tail go, dirty ones refuse; then it grows back. Version 1, 2.
for V in v1 v2; do
case $V in v1) F="1 writeback";; v2) F="2 metadata2 writeback";; esac
L="cache $META $CACHE $ORIGIN 128 $F"
T="0 262144 $L smq 2 migration_threshold 0"; S="0 131072 $L smq 2 migration_threshold 0"
sec "$V"
zero $META 64
r dmsetup create c --table "0 262144 $L cleaner 2 migration_threshold 2048000"; r dmsetup remove c
r dmsetup create c --table "$T"
w c 1000 48 101; stfl c; r dmsetup remove c
r dmsetup create c --table "0 262144 $L cleaner 2 migration_threshold 2048000"; sleep 4; stat1 c; r dmsetup remove c; snap $V-1-clean
r dmsetup create c --table "$T"; w c 1000 2 102; w c 1022 1 103; stfl c
note "dirty in the head, clean in the tail"
r dmsetup reload c --table "$S"; r dmsetup suspend c; r dmsetup resume c; st c; stfl c; snap $V-2-shrunk
peek c 1000 2; peek c 1022 2
note "grown back, the tail dirty, shrunk by a load"
r dmsetup reload c --table "$T"; r dmsetup resume c; stat1 c
w c 1030 2 104; stat1 c
r dmsetup reload c --table "$S"; rt 10 dmsetup resume c; st c; snap $V-3-refused
r dmsetup reload c --table "$T"; rt 10 dmsetup resume c; stat1 c; peek c 1030 2; r dmsetup remove c; snap $V-4-removed
done
