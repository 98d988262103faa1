#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 30. A cache under another device: removes refused and put off, a new table of another size, names and uuids taken, waiting without end avoided; suspends
# without flush and without lockfs, twice and across loads; tables loaded read-only.
T="0 262144 cache $META $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0"
S="0 131072 cache $META $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0"
r dmsetup create c --uuid CACHE-1 --table "$T"
w c 0 4 101; stfl c
r dmsetup create top --table "0 262144 linear /dev/mapper/c 0"
r dmsetup info c; r dmsetup remove c; r dmsetup remove --deferred c; st c
r dmsetup info -c c
w top 4 1 102; stat1 c
r dmsetup reload c --table "$S"; r dmsetup resume c; stat1 c; snap 01-deferred
w c 5 1 103; w top 6 1 104; rsh 'dd if=/dev/mapper/top of=/dev/null bs=64k skip=1023 count=1 iflag=direct status=none'
rsh 'dd if=/dev/mapper/top of=/dev/null bs=64k skip=1024 count=1 iflag=direct status=none'
rsh "tr '\\000' '\\105' < /dev/zero | dd of=/dev/mapper/top bs=64k seek=1024 count=1 iflag=fullblock oflag=direct conv=notrunc status=none"
r dmsetup remove top; r dmsetup info c; snap 02-gone
r dmsetup create c --uuid CACHE-1 --table "$T"; st c; peek c 0 7
sec "names and uuids"
r dmsetup create c --table "$T"
r dmsetup create d --uuid CACHE-1 --table "$T"
r dmsetup create d --uuid CACHE-2 --notable
r dmsetup rename c d
r dmsetup rename c --setuuid CACHE-3
r dmsetup rename d --setuuid CACHE-4
r dmsetup rename d e; r dmsetup info e; r dmsetup info -u CACHE-1; r dmsetup info -u CACHE-9
r dmsetup remove e; r dmsetup remove e
sec "suspends"
w c 10 2 106
r dmsetup suspend --noflush c; st c; r dmsetup suspend c; snap 03-suspended
r dmsetup suspend --noflush --nolockfs c; r dmsetup resume c; r dmsetup resume c; st c
r dmsetup suspend --nolockfs c; r dmsetup reload c --table "$T"; r dmsetup suspend --noflush c; snap 04-loaded
r dmsetup table --inactive c; r dmsetup status --inactive --noflush c; r dmsetup status --inactive c
r dmsetup clear c; r dmsetup clear c; r dmsetup table --inactive c; r dmsetup resume c; stat1 c
r dmsetup reload c --table "$T"; r dmsetup suspend c; r dmsetup status c; r dmsetup status --inactive c; snap 05-status
r dmsetup resume c; w c 12 1 107; stfl c; snap 06-swapped
sec "read-only tables"
r dmsetup reload --readonly c --table "$T"; r dmsetup resume c; st c
w c 0 1 110; w c 200 1 110; peek c 0 1; stfl c; snap 07-read-only
r dmsetup reload c --table "$T"; r dmsetup resume c; st c; w c 0 1 111; peek c 0 1
r blockdev --getro /dev/mapper/c
sec "removes"
r dmsetup reload c --table "$T"; r dmsetup suspend c; r dmsetup remove c; snap 08-removed-suspended
r dmsetup create c --notable; r dmsetup resume c; r dmsetup suspend c; st c; r dmsetup status c; r dmsetup table c; r dmsetup deps c
r dmsetup message c 0 migration_threshold 1; r dmsetup wait c 99; r dmsetup load c --table "$T"; r dmsetup message c 0 migration_threshold 1
r dmsetup deps c; r dmsetup deps --inactive c; r dmsetup remove --deferred c; r dmsetup info c; snap 09-removed
r dmsetup create c --table "$T"; st c; peek c 0 7; peek c 10 3
r dmsetup remove_all; r dmsetup ls; r dmsetup info; snap 10-all-removed
