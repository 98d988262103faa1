#@disk slow 256M
#@disk fast 128M
#@disk third 64M
#@boot kill
C=name,attr,size,pool_lv,cache_mode,cache_policy,cache_settings,chunk_size,cache_used_blocks,cache_dirty_blocks
l pvcreate /dev/vda /dev/vdb /dev/vdc
l vgcreate vg /dev/vda /dev/vdb
l vgcreate other /dev/vdc
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast vg/data
l lvchange -y --cachemode writeback vg/data
dirty vg/data 0 4
s sleep 3
l lvs -o $C vg/data
l lvchange -y --cachemode writethrough vg/data
l lvchange --cachemode passthrough vg/data
l lvs -o $C vg/data
l lvchange --cachemode writethrough --cachepolicy cleaner --cachesettings migration_threshold=3000 vg/data
l lvs -o $C vg/data
l lvchange -an vg/data
l lvchange -ay vg/fast_cvol
l lvchange -an vg/fast_cvol
l lvchange -an vg/data_corig
l lvconvert --splitcache vg/data
l lvs -a
l lvchange -ay vg/data
l lvcreate --type cache-pool -n pool -L 8m vg /dev/vdb
l lvconvert -y --type cache --cachepool pool vg/data
l lvchange -an vg/data
l lvconvert --splitcache vg/data
q
l lvs -a
l lvconvert -y --type cache --cachepool pool --cachemode passthrough vg/data
l lvconvert -y --uncache vg/data
l lvs -a
q
l lvchange -ay vg/data
l lvcreate -y --type cache -n x -L 8m --cachevol fast --chunksize 128k vg /dev/vda
l lvcreate -y --type cache -n x -L 8m --cachevol fast --cachesettings migration_threshold=3000 vg /dev/vda
l lvcreate -y --type cache -n x -L 8m --cachevol fast --cachepolicy smq vg /dev/vda
l lvcreate -y --type cache -n x -L 8m --cachevol nope vg /dev/vda
l lvcreate -y --type cache -n x -L 8m --cachepool nope vg /dev/vda
l lvcreate -y --type cache -n x -L 8m --cachepool fast vg /dev/vda
l lvcreate -y --type cache -n x -L 800m --cachevol fast vg /dev/vda
l lvcreate -y --type cache -n data -L 8m --cachevol fast vg /dev/vda
l lvcreate -y --type cache -L 8m --cachevol fast vg /dev/vda
l lvs -a -o $C
l lvremove -y vg/lvol0
l lvcreate -n fast -L 16m vg /dev/vdb
l lvcreate -y --type cache -n x --cachevol fast vg /dev/vda
l lvcreate -y --type cache -L 8m -n x --cachevol fast
l lvcreate -y --type cache -L 8m -n x --cachevol other/fast vg
l lvcreate -y --type cache -L 8m -n vg/x --cachevol vg/fast
l lvconvert --splitcache vg/x
l lvremove -y vg/x
l lvcreate -y --type linear -L 8m -n x --cachevol vg/fast vg
l lvcreate -y -L 8m -n x --cachevol vg/fast vg
l lvcreate -y --type cache -L 8m -n x --cachedevice /dev/vdb --cachevol vg/fast vg
l lvcreate -y --type cache -L 8m -n x --cachedevice /dev/vdc vg
l lvcreate -y --type cache -L 8m -n x --cachedevice /dev/vdz vg
l lvcreate -y --type cache -L 8m -n x --cachedevice /dev/vdb --cachesize 800m vg
l lvs -a
l lvremove -y vg/x
l lvcreate -y --type cache -l 2 -n x --cachesize 8m vg
l lvcreate -y --type cache -l 2 -n x --cachedevice /dev/vda --cachedevice /dev/vdb --cachesize 8m vg
l lvs -a -o $C,devices
l lvremove -y vg/x
l lvcreate -y --type cache -l 2 -n x --cachedevice /dev/vdb --cachesize 8m --cachemode writeback vg
l lvconvert -y --type cache --cachedevice /dev/vdb --cachesize 8m --chunksize 128k vg/data
l lvconvert -y --type cache --cachedevice /dev/vdz vg/data
l lvconvert -y --type cache --cachedevice /dev/vdb --cachesize 8m vg/fast
l lvconvert -y --type cache --cachedevice /dev/vdb --cachesize 8m vg/data
l lvconvert -y --type cache --cachedevice /dev/vdb --cachesize 8m vg/data
l lvs -a -o $C,devices
l lvremove -y vg
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast --cachemode writeback vg/data
dirty vg/data 0 8
s sync
s sleep 4
l lvs -a -o $C
dirty vg/data 20 8
s sleep 2
echo @KILLME
sleep 1000
#@boot
C=name,attr,size,pool_lv,cache_mode,cache_policy,cache_settings,chunk_size,cache_used_blocks,cache_dirty_blocks
l lvs -a
l vgchange -ay vg
l lvs -a -o $C
s sleep 4
l lvs -a -o $C
l lvchange -an vg/data
s dd if=/dev/zero of=/dev/vdb bs=4096 seek=256 count=4 oflag=direct conv=notrunc status=none
l lvchange -ay vg/data
l lvs -a
l lvchange -ay vg/data
q
l lvconvert --splitcache vg/data
l lvconvert -y --uncache vg/data
l lvconvert --repair vg/data
l lvconvert --repair vg/fast
l lvchange --cachemode writethrough vg/data
l lvremove -y vg/fast_cvol
l lvs -a
l lvremove -y vg/data
l lvcreate -n data -L 64m vg /dev/vda
