#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 21. Resuming again after a load of mappings that failed: origin too short, then cache too small; ways back. Version 1, 2.
size() { r dmsetup load cd --table "0 $(($1*128)) linear $CACHE 0"; r dmsetup suspend cd; r dmsetup resume cd; }
r dmsetup create cd --table "0 32768 linear $CACHE 0"
for V in v1 v2; do
case $V in v1) F="1 writeback";; v2) F="2 metadata2 writeback";; esac
L="cache $META /dev/mapper/cd $ORIGIN 128 $F smq 2 migration_threshold 0"
T="0 262144 $L"
sec "$V origin too short for a dirty block, twice"
zero $META 64
r dmsetup create c --table "$T"
w c 0 4 101; w c 1500 2 102; stfl c
r dmsetup reload c --table "0 131072 $L"
rt 10 dmsetup resume c; st c; snap $V-1-failed
rt 10 dmsetup resume c; stat1 c; r dmsetup message c 0 migration_threshold 0; snap $V-2-failed-again
r dmsetup reload c --table "$T"; rt 10 dmsetup resume c; st c; peek c 0 4; peek c 1500 2; stfl c; snap $V-3-recovered
sec "$V cache too small for a dirty block, twice"
w c 100 60 103; r dmsetup remove c; snap $V-4-removed
size 64; r dmsetup create c --notable; r dmsetup load c --table "$T"
rt 10 dmsetup resume c; st c; snap $V-5-failed
rt 10 dmsetup resume c; stat1 c
r dmsetup reload c --table "$T"; rt 10 dmsetup remove c; snap $V-6-removed
size 256; r dmsetup create c --table "$T"
r cache_check --clear-needs-check-flag $META
r dmsetup create c --table "$T"; stat1 c; peek c 1500 2; peek c 156 4; r dmsetup remove c; snap $V-7-recovered
r dmsetup remove c
done
