#@disk meta 16M
#@disk cache 5G
#@disk origin 128M
# 16. More than 252 * 509 = 128,268 cache blocks: the mapping tree gets a second level; shrunk and grown across that line. Version 1, 2.
bw() { rsh "tr '\\000' '\\$1' </dev/zero | dd of=/dev/mapper/c bs=32k seek=$2 count=$3 iflag=fullblock oflag=direct conv=notrunc status=none"; }
size() { r dmsetup load cd --table "0 $(($1*64)) linear $CACHE 0"; r dmsetup suspend cd; r dmsetup resume cd; }
r dmsetup create cd --table "0 $((128300*64)) linear $CACHE 0"
for V in v1 v2; do
case $V in v1) F="1 writeback";; v2) F="2 metadata2 writeback";; esac
T="0 262144 cache $META /dev/mapper/cd $ORIGIN 64 $F smq 2 migration_threshold 0"
sec "$V"
zero $META 256
[ $V = v2 ] && size 128300
r dmsetup create c --table "$T"
bw 101 0 4; stfl c; snap $V-01-depth-two
r dmsetup reload c --table "$T"; bw 102 100 4; r dmsetup resume c; stat1 c; snap $V-02-swapped
r dmsetup remove c; snap $V-03-removed
size 128269; r dmsetup create c --table "$T"; stat1 c; r dmsetup remove c; snap $V-04-one-above
size 128268; r dmsetup create c --table "$T"; stat1 c; r dmsetup remove c; snap $V-05-at-the-line
size 128778; r dmsetup create c --table "$T"; bw 103 200 2; stfl c; r dmsetup remove c; snap $V-06-grown
size 1000; r dmsetup create c --table "$T"; stat1 c; r dmsetup remove c; snap $V-07-small
done
