#@disk slow 256M
#@disk fast 128M
#@boot kill
C=name,attr,size,pool_lv,cache_mode,cache_used_blocks,cache_dirty_blocks,devices
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback vg/data
dirty vg/data 0 8
l lvconvert --repair vg/data
l lvchange -an vg/data
l lvconvert --repair vg/data
l lvs -a -o $C
l lvchange -ay vg/data
l lvs -a -o $C
l lvchange -an vg/data
s dd if=/dev/zero of=/dev/vdb bs=4096 seek=257 count=8 oflag=direct conv=notrunc status=none
l lvchange -ay vg/data
l lvconvert --repair vg/data
l lvs -a -o $C
l lvchange -ay vg/data
l lvchange -an vg/data
s dd if=/dev/zero of=/dev/vdb bs=4096 seek=2304 count=8 oflag=direct conv=notrunc status=none
s dd if=/dev/zero of=/dev/vdb bs=4096 seek=256 count=1 oflag=direct conv=notrunc status=none
l lvremove -y vg/data_meta0
l lvremove -y vg/data
l lvs -a -o $C
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachepool vg/fast --cachemode writeback vg/data
l lvs -a -o $C
dirty vg/data 0 8
s sync
echo @KILLME
sleep 1000
#@boot
C=name,attr,size,pool_lv,cache_mode,cache_used_blocks,cache_dirty_blocks,devices
l vgchange -ay vg
l lvconvert --splitcache vg/data
l lvconvert --uncache vg/data
l lvconvert --repair vg/data
l lvs -a -o $C
l lvchange -ay vg/data
l lvs -a -o $C
l lvconvert --repair vg/nope
l lvconvert --repair vg/data_corig
l lvconvert --repair
l lvremove -y vg
l lvs -a
q
