#@disk slow 256M
#@disk fast 128M
C=name,attr,size,pool_lv,origin,cache_mode,cache_policy,cache_settings,kernel_cache_settings,chunk_size,cache_total_blocks,cache_used_blocks,cache_dirty_blocks
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
q
l lvs -a
l lvs -a -o $C
l lvs -a -o +devices
l lvconvert --type cache --cachepool vg/fast vg/data
l lvconvert -y --type cache --cachepool vg/fast vg/data
q
l lvs
l lvs -a
l lvs -a -o $C
l lvs -a -o +devices
l vgs
l pvs
dirty vg/data 0 4
l lvs vg/data
l lvs -o $C vg/data
l lvchange --cachemode writeback vg/data
dirty vg/data 10 8
s sleep 5
l lvs -o+cache_mode,cache_dirty_blocks vg/data
l lvchange --cachesettings migration_threshold=16384 vg/data
l lvchange --cachesettings migration_threshold=16384 vg/data
l lvchange --refresh vg/data
dirty vg/data 20 8
l lvchange --cachemode writethrough vg/data
l lvchange --cachepolicy cleaner vg/data
l lvs -a -o $C
l lvchange --cachepolicy smq vg/data
l lvchange --cachemode passthrough vg/data
l lvs -a -o $C
l lvchange --cachemode writeback vg/data
l lvchange --cachesettings default vg/data
l lvchange -an vg/data
l lvs -a
l lvs -a -o $C
l lvchange -ay vg/data
q
dirty vg/data 30 8
l lvconvert --splitcache vg/data
q
l lvs -a
l lvs -a -o $C
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback vg/data
dirty vg/data 40 8
l lvconvert --uncache vg/data
l lvconvert -y --uncache vg/data
l lvs -a
q
