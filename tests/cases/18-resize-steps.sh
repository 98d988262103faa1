#@disk meta 4M
#@disk cache 128M
#@disk origin 128M
# 18. The cache device through sizes that end just before, at and after the borders of array blocks (509 mappings, 1018 hints). Version 1, 2.
size() { r dmsetup load cd --table "0 $(($1*128)) linear $CACHE 0"; r dmsetup suspend cd; r dmsetup resume cd; }
r dmsetup create cd --table "0 $((1100*128)) linear $CACHE 0"
for V in v1 v2; do
case $V in v1) F="1 writeback";; v2) F="2 metadata2 writeback";; esac
T="0 262144 cache $META /dev/mapper/cd $ORIGIN 128 $F smq 2 migration_threshold 0"
sec "$V"
zero $META 64
[ $V = v2 ] && size 1100
r dmsetup create c --table "$T"
w c 0 6 101; stfl c; snap $V-1100
i=1
for n in 1017 509 1019 508 1018 64 1100; do
  size $n; r dmsetup reload c --table "$T"; r dmsetup resume c; stat1 c
  w c $((100+i*4)) 1 102; stfl c; snap $V-$i-$n; i=$((i+1))
done
st c; peek c 0 6
r dmsetup remove c; snap $V-removed
done
