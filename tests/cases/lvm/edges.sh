#@disk a 64M
#@disk b 128M
#@disk c 64M
#@disk d 64M
#@disk e 1M
#@disk f 64M
l pvcreate /dev/vde
l pvcreate /dev/vda /dev/vdz
l pvcreate -y /dev/vdb
s dmsetup create hold --table "0 1000 linear /dev/vdc 0"
l pvcreate /dev/vdc
l vgcreate vg /dev/vda /dev/vdc
s dmsetup remove hold
l vgcreate zz /dev/vda /dev/vdb
l vgcreate zz /dev/vdc
l vgcreate aa /dev/vdz
l pvcreate /dev/vda /dev/vdd
l pvs
l vgcreate aa /dev/vdc /dev/vdd
l lvcreate -n one -L 8m aa
l lvcreate -n two -L 8m zz
l vgchange -an
l vgchange -ay
l vgcreate aa /dev/vdf
l lvcreate -n pct -l 15%VG zz
l lvs -o name,size zz
l lvcreate -n pct2 -l 1%FREE zz
l lvcreate -n tight -L 56m zz /dev/vda
l lvcreate -n tight -L 64m zz /dev/vda
l lvcreate -n more -L 24m zz /dev/vda
l vgs --units m zz
l vgs --units b zz
l vgs --units k zz
l pvs --units g
l pvs --nosuffix --units m
l lvcreate --type cache-pool -n fast -L 16m zz /dev/vdb
l lvconvert -y --type cache --cachepool zz/fast --cachemode writeback zz/two
for n in x_cpool x_cvol x_cdata x_cmeta x_pmspare pvmove1 snapshot1 x_mimage x_tdata x_vorigin x_wcorig x_rimage x_iorig . .. a.b; do l lvcreate -n $n -l 1 zz; done
dirty zz/two 0 8
l lvremove zz/fast_cpool
l lvremove -y zz/fast_cpool_cdata
l lvremove -y zz/two_corig_
l lvremove -y zz/lvol0_pmspare
dirty zz/two 20 8
l lvremove -y zz/fast_cpool
l lvs -a zz
s dmsetup create hold --table "0 1000 linear /dev/zz/pct 0"
l lvchange -an zz/pct
l lvremove -y zz/pct
l vgchange -an zz
l lvs zz
s dmsetup remove hold
s dmsetup suspend zz-pct
l lvs zz
s dmsetup resume zz-pct
l lvcreate --type cache-pool -n fast -L 16m zz /dev/vdb
l lvconvert -y --type cache --cachepool zz/fast --cachemode writeback aa/one
l lvconvert -y --type cache --cachepool aa/fast --cachemode writeback zz/two
l lvconvert -y --type cache --cachepool fast --cachemode writeback zz/two
l lvconvert -y --type cache --cachepool zz/fast zz/two zz/pct
l lvconvert -y --splitcache zz/two
l lvchange -an zz/two
l lvconvert -y --type cache --cachepool zz/fast --cachemode writeback --cachepolicy cleaner --cachesettings migration_threshold=5000 zz/two
l lvs -a zz
l lvs -a -o name,cache_mode,cache_policy,cache_settings,chunk_size zz
l lvchange -ay zz/two
dirty zz/two 0 4
l lvconvert --splitcache zz/fast_cpool
l lvconvert -y --type cache --cachepool zz/fast --chunksize 256k zz/two
l lvs -a -o +chunk_size zz
l lvconvert --uncache zz/fast_cpool
l lvs -a -o +chunk_size zz
l lvcreate --type cache-pool -n fast -L 16m --cachepolicy mq --cachesettings migration_threshold=4096 zz /dev/vdb
l lvs -a -o name,cache_mode,cache_policy,cache_settings,chunk_size zz
l lvconvert -y -H --cachepool zz/fast zz/two
l lvconvert --splitcache zz/two
l lvconvert --splitcache zz/fast
l lvremove zz/fast
l lvremove aa
