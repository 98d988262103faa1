#@disk meta 4M
#@disk cache 16M
#@disk origin 128M
#@disk meta2 4M
#@disk small 16K
# 37. cache_metadata_size, cache_repair, cache_restore and cache_writeback 0.9: their options and texts, over block devices that are free and in use.
# What cache_writeback does without --no-metadata-update is left out: it crashes, and the kernel logs addresses.
for t in cache_metadata_size cache_writeback; do ln -sf pdata_tools /sbin/$t; done
META2=/dev/d/meta2; SMALL=/dev/d/small
T="0 262144 cache $META $CACHE $ORIGIN 128 1 writeback smq 2 migration_threshold 0"
V2="0 262144 cache $META $CACHE $ORIGIN 128 2 writeback metadata2 smq 2 migration_threshold 0"
W="cache_writeback --metadata-device $META --origin-device $ORIGIN --fast-device $CACHE"
sec "sizes"
r cache_metadata_size; r cache_metadata_size -h; r cache_metadata_size -V; r cache_metadata_size -V --bogus; r cache_metadata_size --block-size 128; r cache_metadata_size --device-size 32768
r cache_metadata_size --block-size 128 --device-size 32768; r cache_metadata_size --nr-blocks 999; r cache_metadata_size --nr-blocks 22; r cache_metadata_size --nr-blocks 126 --max-hint-width 100
r cache_metadata_size --block-size 128 --device-size 32768 --nr-blocks 256; r cache_metadata_size --block-size 128 --device-size 32768 --nr-blocks 255; r cache_metadata_size --block-size=128 --dev 32769
r cache_metadata_size --nr-blocks 8k; r cache_metadata_size --nr-blocks -5; r cache_metadata_size --nr-blocks +12; r cache_metadata_size --nr-blocks 18446744073709551615 --max-hint-width 4294967295; r cache_metadata_size --nr-blocks 18446744073709551616
r cache_metadata_size --nr-blocks 1000 --max-hint-width -1; r cache_metadata_size --nr-blocks; r cache_metadata_size --bogus; r cache_metadata_size -x; r cache_metadata_size --nr-blocks 12 words
sec "repair"
r cache_repair; r cache_repair -h; r cache_repair -V; r cache_repair -i $META; r cache_repair -o $META2; r cache_repair --bogus; r cache_repair -i
r cache_repair -i /dev/nothere -o $META2; r cache_repair -i $META -o /dev/nothere; r cache_repair -i $META -o $META2; r cache_repair -i /dev/nothere -o /dev/nothere2
r dmsetup create c --table "$T"
w c 0 4 101; r dmsetup status c
r cache_repair -i $META -o $META2; r cache_repair -i $META2 -o $META
r dmsetup remove c
r cache_repair -i $META -o $SMALL; r cache_repair -i $META -o $META2; snap repaired-1 $META2; r cache_check $META2; r cache_dump $META2
r cache_repair $META -i $META2 -o $META2; r cache_repair --input=$META --output $META2 $SMALL; snap repaired-2 $META2
sec "restore"
r cache_restore; r cache_restore -h; r cache_restore -V; r cache_restore -i $META; r cache_restore -o $META2; r cache_restore --bogus; r cache_restore -o; r cache_restore -i $META -o $META2 more
r cache_restore -i $META -o $META2; r cache_restore -i /dev/nothere -o $META2; r cache_restore -i $META -o /dev/nothere; r cache_restore -q -i $META -o $SMALL; r cache_restore --metadata-version 3 -i $META -o $META2; r cache_restore --metadata-version x
r cache_restore --metadata-version 2 -i -o $META2; r cache_restore -qi $META -o $META2 --omit-clean-shutdown
sec "writeback"
r cache_writeback; r cache_writeback -h; r cache_writeback -V; r cache_writeback --metadata-device $META; r cache_writeback --metadata-device $META --origin-device $ORIGIN; r cache_writeback --fast-device $CACHE
r cache_writeback --bogus; r cache_writeback --metadata-device /dev/nothere --origin-device $ORIGIN --fast-device $CACHE; r cache_writeback --metadata-device $META --origin-device /dev/nothere --fast-device $CACHE; r cache_writeback --metadata-device $META --origin-device $ORIGIN --fast-device /dev/nothere
rsh "$W --buffer-size-meg x"; rsh "$W more"
rsh "$W --no-metadata-update > /dev/null 2>&1"
peekraw $ORIGIN 0 6; snap written-back
r cache_check $META
r dmsetup create c --table "$T"
stat1
w c 0 4 102
rsh "$W"
r dmsetup remove c
zero $META
rsh "$W"
r dmsetup create c --table "$V2"
w c 10 4 103
r dmsetup remove c
r cache_dump $META
rsh "$W --no-metadata-update > /dev/null 2>&1"
peekraw $ORIGIN 10 4
r cache_repair -i $META -o $META2; snap repaired-v2 $META2; r cache_dump $META2
