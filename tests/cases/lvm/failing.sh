#@disk slow 256M
#@disk fast 128M
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvcreate --type cache-pool -n other -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachepool vg/fast vg/data
l lvs -a -o lv_full_name,lv_path,lv_dm_path
l lvs -a -o name,seg_count,segtype,seg_start,seg_size,devices
l vgs -o +vg_attr,vg_extent_size
l pvs -o +vg_size,pv_used
l lvs --units m -a
l lvcreate -n rest -l 100%FREE vg
l vgs --units m
l vgs --units b
l pvs --units m --nosuffix
l lvs vg/data_corig
l lvs -a vg/fast_cpool
l lvremove -y vg/rest
l lvremove -y vg/fast_cpool_cdata vg/other_cdata vg/lvol0_pmspare
l lvchange --cachemode writeback vg/data_corig
l lvchange --refresh vg/fast_cpool
l lvcreate -n data_x -L 130g vg
s dmsetup wipe_table vg-fast_cpool_cmeta
dirty vg/data 0 4
s dmsetup status vg-data
l lvs -a
l lvs -a -o name,attr,cache_used_blocks,kernel_cache_policy
l lvchange --cachemode writeback vg/data
l lvconvert --splitcache vg/data
q
