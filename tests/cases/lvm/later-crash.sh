#@disk slow 256M
#@disk fast 128M
#@boot kill
C=name,attr,size,cache_mode,cache_used_blocks,cache_dirty_blocks
l pvcreate /dev/vda /dev/vdb
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n data -L 64m vg /dev/vda
l lvcreate -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachevol fast vg/data
dirty vg/data 0 4
s sleep 2
l lvextend -L +8m vg/data
dirty vg/data 4 4
s sleep 3
l lvs -a -o $C
s dmsetup status vg-data
s sleep 2
echo @KILLME
sleep 1000
#@boot kill
C=name,attr,size,cache_mode,cache_used_blocks,cache_dirty_blocks
l lvs -a -o $C
l lvchange -ay vg/data
l lvs -a -o $C
s sleep 8
l lvs -a -o $C
l lvconvert --uncache vg/data
l lvs -a
l lvcreate --type cache-pool -n fast -L 16m vg /dev/vdb
l lvconvert -y --type cache --cachepool fast --cachemode writethrough vg/data
l lvrename vg data other
dirty vg/other 0 4
s dmsetup status vg-other
s sleep 2
echo @KILLME
sleep 1000
#@boot
C=name,attr,size,cache_mode,cache_used_blocks,cache_dirty_blocks
l lvs -a -o $C
l lvconvert --splitcache vg/other
l lvs -a -o $C
l lvconvert -y --type cache --cachepool fast --cachemode writeback vg/other
l lvchange -ay vg/other
l lvs -a -o $C
s dd if=/dev/zero of=/dev/vdb bs=4096 seek=2305 count=8 oflag=direct conv=notrunc status=none
l lvchange -an vg/other
l lvchange -ay vg/other
l vgchange -ay
l lvs -a -o $C
l lvremove -y vg/other
l vgremove vg
q
