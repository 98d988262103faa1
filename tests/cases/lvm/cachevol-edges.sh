#@disk slow 256M
#@disk fast 128M
C=name,attr,size,pool_lv,origin,cache_mode,cache_policy,cache_settings,chunk_size
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast vg/data
l lvconvert --splitcache vg/data
dirty vg/data 0 4
l lvchange -ay vg/fast
l lvs -a
l lvchange -an vg/fast
l lvconvert -y --type cache --cachevol fast vg/data
l lvconvert -y --splitcache vg/fast_cvol
l lvconvert --splitcache vg/fast
l lvconvert --uncache vg/fast
l lvconvert --splitcache vg/data
l lvchange -an vg/data
l lvconvert -y --type cache --cachevol fast --cachemode writeback vg/data
l lvs -a
l lvconvert --splitcache vg/data
q
l lvconvert -y --type cache --cachevol fast --cachemode writeback vg/data
l lvchange -an vg/data
l lvconvert -y --uncache vg/data
q
l lvs -a
l lvcreate -n fast -L 16m vg /dev/vdb
l lvcreate --type cache-pool -n pool -L 16m vg /dev/vdb
l lvcreate -n other -L 8m vg /dev/vda
l lvconvert -y --type cache --cachevol nope vg/data
l lvconvert -y --type cache --cachevol fast vg/nope
l lvconvert -y --type cache --cachevol fast vg/pool
l lvconvert -y --type cache --cachevol fast --cachepool pool vg/data
l lvconvert -y --type cache --cachevol fast
l lvconvert -y --cachevol fast vg/data
l lvconvert -y --type cache --cachevol aa/fast vg/data
l lvconvert -y --type cache --cachevol fast --chunksize 33k vg/data
l lvconvert -y --type cache --cachevol fast --chunksize 16k vg/data
l lvconvert -y --type cache --cachevol fast --chunksize 2g vg/data
l lvconvert -y --type cache --cachevol fast --cachemode nosuch vg/data
l lvconvert -y --type cache --cachevol fast --cachepolicy nosuch vg/data
l lvconvert -y --type cache --cachevol fast --cachepolicy cleaner vg/data
q
l lvs -a -o $C
l lvconvert --splitcache vg/data
l lvconvert -H -y --cachevol fast --cachemode passthrough vg/data
l lvs -a -o $C
l lvchange -y --cachemode writeback vg/data
l lvchange --cachepolicy cleaner vg/data
l lvs -a -o $C,kernel_cache_policy,cache_dirty_blocks
l lvchange -y --cachemode writethrough vg/data
l lvchange -y --cachemode passthrough vg/data
l lvchange -y --cachemode writeback vg/data
l lvconvert -y --type cache --cachevol fast vg/other
l lvconvert -y --type cache --cachepool fast vg/other
l lvconvert -y --type cache --cachevol fast_cvol vg/other
l lvconvert -y --type cache --cachepool pool vg/data
l lvremove -y vg/pool
l lvs vg/fast_cvol
l lvs -a -o lv_full_name,lv_path,lv_dm_path
l lvremove -y vg/data_corig
