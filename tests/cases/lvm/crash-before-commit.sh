#@disk slow 256M
#@disk fast 128M
#@boot kill
C=name,attr,pool_lv,cache_mode,cache_policy,cache_used_blocks,cache_dirty_blocks
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n plain -L 8m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback vg/data
dirty vg/data 0 8
s sync
echo @KILLME
sleep 1000
#@boot
C=name,attr,pool_lv,cache_mode,cache_policy,cache_used_blocks,cache_dirty_blocks
l lvs -a
l vgs
l pvs
l lvs -a -o $C
l vgchange -ay vg
l lvs -a -o $C
s sleep 5
l lvs -a -o $C
l vgchange -an
l lvchange --cachemode writethrough vg/data
l lvchange -ay vg/data
l lvchange --cachemode writethrough vg/data
l lvchange -an vg/data
l lvchange --cachemode passthrough vg/data
l lvchange --cachemode writeback vg/data
l lvchange --cachemode writeback vg/data
l lvchange --cachesettings migration_threshold=2000 vg/data
l lvconvert --splitcache vg/data
q
l lvchange -ay vg/data
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback --cachepolicy cleaner --cachesettings migration_threshold=5000 vg/data
l lvs -a -o $C,cache_settings
l lvconvert --splitcache vg/fast
l lvconvert --splitcache vg/fast_cpool
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback --chunksize 256k vg/data
l lvs -a -o +chunk_size
l lvchange -an vg/data
l lvconvert -y --uncache vg/data
l lvs -a
q
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvchange -an vg/data
l lvconvert -y --type cache --cachepool vg/fast vg/data
q
l lvs -a
l lvremove vg/data
l lvs -a
