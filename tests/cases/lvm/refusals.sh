#@disk slow 256M
#@disk fast 128M
C=name,attr,size,pool_lv,origin,cache_mode,cache_policy,cache_settings,chunk_size,cache_total_blocks
l pvcreate -q /dev/vda /dev/vdb
l vgcreate -s 1m vg /dev/vda /dev/vdb
l lvcreate -n data -L 40m vg /dev/vda
l lvcreate -n other -L 16m vg /dev/vda
l lvcreate --type cache-pool -n tiny -L 1m vg /dev/vdb
l lvcreate --type cache-pool -n fast -L 16m --chunksize 128k --cachemode writeback --poolmetadatasize 8m vg /dev/vdb
l lvcreate --type cache-pool -n big -L 200m vg /dev/vdb
l lvcreate --type cache-pool -n fast -L 8m vg /dev/vdb
l lvcreate --type cache-pool -n bad -L 8m --chunksize 33k vg /dev/vdb
l lvcreate --type cache-pool -n bad -L 8m --cachemode nosuch vg /dev/vdb
l lvcreate --type nosuch -n bad -L 8m vg
l lvs -a -o $C
l lvconvert -y --type cache --cachepool vg/nope vg/data
l lvconvert -y --type cache --cachepool vg/fast vg/nope
l lvconvert -y --type cache vg/data
l lvconvert -y --type cache --cachepool vg/fast vg/data
l lvconvert -y --type cache --cachepool vg/fast vg/data
l lvconvert -y --type cache --cachepool vg/fast vg/other
l lvs -a -o $C
l lvchange --cachemode nosuch vg/data
l lvchange --cachepolicy nosuch vg/data
l lvchange --cachesettings nosuch vg/data
l lvchange --cachesettings migration_threshold=abc vg/data
l lvchange --cachesettings nosuch=3 vg/data
l lvchange --cachemode writeback vg/other
l lvchange --cachesettings migration_threshold=100 vg/other
l lvchange --cachemode writeback vg
l lvchange vg/data
l lvremove -y vg/fast
l lvs -a
l lvremove -y vg/fast_cpool_cdata
l lvremove -y vg/data_corig
l lvconvert -y --splitcache vg/other
l lvconvert -y --uncache vg/other
l lvconvert -y --uncache vg/nope
l lvconvert --uncache
l lvremove vg/data
l lvremove -y vg/data
l lvs -a
q
