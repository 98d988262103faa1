#@disk slow 256M
#@disk fast 128M
# What lvm2's commands ask of device-mapper, as strace decodes it: one "dm|" line a request.
show() { grep -E 'DM_(DEV_CREATE|DEV_REMOVE|DEV_RENAME|DEV_SUSPEND|TABLE_LOAD|TABLE_CLEAR|TABLE_STATUS|TARGET_MSG|DEV_WAIT)' /tmp/tr | sed -e 's/^[0-9]* *//' -e 's/^/raw| /'; }
l() { printf '$%s\n' "$(qargs "$@")"
  strace -f -v -e trace=ioctl -s 4096 -o /tmp/tr "$@" >/tmp/r.out 2>&1; LASTRC=$?
  cat /tmp/r.out; echo "[rc=$LASTRC]"; show; kmsg; }
q() { dmsetup ls; dmsetup table; for i in vg-data; do printf 'status: '; dmsetup status --noflush $i 2>&1; done; }
dirty() { tr '\000' '\101' </dev/zero | dd of=/dev/vg/data bs=64k seek=$1 count=$2 iflag=fullblock oflag=direct conv=notrunc status=none 2>&1; echo "+ wrote blocks $1..$(($1+$2-1)) of vg/data, 64 KiB each"; printf 'status: '; dmsetup status --noflush vg-data; }
SLOW=/dev/vda; FAST=/dev/vdb
lvm version
sec "create"
r pvcreate -q $SLOW $FAST
r vgcreate -q -s 1m vg $SLOW $FAST
l lvcreate -y -Zn -L 64m -n data vg $SLOW
l lvcreate -y --type cache-pool -L 16m --poolmetadatasize 8m --poolmetadataspare n -n fast vg $FAST
l lvconvert -y --type cache --cachepool vg/fast --chunksize 64k --cachemode writeback --cachepolicy smq vg/data
q
sec "settings"
dirty 0 4
l lvchange --cachesettings migration_threshold=16384 vg/data
q
sec "the same again: nothing to reload"
l lvchange --cachesettings migration_threshold=16384 vg/data
l lvchange --refresh vg/data
sec "writeback to writethrough"
dirty 10 8
l lvchange --cachemode writethrough vg/data
q
sec "writethrough to writeback"
l lvchange --cachemode writeback vg/data
q
sec "policy cleaner, then smq, then mq"
dirty 20 8
l lvchange --cachepolicy cleaner vg/data
q
l lvchange --cachepolicy smq vg/data
l lvchange --cachepolicy mq vg/data
q
sec "passthrough and back"
dirty 30 8
l lvchange --cachemode passthrough vg/data
q
l lvchange --cachemode writeback vg/data
sec "the cached volume grows"
dirty 40 4
l lvextend -L +32m vg/data $SLOW
q
sec "deactivate, activate"
l lvchange -an vg/data
l lvchange -ay vg/data
q
sec "splitcache"
dirty 50 8
l lvconvert -y --splitcache vg/data
q
sec "attach again, uncache"
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback --cachepolicy smq vg/data
dirty 60 8
l lvconvert -y --uncache vg/data
q
sec "a cache volume: data and metadata in one"
l lvcreate -y -Zn -L 24m -n fast vg $FAST
l lvconvert -y --type cache --cachevol vg/fast --chunksize 64k --cachemode writeback --cachepolicy smq vg/data
q
dirty 70 8
l lvchange --cachemode writethrough vg/data
q
l lvconvert -y --uncache vg/data
q
