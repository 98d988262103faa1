#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 22. Shrinking a suspended cache with dirty blocks at the edges of the part that goes: the last kept, the first lost, the last lost. Version 1, 2.
size() { r dmsetup load cd --table "0 $(($1*128)) linear $CACHE 0"; r dmsetup suspend cd; r dmsetup resume cd; }
r dmsetup create cd --table "0 16384 linear $CACHE 0"
for V in v1 v2; do
case $V in v1) F="1 writeback";; v2) F="2 metadata2 writeback";; esac
L="0 262144 cache $META /dev/mapper/cd $ORIGIN 128 $F"
T="$L smq 2 migration_threshold 0"
sec "$V"
zero $META 64
[ $V = v2 ] && size 128
r dmsetup create c --table "$T"
w c 0 128 101; r dmsetup remove c
r dmsetup create c --table "$L cleaner 2 migration_threshold 2048000"; sleep 5; stat1 c; r dmsetup remove c; snap $V-1-clean
r dmsetup create c --table "$T"; w c 127 1 102; r dmsetup suspend c; size 65; rt 10 dmsetup resume c; st c; snap $V-2-last-lost-dirty
size 128; rt 10 dmsetup resume c; stat1 c; r dmsetup remove c
r dmsetup create c --table "$L cleaner 2 migration_threshold 2048000"; sleep 4; stat1 c; r dmsetup remove c
r dmsetup create c --table "$T"; w c 65 1 103; r dmsetup suspend c; size 65; rt 10 dmsetup resume c; stat1 c; snap $V-3-first-lost-dirty
size 66; rt 10 dmsetup resume c; st c; w c 64 1 104; stfl c; snap $V-4-last-kept-dirty
r dmsetup reload c --table "$T"; r dmsetup resume c; st c; r dmsetup remove c; snap $V-5-removed
r dmsetup create c --table "$T"; stat1 c; peek c 64 2; r dmsetup remove c
done
