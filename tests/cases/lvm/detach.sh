#@disk slow 256M
#@disk fast 128M
#@boot kill
C=name,attr,cache_mode,cache_policy,cache_settings,chunk_size,cache_used_blocks,cache_dirty_blocks
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m --chunksize 128k vg /dev/vdb
l lvchange --cachesettings migration_threshold=3000 vg/fast
l lvchange --cachesettings migration_threshold=4000 --cachemode writeback vg/fast
l lvchange --cachepolicy cleaner vg/fast
l lvs -o $C vg
l lvchange --cachepolicy smq vg/fast
l lvconvert -y -H --cachepool vg/fast vg/data
l lvchange --cachesettings 'b=1 c=2' vg/data
l lvchange --cachesettings 'c=3 d=4' vg/data
l lvs -o $C vg
l lvchange --cachesettings 'b=default c=default d=default' vg/data
l lvchange --cachesettings migration_threshold=default vg/data
dirty vg/data 0 4
s sleep 4
l lvs -o $C vg
l lvchange --cachemode writethrough vg/data
l lvchange --cachemode writeback vg/data
dirty vg/data 20 4
l lvchange --cachemode writethrough --cachepolicy smq vg/data
l lvs -o $C vg
l lvchange --cachemode writeback --cachesettings migration_threshold=9000 vg/data
l lvchange --cachepolicy cleaner --cachesettings migration_threshold=9100 vg/data
l lvs -o $C vg
l lvconvert --splitcache vg/data
l lvs -a -o $C vg
l lvconvert -y -H --cachepool vg/fast --cachemode writethrough vg/data
l lvconvert --splitcache vg/data
l lvconvert -y -H --cachepool vg/fast --cachepolicy smq --cachesettings migration_threshold=5000 --cachemode writeback vg/data
dirty vg/data 0 4
l lvchange -an vg/data
l lvconvert --splitcache vg/data
q
l lvchange -an vg/data
l lvconvert -y -H --cachepool vg/fast --chunksize 64k vg/data
q
l lvs -a -o $C vg
l lvconvert -y --uncache vg/data
q
l lvs -a
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvconvert -y -H --cachepool vg/fast --chunksize 16k vg/data
l lvconvert -y -H --cachepool vg/fast --cachemode nosuch vg/data
l lvconvert -y -H --cachepool vg/fast --cachepolicy nosuch vg/data
q
l lvs -a -o $C vg
l lvremove -y vg/data
l lvs -a
l lvchange -ay vg/fast
l lvchange -an vg/fast
l lvchange --refresh vg/fast
l lvs -a
l lvconvert -y -H --cachepool vg/fast vg/fast
l lvcreate -n small -L 4m vg
l lvconvert -y -H --cachepool vg/fast vg/small
dirty vg/small 0 4
l lvs -a
s dmsetup status vg-small
s sync
echo @KILLME
sleep 1000
#@boot
l lvs -a
l vgchange -ay
l lvs -a
s sleep 4
l lvs -a
l lvremove vg
l lvremove -f vg
l lvs -a
