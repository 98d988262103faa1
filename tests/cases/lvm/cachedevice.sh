#@disk slow 256M
#@disk fast 128M
#@boot kill
C=name,attr,size,pool_lv,cache_mode,cache_policy,cache_settings,chunk_size,cache_used_blocks,cache_dirty_blocks
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n some -L 16m vg /dev/vdb
l lvconvert --type cache --cachedevice /dev/vdb vg/data
l lvs -a -o $C
l lvconvert -y --uncache vg/data
l lvconvert --type cache --cachedevice /dev/vdb --cachesize 10m --cachepolicy smq vg/data
l lvconvert --type cache --cachedevice /dev/vdb --cachesize 10m --cachesettings migration_threshold=3000 vg/data
l lvconvert --type cache --cachesize 10m vg/data
l lvconvert --type cache --cachedevice /dev/vdb --cachesize 10m vg/data
l lvs -a -o $C
l lvconvert --uncache vg/data
l lvcreate --type cache --cachedevice /dev/vdb --cachesize 10m -n new -L 10m vg
l lvcreate --type cache --cachedevice /dev/vdb --cachesize 10m --chunksize 128k -n neu -L 10m vg
l lvcreate --type cache --cachedevice /dev/vdb --cachesize 10m --cachesettings migration_threshold=3000 -n neu -L 10m vg /dev/vda
l lvs -a -o $C
l lvremove -y vg/new vg/neu
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast --cachepolicy cleaner --cachemode writeback vg/data
l lvconvert -y --type cache --cachevol fast --cachepolicy cleaner --cachemode writethrough vg/data
l lvs -a -o $C
l lvchange -y --cachemode writeback vg/data
l lvchange --cachemode writeback --cachepolicy smq vg/data
l lvchange -y --cachemode writeback --cachepolicy smq vg/data
l lvs -a -o $C
dirty vg/data 0 4
l lvchange -y --cachemode writeback vg/data
l lvchange --cachemode writeback vg/data
l lvchange -y --cachepolicy cleaner vg/data
s sleep 4
l lvs -a -o $C,kernel_cache_policy
l lvconvert -y --splitcache vg/data
l lvs -a -o $C
l lvconvert -y --type cache --cachevol fast --cachepool some vg/data
l lvcreate -y --type cache -n x -L 8m --cachepool fast vg /dev/vda
l lvs -a
l lvconvert -y --uncache vg/data
l lvconvert -y --uncache vg/x
l lvs -a
l lvcreate --type cache-pool -n pool -L 16m vg /dev/vdb
l lvcreate --type cache -n data -L 16m --cachepool pool vg
l lvcreate --type cache -n x -L 1600m --cachepool pool vg
l lvcreate --type cache -n x -L 8m --cachepool pool --chunksize 128k vg
l lvs -a -o $C
l lvcreate --type cache -n y -L 8m --cachepool pool vg
l lvcreate --type cache -n y -L 8m --cachepool vg/pool_cpool vg
l lvcreate --type cache -L 8m -n fast2 vg/x
l lvcreate --type cache -L 8m -n fast2 vg/nope
l lvcreate -H -L 8m -n fast2 --cachemode writeback --cachesettings migration_threshold=3000 --chunksize 128k vg/data /dev/vdb
l lvs -a -o $C
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
l vgchange -ay vg
l lvs -a -o $C
s sleep 4
l lvs -a -o $C
l lvchange -an vg/data
s dd if=/dev/zero of=/dev/vdb bs=4096 seek=256 count=4 oflag=direct conv=notrunc status=none
l lvchange -ay vg/data
l lvs -a
l lvchange -an vg/data
q
