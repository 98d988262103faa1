#@disk slow 256M
#@disk fast 128M
C=name,attr,pool_lv,cache_mode,cache_policy,cache_settings,kernel_cache_policy,kernel_cache_settings,cache_used_blocks,cache_dirty_blocks
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n plain -L 8m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m --cachemode writeback vg /dev/vdb
l lvchange --cachemode writethrough vg/fast
l lvchange --cachemode writeback vg/fast
l lvconvert -y --type cache --cachepool fast vg/data
l lvs -a -o $C
dirty vg/data 0 8
s sleep 5
l lvs -o $C vg/data
l lvchange --cachemode writeback vg/data
l lvchange --cachepolicy cleaner vg/data
s sleep 4
l lvs -o $C vg/data
l lvchange --cachesettings migration_threshold=4096 vg/data
l lvchange --cachepolicy smq vg/data
l lvs -o $C vg/data
l lvchange --cachesettings migration_threshold=default vg/data
l lvs -o $C vg/data
l lvchange --cachesettings 'migration_threshold=100 nosuch=1' vg/data
l lvs -o $C vg/data
l lvchange --cachesettings nosuch=default vg/data
l lvchange --cachesettings migration_threshold=300 --cachesettings other=4 vg/data
l lvchange --cachesettings other=default --cachesettings migration_threshold=default vg/data
l lvs -o $C vg/data
dirty vg/data 20 8
l lvchange --cachemode passthrough vg/data
l lvs -o $C vg/data
l lvchange --cachemode passthrough vg/data
l lvchange --cachemode writeback --cachepolicy smq --cachesettings migration_threshold=1000 vg/data
l lvs -o $C vg/data
l lvchange --cachepolicy mq vg/data
l lvs -o $C vg/data
l lvchange --cachepolicy smq vg/data
l lvchange --cachemode writeback vg/plain
l lvchange --cachepolicy smq vg/plain
l lvchange --refresh vg/plain
l lvchange --refresh vg
l lvchange --cachemode writeback vg/none
l lvchange -an vg/data
l lvchange --cachemode writethrough vg/data
l lvchange --refresh vg/data
l lvs -a -o $C
l lvchange --cachepolicy cleaner vg/data
l lvchange -ay vg/data
l lvs -a -o $C
l lvchange --cachepolicy smq vg/data
l lvchange --cachemode writeback vg/data
dirty vg/data 40 8
s sleep 5
l vgchange -an vg
l lvs -a
l vgchange -ay vg
l lvs -a
l lvs -a -o $C
l vgchange -ay vg
q
l lvchange -ay vg/fast_cpool
l lvchange -an vg/fast_cpool_cdata
l lvchange -ay vg/data_corig
l lvs -o+cache_total_blocks,cache_read_hits,cache_read_misses,cache_write_hits,cache_write_misses vg/data
l lvremove vg/data
l lvremove -y vg/data
l lvs -a
