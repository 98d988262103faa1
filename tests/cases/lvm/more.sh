#@disk slow 256M
#@disk fast 128M
#@disk big 300G
l pvcreate /dev/vda /dev/vdb /dev/vdc
l vgcreate vg /dev/vda /dev/vdb
l lvcreate -n fill -l 100%PVS vg /dev/vdb
l lvcreate -n both -L 8m vg /dev/vda /dev/vdb
l lvcreate -n wide -l 100%FREE vg /dev/vda /dev/vdb
l lvremove -y vg
l lvcreate --type cache-pool -n fast -l 100%FREE vg /dev/vdb
l lvcreate --type cache-pool -n fast -l 100%PVS vg /dev/vdb
l lvcreate --type cache-pool -n fast -L 112m vg /dev/vdb
l lvcreate --type cache-pool -n fast -L 108m vg /dev/vdb
l lvcreate --type cache-pool -n fast -L 104m vg /dev/vdb
l lvs -a -o +devices vg
l lvremove -y vg
l lvcreate --type cache-pool --cachemode writeback -L 16m vg /dev/vdb
l lvcreate --type cache-pool -L 16m vg /dev/vdb -n fast -y
l lvs -a vg
l lvcreate -L 8m -n data vg -y
l lvchange -an vg/data vg/none vg/lvol1
l lvchange -ay vg/none vg/data
l vgcreate large /dev/vdc
l lvcreate --type cache-pool -n p -L 130g large
l lvs -a -o name,size,chunk_size large
l lvremove -y large/p
l lvcreate --type cache-pool -n p -L 250g --chunksize 96k large
l lvcreate --type cache-pool -n p -L 250g --chunksize 288k large
l lvs -a -o name,size,chunk_size large
