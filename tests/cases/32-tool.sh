#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
# 32. What dmsetup itself prints: columns with and without headings, separators and prefixes, fields, orders; lists, trees, dependencies; names and uuids that
# cannot be had; tables that cannot be read; words that are missing or too many.
T="0 262144 cache $META $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0"
r dmsetup info -c; r dmsetup ls; r dmsetup ls --tree; r dmsetup status; r dmsetup table; r dmsetup deps
r dmsetup create c --uuid CACHE-1 --table "$T"
r dmsetup create a-rather-long-name-of-a-device --notable
r dmsetup create linear --table "0 2048 linear /dev/mapper/c 0"
r dmsetup load c --table "$T"
sec "columns"
r dmsetup info -c
r dmsetup info -c c
r dmsetup info -C c --noheadings
r dmsetup info -c --noheadings -o name
r dmsetup info -c --noheadings -o suspended c
r dmsetup info -c --noheadings -o open,name,events
r dmsetup info -c -o name,uuid
r dmsetup info -c -o uuid,name,open
r dmsetup info -c -o +read_ahead c
r dmsetup info -c -o name,devno,blkdevname,attr,tables_loaded,suspended,readonly,read_ahead c linear
r dmsetup info -c -o name,devno,blkdevname,attr,tables_loaded,suspended,readonly,read_ahead
r dmsetup info -c -o major,minor,open,segments,events
r dmsetup info -c -o name,device_count,devs_used,devnos_used,blkdevs_used,device_ref_count,names_using_dev,devnos_using_dev
r dmsetup info -c --separator : c
r dmsetup info -c --separator : -o name,uuid,open
r dmsetup info -c --noheadings --separator , -o name,events
r dmsetup info -c --nameprefixes -o name,open,blkdevname c
r dmsetup info -c --nameprefixes --noheadings -o name,open c
r dmsetup info -c -o name --sort name
r dmsetup info -c -o name,minor --sort -minor
r dmsetup info -c nothere
r dmsetup info nothere
sec "lists"
r dmsetup ls; r dmsetup ls --target cache; r dmsetup ls --target striped; r dmsetup ls --tree; r dmsetup ls -o devname; r dmsetup ls -o blkdevname; r dmsetup ls -o devno
r dmsetup deps; r dmsetup deps c; r dmsetup deps -o devname c linear; r dmsetup deps -o blkdevname c; r dmsetup deps nothere
r dmsetup status --noflush; r dmsetup status --noflush --target linear; r dmsetup table; r dmsetup table --target cache; r dmsetup table --inactive; r dmsetup table c linear; r dmsetup status nothere; r dmsetup table nothere
r dmsetup info; r dmsetup info c linear; r dmsetup info --inactive c
sec "names"
r dmsetup create d --uuid CACHE-2 --table "0 8 linear /dev/d/none 0"
r dmsetup create d --uuid CACHE-1 --notable
r dmsetup create d/e --notable
r dmsetup create '' --notable
r dmsetup create c --notable
r dmsetup create x --uuid X --minor 77 --notable; r dmsetup create x --uuid X -j 253 -m 0 --notable; r dmsetup create x --uuid X -j 253 -m 77 --notable; r dmsetup info -c x; r dmsetup info -j 253 -m 77
r dmsetup rename x; r dmsetup rename nothere y; r dmsetup rename x x; r dmsetup rename x a/b; r dmsetup rename x c; r dmsetup rename x y; r dmsetup rename -u X z; r dmsetup rename y z; r dmsetup rename z ''
r dmsetup rename z --setuuid Y; r dmsetup rename a-rather-long-name-of-a-device --setuuid CACHE-1; r dmsetup rename a-rather-long-name-of-a-device --setuuid W; r dmsetup info -c -o name,uuid -u W
r dmsetup rename nothere --setuuid V
sec "tables"
r dmsetup load z --table "nonsense"; r dmsetup load z --table "0 8"; r dmsetup load z --table "0 8 linear"; r dmsetup load z --table "8 8 linear $ORIGIN 0"; r dmsetup load z --table "0 0 linear $ORIGIN 0"
r dmsetup load z --table "0 8 nosuch x"; r dmsetup load z --table "0 8 linear $ORIGIN"; r dmsetup load z --table "0 8 linear $ORIGIN 0 0"; r dmsetup load z --table "0 8 linear $ORIGIN -1"; r dmsetup load z --table "0 8 linear $ORIGIN x"
rsh "printf '0 8 linear $ORIGIN 0\n16 8 linear $ORIGIN 0\n' | dmsetup load z"
rsh "printf '# a remark\n\n0 8 linear $ORIGIN 0\n8 8 linear $ORIGIN 8\n' | dmsetup load z"
rsh "printf '0 8 linear $ORIGIN 0\nbad line\n' | dmsetup load z"
rsh "printf '' | dmsetup load z"
r dmsetup load nothere --table "0 8 linear $ORIGIN 0"; r dmsetup table --inactive z; r dmsetup resume z; r dmsetup table z; r dmsetup message z 0 hello; r dmsetup message z 99 hello; r dmsetup message z x hello; r dmsetup message z 0; r dmsetup message c 0 ''; r dmsetup message c 0 @x; r dmsetup message nothere 0 hello
sec "words"
r dmsetup suspend; r dmsetup suspend nothere; r dmsetup resume nothere; r dmsetup clear nothere; r dmsetup remove nothere; r dmsetup wait nothere
r dmsetup suspend c z; r dmsetup info -c -o name,suspended,attr; r dmsetup resume c z
r dmsetup remove z linear nothere c; r dmsetup ls
r dmsetup remove_all; r dmsetup info -c
