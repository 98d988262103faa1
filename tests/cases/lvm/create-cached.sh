#@disk slow 256M
#@disk fast 128M
C=name,attr,size,pool_lv,origin,cache_mode,cache_policy,cache_settings,chunk_size
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvcreate --type cache -n data -L 64m --cachepool vg/fast vg /dev/vda
q
l lvs -a -o $C
l lvs -a -o +devices
l lvremove -y vg/data
l lvs -a
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvcreate --type cache -n data -L 64m --cachepool fast --cachemode writeback --cachepolicy smq --cachesettings migration_threshold=5000 vg /dev/vda
l lvs -a -o $C
l lvconvert -y --uncache vg/data
l lvremove -y vg/data
l lvcreate -n fast -L 16m vg /dev/vdb
l lvcreate --type cache -n data -L 64m --cachevol fast vg /dev/vda
l lvcreate -y --type cache -n data -L 64m --cachevol fast vg /dev/vda
q
l lvs -a -o $C
l lvs -a -o +devices
l lvremove -y vg/data
l lvs -a
l lvcreate -n fast -L 16m vg /dev/vdb
l lvcreate --type cache -n data -l 16 --cachevol vg/fast --cachemode writeback --chunksize 128k vg /dev/vda
l lvcreate -y --type cache -n data -l 16 --cachevol vg/fast --cachemode writeback --chunksize 128k vg /dev/vda
l lvs -a -o $C
l lvconvert --splitcache vg/data
l lvremove -y vg
l lvcreate --type cache -n data -L 64m vg /dev/vda
l lvcreate -y --type cache -n data -L 64m --cachedevice /dev/vdb vg /dev/vda
l lvs -a -o $C
l lvs -a -o +devices
l lvremove -y vg
l lvcreate -y --type cache -n data -L 64m --cachedevice /dev/vdb --cachesize 16m vg /dev/vda
q
l lvs -a -o $C
l lvs -a -o +devices
l lvremove -y vg
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate --type cache -n fast -L 16m vg/data /dev/vdb
l lvcreate -y --type cache -n fast -L 16m vg/data /dev/vdb
l lvs -a -o $C
l lvconvert -y --uncache vg/data
l lvcreate -H -L 16m vg/data /dev/vdb
l lvs -a -o $C
l lvconvert -y --uncache vg/data
l lvcreate --type cache-pool -n pool -L 16m vg /dev/vdb
l lvcreate -n big -H -L 32m vg/pool /dev/vda
l lvs -a -o $C
l lvremove -y vg
l lvcreate -n data -L 64m vg /dev/vda
l lvconvert -y --type cache --cachedevice /dev/vdb vg/data
l lvs -a -o +devices
l lvconvert --uncache vg/data
l lvconvert -y --type cache --cachedevice /dev/vdb --cachesize 16m --cachemode writeback vg/data
q
l lvs -a -o $C
