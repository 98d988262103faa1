#@disk slow 2G
#@disk fast 128M
#@disk c 64M
#@disk d 64M
C=name,attr,size,pool_lv,cache_mode,cache_policy,cache_settings,chunk_size,cache_total_blocks
l pvcreate /dev/vda
l vgcreate vg /dev/vda /dev/vdb
l vgcreate
l vgcreate two
l vgcreate bad! /dev/vdc
l vgcreate -s 3k two /dev/vdc
l vgcreate -s 1m two /dev/vdc /dev/vdc
l vgcreate -s 1m two /dev/vdc
l vgs
l pvs
l lvs
l pvcreate
l pvcreate /dev/vdd
l pvs
l pvcreate -y /dev/vdd
l lvcreate -n a -L 8m two
l lvcreate -n a -L 8m vg
l lvs
l lvs two
l vgs two vg
l lvs -o name two/a vg/a
l lvs a
l vgs -o vg_name,vg_size,vg_free,pv_count,lv_count
l vgs -o name,size
l pvs -o pv_name,vg_name,pv_size,pv_free
l pvs -o name
l lvs -o lv_name,vg_name,lv_attr,lv_size
l lvs -o lv_full_name,lv_path,lv_dm_path
l lvs -o lv_name,seg_count,seg_start,seg_size
l lvcreate -n fill -l 100%FREE two
l lvcreate -n more -l 1 two
l vgs two
l lvcreate -n data -L 1g vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvcreate -n x --type linear -L 8m vg
l lvcreate -n y -l 3 vg /dev/vdb
l lvcreate -n z -l 50%PVS vg /dev/vdb
l lvconvert -y --type cache --cachepool vg/fast vg/data
dirty vg/data 0 3
l lvchange --cachemode writeback vg/data
dirty vg/data 100 200
l lvchange --cachemode writethrough vg/data
l lvs vg/data
l lvremove vg/fast_cpool
l lvremove -y vg/fast_cpool
l lvs -a vg
q
l lvremove -y vg/data vg/x vg/y
l lvremove -y two/a two/fill
l vgchange -an vg two
l vgchange -ay
l vgchange -an
l vgchange
l lvchange -ay
l lvremove
l lvcreate --nosuch vg
l vgchange -ax vg
l lvchange -ay nosuch
l lvs -a
