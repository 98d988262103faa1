#@disk a 64M
#@disk b 200M
#@disk c 100M
l pvcreate /dev/vda /dev/vdb /dev/vdc
l vgcreate vg /dev/vda /dev/vdb /dev/vdc
l lvcreate -n one -L 20m vg
l lvcreate -n two -L 20m vg
l lvcreate -n three -L 8m vg
l lvs -o +devices
l lvremove -y vg/one
l lvcreate -n four -L 8m vg
l lvs -o +devices
l lvcreate -n five -L 8m vg /dev/vdb
l lvcreate -n six -L 150m vg
l lvs -o +devices
l lvcreate -n seven -L 80m vg
l lvcreate -n eight -L 40m vg /dev/vda /dev/vdc
l lvs -o +devices
l lvcreate -n nine -L 60m vg
l lvcreate -n ten -l 50%FREE vg
l lvcreate -n eleven -l 10%VG vg
l lvcreate -n twelve -L 40m vg /dev/vda
l lvcreate -n thirteen -L 4m vg /dev/vdz
l lvs -o +devices
l pvs
l pvs -o +pv_used
l vgs
l vgs -o +vg_extent_size,vg_extent_count,vg_free_count
l lvremove -y vg
l lvcreate -n a -L 8m vg /dev/vdc
l lvcreate -n b -L 8m vg /dev/vdc
l lvcreate -n c -L 8m vg /dev/vdc
l lvremove -y vg/b
l lvcreate -n d -L 4m vg /dev/vdc
l lvcreate -n e -L 4m vg /dev/vdc
l lvcreate --type cache-pool -n pool -L 20m vg
l lvs -a -o+devices
l lvremove -y vg/pool
l lvs -a -o+devices
l lvremove -y vg
