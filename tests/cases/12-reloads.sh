#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 12. Many loads in a row on version 2: replaced before use, refused in between, one swap after another.
L="0 262144 cache $META $CACHE $ORIGIN 128"
T="$L 2 metadata2 writeback smq 2 migration_threshold 0"
r dmsetup create c --table "$T"
w c 0 4 101; stfl c; snap 01-written
r dmsetup load c --table "$T"
r dmsetup load c --table "$L 2 metadata2 writethrough smq 2 migration_threshold 0"
r dmsetup load c --table "$L 2 metadata2 writeback cleaner 2 migration_threshold 0"
r dmsetup load c --table "$T"
stat1 c; snap 02-loaded-four-times
w c 50 4 102
r dmsetup load c --table "$L 2 metadata2 writearound smq 2 migration_threshold 0"
r dmsetup load c --table "0 262144 cache $META $CACHE $ORIGIN 256 1 writeback smq 0"
r dmsetup table --inactive c
r dmsetup resume c; st c; snap 03-swapped
i=1; while [ $i -le 5 ]; do
  r dmsetup reload c --table "$T"
  w c $((100+i*4)) 2 10$i; r dmsetup resume c; stat1 c; stfl c
  snap 04-round-$i
  i=$((i+1))
done
r dmsetup reload c --table "$T"; r dmsetup suspend c; r dmsetup reload c --table "$T"; snap 05-loaded-twice
r dmsetup resume c; st c
peek c 0 4; peek c 50 4; peek c 104 2; peek c 120 2
r dmsetup reload c --table "$T"; r dmsetup remove c; snap 06-removed
r dmsetup create c --table "$T"; stat1 c; r dmsetup remove c; snap 07-again
