#@disk slow 300M
#@disk fast 128M
#@disk third 64M
l pvcreate /dev/vda /dev/vdb /dev/vdc
l vgcreate store /dev/vda /dev/vdb /dev/vdc
l lvcreate -n web -L 40m store /dev/vda
l lvcreate -n mail -L 40m store /dev/vda
l lvcreate -n ssd -L 20m store /dev/vdb
l lvs -o name,size --reportformat json store
l lvs -o name,size,devices --reportformat json store
l lvs -o name,chunk_size --reportformat json store/ssd
l lvs -a --units b --nosuffix --noheadings -o name,size --reportformat json store
l lvconvert -y -H --cachevol ssd --chunksize 256k --cachemode writeback --cachesettings migration_threshold=4096 store/web
l lvs -a -o +cache_settings,chunk_size,devices store
dirty store/web 0 12
s sleep 5
l lvs -o name,cache_used_blocks,cache_dirty_blocks,data_percent,metadata_percent store/web
l lvextend -L +20m store/web
l lvresize -L 72m store/web /dev/vdc
l lvs -a -o name,size,devices store
l lvchange -an store/web
l lvresize -y -L 44m store/web
l lvs -a -o name,size,devices store
l lvrename store web site
l lvchange -ay store/site
q
l lvrename store/ssd other
l lvrename store ssd_cvol other
l lvchange --cachesettings migration_threshold=default store/site
l lvchange -y --cachemode writethrough --cachesettings migration_threshold=8192 store/site
l lvs -o name,cache_mode,cache_settings store/site
l vgchange -an store
l vgchange -ay store
q
l lvcreate -n ssd -L 8m store /dev/vdb
l lvconvert -y --type cache --cachevol store/ssd store/site
l lvconvert -y --type cache --cachevol store/ssd --cachepolicy smq store/mail
l lvs -a store
l lvremove store/site store/mail
l lvremove -y store/ssd_cvol store/site
l lvconvert --splitcache store/mail
l lvs -a store
l lvcreate --type cache-pool -n pool -L 20m --cachemode writeback store /dev/vdb
l lvcreate --type cache -n db -l 6 --cachepool pool store /dev/vda
l lvs -a -o +cache_mode store
l lvextend -l +2 store/db
l lvextend -l +1 store/db_corig
l lvreduce -y -l 4 store/db
q
l lvconvert --splitcache store/pool_cpool
l lvcreate -H -L 8m -n dx store/pool
l lvremove -y store/pool_cpool
l lvs -a store
l vgremove store nothere
l vgremove -y store
l pvremove /dev/vdc /dev/vda /dev/vdq
l pvs
