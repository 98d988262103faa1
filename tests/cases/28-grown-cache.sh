#@disk meta 4M
#@disk cache 128M
#@disk origin 128M
# 28. The cache grows by a load and its new blocks are used: the hint array keeps its old length until the next suspend, also when the device is
# resumed, cut off by a clear or grown again before that. Within one array block and over the border of the hints' (1018). Version 1, 2.
size() { r dmsetup load cd --table "0 $(($1*128)) linear $CACHE 0"; r dmsetup suspend cd; r dmsetup resume cd; }
r dmsetup create cd --table "0 $((64*128)) linear $CACHE 0"
for V in v1 v2; do
case $V in v1) F="1 writeback";; v2) F="2 metadata2 writeback";; esac
T="0 262144 cache $META /dev/mapper/cd $ORIGIN 128 $F smq 2 migration_threshold 0"
sec "$V"
zero $META 64
[ $V = v2 ] && size 64
r dmsetup create c --table "$T"
w c 0 64 101; stfl c; snap $V-1-full; r dmsetup suspend c; snap $V-2-suspended; r dmsetup resume c
size 100
r dmsetup suspend c; rt 10 dmsetup resume c; st c
r dmsetup reload c --table "$T"; rt 10 dmsetup resume c; st c; snap $V-3-grown
w c 100 20 102; stfl c; snap $V-4-new-blocks
note "grown again before a suspend has written the hints"
size 120; r dmsetup reload c --table "$T"; snap $V-5-loaded
r dmsetup suspend c; snap $V-6-suspended; r dmsetup resume c; stfl c; snap $V-7-grown-again
w c 130 30 103; stfl c; snap $V-8-new-blocks
note "an unclean stop with the short array"
r dmsetup reload c --table "$T"; r dmsetup clear c
r dmsetup suspend c; snap $V-9-suspended; r dmsetup resume c; r dmsetup remove c; snap $V-10-removed
r dmsetup create c --table "$T"; st c; r dmsetup remove c
note "over the border of the array of hints"
size 1000; r dmsetup create c --table "$T"; w c 200 910 104; stfl c; r dmsetup remove c; snap $V-11-thousand
size 1100; r dmsetup create c --table "$T"; w c 1200 30 105; stfl c; snap $V-12-grown
r dmsetup suspend c; snap $V-13-suspended; r dmsetup resume c; st c; peek c 1215 3; r dmsetup remove c; snap $V-14-removed
done
