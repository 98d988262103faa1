#@disk slow 256M
#@disk fast 128M
C=name,attr,size,pool_lv,origin,cache_mode,cache_policy,cache_settings,kernel_cache_settings,chunk_size,cache_total_blocks,cache_used_blocks,cache_dirty_blocks
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert --type cache --cachevol vg/fast vg/data
l lvconvert -y --type cache --cachevol vg/fast vg/data
q
l lvs
l lvs -a
l lvs -a -o $C
l lvs -a -o +devices
l lvs -a -o name,segtype,seg_count,seg_start,seg_size,metadata_percent,data_percent
l vgs
l pvs
dirty vg/data 0 4
l lvs vg/data
l lvchange --cachemode writeback vg/data
dirty vg/data 10 8
s sleep 5
l lvs -a -o $C
l lvchange --cachesettings migration_threshold=16384 vg/data
l lvchange --refresh vg/data
l lvchange --cachepolicy cleaner vg/data
l lvchange --cachepolicy smq vg/data
dirty vg/data 20 8
l lvchange --cachemode writethrough vg/data
l lvs -a -o $C
l lvchange -an vg/data
l lvs -a
l lvchange -ay vg/data
q
dirty vg/data 30 8
l lvconvert --splitcache vg/data
q
l lvs -a
l lvs -a -o $C
l lvconvert -y --type cache --cachevol fast --cachemode writeback vg/data
dirty vg/data 40 8
l lvremove vg/fast_cvol
l lvremove -y vg/fast_cvol
l lvs -a
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast --cachemode writeback --chunksize 128k --cachepolicy smq --cachesettings migration_threshold=4000 vg/data
l lvs -a -o $C
dirty vg/data 40 8
l lvconvert --uncache vg/data
l lvs -a
q
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast vg/data
l lvchange -ay vg/fast_cvol
l lvchange -an vg/fast_cvol
l lvchange --refresh vg/fast_cvol
l lvchange --cachemode writeback vg/fast_cvol
l lvconvert --uncache vg/fast_cvol
l lvremove vg/data
l lvremove -y vg/data
l lvs -a
q
